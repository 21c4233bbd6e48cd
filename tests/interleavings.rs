//! Whatever order things happen in, across tabs: a code is sent once, a refresh token is used once, no
//! expired token is handed out, and nobody is signed in after a sign-out (R94, R150).
//!
//! Each seed is one history. A failure names its seed, and the same seed always takes the same steps.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use std::collections::BTreeSet;
use std::time::Duration;

use basic_oauth::platform::StoreKind;
use basic_oauth::platform::scripted::{Answer, Call, Tab, World};
use basic_oauth::{AuthState, Config, Result, SignedOutReason, UnixTime};
use support::*;

/// What may happen besides the visitor's own doing.
#[derive(Clone, Copy, Default)]
struct Climate {
    /// Tabs are closed in the middle of things, and answers get lost.
    is_rough: bool,
    has_locks: bool,
}

struct Page {
    tab: Tab,
    auth: Option<Auth>,
    starting: Option<Call<Result<Auth>>>,
}

/// A token that was handed out: when it expires, and when that was.
type HandedOut = Call<Option<(UnixTime, UnixTime)>>;

struct History {
    seed: u64,
    random: Dice,
    climate: Climate,
    config: Config,
    world: World,
    pages: Vec<Page>,
    asked: Vec<HandedOut>,
    callbacks: Vec<String>,
    log: Vec<&'static str>,
}

impl History {
    fn new(seed: u64, kind: StoreKind, climate: Climate) -> Self {
        let world = World::with_seed(seed);
        world.shuffle(seed);
        world.set_locks(climate.has_locks);
        world.server().set_lifetime(5 * MINUTE);
        if climate.is_rough {
            // What a closed tab has sent, the next one sends again: only a server with grace accepts it.
            world.server().grace = Duration::from_secs(1 << 30);
        }
        let mut config = config_with_revocation();
        config.store = kind;
        config.load_user = seed.is_multiple_of(2);
        let mut history = Self {
            seed,
            random: Dice(seed),
            climate,
            config,
            world,
            pages: Vec::new(),
            asked: Vec::new(),
            callbacks: Vec::new(),
            log: Vec::new(),
        };
        let (tab, auth) = sign_in(&history.world, &history.config);
        history.pages.push(Page { tab, auth: Some(auth), starting: None });
        history.world.set_latency(Duration::from_millis(history.random.below(300)));
        for _ in 0..3 {
            history.open(HOME);
        }
        history
    }

    fn open(&mut self, url: &str) {
        let tab = self.world.open(url);
        self.begin(tab);
    }

    fn begin(&mut self, tab: Tab) {
        let starting = Some(tab.call(Auth::start(tab.clone(), self.config.clone())));
        self.pages.push(Page { tab, auth: None, starting });
    }

    /// One thing that a visitor, the network or the device does.
    fn happen(&mut self) {
        for page in &mut self.pages {
            if let Some(started) = page.starting.as_ref().and_then(Call::take) {
                page.auth = Some(started.expect("started"));
            }
        }
        let what = self.random.below(22);
        let leaving = self.pages.iter().position(|page| !page.tab.navigations().is_empty());
        let any = self.random.below(self.pages.len() as u64) as usize;
        let index = leaving.filter(|_| matches!(what, 7 | 8)).unwrap_or(any);
        let page = &self.pages[index];
        let (tab, auth) = (page.tab.clone(), page.auth.clone());
        let happened = match (what, auth) {
            (0..=4, Some(auth)) => {
                self.asked.push(tab.call({
                    let tab = tab.clone();
                    async move {
                        auth.token().await.ok()?;
                        use basic_oauth::platform::Platform as _;
                        Some((auth.expires_at()?, tab.now()))
                    }
                }));
                "token"
            }
            (5 | 6, Some(auth)) => {
                let _call = leave_unsettled(&tab, &auth);
                "leave"
            }
            (7 | 8, _) if !tab.navigations().is_empty() => {
                if !self.climate.is_rough {
                    // Leaving in the middle of a renewal loses its answer.
                    self.world.advance(MINUTE / 2);
                }
                let url = self.world.consent(&tab).url();
                self.callbacks.push(url.clone());
                let back = tab.go(&url);
                self.pages.remove(index);
                self.begin(back);
                "callback"
            }
            (9, Some(auth)) => {
                let _call = tab.call(auth.sign_out());
                "sign-out"
            }
            (10, _) if !self.callbacks.is_empty() => {
                let url =
                    self.callbacks[self.random.below(self.callbacks.len() as u64) as usize].clone();
                self.open(&url);
                "replay"
            }
            (11, _) if self.climate.is_rough => {
                tab.close();
                self.pages.remove(index);
                self.open(HOME);
                "close"
            }
            (11, _) => {
                self.open(HOME);
                "open"
            }
            (12, _) => {
                tab.show();
                "show"
            }
            (13, _) => {
                tab.set_online(self.random.below(3) > 0);
                "network"
            }
            (14, _) if self.climate.is_rough => {
                self.world.answer(TOKEN, Answer::lost());
                "lost"
            }
            (14, _) => {
                self.world.answer(TOKEN, Answer::json(503, "{}"));
                "503"
            }
            (15, _) => {
                self.world.sleep(self.random.below(600) as u32 * SECOND);
                "sleep"
            }
            (16, _) => {
                self.world.answer(USERINFO, Answer::json(401, "{}"));
                "401"
            }
            // A page that is frozen in the middle of a renewal loses its answer.
            (17, _) if self.climate.is_rough || self.world.held_locks().is_empty() => {
                tab.freeze();
                self.world.advance(Duration::from_millis(self.random.below(600_000)));
                tab.restore();
                "cache"
            }
            (18, _) => {
                self.world.jump(self.random.below(1_200_000) as i64 - 600_000);
                "jump"
            }
            _ => {
                self.world.advance(Duration::from_millis(self.random.below(120_000)));
                "wait"
            }
        };
        self.log.push(happened);
        for _ in 0..self.random.below(12) {
            self.world.step();
        }
        self.check();
    }

    #[track_caller]
    fn check(&mut self) {
        let story = || format!("seed {}: {:?}", self.seed, self.log);
        for call in &self.asked {
            if let Some(Some((expires_at, now))) = call.take() {
                assert!(now < expires_at, "handed out expired, {}", story());
            }
        }
        let codes: Vec<_> =
            exchanges(&self.world).iter().map(|post| post.parameter("code")).collect();
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len(), "{}", story());
        assert!(
            self.world.server().violations().is_empty(),
            "{:?} {}",
            self.world.server().violations(),
            story()
        );
    }

    /// Lets everything come to rest in good weather.
    fn rest(&mut self) {
        self.world.answer_always(TOKEN, None);
        for page in &self.pages {
            page.tab.set_online(true);
        }
        self.world.advance(10 * MINUTE);
        for page in &mut self.pages {
            if let Some(started) = page.starting.as_ref().and_then(Call::take) {
                page.auth = Some(started.expect("started"));
            }
            page.tab.show();
        }
        self.world.settle();
        self.check();
    }

    /// At rest all tabs agree with the store, and whoever is signed in has a token that the server takes.
    #[track_caller]
    fn agree(&self) {
        let story = || format!("seed {}: {:?}", self.seed, self.log);
        let is_stored =
            keys(&self.world, self.config.store).iter().any(|key| key.ends_with(".session"));
        let mut tokens = BTreeSet::new();
        for page in &self.pages {
            let auth = page.auth.as_ref().unwrap_or_else(|| panic!("never started, {}", story()));
            let state = auth.state();
            assert_eq!(state.is_signed_in(), is_stored, "{state:?} {}", story());
            if let AuthState::SignedOut { reason, .. } = &*state {
                assert_ne!(
                    *reason,
                    SignedOutReason::Revoked,
                    "nobody revoked anything, {}",
                    story()
                );
            }
            if is_stored {
                let token = self.world.run_within(MINUTE, auth.token());
                tokens.insert(
                    token.unwrap_or_else(|e| panic!("{e:?} {}", story())).expose().to_owned(),
                );
            }
        }
        assert_eq!(tokens.len(), usize::from(is_stored), "{}", story());
    }

    /// After a sign-out nothing comes back: not from the store, not from another tab, not later.
    #[track_caller]
    fn sign_out(&mut self) {
        let index = self.random.below(self.pages.len() as u64) as usize;
        let auth = self.pages[index].auth.clone().expect("started");
        let call = self.pages[index].tab.call(auth.sign_out());
        self.world.advance(20 * MINUTE);
        let story = || format!("seed {}: {:?}", self.seed, self.log);
        assert_eq!(call.take(), Some(Ok(())), "{}", story());
        assert!(keys(&self.world, self.config.store).is_empty(), "{}", story());
        for page in &self.pages {
            assert!(!page.auth.as_ref().expect("started").state().is_signed_in(), "{}", story());
        }
    }
}

fn leave_unsettled(tab: &Tab, auth: &Auth) -> Call<Result<()>> {
    let auth = auth.clone();
    tab.call(async move { auth.sign_in(basic_oauth::SignInOptions::default()).await })
}

/// `SplitMix64`: each seed is a history of its own.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound.max(1)
    }
}

fn histories(seeds: std::ops::Range<u64>, kind: StoreKind, climate: Climate) {
    let mut renewed = 0;
    for seed in seeds {
        let mut history = History::new(seed, kind, climate);
        for _ in 0..60 {
            history.happen();
        }
        history.rest();
        history.agree();
        history.sign_out();
        renewed += renewals(&history.world).len();
    }
    assert!(renewed > 100, "hardly anything happened: {renewed}");
}

#[test]
fn r150_any_order_of_events_in_local_storage() {
    histories(0..80, StoreKind::Local, Climate { has_locks: true, ..Climate::default() });
}

#[test]
fn r150_any_order_of_events_in_cookies() {
    histories(1_000..1_080, StoreKind::Cookie, Climate { has_locks: true, ..Climate::default() });
}

#[test]
fn r150_r95_tabs_closed_and_answers_lost_in_the_middle() {
    histories(2_000..2_080, StoreKind::Local, Climate { has_locks: true, is_rough: true });
}

#[test]
fn r94_r150_without_locks_a_server_with_grace_ends_no_session() {
    histories(3_000..3_080, StoreKind::Local, Climate { has_locks: false, is_rough: true });
}
