//! Sign-out at the provider: local first, and the way back changes nothing (R50, R112).

use std::rc::Rc;

use basic_oauth::platform::{Environment, SessionStore};
use basic_oauth::{
    Config, ErrorCode, OnReturn, Options, Result, ServerOptions, SignOutOptions, SignedOutReason,
};
use basic_oauth_testing::flow::*;
use basic_oauth_testing::{Answer, Call, Native, StoreFault, Tab, World};
use serde_json::json;

use super::{INSERTED, ISSUER, reads};

const END: &str = "https://api.basic.tech/auth/end?";

fn everywhere() -> SignOutOptions {
    SignOutOptions::default().everywhere(true)
}

/// Signs out at the provider, and lets the page leave.
fn sign_out(world: &World, tab: &Tab, auth: &Auth, options: SignOutOptions) -> Call<Result<()>> {
    let signing_out = auth.sign_out_with(options);
    let call = tab.call(signing_out);
    world.settle();
    call
}

/// The provider's address that the page left for.
#[track_caller]
fn left_for(tab: &Tab) -> String {
    let left = tab.navigations().pop().expect("the page leaves");
    assert!(left.starts_with(END), "{left}");
    left
}

#[test]
fn r112_the_user_is_signed_out_here_before_the_page_leaves() {
    for store in [SessionStore::Local, SessionStore::Cookie, SessionStore::Session] {
        let world = World::new();
        let mut config = openid_config();
        config.store = store;
        let (tab, auth) = sign_in(&world, &config);
        let signing_out = auth.sign_out_with(everywhere().return_to("/goodbye?a=1#b"));
        assert_signed_out(&auth, SignedOutReason::SignedOut);
        assert!(!dump(&world).contains("access-"), "at once, before anything is awaited");
        let call = tab.call(signing_out);
        world.settle();
        assert!(call.take().is_none(), "the page is leaving");
        let left = left_for(&tab);
        let hint = parameter(&left, "id_token_hint").expect("a hint");
        assert_eq!(hint.split('.').count(), 3);
        assert_eq!(parameter(&left, "client_id").as_deref(), Some("client"));
        assert_eq!(parameter(&left, "post_logout_redirect_uri").as_deref(), Some(CALLBACK));
        assert!(parameter(&left, "state").is_some_and(|state| state.len() == 43));
        assert_eq!(query_of(&left).len(), 4);
        assert_eq!(reads(&world, REVOKE), 1);

        let redirect = world.end_session(&tab);
        assert_eq!(world.server().violations(), []);
        assert!(redirect.url().starts_with(CALLBACK));
        let tab = tab.go(&redirect.url());
        let auth = start(&world, &tab, &config);
        assert_signed_out(&auth, SignedOutReason::Never);
        assert_eq!(state_error(&auth), None);
        assert_eq!(tab.returns(), ["/goodbye?a=1#b"]);
        assert_eq!(tab.address(), "https://app.example/goodbye?a=1#b");
        assert!(!dump(&world).contains("sign-out"), "the record is used up");
    }
}

#[test]
fn r112_without_everywhere_or_an_endpoint_the_page_stays() {
    let world = World::new();
    let (tab, auth) = sign_in(&world, &openid_config());
    let call = sign_out(&world, &tab, &auth, SignOutOptions::default());
    assert_eq!(call.take(), Some(Ok(())));
    assert!(tab.navigations().is_empty());

    let world = World::new();
    world.server().provider.metadata = json!({ "end_session_endpoint": null });
    let (tab, auth) = sign_in(&world, &openid_config());
    let call = sign_out(&world, &tab, &auth, everywhere());
    assert_eq!(call.take(), Some(Ok(())));
    assert!(tab.navigations().is_empty());
    assert_eq!(reads(&world, REVOKE), 1);
    assert!(keys(&world, SessionStore::Local).iter().all(|key| key.ends_with(".metadata")));
}

#[test]
fn r112_every_failure_leaves_the_user_signed_out_here() {
    let (revoke, metadata) = (Answer::json(500, ""), Answer::network_error());
    for slow in [false, true] {
        let world = World::new();
        let (tab, auth) = sign_in(&world, &openid_config());
        world.answer_always(REVOKE, if slow { Answer::silence() } else { revoke.clone() });
        world.answer_always(METADATA, metadata.clone());
        world.answer_always(INSERTED, metadata.clone());
        let call = sign_out(&world, &tab, &auth, everywhere());
        assert_signed_out(&auth, SignedOutReason::SignedOut);
        if slow {
            assert!(tab.navigations().is_empty(), "a revocation has two seconds");
            world.advance(2 * SECOND);
        }
        assert!(call.take().is_none());
        left_for(&tab);
    }
    // Without randomness there is no state, and the page stays.
    let world = World::new();
    let (tab, auth) = sign_in(&world, &openid_config());
    world.set_random(false);
    let call = sign_out(&world, &tab, &auth, everywhere());
    assert_eq!(
        call.take().expect("ended").expect_err("no state").code(),
        ErrorCode::NoSecureRandom
    );
    assert_signed_out(&auth, SignedOutReason::SignedOut);
    assert!(tab.navigations().is_empty() && !dump(&world).contains("access-"));

    let world = World::new();
    let (tab, auth) = sign_in(&world, &openid_config());
    world.set_store_fault(SessionStore::Local, StoreFault::Broken);
    let call = sign_out(&world, &tab, &auth, everywhere());
    let error = call.take().expect("ended").expect_err("the record is still there");
    assert_eq!(error.code(), ErrorCode::StorageUnavailable);
    assert_signed_out(&auth, SignedOutReason::SignedOut);
}

#[test]
fn r112_a_revocation_that_was_not_waited_for_goes_on_if_the_page_stays() {
    let world = World::new();
    world.server().provider.metadata = json!({ "end_session_endpoint": null });
    let (other, theirs) = sign_in(&world, &openid_config());
    let (tab, auth) = another_tab(&world, &openid_config());
    // Another tab holds the lock of the session for a while, and is closed.
    let _gate = world.hold(TOKEN);
    world.sleep(2 * HOUR);
    let _refreshing = ask_token(&other, &theirs);
    world.settle();
    let call = sign_out(&world, &tab, &auth, everywhere());
    world.advance(3 * SECOND);
    assert_eq!((call.take(), reads(&world, REVOKE)), (Some(Ok(())), 0), "it was not waited for");
    other.close();
    world.advance(SECOND);
    assert!(!dump(&world).contains("access-"));
    assert_eq!(reads(&world, REVOKE), 1, "the page has stayed, so it goes on");
}

#[test]
fn r112_a_return_signs_no_user_out() {
    let world = World::new();
    let (tab, auth) = sign_in(&world, &openid_config());
    let _call = sign_out(&world, &tab, &auth, everywhere());
    let redirect = world.end_session(&tab);
    // Another tab signs in before the provider sends this one back.
    let (_other, theirs) = sign_in(&world, &openid_config());
    let back = start(&world, &tab.go(&redirect.url()), &openid_config());
    assert_signed_in(&back);
    assert_signed_in(&theirs);
    // The same address again, without its state, and with one that is not known.
    for url in [
        redirect.url(),
        redirect.clone().without("state").url(),
        redirect.clone().with("state", &"A".repeat(43)).url(),
        redirect.clone().with("state", "x").url(),
        CALLBACK.into(),
        [CALLBACK, "?logout=true&post_logout=1"].concat(),
    ] {
        let tab = world.open(&url);
        let auth = start(&world, &tab, &openid_config());
        assert_signed_in(&auth);
        assert_eq!(state_error(&auth), None, "{url}");
        assert!(tab.returns().is_empty(), "{url} navigates nowhere");
    }
    world.run(theirs.token()).expect("a token");
    assert_eq!(world.server().sessions().1, 1);
}

#[test]
fn r112_a_return_without_a_known_state_is_an_ordinary_start() {
    for query in ["", "?state=x", "?state=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let world = World::new();
        let (tab, auth) = sign_in(&world, &openid_config());
        let _call = sign_out(&world, &tab, &auth, everywhere().return_to("/goodbye"));
        let url = [CALLBACK, query].concat();
        let tab = tab.go(&url);
        let auth = start(&world, &tab, &openid_config());
        assert_signed_out(&auth, SignedOutReason::Never);
        assert_eq!(state_error(&auth), None);
        assert_eq!((tab.address(), tab.returns()), (url, Vec::<String>::new()));
    }
}

#[test]
fn r50_a_hostile_return_path_is_replaced() {
    let landing = |return_to: &str| {
        let world = World::new();
        let (tab, auth) = sign_in(&world, &openid_config());
        let _call = sign_out(&world, &tab, &auth, everywhere().return_to(return_to));
        let tab = tab.go(&world.end_session(&tab).url());
        start(&world, &tab, &openid_config());
        assert!(tab.loads().is_empty() && tab.navigations().is_empty());
        assert_eq!(tab.returns().len(), 1);
        tab.address()
    };
    let long = "/".to_owned() + &"a".repeat(16_000);
    for hostile in [
        "https:evil.test",
        &long,
        // The callback itself, which would be read as an answer.
        "/callback?state=x&code=y",
        "/callback",
    ] {
        let landed = landing(hostile);
        let is_safe = ["https://app.example/home", "https://app.example/evil.test"];
        assert!(is_safe.contains(&landed.as_str()), "{hostile:?} led to {landed}");
    }
    assert_eq!(landing("/goodbye?x=1#y"), "https://app.example/goodbye?x=1#y");
    assert_eq!(landing("https://app.example/bye"), "https://app.example/bye");
}

#[test]
fn r50_a_return_path_of_another_origin_is_refused_after_the_sign_out_here() {
    for hostile in [
        "//evil.test",
        "/\\evil.test",
        "\\\\evil.test",
        "\t//evil.test",
        "//evil@app",
        "\u{0}https://evil.test",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "https://evil.test",
        "http://app.example/",
        "https://app.example.evil.test/",
        "https://app.example@evil.test/",
    ] {
        for is_everywhere in [true, false] {
            let world = World::new();
            let (tab, auth) = sign_in(&world, &openid_config());
            let options = SignOutOptions::default().everywhere(is_everywhere).return_to(hostile);
            let call = sign_out(&world, &tab, &auth, options);
            let error = call.take().expect("ended").expect_err("refused");
            let expected = (ErrorCode::InvalidOption, Some("returnTo"));
            assert_eq!((error.code(), error.detail()), expected, "{hostile:?}");
            assert_signed_out(&auth, SignedOutReason::SignedOut);
            assert!(tab.navigations().is_empty(), "{hostile:?}");
            let records = world.records(SessionStore::Local);
            assert!(records.keys().all(|key| !key.contains(".sign-out.")), "{hostile:?}");
        }
    }
}

#[test]
fn r50_a_record_that_was_tampered_with_leads_nowhere_else() {
    let world = World::new();
    let (tab, auth) = sign_in(&world, &openid_config());
    let _call = sign_out(&world, &tab, &auth, everywhere().return_to("/goodbye"));
    let records = world.records(SessionStore::Local);
    let (key, record) = records.iter().find(|(key, _)| key.contains(".sign-out.")).expect("stored");
    world.plant(key, &record.replace("/goodbye", "//evil.test/"));
    let tab = tab.go(&world.end_session(&tab).url());
    start(&world, &tab, &openid_config());
    assert!(tab.address().starts_with("https://app.example/"), "{}", tab.address());
}

#[test]
fn the_way_back_may_be_a_page_of_its_own() {
    let config = |uri: &str| {
        let options = openid_options(ISSUER).post_logout_redirect_uri(uri);
        options.validate(&Native, "https://app.example")
    };
    for wrong in ["https://evil.example/bye", "http://app.example/bye", "javascript:alert(1)"] {
        let refused = config(wrong).expect_err("refused");
        assert_eq!(refused.detail(), Some("postLogoutRedirectUri"), "{wrong}");
    }
    let config = config("/signed-out").expect("valid options");
    let world = World::new();
    let (tab, auth) = sign_in(&world, &config);
    let _call = sign_out(&world, &tab, &auth, everywhere().return_to("/goodbye"));
    let redirect = world.end_session(&tab);
    assert!(redirect.url().starts_with("https://app.example/signed-out?state="));
    let tab = tab.go(&redirect.url());
    start(&world, &tab, &config);
    assert_eq!(tab.address(), "https://app.example/goodbye");
}

#[test]
fn the_user_goes_back_as_the_app_says() {
    let called = Rc::new(std::cell::RefCell::new(Vec::new()));
    let own = called.clone();
    let mut config = openid_config();
    config.on_return = OnReturn::Call(Rc::new(move |path| own.borrow_mut().push(path.to_owned())));
    let landing = |config: &Config| {
        let world = World::new();
        let (tab, auth) = sign_in(&world, config);
        called.borrow_mut().clear();
        let _call = sign_out(&world, &tab, &auth, everywhere().return_to("/goodbye"));
        let tab = tab.go(&world.end_session(&tab).url());
        start(&world, &tab, config);
        (tab.address(), tab.loads())
    };
    let cleaned = (CALLBACK.to_owned(), Vec::new());
    assert_eq!(landing(&config), cleaned, "the rest is the app's");
    assert_eq!(*called.borrow(), ["/goodbye"]);
    config.on_return = OnReturn::Load;
    assert_eq!(landing(&config).1, ["/goodbye"]);
}

#[test]
fn r114_two_tabs_sign_out_together() {
    let world = World::new();
    let (tab, auth) = sign_in(&world, &openid_config());
    let (other, theirs) = another_tab(&world, &openid_config());
    let first = sign_out(&world, &tab, &auth, everywhere().return_to("/one"));
    assert_signed_out(&theirs, SignedOutReason::SignedOutElsewhere);
    assert!(other.navigations().is_empty(), "the other tab stays");
    // It signs out as well: it has no session any more, and the provider has an endpoint.
    let second = sign_out(&world, &other, &theirs, everywhere().return_to("/two"));
    assert!(first.take().is_none() && second.take().is_none());
    assert_eq!(parameter(&left_for(&other), "id_token_hint"), None);
    for (tab, path) in [(&other, "/two"), (&tab, "/one")] {
        let tab = tab.go(&world.end_session(tab).url());
        start(&world, &tab, &openid_config());
        assert_eq!(tab.address(), ["https://app.example", path].concat());
    }
}

#[test]
fn a_frame_or_a_closed_client_does_not_leave() {
    let framed = Environment { is_secure_context: true, is_framed: true };
    for (endpoint, expected) in [(true, Err(ErrorCode::Framed)), (false, Ok(()))] {
        let world = World::new();
        if !endpoint {
            world.server().provider.metadata = json!({ "end_session_endpoint": null });
        }
        let (_tab, outer) = sign_in(&world, &openid_config());
        let tab = world.open_as(HOME, framed);
        let auth = start(&world, &tab, &openid_config());
        assert_signed_in(&auth);
        let call = sign_out(&world, &tab, &auth, everywhere());
        assert_eq!(call.take().expect("ended").map_err(|error| error.code()), expected);
        assert!(tab.navigations().is_empty());
        assert_signed_out(&auth, SignedOutReason::SignedOut);
        assert_signed_out(&outer, SignedOutReason::SignedOutElsewhere);
        assert_eq!(reads(&world, REVOKE), 1);
    }

    let world = World::new();
    let (tab, auth) = sign_in(&world, &openid_config());
    auth.close();
    let call = sign_out(&world, &tab, &auth, everywhere());
    assert_eq!(call.take().expect("ended").expect_err("closed").code(), ErrorCode::Closed);
    assert!(tab.navigations().is_empty());
    assert_signed_in(&start(&world, &tab, &openid_config()));
}

#[test]
fn a_page_that_does_not_leave_gets_its_turn_back() {
    let world = World::new();
    let (tab, auth) = sign_in(&world, &openid_config());
    let call = sign_out(&world, &tab, &auth, everywhere());
    left_for(&tab);
    world.advance(10 * SECOND);
    assert_eq!(call.take(), Some(Ok(())), "the browser has stayed");
}

#[test]
fn the_session_signs_out_at_the_endpoint_that_it_began_with() {
    let world = World::new();
    let (tab, _auth) = sign_in(&world, &openid_config());
    let auth = start(&world, &tab.reload(), &openid_config());
    world.server().provider.metadata =
        json!({ "end_session_endpoint": "https://evil.example/auth/end" });
    let tab = world.open(HOME);
    let elsewhere = start(&world, &tab, &openid_config());
    world.advance(11 * MINUTE);
    let _call = sign_out(&world, &tab, &elsewhere, everywhere());
    let left = left_for(&tab);
    assert!(parameter(&left, "id_token_hint").is_some());
    drop(auth);
}

#[test]
fn explicit_endpoints_sign_out_at_the_provider_too() {
    let server = ServerOptions::new(
        "https://api.basic.tech/auth/authorize",
        "https://api.basic.tech/auth/token",
    )
    .end_session_endpoint("https://api.basic.tech/auth/end?tenant=1");
    for (scope, has_hint) in [("openid", true), ("profile", false)] {
        let options = Options::new("client", CALLBACK).server_options(server.clone()).scope(scope);
        let config =
            options.load_user(false).validate(&Native, "https://app.example").expect("valid");
        let world = World::new();
        let (tab, auth) = sign_in(&world, &config);
        let before = world.requests().len();
        let _call = sign_out(&world, &tab, &auth, everywhere());
        assert_eq!(world.requests().len(), before, "nothing is revoked or searched");
        let left = left_for(&tab);
        assert_eq!(parameter(&left, "tenant").as_deref(), Some("1"));
        assert_eq!(parameter(&left, "id_token_hint").is_some(), has_hint, "{scope}");
    }
}

#[test]
fn a_record_of_a_sign_out_that_never_returned_is_removed() {
    let world = World::new();
    let (tab, auth) = sign_in(&world, &openid_config());
    let _call = sign_out(&world, &tab, &auth, everywhere());
    assert!(dump(&world).contains(".sign-out."));
    world.advance(2 * HOUR);
    start(&world, &world.open(HOME), &openid_config());
    world.advance(SECOND);
    assert!(!dump(&world).contains(".sign-out."));
}

#[test]
fn a_sign_in_goes_on_while_another_tab_is_at_the_provider() {
    let world = World::new();
    let (tab, auth) = sign_in(&world, &openid_config());
    let _call = sign_out(&world, &tab, &auth, everywhere());
    // Its callback is no sign-out, and the sign-out's return is no callback.
    let other = away(&world, &openid_config());
    let returned = start(&world, &tab.go(&world.end_session(&tab).url()), &openid_config());
    assert_signed_out(&returned, SignedOutReason::Never);
    assert_signed_in(&start(&world, &world.authorize(&other), &openid_config()));
}
