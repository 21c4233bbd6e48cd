//! What the token endpoint sees when the network comes back to 100,000 people in the same second.
//!
//! The visitors decide by the rules of `session::renewal`, the code that runs in their pages, on a
//! clock of our own. The README shows the table and the picture; the tests compare both with this.

mod plot;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use basic_oauth::TokenExtras;
use basic_oauth::protocol::token::TokenResponse;
use basic_oauth::session::Session;
use basic_oauth::session::renewal::{Decision, Health, Trigger, decide};
use basic_oauth::{AccessToken, Error, ErrorCode, RefreshToken, Scope, UnixTime};
use fastrand::Rng;

use crate::progress::{log, task};
use crate::workspace::Workspace;

const VISITORS: usize = 100_000;
const LIFETIME: Duration = Duration::from_secs(3600);
/// Longer than a token lives: everybody needs another one.
const OUTAGE: Duration = Duration::from_secs(65 * 60);
/// What a busy server manages in a second; whoever comes on top is told 503.
const CAPACITY: u32 = 2_000;
const RESTORED: UnixTime = UnixTime::from_millis(1_800_000_000_000);
/// The hour after, and the renewals of all those who were renewed in it.
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

/// Requests in each second after the network came back, and those of them that were granted.
struct Record {
    asked: Vec<u32>,
    granted: Vec<u32>,
}

pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let study = Study::make()?;
    for line in study.table() {
        log(&line);
    }
    let picture = picture(workspace);
    fs::write(&picture, study.picture()?)?;
    log(&format!("The picture is in {}", picture.display()));
    Ok(())
}

/// Fails where the README shows something else than what comes out.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let study = Study::make()?;
    let readme = fs::read_to_string(workspace.path("README.md"))?;
    let advice = "`cargo xtask storm` writes the picture and prints the table";
    ensure!(readme.contains(&study.table().join("\n")), "the README has another table: {advice}");
    let shown = fs::read_to_string(picture(workspace)).context(advice)?;
    ensure!(shown == study.picture()?, "the README has another picture: {advice}");
    Ok(())
}

fn picture(workspace: &Workspace) -> PathBuf {
    workspace.path("demo/storm.svg")
}

struct Study(Vec<(Server, Jitter, Record)>);

impl Study {
    fn make() -> Result<Self> {
        let made: Result<_> = task("100,000 visitors come back", || {
            let crowds = [Crowd::waiting(Jitter::Without)?, Crowd::waiting(Jitter::With)?];
            let runs = [Server::Healthy, Server::Busy].into_iter().flat_map(|server| {
                let crowds = crowds.iter().cloned();
                crowds.map(move |crowd| (server, crowd.jitter, crowd.come_back(server)))
            });
            Ok(runs.collect())
        });
        made.map(Self)
    }

    fn table(&self) -> Vec<String> {
        let head = [
            "| token endpoint | jitter | most requests in a second | in half an hour | all renewed after | most in a second, an hour later |",
            "| --- | --- | --: | --: | --: | --: |",
        ];
        let rows = self.0.iter().map(|(server, jitter, record)| {
            format!(
                "| {} | {} | {} | {} | {} s | {} |",
                match server {
                    Server::Healthy => "answers everybody".to_owned(),
                    Server::Busy => format!("answers {CAPACITY} a second, 503 to the rest"),
                },
                if *jitter == Jitter::With { "yes" } else { "no" },
                peak(&record.asked[..SECONDS / 4]),
                record.asked[..SECONDS / 4].iter().sum::<u32>(),
                record.all_renewed_after(),
                peak(&record.asked[SECONDS / 4..]),
            )
        });
        head.map(str::to_owned).into_iter().chain(rows).collect()
    }

    fn picture(&self) -> Result<String> {
        let asked = |server, jitter| {
            let run = self.0.iter().find(|(own, other, _)| (*own, *other) == (server, jitter));
            run.map(|(_, _, record)| record.asked.as_slice()).unwrap_or_default()
        };
        let panels = [
            ("A token endpoint that answers everybody", Server::Healthy),
            ("A token endpoint that answers 2000 a second", Server::Busy),
        ];
        plot::svg(&panels.map(|(title, server)| plot::Panel {
            title,
            without: asked(server, Jitter::Without),
            with: asked(server, Jitter::With),
        }))
    }
}

fn peak(requests: &[u32]) -> u32 {
    requests.iter().copied().max().unwrap_or_default()
}

impl Record {
    fn all_renewed_after(&self) -> usize {
        let mut missing = VISITORS as u32;
        let last = self.granted.iter().position(|granted| {
            missing = missing.saturating_sub(*granted);
            missing == 0
        });
        last.map_or(SECONDS, |second| second + 1)
    }
}

#[derive(Clone)]
struct Visitor {
    session: Session,
    health: Health,
    wakes_at: UnixTime,
}

#[derive(Clone)]
struct Crowd {
    visitors: Vec<Visitor>,
    queue: BinaryHeap<Reverse<(UnixTime, usize)>>,
    random: Rng,
    jitter: Jitter,
    tokens: TokenResponse,
}

impl Crowd {
    /// People who signed in all through the hour before the network went, at the end of the outage.
    fn waiting(jitter: Jitter) -> Result<Self> {
        let queue = BinaryHeap::with_capacity(2 * VISITORS);
        let random = Rng::with_seed(SEED);
        let mut crowd = Self { visitors: Vec::new(), queue, random, jitter, tokens: tokens()? };
        let lost = RESTORED.minus(OUTAGE);
        for index in 0..VISITORS {
            let issued_at = lost.minus(crowd.random_time(LIFETIME));
            let (tokens, scope) = (crowd.tokens.clone(), Scope::granted(""));
            let session = Session::begin(String::new(), tokens, &scope, issued_at, LIFETIME);
            let health = Health::new(crowd.spread());
            crowd.visitors.push(Visitor { session, health, wakes_at: lost });
            crowd.queue.push(Reverse((lost, index)));
        }
        crowd.pass_until(RESTORED, |_| false);
        Ok(crowd)
    }

    fn come_back(mut self, server: Server) -> Record {
        for index in 0..VISITORS {
            let now = RESTORED.plus(self.random_time(Duration::from_secs(1)));
            self.visitors[index].health.reconnected(now);
            self.wake(index, now);
        }
        let mut record = Record { asked: vec![0; SECONDS], granted: vec![0; SECONDS] };
        let end = RESTORED.plus(Duration::from_secs(SECONDS as u64));
        self.pass_until(end, |now| {
            let second = now.since(RESTORED).as_secs() as usize;
            record.asked[second] += 1;
            let is_granted = server == Server::Healthy || record.granted[second] < CAPACITY;
            record.granted[second] += u32::from(is_granted);
            is_granted
        });
        record
    }

    /// Everybody does what is due; `asks` says whether a request is granted.
    fn pass_until(&mut self, end: UnixTime, mut asks: impl FnMut(UnixTime) -> bool) {
        while let Some(Reverse((now, index))) =
            self.queue.peek().copied().filter(|next| next.0.0 < end)
        {
            self.queue.pop();
            if self.visitors[index].wakes_at == now {
                self.look(index, now, &mut asks);
            }
        }
    }

    fn look(&mut self, index: usize, now: UnixTime, asks: &mut impl FnMut(UnixTime) -> bool) {
        let (spread, pause) = (self.spread(), self.pause());
        let Visitor { session, health, .. } = &mut self.visitors[index];
        match decide(session, health, now, Trigger::Tick) {
            Decision::Wait(Some(at)) | Decision::BackOff(at) => return self.wake(index, at),
            Decision::Wait(None) => return,
            Decision::End(_) => return,
            Decision::Renew => health.attempted(now),
        }
        if asks(now) {
            *session = session.renewed(self.tokens.clone(), now, LIFETIME);
            *health = health.renewed(spread);
        } else {
            health.failed(now, &Error::new(ErrorCode::ServerUnavailable), pause);
        }
        self.wake(index, now.plus(Duration::from_millis(1)));
    }

    fn wake(&mut self, index: usize, at: UnixTime) {
        self.visitors[index].wakes_at = at;
        self.queue.push(Reverse((at, index)));
    }

    /// By how much a renewal is early, and a visitor late after an outage.
    fn spread(&mut self) -> f64 {
        if self.jitter == Jitter::With { self.random.f64() } else { 0.0 }
    }

    /// Which share of a pause a visitor waits. Without jitter, all of it.
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
        extras: TokenExtras::default(),
    })
}
