//! In every order of events across tabs: a code is sent once, a refresh token is used once outside a
//! lost response, no expired token is handed out, no page is signed in after a sign-out, no call is
//! stuck, every outage is followed by recovery, a session that the server refuses ends in all tabs and
//! for that reason, a tab keeps its session and shares it with no copy, no other server gets a token, and
//! another store takes the session over (R25, R94 to R100, R105, R114, R149, R150).
//!
//! A scenario and a seed make one history, always the same. `BASIC_OAUTH_SEED` is the first seed, and
//! `BASIC_OAUTH_SCHEDULES` how many histories each scenario has. A failure prints its transcript and
//! how to replay it.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod copies;
mod deployment;
mod events;
mod foreign_clients;
mod history;
mod invariants;
mod openid;
mod pages;
mod refusals;
mod report;
mod rest;
mod scenario;

use basic_oauth::platform::SessionStore;

use history::History;
use report::{Counts, FailureReport, Transcript, log};
use scenario::Scenario;

/// How many histories each scenario has. They take minutes without optimisation.
const SCHEDULES: u64 = if cfg!(debug_assertions) { 30 } else { 8_500 };

/// Plays one history to its end.
fn play(scenario: Scenario, seed: u64) -> (Counts, Transcript) {
    let report = FailureReport { scenario: scenario.name, seed, transcript: Transcript::default() };
    let mut history = History::begin(scenario, seed, &report.transcript);
    history.live();
    history.recover();
    history.agree();
    history.deploy();
    history.agree();
    history.end();
    (history.into_counts(), report.transcript.clone())
}

fn simulate(scenario: Scenario) {
    let first = number_of("BASIC_OAUTH_SEED").unwrap_or_default();
    let count = number_of("BASIC_OAUTH_SCHEDULES").unwrap_or(SCHEDULES);
    let mut counts = Counts::default();
    for seed in first..first + count {
        let (own, transcript) = play(scenario, seed);
        counts.add(&own);
        if count == 1 {
            log(&transcript.lines().join("\n"));
        }
    }
    log(&format!(
        "{}: {count} schedules, seeds {first}..{}: {counts}",
        scenario.name,
        first + count
    ));
    if count >= 100 {
        check_enough_happened(scenario, count, &counts);
    }
}

/// A simulation with too few events proves nothing.
fn check_enough_happened(scenario: Scenario, schedules: u64, counts: &Counts) {
    let is_in_tab = scenario.store == SessionStore::Session;
    let is_in_memory = scenario.store == SessionStore::Memory;
    // One history in eighteen has an OpenID provider.
    let is_long = schedules >= 1_000;
    let expected = [
        ("exchanges", 1.0),
        ("refreshes", 2.0),
        ("sign-outs", 1.5),
        ("outages", 0.5),
        ("recoveries", 0.05),
        ("tokens", 1.0),
        ("sleeps", 0.5),
        ("clock jumps", 0.5),
        ("tabs closed", 0.5),
        ("refusals", 0.5),
        ("sessions refused at once", 0.04),
        ("sessions refused three times", 0.04),
        ("crashes", 0.5),
        ("copies signed out", if is_in_tab { 0.2 } else { 0.0 }),
        ("sessions restored", if is_in_tab { 0.5 } else { 0.0 }),
        ("refusals by another client", if scenario.is_shared() { 0.1 } else { 0.0 }),
        ("foreign clients", 0.3),
        ("deployments", 0.3),
        ("moved endpoints", if is_long { 0.01 } else { 0.0 }),
        ("deceptions", if is_long && scenario.has_locks { 0.01 } else { 0.0 }),
        ("wrong ID tokens", if is_long && scenario.has_locks { 0.002 } else { 0.0 }),
        ("sessions in a new store", if is_in_memory { 0.0 } else { 0.1 }),
        ("lost answers", if scenario.is_rough { 0.5 } else { 0.0 }),
        ("adoptions", if scenario.is_shared() { 1.0 } else { 0.0 }),
    ];
    for (what, per_schedule) in expected {
        let count = counts.of(what);
        let least = schedules as f64 * per_schedule;
        assert!(count as f64 >= least, "only {count} {what} in {schedules} schedules");
    }
}

fn number_of(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is not a number: {text}")))
}

const GENTLE: Scenario = Scenario {
    name: "r150_in_local_storage",
    store: SessionStore::Local,
    has_locks: true,
    is_rough: false,
    has_grace: false,
};
const ROUGH: Scenario = Scenario { is_rough: true, has_grace: true, ..GENTLE };

#[test]
fn r150_in_local_storage() {
    simulate(GENTLE);
}

#[test]
fn r150_in_cookies() {
    simulate(Scenario { name: "r150_in_cookies", store: SessionStore::Cookie, ..GENTLE });
}

#[test]
fn r150_in_session_storage() {
    simulate(Scenario { name: "r150_in_session_storage", store: SessionStore::Session, ..GENTLE });
}

#[test]
fn r150_in_memory() {
    simulate(Scenario { name: "r150_in_memory", store: SessionStore::Memory, ..GENTLE });
}

#[test]
fn r95_r150_in_local_storage_under_rough_conditions() {
    simulate(Scenario { name: "r95_r150_in_local_storage_under_rough_conditions", ..ROUGH });
}

#[test]
fn r95_r150_in_cookies_under_rough_conditions() {
    let name = "r95_r150_in_cookies_under_rough_conditions";
    simulate(Scenario { name, store: SessionStore::Cookie, ..ROUGH });
}

#[test]
fn r95_r150_in_session_storage_under_rough_conditions() {
    let name = "r95_r150_in_session_storage_under_rough_conditions";
    simulate(Scenario { name, store: SessionStore::Session, ..ROUGH });
}

#[test]
fn r95_r150_in_local_storage_a_strict_server_ends_a_session_only_with_a_lost_answer() {
    let name = "r95_r150_in_local_storage_a_strict_server_ends_a_session_only_with_a_lost_answer";
    simulate(Scenario { name, has_grace: false, ..ROUGH });
}

#[test]
fn r95_r150_in_memory_a_strict_server_ends_a_session_only_with_a_lost_answer() {
    let name = "r95_r150_in_memory_a_strict_server_ends_a_session_only_with_a_lost_answer";
    simulate(Scenario { name, store: SessionStore::Memory, has_grace: false, ..ROUGH });
}

#[test]
fn r94_r150_without_locks_in_local_storage() {
    let name = "r94_r150_without_locks_in_local_storage";
    simulate(Scenario { name, has_locks: false, ..ROUGH });
}

#[test]
fn r94_r150_without_locks_in_cookies() {
    let name = "r94_r150_without_locks_in_cookies";
    simulate(Scenario { name, store: SessionStore::Cookie, has_locks: false, ..ROUGH });
}

#[test]
fn r94_r150_without_locks_a_strict_server_ends_a_session_only_in_a_race() {
    let name = "r94_r150_without_locks_a_strict_server_ends_a_session_only_in_a_race";
    simulate(Scenario { name, has_locks: false, ..GENTLE });
}

#[test]
fn a_seed_always_takes_the_same_steps() {
    for scenario in [GENTLE, ROUGH, Scenario { has_locks: false, ..ROUGH }] {
        for seed in 0..20 {
            let [once, again] = [(); 2].map(|()| play(scenario, seed).1.lines());
            assert_eq!(once, again, "seed {seed}");
            assert!(once.len() > 20);
        }
    }
}
