//! An app that starts a sign-in on every signed-out page, and whose callback always fails.

use basic_oauth::platform::SessionStore;
use basic_oauth::{ErrorCode, Event};
use basic_oauth_testing::flow::*;
use basic_oauth_testing::{Answer, StoreFault, Tab, World};

/// What such an app does on one page: `None` once it has left for the server.
fn one_round(world: &World, tab: &Tab) -> Option<ErrorCode> {
    let auth = start(world, tab, &config());
    assert!(!auth.state().is_signed_in());
    leave(world, tab, &auth).take().map(|refused| refused.expect_err("refused").code())
}

/// Comes back and leaves again until it is stopped: how often it left, and the page it is on then.
fn rounds(world: &World, mut tab: Tab) -> (usize, Tab) {
    for round in 0..50 {
        if let Some(code) = one_round(world, &tab) {
            assert_eq!(code, ErrorCode::SignInLoop);
            return (round, tab);
        }
        tab = world.authorize(&tab);
        world.advance(SECOND);
    }
    panic!("it never ends");
}

#[test]
fn r51_a_sign_in_that_always_fails_is_stopped_with_an_error() {
    for broken in [
        Answer::json(400, r#"{"error":"invalid_grant"}"#),
        Answer::json(500, "{}"),
        Answer::lost(),
        Answer::json(200, "<html>"),
    ] {
        let world = World::new();
        world.answer_always(TOKEN, Some(broken));
        let (left, tab) = rounds(&world, world.open(HOME));
        assert_eq!(left, 5);
        let (config, events) = with_events(&config());
        let auth = start(&world, &tab, &config);
        let refused = leave(&world, &tab, &auth).take().expect("at once").expect_err("refused");
        assert_eq!(refused.code(), ErrorCode::SignInLoop);
        assert_eq!(
            state_error(&auth),
            Some(ErrorCode::SignInLoop),
            "also for an app that only shows the state"
        );
        assert!(events.borrow().contains(&Event::SignInFailed(ErrorCode::SignInLoop)));
        assert!(tab.navigations().is_empty());
        assert_eq!(exchanges(&world).len(), 5, "and the server is left alone");
    }
}

#[test]
fn r51_a_callback_that_no_page_handles_is_a_loop_too() {
    let world = World::new();
    let mut tab = world.open(HOME);
    for _ in 0..5 {
        assert_eq!(one_round(&world, &tab), None);
        // The server sends them back to a page that is not the redirect URI.
        tab = tab.go(HOME);
    }
    assert_eq!(one_round(&world, &tab), Some(ErrorCode::SignInLoop));
}

#[test]
fn r51_a_user_who_presses_the_button_is_never_stopped() {
    let world = World::new();
    world.answer_always(TOKEN, Some(Answer::json(500, "{}")));
    let (_, mut tab) = rounds(&world, world.open(HOME));
    for _ in 0..20 {
        tab.press();
        assert_eq!(one_round(&world, &tab), None);
        tab = world.authorize(&tab);
    }
    world.answer_always(TOKEN, None);
    assert_signed_in(&start(&world, &tab, &config()));
}

#[test]
fn r51_after_two_minutes_it_may_try_again() {
    let world = World::new();
    world.answer_always(TOKEN, Some(Answer::json(500, "{}")));
    let (_, tab) = rounds(&world, world.open(HOME));
    world.answer_always(TOKEN, None);
    world.advance(2 * MINUTE);
    let tab = tab.reload();
    assert_eq!(one_round(&world, &tab), None);
    assert_signed_in(&start(&world, &world.authorize(&tab), &config()));
}

#[test]
fn r51_a_success_in_between_is_no_loop() {
    let world = World::new();
    let mut tab = world.open(HOME);
    for _ in 0..20 {
        assert_eq!(one_round(&world, &tab), None);
        tab = world.authorize(&tab);
        let auth = start(&world, &tab, &config());
        assert_signed_in(&auth);
        assert_eq!(world.run_within(MINUTE, auth.sign_out()), Ok(()));
    }
}

#[test]
fn r51_tabs_that_a_browser_restores_at_once_are_no_loop() {
    let world = World::new();
    let tabs: Vec<Tab> = (0..10).map(|_| world.open(HOME)).collect();
    for tab in &tabs {
        assert_eq!(one_round(&world, tab), None);
    }
}

#[test]
fn r51_r109_without_session_storage_a_sign_in_still_works() {
    let world = World::new();
    world.set_store_fault(SessionStore::Session, StoreFault::Blocked);
    let tab = world.open(HOME);
    assert_eq!(one_round(&world, &tab), None);
    assert_signed_in(&start(&world, &world.authorize(&tab), &config()));
}
