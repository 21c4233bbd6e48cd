//! A sign-in whose ID token is wrong leaves nothing (R77 to R88, R149).

use basic_oauth::platform::SessionStore;
use basic_oauth::{ErrorCode, Options, ServerOptions, SignInOptions};
use basic_oauth_testing::flow::*;
use basic_oauth_testing::{Native, SigningKey, World, at_hash};
use serde_json::{Value, json};

use super::{ISSUER, assert_id_token_refused, origins, reads, refused_sign_in};

/// Signs in with these changes of the claims, which are refused for this one.
#[track_caller]
fn refused(changes: Value, detail: &str) {
    let world = World::new();
    world.server().provider.claims = changes;
    let (_tab, auth) = refused_sign_in(&world, &openid_config());
    assert_id_token_refused(&world, &auth, detail);
}

#[track_caller]
fn refused_header(changes: Value, detail: &str) {
    let world = World::new();
    world.server().provider.header = changes;
    let (_tab, auth) = refused_sign_in(&world, &openid_config());
    assert_id_token_refused(&world, &auth, detail);
    assert_eq!(origins(&world), [ISSUER], "nothing that a header names is asked");
}

#[track_caller]
fn accepted(changes: Value) {
    let world = World::new();
    world.server().provider.claims = changes;
    sign_in(&world, &openid_config());
}

fn now() -> i64 {
    World::new().now().as_millis() / 1000
}

#[test]
fn r78_the_issuer_of_an_id_token_is_exact() {
    for wrong in [json!("https://api.basic.tech1"), Value::Null, json!([ISSUER]), json!("")] {
        refused(json!({ "iss": wrong }), "iss");
    }
}

#[test]
fn r79_r80_an_id_token_is_for_this_client_alone() {
    for wrong in [json!("client1"), Value::Null, json!(["client", "client1"]), json!([])] {
        refused(json!({ "aud": wrong }), "aud");
    }
    for wrong in [json!("client1"), json!(["client"])] {
        refused(json!({ "azp": wrong }), "azp");
    }
    accepted(json!({ "aud": ["client"], "azp": "client" }));
}

#[test]
fn r77_r81_no_other_algorithm_is_accepted() {
    for alg in ["none", "None", "nOnE", "HS256", "HS512", "RS512", "ES384", ""] {
        refused_header(json!({ "alg": alg }), "alg");
    }
    refused_header(json!({ "alg": null }), "alg");
    // Known here, but not named by the metadata, which only narrows.
    refused_header(json!({ "alg": "RS256" }), "alg");
    let world = World::new();
    let list = json!(["none", "HS256", "RS256", "ES256"]);
    world.server().provider.metadata = json!({ "id_token_signing_alg_values_supported": list });
    world.server().provider.header = json!({ "alg": "none" });
    let (_tab, auth) = refused_sign_in(&world, &openid_config());
    assert_id_token_refused(&world, &auth, "alg");
}

#[test]
fn r81_a_token_without_a_signature_is_refused() {
    let world = World::new();
    let tab = away(&world, &openid_config());
    let nonce = parameter(&tab.navigations()[0], "nonce").expect("sent");
    let claims = json!({
        "iss": ISSUER, "aud": "client", "sub": "x", "exp": now() + 60, "iat": now(), "nonce": nonce
    });
    let signed = SigningKey::numbered(0).sign(&json!({ "alg": "ES256" }), &claims);
    let (unsigned, _) = signed.rsplit_once('.').expect("a signature");
    world.server().provider.id_token = Some(format!("{unsigned}."));
    let auth = start(&world, &world.authorize(&tab), &openid_config());
    world.settle();
    assert_id_token_refused(&world, &auth, "signature");
}

#[test]
fn r83_what_a_header_says_of_keys_and_extensions_is_not_followed() {
    for header in
        [json!({ "crit": ["exp"], "exp": 1 }), json!({ "b64": false }), json!({ "crit": [] })]
    {
        refused_header(header, "crit");
    }
    let forger = SigningKey::numbered(5);
    for (name, value) in [
        ("jwk", forger.jwk()),
        ("jku", json!("https://evil.example/keys")),
        ("x5u", json!("https://evil.example/cert")),
        ("x5c", json!(["MIIB"])),
    ] {
        let world = World::new();
        let own = json!([world.server().provider.keys[0].jwk()]);
        world.server().provider.published = Some(own);
        world.server().provider.keys = vec![forger.clone().named("key-0")];
        world.server().provider.header = json!({ name: value });
        let (_tab, auth) = refused_sign_in(&world, &openid_config());
        assert_id_token_refused(&world, &auth, "signature");
        assert_eq!(origins(&world), [ISSUER]);
    }
    refused_header(json!({ "typ": "at+jwt" }), "format");
    refused_header(json!({ "kid": 1 }), "format");
}

#[test]
fn r84_times_have_a_minute_of_leeway() {
    let now = now();
    for claims in [
        json!({ "iat": now + 10 }),
        json!({ "nbf": now + 10 }),
        json!({ "exp": now - 50 }),
        json!({ "iat": now - 86_400 }),
    ] {
        accepted(claims);
    }
    for (name, wrong) in [
        ("exp", json!(now - 360)),
        ("exp", json!(now - 61)),
        ("exp", Value::Null),
        ("exp", json!((now + 60).to_string())),
        ("iat", json!(now + 62)),
        ("iat", Value::Null),
        ("nbf", json!(now + 62)),
        ("nbf", json!("0")),
    ] {
        refused(json!({ name: wrong }), name);
    }
}

#[test]
fn r84_r149_a_clock_that_is_wrong_by_hours_is_a_typed_error_and_no_loop() {
    for (hours, detail) in [(5, "exp"), (-5, "iat")] {
        let world = World::new();
        world.jump(hours * 3_600_000);
        let (tab, auth) = refused_sign_in(&world, &openid_config());
        assert_id_token_refused(&world, &auth, detail);
        let message = auth.state().error().expect("an error").message();
        assert!(message.contains("clock of this device"), "{message}");
        let (sent, left) = (world.requests().len(), tab.navigations().len());
        world.advance(HOUR);
        tab.show();
        world.advance(HOUR);
        assert_eq!((world.requests().len(), tab.navigations().len()), (sent, left), "no loop");
        assert_eq!(tab.address(), HOME);

        // An app that starts sign-ins by itself is stopped.
        let mut refused = 0;
        for _ in 0..8 {
            let tab = tab.go(HOME);
            let auth = start(&world, &tab, &openid_config());
            let call = leave(&world, &tab, &auth);
            if call.take().is_some_and(|ended| ended.is_err()) {
                refused += 1;
                continue;
            }
            start(&world, &world.authorize(&tab), &openid_config());
        }
        assert!(refused > 0, "the loop ends");
    }
}

#[test]
fn r85_the_nonce_is_that_of_the_sign_in() {
    for wrong in [Value::Null, json!(""), json!("other"), json!(1)] {
        refused(json!({ "nonce": wrong }), "nonce");
    }
    // An ID token of another sign-in of the same user.
    let world = World::new();
    let first = away(&world, &openid_config());
    let nonce = parameter(&first.navigations()[0], "nonce").expect("sent");
    world.server().provider.claims = json!({ "nonce": nonce });
    let (_tab, auth) = refused_sign_in(&world, &openid_config());
    assert_eq!(auth.state().error().expect("an error").detail(), Some("nonce"));
    assert_signed_in(&start(&world, &world.authorize(&first), &openid_config()));
}

#[test]
fn r86_the_subject_is_sound() {
    for wrong in [Value::Null, json!(""), json!(1), json!("x".repeat(256)), json!("\u{e9}")] {
        refused(json!({ "sub": wrong }), "sub");
    }
    accepted(json!({ "sub": "x".repeat(255) }));
}

#[test]
fn r87_the_hash_is_that_of_the_access_token() {
    refused(json!({ "at_hash": at_hash("another") }), "at_hash");
    refused(json!({ "at_hash": 1 }), "at_hash");
    accepted(json!({ "at_hash": null }));
}

#[test]
fn r88_r103_what_the_app_asked_for_is_checked() {
    let fresh = || SignInOptions::default().max_age(5 * MINUTE).acr_values("urn:two urn:three");
    let now = now();
    for (claims, detail) in [
        (json!({}), None),
        (json!({ "acr": "urn:three" }), None),
        (json!({ "auth_time": now - 301 }), None),
        (json!({ "auth_time": now - 600 }), Some("auth_time")),
        (json!({ "auth_time": null }), Some("auth_time")),
        (json!({ "auth_time": now.to_string() }), Some("auth_time")),
        (json!({ "acr": "urn:one" }), Some("acr")),
        (json!({ "acr": null }), Some("acr")),
        (json!({ "acr": "urn:two urn:three" }), Some("acr")),
        (json!({ "acr": ["urn:two"] }), Some("acr")),
    ] {
        let world = World::new();
        world.server().provider.claims = claims.clone();
        let tab = world.open(HOME);
        let auth = start(&world, &tab, &openid_config());
        let _call = leave_with(&world, &tab, &auth, fresh());
        let asked = query_of(&tab.navigations()[0]);
        assert!(asked.contains(&("max_age".into(), "300".into())));
        assert!(asked.contains(&("acr_values".into(), "urn:two urn:three".into())));
        let auth = start(&world, &world.authorize(&tab), &openid_config());
        world.settle();
        match detail {
            None => assert_signed_in(&auth),
            Some(detail) => assert_id_token_refused(&world, &auth, detail),
        }
    }
    // What the app did not ask for is the server's own business.
    accepted(json!({ "auth_time": now - 86_400, "acr": "urn:one" }));
}

#[test]
fn r88_what_the_configuration_asks_for_is_checked() {
    let configured = || openid_options(ISSUER).authorization_param("max_age", "60");
    let config = || configured().validate(&Native, "https://app.example").expect("valid options");
    let world = World::new();
    world.server().provider.claims = json!({ "auth_time": now() - 600 });
    let (_tab, auth) = refused_sign_in(&world, &config());
    assert_id_token_refused(&world, &auth, "auth_time");
    sign_in(&World::new(), &config());
    // The sign-in's own wish wins, in the address and in the check.
    let world = World::new();
    world.server().provider.claims = json!({ "auth_time": now() - 600 });
    let tab = world.open(HOME);
    let auth = start(&world, &tab, &config());
    let _call = leave_with(&world, &tab, &auth, SignInOptions::default().max_age(HOUR));
    let asked: Vec<_> = query_of(&tab.navigations()[0]);
    let asked: Vec<_> = asked.iter().filter(|(name, _)| name == "max_age").collect();
    assert_eq!(asked, [&("max_age".to_owned(), "3600".to_owned())]);
    assert_signed_in(&start(&world, &world.authorize(&tab), &config()));
}

#[test]
fn r89_an_id_token_of_another_form_is_refused() {
    for text in ["", "x", "a.b", "a.b.c", "e30.e30.e30.e30", "e30.e30.", "..", "\u{e9}.e30.e30"] {
        let world = World::new();
        world.server().provider.id_token = Some(text.into());
        let (_tab, auth) = refused_sign_in(&world, &openid_config());
        let state = auth.state();
        let error = state.error().expect("an error");
        assert_eq!(error.code(), ErrorCode::InvalidIdToken, "{text:?}");
        assert!(
            matches!(error.detail(), Some("format" | "alg" | "missing")),
            "{text:?}: {error:?}"
        );
        assert_eq!(world.server().sessions(), (1, 0));
    }
}

#[test]
fn with_openid_an_id_token_is_required_and_without_it_none_is_wanted() {
    let world = World::new();
    world.server().provider.issues_id_tokens = false;
    let (_tab, auth) = refused_sign_in(&world, &openid_config());
    assert_id_token_refused(&world, &auth, "missing");

    let world = World::new();
    let options = openid_options(ISSUER).scope("profile");
    let config = options.validate(&Native, "https://app.example").expect("valid options");
    let (_tab, auth) = sign_in(&world, &config);
    assert!(auth.id_token_claims().is_none());
    assert_eq!(reads(&world, KEYS), 0, "there is no signature to verify");
}

#[test]
fn without_a_key_set_an_id_token_is_trusted_because_it_came_over_tls() {
    let server = ServerOptions::new(
        "https://api.basic.tech/auth/authorize",
        "https://api.basic.tech/auth/token",
    );
    let config = |server| {
        let options = Options::new("client", CALLBACK).server_options(server).scope("openid");
        options.validate(&Native, "https://app.example").expect("valid options")
    };
    for server in [server.clone(), server.clone().issuer(ISSUER)] {
        let (_tab, auth) = sign_in(&World::new(), &config(server));
        assert!(auth.id_token_claims().is_some());
    }
    // Its claims are validated all the same. Without an issuer, it is one of the token endpoint's origin.
    for claims in [
        json!({ "iss": "https://evil.example" }),
        json!({ "iss": "https://api.basic.tech.evil.example" }),
    ] {
        let world = World::new();
        world.server().provider.claims = claims;
        let (_tab, auth) = refused_sign_in(&world, &config(server.clone()));
        assert_eq!(auth.state().error().expect("an error").detail(), Some("iss"));
    }
    let world = World::new();
    world.server().provider.claims = json!({ "aud": "client1" });
    let (_tab, auth) = refused_sign_in(&world, &config(server));
    assert_eq!(auth.state().error().expect("an error").detail(), Some("aud"));
}

#[test]
fn a_refused_id_token_keeps_the_session_that_was_there() {
    for store in [SessionStore::Local, SessionStore::Cookie, SessionStore::Session] {
        let world = World::new();
        let mut config = openid_config();
        config.store = store;
        let (tab, auth) = sign_in(&world, &config);
        let known = token(&world, &auth);
        let _call = leave(&world, &tab, &auth);
        world.server().provider.claims = json!({ "aud": "client1" });
        let tab = world.authorize(&tab);
        let auth = start(&world, &tab, &config);
        world.settle();
        assert_signed_in(&auth);
        assert_eq!(token(&world, &auth), known);
        assert_eq!(state_error(&auth), Some(ErrorCode::InvalidIdToken));
        assert_eq!(world.server().sessions(), (2, 1), "only the refused tokens are revoked");
    }
}

#[test]
fn the_claims_are_those_of_the_id_token_and_outlive_the_page() {
    for (store, is_kept) in [(SessionStore::Local, true), (SessionStore::Cookie, false)] {
        let world = World::new();
        world.server().provider.claims = json!({ "email": "ada@example.com", "groups": ["a"] });
        let mut config = openid_config();
        config.store = store;
        let (tab, auth) = sign_in(&world, &config);
        let claims = auth.id_token_claims().expect("claims");
        assert_eq!(claims.text("email"), Some("ada@example.com"));
        assert_eq!(auth.did().as_deref(), Some("did:example:ada"));
        let auth = start(&world, &tab.reload(), &config);
        assert_eq!(auth.id_token_claims().is_some(), is_kept, "{store}");
        world.run_within(SECOND, auth.sign_out()).expect("signed out");
        assert!(auth.id_token_claims().is_none() && auth.did().is_none());
    }
}
