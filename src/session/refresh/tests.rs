use super::*;
use crate::protocol::transaction::tests::NOW;
use crate::session::tests::session;

fn after(seconds: u64) -> UnixTime {
    NOW.plus(Duration::from_secs(seconds))
}

fn at(session: &Session, refresh_plan: &RefreshPlan, seconds: u64) -> Decision {
    decide(session, refresh_plan, after(seconds), Trigger::Tick)
}

fn wait_until(seconds: u64) -> Decision {
    Decision::Wait(Some(after(seconds)))
}

#[test]
fn an_hour_is_refreshed_a_minute_before_its_end() {
    let session = session(3600);
    assert_eq!(due_at(&session, 0.0), Some(after(3540)));
    assert_eq!(due_at(&session, 1.0), Some(after(3510)), "jitter only ever moves it earlier");
    let refresh_plan = RefreshPlan::default();
    assert_eq!(at(&session, &refresh_plan, 0), wait_until(3540));
    assert_eq!(at(&session, &refresh_plan, 3539), wait_until(3540));
    assert_eq!(at(&session, &refresh_plan, 3540), Decision::Refresh);
    assert_eq!(at(&session, &refresh_plan, 100_000), Decision::Refresh, "after a long sleep");
}

#[test]
fn a_minute_is_refreshed_a_quarter_before_its_end() {
    assert_eq!(due_at(&session(60), 0.0), Some(after(45)));
    assert_eq!(due_at(&session(4), 0.0), Some(after(3)));
}

#[test]
fn r97_absurd_lifetimes_neither_overflow_nor_storm() {
    for lifetime in [1, 1 << 31, 1 << 53, 1_000_000_000_000] {
        let session = session(lifetime);
        let Decision::Wait(Some(wake)) = at(&session, &RefreshPlan::default(), 0) else {
            panic!("{lifetime}")
        };
        assert!(wake > NOW && Some(wake) <= session.expires_at, "{lifetime}");
    }
    let mut refresh_plan = RefreshPlan::default();
    refresh_plan.attempted(after(10));
    assert_eq!(
        at(&session(1), &refresh_plan, 10),
        Decision::BackOff(after(11)),
        "one second at least"
    );
}

#[test]
fn r97_the_pause_outlives_a_success() {
    // A server that answered `expires_in: 0.01` got a hundred requests a second.
    let mut refresh_plan = RefreshPlan::default();
    refresh_plan.attempted(after(10));
    refresh_plan = refresh_plan.refreshed(0.0);
    let refreshed = Session { issued_at: after(5), expires_at: Some(after(6)), ..session(1) };
    assert_eq!(at(&refreshed, &refresh_plan, 10), Decision::BackOff(after(11)));
    assert_eq!(at(&refreshed, &refresh_plan, 11), Decision::Refresh);
    assert_eq!(at(&refreshed, &refresh_plan, 9), Decision::Refresh, "after the clock was set back");
}

#[test]
fn without_a_refresh_token_the_session_ends_with_its_token() {
    let session = Session { refresh_token: None, ..session(60) };
    let refresh_plan = RefreshPlan::default();
    assert_eq!(at(&session, &refresh_plan, 59), wait_until(60));
    assert_eq!(at(&session, &refresh_plan, 60), Decision::End(SignedOutReason::Expired));
    assert!(!session.is_valid(after(60)), "an expired token is never handed out");
}

#[test]
fn r96_failures_back_off_with_full_jitter_up_to_a_bound() {
    let session = session(60);
    for jitter in [0.0, 0.5, 0.999] {
        let mut refresh_plan = RefreshPlan::default();
        for round in 0..40 {
            refresh_plan.failed(after(60), &Error::new(ErrorCode::NetworkError), jitter);
            let Decision::BackOff(until) = at(&session, &refresh_plan, 60) else {
                panic!("{round}")
            };
            let pause = until.since(after(60));
            assert!((MIN_PAUSE..=MAX_PAUSE).contains(&pause), "round {round}: {pause:?}");
        }
        assert!(refresh_plan.is_failing());
    }
}

#[test]
fn r96_retry_after_is_honoured_even_on_demand() {
    let session = session(60);
    let error = Error::from_response(
        ErrorCode::ServerUnavailable,
        503,
        Some(Duration::from_secs(300)),
        None,
    );
    let mut refresh_plan = RefreshPlan::default();
    refresh_plan.failed(after(60), &error, 0.0);
    refresh_plan.reconnected(after(60));
    for trigger in [Trigger::Tick, Trigger::Demand] {
        let decision = decide(&session, &refresh_plan, after(61), trigger);
        assert_eq!(decision, Decision::BackOff(after(360)), "{trigger:?}");
    }
    assert_eq!(at(&session, &refresh_plan, 360), Decision::Refresh);
}

#[test]
fn a_call_ends_the_pause_at_once_and_the_network_coming_back_within_seconds() {
    let session = session(60);
    for (jitter, millis) in [(0.0, 0), (0.5, 2_500), (1.0, 5_000)] {
        let mut refresh_plan = RefreshPlan::new(jitter);
        refresh_plan.attempted(after(60));
        for _ in 0..10 {
            refresh_plan.failed(after(60), &Error::new(ErrorCode::NetworkError), 1.0);
        }
        assert_eq!(at(&session, &refresh_plan, 62), Decision::BackOff(after(180)));
        assert_eq!(decide(&session, &refresh_plan, after(62), Trigger::Demand), Decision::Refresh);
        refresh_plan.reconnected(after(62));
        let soon = after(62).plus(Duration::from_millis(millis));
        assert_eq!(decide(&session, &refresh_plan, soon, Trigger::Tick), Decision::Refresh);
        if millis > 0 {
            assert_eq!(at(&session, &refresh_plan, 62), Decision::BackOff(soon), "not all at once");
        }
    }
}

#[test]
fn a_network_that_comes_back_delays_no_attempt() {
    let session = session(60);
    let mut refresh_plan = RefreshPlan::new(1.0);
    refresh_plan.reconnected(after(60));
    assert_eq!(at(&session, &refresh_plan, 60), Decision::Refresh);
    refresh_plan.failed(after(60), &Error::new(ErrorCode::NetworkError), 0.0);
    refresh_plan.reconnected(after(60));
    assert_eq!(at(&session, &refresh_plan, 61), Decision::Refresh);
}

#[test]
fn r149_a_clock_set_back_leads_to_a_refresh_and_not_to_a_wait_of_years() {
    let session = session(3600);
    let earlier = NOW.minus(Duration::from_secs(400 * 86_400));
    assert_eq!(
        decide(&session, &RefreshPlan::default(), earlier, Trigger::Tick),
        Decision::Refresh
    );
    let mut refresh_plan = RefreshPlan::default();
    refresh_plan.attempted(NOW);
    assert_eq!(decide(&session, &refresh_plan, earlier, Trigger::Tick), Decision::Refresh);
}

#[test]
fn r94_under_the_lock_another_tabs_result_is_adopted() {
    let mine = session(60);
    assert_eq!(decide_locked(&mine, Stored::Unknown), LockedDecision::Refresh);
    let own = Stored::Session(Rc::new(mine.clone()));
    assert_eq!(decide_locked(&mine, own), LockedDecision::Refresh);
    assert_eq!(decide_locked(&mine, Stored::SignedOut), LockedDecision::SignedOutElsewhere);
    let other = crate::session::tests::tokens("a2", Some("r2"));
    let refreshed = Rc::new(mine.refreshed(other, after(50), Duration::ZERO));
    let adopted = decide_locked(&mine, Stored::Session(refreshed.clone()));
    assert_eq!(adopted, LockedDecision::Adopt(refreshed));
}

#[test]
fn r96_invalid_grant_ends_the_session_at_once_and_any_other_refusal_at_the_third() {
    let mut refresh_plan = RefreshPlan::default();
    assert!(refresh_plan.ends_session(&Error::new(ErrorCode::InvalidGrant)));
    let refusal = Error::new(ErrorCode::TokenError);
    let trouble = Error::new(ErrorCode::NetworkError);
    for _ in 0..2 {
        assert!(!refresh_plan.ends_session(&refusal));
        refresh_plan.failed(after(60), &refusal, 0.0);
        // Trouble in between changes nothing.
        refresh_plan.failed(after(60), &trouble, 0.0);
        assert!(!refresh_plan.ends_session(&trouble));
    }
    assert!(refresh_plan.ends_session(&refusal));
    assert!(!refresh_plan.refreshed(0.0).ends_session(&refusal), "a success resets the plan");
    for code in [
        ErrorCode::NetworkError,
        ErrorCode::Timeout,
        ErrorCode::ServerUnavailable,
        ErrorCode::NotJson,
        ErrorCode::InvalidTokenResponse,
        ErrorCode::UnexpectedStatus,
    ] {
        assert!(!refresh_plan.ends_session(&Error::new(code)), "{}", code.as_str());
    }
}

#[test]
fn c16_a_token_that_does_not_expire_is_never_due() {
    let for_ever = Session { expires_at: None, refresh_token: None, ..session(60) };
    assert_eq!(at(&for_ever, &RefreshPlan::default(), 1 << 40), Decision::Wait(None));
    let refreshable = Session { expires_at: None, ..session(60) };
    assert_eq!(at(&refreshable, &RefreshPlan::default(), 1 << 40), Decision::Wait(None));
    assert_eq!(due_at(&for_ever, 0.5), None);
}

#[test]
fn r96_r149_a_pause_does_not_outlive_a_clock_that_is_set_back() {
    let session = session(60);
    let error = Error::from_response(ErrorCode::ServerUnavailable, 503, Some(MAX_PAUSE), None);
    let mut refresh_plan = RefreshPlan::default();
    refresh_plan.attempted(after(1000));
    refresh_plan.failed(after(1000), &error, 0.9);
    assert!(matches!(at(&session, &refresh_plan, 1001), Decision::BackOff(_)));
    for trigger in [Trigger::Tick, Trigger::Demand] {
        assert_eq!(
            decide(&session, &refresh_plan, after(400), trigger),
            Decision::Refresh,
            "{trigger:?}"
        );
    }
}

#[test]
fn r96_a_failed_refresh_is_tried_again_although_the_token_is_not_due() {
    // A token that an API rejected is refreshed early. If that fails, the state must not show it for an hour.
    let session = session(3600);
    let mut refresh_plan = RefreshPlan::default();
    refresh_plan.attempted(after(10));
    refresh_plan.failed(after(11), &Error::new(ErrorCode::NetworkError), 0.0);
    assert_eq!(at(&session, &refresh_plan, 11), Decision::BackOff(after(12)));
    assert_eq!(at(&session, &refresh_plan, 12), Decision::Refresh);
    assert_eq!(at(&session, &refresh_plan.refreshed(0.0), 12), wait_until(3540));
}

#[test]
fn r96_a_call_with_a_valid_token_does_not_hurry_a_failed_refresh() {
    let mut refresh_plan = RefreshPlan::default();
    refresh_plan.attempted(after(10));
    refresh_plan.failed(after(10), &Error::new(ErrorCode::NetworkError), 0.999);
    refresh_plan.failed(after(10), &Error::new(ErrorCode::NetworkError), 0.999);
    let decision = decide(&session(3600), &refresh_plan, after(12), Trigger::Demand);
    assert!(matches!(decision, Decision::BackOff(_)), "{decision:?}");
}

#[test]
fn r95_the_tokens_requested_last_win() {
    let mine = session(60);
    let tokens = crate::session::tests::tokens("a2", Some("r2"));
    let stored = mine.refreshed(tokens, after(50), Duration::ZERO);
    let won = |requested_at| supersedes(&stored, &mine, after(requested_at), &Ok(()));
    assert!(won(49) && won(50) && !won(51));
    assert!(!supersedes(&mine, &mine, after(0), &Ok(())), "our own record never does");
}
