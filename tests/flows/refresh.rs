//! Keeping the session fresh (R93 to R100).

use std::rc::Rc;
use std::time::Duration;

use basic_oauth::platform::SessionStore;
use basic_oauth::{AuthState, ErrorCode, ErrorKind, Event, RefreshStatus, SignedOutReason};
use basic_oauth_testing::flow::*;
use basic_oauth_testing::{Answer, StoreFault, World};
use serde_json::json;

const DAY: Duration = Duration::from_secs(86_400);

/// Checks that the session has left nothing but the reason of its end, for the other tabs.
#[track_caller]
fn assert_only_the_reason_is_stored(world: &World, reason: SignedOutReason) {
    let records = world.records(SessionStore::Local);
    let fields: Vec<Vec<&str>> = records.values().map(|text| text.split('\n').collect()).collect();
    assert!(
        matches!(&fields[..], [ended] if ended[..2] == ["ended 1", reason.as_str()]),
        "{fields:?}"
    );
}

fn is_failing(auth: &Auth) -> bool {
    matches!(&*auth.state(), AuthState::SignedIn { refresh: RefreshStatus::Failing, .. })
}

#[test]
fn a_token_is_refreshed_before_it_expires_without_a_change_of_the_state() {
    let (world, _tab, auth) = signed_in_for(HOUR);
    let state = auth.state();
    let renders = Rc::new(std::cell::Cell::new(0));
    let _subscription = auth.subscribe({
        let renders = renders.clone();
        move |_| renders.set(renders.get() + 1)
    });
    world.advance(58 * MINUTE);
    assert!(refreshes(&world).is_empty(), "not before it is due");
    world.advance(2 * MINUTE);
    assert_eq!(refreshes(&world).len(), 1);
    assert!(
        Rc::ptr_eq(&state, &auth.state()),
        "the same value: nothing visible to the user has changed"
    );
    assert_eq!(renders.get(), 0);
    world.advance(10 * HOUR);
    assert_eq!(refreshes(&world).len(), 11, "one in an hour");
    assert!(world.server().violations().is_empty());
}

#[test]
fn a_minute_long_token_is_refreshed_each_minute_and_not_at_every_check() {
    let (world, tab, auth) = signed_in_for(MINUTE);
    for _ in 0..60 {
        world.advance(10 * SECOND);
        tab.show();
        assert_token_is_good(&world, &tab, &auth);
    }
    let count = refreshes(&world).len();
    assert!((10..=17).contains(&count), "{count} in ten minutes");
}

#[test]
fn a_fresh_token_is_untouched_when_the_user_returns() {
    let (world, tab, auth) = signed_in_for(HOUR);
    for _ in 0..20 {
        tab.show();
        tab.set_online(true);
        world.settle();
    }
    assert!(refreshes(&world).is_empty());
    drop(auth);
}

#[test]
fn r93_fifty_calls_at_once_are_one_refresh() {
    let (world, tab, auth) = signed_in_for(HOUR);
    world.sleep(2 * HOUR);
    let calls: Vec<_> = (0..50).map(|_| ask_token(&tab, &auth)).collect();
    world.settle();
    let tokens: Vec<_> = calls
        .iter()
        .map(|call| call.take().expect("ended").expect("a token").expose().to_owned())
        .collect();
    assert_eq!(refreshes(&world).len(), 1);
    assert!(tokens.iter().all(|token| *token == tokens[0] && token.starts_with("access-")));
}

#[test]
fn r95_a_refresh_without_a_refresh_token_keeps_the_old_one() {
    let world = World::new();
    world.server().rotates = false;
    let (_tab, auth) = sign_in(&world, &config());
    world.advance(3 * HOUR);
    let sent: Vec<_> = refreshes(&world)
        .iter()
        .map(|post| post.parameter("refresh_token").expect("sent"))
        .collect();
    assert_eq!(sent, ["refresh-3"; 3]);
    assert_signed_in(&auth);
}

#[test]
fn r96_invalid_grant_ends_the_session_once() {
    let (config, events) = with_events(&config());
    let world = World::new();
    let (tab, auth) = sign_in(&world, &config);
    let (_other, theirs) = another_tab(&world, &config);
    world.server().revoke_everything();
    events.borrow_mut().clear();
    world.sleep(2 * HOUR);
    let calls = [ask_token(&tab, &auth), ask_token(&tab, &auth)];
    world.settle();
    for call in calls {
        let error = call.take().expect("ended").expect_err("over");
        assert_eq!(
            (error.code(), error.kind()),
            (ErrorCode::SessionRevoked, ErrorKind::SignInRequired)
        );
        assert!(error.needs_sign_in());
    }
    assert_signed_out(&auth, SignedOutReason::Revoked);
    assert_eq!(state_error(&auth), Some(ErrorCode::InvalidGrant));
    assert!(!theirs.state().is_signed_in(), "the other tab too");
    assert_only_the_reason_is_stored(&world, SignedOutReason::Revoked);
    world.advance(DAY);
    assert_eq!(refreshes(&world).len(), 1, "and never asked again");
    let ends = events.borrow().iter().filter(|event| matches!(event, Event::SignedOut(_))).count();
    assert_eq!(ends, 2, "once in each tab");
}

#[test]
fn r96_a_failure_keeps_the_session_and_the_next_success_clears_it() {
    for failure in [
        Answer::network_error(),
        Answer::json(500, "{}"),
        Answer::json(503, r#"{"error":"invalid_grant"}"#),
        Answer::json(429, ""),
        Answer::of_type(200, "text/html", "<h1>maintenance</h1>"),
        Answer::json(200, "{}"),
        Answer::json(307, "{}"),
    ] {
        let (world, tab, auth) = signed_in_for(HOUR);
        for _ in 0..3 {
            world.answer(TOKEN, failure.clone());
        }
        while refreshes(&world).is_empty() {
            world.advance(SECOND);
        }
        assert!(is_failing(&auth), "{failure:?}");
        assert!(state_error(&auth).is_some());
        assert_token_is_good(&world, &tab, &auth);
        world.advance(30 * MINUTE);
        assert!(!is_failing(&auth), "{failure:?}");
        assert_eq!(state_error(&auth), None);
        assert_eq!(refreshes(&world).len(), 4, "{failure:?}");
        assert!(token(&world, &auth).starts_with("access-"));
    }
}

#[test]
fn r96_failures_back_off_and_are_bounded() {
    let (world, tab, auth) = signed_in_for(HOUR);
    world.answer_always(TOKEN, Answer::json(503, "{}"));
    world.advance(HOUR);
    let before = refreshes(&world).len();
    world.advance(2 * HOUR);
    let count = refreshes(&world).len() - before;
    assert!((60..=400).contains(&count), "{count} in two hours");
    let call = ask_token(&tab, &auth);
    world.settle();
    let error = call.take().expect("ended").expect_err("expired and not refreshed");
    assert!(error.is_retryable());
    assert_signed_in(&auth);
    world.answer_always(TOKEN, None);
    world.advance(3 * MINUTE);
    assert!(!is_failing(&auth), "mended by itself");
}

#[test]
fn r96_retry_after_is_honoured_by_timer_and_by_call() {
    let (world, tab, auth) = signed_in_for(HOUR);
    world.answer(TOKEN, Answer::json(429, "{}").with_retry_after("600"));
    world.advance(HOUR);
    assert_eq!(refreshes(&world).len(), 1);
    let asked_at = refreshes(&world)[0].at;
    for _ in 0..10 {
        let _call = ask_token(&tab, &auth);
        tab.show();
        tab.set_online(true);
        world.advance(30 * SECOND);
    }
    assert_eq!(refreshes(&world).len(), 1, "left alone");
    world.advance(10 * MINUTE);
    assert_eq!(refreshes(&world).len(), 2);
    assert!(refreshes(&world)[1].at.since(asked_at) >= 600 * SECOND);
}

#[test]
fn r96_the_event_online_ends_the_pause() {
    let (world, tab, auth) = signed_in_for(HOUR);
    tab.set_online(false);
    world.advance(3 * HOUR);
    assert!(is_failing(&auth));
    let error = world.run(auth.token()).expect_err("offline");
    assert_eq!(error.kind(), ErrorKind::Network);
    world.advance(SECOND);
    tab.set_online(true);
    world.advance(5 * SECOND);
    assert!(!is_failing(&auth), "without a call");
    assert!(token(&world, &auth).starts_with("access-"));
}

#[test]
fn r96_a_call_that_needs_a_token_does_not_wait_for_the_pause() {
    let (world, _tab, auth) = signed_in_for(HOUR);
    world.answer_always(TOKEN, Answer::json(503, "{}"));
    world.advance(3 * HOUR);
    world.answer_always(TOKEN, None);
    world.jump(1_100);
    assert!(token(&world, &auth).starts_with("access-"));
}

#[test]
fn c2_a_lost_answer_is_repeated_with_the_same_refresh_token() {
    let world = World::new();
    world.server().grace = MINUTE;
    let (_tab, auth) = sign_in(&world, &config());
    world.answer(TOKEN, Answer::lost());
    world.advance(HOUR);
    let sent: Vec<_> = refreshes(&world)
        .iter()
        .map(|post| post.parameter("refresh_token").expect("sent"))
        .collect();
    assert_eq!(sent, ["refresh-3"; 2]);
    assert!(!is_failing(&auth));
    assert!(world.server().violations().is_empty());
}

#[test]
fn c2_a_lost_answer_of_a_server_without_grace_ends_the_session_with_its_reason() {
    let (world, _tab, auth) = signed_in_for(HOUR);
    world.answer(TOKEN, Answer::lost());
    world.advance(HOUR);
    assert_signed_out(&auth, SignedOutReason::Revoked);
    assert_eq!(refreshes(&world).len(), 2);
}

#[test]
fn without_a_refresh_token_the_session_ends_with_its_access_token() {
    let world = World::new();
    world.server().issues_refresh_tokens = false;
    let (tab, auth) = sign_in(&world, &config());
    world.advance(59 * MINUTE);
    assert_token_is_good(&world, &tab, &auth);
    assert_signed_in(&auth);
    world.advance(2 * MINUTE);
    assert_signed_out(&auth, SignedOutReason::Expired);
    assert_eq!(world.run(auth.token()).expect_err("over").code(), ErrorCode::SessionExpired);
    assert_only_the_reason_is_stored(&world, SignedOutReason::Expired);
    assert!(refreshes(&world).is_empty());
}

#[test]
fn a_refresh_that_cannot_be_stored_goes_on_in_this_page_with_an_error() {
    let (world, tab, auth) = signed_in_for(HOUR);
    world.set_store_fault(SessionStore::Local, StoreFault::Full);
    world.advance(HOUR);
    assert_eq!(state_error(&auth), Some(ErrorCode::StorageFull));
    assert_token_is_good(&world, &tab, &auth);
    assert!(keys(&world, SessionStore::Local).is_empty(), "no spent refresh token stays");
    world.set_store_fault(SessionStore::Local, None);
    world.advance(HOUR);
    assert_eq!(state_error(&auth), None);
    assert_eq!(keys(&world, SessionStore::Local).len(), 1, "stored again");
    assert!(world.server().violations().is_empty());
}

#[test]
fn r96_a_store_blocked_during_a_refresh_is_a_failure_and_ends_no_session() {
    for kind in [SessionStore::Local, SessionStore::Cookie, SessionStore::Session] {
        let world = World::new();
        let (tab, auth) = sign_in(&world, &config_in(kind));
        world.set_store_fault(kind, StoreFault::Broken);
        world.advance(HOUR);
        assert_signed_in(&auth);
        assert_eq!(state_error(&auth), Some(ErrorCode::StorageUnavailable), "{}", kind.as_str());
        assert_token_is_good(&world, &tab, &auth);
        world.set_store_fault(kind, None);
        world.advance(5 * MINUTE);
        assert_eq!(state_error(&auth), None);
        assert!(world.server().violations().is_empty());
    }
}

#[test]
fn r104_in_memory_mode_nothing_is_stored() {
    let world = World::new();
    let (tab, auth) = sign_in(&world, &config_in(SessionStore::Memory));
    world.advance(3 * HOUR);
    assert_signed_in(&auth);
    for kind in [SessionStore::Local, SessionStore::Cookie] {
        assert!(keys(&world, kind).is_empty(), "{}", kind.as_str());
    }
    // When the app itself began a sign-in, so that a loop is noticed.
    let kept = world.records(SessionStore::Session);
    assert!(kept.keys().all(|key| key.ends_with(".attempts")), "{kept:?}");
    let reloaded = tab.reload();
    assert_signed_out(
        &start(&world, &reloaded, &config_in(SessionStore::Memory)),
        SignedOutReason::Never,
    );
}

#[test]
fn a_stored_session_is_restored_and_refreshed_first_if_it_expired() {
    for kind in [SessionStore::Local, SessionStore::Session, SessionStore::Cookie] {
        let world = World::new();
        let (tab, _auth) = sign_in(&world, &config_in(kind));
        let tab = tab.reload();
        let auth = start(&world, &tab, &config_in(kind));
        assert_signed_in(&auth);
        assert!(refreshes(&world).is_empty());
        tab.freeze();
        world.sleep(DAY);
        let tab = tab.go(HOME);
        let auth = start(&world, &tab, &config_in(kind));
        assert!(token(&world, &auth).starts_with("access-"));
        assert_eq!(refreshes(&world).len(), 1, "{}", kind.as_str());
        assert_token_is_good(&world, &tab, &auth);
    }
}

#[test]
fn a_closed_client_refreshes_nothing_more() {
    let (world, tab, auth) = signed_in_for(HOUR);
    auth.close();
    world.advance(3 * HOUR);
    assert!(refreshes(&world).is_empty());
    assert_eq!(world.run(auth.token()).expect_err("closed").code(), ErrorCode::Closed);
    assert_signed_in(&start(&world, &tab, &config()));
}

#[test]
fn a_dropped_client_refreshes_nothing_more() {
    let (world, _tab, auth) = signed_in_for(HOUR);
    drop(auth);
    world.advance(3 * HOUR);
    assert!(refreshes(&world).is_empty());
    assert_eq!(world.next_timer(), None);
}

#[test]
fn r66_a_narrower_scope_of_a_refresh_is_reported() {
    let (world, _tab, auth) = signed_in_for(HOUR);
    world.answer(TOKEN, Answer::json(200, &token_body(json!({ "scope": "other" }))));
    world.advance(HOUR);
    assert!(auth.has_scope("other") && !auth.has_scope("profile"));
}

#[test]
fn r95_tokens_that_were_issued_survive_a_store_that_fails_meanwhile() {
    let world = World::new();
    let (tab, auth) = sign_in(&world, &config());
    world.advance(SECOND);
    world.sleep(2 * HOUR);
    let gate = world.hold(TOKEN);
    let call = ask_token(&tab, &auth);
    world.settle();
    world.set_store_fault(SessionStore::Local, StoreFault::Broken);
    gate.open();
    world.settle();
    call.take().expect("ended").expect("the new token, kept in this page");
    assert_signed_in(&auth);
    assert_eq!(state_error(&auth), Some(ErrorCode::StorageUnavailable));
    assert!(world.server().violations().is_empty());
}

#[test]
fn a_scheduled_refresh_emits_one_event_for_each_new_time() {
    let (config, events) = with_events(&config());
    let world = World::new();
    let (tab, auth) = sign_in(&world, &config);
    let planned = || -> Vec<_> {
        let events = events.borrow();
        let times = events.iter().filter_map(|event| match event {
            Event::RefreshScheduled(at) => Some(*at),
            _ => None,
        });
        times.collect()
    };
    let first = auth.refreshes_at().expect("planned");
    assert_eq!(planned(), [first]);
    for _ in 0..3 {
        tab.show();
        world.settle();
    }
    assert_eq!(planned(), [first], "nothing has changed");
    world.advance(HOUR);
    assert_eq!(planned(), [first, auth.refreshes_at().expect("planned")]);
    world.run(auth.sign_out()).expect("signed out");
    assert_eq!((planned().len(), auth.refreshes_at()), (2, None), "the end of a plan is no plan");
}

#[test]
fn r45_a_page_that_comes_back_from_the_cache_can_sign_in_at_once() {
    let world = World::new();
    let tab = world.open(HOME);
    let auth = start(&world, &tab, &config());
    let call = leave(&world, &tab, &auth);
    tab.freeze();
    let _server = tab.go("https://api.basic.tech/auth/authorize");
    tab.restore();
    world.settle();
    assert_eq!(call.take(), Some(Ok(())), "the sign-in has ended without an error");
    let _again = leave(&world, &tab, &auth);
    assert_eq!(tab.navigations().len(), 2, "and another one begins");
}

#[test]
fn a_closed_client_adopts_nothing() {
    let world = World::new();
    let (_tab, auth) = sign_in(&world, &config());
    auth.close();
    let before = auth.state();
    let (_other, theirs) = another_tab(&world, &config());
    world.run(theirs.sign_out()).expect("signed out");
    world.settle();
    assert!(Rc::ptr_eq(&before, &auth.state()), "the last state stays readable");
}

#[test]
fn a_session_that_the_store_did_not_take_outlives_what_the_store_holds() {
    let (world, tab, auth) = signed_in_for(HOUR);
    world.set_store_fault(SessionStore::Local, StoreFault::Full);
    world.advance(HOUR);
    assert_signed_in(&auth);
    let refreshed = token(&world, &auth);
    world.set_store_fault(SessionStore::Local, None);
    // The store is empty, because an older record must not stay; that is no sign-out.
    tab.show();
    world.settle();
    assert_signed_in(&auth);
    assert_eq!(token(&world, &auth), refreshed);
}
