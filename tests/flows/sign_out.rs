//! Signing out, and what the tabs know of each other (R99, R105, R110 to R114).

use std::cell::Cell;
use std::rc::Rc;

use basic_oauth::platform::{PageEvents as _, Platform as _, SessionStore, Store as _};
use basic_oauth::{AuthState, ErrorCode, Event, SignedOutReason};
use basic_oauth_testing::flow::*;
use basic_oauth_testing::{Account, Answer, StoreFault, World};

#[test]
fn r50_r110_the_local_sign_out_is_complete_before_anything_is_awaited() {
    let world = World::new();
    let (tab, auth) = sign_in(&world, &config_with_revocation());
    let (_other, theirs) = another_tab(&world, &config_with_revocation());
    let call = auth.sign_out();
    assert_signed_out(&auth, SignedOutReason::SignedOut);
    assert!(keys(&world, SessionStore::Local).is_empty());
    assert!(
        auth.expires_at().is_none() && auth.refreshes_at().is_none() && !auth.has_scope("profile")
    );
    drop(call);
    world.settle();
    assert_signed_out(&theirs, SignedOutReason::SignedOutElsewhere);
    world.advance(3 * HOUR);
    assert!(refreshes(&world).is_empty() && tab.navigations().is_empty());
    assert_eq!(world.run(auth.token()).expect_err("over").code(), ErrorCode::NotSignedIn);
}

#[test]
fn r110_a_server_that_is_down_does_not_prevent_the_sign_out() {
    let offline = |world: &World| world.answer_always(REVOKE, Answer::network_error());
    let silent = |world: &World| world.answer_always(REVOKE, Answer::silence());
    for failure in [offline, silent] {
        let world = World::new();
        let (config, events) = with_events(&config_with_revocation());
        let (_tab, auth) = sign_in(&world, &config);
        failure(&world);
        assert_eq!(world.run_within(MINUTE, auth.sign_out()), Ok(()));
        assert_signed_out(&auth, SignedOutReason::SignedOut);
        assert!(keys(&world, SessionStore::Local).is_empty());
        assert!(events.borrow().iter().any(|event| matches!(event, Event::RevocationFailed(_))));
    }
}

#[test]
fn r105_documented_keys_only_and_none_of_them_after_sign_out() {
    for kind in
        [SessionStore::Local, SessionStore::Session, SessionStore::Cookie, SessionStore::Memory]
    {
        let world = World::new();
        world.plant("theirs", "1");
        let (tab, auth) = sign_in(&world, &config_in(kind));
        let own = tab.records(kind).into_keys().filter(|key| key != "theirs");
        let mut names: Vec<_> = own
            .map(|key| {
                let name = key.strip_prefix("basic-oauth.").expect("the prefix");
                name.splitn(3, '.').nth(2).expect("a client and a server").to_owned()
            })
            .collect();
        names.sort();
        let documented: &[&str] = match kind {
            SessionStore::Session => &["attempts", "page", "session"],
            _ => &["session"],
        };
        assert_eq!(names, documented, "{}", kind.as_str());
        let _pending = leave(&world, &tab, &auth);
        world.run(auth.sign_out()).expect("signed out");
        assert_eq!(keys(&world, SessionStore::Local), ["theirs"], "{}", kind.as_str());
        for kind in [SessionStore::Session, SessionStore::Cookie, SessionStore::Memory] {
            assert!(keys(&world, kind).is_empty(), "{}", kind.as_str());
        }
    }
}

#[test]
fn r99_a_refresh_in_flight_cannot_restore_the_session() {
    for kind in
        [SessionStore::Local, SessionStore::Session, SessionStore::Cookie, SessionStore::Memory]
    {
        let mut config = config_with_revocation();
        config.store = kind;
        let world = World::new();
        let (tab, auth) = sign_in(&world, &config);
        world.sleep(2 * HOUR);
        let gate = world.hold(TOKEN);
        let call = ask_token(&tab, &auth);
        world.settle();
        let signing_out = tab.call(auth.sign_out());
        world.settle();
        assert_signed_out(&auth, SignedOutReason::SignedOut);
        gate.open();
        world.advance(MINUTE);
        let error = call.take().expect("ended").expect_err("signed out");
        assert_eq!(error.code(), ErrorCode::NotSignedIn, "{}", kind.as_str());
        assert_signed_out(&auth, SignedOutReason::SignedOut);
        assert!(dump(&world).find("access").is_none(), "{}", kind.as_str());
        assert_eq!(signing_out.take(), Some(Ok(())));
        assert_eq!(world.server().sessions(), (1, 0), "the late tokens are revoked as well");
    }
}

#[test]
fn r99_r150_a_sign_out_in_another_tab_beats_a_refresh_in_flight() {
    for seed in 0..60 {
        let world = World::new();
        let config = config_with_revocation();
        let (tab, auth) = sign_in(&world, &config);
        let (other, theirs) = another_tab(&world, &config);
        world.sleep(2 * HOUR);
        let gate = world.hold(TOKEN);
        world.shuffle(seed);
        let call = ask_token(&tab, &auth);
        for _ in 0..seed % 12 {
            world.step();
        }
        let signing_out = other.call(theirs.sign_out());
        for _ in 0..seed % 7 {
            world.step();
        }
        gate.open();
        world.advance(MINUTE);
        assert!(call.take().expect("ended").is_err(), "seed {seed}");
        assert_eq!(signing_out.take(), Some(Ok(())), "seed {seed}");
        assert!(!auth.state().is_signed_in() && !theirs.state().is_signed_in(), "seed {seed}");
        assert!(keys(&world, SessionStore::Local).is_empty(), "seed {seed}");
        assert_eq!(world.server().sessions(), (1, 0), "seed {seed}");
    }
}

#[test]
fn r99_a_record_that_another_tab_stores_after_a_sign_out_is_not_adopted() {
    let (config, events) = with_events(&config());
    let world = World::new();
    let (tab, auth) = sign_in(&world, &config);
    let other = world.open(HOME);
    let store = other.store(SessionStore::Local).expect("open");
    let (key, record) = tab.records(SessionStore::Local).pop_first().expect("the session");
    let signing_out = tab.call(auth.sign_out());
    events.borrow_mut().clear();
    store.write(&key, &record).expect("room");
    world.advance(MINUTE);
    assert_eq!(signing_out.take(), Some(Ok(())));
    assert_signed_out(&auth, SignedOutReason::SignedOut);
    assert_eq!(*events.borrow(), [], "not for a moment either");
    assert!(keys(&world, SessionStore::Local).is_empty(), "the record is removed");
    assert_signed_in(&sign_in(&world, &config).1);
    assert_signed_in(&auth);
}

#[test]
fn r99_a_refresh_stored_at_the_moment_of_a_sign_out_is_removed() {
    // The other tab read the record, then this one removed it, then the other one wrote its own.
    for kind in [SessionStore::Local, SessionStore::Cookie] {
        let world = World::new();
        let (tab, auth) = sign_in(&world, &config_in(kind));
        let (other, theirs) = another_tab(&world, &config_in(kind));
        world.sleep(2 * HOUR);
        let gate = world.hold(TOKEN);
        let _call = ask_token(&tab, &auth);
        world.settle();
        let is_between = Rc::new(Cell::new(false));
        world.after_next_read({
            let is_between = is_between.clone();
            move || {
                let _call = other.call(theirs.sign_out());
                is_between.set(true);
            }
        });
        gate.open();
        world.advance(MINUTE);
        assert!(is_between.get());
        assert!(keys(&world, kind).is_empty(), "{}", kind.as_str());
        assert!(!auth.state().is_signed_in(), "{}", kind.as_str());
    }
}

#[test]
fn r99_user_information_that_arrives_late_does_not_restore_the_session() {
    for kind in [SessionStore::Local, SessionStore::Cookie] {
        let mut config = config_in(kind);
        config.load_user = true;
        let world = World::new();
        let tab = world.authorize(&away(&world, &config));
        let gate = world.hold(USERINFO);
        let auth = start(&world, &tab, &config);
        assert_signed_in(&auth);
        world.run(auth.sign_out()).expect("signed out");
        gate.open();
        world.settle();
        assert_signed_out(&auth, SignedOutReason::SignedOut);
        assert!(keys(&world, kind).is_empty());
    }
}

#[test]
fn r99_an_exchange_in_flight_begins_no_session_after_a_sign_out_elsewhere() {
    // The sign-out came first and ended what there was; who signs in after it is signed in.
    let world = World::new();
    let (_tab, auth) = sign_in(&world, &config());
    let tab = away(&world, &config());
    let url = world.consent(&tab).url();
    world.run(auth.sign_out()).expect("signed out");
    let late = start(&world, &tab.go(&url), &config());
    assert_eq!(state_error(&late), Some(ErrorCode::UnknownState), "sign-ins under way end with it");
    assert!(keys(&world, SessionStore::Local).is_empty());
}

#[test]
fn r99_a_sign_out_elsewhere_beats_an_exchange_that_is_under_way() {
    for kind in [SessionStore::Local, SessionStore::Cookie] {
        let mut config = config_with_revocation();
        config.store = kind;
        let world = World::new();
        let (_tab, auth) = sign_in(&world, &config);
        let tab = world.authorize(&away(&world, &config));
        let gate = world.hold(TOKEN);
        let late = tab.call(Auth::start_with_config(tab.clone(), config.clone()));
        world.advance(SECOND);
        assert_eq!(exchanges(&world).len(), 2, "the second is on its way");
        world.run(auth.sign_out()).expect("signed out");
        gate.open();
        world.settle();
        let late = late.take().expect("ended").expect("started");
        assert_signed_out(&late, SignedOutReason::SignedOutElsewhere);
        assert_signed_out(&auth, SignedOutReason::SignedOut);
        assert!(keys(&world, kind).is_empty() && keys(&world, SessionStore::Local).is_empty());
        assert_eq!(world.requests_to(REVOKE).len(), 2, "the late tokens are revoked as well");
    }
}

#[test]
fn a_record_of_an_exchange_that_ended_with_its_page_is_removed() {
    let world = World::new();
    let tab = world.authorize(&away(&world, &config()));
    let _gate = world.hold(TOKEN);
    let _late = tab.call(Auth::start_with_config(tab.clone(), config()));
    world.settle();
    tab.close();
    assert_eq!(keys(&world, SessionStore::Local).len(), 1, "the note");
    start(&world, &world.open(HOME), &config());
    assert_eq!(keys(&world, SessionStore::Local).len(), 1, "it may still be under way");
    world.advance(HOUR);
    start(&world, &world.open(HOME), &config());
    assert!(keys(&world, SessionStore::Local).is_empty());
}

#[test]
fn r111_the_refresh_token_is_revoked_by_a_post_with_its_hint() {
    let world = World::new();
    let (_tab, auth) = sign_in(&world, &config_with_revocation());
    world.run(auth.sign_out()).expect("signed out");
    let sent = world.requests_to(REVOKE);
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].parameter("token").as_deref(), Some("refresh-3"));
    assert_eq!(sent[0].parameter("token_type_hint").as_deref(), Some("refresh_token"));
    assert_eq!(sent[0].parameter("client_id").as_deref(), Some("client"));
    assert_eq!((sent[0].method.as_str(), sent[0].bearer.is_none()), ("POST", true));
    assert_eq!(world.server().sessions(), (1, 0));
}

#[test]
fn r111_a_failed_revocation_emits_an_event_and_the_sign_out_is_complete() {
    for (answer, is_failure) in [
        (Answer::json(200, ""), false),
        (Answer::json(400, r#"{"error":"unsupported_token_type"}"#), true),
        (Answer::json(503, ""), true),
        (Answer::json(302, ""), true),
        (Answer::of_type(404, "text/html", "<h1>"), true),
    ] {
        let world = World::new();
        let (config, events) = with_events(&config_with_revocation());
        let (_tab, auth) = sign_in(&world, &config);
        world.answer(REVOKE, answer.clone());
        assert_eq!(world.run(auth.sign_out()), Ok(()));
        assert_signed_out(&auth, SignedOutReason::SignedOut);
        assert_eq!(state_error(&auth), None, "the user has nothing to do about it");
        let is_reported =
            events.borrow().iter().any(|event| matches!(event, Event::RevocationFailed(_)));
        assert_eq!(is_reported, is_failure, "{answer:?}");
    }
}

#[test]
fn without_revocation_a_sign_out_sends_nothing() {
    let world = World::new();
    let (_tab, auth) = sign_in(&world, &config());
    let before = world.requests().len();
    world.run(auth.sign_out()).expect("signed out");
    assert_eq!(world.requests().len(), before);
}

#[test]
fn r112_no_address_signs_out() {
    let world = World::new();
    let (_tab, auth) = sign_in(&world, &config());
    for query in ["?logout", "?destroy_session=true", "?post_logout=1&state=x", "?error=logout"] {
        for page in [HOME, CALLBACK] {
            let tab = world.open(&[page, query].concat());
            assert_signed_in(&start(&world, &tab, &config()));
        }
    }
    assert_signed_in(&auth);
}

#[test]
fn r114_a_sign_out_is_seen_in_every_tab_without_reload() {
    for kind in [SessionStore::Local, SessionStore::Cookie] {
        let world = World::new();
        let (_tab, auth) = sign_in(&world, &config_in(kind));
        let others: Vec<_> = (0..3).map(|_| another_tab(&world, &config_in(kind))).collect();
        world.run(auth.sign_out()).expect("signed out");
        for (_tab, theirs) in &others {
            assert_signed_out(theirs, SignedOutReason::SignedOutElsewhere);
        }
    }
}

#[test]
fn r114_a_sign_out_in_one_tab_of_session_or_memory_is_that_tabs_own() {
    for kind in [SessionStore::Session, SessionStore::Memory] {
        let world = World::new();
        let (_tab, auth) = sign_in(&world, &config_in(kind));
        let (_tab2, theirs) = sign_in(&world, &config_in(kind));
        world.run(auth.sign_out()).expect("signed out");
        assert_signed_in(&theirs);
    }
}

#[test]
fn r114_a_sign_in_is_seen_in_every_tab_without_reload() {
    for kind in [SessionStore::Local, SessionStore::Cookie] {
        let world = World::new();
        let (_tab, waiting) = another_tab(&world, &config_in(kind));
        assert_signed_out(&waiting, SignedOutReason::Never);
        let (_tab2, auth) = sign_in(&world, &config_in(kind));
        assert!(waiting.state().is_signed_in(), "{}", kind.as_str());
        assert_eq!(token(&world, &waiting), token(&world, &auth));
    }
}

#[test]
fn r100_r114_another_user_replaces_the_first_and_is_never_mixed_with_them() {
    for kind in [SessionStore::Local, SessionStore::Cookie] {
        let mut config = config_in(kind);
        config.load_user = true;
        let world = World::new();
        let (_tab, first) = sign_in(&world, &config);
        assert_eq!(name_of(&first).as_deref(), Some("Ada"));
        world.server().account = Account::named("Bob");
        let (_tab2, second) = sign_in(&world, &config);
        for auth in [&first, &second] {
            assert_eq!(name_of(auth).as_deref(), Some("Bob"), "{}", kind.as_str());
            assert_eq!(token(&world, auth), token(&world, &second));
        }
    }
}

#[test]
fn r114_a_tab_that_missed_the_message_notices_when_it_becomes_visible() {
    let world = World::new();
    let (tab, auth) = sign_in(&world, &config());
    let (_other, theirs) = another_tab(&world, &config());
    tab.freeze();
    world.run(theirs.sign_out()).expect("signed out");
    assert_signed_in(&auth);
    tab.restore();
    world.settle();
    assert_signed_out(&auth, SignedOutReason::SignedOutElsewhere);

    let (tab, auth) = sign_in(&world, &config());
    world.set_channels(false);
    let (_other, theirs) = another_tab(&world, &config());
    world.run(theirs.sign_out()).expect("signed out");
    tab.show();
    world.settle();
    assert_signed_out(&auth, SignedOutReason::SignedOutElsewhere);
}

#[test]
fn r114_clearing_the_sites_data_signs_out() {
    let world = World::new();
    let (tab, auth) = sign_in(&world, &config());
    world.clear(SessionStore::Local);
    tab.show();
    world.settle();
    assert!(!auth.state().is_signed_in());
}

#[test]
fn a_record_that_cannot_be_removed_is_an_error() {
    let world = World::new();
    let (_tab, auth) = sign_in(&world, &config());
    world.set_store_fault(SessionStore::Local, StoreFault::Broken);
    let error = world.run(auth.sign_out()).expect_err("broken");
    assert_eq!(error.code(), ErrorCode::StorageUnavailable);
    assert_signed_out(&auth, SignedOutReason::SignedOut);
}

#[test]
fn signing_out_twice_or_signed_out_is_no_error() {
    let world = World::new();
    let (_tab, auth) = another_tab(&world, &config());
    assert_eq!(world.run(auth.sign_out()), Ok(()));
    let (_tab, auth) = sign_in(&world, &config());
    assert_eq!(world.run(auth.sign_out()), Ok(()));
    assert_eq!(world.run(auth.sign_out()), Ok(()));
    sign_in(&world, &config());
}

#[test]
fn a_closed_client_does_not_sign_out() {
    let world = World::new();
    let (tab, auth) = sign_in(&world, &config());
    auth.close();
    assert_eq!(world.run(auth.sign_out()).expect_err("closed").code(), ErrorCode::Closed);
    assert_signed_in(&start(&world, &tab, &config()));
}

fn name_of(auth: &Auth) -> Option<String> {
    match &*auth.state() {
        AuthState::SignedIn { user, .. } => user.as_ref()?.name().map(str::to_owned),
        _ => None,
    }
}

#[test]
fn r99_an_abandoned_exchange_does_not_change_the_store() {
    // In `sessionStorage` a sign-out elsewhere ends the sign-ins under way, and no other tab's session.
    let mut config = config_with_revocation();
    config.store = SessionStore::Session;
    let world = World::new();
    let (_other, theirs) = sign_in(&world, &config);
    let (tab, auth) = sign_in(&world, &config);
    let known = token(&world, &auth);
    let _call = leave(&world, &tab, &auth);
    let tab = world.authorize(&tab);
    let gate = world.hold(TOKEN);
    let late = tab.call(Auth::start_with_config(tab.clone(), config.clone()));
    world.advance(SECOND);
    world.run(theirs.sign_out()).expect("signed out");
    gate.open();
    world.settle();
    let late = late.take().expect("ended").expect("started");
    assert_eq!(token(&world, &late), known, "signed in, as its store says");
}

#[test]
fn r114_a_sign_in_elsewhere_is_seen_although_its_message_came_before_the_first_listener() {
    let world = Rc::new(World::new());
    let (_tab, auth) = sign_in(&world, &config());
    let record = world.records(SessionStore::Local).into_iter().next().expect("the session");
    let tab = world.authorize(&away(&world, &config()));
    let gate = world.hold(TOKEN);
    let mut config = config();
    let own = world.clone();
    config.on_event = Some(Rc::new(move |event| {
        if matches!(event, Event::SignedOut(_)) {
            // Another tab signs in right now, before any listener for its message exists.
            own.plant(&record.0, &record.1);
        }
    }));
    let late = tab.call(Auth::start_with_config(tab.clone(), config));
    world.advance(SECOND);
    drop(auth.sign_out());
    gate.open();
    world.settle();
    assert_signed_in(&late.take().expect("ended").expect("started"));
}

#[test]
fn r114_a_sign_out_whose_message_arrives_before_its_removal_is_seen_a_moment_later() {
    let world = World::new();
    let config = config_in(SessionStore::Cookie);
    let (_tab, auth) = sign_in(&world, &config);
    let (other, theirs) = another_tab(&world, &config);
    let key = keys(&world, SessionStore::Cookie).remove(0);
    let channel = key.strip_suffix("session").expect("the session");
    other.listen(channel, Rc::new(|_| {})).broadcast_change();
    world.settle();
    assert_signed_in(&theirs);
    world.clear(SessionStore::Cookie);
    world.advance(SECOND);
    assert_signed_out(&auth, SignedOutReason::SignedOutElsewhere);
}
