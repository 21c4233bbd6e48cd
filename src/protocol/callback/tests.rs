use super::*;
use crate::protocol::registration::tests::registration;
use crate::protocol::transaction::tests::{NOW, transaction};
use crate::protocol::{Issuer, RedirectUri};
use crate::testing::Native;

const LIFETIME: Duration = Duration::from_secs(900);

fn at(address: &str) -> Url {
    Native.parse_url(address, None).expect("a URL")
}

fn own() -> Registration {
    registration("https://as.example", "x")
}

/// The verdict on a callback query; `S` stands for the state of the pending transaction.
fn verdict(registration: &Registration, query: &str, now: UnixTime) -> Result<AuthorizationCode> {
    verdict_at("/cb", registration, query, now)
}

fn verdict_at(
    path: &str,
    registration: &Registration,
    query: &str,
    now: UnixTime,
) -> Result<AuthorizationCode> {
    let pending = transaction(1);
    let query = query.replace("=S", &format!("={}", pending.state.as_str()));
    let location = at(&format!("https://app.example{path}?{query}"));
    let response = AuthorizationResponse::read(&location);
    let transaction = response.states().find(|state| *state == pending.state).map(|_| &pending);
    let other_clients = &[OtherClient {
        issuer: "https://other.example".into(),
        redirect_uri: "https://app.example/other".into(),
    }];
    let arrived_at = &location;
    let expected = Expected { transaction, other_clients, arrived_at, now, lifetime: LIFETIME };
    response.validate(&Native, registration, expected)
}

fn is_for(address: &str, owner: StateOwner, is_pending: bool) -> bool {
    let location = at(address);
    AuthorizationResponse::read(&location).is_for(&location, &own(), owner, || is_pending)
}

fn named(registration: &mut Registration) {
    let issuer = Issuer::parse(&Native, "https://as.example").expect("a valid issuer");
    registration.server.issuer = Some(issuer);
}

fn refused(query: &str) -> ErrorCode {
    verdict(&own(), query, NOW).expect_err(query).code()
}

#[test]
fn a_sound_response_yields_its_code() {
    let code = verdict(&own(), "code=abc&state=S", NOW).expect("a valid response");
    assert_eq!(code.expose(), "abc");
}

#[test]
fn r27_a_response_without_state_is_refused() {
    assert_eq!(refused("code=abc"), ErrorCode::MissingState);
    assert_eq!(refused("error=access_denied"), ErrorCode::MissingState);
}

#[test]
fn r28_a_wrong_state_is_refused() {
    let state = transaction(1).state;
    let state = state.as_str();
    let lower = state.to_ascii_lowercase();
    let double_encoded = state.replacen('A', "%2541", 1);
    for other in [&format!("{state}1"), &state[..42], &lower, &double_encoded, "", "constructor"] {
        assert_eq!(refused(&format!("code=abc&state={other}")), ErrorCode::UnknownState, "{other}");
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
        assert_eq!(refused(query), ErrorCode::DuplicateParameter, "{query}");
    }
}

#[test]
fn r31_code_and_error_together_are_refused() {
    assert_eq!(refused("code=A&error=access_denied&state=S"), ErrorCode::CodeAndError);
}

#[test]
fn r32_iss_is_validated_before_an_error_is_believed() {
    let mut registration = own();
    named(&mut registration);
    let validate = |query: &str| verdict(&registration, query, NOW);
    let iss = "iss=https%3A%2F%2Fas.example";
    for query in [format!("code=A&state=S&{iss}1"), format!("error=access_denied&state=S&{iss}%2F")]
    {
        assert_eq!(validate(&query).expect_err("refused").code(), ErrorCode::IssuerMismatch);
    }
    let error = validate(&format!("error=access_denied&state=S&{iss}")).expect_err("refused");
    assert_eq!(error.code(), ErrorCode::AccessDenied);
}

#[test]
fn r33_a_missing_iss_is_refused_if_it_was_announced() {
    let mut registration = own();
    named(&mut registration);
    assert!(verdict(&registration, "code=A&state=S", NOW).is_ok());
    registration.server.iss_parameter_supported = true;
    let validate = |query: &str| verdict(&registration, query, NOW).expect_err("refused").code();
    assert_eq!(validate("code=A&state=S"), ErrorCode::IssuerMissing);
    assert_eq!(validate("code=A&state=S&iss="), ErrorCode::IssuerMismatch);
}

#[test]
fn r33_an_error_without_the_announced_iss_keeps_its_cause_only_if_its_state_is_known() {
    let mut registration = own();
    named(&mut registration);
    registration.server.iss_parameter_supported = true;
    let validate = |query: &str| verdict(&registration, query, NOW).expect_err("refused");
    let error = validate("error=invalid_scope&error_description=no+x&state=S");
    assert_eq!(error.code(), ErrorCode::IssuerMissing);
    assert_eq!(error.oauth().map(|said| said.error.as_str()), Some("invalid_scope"));
    for forged in [
        "error=access_denied&error_description=CALL&state=unknown",
        "error=access_denied&error_description=CALL",
        "error=access_denied&error_description=CALL&state=S&iss=https%3A%2F%2Fevil.example",
    ] {
        assert!(validate(forged).oauth().is_none(), "{forged}");
    }
}

#[test]
fn r34_the_issuer_of_another_client_on_this_origin_is_a_mix_up() {
    let other = "iss=https%3A%2F%2Fother.example";
    assert_eq!(refused(&format!("code=A&state=S&{other}")), ErrorCode::IssuerMismatch);
    assert!(verdict(&own(), "code=A&state=S&iss=https%3A%2F%2Fthird.example", NOW).is_ok());
}

#[test]
fn r28_a_response_is_never_taken_for_the_answer_to_another_sign_in() {
    let (pending, other) = (transaction(1), transaction(2));
    let query = format!("code=A&state={}", other.state.as_str());
    let location = at(&format!("https://app.example/cb?{query}"));
    let expected = Expected {
        transaction: Some(&pending),
        other_clients: &[],
        arrived_at: &location,
        now: NOW,
        lifetime: LIFETIME,
    };
    let refused = AuthorizationResponse::read(&location).validate(&Native, &own(), expected);
    assert_eq!(refused.expect_err("refused").code(), ErrorCode::UnknownState);
}

#[test]
fn r34_an_answer_at_the_redirect_uri_of_another_client_is_a_mix_up() {
    let query = "code=A&state=S";
    for own_place in ["/cb", "/cb/", "/elsewhere"] {
        assert!(verdict_at(own_place, &own(), query, NOW).is_ok(), "{own_place}");
    }
    let error = verdict_at("/other", &own(), query, NOW).expect_err("refused");
    assert_eq!(error.code(), ErrorCode::IssuerMismatch);
    let mut shared = own();
    shared.redirect_uri =
        RedirectUri::parse(&Native, "https://app.example/other").expect("a valid URI");
    assert!(verdict_at("/other", &shared, query, NOW).is_ok(), "it is ours as well");
}

#[test]
fn r35_an_error_without_a_known_state_is_not_believed() {
    let text = "error=access_denied&error_description=CALL+0800&state=unknown";
    let error = verdict(&own(), text, NOW).expect_err("refused");
    assert_eq!(error.code(), ErrorCode::UnknownState);
    assert!(error.oauth().is_none(), "no text of the forger");
}

#[test]
fn error_redirects_become_typed_errors() {
    let error = verdict(&own(), "error=access_denied&error_description=No+thanks&state=S", NOW)
        .expect_err("e");
    assert_eq!(error.code(), ErrorCode::AccessDenied);
    let said = error.oauth().expect("the server's words");
    assert_eq!(said.description.as_deref(), Some("No thanks"));
    assert_eq!(refused("error=invalid_scope&state=S"), ErrorCode::AuthorizationError);
    assert_eq!(refused("error=consent_required&state=S"), ErrorCode::AccessDenied);
    assert_eq!(
        refused("error=temporarily_unavailable&state=S"),
        ErrorCode::AuthorizationUnavailable
    );
    assert_eq!(refused("error=&state=S"), ErrorCode::AuthorizationError);
}

#[test]
fn r19_an_expired_transaction_is_refused() {
    let late = NOW.plus(LIFETIME + Duration::from_secs(1));
    let error = verdict(&own(), "code=A&state=S", late).expect_err("refused");
    assert_eq!(error.code(), ErrorCode::TransactionExpired);
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
        for owner in [StateOwner::ThisClient, StateOwner::Unknown] {
            assert!(!is_for(address, owner, true), "{address}");
        }
    }
}

#[test]
fn r39_a_jarm_response_is_refused() {
    assert_eq!(refused("response=eyJ&code=A&state=S"), ErrorCode::UnexpectedParameter);
    assert_eq!(refused("response=eyJ"), ErrorCode::MissingState);
}

#[test]
fn r40_the_state_decides_whose_answer_it_is() {
    for elsewhere in [
        "https://app.example/shop?code=SAVE10&state=NY",
        "https://app.example/cb/?code=A&state=B",
        "https://app.example/cb.html?error=access_denied&state=B",
    ] {
        assert!(is_for(elsewhere, StateOwner::ThisClient, true), "{elsewhere}");
        assert!(!is_for(elsewhere, StateOwner::Unknown, true), "{elsewhere}");
    }
    let callback = "https://app.example/cb?code=A&state=B";
    assert!(is_for(callback, StateOwner::ThisClient, false));
    assert!(is_for(callback, StateOwner::Unknown, false));
    assert!(!is_for(callback, StateOwner::OtherClient, true));
    for address in
        ["https://other.example/cb?code=A&state=B", "http://app.example/cb?code=A&state=B"]
    {
        assert!(!is_for(address, StateOwner::Unknown, true), "{address}");
    }
    let no_answer = "https://app.example/cb?state=B";
    assert!(!is_for(no_answer, StateOwner::ThisClient, true), "neither code nor error");
}

#[test]
fn c8_a_code_without_state_is_the_apps_own_unless_a_sign_in_is_pending() {
    let coupon = "https://app.example/cb?code=SAVE10";
    assert!(!is_for(coupon, StateOwner::Unknown, false));
    assert!(is_for(coupon, StateOwner::Unknown, true));
    let unknown = "https://app.example/cb?code=A&state=unknown";
    assert!(is_for(unknown, StateOwner::Unknown, false), "cleaned, known or not");
}

#[test]
fn r41_of_a_cleaned_address_only_the_query_of_the_redirect_uri_stays() {
    let mut registration = own();
    let uri = "https://app.example/cb?tab=%7e";
    registration.redirect_uri = RedirectUri::parse(&Native, uri).expect("a valid URI");
    let cleaned =
        |address: &str, owner| AuthorizationResponse::cleaned(&at(address), &registration, owner);
    let query = "tab=%7e&code=A&state=B&iss=C&session_state=D&error_reason=E&foo=1";
    let at_path = |path: &str, hash: &str| format!("https://app.example{path}?{query}{hash}");
    assert_eq!(cleaned(&at_path("/cb", "#part"), StateOwner::ThisClient), uri);
    assert_eq!(
        cleaned(&at_path("/cb/", "#_=_"), StateOwner::ThisClient),
        "https://app.example/cb/?tab=%7e"
    );
    assert_eq!(cleaned(&at_path("/cb", "#_=_"), StateOwner::Unknown), uri);
    let kept = [uri, "#/orders"].concat();
    assert_eq!(cleaned(&at_path("/cb", "#/orders"), StateOwner::Unknown), kept);
}

#[test]
fn r41_a_page_that_a_router_went_to_loses_the_answer_and_keeps_the_rest() {
    let response = AuthorizationResponse::read(&at("https://app.example/cb?code=A&state=B"));
    let cleaned = |address: &str| response.cleaned_elsewhere(&at(address));
    assert_eq!(
        cleaned("https://app.example/app/cb?x=%7e&code=A&state=B#h").as_deref(),
        Some("https://app.example/app/cb?x=%7e#h")
    );
    for other in ["https://app.example/", "https://app.example/shop?code=A&state=NY"] {
        assert_eq!(cleaned(other), None, "{other}");
    }
}

#[test]
fn a_code_of_odd_characters_is_refused() {
    assert_eq!(refused("code=%00&state=S"), ErrorCode::UnexpectedParameter);
    assert_eq!(refused("code=&state=S"), ErrorCode::UnexpectedParameter);
}
