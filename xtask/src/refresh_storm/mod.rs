//! Simulates the refresh storm: the network comes back to 100,000 users in the same second.
//!
//! Each page decides by the rules of `basic_oauth::session`, the code that runs in browsers, on a
//! virtual clock. `docs/refresh-storm.md` shows the table and the chart. A test compares both with this.

mod plot;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use basic_oauth::TokenExtras;
use basic_oauth::protocol::token::TokenResponse;
use basic_oauth::session::Session;
use basic_oauth::session::refresh::{Decision, RefreshPlan, Trigger, decide};
use basic_oauth::{AccessToken, Error, ErrorCode, RefreshToken, Scope, UnixTime};
use fastrand::Rng;

use crate::progress::{log, task};
use crate::workspace::Workspace;

const PAGES: usize = 100_000;
const LIFETIME: Duration = Duration::from_secs(3600);
/// Longer than the life of a token, so every page needs another one.
const OUTAGE: Duration = Duration::from_secs(65 * 60);
/// Requests that a busy server grants in a second. It answers the rest with 503.
const CAPACITY: u32 = 2_000;
const RESTORED: UnixTime = UnixTime::from_millis(1_800_000_000_000);
/// The hour after the outage, and the next refresh of every page.
const SECONDS: usize = 2 * 3600;
const SEED: u64 = 1;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Server {
    Healthy,
    Busy,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Jitter {
    Without,
    With,
}

/// Counts the requests in each second after the outage, and how many of them were granted.
struct Record {
    requests: Vec<u32>,
    granted: Vec<u32>,
}

pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let study = Study::make()?;
    for line in study.table() {
        log(&line);
    }
    let chart = workspace.path(CHART);
    fs::write(&chart, study.chart()?)?;
    log(&format!("The chart is in {}", chart.display()));
    Ok(())
}

/// Fails if the document shows another table or chart than the study makes.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let read = |name: &str| fs::read_to_string(workspace.path(name)).context(ADVICE);
    Study::make()?.matches(&read(DOCUMENT)?, &read(CHART)?)
}

const DOCUMENT: &str = "docs/refresh-storm.md";
const CHART: &str = "docs/refresh-storm.svg";
const ADVICE: &str = "`cargo xtask refresh-storm` draws the chart and prints the table";

struct Study(Vec<(Server, Jitter, Record)>);

impl Study {
    fn make() -> Result<Self> {
        let made: Result<_> = task("simulate 100,000 pages after an outage", || {
            let simulations = [
                Simulation::after_outage(Jitter::Without)?,
                Simulation::after_outage(Jitter::With)?,
            ];
            let runs = [Server::Healthy, Server::Busy].into_iter().flat_map(|server| {
                let simulations = simulations.iter().cloned();
                simulations.map(move |it| (server, it.jitter, it.reconnect(server)))
            });
            Ok(runs.collect())
        });
        made.map(Self)
    }

    fn matches(&self, document: &str, chart: &str) -> Result<()> {
        let table = self.table().join("\n");
        ensure!(document.contains(&table), "{DOCUMENT} has another table: {ADVICE}");
        ensure!(chart == self.chart()?, "{CHART} is another chart: {ADVICE}");
        Ok(())
    }

    fn table(&self) -> Vec<String> {
        let head = [
            "| token endpoint | jitter | most requests in a second | in half an hour | all refreshed after | most in a second, an hour later |",
            "| --- | --- | --: | --: | --: | --: |",
        ];
        let rows = self.0.iter().map(|(server, jitter, record)| {
            format!(
                "| {} | {} | {} | {} | {} s | {} |",
                match server {
                    Server::Healthy => "grants every request".to_owned(),
                    Server::Busy => format!("grants {CAPACITY} a second, 503 to the rest"),
                },
                if *jitter == Jitter::With { "yes" } else { "no" },
                peak(&record.requests[..SECONDS / 4]),
                record.requests[..SECONDS / 4].iter().sum::<u32>(),
                record.all_refreshed_after(),
                peak(&record.requests[SECONDS / 4..]),
            )
        });
        head.map(str::to_owned).into_iter().chain(rows).collect()
    }

    fn chart(&self) -> Result<String> {
        let requests = |server, jitter| {
            let run = self.0.iter().find(|(own, other, _)| (*own, *other) == (server, jitter));
            run.map(|(_, _, record)| record.requests.as_slice()).unwrap_or_default()
        };
        let panels = [
            ("A token endpoint that grants every request", Server::Healthy),
            ("A token endpoint that grants 2000 a second", Server::Busy),
        ];
        plot::svg(&panels.map(|(title, server)| plot::Panel {
            title,
            without: requests(server, Jitter::Without),
            with: requests(server, Jitter::With),
        }))
    }
}

fn peak(requests: &[u32]) -> u32 {
    requests.iter().copied().max().unwrap_or_default()
}

impl Record {
    fn all_refreshed_after(&self) -> usize {
        let mut missing = PAGES as u32;
        let last = self.granted.iter().position(|granted| {
            missing = missing.saturating_sub(*granted);
            missing == 0
        });
        last.map_or(SECONDS, |second| second + 1)
    }
}

#[derive(Clone)]
struct Page {
    session: Session,
    refresh_plan: RefreshPlan,
    wakes_at: UnixTime,
}

#[derive(Clone)]
struct Simulation {
    pages: Vec<Page>,
    queue: BinaryHeap<Reverse<(UnixTime, usize)>>,
    random: Rng,
    jitter: Jitter,
    tokens: TokenResponse,
}

impl Simulation {
    /// Pages at the end of the outage. Their users signed in during the hour before it.
    fn after_outage(jitter: Jitter) -> Result<Self> {
        let queue = BinaryHeap::with_capacity(2 * PAGES);
        let random = Rng::with_seed(SEED);
        let mut simulation = Self { pages: Vec::new(), queue, random, jitter, tokens: tokens()? };
        let lost = RESTORED.minus(OUTAGE);
        for index in 0..PAGES {
            let issued_at = lost.minus(simulation.random_time(LIFETIME));
            let (tokens, scope) = (simulation.tokens.clone(), Scope::granted(""));
            let session = Session::begin(String::new(), tokens, &scope, issued_at, LIFETIME);
            let refresh_plan = RefreshPlan::new(simulation.spread());
            simulation.pages.push(Page { session, refresh_plan, wakes_at: lost });
            simulation.queue.push(Reverse((lost, index)));
        }
        simulation.pass_until(RESTORED, |_| false);
        Ok(simulation)
    }

    fn reconnect(mut self, server: Server) -> Record {
        for index in 0..PAGES {
            let now = RESTORED.plus(self.random_time(Duration::from_secs(1)));
            self.pages[index].refresh_plan.reconnected(now);
            self.wake_at(index, now);
        }
        let mut record = Record { requests: vec![0; SECONDS], granted: vec![0; SECONDS] };
        let end = RESTORED.plus(Duration::from_secs(SECONDS as u64));
        self.pass_until(end, |now| {
            let second = now.since(RESTORED).as_secs() as usize;
            record.requests[second] += 1;
            let is_granted = server == Server::Healthy || record.granted[second] < CAPACITY;
            record.granted[second] += u32::from(is_granted);
            is_granted
        });
        record
    }

    /// Lets every page do what is due before `end`; `request` returns whether the server grants it.
    fn pass_until(&mut self, end: UnixTime, mut request: impl FnMut(UnixTime) -> bool) {
        while let Some(Reverse((now, index))) =
            self.queue.peek().copied().filter(|next| next.0.0 < end)
        {
            self.queue.pop();
            if self.pages[index].wakes_at == now {
                self.wake_up(index, now, &mut request);
            }
        }
    }

    fn wake_up(&mut self, index: usize, now: UnixTime, request: &mut impl FnMut(UnixTime) -> bool) {
        let (spread, pause) = (self.spread(), self.pause());
        let Page { session, refresh_plan, .. } = &mut self.pages[index];
        match decide(session, refresh_plan, now, Trigger::Tick) {
            Decision::Wait(Some(at)) | Decision::BackOff(at) => return self.wake_at(index, at),
            Decision::Wait(None) => return,
            Decision::End(_) => return,
            Decision::Refresh => refresh_plan.attempted(now),
        }
        if request(now) {
            *session = session.refreshed(self.tokens.clone(), now, LIFETIME);
            *refresh_plan = refresh_plan.refreshed(spread);
        } else {
            refresh_plan.failed(now, &Error::new(ErrorCode::ServerUnavailable), pause);
        }
        self.wake_at(index, now.plus(Duration::from_millis(1)));
    }

    fn wake_at(&mut self, index: usize, at: UnixTime) {
        self.pages[index].wakes_at = at;
        self.queue.push(Reverse((at, index)));
    }

    /// The random fraction by which a refresh is early, and by which a page is late after an outage.
    fn spread(&mut self) -> f64 {
        if self.jitter == Jitter::With { self.random.f64() } else { 0.0 }
    }

    /// The random fraction of a pause that a page waits. Without jitter, all of it.
    fn pause(&mut self) -> f64 {
        if self.jitter == Jitter::With { self.random.f64() } else { 1.0 }
    }

    fn random_time(&mut self, below: Duration) -> Duration {
        Duration::from_millis(self.random.u64(..below.as_millis() as u64))
    }
}

fn tokens() -> Result<TokenResponse> {
    Ok(TokenResponse {
        access_token: AccessToken::parse("a".into()).context("an access token")?,
        refresh_token: RefreshToken::parse("r".into()),
        scope: None,
        lifetime: None,
        id_token: None,
        extras: TokenExtras::default(),
    })
}

#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests {
    use super::*;

    fn study() -> Study {
        let record = Record { requests: vec![2; SECONDS], granted: vec![1; SECONDS] };
        Study(vec![(Server::Healthy, Jitter::With, record)])
    }

    #[test]
    fn a_document_with_another_table_or_chart_is_found() {
        let (table, chart) = (study().table().join("\n"), study().chart());
        let chart = chart.expect("a chart");
        assert!(study().matches(&table, &chart).is_ok());
        assert!(study().matches(&table.replace("| 2 |", "| 3 |"), &chart).is_err());
        assert!(study().matches(&table, "<svg/>").is_err());
    }
}
