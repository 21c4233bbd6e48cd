//! Whose answer is it? The state decides, not the path (R11, R32 to R35, R40 to R42, C8, C9, C29).

use basic_oauth::platform::SessionStore;
use basic_oauth::{ErrorCode, Event, SignedOutReason};
use basic_oauth_testing::Native;
use basic_oauth_testing::World;
use basic_oauth_testing::flow::*;

const CLEAN_HOME: &str = "https://app.example/home";

/// The callback URL with another path.
fn moved(url: &str, from: &str, to: &str) -> String {
    assert!(url.contains(from), "{url}");
    url.replacen(from, to, 1)
}

#[test]
fn r40_a_response_with_a_known_state_is_ours_at_any_address_of_the_host() {
    for path in ["/callback/", "/callback.html", "/callback/index.html", "/", "/index.php"] {
        let world = World::new();
        let tab = away(&world, &config());
        let url = moved(&world.consent(&tab).url(), "/callback", path);
        let tab = tab.go(&url);
        let auth = start(&world, &tab, &config());
        assert_signed_in(&auth);
        assert_eq!(tab.address(), CLEAN_HOME, "{path}");
        let sent = exchanges(&world).remove(0).parameter("redirect_uri");
        assert_eq!(sent.as_deref(), Some(CALLBACK), "the registered one, unchanged");
        assert!(world.server().violations().is_empty());
    }
}

#[test]
fn r40_the_slash_may_be_dropped_as_well() {
    let config = config_for("client", "https://app.example/callback/");
    let world = World::new();
    let tab = away(&world, &config);
    let url = moved(&world.consent(&tab).url(), "/callback/", "/callback");
    let tab = tab.go(&url);
    assert_signed_in(&start(&world, &tab, &config));
}

#[test]
fn r40_an_unknown_state_elsewhere_is_left_alone() {
    for url in [
        "https://app.example/shop?code=SAVE10&state=NY",
        "https://app.example/callback/?code=A&state=B",
        "https://app.example/shop?error=none&state=NY",
    ] {
        let world = World::new();
        let (_pending, tab) = (away(&world, &config()), world.open(url));
        let auth = start(&world, &tab, &config());
        assert_eq!(tab.address(), url);
        assert_eq!(state_error(&auth), None);
    }
}

#[test]
fn r40_r148_two_clients_share_one_redirect_uri() {
    let (one, two) = (config_for("one", CALLBACK), config_for("two", CALLBACK));
    for is_first_asked_first in [true, false] {
        let world = World::new();
        let (first_tab, second_tab) = (away(&world, &one), away(&world, &two));
        for (tab, own, other) in [(first_tab, &one, &two), (second_tab, &two, &one)] {
            let tab = tab.go(&world.consent(&tab).url());
            let (before, after) = (tab.address(), [own, other]);
            let order = if is_first_asked_first { after } else { [other, own] };
            let mut signed_in = None;
            for config in order {
                let is_own = std::ptr::eq(config, own);
                let (watched, events) = with_events(config);
                let auth = start(&world, &tab, &watched);
                if is_own {
                    assert_signed_in(&auth);
                    signed_in = Some(auth);
                } else {
                    assert_eq!(state_error(&auth), None, "the other client says nothing");
                    assert!(!events.borrow().contains(&Event::CallbackReceived));
                    if signed_in.is_none() {
                        assert_eq!(tab.address(), before, "and touches nothing");
                    }
                }
            }
            assert_eq!(tab.address(), CLEAN_HOME);
        }
        assert!(world.server().violations().is_empty());
    }
}

#[test]
fn r40_redirect_uris_that_differ_in_the_query_are_two() {
    let one = config_for("client", "https://app.example/index.php?app=1");
    let two = config_for("client", "https://app.example/index.php?app=2");
    for is_crossed in [true, false] {
        let world = World::new();
        let (first, second) = (away(&world, &one), away(&world, &two));
        let (first, second) =
            (first.go(&world.consent(&first).url()), second.go(&world.consent(&second).url()));
        for (tab, own, other) in [(&first, &one, &two), (&second, &two, &one)] {
            if is_crossed {
                let before = tab.address();
                let auth = start(&world, tab, other);
                assert_eq!((tab.address(), state_error(&auth)), (before, None));
                auth.close();
            }
            assert_signed_in(&start(&world, tab, own));
        }
        assert!(world.server().violations().is_empty());
    }
}

#[test]
fn c8_an_unknown_state_at_another_query_is_not_at_the_redirect_uri() {
    let config = config_for("client", "https://app.example/index.php?route=callback");
    let world = World::new();
    let shop = "https://app.example/index.php?route=shop&code=SAVE10&state=NY";
    let tab = world.open(shop);
    let auth = start(&world, &tab, &config);
    assert_eq!((tab.address().as_str(), state_error(&auth)), (shop, None));

    let tab = world.open("https://app.example/index.php?route=callback&code=A&state=B");
    let auth = start(&world, &tab, &config);
    assert_eq!(state_error(&auth), Some(ErrorCode::UnknownState));
    assert_eq!(tab.address(), "https://app.example/index.php?route=callback");
}

#[test]
fn r34_a_mix_up_over_a_shared_redirect_uri_is_refused() {
    // Two servers, one redirect URI. The first has no issuer configured, and sends the browser on to
    // the second with its own state; the second one answers with a code and its name.
    let server = |origin: &str| {
        basic_oauth::AuthorizationServer::basic_at(&Native, origin).expect("a valid origin")
    };
    let mut honest = config_for("honest", CALLBACK);
    honest.registration.server = server("https://honest.example");
    let honest = with_issuer(honest, "https://honest.example");
    let mut other = config_for("other", CALLBACK);
    other.registration.server = server("https://other.example");

    // The honest client is known by a session, by a sign-in under way, or by being in this page.
    for known_by in 0..3 {
        let world = World::new();
        match known_by {
            0 => {
                world.server().origin = "https://honest.example".into();
                world.server().issuer = Some("https://honest.example".into());
                let _ = sign_in(&world, &honest);
            }
            1 => drop(away(&world, &honest)),
            _ => {}
        }
        let sent_before = exchanges(&world).len();
        let tab = away(&world, &other);
        let redirect = world.consent(&tab).with("iss", "https://honest.example");
        let tab = tab.go(&redirect.url());
        if known_by == 2 {
            let _honest = start(&world, &tab, &honest);
        }
        let auth = start(&world, &tab, &other);
        assert_eq!(state_error(&auth), Some(ErrorCode::IssuerMismatch), "known by {known_by}");
        assert_eq!(exchanges(&world).len(), sent_before, "the code goes nowhere");

        // An issuer that no client here names is ignored, as before.
        let tab = away(&world, &other);
        world.server().origin = "https://other.example".into();
        let tab = tab.go(&world.consent(&tab).with("iss", "https://third.example").url());
        assert_signed_in(&start(&world, &tab, &other));
    }
}

#[test]
fn r33_an_error_without_the_announced_issuer_keeps_its_cause() {
    let mut config = with_issuer(config(), "https://api.basic.tech");
    config.registration.server.iss_parameter_supported = true;
    let world = World::new();
    let tab = away(&world, &config);
    let redirect =
        world.consent(&tab).refused("invalid_scope").with("error_description", "no app:x");
    let tab = tab.go(&redirect.url());
    let auth = start(&world, &tab, &config);
    let error = auth.state().error().cloned().expect("an error");
    assert_eq!(error.code(), ErrorCode::IssuerMissing);
    let said = error.oauth().expect("the cause is kept");
    assert_eq!(
        (said.error.as_str(), said.description.as_deref()),
        ("invalid_scope", Some("no app:x"))
    );

    // Of a state that is not known, nothing is believed.
    let tab =
        world.open(&[CALLBACK, "?error=access_denied&error_description=CALL&state=x"].concat());
    let auth = start(&world, &tab, &config);
    assert!(auth.state().error().expect("an error").oauth().is_none());
}

#[test]
fn r41_no_response_parameter_stays_in_the_address() {
    let leftovers = "&error_code=1&error_reason=user&session_state=abc.def&scope=a&foo=1#_=_";
    let redirect_uri = "https://app.example/cb?tenant=7";
    let config = config_for("client", redirect_uri);
    // Accepted, with an app that handles the return itself, so the page stays at the address of the answer.
    let world = World::new();
    let tab = away(&world, &config);
    let url = [&world.consent(&tab).url(), leftovers].concat();
    let tab = tab.go(&url);
    let mut own_way = config.clone();
    own_way.on_return = basic_oauth::OnReturn::Call(std::rc::Rc::new(|_| {}));
    assert_signed_in(&start(&world, &tab, &own_way));
    assert_eq!(tab.address(), redirect_uri);
    // Refused.
    let tab = away(&world, &config);
    let url = [&world.consent(&tab).refused("access_denied").url(), leftovers].concat();
    let tab = tab.go(&url);
    start(&world, &tab, &own_way);
    assert_eq!(tab.address(), redirect_uri);
    // Ignored: a user is signed in.
    let tab = world.open(&[redirect_uri, "&code=A&state=B", leftovers].concat());
    start(&world, &tab, &config);
    assert_eq!(tab.address(), redirect_uri);
}

#[test]
fn r45_a_used_callback_with_a_live_session_leads_to_the_fallback() {
    let world = World::new();
    let tab = away(&world, &config());
    let callback = world.consent(&tab).url();
    let tab = tab.go(&callback);
    assert_signed_in(&start(&world, &tab, &config()));
    let mut config = config();
    config.fallback_return_to = "/start".into();
    let tab = world.open(&callback);
    let auth = start(&world, &tab, &config);
    assert_signed_in(&auth);
    assert_eq!(tab.address(), "https://app.example/start");
    assert_eq!(tab.returns(), ["/start"], "and the router is notified");
    assert_eq!(exchanges(&world).len(), 1);
    // A state that was never ours navigates nowhere.
    let tab = world.open(&[CALLBACK, "?code=A&state=B"].concat());
    start(&world, &tab, &config);
    assert_eq!((tab.address().as_str(), tab.returns().len()), (CALLBACK, 0));
}

#[test]
fn r19_an_expired_sign_in_is_reported_as_expired() {
    let world = World::new();
    world.server().code_lifetime = 10 * HOUR;
    let tab = away(&world, &config());
    let callback = world.consent(&tab).url();
    world.advance(HOUR);
    let tab = tab.go(&callback);
    let auth = start(&world, &tab, &config());
    assert_eq!(state_error(&auth), Some(ErrorCode::TransactionExpired));
    assert_eq!(tab.address(), CLEAN_HOME, "back to the page of the sign-in");
    assert!(exchanges(&world).is_empty());
    assert!(keys(&world, SessionStore::Local).is_empty(), "the record is gone");
}

#[test]
fn other_error_codes_of_a_denial_are_a_denial() {
    for (error, code) in [
        ("access_denied", ErrorCode::AccessDenied),
        ("consent_required", ErrorCode::AccessDenied),
        ("temporarily_unavailable", ErrorCode::AuthorizationUnavailable),
        ("server_error", ErrorCode::AuthorizationUnavailable),
        ("login_required", ErrorCode::AuthorizationError),
        ("invalid_scope", ErrorCode::AuthorizationError),
    ] {
        let world = World::new();
        let tab = away(&world, &config());
        let tab = tab.go(&world.consent(&tab).refused(error).url());
        let auth = start(&world, &tab, &config());
        assert_signed_out(&auth, SignedOutReason::Never);
        assert_eq!(state_error(&auth), Some(code), "{error}");
    }
    let message = basic_oauth::Error::new(ErrorCode::AuthorizationUnavailable).message();
    assert!(message.contains("ffer the button again"), "{message}");
}

#[test]
fn c29_a_refusal_takes_the_user_back_to_where_the_sign_in_began() {
    for error in ["access_denied", "login_required", "invalid_scope", "server_error"] {
        let world = World::new();
        let tab = world.open("https://app.example/orders/17?tab=2#items");
        let auth = start(&world, &tab, &config());
        let _call = leave(&world, &tab, &auth);
        let tab = tab.go(&world.consent(&tab).refused(error).url());
        let auth = start(&world, &tab, &config());
        assert_eq!(tab.address(), "https://app.example/orders/17?tab=2#items");
        assert_eq!(tab.returns(), ["/orders/17?tab=2#items"], "the router is notified once");
        assert!(state_error(&auth).is_some(), "{error}");

        // Pressed again, the sign-in comes back to the same deep link.
        tab.press();
        let _call = leave(&world, &tab, &auth);
        let tab = world.authorize(&tab);
        let auth = start(&world, &tab, &config());
        assert_signed_in(&auth);
        assert_eq!(tab.returns(), ["/orders/17?tab=2#items"]);
    }
}

#[test]
fn c29_a_return_handler_of_the_app_is_called_after_a_denial_too() {
    let taken = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
    let (mut config, own) = (config(), taken.clone());
    config.on_return = basic_oauth::OnReturn::Call(std::rc::Rc::new(move |path: &str| {
        own.borrow_mut().push(path.to_owned());
    }));
    let world = World::new();
    let tab = away(&world, &config);
    let tab = tab.go(&world.consent(&tab).refused("access_denied").url());
    let auth = start(&world, &tab, &config);
    assert_eq!(state_error(&auth), Some(ErrorCode::AccessDenied));
    assert_eq!(*taken.borrow(), ["/home"]);
}

#[test]
fn r51_an_app_that_signs_in_by_itself_is_stopped_after_a_refusal() {
    // A naive guard asks again on each page that is signed out, without regard to the error.
    let world = World::new();
    let mut tab = world.open(HOME);
    for _ in 0..5 {
        let auth = start(&world, &tab, &config());
        assert!(leave(&world, &tab, &auth).take().is_none(), "the page is leaving");
        tab = tab.go(&world.consent(&tab).refused("access_denied").url());
    }
    let auth = start(&world, &tab, &config());
    let refused = leave(&world, &tab, &auth).take().expect("at once").expect_err("refused");
    assert_eq!(refused.code(), ErrorCode::SignInLoop);
}
