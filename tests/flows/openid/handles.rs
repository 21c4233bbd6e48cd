//! A handle of Basic leads to the user's DID and server, and every step is validated.

use basic_oauth::platform::SessionStore;
use basic_oauth::{Config, ErrorCode, Options, ServerOptions, SignInOptions};
use basic_oauth_testing::flow::*;
use basic_oauth_testing::{Answer, ApiRequest, Native, Tab, WellKnown, World, did_document};
use serde_json::{Value, json};

use super::{assert_id_token_refused, origins, reads};

const HANDLE: &str = "ada.basic.id";
const DID: &str = "did:web:ada.basic.id";
const PDS: &str = "https://pds.example";
const OWN_DID: &str = "did:web:id.ada.example";
const DOCUMENT: &str = "https://ada.basic.id/.well-known/did.json";
const OWN_DOCUMENT: &str = "https://id.ada.example/.well-known/did.json";

/// An app of Basic whose users may have a server of their own.
fn config(scope: &str) -> Config {
    let options = Options::new("client", CALLBACK).handles(true).scope(scope).load_user(false);
    options.validate(&Native, "https://app.example").expect("valid options")
}

/// The user's own server, and the documents that lead to it.
fn world(did: &str) -> World {
    let world = World::new();
    let mut server = world.server();
    server.origin = PDS.into();
    server.account.sub = did.into();
    server.provider.issuer = PDS.into();
    server.provider.well_known = vec![WellKnown::Basic];
    server.provider.add_handle(HANDLE, did, PDS);
    drop(server);
    world
}

fn with_handle(handle: &str) -> SignInOptions {
    SignInOptions::default().handle(handle)
}

/// Leaves for the server of the handle.
#[track_caller]
fn away_with(world: &World, config: &Config, handle: &str) -> Tab {
    let tab = world.open(HOME);
    let auth = start(world, &tab, config);
    let call = leave_with(world, &tab, &auth, with_handle(handle));
    let ended = call.take();
    assert!(ended.is_none(), "{ended:?}");
    tab
}

#[track_caller]
fn refused(world: &World, handle: &str) -> (ErrorCode, Option<&'static str>) {
    let tab = world.open(HOME);
    let auth = start(world, &tab, &config("openid profile"));
    let call = leave_with(world, &tab, &auth, with_handle(handle));
    world.advance(MINUTE);
    let error = call.take().expect("ended").expect_err("refused");
    assert!(tab.navigations().is_empty() && !dump(world).contains(".tx."));
    (error.code(), error.detail())
}

#[test]
fn a_handle_leads_to_the_users_own_server() {
    for (did, documents) in [(DID, [1, 0]), (OWN_DID, [1, 1])] {
        let world = world(did);
        let tab = away_with(&world, &config("openid profile"), "@Ada.Basic.ID ");
        let left = tab.navigations().remove(0);
        assert!(left.starts_with("https://pds.example/auth/authorize?"), "{left}");
        assert!(parameter(&left, "login_hint").is_some());
        let auth = start(&world, &world.authorize(&tab), &config("openid profile"));
        assert_signed_in(&auth);
        assert_eq!(auth.did().as_deref(), Some(did));
        let asked = |url: &str| world.requests().iter().filter(|sent| sent.url == url).count();
        assert_eq!([asked(DOCUMENT), asked(OWN_DOCUMENT)], documents);
        assert_eq!(reads(&world, "/auth/.well-known/openid-configuration"), 1);
        assert_eq!(world.server().violations(), []);

        // The session stays with that server.
        world.server().provider.documents.clear();
        world.advance(2 * HOUR);
        assert!(!refreshes(&world).is_empty());
        let auth = start(&world, &world.open(HOME), &config("openid profile"));
        assert_signed_in(&auth);
        world.advance(SECOND);
        world.run(auth.reload_user()).expect("the user");
        world.run_within(SECOND, auth.sign_out()).expect("signed out");
        assert_eq!(reads(&world, REVOKE), 1);
        assert!(origins(&world).iter().all(|origin| origin != "https://api.basic.tech"));
    }
}

#[test]
fn a_handle_needs_the_option() {
    let world = world(DID);
    let tab = world.open(HOME);
    let auth = start(&world, &tab, &basic_oauth_testing::flow::config());
    let refused = leave_with(&world, &tab, &auth, with_handle(HANDLE)).take().expect("at once");
    let error = refused.expect_err("refused");
    assert_eq!((error.code(), error.detail()), (ErrorCode::InvalidOption, Some("handles")));
    assert!(world.requests().is_empty());
}

#[test]
fn a_handle_that_is_no_host_is_refused_at_once() {
    for handle in [
        "",
        "@",
        "ada@basic.id",
        "ada basic.id",
        "ada.basic.id/x",
        "ada.basic.id?x",
        "a#b",
        "ada.basic.id\\x",
        "https://ada.basic.id",
        "\u{e4}.example",
        "a.b:c:d",
    ] {
        let world = world(DID);
        assert_eq!(
            refused(&world, handle),
            (ErrorCode::InvalidHandle, Some("handle")),
            "{handle:?}"
        );
        assert!(world.requests().is_empty(), "{handle:?}");
    }
}

#[test]
fn every_step_of_a_handle_is_validated() {
    let document = || did_document(HANDLE, DID, PDS);
    let with = |name: &str, value: Value| {
        let mut document = document();
        document[name] = value;
        document
    };
    let service = |url: Value| json!([{ "id": "#basic_pds", "serviceEndpoint": url }]);
    for (document, detail) in [
        (with("id", json!("ada")), "did"),
        (with("id", Value::Null), "did"),
        (with("id", json!("did:plc:abc")), "did"),
        (with("id", json!("did:web:")), "did"),
        (with("id", json!("did:web:u%40evil.example")), "did"),
        (with("service", Value::Null), "service"),
        (with("service", json!([])), "service"),
        (with("service", json!([{ "id": "#other", "serviceEndpoint": PDS }])), "service"),
        (with("service", service(json!("http://pds.example"))), "service"),
        (with("service", service(json!("javascript:alert(1)"))), "service"),
        (with("service", service(json!("//pds.example"))), "service"),
        (with("service", service(json!("https://u@pds.example"))), "service"),
        (with("service", service(json!("https://pds.example?x"))), "service"),
        (with("service", service(json!({}))), "service"),
    ] {
        let world = world(DID);
        world.server().provider.documents.insert(DOCUMENT.into(), document.clone());
        assert_eq!(refused(&world, HANDLE), (ErrorCode::InvalidHandle, Some(detail)), "{document}");
        assert_eq!(reads(&world, "openid-configuration"), 0);
    }
}

#[test]
fn a_did_of_another_host_names_the_handle_and_itself() {
    for (name, value, detail) in [
        ("alsoKnownAs", json!([]), "alsoKnownAs"),
        ("alsoKnownAs", json!(["https://eve.basic.id"]), "alsoKnownAs"),
        ("alsoKnownAs", json!(["https://ada.basic.id.evil.example"]), "alsoKnownAs"),
        ("alsoKnownAs", Value::Null, "alsoKnownAs"),
        ("id", json!("did:web:evil.example"), "did"),
        ("id", json!(DID), "did"),
    ] {
        let world = world(OWN_DID);
        let mut own = did_document(HANDLE, OWN_DID, PDS);
        own[name] = value.clone();
        world.server().provider.documents.insert(OWN_DOCUMENT.into(), own);
        assert_eq!(refused(&world, HANDLE), (ErrorCode::InvalidHandle, Some(detail)), "{value}");
    }
    // The DID's own document says which server it is, and not that of the handle.
    let world = world(OWN_DID);
    let first = did_document(HANDLE, OWN_DID, "https://evil.example");
    world.server().provider.documents.insert(DOCUMENT.into(), first);
    let tab = away_with(&world, &config("openid"), HANDLE);
    assert!(tab.navigations()[0].starts_with(PDS));
    assert!(!origins(&world).contains(&"https://evil.example".to_owned()));
}

#[test]
fn the_documents_are_bounded_and_their_failures_are_typed() {
    for (answer, expected) in [
        (Answer::network_error(), (ErrorCode::NetworkError, None)),
        (Answer::silence(), (ErrorCode::Timeout, None)),
        (Answer::json(302, ""), (ErrorCode::NetworkError, None)),
        (Answer::json(200, &" ".repeat(2 << 20)), (ErrorCode::ResponseTooLarge, None)),
        (Answer::json(404, "{}"), (ErrorCode::InvalidHandle, Some("document"))),
        (Answer::json(200, "[]"), (ErrorCode::InvalidHandle, Some("document"))),
        (Answer::json(200, "{"), (ErrorCode::InvalidHandle, Some("document"))),
    ] {
        for did in [DID, OWN_DID] {
            let world = world(did);
            let path = if did == DID { DOCUMENT } else { OWN_DOCUMENT };
            world.answer_always(path, answer.clone());
            assert_eq!(refused(&world, HANDLE), expected, "{answer:?}");
        }
    }
    let world = world(DID);
    world.server().provider.metadata = json!({ "issuer": "https://evil.example" });
    assert_eq!(refused(&world, HANDLE), (ErrorCode::InvalidMetadata, Some("issuer")));
}

#[test]
fn r86_r91_the_user_who_signs_in_is_the_one_of_the_handle() {
    let world = world(DID);
    let tab = away_with(&world, &config("openid profile"), HANDLE);
    world.server().account.sub = "did:web:eve.basic.id".into();
    let tab = world.authorize(&tab);
    // The consent was given before by another user of that server.
    world.server().provider.claims = json!({ "sub": "did:web:eve.basic.id" });
    let auth = start(&world, &tab, &config("openid profile"));
    world.settle();
    assert_id_token_refused(&world, &auth, "sub");

    // Without `openid`, the user information tells.
    let world = self::world(DID);
    let tab = away_with(&world, &config("profile"), HANDLE);
    world.server().account.sub = "did:web:eve.basic.id".into();
    let auth = start(&world, &world.authorize(&tab), &config("profile"));
    world.answer_always(USERINFO, Answer::json(200, r#"{"sub":"did:web:eve.basic.id"}"#));
    let error = world.run(auth.user()).expect_err("another user");
    assert_eq!(error.code(), ErrorCode::SubjectMismatch);
    assert_eq!(auth.did(), None, "nothing has confirmed who signed in");
}

#[test]
fn r76_r98_tokens_of_a_users_own_server_go_there_alone() {
    let world = world(DID);
    let config = config("openid profile");
    let tab = world.authorize(&away_with(&world, &config, HANDLE));
    let auth = start(&world, &tab, &config);
    let fetch = |url: &str| world.run(auth.fetch(ApiRequest::get(url)));
    assert_eq!(fetch("https://pds.example/api/items").expect("allowed").status, 200);
    for url in ["https://api.basic.tech/api/items", "https://ada.basic.id/api/items", "/api/items"]
    {
        let error = fetch(url).expect_err("refused");
        assert_eq!(error.code(), ErrorCode::OriginNotAllowed, "{url}");
    }
    let carried: Vec<_> =
        world.requests().into_iter().filter(|sent| sent.bearer.is_some()).collect();
    assert!(carried.iter().all(|sent| sent.url.starts_with("https://pds.example/")));

    // An endpoint that is configured for one issuer gets no token of another.
    let world = self::world(DID);
    let server = ServerOptions::discovered("https://api.basic.tech")
        .userinfo_endpoint("https://api.basic.tech/own/userinfo")
        .revocation_endpoint("https://api.basic.tech/own/revoke")
        .end_session_endpoint("https://api.basic.tech/own/end")
        .jwks_uri("https://api.basic.tech/own/keys");
    let options = Options::new("client", CALLBACK).server_options(server).handles(true);
    let config = options.scope("openid").validate(&Native, "https://app.example").expect("valid");
    let tab = world.authorize(&away_with(&world, &config, HANDLE));
    let auth = start(&world, &tab, &config);
    assert_signed_in(&auth);
    world.run(auth.reload_user()).expect("the user");
    world.run_within(SECOND, auth.sign_out()).expect("signed out");
    assert!(!origins(&world).contains(&"https://api.basic.tech".to_owned()));
}

#[test]
fn without_a_handle_the_configured_server_is_used() {
    let world = World::new();
    let config = config("profile");
    assert_signed_in(&sign_in(&world, &config).1);
    assert_eq!(world.requests().len(), 1, "no search");
    // A session of the user's own server is not one of Basic's, and the other way round.
    let record = world.records(SessionStore::Local);
    let record = record.into_iter().find(|(key, _)| key.ends_with(".session")).expect("stored");
    assert!(!record.1.contains(PDS));
}
