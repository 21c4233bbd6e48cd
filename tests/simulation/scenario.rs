//! The conditions of a history: store, locks, server and network.

use std::time::Duration;

use basic_oauth::Config;
use basic_oauth::platform::SessionStore;
use basic_oauth_testing::World;

use basic_oauth_testing::Rng;
use basic_oauth_testing::flow::*;

const ISSUER: &str = "https://api.basic.tech";

#[derive(Clone, Copy)]
pub(crate) struct Scenario {
    /// The name of its test.
    pub(crate) name: &'static str,
    pub(crate) store: SessionStore,
    pub(crate) has_locks: bool,
    /// Tabs die in the middle of things, and answers get lost.
    pub(crate) is_rough: bool,
    /// The server answers a refresh token that it has replaced once more with the same successor. A
    /// strict one ends the session.
    pub(crate) has_grace: bool,
}

/// What differs from history to history within one scenario.
pub(crate) struct Conditions {
    /// Whether the server is found by its issuer, and sends ID tokens.
    pub(crate) is_openid: bool,
    pub(crate) tabs: u64,
    pub(crate) events: u64,
    pub(crate) latency: u64,
    /// Whether tabs receive each other's messages.
    pub(crate) has_channels: bool,
}

impl Scenario {
    pub(crate) fn is_shared(&self) -> bool {
        matches!(self.store, SessionStore::Local | SessionStore::Cookie)
    }

    /// Whether chance alone may end a session: an answer that was lost, or a race that no lock decides.
    pub(crate) fn may_lose_sessions(&self) -> bool {
        !self.has_grace && (self.is_rough || !self.has_locks)
    }

    /// Whether another page may act between the answer to a page and what the page makes of it.
    pub(crate) fn may_race(&self) -> bool {
        self.is_rough || !self.has_locks
    }

    pub(crate) fn world(&self, rng: &mut Rng) -> (World, Config, Conditions) {
        let world = World::with_seed(rng.number());
        world.shuffle(rng.number());
        world.set_locks(self.has_locks);
        world.server().set_lifetime(lifetime(rng));
        if self.has_locks {
            // Another tab is another process: only the lock keeps a transaction from being taken twice.
            world.interleave(".tx.", rng.number());
        }
        if self.has_grace {
            world.server().grace = Duration::from_secs(1 << 30);
        }
        // Signatures make such a history almost three times as long.
        let is_openid = rng.one_in(18);
        let mut config = if is_openid { openid_config() } else { config_with_revocation() };
        config.store = self.store;
        config.load_user = rng.one_in(2);
        if rng.one_in(2) {
            config = with_issuer(config, ISSUER);
            world.server().issuer = Some(ISSUER.into());
        }
        let conditions = Conditions {
            is_openid,
            tabs: 1 + rng.below(4),
            events: 24 + rng.below(48),
            latency: rng.below(400),
            has_channels: !rng.one_in(8),
        };
        world.set_channels(conditions.has_channels);
        (world, config, conditions)
    }
}

fn lifetime(rng: &mut Rng) -> Duration {
    rng.weighted(&[(12, 5 * MINUTE), (4, HOUR), (3, MINUTE), (1, 5 * SECOND)])
}
