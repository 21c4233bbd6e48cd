//! Time: lifetimes, clocks, sleep, slow timers, and how little an idle page does (R97, R149).

use std::time::Duration;

use basic_oauth::codec::Json;
use basic_oauth::{AuthState, RefreshStatus};
use basic_oauth_testing::flow::*;
use basic_oauth_testing::{Answer, World};

const DAY: Duration = Duration::from_secs(86_400);
/// Browsers keep a delay in 32 bits.
const LONGEST_TIMER: Duration = Duration::from_millis(i32::MAX as u64);

#[test]
fn r97_any_lifetime_neither_storms_nor_hands_out_an_expired_token() {
    let cases = [
        (Duration::from_millis(10), Some(Json::Number(0.01))),
        (SECOND, Some(Json::Number(1.0))),
        (2 * SECOND, Some(Json::Number(2.0))),
        (5 * SECOND, Some(Json::Number(5.0))),
        (MINUTE, Some(Json::Number(60.0))),
        (HOUR, None),
        (HOUR, Some(Json::Number(0.0))),
        (DAY, Some(Json::Number(86_400.0))),
        (30 * DAY, Some(Json::Number(2_592_000.0))),
        (1000 * DAY, Some(Json::Number(2_147_483_648.0))),
        (1000 * DAY, Some(Json::Number(1e12))),
    ];
    for (lifetime, expires_in) in cases {
        let world = World::new();
        world.server().access_lifetime = lifetime.max(SECOND);
        world.server().expires_in = expires_in.clone();
        let (tab, auth) = sign_in(&world, &config());
        let case = format!("{lifetime:?}");
        for _ in 0..50 {
            world.advance(Duration::from_millis(100));
            assert_token_is_good(&world, &tab, &auth);
        }
        assert!(
            refreshes(&world).len() <= 6,
            "{case}: {} in five seconds",
            refreshes(&world).len()
        );
        let long = (200 * lifetime.max(SECOND)).min(100 * DAY);
        world.advance(long);
        assert_signed_in(&auth);
        assert_token_is_good(&world, &tab, &auth);
        // Beyond 2^31 milliseconds a browser's timer fires at once.
        assert!(refreshes(&world).len() <= 400, "{case}: {}", refreshes(&world).len());
        if lifetime > long {
            assert!(refreshes(&world).is_empty(), "{case}");
        }
        assert!(world.server().violations().is_empty(), "{case}");
    }
}

#[test]
fn r97_after_a_sleep_the_session_is_checked_on_waking() {
    let (world, tab, auth) = signed_in_for(HOUR);
    world.sleep(8 * HOUR);
    world.settle();
    assert!(refreshes(&world).is_empty(), "nothing runs in a sleep");
    tab.show();
    world.settle();
    assert_eq!(refreshes(&world).len(), 1);
    assert_token_is_good(&world, &tab, &auth);
}

#[test]
fn r97_r149_a_clock_that_jumps_neither_ends_a_session_nor_storms() {
    for jump in [-400 * 86_400_000_i64, -3_600_000, -61_000, 61_000, 3_600_000, 400 * 86_400_000] {
        let (world, tab, auth) = signed_in_for(HOUR);
        world.advance(MINUTE);
        world.jump(jump);
        tab.show();
        for _ in 0..50 {
            world.advance(Duration::from_millis(100));
            assert_token_is_good(&world, &tab, &auth);
        }
        assert!(refreshes(&world).len() <= 2, "{jump}: {}", refreshes(&world).len());
        world.advance(3 * HOUR);
        assert_signed_in(&auth);
        assert_token_is_good(&world, &tab, &auth);
        assert!((2..=8).contains(&refreshes(&world).len()), "{jump}: {}", refreshes(&world).len());
        assert!(world.server().violations().is_empty(), "{jump}");
    }
}

#[test]
fn r97_a_missing_or_absurd_lifetime_is_survived() {
    let cases = [
        None,
        Some(Json::Null),
        Some(Json::Bool(true)),
        Some(Json::Number(0.0)),
        Some(Json::Number(-1.0)),
        Some(Json::Number(f64::from(1u32 << 31))),
        Some(Json::Number(1e308)),
        Some("3600".into()),
        Some("NaN".into()),
        Some("soon".into()),
        Some(Json::Array(vec![Json::Number(3600.0)])),
    ];
    for expires_in in cases {
        let world = World::new();
        world.server().expires_in = expires_in.clone();
        let (tab, auth) = sign_in(&world, &config());
        for _ in 0..50 {
            world.advance(Duration::from_millis(100));
            assert_token_is_good(&world, &tab, &auth);
            assert!(world.next_timer().is_none_or(|wait| wait <= LONGEST_TIMER), "{expires_in:?}");
        }
        assert!(refreshes(&world).len() <= 6, "{expires_in:?}: {}", refreshes(&world).len());
        world.advance(3 * HOUR);
        assert_signed_in(&auth);
        assert_token_is_good(&world, &tab, &auth);
        assert!(world.server().violations().is_empty(), "{expires_in:?}");
    }
}

#[test]
fn r97_no_timer_is_longer_than_a_browser_can_count() {
    let world = World::new();
    world.server().access_lifetime = 1000 * DAY;
    world.server().expires_in = Some(Json::Number(1e12));
    let (tab, auth) = sign_in(&world, &config());
    world.advance(SECOND);
    let wait = world.next_timer().expect("it looks again");
    assert!(wait > LONGEST_TIMER - MINUTE && wait <= LONGEST_TIMER, "{wait:?}");
    let before = tab.wake_ups();
    world.advance(100 * DAY);
    assert_eq!(tab.wake_ups() - before, 4, "it looks at the clock, and waits on");
    assert!(refreshes(&world).is_empty());
    assert_token_is_good(&world, &tab, &auth);
}

#[test]
fn r97_a_hidden_tab_refreshes_in_time_although_its_timers_are_slow() {
    let (world, tab, auth) = signed_in_for(HOUR);
    tab.hide();
    for _ in 0..300 {
        world.advance(MINUTE);
        assert!(auth.expires_at().expect("signed in") > world.now(), "never expired");
    }
    assert_eq!(refreshes(&world).len(), 5, "one in an hour");
}

#[test]
fn r97_a_hidden_tab_with_a_minute_long_token_refreshes_once_a_minute() {
    let (world, tab, auth) = signed_in_for(MINUTE);
    tab.hide();
    for _ in 0..60 {
        world.advance(MINUTE);
        assert_token_is_good(&world, &tab, &auth);
    }
    let count = refreshes(&world).len();
    assert!((30..=61).contains(&count), "{count} in an hour");
    tab.show();
    world.advance(SECOND);
    assert!(auth.expires_at().expect("signed in") > world.now(), "fresh as soon as it is seen");
}

#[test]
fn r97_a_hidden_tab_neither_storms_nor_gives_up_when_the_server_is_down() {
    let (world, tab, auth) = signed_in_for(HOUR);
    tab.hide();
    world.answer_always(TOKEN, Answer::json(503, "{}"));
    world.advance(3 * HOUR);
    let count = refreshes(&world).len();
    assert!((30..=125).contains(&count), "{count} in three hours, one of them with a good token");
    world.answer_always(TOKEN, None);
    world.advance(4 * MINUTE);
    let state = auth.state();
    assert!(matches!(&*state, AuthState::SignedIn { refresh: RefreshStatus::Ok, .. }), "{state:?}");
}

/// How often the timers of these tabs fire within an idle hour.
fn wake_ups_in_an_idle_hour(lifetime: Duration, tabs: usize) -> (usize, usize) {
    let (world, tab, auth) = signed_in_for(lifetime);
    let mut open = vec![(tab, auth)];
    open.extend((1..tabs).map(|_| another_tab(&world, &config())));
    world.advance(SECOND);
    let count = || open.iter().map(|(tab, _)| tab.wake_ups()).sum::<usize>();
    let (before, sent) = (count(), refreshes(&world).len());
    world.advance(HOUR);
    assert!(world.server().violations().is_empty());
    (count() - before, refreshes(&world).len() - sent)
}

#[test]
fn an_idle_hour_of_an_hour_long_token_wakes_a_page_twice() {
    // The refresh, and the moment for which its lock is kept.
    assert_eq!(wake_ups_in_an_idle_hour(HOUR, 1), (2, 1));
}

#[test]
fn ten_idle_tabs_wake_as_often_as_one() {
    // The tab that refreshes notifies the others, which postpone their own timers.
    assert_eq!(wake_ups_in_an_idle_hour(HOUR, 10), (2, 1));
}

#[test]
fn an_idle_hour_of_a_minute_long_token_wakes_a_page_only_for_its_refreshes() {
    for tabs in [1, 10] {
        let (wake_ups, refreshes) = wake_ups_in_an_idle_hour(MINUTE, tabs);
        assert!((80..=96).contains(&refreshes), "{tabs} tabs: {refreshes} refreshes");
        assert!(wake_ups.abs_diff(2 * refreshes) <= 2, "{tabs} tabs: {wake_ups} for {refreshes}");
    }
}
