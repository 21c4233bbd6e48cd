//! The record of a sign-in under way (R17 to R26).

use std::time::Duration;

use basic_oauth::platform::SessionStore;
use basic_oauth::protocol::RedirectUri;
use basic_oauth::{AuthorizationServer, Config, ErrorCode, SignInOptions, SignedOutReason};
use basic_oauth_testing::Native;
use basic_oauth_testing::World;
use basic_oauth_testing::flow::*;

/// The same app after its developers moved to another server.
fn moved() -> Config {
    let mut config = config();
    config.registration.server =
        AuthorizationServer::basic_at(&Native, "https://b.example").expect("a valid origin");
    config
}

fn transactions(world: &World) -> Vec<String> {
    keys(world, SessionStore::Local).into_iter().filter(|key| key.contains(".tx.")).collect()
}

#[test]
fn r17_a_code_goes_only_to_the_server_of_its_request() {
    let renamed = with_issuer(moved(), "https://api.basic.tech/auth/token");
    for changed in [moved(), renamed] {
        let world = World::new();
        let tab = world.authorize(&away(&world, &config()));
        let auth = start(&world, &tab, &changed);
        // The record is another client's, and so is the answer: it is left alone.
        assert_eq!(state_error(&auth), None);
        assert!(tab.address().contains("code="));
        assert!(world.requests().is_empty());
    }
}

#[test]
fn r17_a_code_of_another_redirect_uri_is_not_sent() {
    let world = World::new();
    let tab = away(&world, &config());
    let mut changed = config();
    changed.registration.redirect_uri =
        RedirectUri::parse(&Native, "https://app.example/other").expect("a valid redirect URI");
    let url = world.consent(&tab).url().replace("/callback", "/other");
    let auth = start(&world, &tab.go(&url), &changed);
    assert_eq!(state_error(&auth), None, "it is another client's, and left alone");
    assert!(world.requests().is_empty());
}

#[test]
fn r18_one_callback_address_in_two_tabs_at_once_is_one_exchange() {
    for seed in 0..50 {
        let world = World::new();
        let tab = away(&world, &config());
        let url = world.consent(&tab).url();
        let tabs = [world.open(&url), world.open(&url)];
        world.shuffle(seed);
        let calls = tabs.map(|tab| tab.call(Auth::start_with_config(tab.clone(), config())));
        world.advance(SECOND);
        let both = calls.map(|call| call.take().expect("ended").expect("started"));
        assert_eq!(exchanges(&world).len(), 1, "seed {seed}");
        assert!(both.iter().all(|auth| auth.state().is_signed_in()), "seed {seed}");
        assert!(world.server().violations().is_empty(), "seed {seed}");
    }
}

#[test]
fn r18_the_record_is_gone_before_the_code_is_sent() {
    let world = World::new();
    let tab = away(&world, &config());
    let url = world.consent(&tab).url();
    let gate = world.hold(TOKEN);
    let tab = tab.go(&url);
    let _call = tab.call(Auth::start_with_config(tab.clone(), config()));
    world.settle();
    assert_eq!(exchanges(&world).len(), 1);
    assert!(transactions(&world).is_empty());
    tab.close();
    gate.open();
    let auth = start(&world, &world.open(&url), &config());
    assert_eq!(state_error(&auth), Some(ErrorCode::UnknownState));
    assert_eq!(exchanges(&world).len(), 1, "closed in the middle, the code is not sent again");
}

#[test]
fn r19_a_slow_user_can_sign_in_and_a_slower_one_cannot() {
    let lifetime = config().transaction_lifetime;
    for (spent, is_in_time) in [(61 * SECOND, true), (lifetime, true), (lifetime + SECOND, false)] {
        let world = World::new();
        let tab = away(&world, &config());
        world.sleep(spent);
        let auth = start(&world, &world.authorize(&tab), &config());
        assert_eq!(auth.state().is_signed_in(), is_in_time, "{spent:?}");
        assert_eq!(exchanges(&world).len(), usize::from(is_in_time), "{spent:?}");
        assert!(transactions(&world).is_empty());
    }
}

#[test]
fn r19_a_record_that_expires_between_start_and_callback_is_refused_on_read() {
    let mut patient = config();
    patient.transaction_lifetime = Duration::from_secs(60);
    let world = World::new();
    let tab = away(&world, &patient);
    let url = world.consent(&tab).url();
    world.jump(-120_000);
    let auth = start(&world, &tab.go(&url), &patient);
    assert!(!auth.state().is_signed_in(), "a clock that was set back is no longer lifetime");
    assert!(world.requests().is_empty());
}

#[test]
fn r20_an_error_with_a_known_state_consumes_the_record() {
    let world = World::new();
    let tab = away(&world, &config());
    let genuine = world.consent(&tab);
    let record = world.records(SessionStore::Local).pop_first().expect("one record").1;
    let verifier = record.lines().nth(4).expect("a verifier").to_owned();
    assert!(verifier.len() == 43 && dump(&world).contains(&verifier));
    let auth = start(&world, &tab.go(&genuine.clone().refused("access_denied").url()), &config());
    assert_eq!(state_error(&auth), Some(ErrorCode::AccessDenied));
    assert!(!dump(&world).contains(&verifier), "no verifier stays");
    let auth = start(&world, &world.open(&genuine.url()), &config());
    assert_eq!(state_error(&auth), Some(ErrorCode::UnknownState));
    assert!(world.requests().is_empty());
}

#[test]
fn r20_a_forged_callback_leaves_the_genuine_one_alone() {
    let world = World::new();
    let tab = away(&world, &config());
    for forged in ["?code=ATT&state=ATT", "?error=access_denied&state=x", "?code=ATT"] {
        let auth = start(&world, &world.open(&[CALLBACK, forged].concat()), &config());
        assert!(state_error(&auth).is_some(), "{forged}");
    }
    assert_eq!(transactions(&world).len(), 1);
    assert_signed_in(&start(&world, &world.authorize(&tab), &config()));
}

#[test]
fn c24_any_response_with_a_known_state_consumes_its_record() {
    let named = with_issuer(config(), "https://api.basic.tech");
    for fault in ["iss", "code", "error"] {
        let world = World::new();
        let tab = away(&world, &named);
        let redirect = world.consent(&tab).adding(fault, "other");
        let auth = start(&world, &tab.go(&redirect.url()), &named);
        assert!(state_error(&auth).is_some(), "{fault}");
        assert!(transactions(&world).is_empty() && world.requests().is_empty(), "{fault}");
    }
}

#[test]
fn r21_two_tabs_sign_in_at_once_and_both_succeed() {
    for order in [[0, 1], [1, 0]] {
        let world = World::new();
        let tabs = [away(&world, &config()), away(&world, &config())];
        assert_eq!(transactions(&world).len(), 2);
        for index in order {
            assert_signed_in(&start(&world, &world.authorize(&tabs[index]), &config()));
        }
        assert_eq!(exchanges(&world).len(), 2);
        assert!(world.server().violations().is_empty());
    }
}

#[test]
fn r22_an_odd_state_is_an_unknown_state() {
    let huge = "a".repeat(1 << 20);
    let world = World::new();
    let tab = away(&world, &config());
    for state in ["constructor", "__proto__", "toString", "", "%00", "../session", "session", &huge]
    {
        let url = format!("{CALLBACK}?code=x&state={state}");
        let auth = start(&world, &world.open(&url), &config());
        assert_eq!(state_error(&auth), Some(ErrorCode::UnknownState), "{state:.20}");
    }
    assert!(world.requests().is_empty());
    assert_signed_in(&start(&world, &world.authorize(&tab), &config()));
}

#[test]
fn r23_stale_records_go_at_start_and_foreign_ones_stay() {
    let world = World::new();
    let tab = away(&world, &config());
    let (key, record) = world.records(SessionStore::Local).pop_first().expect("one record");
    let prefix = &key[..key.find("tx.").unwrap() + 3];
    for index in 0..200 {
        world.plant(&format!("{prefix}{index:043}"), &record);
    }
    let foreign =
        ["other", "basic-oauth", "basic-oauth.other.session", "basic-oauth.other.tx.1", ""];
    for name in foreign {
        world.plant(name, "foreign");
    }
    world.sleep(HOUR);
    tab.close();
    let _tab = another_tab(&world, &config());
    let mut left = keys(&world, SessionStore::Local);
    left.sort();
    let mut expected = foreign.map(str::to_owned);
    expected.sort();
    assert_eq!(left, expected);
}

#[test]
fn r23_the_number_of_sign_ins_under_way_is_bounded() {
    let world = World::new();
    for _ in 0..50 {
        let _tab = away(&world, &config());
        world.advance(SECOND);
    }
    assert!(transactions(&world).len() <= 11, "{}", transactions(&world).len());
    let newest = away(&world, &config());
    assert_signed_in(&start(&world, &world.authorize(&newest), &config()));
}

#[test]
fn r24_a_popup_that_copied_the_records_and_its_opener_make_one_exchange() {
    for kind in [SessionStore::Session, SessionStore::Local] {
        let world = World::new();
        let config = config_in(kind);
        let tab = away(&world, &config);
        let url = world.consent(&tab).url();
        let popup = tab.open_popup(&url);
        assert_signed_in(&start(&world, &popup, &config));
        let _auth = start(&world, &tab.go(&url), &config);
        assert_eq!(exchanges(&world).len(), 1, "{}", kind.as_str());
        assert!(world.server().violations().is_empty());
    }
}

#[test]
fn r25_r148_two_clients_of_one_origin_do_not_affect_each_other() {
    let world = World::new();
    let mut other = config();
    other.registration.client_id = "other-client".into();
    world.plant("theme", "dark");
    world.plant("basic-oauth", "not ours");
    let (_tab, mine) = sign_in(&world, &config());
    let (_tab2, theirs) = sign_in(&world, &other);
    let pending = away(&world, &other);
    let before = world.records(SessionStore::Local);
    world.run(mine.sign_out()).expect("signed out");
    world.settle();
    let after = world.records(SessionStore::Local);
    assert_eq!(before.len() - after.len(), 1, "only the session of one client is gone");
    assert_signed_out(&mine, SignedOutReason::SignedOut);
    assert_signed_in(&theirs);
    assert_eq!(after["theme"], "dark");
    assert_signed_in(&start(&world, &world.authorize(&pending), &other));
}

#[test]
fn r26_a_tampered_record_counts_as_absent() {
    let huge = "x".repeat(1 << 20);
    for broken in 0.. {
        let world = World::new();
        let tab = away(&world, &config());
        let url = world.consent(&tab).url();
        let (_tab, auth) = sign_in(&world, &config());
        auth.close();
        let originals = world.records(SessionStore::Local);
        let wrong = |text: &str| -> Option<String> {
            Some(match broken {
                0 => String::new(),
                1 => text[..text.len() / 2].into(),
                2 => "null".into(),
                3 => "[]".into(),
                4 => "42".into(),
                5 => huge.clone(),
                6 => r#"{"__proto__":{"access_token":"x","v":1}}"#.into(),
                7 => text.replacen('\n', "9\n", 1),
                8 => [text, "\n"].concat(),
                9 => text.replace('\n', "\r\n"),
                10 => text.replacen('\n', "\n\n", 1),
                11 => text.lines().rev().collect::<Vec<_>>().join("\n"),
                12 => "\n".repeat(10),
                13 => "\n".repeat(11),
                _ => return None,
            })
        };
        for (key, text) in &originals {
            let Some(text) = wrong(text) else { return };
            world.plant(key, &text);
        }
        let auth = start(&world, &world.open(HOME), &config());
        assert_signed_out(&auth, SignedOutReason::Never);
        let auth = start(&world, &world.open(&url), &config());
        assert!(!auth.state().is_signed_in(), "case {broken}");
        assert_eq!(exchanges(&world).len(), 1, "only the first one, case {broken}");
        let (_tab, auth) = sign_in(&world, &config());
        assert!(token(&world, &auth).starts_with("access-"), "usable afterwards, case {broken}");
    }
}

#[test]
fn a_transaction_that_cannot_be_stored_is_an_error_without_a_redirect() {
    use basic_oauth_testing::StoreFault;
    let world = World::new();
    let tab = world.open(HOME);
    let auth = start(&world, &tab, &config_in(SessionStore::Memory));
    world.set_store_fault(SessionStore::Local, StoreFault::Full);
    let call = tab.call({
        let auth = auth.clone();
        async move { auth.sign_in(SignInOptions::default()).await }
    });
    world.settle();
    assert_eq!(call.take().expect("ended").expect_err("full").code(), ErrorCode::StorageFull);
    assert!(tab.navigations().is_empty());
    world.set_store_fault(SessionStore::Local, None);
    assert!(leave(&world, &tab, &auth).take().is_none(), "the button works again");
}

#[test]
fn r18_a_slow_tab_with_another_sign_in_does_not_let_two_tabs_through() {
    for seed in 0..20 {
        let world = World::new();
        let (slow, tab) = (away(&world, &config()), away(&world, &config()));
        let first = slow.go(&world.consent(&slow).url());
        first.hide();
        let _starting = first.call(Auth::start_with_config(first.clone(), config()));
        world.settle();
        // Its timers are slow, and so it keeps its lock for a minute.
        assert_eq!(world.held_locks().len(), 1);
        let url = world.consent(&tab).url();
        let tabs = [world.open(&url), world.open(&url)];
        let _calls =
            tabs.each_ref().map(|tab| tab.call(Auth::start_with_config(tab.clone(), config())));
        world.shuffle(seed);
        world.interleave(".tx.", seed);
        world.advance(MINUTE);
        assert_eq!(exchanges(&world).len(), 2, "seed {seed}");
        assert!(world.server().violations().is_empty(), "seed {seed}");
    }
}
