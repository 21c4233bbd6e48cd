//! Keeping the session fresh in several tabs at once (R93 to R95, R100).

use basic_oauth::platform::{Locked, Platform as _, SessionStore};
use basic_oauth_testing::flow::*;
use basic_oauth_testing::{Account, Answer, Effect, Gate, Tab, World};

/// A world with a signed-in user and tokens of an hour.
fn signed_in() -> (World, Tab, Auth) {
    let world = World::new();
    let (tab, auth) = sign_in(&world, &config());
    (world, tab, auth)
}

#[test]
fn r93_two_instances_of_a_page_share_one_refresh() {
    for kind in
        [SessionStore::Local, SessionStore::Session, SessionStore::Memory, SessionStore::Cookie]
    {
        let world = World::new();
        let (tab, first) = sign_in(&world, &config_in(kind));
        let second = start(&world, &tab, &config_in(kind));
        assert_signed_in(&second);
        world.sleep(2 * HOUR);
        let calls = [ask_token(&tab, &first), ask_token(&tab, &second)];
        world.settle();
        let tokens = calls.map(|call| call.take().expect("ended").expect("a token"));
        assert!(tokens[0] == tokens[1], "{}", kind.as_str());
        assert_eq!(refreshes(&world).len(), 1, "{}", kind.as_str());
    }
}

#[test]
fn r94_ten_tabs_make_one_refresh_and_all_get_its_token() {
    for kind in [SessionStore::Local, SessionStore::Cookie] {
        for seed in 0..20 {
            let world = World::new();
            let config = config_in(kind);
            let (tab, auth) = sign_in(&world, &config);
            let mut tabs = vec![(tab, auth)];
            tabs.extend((0..9).map(|_| another_tab(&world, &config)));
            world.shuffle(seed);
            world.sleep(2 * HOUR);
            let calls: Vec<_> = tabs.iter().map(|(tab, auth)| ask_token(tab, auth)).collect();
            // The first keeps the lock until the others can see what it stored.
            world.advance(SECOND);
            let tokens: Vec<_> =
                calls.iter().map(|call| call.take().expect("ended").expect("a token")).collect();
            assert!(tokens.iter().all(|token| *token == tokens[0]), "seed {seed}");
            assert_eq!(refreshes(&world).len(), 1, "seed {seed}");
            assert!(world.server().violations().is_empty(), "seed {seed}");
        }
    }
}

#[test]
fn r94_a_tab_that_closes_with_the_lock_frees_it_for_the_next_one() {
    let world = World::new();
    world.server().grace = MINUTE;
    let (tab, auth) = sign_in(&world, &config());
    let (other, theirs) = another_tab(&world, &config());
    world.advance(SECOND);
    world.sleep(2 * HOUR);
    let gate = world.hold(TOKEN);
    let dying = ask_token(&tab, &auth);
    world.settle();
    assert_eq!(world.held_locks().len(), 1);
    let waiting = ask_token(&other, &theirs);
    world.settle();
    assert!(waiting.take().is_none());
    tab.close();
    world.settle();
    let token = waiting.take().expect("ended").expect("a token");
    gate.open();
    world.settle();
    assert!(dying.take().is_none());
    assert_eq!(token, world.run(theirs.token()).expect("still good"));
    assert_eq!(refreshes(&world).len(), 2, "the same refresh token, within the server's grace");
    assert!(world.server().violations().is_empty());
}

#[test]
fn r94_a_lock_that_is_never_freed_does_not_hold_a_tab_for_ever() {
    let world = World::new();
    let (tab, auth) = sign_in(&world, &config());
    world.advance(SECOND);
    let name = {
        let gate = world.hold(TOKEN);
        world.sleep(2 * HOUR);
        let _call = ask_token(&tab, &auth);
        world.settle();
        let name = world.held_locks().remove(0);
        gate.open();
        world.advance(SECOND);
        name
    };
    let rogue = world.open(HOME);
    let Locked::Held(_kept) = world.run(rogue.lock(&name, SECOND)) else { panic!("free") };
    world.sleep(2 * HOUR);
    let call = ask_token(&tab, &auth);
    world.advance(MINUTE);
    let error = call.take().expect("bounded").expect_err("no lock");
    assert!(error.is_retryable(), "{error:?}");
    assert_signed_in(&auth);
}

#[test]
fn r94_without_locks_what_another_tab_stored_is_adopted() {
    let world = World::new();
    world.set_locks(false);
    let (tab, auth) = sign_in(&world, &config());
    let (other, theirs) = another_tab(&world, &config());
    world.set_channels(false);
    world.sleep(2 * HOUR);
    let first = ask_token(&tab, &auth);
    world.settle();
    let first = first.take().expect("ended").expect("refreshed");
    let second = ask_token(&other, &theirs);
    world.settle();
    assert_eq!(second.take().expect("ended").expect("adopted"), first);
    assert_eq!(refreshes(&world).len(), 1);
    assert!(world.server().violations().is_empty());
}

#[test]
fn r94_without_locks_a_lost_race_does_not_sign_out() {
    // Both use one refresh token at the same time; the server answers one of them `invalid_grant`,
    // and the winner's tokens are in the store by then.
    let world = World::new();
    world.set_locks(false);
    let (tab, auth) = sign_in(&world, &config());
    let (other, theirs) = another_tab(&world, &config());
    world.set_channels(false);
    world.sleep(2 * HOUR);
    world.answer(TOKEN, Answer::server());
    let late = Gate::new();
    world.answer(TOKEN, Answer::json(400, r#"{"error":"invalid_grant"}"#).behind(&late));
    let calls = [ask_token(&tab, &auth), ask_token(&other, &theirs)];
    world.settle();
    late.open();
    world.settle();
    let tokens = calls.map(|call| call.take().expect("ended").expect("a token"));
    assert_eq!(tokens[0], tokens[1]);
    assert_signed_in(&auth);
    assert_signed_in(&theirs);
}

#[test]
fn r95_the_new_refresh_token_is_stored_before_the_access_token_is_handed_out() {
    let (world, tab, auth) = signed_in();
    world.sleep(2 * HOUR);
    let call = ask_token(&tab, &auth);
    while call.take().is_none() {
        assert!(world.step(), "goes on");
        let stored = dump(&world);
        let is_refreshed = auth.expires_at().expect("signed in") > world.now();
        assert!(!is_refreshed || stored.contains("refresh-5"), "held and not stored");
    }
    assert!(dump(&world).contains("refresh-5"));
    let effects = world.effects();
    let sent = effects.iter().rposition(|e| matches!(e, Effect::Requested(_))).expect("sent");
    assert!(matches!(&effects[sent + 1], Effect::Stored(SessionStore::Local, _)), "{effects:?}");
}

#[test]
fn r95_a_tab_closed_at_any_step_of_a_refresh_loses_no_session() {
    for steps in 0..40 {
        let world = World::new();
        world.server().grace = MINUTE;
        let (tab, auth) = sign_in(&world, &config());
        world.sleep(2 * HOUR);
        let _call = ask_token(&tab, &auth);
        let went_on = (0..steps).all(|_| world.step());
        tab.close();
        world.settle();
        let (_tab, auth) = another_tab(&world, &config());
        assert!(token(&world, &auth).starts_with("access-"), "closed after {steps} steps");
        assert!(world.server().violations().is_empty(), "closed after {steps} steps");
        if !went_on {
            return;
        }
    }
    panic!("a refresh takes fewer steps");
}

#[test]
fn r97_a_page_from_the_cache_checks_the_session_again() {
    let (world, tab, auth) = signed_in();
    let (_other, theirs) = another_tab(&world, &config());
    tab.freeze();
    world.advance(8 * HOUR);
    let known = token(&world, &theirs);
    tab.restore();
    world.settle();
    assert_eq!(token(&world, &auth), known, "what the other tab refreshed meanwhile");
    assert!(world.server().violations().is_empty());
}

#[test]
fn r100_a_refresh_that_ends_after_another_users_sign_in_changes_nothing() {
    let (world, tab, auth) = signed_in();
    world.sleep(2 * HOUR);
    let gate = world.hold(TOKEN);
    let call = ask_token(&tab, &auth);
    world.settle();
    world.server().account = Account::named("Bob");
    let (_other, bobs) = {
        let leaving = world.open(HOME);
        let bob = start(&world, &leaving, &config());
        let _call = leave(&world, &leaving, &bob);
        let tab = world.authorize(&leaving);
        let auth = start(&world, &tab, &config());
        (tab, auth)
    };
    let bobs_token = token(&world, &bobs);
    gate.open();
    world.settle();
    assert_eq!(call.take().expect("ended").expect("a token").expose(), bobs_token);
    assert_eq!(token(&world, &auth), bobs_token);
    assert_eq!(world.run(auth.user()).expect("read").name(), Some("Bob"));
    assert!(world.server().violations().is_empty());
}

#[test]
fn r93_a_second_client_of_a_page_takes_over_what_the_first_refreshes_even_without_channels() {
    let world = World::new();
    world.set_channels(false);
    let (tab, first) = sign_in(&world, &config());
    world.sleep(2 * HOUR);
    let gate = world.hold(TOKEN);
    let call = ask_token(&tab, &first);
    world.settle();
    let starting = tab.call(Auth::start_with_config(tab.clone(), config()));
    world.settle();
    let second = starting.take().expect("ended").expect("started");
    gate.open();
    world.settle();
    let token = call.take().expect("ended").expect("a token");
    assert!(second.expires_at().expect("signed in") > world.now(), "it has not been forgotten");
    assert_eq!(world.run(second.token()).expect("the same"), token);
    assert_eq!(refreshes(&world).len(), 1);
}

#[test]
fn r95_without_locks_a_late_answer_does_not_replace_newer_tokens() {
    let world = World::new();
    world.set_locks(false);
    world.server().grace = HOUR;
    let (tab, auth) = sign_in(&world, &config());
    let (other, theirs) = another_tab(&world, &config());
    // As in a page out of the cache, whose messages were missed.
    world.set_channels(false);
    world.sleep(2 * HOUR);
    let late = world.hold(TOKEN);
    let call = ask_token(&tab, &auth);
    world.settle();
    world.advance(SECOND);
    let newer = ask_token(&other, &theirs);
    world.settle();
    let newer = newer.take().expect("ended").expect("a token");
    world.sleep(2 * HOUR);
    let newest = ask_token(&other, &theirs);
    world.settle();
    let newest = newest.take().expect("ended").expect("a token");
    assert_ne!(newest, newer);
    late.open();
    world.settle();
    assert_eq!(call.take().expect("ended").expect("a token"), newest);
    assert_eq!(refreshes(&world).len(), 3, "nothing was refreshed once more");
    assert_eq!(world.run(theirs.token()).expect("still good"), newest);
    assert!(world.server().violations().is_empty());
}

#[test]
fn r94_in_a_store_of_its_own_a_hidden_tab_keeps_no_other_tab_waiting() {
    let world = World::new();
    let config = config_in(SessionStore::Session);
    let (hidden, theirs) = sign_in(&world, &config);
    let (tab, auth) = sign_in(&world, &config);
    hidden.hide();
    world.advance(SECOND);
    world.sleep(2 * HOUR);
    let calls = [ask_token(&hidden, &theirs), ask_token(&tab, &auth)];
    world.settle();
    for call in calls {
        call.take().expect("at once").expect("a token");
    }
}
