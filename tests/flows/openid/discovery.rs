//! The server is found by its issuer (R72, R73, R75, R76).

use basic_oauth::platform::SessionStore;
use basic_oauth::{Config, ErrorCode, Options, ServerOptions, SignInOptions};
use basic_oauth_testing::flow::*;
use basic_oauth_testing::{Answer, Native, WellKnown, World};
use serde_json::{Value, json};

use super::{INSERTED, ISSUER, origins, reads};

/// The error of a sign-in whose server cannot be found.
#[track_caller]
fn search_error(world: &World, config: &Config) -> (ErrorCode, Option<&'static str>) {
    let tab = world.open(HOME);
    let auth = start(world, &tab, config);
    let call = leave(world, &tab, &auth);
    world.advance(MINUTE);
    let error = call.take().expect("ended").expect_err("refused");
    assert!(tab.navigations().is_empty(), "the page stays");
    assert!(!dump(world).contains(".tx."), "no sign-in has begun");
    (error.code(), error.detail())
}

#[test]
fn r73_a_sign_in_finds_its_server_by_either_form() {
    for (form, requests) in [(WellKnown::Appended, [1, 0]), (WellKnown::Inserted, [1, 1])] {
        let world = World::new();
        world.server().provider.well_known = vec![form];
        let (tab, auth) = sign_in(&world, &openid_config());
        assert_eq!([reads(&world, METADATA), reads(&world, INSERTED)], requests);
        assert_eq!(tab.address(), HOME);
        assert_eq!(auth.id_token_claims().expect("claims").text("sub"), Some("did:example:ada"));
        assert_eq!(exchanges(&world).len(), 1);
        assert_eq!(world.server().violations(), []);
    }
}

#[test]
fn r73_the_path_of_an_issuer_is_in_the_address() {
    for (issuer, form, path) in [
        (
            "https://api.basic.tech/a/b",
            WellKnown::Appended,
            "/a/b/.well-known/openid-configuration",
        ),
        (
            "https://api.basic.tech/a/b",
            WellKnown::Inserted,
            "/.well-known/oauth-authorization-server/a/b",
        ),
        ("https://api.basic.tech/a/", WellKnown::Appended, "/a/.well-known/openid-configuration"),
    ] {
        let world = World::new();
        world.server().provider.issuer = issuer.into();
        world.server().provider.well_known = vec![form];
        sign_in(&world, &openid_config_at(issuer));
        assert_eq!(reads(&world, path), 1, "{issuer}");
    }
    for issuer in ["https://api.basic.tech/a?x=1", "https://api.basic.tech#x", "http://a.example"] {
        let refused = openid_options(issuer).validate(&Native, "https://app.example");
        assert!(refused.is_err(), "{issuer}");
    }
}

#[test]
fn r72_metadata_of_another_issuer_is_refused() {
    for issuer in [
        "https://api.basic.techINVALID",
        "https://api.basic.tech/",
        "https://API.basic.tech",
        "https://api.basic.tech:443",
        "https://evil.example",
    ] {
        let world = World::new();
        world.server().provider.metadata = json!({ "issuer": issuer });
        let error = search_error(&world, &openid_config());
        assert_eq!(error, (ErrorCode::InvalidMetadata, Some("issuer")), "{issuer}");
        assert_eq!(reads(&world, INSERTED), 0, "what a document says is final");
    }
}

#[test]
fn r72_r75_metadata_that_is_unusable_is_refused() {
    for (name, value) in [
        ("issuer", Value::Null),
        ("token_endpoint", Value::Null),
        ("token_endpoint", json!("http://api.basic.tech/auth/token")),
        ("authorization_endpoint", json!("javascript:alert(1)")),
        ("authorization_endpoint", json!("/auth/authorize")),
        ("jwks_uri", json!("//evil.example/keys")),
        ("end_session_endpoint", json!("https://u:p@evil.example/")),
        ("revocation_endpoint", json!(["https://api.basic.tech/auth/revoke"])),
        ("userinfo_endpoint", json!("https://api.basic.tech/#x")),
        ("code_challenge_methods_supported", json!(["plain"])),
        ("code_challenge_methods_supported", json!("S256")),
        ("code_challenge_methods_supported", json!([])),
    ] {
        let world = World::new();
        world.server().provider.metadata = json!({ name: value });
        let error = search_error(&world, &openid_config());
        assert_eq!(error, (ErrorCode::InvalidMetadata, Some(name)), "{value}");
    }
}

#[test]
fn r75_a_server_that_lists_no_methods_is_accepted() {
    let world = World::new();
    world.server().provider.metadata = json!({ "code_challenge_methods_supported": null });
    sign_in(&world, &openid_config());
}

#[test]
fn a_search_that_fails_keeps_the_page_usable() {
    for (answer, code) in [
        (Answer::network_error(), ErrorCode::NetworkError),
        (Answer::silence(), ErrorCode::Timeout),
        (Answer::json(503, "{}"), ErrorCode::ServerUnavailable),
        (Answer::json(404, "{}"), ErrorCode::UnexpectedStatus),
        (Answer::of_type(200, "text/html", "<h1>captive portal</h1>"), ErrorCode::NotJson),
        (Answer::json(200, "[]"), ErrorCode::NotJson),
        (Answer::json(302, ""), ErrorCode::NetworkError),
        (Answer::json(200, &" ".repeat(2 << 20)), ErrorCode::ResponseTooLarge),
    ] {
        let world = World::new();
        let config = openid_config();
        world.answer_always(METADATA, answer.clone());
        world.answer_always(INSERTED, answer.clone());
        let tab = world.open(HOME);
        let auth = start(&world, &tab, &config);
        let call = leave(&world, &tab, &auth);
        world.advance(MINUTE);
        let error = call.take().expect("ended").expect_err("refused");
        assert_eq!(error.code(), code, "{answer:?}");
        assert_eq!([reads(&world, METADATA), reads(&world, INSERTED)], [1, 1]);
        assert_eq!(state_error(&auth), None, "the caller has the error");
        assert!(tab.navigations().is_empty());

        // The button works again, at once.
        world.clear_answers();
        let call = leave(&world, &tab, &auth);
        assert!(call.take().is_none(), "the redirect has started");
        assert_signed_in(&start(&world, &world.authorize(&tab), &config));
    }
}

#[test]
fn concurrent_sign_ins_share_one_search() {
    let world = World::new();
    let config = openid_config();
    let tab = world.open(HOME);
    let auth = start(&world, &tab, &config);
    let another = start(&world, &tab, &config);
    let gate = world.hold(METADATA);
    let calls = [&auth, &auth, &another].map(|auth| leave(&world, &tab, auth));
    gate.open();
    world.settle();
    assert_eq!(tab.navigations().len(), 1);
    assert_eq!(reads(&world, METADATA), 1);
    assert!(calls.iter().all(|call| call.take().is_none()), "all of them wait for the page to go");

    let world = World::new();
    let tab = world.open(HOME);
    let auth = start(&world, &tab, &config);
    world.answer_always(METADATA, Answer::network_error());
    world.answer_always(INSERTED, Answer::network_error());
    let calls = [leave(&world, &tab, &auth), leave(&world, &tab, &auth)];
    for call in calls {
        let error = call.take().expect("ended").expect_err("refused");
        assert_eq!(error.code(), ErrorCode::NetworkError);
    }
}

#[test]
fn r76_metadata_is_used_for_ten_minutes() {
    let world = World::new();
    let config = openid_config();
    away(&world, &config);
    world.advance(10 * MINUTE - SECOND);
    away(&world, &config);
    assert_eq!(reads(&world, METADATA), 1, "another page, the same metadata");
    world.advance(2 * SECOND);
    away(&world, &config);
    assert_eq!(reads(&world, METADATA), 2);
    // A clock that was set back does not keep metadata for ever.
    world.jump(-3_600_000);
    away(&world, &config);
    assert_eq!(reads(&world, METADATA), 3);
}

#[test]
fn r76_metadata_is_never_taken_from_another_issuers_record() {
    let world = World::new();
    away(&world, &openid_config());
    let records = world.records(SessionStore::Local);
    let (key, record) =
        records.iter().find(|(key, _)| key.ends_with(".metadata")).expect("stored").to_owned();
    // The record of one issuer under the key of another, as a mistake or an attack would have it.
    let world = World::new();
    world.server().provider.issuer = "https://api.basic.tech/other".into();
    let config = openid_config_at("https://api.basic.tech/other");
    away(&world, &config);
    let own = keys(&world, SessionStore::Local);
    let own = own.iter().find(|key| key.ends_with(".metadata")).expect("stored").to_owned();
    assert_ne!(own, *key, "issuers do not share a key");
    for planted in [record.as_str(), "", "metadata 1", "metadata 1\n0\nx", "{}"] {
        world.plant(&own, planted);
        let before = reads(&world, "/other/.well-known/openid-configuration");
        away(&world, &config);
        assert_eq!(
            reads(&world, "/other/.well-known/openid-configuration"),
            before + 1,
            "{planted}"
        );
    }
}

#[test]
fn r76_nothing_in_the_page_or_its_address_configures_a_server() {
    let world = World::new();
    for key in ["metadata", "issuer", "server", "client", "basic-oauth.metadata"] {
        world.plant(key, "https://evil.example");
    }
    let query =
        "?iss=https://evil.example&issuer=https://evil.example&login_hint=x&token_endpoint=x";
    let tab = world.open(&[HOME, query].concat());
    let auth = start(&world, &tab, &openid_config());
    let _call = leave(&world, &tab, &auth);
    assert!(tab.navigations()[0].starts_with("https://api.basic.tech/auth/authorize?"));
    assert_signed_in(&start(&world, &world.authorize(&tab), &openid_config()));
    assert_eq!(origins(&world), [ISSUER]);
}

/// Metadata whose endpoints are another server's.
fn swapped() -> Value {
    json!({
        "authorization_endpoint": "https://evil.example/auth/authorize",
        "token_endpoint": "https://evil.example/auth/token",
        "userinfo_endpoint": "https://evil.example/auth/userinfo",
        "revocation_endpoint": "https://evil.example/auth/revoke",
        "end_session_endpoint": "https://evil.example/auth/end",
        "jwks_uri": "https://evil.example/auth/keys",
    })
}

#[test]
fn r76_metadata_that_changes_during_a_sign_in_gets_no_code() {
    let world = World::new();
    let config = openid_config();
    let tab = away(&world, &config);
    world.server().provider.metadata = swapped();
    world.advance(HOUR / 6 - MINUTE);
    let tab = world.authorize(&tab);
    // Another tab reads the new metadata, and stores it.
    world.advance(2 * MINUTE);
    let call = away(&world, &config);
    assert!(call.navigations()[0].starts_with("https://evil.example/"), "it was read");
    let auth = start(&world, &tab, &config);
    assert_signed_in(&auth);
    assert_eq!(origins(&world), [ISSUER], "code, keys and all");
}

#[test]
fn r76_metadata_that_changes_during_a_session_gets_no_token() {
    for store in [SessionStore::Local, SessionStore::Cookie] {
        let world = World::new();
        let mut config = openid_config();
        config.store = store;
        config.load_user = true;
        let (tab, _auth) = sign_in(&world, &config);
        world.server().provider.metadata = swapped();
        world.advance(2 * HOUR);
        assert!(!refreshes(&world).is_empty());
        let tab = tab.reload();
        let restored = start(&world, &tab, &config);
        world.advance(2 * HOUR);
        assert_signed_in(&restored);
        world.advance(SECOND);
        world.run(restored.reload_user()).expect("the user");
        world.run_within(SECOND, restored.sign_out()).expect("signed out");
        assert_eq!(reads(&world, REVOKE), 1);
        assert_eq!(origins(&world), [ISSUER]);
    }
}

#[test]
fn a_page_out_of_the_back_forward_cache_drops_its_search() {
    let world = World::new();
    let config = openid_config();
    let tab = world.open(HOME);
    let auth = start(&world, &tab, &config);
    let gate = world.hold(METADATA);
    let first = leave(&world, &tab, &auth);
    tab.freeze();
    tab.restore();
    world.settle();
    assert_eq!(first.take(), Some(Ok(())), "the sign-in has ended");
    // The button is pressed again while the first search is still under way.
    let again = world.hold(METADATA);
    let second = leave(&world, &tab, &auth);
    gate.open();
    world.settle();
    assert!(tab.navigations().is_empty(), "the first search belongs to a sign-in that has ended");
    again.open();
    world.settle();
    assert_eq!(tab.navigations().len(), 1);
    assert!(second.take().is_none());
    let pending = keys(&world, SessionStore::Local);
    assert_eq!(pending.iter().filter(|key| key.contains(".tx.")).count(), 1);
}

#[test]
fn a_client_that_is_closed_during_its_search_goes_nowhere() {
    let world = World::new();
    let tab = world.open(HOME);
    let auth = start(&world, &tab, &openid_config());
    let gate = world.hold(METADATA);
    let call = leave(&world, &tab, &auth);
    auth.close();
    gate.open();
    world.settle();
    assert!(tab.navigations().is_empty());
    assert_eq!(call.take().expect("ended").expect_err("closed").code(), ErrorCode::Closed);
}

#[test]
fn explicit_endpoints_pay_no_request() {
    let server = ServerOptions::new(
        "https://api.basic.tech/auth/authorize",
        "https://api.basic.tech/auth/token",
    )
    .issuer(ISSUER)
    .end_session_endpoint("https://api.basic.tech/auth/end");
    let with_keys = server.clone().jwks_uri("https://api.basic.tech/auth/keys");
    for (server, requests) in [(server, 1), (with_keys, 2)] {
        let options = Options::new("client", CALLBACK).server_options(server).load_user(false);
        let config = options.scope("openid").validate(&Native, "https://app.example");
        let world = World::new();
        let (_tab, auth) = sign_in(&world, &config.expect("valid options"));
        assert_eq!(world.requests().len(), requests, "the exchange, and perhaps the keys");
        assert!(auth.id_token_claims().is_some());
    }
}

#[test]
fn an_endpoint_that_is_configured_wins_over_one_that_is_found() {
    let server = ServerOptions::discovered(ISSUER)
        .userinfo_endpoint("https://api.basic.tech/own/userinfo")
        .revocation_endpoint("https://api.basic.tech/own/revoke")
        .jwks_uri("https://api.basic.tech/own/keys");
    let options = Options::new("client", CALLBACK).server_options(server).scope("openid profile");
    let config = options.validate(&Native, "https://app.example").expect("valid options");
    let world = World::new();
    let own = json!({ "keys": world.server().provider.keys[0].jwk() });
    let own = json!({ "keys": [own["keys"]] }).to_string();
    world.answer("/own/keys", Answer::json(200, &own));
    world.answer("/own/userinfo", Answer::json(200, r#"{"sub":"did:example:ada"}"#));
    let (_tab, auth) = sign_in(&world, &config);
    world.advance(SECOND);
    world.run(auth.user()).expect("the user");
    world.answer("/own/revoke", Answer::json(200, ""));
    world.run_within(SECOND, auth.sign_out()).expect("signed out");
    let paths = ["/own/keys", "/own/userinfo", "/own/revoke"].map(|path| reads(&world, path));
    assert_eq!((paths, reads(&world, KEYS), reads(&world, REVOKE)), ([1, 1, 1], 0, 0));
}

#[test]
fn r76_the_issuer_of_a_callback_is_that_of_the_sign_in() {
    let world = World::new();
    world.server().issuer = Some(ISSUER.into());
    sign_in(&world, &openid_config());
    for (change, code) in [
        (None, ErrorCode::IssuerMissing),
        (Some("https://evil.example"), ErrorCode::IssuerMismatch),
    ] {
        let world = World::new();
        world.server().issuer = Some(ISSUER.into());
        let tab = away(&world, &openid_config());
        let redirect = world.consent(&tab).without("iss");
        let redirect = change.map_or(redirect.clone(), |iss| redirect.with("iss", iss));
        let auth = start(&world, &tab.go(&redirect.url()), &openid_config());
        assert_eq!(state_error(&auth), Some(code));
        assert!(exchanges(&world).is_empty());
    }
}

#[test]
fn a_frame_searches_nothing() {
    use basic_oauth::platform::Environment;
    let world = World::new();
    let tab = world.open_as(HOME, Environment { is_secure_context: true, is_framed: true });
    let auth = start(&world, &tab, &openid_config());
    let call = leave_with(&world, &tab, &auth, SignInOptions::default());
    assert_eq!(call.take().expect("ended").expect_err("framed").code(), ErrorCode::Framed);
    assert!(tab.navigations().is_empty() && world.requests().is_empty());
}
