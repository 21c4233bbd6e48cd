//! A tab that is copied with its `sessionStorage`: one session, one owner (R24, C4).

use basic_oauth::SignedOutReason;
use basic_oauth::platform::SessionStore;
use basic_oauth_testing::World;
use basic_oauth_testing::flow::*;

#[test]
fn c4_a_copied_tab_starts_signed_out_and_the_original_goes_on() {
    let world = World::new();
    world.server().set_lifetime(5 * MINUTE);
    let config = config_in(SessionStore::Session);
    let (tab, auth) = sign_in(&world, &config);
    for copy in [tab.duplicate(), tab.open_popup(HOME)] {
        let copied = start(&world, &copy, &config);
        assert_signed_out(&copied, SignedOutReason::Never);
        assert!(!copy.records(SessionStore::Session).keys().any(|key| key.ends_with(".session")));
        world.advance(HOUR);
        assert_signed_in(&auth);
        assert_signed_out(&copied, SignedOutReason::Never);
    }
    assert!(world.server().violations().is_empty());
    // The copy is a tab like any other now.
    let copy = tab.duplicate();
    let copied = start(&world, &copy, &config);
    let _call = leave(&world, &copy, &copied);
    assert_signed_in(&start(&world, &world.authorize(&copy), &config));
    assert_signed_in(&auth);
}

#[test]
fn c4_a_copied_tab_that_is_frozen_before_it_has_its_answer_asks_again() {
    let config = config_in(SessionStore::Session);
    let world = World::new();
    let (tab, auth) = sign_in(&world, &config);
    let copy = tab.duplicate();
    let call = copy.call(Auth::start_with_config(copy.clone(), config.clone()));
    assert!(world.step(), "the question");
    copy.freeze();
    world.advance(MINUTE);
    copy.restore();
    world.advance(SECOND);
    let copied = call.take().expect("ended").expect("started");
    assert_signed_out(&copied, SignedOutReason::Never);
    assert_signed_in(&auth);
}

#[test]
fn c4_a_reloaded_restored_or_discarded_tab_keeps_its_session() {
    let config = config_in(SessionStore::Session);
    let world = World::new();
    let (tab, _auth) = sign_in(&world, &config);
    let tab = tab.reload();
    let call = tab.call(Auth::start_with_config(tab.clone(), config.clone()));
    world.settle();
    let auth = call.take().expect("a reload waits for no answer").expect("started");
    assert_signed_in(&auth);

    let tab = tab.reload_after_crash();
    let auth = start(&world, &tab, &config);
    assert_signed_in(&auth);

    tab.freeze();
    let next = tab.go("/next");
    let call = next.call(Auth::start_with_config(next.clone(), config.clone()));
    world.settle();
    assert_signed_in(&call.take().expect("at once").expect("started"));
    tab.restore();
    world.settle();
    assert_signed_in(&auth);
    // After all of that, a copy is still noticed.
    let copied = start(&world, &tab.duplicate(), &config);
    assert_signed_out(&copied, SignedOutReason::Never);
}

#[test]
fn c4_two_clients_of_one_page_share_the_session_of_their_tab() {
    let config = config_in(SessionStore::Session);
    let world = World::new();
    let (tab, first) = sign_in(&world, &config);
    let call = tab.call(Auth::start_with_config(tab.clone(), config.clone()));
    world.settle();
    let second = call.take().expect("at once").expect("started");
    assert_signed_in(&second);
    first.close();
    assert_signed_in(&second);
    let copied = start(&world, &tab.duplicate(), &config);
    assert_signed_out(&copied, SignedOutReason::Never);
    assert_signed_in(&second);
}
