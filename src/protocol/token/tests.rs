use super::*;
use crate::codec::query;
use crate::protocol::registration::tests::registration;
use crate::protocol::server::TokenEncoding;
use crate::protocol::transaction::tests::transaction;
use crate::secret::SecretText;
use crate::testing::Native;

const TIMEOUT: Duration = Duration::from_secs(10);

fn answer(status: u16, content_type: &str, body: &str) -> Response {
    Response {
        status,
        content_type: Some(content_type.into()),
        body: SecretText::new(body.into()),
        ..Response::default()
    }
}

fn processed(body: &str) -> Result<TokenResponse> {
    process_response(&Native, &answer(200, "application/json", body), UnixTime::default())
}

fn with(member: &str) -> Result<TokenResponse> {
    processed(&format!(r#"{{"access_token":"a","token_type":"Bearer",{member}}}"#))
}

fn no_params() -> ExtraParameters {
    ExtraParameters::default()
}

fn sent(request: &Request) -> &str {
    request.body.as_ref().expect("a body").text.expose()
}

#[test]
fn r7_r9_the_exchange_carries_the_verifier_and_no_secret() {
    let mut registration = registration("https://as.example", "app");
    let code = AuthorizationCode::parse("+ & = % space %2B".into()).expect("sound");
    let transaction = transaction(1);
    let expected = [
        ("grant_type", "authorization_code"),
        ("code", "+ & = % space %2B"),
        ("redirect_uri", "https://app.example/cb"),
        ("client_id", "app"),
        ("code_verifier", transaction.verifier.expose()),
    ];

    let request =
        exchange_request(&Native, &registration, &transaction, &code, &no_params(), TIMEOUT);
    assert_eq!(request.endpoint.as_str(), "https://as.example/auth/token");
    assert!(request.bearer.is_none());
    let body = Native.parse_json(sent(&request)).expect("JSON");
    assert_eq!(body, Json::object(expected.map(|(name, value)| (name, value.into()))));

    registration.server.token_encoding = TokenEncoding::Form;
    let request =
        exchange_request(&Native, &registration, &transaction, &code, &no_params(), TIMEOUT);
    assert_eq!(
        request.body.as_ref().expect("a body").content_type,
        "application/x-www-form-urlencoded"
    );
    let pairs = query::parse(sent(&request));
    assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn r10_r98_a_refresh_names_the_same_client_and_no_scope() {
    let registration = registration("https://as.example", "app");
    let token = RefreshToken::parse("r1".into()).expect("sound");
    let request = refresh_request(&Native, &registration, &token, &no_params(), TIMEOUT);
    let body = Native.parse_json(sent(&request)).expect("JSON");
    let expected = [("grant_type", "refresh_token"), ("refresh_token", "r1"), ("client_id", "app")];
    assert_eq!(body, Json::object(expected.map(|(name, value)| (name, value.into()))));
}

#[test]
fn r11_parameters_of_the_app_go_with_the_exchange_and_each_refresh() {
    let mut registration = registration("https://as.example", "app");
    registration.server.token_encoding = TokenEncoding::Form;
    let mut params = no_params();
    params.add("resource", "https://a.example").expect("a free name");
    params.add("resource", "https://b.example").expect("a free name");
    params.add("audience", "api").expect("a free name");
    let code = AuthorizationCode::parse("c1".into()).expect("valid");
    let token = RefreshToken::parse("r1".into()).expect("valid");
    let transaction = transaction(1);
    for request in [
        exchange_request(&Native, &registration, &transaction, &code, &params, TIMEOUT),
        refresh_request(&Native, &registration, &token, &params, TIMEOUT),
    ] {
        let pairs = query::parse(sent(&request));
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            pairs[pairs.len() - 3..],
            [
                pair("resource", "https://a.example"),
                pair("resource", "https://b.example"),
                pair("audience", "api")
            ]
        );
    }
}

#[test]
fn r60_only_status_200_is_a_success() {
    let body = r#"{"access_token":"a","token_type":"Bearer"}"#;
    let process = |status| {
        process_response(&Native, &answer(status, "application/json", body), UnixTime::default())
    };
    assert!(process(200).is_ok());
    for status in [0, 201, 204, 206, 304, 418, 500] {
        assert!(process(status).is_err(), "{status}");
    }
}

#[test]
fn r61_json_under_another_media_type_is_refused() {
    let body = r#"{"access_token":"a","token_type":"Bearer"}"#;
    let answer = answer(200, "text/html", body);
    let error = process_response(&Native, &answer, UnixTime::default()).expect_err("refused");
    assert_eq!(error.code(), ErrorCode::NotJson);
}

#[test]
fn r63_an_unusable_access_token_is_refused() {
    for body in [
        r#"{"token_type":"Bearer"}"#,
        r#"{"access_token":"","token_type":"Bearer"}"#,
        r#"{"access_token":1,"token_type":"Bearer"}"#,
        r#"{"access_token":{},"token_type":"Bearer"}"#,
        r#"{"access_token":"a\r\nX: y","token_type":"Bearer"}"#,
        r#"{"access_token":"a","token_type":1}"#,
        r#"{"access_token":"a","token_type":["Bearer"]}"#,
    ] {
        assert_eq!(
            processed(body).expect_err(body).code(),
            ErrorCode::InvalidTokenResponse,
            "{body}"
        );
    }
}

#[test]
fn r64_token_types_compare_without_case_and_others_are_refused() {
    let of_type =
        |kind: &str| processed(&format!(r#"{{"access_token":"a","token_type":"{kind}"}}"#));
    assert!(of_type("bEARER").is_ok());
    for absent in [r#"{"access_token":"a"}"#, r#"{"access_token":"a","token_type":null}"#] {
        assert!(processed(absent).is_ok(), "C27: {absent}");
    }
    for kind in ["mac", "N_A", "", "DPoP", "bearer "] {
        assert_eq!(
            of_type(kind).expect_err(kind).code(),
            ErrorCode::UnsupportedTokenType,
            "{kind}"
        );
    }
}

#[test]
fn r65_any_expires_in_is_survived() {
    let lifetime = |value: &str| {
        with(&format!(r#""expires_in":{value}"#)).expect("a success all the same").lifetime
    };
    assert_eq!(lifetime("3600"), Some(Duration::from_secs(3600)));
    assert_eq!(lifetime("3600.5"), Some(Duration::from_millis(3_600_500)));
    assert_eq!(lifetime("\"3600\""), Some(Duration::from_secs(3600)));
    let longest = Duration::from_secs_f64(MAX_LIFETIME_SECONDS);
    for huge in ["1e308", "9007199254740992", "1000000000000", "\"18446744073709551615\""] {
        assert_eq!(lifetime(huge), Some(longest), "{huge}");
    }
    assert_eq!(lifetime("2147483648"), Some(Duration::from_secs(1 << 31)));
    for absent in ["0", "-1", "null", "\"NaN\"", "\"\"", "[]", "{}", "\"-1\"", "true"] {
        assert_eq!(lifetime(absent), None, "{absent}");
    }
}

#[test]
fn r66_the_granted_scope_is_what_the_server_says() {
    assert_eq!(with(r#""x":1"#).expect("sound").scope, None);
    assert_eq!(with(r#""scope":"a b""#).expect("sound").scope, Some(Scope::granted("a b")));
    assert_eq!(with(r#""scope":"""#).expect("sound").scope, Some(Scope::default()));
    let scope = |value: &str| with(&format!(r#""scope":{value}"#)).expect("a success").scope;
    assert_eq!(scope(r#"["a","b:read"]"#), Some(Scope::granted("a b:read")));
    assert_eq!(scope(r#""a,b""#), Some(Scope::granted("a b")));
    assert_eq!(scope("null"), None);
    for unknown in ["7", "true", "{}", r#"["a",1]"#, "[]"] {
        assert_eq!(scope(unknown), Some(Scope::default()), "nothing is claimed: {unknown}");
    }
}

#[test]
fn r67_unknown_members_are_ignored() {
    assert!(
        with(r#""a":null,"b":[{}],"c":{"d":1},"__proto__":{"access_token":"x"},"e":false"#).is_ok()
    );
}

#[test]
fn the_alias_of_basic_yields_to_the_full_name() {
    let token =
        |member: &str| with(member).expect("sound").refresh_token.map(|t| t.expose().to_owned());
    assert_eq!(token(r#""refresh":"r1""#).as_deref(), Some("r1"));
    assert_eq!(token(r#""refresh":"r1","refresh_token":"r2""#).as_deref(), Some("r2"));
    assert_eq!(token(r#""refresh_token":null,"refresh":"r1""#).as_deref(), Some("r1"));
    for absent in [r#""refresh_token":null"#, r#""refresh_token":"""#, r#""refresh":"""#] {
        assert_eq!(token(absent), None, "{absent}");
    }
    for member in [r#""refresh_token":1"#, r#""refresh_token":{}"#, r#""refresh_token":"a\n""#] {
        assert_eq!(with(member).expect_err(member).code(), ErrorCode::InvalidTokenResponse);
    }
}

#[test]
fn r71_an_error_in_a_200_body_is_an_error() {
    for body in [
        r#"{"error":"bad_verification_code"}"#,
        r#"{"error":"x","access_token":"a","token_type":"Bearer"}"#,
        r#"{"error":7,"access_token":"a","token_type":"Bearer"}"#,
        r#"{"error":{"code":"x"},"access_token":"a","token_type":"Bearer"}"#,
        r#"{"error":false,"access_token":"a","token_type":"Bearer"}"#,
    ] {
        assert_eq!(processed(body).expect_err(body).code(), ErrorCode::TokenError);
    }
}

#[test]
fn r129_an_error_holds_no_token() {
    let error =
        processed(r#"{"access_token":"canary","token_type":"mac","refresh_token":"canary"}"#);
    assert!(!format!("{error:?}").contains("canary"));
}
