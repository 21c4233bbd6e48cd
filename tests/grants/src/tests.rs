use super::*;

const SECOND: Duration = Duration::from_secs(1);
const LATER: Duration = Duration::from_secs(3600);
const START: Duration = Duration::from_secs(1_000_000);
const GRACE: Duration = Duration::from_secs(10);

const VALID: Exchange<'_> = Exchange {
    code: "code",
    client_id: "client",
    redirect_uri: Some("https://app.example/callback"),
    code_challenge: Some("challenge"),
};

fn grants() -> Grants<u8, &'static str> {
    let mut grants = Grants::default();
    let authorization = Authorization {
        session: 7,
        client_id: "client".into(),
        redirect_uri: "https://app.example/callback".into(),
        code_challenge: "challenge".into(),
        grant: "profile",
        expires_at: START + 60 * SECOND,
    };
    grants.add_code("code".into(), authorization);
    grants
}

/// A session whose refresh token is `r1`.
fn session() -> Grants<u8, &'static str> {
    let mut grants = grants();
    grants.redeem(&VALID, START + LATER, START).expect("a valid code");
    grants.add_refresh_token("r1".into(), 7, START + LATER);
    grants
}

fn is_live(grants: &Grants<u8, &'static str>) -> bool {
    grants.session(&7).is_some_and(|session| !session.is_revoked)
}

#[test]
fn a_code_begins_one_session_and_its_second_use_ends_it() {
    let mut grants = grants();
    assert_eq!(grants.session_of_code("code"), None);
    assert_eq!(grants.redeem(&VALID, START + LATER, START), Ok((7, "profile")));
    assert_eq!(grants.session_of_code("code"), Some(&7));
    assert!(is_live(&grants));
    assert_eq!(grants.redeem(&VALID, START + LATER, START), Err(Refusal::Used));
    assert!(!is_live(&grants));
}

#[test]
fn a_code_stays_good_for_its_owner_after_a_wrong_request() {
    let mut grants = grants();
    for (wrong, refusal) in [
        (Exchange { code: "other", ..VALID }, Refusal::Unknown),
        (Exchange { client_id: "other", ..VALID }, Refusal::OtherClient),
        (Exchange { redirect_uri: None, ..VALID }, Refusal::WrongRedirectUri),
        (
            Exchange { redirect_uri: Some("https://evil.example"), ..VALID },
            Refusal::WrongRedirectUri,
        ),
        (Exchange { code_challenge: None, ..VALID }, Refusal::MissingVerifier),
        (Exchange { code_challenge: Some("other"), ..VALID }, Refusal::WrongVerifier),
    ] {
        assert_eq!(grants.redeem(&wrong, START + LATER, START), Err(refusal), "{wrong:?}");
    }
    assert!(grants.redeem(&VALID, START + LATER, START).is_ok());
}

#[test]
fn another_client_cannot_end_a_session_with_its_code() {
    let mut grants = session();
    let stolen = Exchange { client_id: "other", ..VALID };
    assert_eq!(grants.redeem(&stolen, START + LATER, START), Err(Refusal::OtherClient));
    assert!(is_live(&grants));
}

#[test]
fn a_code_expires() {
    let at = START + 60 * SECOND;
    assert!(grants().redeem(&VALID, at + LATER, at - SECOND).is_ok());
    assert_eq!(grants().redeem(&VALID, at + LATER, at), Err(Refusal::Unknown));
}

#[test]
fn a_replaced_refresh_token_ends_the_session() {
    let mut grants = session();
    let check = |grants: &mut Grants<_, _>, token| {
        grants.check_refresh_token(token, "client", Duration::ZERO, START + SECOND)
    };
    assert_eq!(check(&mut grants, "r1"), Ok(Accepted::Current(7)));
    assert_eq!(check(&mut grants, "r1"), Ok(Accepted::Current(7)), "a check changes nothing");
    grants.replace_refresh_token("r1", "r2".into(), START + LATER, START);
    assert_eq!(check(&mut grants, "r2"), Ok(Accepted::Current(7)));
    assert_eq!(check(&mut grants, "r1"), Err(Refusal::Used));
    assert!(!is_live(&grants));
    assert_eq!(check(&mut grants, "r2"), Err(Refusal::Revoked));
}

#[test]
fn within_the_grace_period_the_same_successor_comes_again_until_it_is_used() {
    let mut grants = session();
    grants.replace_refresh_token("r1", "r2".into(), START + LATER, START);
    let in_time = START + GRACE;
    let again = Ok(Accepted::Repeated { session: 7, successor: "r2".into() });
    assert_eq!(grants.check_refresh_token("r1", "client", GRACE, in_time), again);
    grants.replace_refresh_token("r2", "r3".into(), START + LATER, in_time);
    assert_eq!(grants.check_refresh_token("r1", "client", GRACE, in_time), Err(Refusal::Used));
    assert!(!is_live(&grants));
}

#[test]
fn the_grace_period_ends() {
    let mut grants = session();
    grants.replace_refresh_token("r1", "r2".into(), START + LATER, START);
    let late = grants.check_refresh_token("r1", "client", GRACE, START + GRACE + SECOND);
    assert_eq!(late, Err(Refusal::Used));
}

#[test]
fn a_refresh_token_expires_and_its_successor_lives_longer() {
    let mut grants = session();
    let end = START + LATER;
    let check = |grants: &mut Grants<_, _>, token, at| {
        grants.check_refresh_token(token, "client", Duration::ZERO, at)
    };
    assert_eq!(check(&mut grants, "r1", end), Err(Refusal::Unknown));
    assert_eq!(check(&mut grants, "r1", end - SECOND), Ok(Accepted::Current(7)));
    grants.replace_refresh_token("r1", "r2".into(), end + LATER, end - SECOND);
    grants.forget_expired(end);
    assert_eq!(check(&mut grants, "r2", end), Ok(Accepted::Current(7)));
    assert_eq!(check(&mut grants, "r1", end), Err(Refusal::Unknown), "forgotten");
    assert!(is_live(&grants));
}

#[test]
fn a_refresh_token_of_another_client_is_refused_and_ends_nothing() {
    let mut grants = session();
    grants.replace_refresh_token("r1", "r2".into(), START + LATER, START);
    for token in ["r1", "r2"] {
        let refused = grants.check_refresh_token(token, "other", GRACE, START);
        assert_eq!(refused, Err(Refusal::OtherClient));
    }
    assert!(is_live(&grants));
}
