//! What may happen besides the visitor's own doing.

use std::time::Duration;

use basic_oauth::Config;
use basic_oauth::platform::SessionStore;
use basic_oauth_testing::World;

use crate::dice::Dice;
use basic_oauth_testing::flow::*;

const ISSUER: &str = "https://api.basic.tech";

#[derive(Clone, Copy)]
pub(crate) struct Climate {
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

/// What differs from history to history within one climate.
pub(crate) struct Weather {
    pub(crate) tabs: u64,
    pub(crate) events: u64,
    pub(crate) latency: u64,
    /// Whether tabs hear of each other.
    pub(crate) has_channels: bool,
}

impl Climate {
    pub(crate) fn is_shared(&self) -> bool {
        matches!(self.store, SessionStore::Local | SessionStore::Cookie)
    }

    /// Whether chance alone may end a session: an answer that was lost, or a race that no lock decides.
    pub(crate) fn may_lose_sessions(&self) -> bool {
        !self.has_grace && (self.is_rough || !self.has_locks)
    }

    pub(crate) fn world(&self, dice: &mut Dice) -> (World, Config, Weather) {
        let world = World::with_seed(dice.number());
        world.shuffle(dice.number());
        world.set_locks(self.has_locks);
        world.server().set_lifetime(lifetime(dice));
        if self.has_locks {
            // Another tab is another process: only the lock keeps a transaction from being taken twice.
            world.interleave(".tx.", dice.number());
        }
        if self.has_grace {
            world.server().grace = Duration::from_secs(1 << 30);
        }
        let mut config = config_with_revocation();
        config.store = self.store;
        config.load_user = dice.one_in(2);
        if dice.one_in(2) {
            config = with_issuer(config, ISSUER);
            world.server().issuer = Some(ISSUER.into());
        }
        let weather = Weather {
            tabs: 1 + dice.below(4),
            events: 24 + dice.below(48),
            latency: dice.below(400),
            has_channels: !dice.one_in(8),
        };
        world.set_channels(weather.has_channels);
        (world, config, weather)
    }
}

fn lifetime(dice: &mut Dice) -> Duration {
    dice.weigh(&[(12, 5 * MINUTE), (4, HOUR), (3, MINUTE), (1, 5 * SECOND)])
}
