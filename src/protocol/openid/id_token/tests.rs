use super::*;
use crate::codec::JsonCodec as _;
use crate::error::ErrorCode;
use crate::testing::Native;
use serde_json::{Value, json};

const NOW: i64 = 1_800_000_000;
const TOKEN: &str = "dNZX1hEZ9wBCzNL40Upu646bdzQA";

fn claims() -> Value {
    json!({
        "iss": "https://as.example",
        "aud": "app",
        "sub": "ada",
        "exp": NOW + 300,
        "iat": NOW,
        "nonce": "n-0S6_WzA2Mj",
    })
}

/// The claims with this one instead.
fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().expect("an object").remove(name);
    claims
}

fn jwt(algorithm: Algorithm, claims: &Value) -> Jwt {
    Jwt {
        algorithm,
        key_id: None,
        claims: Native.parse_json(&claims.to_string()).expect("JSON"),
        signing_input: String::new(),
        signature: Vec::new(),
    }
}

fn time(seconds: i64) -> UnixTime {
    UnixTime::from_millis(1000 * seconds)
}

/// Validates the claims, with what is expected changed by `change`.
fn check(claims: &Value, change: impl FnOnce(&mut Expected<'_>)) -> Result<(), &'static str> {
    check_signed(Algorithm::Rs256, claims, change)
}

fn check_signed(
    algorithm: Algorithm,
    claims: &Value,
    change: impl FnOnce(&mut Expected<'_>),
) -> Result<(), &'static str> {
    let access_token = AccessToken::parse(TOKEN.into()).expect("a token");
    let mut expected = Expected {
        algorithms: AlgorithmSet::default(),
        issuer: ExpectedIssuer::Exactly("https://as.example"),
        client_id: "app",
        nonce: Some("n-0S6_WzA2Mj"),
        access_token: &access_token,
        max_age: None,
        acr_values: "",
        subject: None,
        earlier: None,
        requested_at: time(NOW - 20),
        now: time(NOW),
    };
    change(&mut expected);
    validate_claims(&jwt(algorithm, claims), &expected).map_err(|error| {
        assert_eq!(error.code(), ErrorCode::InvalidIdToken);
        error.detail().expect("a detail")
    })
}

/// Asserts that each of these values of a claim is refused, and so is its absence.
fn required(name: &'static str, wrong: &[Value]) {
    assert_eq!(check(&claims(), |_| {}), Ok(()));
    assert_eq!(check(&without(name), |_| {}), Err(name), "missing");
    refused(name, wrong);
}

fn refused(name: &'static str, wrong: &[Value]) {
    for value in wrong {
        assert_eq!(check(&with(name, value.clone()), |_| {}), Err(name), "{value}");
    }
}

#[test]
fn r78_the_issuer_is_exact() {
    required(
        "iss",
        &[
            json!("https://as.example1"),
            json!("https://as.example/"),
            json!("https://AS.example"),
            json!(["https://as.example"]),
            json!(""),
            Value::Null,
        ],
    );
}

#[test]
fn r79_this_client_is_the_only_audience() {
    required(
        "aud",
        &[
            json!("app1"),
            json!(""),
            json!([]),
            json!(["app", "app1"]),
            json!(["app1", "app"]),
            json!(["app", 1]),
            json!([["app"]]),
            json!({ "app": 1 }),
            json!("app app1"),
            Value::Null,
        ],
    );
    for aud in [json!(["app"]), json!(["app", "app"])] {
        assert_eq!(check(&with("aud", aud), |_| {}), Ok(()));
    }
}

#[test]
fn r80_an_authorized_party_is_this_client() {
    refused("azp", &[json!("app1"), json!(""), json!(["app"]), json!(1), Value::Null]);
    assert_eq!(check(&with("azp", json!("app")), |_| {}), Ok(()));
    let mut several = with("azp", json!("app"));
    several["aud"] = json!(["app", "api"]);
    assert_eq!(check(&several, |_| {}), Err("aud"), "no other audience is trusted");
    several["azp"] = Value::Null;
    assert_eq!(check(&several, |_| {}), Err("aud"));
}

#[test]
fn r77_r81_the_algorithm_is_one_that_the_server_names() {
    let only = AlgorithmSet::of(&["ES256".into(), "none".into()]);
    let signed = |algorithm| check_signed(algorithm, &claims(), |it| it.algorithms = only);
    assert_eq!(signed(Algorithm::Es256), Ok(()));
    for algorithm in [Algorithm::Rs256, Algorithm::Ps256, Algorithm::EdDsa] {
        assert_eq!(signed(algorithm), Err("alg"));
        assert_eq!(check_signed(algorithm, &claims(), |_| {}), Ok(()));
    }
}

#[test]
fn r84_the_expiry_has_a_minute_of_leeway() {
    required(
        "exp",
        &[json!((NOW + 300).to_string()), Value::Null, json!([NOW + 300]), json!(0), json!(-1)],
    );
    let at = |exp: i64| check(&with("exp", json!(exp)), |_| {});
    for exp in [NOW + 300, NOW, NOW - 10, NOW - 59] {
        assert_eq!(at(exp), Ok(()), "{exp}");
    }
    for exp in [NOW - 60, NOW - 61, NOW - 360] {
        assert_eq!(at(exp), Err("exp"), "{exp}");
    }
    assert_eq!(check(&with("exp", json!(1e300)), |_| {}), Ok(()));
    let precise =
        |millis| check(&with("exp", json!(NOW - 60)), |it| it.now = UnixTime::from_millis(millis));
    assert_eq!(precise(1000 * NOW - 1), Ok(()));
    assert_eq!(precise(1000 * NOW), Err("exp"));
}

#[test]
fn r84_a_token_from_the_future_is_refused() {
    required("iat", &[json!(NOW.to_string()), Value::Null, json!(1e300), json!({})]);
    refused("nbf", &[json!(NOW.to_string()), Value::Null, json!(1e300)]);
    for name in ["iat", "nbf"] {
        let at = |seconds: i64| check(&with(name, json!(seconds)), |_| {});
        for seconds in [NOW - 3600, NOW, NOW + 10, NOW + 59, NOW + 60] {
            assert_eq!(at(seconds), Ok(()), "{name} {seconds}");
        }
        for seconds in [NOW + 61, NOW + 360] {
            assert_eq!(at(seconds), Err(name), "{name} {seconds}");
        }
    }
}

#[test]
fn r149_a_clock_that_is_wrong_by_hours_is_told_by_a_time() {
    for (hours, detail) in [(4, "exp"), (-4, "iat")] {
        let wrong = check(&claims(), |it| it.now = time(NOW + hours * 3600));
        assert_eq!(wrong, Err(detail));
        let message = invalid(detail).message();
        assert!(message.contains("clock of this device"), "{message}");
    }
}

#[test]
fn r85_the_nonce_is_that_of_the_sign_in() {
    required(
        "nonce",
        &[
            json!("n-0S6_WzA2Mj1"),
            json!("n-0S6_WzA2M"),
            json!(""),
            json!(["n-0S6_WzA2Mj"]),
            Value::Null,
        ],
    );
}

#[test]
fn r86_the_subject_is_ascii_of_at_most_255_characters() {
    required(
        "sub",
        &[
            json!(""),
            json!(1),
            Value::Null,
            json!("x".repeat(256)),
            json!("\u{e9}"),
            json!("a\nb"),
            json!(["ada"]),
        ],
    );
    for sub in ["x".repeat(255), "did:plc:abc".into(), "auth0|1 2".into()] {
        assert_eq!(check(&with("sub", json!(sub)), |_| {}), Ok(()), "{sub}");
    }
    assert_eq!(check(&claims(), |it| it.subject = Some("ada")), Ok(()));
    assert_eq!(check(&claims(), |it| it.subject = Some("eve")), Err("sub"));
}

/// The example of OpenID Connect Core, appendix A.3, whose hash is the one of its ID token.
#[test]
fn r87_the_hash_is_that_of_the_access_token() {
    let other = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
    let check = |algorithm, token: &str, hash: Value| {
        let token = AccessToken::parse(token.into()).expect("a token");
        check_signed(algorithm, &with("at_hash", hash), |it| {
            // The token lives as long as the whole test.
            it.access_token = Box::leak(Box::new(token));
        })
    };
    for algorithm in [Algorithm::Rs256, Algorithm::Ps256, Algorithm::Es256] {
        let example = json!("77QmUPtjPfzWtF2AnpK9RQ");
        assert_eq!(check(algorithm, other, example.clone()), Ok(()));
        assert_eq!(check(algorithm, TOKEN, example), Err("at_hash"), "of another token");
        for wrong in [
            json!("77QmUPtjPfzWtF2AnpK9RQ1"),
            json!("77QmUPtjPfzWtF2AnpK9RQ=="),
            json!(""),
            Value::Null,
            json!(["77QmUPtjPfzWtF2AnpK9RQ"]),
        ] {
            assert_eq!(check(algorithm, other, wrong.clone()), Err("at_hash"), "{wrong}");
        }
    }
    assert_eq!(check(Algorithm::EdDsa, TOKEN, json!("x")), Ok(()), "not checked");
}

#[test]
fn r88_the_user_was_authenticated_as_recently_as_was_asked() {
    let aged = |auth_time: Value, max_age| {
        check(&with("auth_time", auth_time), |it| it.max_age = Some(max_age))
    };
    // The sign-in began 20 seconds ago.
    for (age, max_age, is_recent) in [
        (0, 0, true),
        (20, 0, true),
        (80, 0, true),
        (81, 0, false),
        (680, 600, true),
        (681, 600, false),
        (-60, 600, true),
        (-61, 600, false),
        (1_000_000, u64::MAX, true),
    ] {
        let expected = if is_recent { Ok(()) } else { Err("auth_time") };
        assert_eq!(aged(json!(NOW - age), max_age), expected, "{age} {max_age}");
    }
    for odd in [json!(NOW.to_string()), Value::Null] {
        assert_eq!(aged(odd, 600), Err("auth_time"));
    }
    assert_eq!(check(&claims(), |it| it.max_age = Some(600)), Err("auth_time"), "missing");
    assert_eq!(check(&with("auth_time", json!(0)), |_| {}), Ok(()), "not asked");
}

#[test]
fn r88_the_class_is_one_that_was_asked() {
    let class =
        |acr: Value, asked: &'static str| check(&with("acr", acr), |it| it.acr_values = asked);
    assert_eq!(class(json!("b"), "a b"), Ok(()));
    assert_eq!(class(json!("a"), "a"), Ok(()));
    assert_eq!(class(json!("c"), ""), Ok(()), "not asked");
    for wrong in [json!("c"), json!("a b"), json!(""), json!(["a"]), json!("A"), Value::Null] {
        assert_eq!(class(wrong.clone(), "a b"), Err("acr"), "{wrong}");
    }
    assert_eq!(check(&claims(), |it| it.acr_values = "a"), Err("acr"), "missing");
}

#[test]
fn r90_a_refreshed_token_is_about_the_same_sign_in() {
    let first = |name: &str, value: Value| {
        let mut first = with("auth_time", json!(NOW - 500));
        first[name] = value;
        Native.parse_json(&first.to_string()).expect("JSON")
    };
    let refreshed = |claims: &Value, earlier: &Json| {
        let earlier = earlier.clone();
        let earlier: &'static Json = Box::leak(Box::new(earlier));
        check(claims, |it| {
            it.nonce = None;
            it.earlier = Some(earlier);
        })
    };
    let earlier = first("iat", json!(NOW - 400));
    assert_eq!(refreshed(&claims(), &earlier), Ok(()));
    assert_eq!(refreshed(&without("nonce"), &earlier), Ok(()));
    assert_eq!(refreshed(&with("auth_time", json!(NOW - 500)), &earlier), Ok(()));
    for (name, wrong) in [
        ("iss", json!("https://other.example")),
        ("sub", json!("eve")),
        ("aud", json!("app1")),
        ("aud", json!(["app", "app1"])),
        ("azp", json!("app1")),
        ("nonce", json!("n-0S6_WzA2Mj1")),
        ("nonce", Value::Null),
        ("nonce", json!(1)),
        ("auth_time", json!(NOW - 499)),
        ("auth_time", json!((NOW - 500).to_string())),
        ("exp", json!(NOW - 400)),
    ] {
        assert_eq!(refreshed(&with(name, wrong.clone()), &earlier), Err(name), "{wrong}");
    }
    // What the first token did not say cannot be compared; a nonce is not expected then.
    let plain = first("auth_time", Value::Null);
    assert_eq!(refreshed(&with("auth_time", json!(NOW)), &plain), Ok(()));
    let unbound = first("nonce", Value::Null);
    assert_eq!(refreshed(&claims(), &unbound), Err("nonce"));
    assert_eq!(refreshed(&without("nonce"), &unbound), Ok(()));
}
