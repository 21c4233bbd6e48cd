//! What is read back from a store, which any script of the origin may have changed.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use basic_oauth::codec::cookies::CookieJar;
use basic_oauth::protocol::RedirectUri;
use basic_oauth::protocol::openid::found_server;
use basic_oauth::protocol::openid::transaction::OpenIdTransaction;
use basic_oauth::protocol::pkce::CodeVerifier;
use basic_oauth::protocol::registration::Registration;
use basic_oauth::protocol::state::State;
use basic_oauth::protocol::transaction::{self, Transaction};
use basic_oauth::session::Session;
use basic_oauth::session::signed_out::SignedOut;
use basic_oauth::{AuthorizationServer, Scope};

use crate::{NOW, Parsers};

/// A client of Basic. It is made once, because each input would wait for it.
pub(crate) fn registration<P: Parsers>(parsers: &P) -> Rc<Registration> {
    thread_local! {
        static KNOWN: RefCell<Option<Rc<Registration>>> = const { RefCell::new(None) };
    }
    KNOWN.with(|known| {
        known.borrow_mut().get_or_insert_with(|| Rc::new(made_registration(parsers))).clone()
    })
}

fn made_registration<P: Parsers>(parsers: &P) -> Registration {
    let server =
        AuthorizationServer::basic_at(parsers, "https://api.basic.tech").expect("a server");
    let redirect_uri =
        RedirectUri::parse(parsers, "https://app.example/callback").expect("a redirect URI");
    Registration::new(server, "app", redirect_uri).expect("a client")
}

/// The sign-in under way, whose `state` the corpus knows.
pub(crate) fn stored_transaction<P: Parsers>(_: &P) -> Transaction {
    Transaction {
        state: State::from_random(&[1; 32]),
        verifier: CodeVerifier::from_random(&[1; 32]),
        nonce: None,
        scope: Scope::granted("profile"),
        return_to: "/deep".into(),
        openid: OpenIdTransaction::default(),
        created_at: NOW,
    }
}

pub(crate) fn session<P: Parsers>(parsers: &P, input: &str) {
    let _ = SignedOut::from_record(input);
    let registration = registration(parsers);
    let Some(session) = Session::from_record(parsers, &registration, input) else { return };
    assert!(!format!("{session:?}").contains(session.access_token.expose()) || is_short(&session));
    // What is invalid and can be done without is left out at the first reading, and no more at the next.
    let again = |session: &Session| {
        let record = session.to_record(parsers, &registration, true);
        Session::from_record(parsers, &registration, record.expose()).expect("a record")
    };
    let once = again(&session);
    assert_eq!(again(&once), once, "a record survives the round trip");
    assert_eq!(once.access_token, session.access_token);
    let _ = session.openid.claims(parsers);
}

/// A token of a few characters may be part of any text.
fn is_short(session: &Session) -> bool {
    session.access_token.expose().len() < 12
}

pub(crate) fn transaction<P: Parsers>(parsers: &P, input: &str) {
    let registration = registration(parsers);
    let _ = transaction::begun(input);
    let _ = Transaction::is_of_other_redirect_uri(input, &registration);
    let Some(read) = Transaction::from_record(parsers, input, &registration) else { return };
    let _ = read.is_expired(NOW, Duration::from_secs(900));
    let record = read.to_record(&registration);
    assert!(Transaction::from_record(parsers, record.expose(), &registration).is_some());
}

pub(crate) fn found_server<P: Parsers>(parsers: &P, input: &str) {
    let Some(server) = found_server::parse(parsers, input) else { return };
    for endpoint in [&server.authorization_endpoint, &server.token_endpoint] {
        assert_secure(endpoint.as_str());
    }
    let text = found_server::write(&server);
    assert_eq!(found_server::parse(parsers, &text), Some(server), "{text}");
}

pub(crate) fn assert_secure(url: &str) {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    assert!(matches!(scheme.as_deref(), Some("https" | "http")), "{url}");
    assert!(!url.contains('#') && !url.contains(' '), "{url}");
}

pub(crate) fn cookies<P: Parsers>(_: &P, input: &str) {
    let jar = CookieJar::new(input.into());
    let _ = jar.cookies().count();
    let _ = jar.record("basic-oauth.app.x.session");
    let _ = jar.record("");
}
