//! Coming back from the server: what is believed, what is cleaned, what is left alone (R27 to R47).

use basic_oauth::platform::{Environment, SessionStore};
use basic_oauth::{AuthState, Config, ErrorCode, Event, SignedOutReason};
use basic_oauth_testing::flow::*;
use basic_oauth_testing::{Effect, Redirect, Tab, World};

/// An app whose server names itself.
fn named() -> Config {
    with_issuer(config(), "https://api.basic.tech")
}

/// A world whose server does so too, in its redirects.
fn named_world() -> World {
    let world = World::new();
    world.server().issuer = Some("https://api.basic.tech".into());
    world
}

/// Opens the callback of a redirect that was tampered with. In every case nothing is sent, the address
/// is clean, the error is typed, and the next sign-in succeeds.
#[track_caller]
fn refused(config: &Config, tamper: impl FnOnce(Redirect) -> Redirect) -> ErrorCode {
    let world = named_world();
    let tab = away(&world, config);
    let url = tamper(world.consent(&tab)).url();
    let tab = tab.go(&url);
    let auth = start(&world, &tab, config);
    assert_signed_out(&auth, SignedOutReason::Never);
    assert!(world.requests().is_empty(), "no token request for {url}");
    // C29: the answer to a known state leads back to the page of the sign-in.
    assert!([CALLBACK, HOME].contains(&tab.address().as_str()), "R42: cleaned");
    let code = state_error(&auth).expect("a typed error");
    sign_in(&world, config);
    code
}

#[test]
fn a_valid_callback_signs_in_and_leaves_a_clean_address() {
    let world = named_world();
    let (tab, auth) = sign_in(&world, &named());
    assert_eq!(tab.address(), HOME);
    assert_eq!(token(&world, &auth), "access-2");
    assert!(auth.has_scope("profile") && auth.expires_at().is_some());
    assert!(keys(&world, SessionStore::Local).iter().all(|key| !key.contains(".tx.")));
    assert!(world.server().violations().is_empty());
}

#[test]
fn r27_a_response_without_state_is_refused() {
    assert_eq!(refused(&named(), |r| r.without("state")), ErrorCode::MissingState);
    assert_eq!(
        refused(&named(), |r| r.without("state").refused("server_error")),
        ErrorCode::MissingState
    );
}

#[test]
fn r28_a_wrong_state_is_refused() {
    let wrong: [fn(&str) -> String; 6] = [
        |state| format!("{state}1"),
        |state| state[..42].into(),
        |state| state.to_ascii_lowercase(),
        |state| state.bytes().map(|byte| format!("%{byte:02x}")).collect(),
        |state| format!(" {state}"),
        |_| "undefined".into(),
    ];
    for change in wrong {
        let code = refused(&named(), |redirect| {
            let state = change(redirect.parameter("state").expect("there"));
            redirect.with("state", &state)
        });
        assert_eq!(code, ErrorCode::UnknownState);
    }
}

#[test]
fn r29_an_unknown_callback_does_not_disturb_a_session() {
    let world = World::new();
    let (_tab, auth) = sign_in(&world, &config());
    let before = world.records(SessionStore::Local);
    for query in
        ["?code=ATT&state=ATT", "?error=access_denied&state=ATT&error_description=CALL+0800"]
    {
        let (config, events) = with_events(&config());
        let tab = world.open(&[CALLBACK, query].concat());
        let visited = start(&world, &tab, &config);
        assert_signed_in(&visited);
        assert_eq!(state_error(&visited), None, "{query}");
        assert!(events.borrow().contains(&Event::CallbackIgnored));
        assert_eq!(tab.address(), CALLBACK);
    }
    assert_eq!(exchanges(&world).len(), 1);
    assert_eq!(world.records(SessionStore::Local), before);
    assert_signed_in(&auth);
}

#[test]
fn r30_a_repeated_parameter_is_refused() {
    for name in ["code", "state", "iss"] {
        for value in ["other", ""] {
            let code = refused(&named(), |redirect| redirect.adding(name, value));
            assert_eq!(code, ErrorCode::DuplicateParameter, "{name}={value}");
        }
    }
    let twice = |redirect: Redirect| redirect.refused("access_denied").adding("error", "x");
    assert_eq!(refused(&named(), twice), ErrorCode::DuplicateParameter);
    let same = |redirect: Redirect| {
        let state = redirect.parameter("state").expect("there").to_owned();
        redirect.adding("state", &state)
    };
    assert_eq!(refused(&named(), same), ErrorCode::DuplicateParameter);
}

#[test]
fn r31_a_code_and_an_error_at_once_are_refused() {
    assert_eq!(refused(&named(), |r| r.adding("error", "access_denied")), ErrorCode::CodeAndError);
}

#[test]
fn r32_another_issuer_ends_the_sign_in_and_its_error_is_not_shown() {
    for iss in [
        "https://api.basic.tech1",
        "https://api.basic.tech/",
        "https://API.basic.tech",
        "https://api.basic.tech:443",
        "",
    ] {
        assert_eq!(refused(&named(), |r| r.with("iss", iss)), ErrorCode::IssuerMismatch, "{iss}");
        let denied = |redirect: Redirect| redirect.with("iss", iss).refused("access_denied");
        assert_eq!(refused(&named(), denied), ErrorCode::IssuerMismatch, "{iss}");
    }
}

#[test]
fn r33_a_missing_issuer_is_refused_only_if_it_was_announced() {
    let mut announced = named();
    announced.registration.server.iss_parameter_supported = true;
    assert_eq!(refused(&announced, |r| r.without("iss")), ErrorCode::IssuerMissing);
    let world = named_world();
    let tab = away(&world, &named());
    let url = world.consent(&tab).without("iss").url();
    assert_signed_in(&start(&world, &tab.go(&url), &named()));
    sign_in(&named_world(), &config());
}

#[test]
fn r34_a_code_of_one_server_does_not_reach_another() {
    use basic_oauth::protocol::RedirectUri;
    use basic_oauth_testing::Native;
    let mut evil = config();
    evil.registration.server =
        basic_oauth::AuthorizationServer::basic_at(&Native, "https://evil.example")
            .expect("a valid origin");
    evil.registration.redirect_uri =
        RedirectUri::parse(&Native, "https://app.example/evil").expect("a valid redirect URI");
    let world = World::new();
    // The user begins at the evil server, which redirects to the honest one with its own state.
    let tab = away(&world, &evil);
    let state = parameter(&tab.navigations()[0], "state").expect("there");
    let honest = world.consent(&away(&world, &config()));
    let tab = tab.go(&honest.with("state", &state).url());
    let (a, b) = (start(&world, &tab, &config()), start(&world, &tab, &evil));
    assert_eq!(state_error(&a), None, "the answer names the other client's sign-in");
    assert!(!b.state().is_signed_in() && world.requests().is_empty());
}

#[test]
fn r35_r36_an_error_of_a_known_sign_in_is_shown_as_plain_capped_text() {
    let text = format!("<img onerror=x>\u{202e}\u{0}\r\n{}", "x".repeat(1 << 20));
    let world = World::new();
    let tab = away(&world, &config());
    let redirect = world.consent(&tab).refused("access_denied");
    let redirect =
        redirect.with("error_description", &text).with("error_uri", "javascript:alert(1)");
    let auth = start(&world, &tab.go(&redirect.url()), &config());
    let state = auth.state();
    let error = state.error().expect("shown");
    let said = error.oauth().expect("the server's words");
    assert_eq!((error.code(), said.error.as_str()), (ErrorCode::AccessDenied, "access_denied"));
    let description = said.description.as_deref().expect("kept");
    assert!(description.chars().count() <= 1_000 && !description.chars().any(char::is_control));
    assert!(!description.contains('\u{202e}') && said.uri.is_none());
}

#[test]
fn r35_an_error_of_an_unknown_sign_in_is_not_shown() {
    let world = World::new();
    let url = format!("{CALLBACK}?error=access_denied&error_description=CALL+0800&state=x");
    let auth = start(&world, &world.open(&url), &config());
    assert_eq!(state_error(&auth), Some(ErrorCode::UnknownState));
    assert!(!format!("{:?}", auth.state()).contains("CALL"));
    assert_eq!(auth.state().error().expect("typed").oauth(), None);
}

#[test]
fn r37_unknown_parameters_are_ignored_and_kept() {
    let world = World::new();
    let tab = away(&world, &config());
    let redirect = world.consent(&tab);
    let extras = ["session_state", "scope", "foo", "code_challenge"];
    let redirect = extras.iter().fold(redirect, |redirect, name| redirect.adding(name, "x"));
    let auth = start(&world, &tab.go(&redirect.url()), &config());
    assert_signed_in(&auth);
}

#[test]
fn r38_nothing_is_read_from_the_fragment() {
    for fragment in
        ["access_token=ATT&token_type=bearer", "code=ATT", "id_token=x&access_token=ATT"]
    {
        let world = World::new();
        let tab = away(&world, &config());
        let state = parameter(&tab.navigations()[0], "state").expect("there");
        let url = format!("{CALLBACK}#{fragment}&state={state}");
        let auth = start(&world, &tab.go(&url), &config());
        assert_signed_out(&auth, SignedOutReason::Never);
        assert!(world.requests().is_empty());
        assert!(!dump(&world).contains("ATT"));
    }
}

#[test]
fn r38_a_token_in_the_query_is_not_taken() {
    let world = World::new();
    let tab = away(&world, &config());
    let redirect = world.consent(&tab).without("code").adding("access_token", "ATT");
    let auth = start(&world, &tab.go(&redirect.url()), &config());
    assert!(!auth.state().is_signed_in() && world.requests().is_empty());
}

#[test]
fn r39_a_jarm_response_is_refused() {
    let only = |redirect: Redirect| redirect.without("code").adding("response", "eyJ.x.y");
    assert_eq!(refused(&named(), only), ErrorCode::UnexpectedParameter);
    assert_eq!(refused(&named(), |r| r.adding("response", "eyJ")), ErrorCode::UnexpectedParameter);
    let bare = |redirect: Redirect| redirect.without("state").without("code").without("iss");
    let code = refused(&named(), |redirect| bare(redirect).adding("response", "eyJ"));
    assert_eq!(code, ErrorCode::MissingState);
}

#[test]
fn r40_c8_parameters_of_the_app_stay_in_the_address() {
    let own = [
        "https://app.example/shop?code=SAVE10&state=NY",
        "https://app.example/callback/?code=a&state=b",
        "https://app.example/Callback?code=a&state=b",
        "https://app.example/callback?code=SAVE10",
        "https://app.example/callback?state=NY",
        "https://app.example/callback?x=1",
    ];
    for address in own {
        let world = World::new();
        let tab = world.open(address);
        let auth = start(&world, &tab, &config());
        assert_eq!(tab.address(), address);
        assert_eq!(state_error(&auth), None);
    }
}

#[test]
fn c8_a_code_without_state_is_a_response_while_a_sign_in_is_pending() {
    let world = World::new();
    let tab = away(&world, &config()).go("/callback?code=SAVE10");
    let auth = start(&world, &tab, &config());
    assert_eq!(tab.address(), CALLBACK);
    assert_eq!(state_error(&auth), Some(ErrorCode::MissingState));
}

#[test]
fn r41_the_address_is_cleaned_first() {
    let world = World::new();
    let tab = away(&world, &config());
    let redirect = world.consent(&tab);
    let (code, state) = (redirect.parameter("code").unwrap(), redirect.parameter("state").unwrap());
    let url = format!("{CALLBACK}?a=%7e&code={code}&b&state={state}&c=1#hash?code=1");
    let tab = tab.go(&url);
    let gate = world.hold(TOKEN);
    let call = tab.call(Auth::start_with_config(tab.clone(), config()));
    assert_eq!(tab.address(), CALLBACK, "before anything is awaited");
    world.settle();
    assert_eq!(exchanges(&world)[0].address, CALLBACK, "what a referrer would say");
    gate.open();
    world.settle();
    assert_signed_in(&call.take().expect("ended").expect("started"));
}

#[test]
fn r41_r42_the_address_is_cleaned_even_if_the_store_is_blocked() {
    use basic_oauth_testing::StoreFault;
    for fault in [StoreFault::Blocked, StoreFault::Broken] {
        let world = World::new();
        let tab = away(&world, &config());
        let url = world.consent(&tab).url();
        world.set_store_fault(SessionStore::Local, fault);
        let tab = tab.go(&url);
        let refused = try_start(&world, &tab, &config()).expect_err("blocked");
        assert_eq!(refused.code(), ErrorCode::StorageUnavailable, "{fault:?}");
        assert_eq!(tab.address(), CALLBACK, "{fault:?}");
        assert!(world.requests().is_empty());
    }
}

#[test]
fn r42_the_address_is_cleaned_even_without_randomness() {
    let world = World::new();
    let tab = away(&world, &config());
    let url = world.consent(&tab).url();
    world.set_random(false);
    let tab = tab.go(&url);
    let refused = try_start(&world, &tab, &config()).expect_err("no randomness");
    assert_eq!(refused.code(), ErrorCode::NoSecureRandom);
    assert_eq!(tab.address(), CALLBACK);
    assert!(world.requests().is_empty());
}

#[test]
fn r45_the_callback_is_handled_once_even_if_the_user_reloads_or_goes_back() {
    let world = World::new();
    let tab = away(&world, &config());
    let url = world.consent(&tab).url();
    let tab = tab.go(&url);
    assert_signed_in(&start(&world, &tab, &config()));
    let reloaded = tab.reload();
    assert_signed_in(&start(&world, &reloaded, &config()));
    let back = reloaded.go(&url);
    assert_signed_in(&start(&world, &back, &config()));
    assert_signed_in(&start(&world, &world.open(&url), &config()));
    assert_eq!(exchanges(&world).len(), 1);
    assert!(world.server().violations().is_empty());
}

#[test]
fn r45_the_button_works_again_when_the_page_comes_back_from_the_cache() {
    let world = World::new();
    let tab = world.open(HOME);
    let auth = start(&world, &tab, &config());
    let call = leave(&world, &tab, &auth);
    tab.freeze();
    world.advance(HOUR);
    assert!(call.take().is_none());
    tab.restore();
    world.settle();
    assert_eq!(call.take(), Some(Ok(())));
    let _again = leave(&world, &tab, &auth);
    assert_eq!(tab.navigations().len(), 2);
}

#[test]
fn r46_ten_starts_in_one_tick_are_one_exchange() {
    let world = World::new();
    let tab = away(&world, &config());
    let url = world.consent(&tab).url();
    let tab = tab.go(&url);
    let calls: Vec<_> =
        (0..10).map(|_| tab.call(Auth::start_with_config(tab.clone(), config()))).collect();
    world.settle();
    let all: Vec<Auth> = calls.iter().map(|call| call.take().unwrap().expect("started")).collect();
    assert_eq!(exchanges(&world).len(), 1);
    for auth in &all {
        assert_signed_in(auth);
        assert_eq!(state_error(auth), None);
    }
}

#[test]
fn r46_a_failed_callback_shows_in_every_instance_that_waited_for_it() {
    let world = World::new();
    let tab = away(&world, &config());
    let url = world.consent(&tab).refused("access_denied").url();
    let tab = tab.go(&url);
    let calls: Vec<_> =
        (0..3).map(|_| tab.call(Auth::start_with_config(tab.clone(), config()))).collect();
    world.settle();
    for call in calls {
        let auth = call.take().unwrap().expect("started");
        assert_eq!(state_error(&auth), Some(ErrorCode::AccessDenied));
    }
}

#[test]
fn r47_a_framed_page_handles_no_callback() {
    let world = World::new();
    let tab = away(&world, &config());
    let url = world.consent(&tab).url();
    let framed = world.open_as(&url, Environment { is_secure_context: true, is_framed: true });
    let auth = start(&world, &framed, &config());
    assert!(!auth.state().is_signed_in() && world.requests().is_empty());
    assert_signed_in(&start(&world, &tab.go(&url), &config()));
}

#[test]
fn the_state_is_loading_until_the_callback_was_handled() {
    let world = World::new();
    let tab: Tab = away(&world, &config());
    let url = world.consent(&tab).url();
    let (config, events) = with_events(&config());
    let auth = start(&world, &tab.go(&url), &config);
    let steps: Vec<_> = events.borrow().iter().map(|event| event.as_str()).take(4).collect();
    assert_eq!(steps, ["callback-received", "exchange-started", "signed-in", "refresh-scheduled"]);
    assert!(matches!(&*auth.state(), AuthState::SignedIn { error: None, .. }));
    assert!(world.effects().contains(&Effect::Replaced));
}
