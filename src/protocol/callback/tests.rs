use super::*;
use crate::platform::native::Native;
use crate::protocol::registration::tests::registration;
use crate::protocol::transaction::tests::{NOW, transaction};

const LIFETIME: Duration = Duration::from_secs(900);

fn at(address: &str) -> Url {
    Native.parse_url(address, None).expect("a URL")
}

fn own() -> Registration {
    registration("https://as.example", "x")
}

/// The verdict on a callback query; `S` stands for the state of the pending transaction.
fn verdict(registration: &Registration, query: &str, now: UnixTime) -> Result<AuthorizationCode> {
    let pending = transaction(1);
    let query = query.replace("=S", &format!("={}", pending.state.as_str()));
    let location = at(&format!("https://app.example/cb?{query}"));
    let response = AuthorizationResponse::read(&location, registration, true).expect("recognised");
    let known = response.states().find(|state| *state == pending.state).map(|_| &pending);
    response.judge(&Native, registration, known, now, LIFETIME)
}

fn refused(query: &str) -> Code {
    verdict(&own(), query, NOW).expect_err(query).code()
}

#[test]
fn a_sound_response_yields_its_code() {
    let code = verdict(&own(), "code=abc&state=S", NOW).expect("sound");
    assert_eq!(code.expose(), "abc");
}

#[test]
fn r27_a_response_without_state_is_refused() {
    assert_eq!(refused("code=abc"), Code::MissingState);
    assert_eq!(refused("error=access_denied"), Code::MissingState);
}

#[test]
fn r28_a_wrong_state_is_refused() {
    let state = transaction(1).state;
    let state = state.as_str();
    let lower = state.to_ascii_lowercase();
    let double_encoded = state.replacen('A', "%2541", 1);
    for other in [&format!("{state}1"), &state[..42], &lower, &double_encoded, "", "constructor"] {
        assert_eq!(refused(&format!("code=abc&state={other}")), Code::UnknownState, "{other}");
    }
}

#[test]
fn r30_duplicates_are_refused_before_anything_else() {
    for query in [
        "code=A&code=B&state=S",
        "code=A&state=S&state=S",
        "code=A&state=S&state=x",
        "error=a&error=b&state=S",
        "code=A&state=S&iss=a&iss=b",
        "code=A&c%6fde=B&state=S",
    ] {
        assert_eq!(refused(query), Code::DuplicateParameter, "{query}");
    }
}

#[test]
fn r31_code_and_error_together_are_refused() {
    assert_eq!(refused("code=A&error=access_denied&state=S"), Code::CodeAndError);
}

#[test]
fn r32_iss_is_judged_before_an_error_is_believed() {
    let mut registration = own();
    registration.server.issuer = Some("https://as.example".into());
    let judge = |query: &str| verdict(&registration, query, NOW);
    let iss = "iss=https%3A%2F%2Fas.example";
    for query in [format!("code=A&state=S&{iss}1"), format!("error=access_denied&state=S&{iss}%2F")]
    {
        assert_eq!(judge(&query).expect_err("refused").code(), Code::IssuerMismatch);
    }
    let error = judge(&format!("error=access_denied&state=S&{iss}")).expect_err("refused");
    assert_eq!(error.code(), Code::AccessDenied);
}

#[test]
fn r33_a_missing_iss_is_refused_where_it_is_announced() {
    let mut registration = own();
    registration.server.issuer = Some("https://as.example".into());
    assert!(verdict(&registration, "code=A&state=S", NOW).is_ok());
    registration.server.iss_parameter_supported = true;
    let judge = |query: &str| verdict(&registration, query, NOW).expect_err("refused").code();
    assert_eq!(judge("code=A&state=S"), Code::IssuerMissing);
    assert_eq!(judge("code=A&state=S&iss="), Code::IssuerMismatch);
}

#[test]
fn r35_an_error_without_a_known_state_is_not_believed() {
    let text = "error=access_denied&error_description=CALL+0800&state=unknown";
    let error = verdict(&own(), text, NOW).expect_err("refused");
    assert_eq!(error.code(), Code::UnknownState);
    assert!(error.oauth().is_none(), "no text of the forger");
}

#[test]
fn error_redirects_become_typed_errors() {
    let error = verdict(&own(), "error=access_denied&error_description=No+thanks&state=S", NOW)
        .expect_err("e");
    assert_eq!(error.code(), Code::AccessDenied);
    let said = error.oauth().expect("the server's words");
    assert_eq!(said.description.as_deref(), Some("No thanks"));
    assert_eq!(refused("error=invalid_scope&state=S"), Code::AuthorizationError);
    assert_eq!(refused("error=&state=S"), Code::AuthorizationError);
}

#[test]
fn r19_an_expired_transaction_is_refused() {
    let late = NOW.plus(LIFETIME + Duration::from_secs(1));
    let error = verdict(&own(), "code=A&state=S", late).expect_err("refused");
    assert_eq!(error.code(), Code::TransactionExpired);
}

#[test]
fn r37_unknown_parameters_are_ignored() {
    let query = "code=A&state=S&session_state=x&scope=y&foo=1&foo=2&code_challenge=z";
    assert!(verdict(&own(), query, NOW).is_ok());
}

#[test]
fn r38_the_fragment_is_never_read() {
    for address in [
        "https://app.example/cb#access_token=ATT&state=x",
        "https://app.example/cb#code=ATT&state=x",
        "https://app.example/cb?access_token=ATT&state=x",
        "https://app.example/cb?id_token=ATT",
    ] {
        assert!(AuthorizationResponse::read(&at(address), &own(), true).is_none(), "{address}");
    }
}

#[test]
fn r39_a_jarm_response_is_refused() {
    assert_eq!(refused("response=eyJ&code=A&state=S"), Code::UnexpectedParameter);
    assert_eq!(refused("response=eyJ"), Code::MissingState);
}

#[test]
fn r40_another_route_is_the_apps_own() {
    for address in [
        "https://app.example/shop?code=SAVE10&state=NY",
        "https://other.example/cb?code=A&state=B",
        "http://app.example/cb?code=A&state=B",
        "https://app.example/cb/?code=A&state=B",
    ] {
        assert!(AuthorizationResponse::read(&at(address), &own(), true).is_none(), "{address}");
    }
}

#[test]
fn c8_a_code_without_state_is_the_apps_own_unless_a_sign_in_is_pending() {
    let location = at("https://app.example/cb?code=SAVE10");
    assert!(AuthorizationResponse::read(&location, &own(), false).is_none());
    assert!(AuthorizationResponse::read(&location, &own(), true).is_some());
    let location = at("https://app.example/cb?code=A&state=unknown");
    assert!(
        AuthorizationResponse::read(&location, &own(), false).is_some(),
        "scrubbed, known or not"
    );
}

#[test]
fn r41_the_cleaned_address_keeps_what_is_the_apps() {
    let location =
        at("https://app.example/cb?tab=%7e&code=A&state=B&iss=C&error_description=D#part");
    assert_eq!(AuthorizationResponse::cleaned(&location), "https://app.example/cb?tab=%7e#part");
}

#[test]
fn a_code_of_odd_characters_is_refused() {
    assert_eq!(refused("code=%00&state=S"), Code::UnexpectedParameter);
    assert_eq!(refused("code=&state=S"), Code::UnexpectedParameter);
}
