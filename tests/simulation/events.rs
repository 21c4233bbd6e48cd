//! What the user, an app, the network and the device do.

use std::time::Duration;

use basic_oauth::platform::{Platform as _, SessionStore};
use basic_oauth_testing::{Account, Answer, ApiRequest};

use crate::history::History;
use crate::pages::HandedOut;
use crate::refusals::random_refusal;
use basic_oauth_testing::flow::*;

pub(crate) const API: &str = "https://api.basic.tech/api/items";
/// More tabs only make a history longer.
pub(crate) const MAX_PAGES: usize = 7;

#[derive(Clone, Copy, Debug)]
enum Act {
    AskApi,
    AskToken,
    UseBackForwardCache,
    Callback,
    ChangeServer,
    Clear,
    Close,
    Crash,
    Deceive,
    Duplicate,
    Recover,
    Hide,
    JumpClock,
    Delay,
    Leave,
    LoseAnswer,
    MoveEndpoints,
    Network,
    Open,
    Outage,
    SwitchUser,
    Refuse,
    RefuseRefresh,
    Reload,
    Replay,
    Show,
    SignOut,
    Sleep,
    FailOften,
    SecondClient,
    Wait,
}

const ACTS: [(u64, Act); 31] = [
    (6, Act::AskApi),
    (40, Act::AskToken),
    (8, Act::UseBackForwardCache),
    (30, Act::Callback),
    (4, Act::ChangeServer),
    (1, Act::Clear),
    (10, Act::Close),
    (5, Act::Crash),
    (4, Act::Deceive),
    (8, Act::Duplicate),
    (10, Act::Recover),
    (6, Act::Hide),
    (6, Act::JumpClock),
    (8, Act::Delay),
    (8, Act::Leave),
    (12, Act::LoseAnswer),
    (4, Act::MoveEndpoints),
    (8, Act::Network),
    (12, Act::Open),
    (10, Act::Outage),
    (2, Act::SwitchUser),
    (6, Act::Refuse),
    (8, Act::RefuseRefresh),
    (8, Act::Reload),
    (5, Act::Replay),
    (8, Act::Show),
    (4, Act::SignOut),
    (8, Act::Sleep),
    (10, Act::FailOften),
    (3, Act::SecondClient),
    (50, Act::Wait),
];

impl History {
    pub(crate) fn act(&mut self) {
        let act = self.rng.weighted(&ACTS);
        let index = self.rng.index(self.pages.len());
        self.note(&format!("page {}: {act:?}", self.pages[index].number));
        match act {
            Act::AskApi => self.ask_api(index),
            Act::AskToken => self.ask_token(index),
            Act::UseBackForwardCache => self.use_back_forward_cache(index),
            Act::Callback => self.callback(index),
            Act::ChangeServer => self.change_server(index),
            Act::Clear => self.clear(),
            Act::Close => self.close(index),
            Act::Crash => self.crash(index),
            Act::Deceive => self.deceive(),
            Act::Duplicate => self.duplicate(index),
            Act::Recover => self.restore_service(),
            Act::Hide => self.hide(index),
            Act::JumpClock => self.jump_clock(),
            Act::Delay => self.delay_answer(),
            Act::Leave => self.leave(index),
            Act::LoseAnswer => self.lose_answer(),
            Act::MoveEndpoints => self.move_endpoints(),
            Act::Network => self.network(index),
            Act::Open => self.open_another(),
            Act::Outage => self.outage(),
            Act::SwitchUser => self.switch_user(),
            Act::Refuse => self.refuse(),
            Act::RefuseRefresh => self.refuse_refresh(),
            Act::Reload => self.reload(index),
            Act::Replay => self.replay(),
            Act::Show => self.pages[index].tab.show(),
            Act::SignOut => self.sign_out(index),
            Act::Sleep => self.sleep(),
            Act::FailOften => self.fail_often(),
            Act::SecondClient => self.second_client(index),
            Act::Wait => self.wait(),
        }
    }

    fn hide(&mut self, index: usize) {
        // A token that lives shorter than a hidden page's timers sleep cannot be kept fresh there.
        if self.world.server().access_lifetime >= MINUTE {
            self.pages[index].tab.hide();
        }
    }

    fn ask_token(&mut self, index: usize) {
        let page = &self.pages[index];
        let Some(auth) = page.auth.clone() else { return };
        let (tab, moment) = (page.tab.clone(), self.event_log.moment.clone());
        self.call(index, "a call for a token", async move {
            let token = auth.token().await.ok()?.expose().to_owned();
            Some(HandedOut {
                expires_at: auth.expires_at(),
                at: tab.now(),
                moment: moment.get(),
                is_fresh: tab.is_fresh(&token),
                token,
            })
        });
    }

    /// An app calls its API, or asks for the user.
    fn ask_api(&mut self, index: usize) {
        let Some(auth) = self.pages[index].auth.clone() else { return };
        let asks_for_user = self.rng.one_in(2);
        self.call(index, "a call of an API", async move {
            if asks_for_user {
                let _ = auth.user().await;
            } else {
                let _ = auth.fetch(ApiRequest::get(API)).await;
            }
            None
        });
    }

    /// The user consents and returns. If no page has a redirect under way, a sign-in starts.
    fn callback(&mut self, index: usize) {
        let leaving = self.pages.iter().position(|page| page.is_leaving());
        let Some(index) = leaving else { return self.leave(index) };
        let tab = self.pages[index].tab.clone();
        if self.may_end(&tab) && self.pages.get(index).is_some_and(|page| page.is_leaving()) {
            self.return_from_server(index);
        }
    }

    /// Whether the page may end now. Under gentle conditions no page ends while an answer is on its way.
    pub(crate) fn may_end(&mut self, tab: &basic_oauth_testing::Tab) -> bool {
        self.scenario.is_rough || self.wait_until_idle(tab)
    }

    fn close(&mut self, index: usize) {
        let tab = self.pages[index].tab.clone();
        let is_last = self.pages.iter().all(|page| page.tab.id() == tab.id());
        if !is_last && self.may_end(&tab) {
            tab.close();
            self.remove_tab(&tab);
            self.invariants.counts.count("tabs closed");
        }
    }

    fn reload(&mut self, index: usize) {
        let tab = self.pages[index].tab.clone();
        self.wait_for_copies();
        if self.may_end(&tab) {
            let loaded = tab.reload();
            self.remove_tab(&tab);
            self.load_again(loaded);
        }
    }

    fn open_another(&mut self) {
        if self.pages.len() < MAX_PAGES {
            self.open(HOME);
        }
    }

    /// Another client in the same page.
    fn second_client(&mut self, index: usize) {
        if self.pages.len() < MAX_PAGES {
            self.load(self.pages[index].tab.clone());
        }
    }

    /// An old callback address, out of the history or a bookmark.
    fn replay(&mut self) {
        if !self.callbacks.is_empty() && self.pages.len() < MAX_PAGES {
            let url = self.rng.pick(&self.callbacks).clone();
            self.open(&url);
        }
    }

    /// A page goes into the back-forward cache and comes back.
    fn use_back_forward_cache(&mut self, index: usize) {
        let tab = self.pages[index].tab.clone();
        if self.is_original(&tab) {
            self.wait_for_copies();
        }
        let is_safe = self.world.held_locks().is_empty() && self.invariants.is_idle(tab.id());
        if self.scenario.is_rough || is_safe {
            tab.freeze();
            self.world.advance(Duration::from_millis(self.rng.below(600_000)));
            tab.restore();
            self.slept(index);
        }
    }

    pub(crate) fn sign_out(&mut self, index: usize) {
        self.wait_for_copies();
        let page = &self.pages[index];
        let Some(auth) = page.auth.clone() else { return };
        let holder = self.holder(&page.tab);
        // What was handed out before is checked against what was true before.
        self.look();
        self.invariants.signed_out(holder, self.event_log.tick());
        self.invariants.counts.count("sign-outs");
        let signing_out = auth.sign_out();
        assert!(!auth.state().is_signed_in(), "signed in right after the sign-out");
        self.call(index, "a sign-out", async move {
            signing_out.await.expect("the store works");
            None
        });
    }

    /// The user clears the site's data, which emits no event.
    fn clear(&mut self) {
        if self.scenario.is_shared() {
            self.look();
            self.world.clear(SessionStore::Local);
            self.world.clear(SessionStore::Cookie);
            self.invariants.signed_out(None, self.event_log.tick());
            self.are_pages_in_sync = false;
            self.invariants.counts.count("data cleared");
        }
    }

    fn network(&mut self, index: usize) {
        let is_online = self.rng.below(3) > 0;
        self.pages[index].tab.set_online(is_online);
        self.invariants.counts.count(if is_online { "times online" } else { "times offline" });
    }

    /// From here on the token endpoint fails.
    fn outage(&mut self) {
        self.invariants.counts.count("outages");
        let fail_often = self.random_failure();
        self.world.answer_always(TOKEN, fail_often);
    }

    fn restore_service(&mut self) {
        self.world.clear_answers();
        self.end_deception();
        self.world.set_latency(Duration::from_millis(self.conditions.latency));
    }

    fn fail_often(&mut self) {
        let fail_often = self.random_failure();
        for _ in 0..=self.rng.below(3) {
            self.world.answer(TOKEN, fail_often.clone());
        }
    }

    fn random_failure(&mut self) -> Answer {
        match self.rng.below(8) {
            0 => Answer::network_error(),
            1 => Answer::silence(),
            2 => Answer::of_type(200, "text/html", "<h1>maintenance</h1>"),
            3 => Answer::json(429, "{}").with_retry_after("45"),
            4 => Answer::json(500, r#"{"error":"server_error"}"#),
            5 if self.scenario.is_rough => Answer::lost(),
            _ => Answer::json(503, "{}"),
        }
    }

    fn lose_answer(&mut self) {
        if self.scenario.is_rough {
            self.world.answer(TOKEN, Answer::lost());
        }
    }

    /// An answer that takes its time; under rough conditions more than a page waits for.
    fn delay_answer(&mut self) {
        let longest = if self.scenario.is_rough { 20_000 } else { 9_000 };
        let delay = Duration::from_millis(self.rng.below(longest));
        let paths: &[&str] = match self.conditions.is_openid {
            true => &[TOKEN, TOKEN, USERINFO, REVOKE, KEYS, METADATA],
            false => &[TOKEN, TOKEN, USERINFO, REVOKE],
        };
        let path = *self.rng.pick(paths);
        self.world.answer(path, Answer::server().after(delay));
    }

    fn refuse(&mut self) {
        let path = *self.rng.pick(&[USERINFO, "/api/items"]);
        self.world.answer(path, Answer::json(401, "{}"));
    }

    /// The token endpoint refuses for a while: a few times, or until the failures end.
    fn refuse_refresh(&mut self) {
        let refusal = random_refusal(&mut self.rng);
        if self.rng.one_in(4) {
            return self.world.answer_always(TOKEN, refusal);
        }
        for _ in 0..=self.rng.below(4) {
            self.world.answer(TOKEN, refusal.clone());
        }
    }

    fn switch_user(&mut self) {
        let name = *self.rng.pick(&["Ada", "Bob"]);
        self.world.server().account = Account::named(name);
    }

    fn sleep(&mut self) {
        self.world.sleep(self.rng.below(600) as u32 * SECOND);
        self.invariants.has_slept = true;
        self.invariants.counts.count("sleeps");
    }

    fn jump_clock(&mut self) {
        self.world.jump(self.rng.below(1_200_000) as i64 - 600_000);
        self.invariants.has_jumped = true;
        self.invariants.counts.count("clock jumps");
    }

    fn wait(&mut self) {
        let longest = *self.rng.pick(&[1_000, 120_000, 120_000, 400_000]);
        self.world.advance(Duration::from_millis(self.rng.below(longest)));
    }
}
