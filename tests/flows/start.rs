//! A start gives the app its state first. What it leaves for later misses nothing (R105, R110, R114).

use basic_oauth::platform::{Platform as _, SessionStore, Store as _};
use basic_oauth::{Config, ErrorCode, OnReturn, SignedOutReason};
use basic_oauth_testing::flow::*;
use basic_oauth_testing::{Tab, World};

/// Starts a client, and calls `moment` when the app gets it: nothing has happened in between.
#[track_caller]
fn start_and<T>(
    world: &World,
    tab: &Tab,
    config: &Config,
    moment: impl FnOnce(&Auth) -> T,
) -> (Auth, T) {
    let starting = Auth::start_with_config(tab.clone(), config.clone());
    world.run_within(MINUTE, async {
        let auth = starting.await.expect("started");
        let seen = moment(&auth);
        (auth, seen)
    })
}

/// The record of a session that another store still has, under its key.
fn left_session(world: &World) -> (String, String) {
    let (tab, auth) = sign_in(world, &config_in(SessionStore::Local));
    let record = world.records(SessionStore::Local).into_iter().next().expect("the session");
    world.run(auth.sign_out()).expect("signed out");
    tab.close();
    record
}

#[test]
fn r114_a_sign_out_between_the_reading_and_the_listening_is_not_missed() {
    for store in [SessionStore::Local, SessionStore::Cookie] {
        let world = World::new();
        let config = config_in(store);
        let (_tab, first) = sign_in(&world, &config);
        let tab = world.open(HOME);
        let (second, ()) = start_and(&world, &tab, &config, |second| {
            assert_signed_in(second);
            drop(first.sign_out());
        });
        assert_signed_out(&second, SignedOutReason::SignedOutElsewhere);
        world.advance(2 * HOUR);
        assert!(refreshes(&world).is_empty(), "{store:?}");
    }
}

#[test]
fn r114_a_sign_in_right_after_the_state_is_known_is_not_missed() {
    let world = World::new();
    let (tab, _first) = sign_in(&world, &config());
    let (key, record) = world.records(SessionStore::Local).into_iter().next().expect("a session");
    world.clear(SessionStore::Local);
    tab.close();
    let tab = world.open(HOME);
    let store = world.open(HOME).store(SessionStore::Local).expect("open");
    let (second, ()) = start_and(&world, &tab, &config(), |second| {
        assert_signed_out(second, SignedOutReason::Never);
        store.write(&key, &record).expect("room");
    });
    assert_signed_in(&second);
}

#[test]
fn r114_a_change_of_cookies_before_the_listening_reaches_the_other_tabs() {
    let world = World::new();
    let config = config_in(SessionStore::Cookie);
    let (_tab, first) = sign_in(&world, &config);
    let tab = world.open(HOME);
    let (second, ()) = start_and(&world, &tab, &config, |second| drop(second.sign_out()));
    assert_signed_out(&second, SignedOutReason::SignedOut);
    assert_signed_out(&first, SignedOutReason::SignedOutElsewhere);
}

#[test]
fn the_state_is_out_before_the_user_is_asked_for() {
    let world = World::new();
    let (_tab, _auth) = sign_in(&world, &config());
    let mut config = config();
    config.load_user = true;
    let tab = world.open(HOME);
    let (second, asked) = start_and(&world, &tab, &config, |second| {
        assert_signed_in(second);
        world.requests_to(USERINFO).len()
    });
    assert_eq!(asked, 0);
    assert_eq!(world.requests_to(USERINFO).len(), 1);
    assert_signed_in(&second);
}

#[test]
fn the_rest_waits_a_moment_for_a_refresh_and_no_longer() {
    let world = World::new();
    let (key, left) = left_session(&world);
    let config = config_in(SessionStore::Cookie);
    let (tab, _auth) = sign_in(&world, &config);
    tab.close();
    world.sleep(2 * HOUR);
    let _gate = world.hold(TOKEN);
    let (_first_tab, _first) = another_tab(&world, &config);
    assert_eq!(refreshes(&world).len(), 1, "its answer does not come, and it has the lock");
    world.plant(&key, &left);
    let (_second_tab, second) = another_tab(&world, &config);
    assert!(keys(&world, SessionStore::Local).contains(&key), "it waits for the lock");
    world.advance(SECOND);
    assert_signed_in(&second);
    assert!(!keys(&world, SessionStore::Local).contains(&key));
}

#[test]
fn r105_a_session_in_another_store_is_not_lost_when_a_sign_in_fails() {
    let world = World::new();
    let (tab, auth) = sign_in(&world, &config_in(SessionStore::Local));
    let before = token(&world, &auth);
    let _call = leave(&world, &tab, &auth);
    let denied = world.consent(&tab).refused("access_denied").url();
    let config = config_in(SessionStore::Cookie);
    let auth = start(&world, &tab.go(&denied), &config);
    assert_signed_in(&auth);
    assert_eq!(state_error(&auth), Some(ErrorCode::AccessDenied));
    assert_eq!(token(&world, &auth), before);
    assert!(keys(&world, SessionStore::Local).is_empty());
}

#[test]
fn r105_r110_a_sign_out_at_once_brings_no_session_back_from_another_store() {
    let world = World::new();
    let (key, left) = left_session(&world);
    let config = config_in(SessionStore::Cookie);
    let (_tab, _auth) = sign_in(&world, &config);
    world.plant(&key, &left);
    let tab = world.open(HOME);
    let (auth, ()) = start_and(&world, &tab, &config, |auth| drop(auth.sign_out()));
    assert_signed_out(&auth, SignedOutReason::SignedOut);
    world.advance(MINUTE);
    assert_signed_out(&auth, SignedOutReason::SignedOut);
    assert!(!dump(&world).contains("refresh-"), "{}", dump(&world));
}

#[test]
fn a_client_that_is_closed_at_once_does_not_listen() {
    let world = World::new();
    let (_tab, first) = sign_in(&world, &config());
    let tab = world.open(HOME);
    let (second, ()) = start_and(&world, &tab, &config(), Auth::close);
    world.run(first.sign_out()).expect("signed out");
    world.settle();
    assert_signed_in(&second);
    let woken = tab.wake_ups();
    world.advance(2 * HOUR);
    assert_eq!(tab.wake_ups(), woken, "no timer is left");
}

#[test]
fn c4_a_page_that_is_left_at_once_removes_its_mark() {
    let world = World::new();
    let config = config_in(SessionStore::Session);
    let (tab, _auth) = sign_in(&world, &config);
    let tab = tab.reload();
    let (_auth, next) = start_and(&world, &tab, &config, |_| tab.reload());
    let starting = Auth::start_with_config(next, config);
    let auth = world.run(starting).expect("it waits for no answer of a copy");
    assert_signed_in(&auth);
}

#[test]
fn the_error_of_the_last_page_is_shown_beside_a_session() {
    let world = World::new();
    let mut config = config();
    config.on_return = OnReturn::Load;
    let (tab, auth) = sign_in(&world, &config);
    let _call = leave(&world, &tab, &auth);
    let denied = world.consent(&tab).refused("access_denied").url();
    let back = tab.go(&denied);
    let _auth = start(&world, &back, &config);
    let loaded = back.loads().pop().expect("another page is loaded");
    let auth = start(&world, &back.go(&loaded), &config);
    assert_signed_in(&auth);
    assert_eq!(state_error(&auth), Some(ErrorCode::AccessDenied));
}
