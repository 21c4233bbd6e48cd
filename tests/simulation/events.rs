//! What a visitor, an app, the network and the device do.

use std::time::Duration;

use basic_oauth::platform::{Platform as _, SessionStore};
use basic_oauth_testing::{Answer, ApiRequest, Person};

use crate::history::History;
use crate::pages::HandedOut;
use crate::refusals::some_refusal;
use basic_oauth_testing::flow::*;

pub(crate) const API: &str = "https://api.basic.tech/api/items";
/// More tabs make a history longer, and not another one.
pub(crate) const MOST_PAGES: usize = 7;

#[derive(Clone, Copy, Debug)]
enum Act {
    AskApi,
    AskToken,
    Cache,
    Callback,
    ChangeServer,
    Clear,
    Close,
    Crash,
    Duplicate,
    FairWeather,
    Hide,
    Jump,
    Late,
    Leave,
    Lose,
    Network,
    Open,
    Outage,
    Person,
    Refuse,
    RefuseRefresh,
    Reload,
    Replay,
    Show,
    SignOut,
    Sleep,
    Trouble,
    Twin,
    Wait,
}

const ACTS: [(u64, Act); 29] = [
    (6, Act::AskApi),
    (40, Act::AskToken),
    (8, Act::Cache),
    (30, Act::Callback),
    (4, Act::ChangeServer),
    (1, Act::Clear),
    (10, Act::Close),
    (5, Act::Crash),
    (8, Act::Duplicate),
    (10, Act::FairWeather),
    (6, Act::Hide),
    (6, Act::Jump),
    (8, Act::Late),
    (8, Act::Leave),
    (12, Act::Lose),
    (8, Act::Network),
    (12, Act::Open),
    (10, Act::Outage),
    (2, Act::Person),
    (6, Act::Refuse),
    (8, Act::RefuseRefresh),
    (8, Act::Reload),
    (5, Act::Replay),
    (8, Act::Show),
    (4, Act::SignOut),
    (8, Act::Sleep),
    (10, Act::Trouble),
    (3, Act::Twin),
    (50, Act::Wait),
];

impl History {
    pub(crate) fn happen(&mut self) {
        let act = self.dice.weigh(&ACTS);
        let index = self.dice.index(self.pages.len());
        self.note(&format!("page {}: {act:?}", self.pages[index].number));
        match act {
            Act::AskApi => self.ask_api(index),
            Act::AskToken => self.ask_token(index),
            Act::Cache => self.cache(index),
            Act::Callback => self.callback(index),
            Act::ChangeServer => self.change_server(index),
            Act::Clear => self.clear(),
            Act::Close => self.close(index),
            Act::Crash => self.crash(index),
            Act::Duplicate => self.duplicate(index),
            Act::FairWeather => self.fair_weather(),
            Act::Hide => self.hide(index),
            Act::Jump => self.jump(),
            Act::Late => self.late(),
            Act::Leave => self.leave(index),
            Act::Lose => self.lose(),
            Act::Network => self.network(index),
            Act::Open => self.open_another(),
            Act::Outage => self.outage(),
            Act::Person => self.person(),
            Act::Refuse => self.refuse(),
            Act::RefuseRefresh => self.refuse_refresh(),
            Act::Reload => self.reload(index),
            Act::Replay => self.replay(),
            Act::Show => self.pages[index].tab.show(),
            Act::SignOut => self.sign_out(index),
            Act::Sleep => self.sleep(),
            Act::Trouble => self.trouble(),
            Act::Twin => self.twin(index),
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
        let (tab, moment) = (page.tab.clone(), self.ear.moment.clone());
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

    /// An app calls its API, or wants to know who is signed in.
    fn ask_api(&mut self, index: usize) {
        let Some(auth) = self.pages[index].auth.clone() else { return };
        let is_person = self.dice.one_in(2);
        self.call(index, "a call of an API", async move {
            if is_person {
                let _ = auth.user().await;
            } else {
                let _ = auth.fetch(ApiRequest::get(API)).await;
            }
            None
        });
    }

    /// The person consents, and comes back; or, where no page has left, wants to sign in.
    fn callback(&mut self, index: usize) {
        let leaving = self.pages.iter().position(|page| page.is_leaving());
        let Some(index) = leaving else { return self.leave(index) };
        let tab = self.pages[index].tab.clone();
        if self.may_end(&tab) && self.pages.get(index).is_some_and(|page| page.is_leaving()) {
            self.come_back(index);
        }
    }

    /// Whether the page may end now. In gentle weather no page ends while an answer is on its way.
    pub(crate) fn may_end(&mut self, tab: &basic_oauth_testing::Tab) -> bool {
        self.climate.is_rough || self.calm(tab)
    }

    fn close(&mut self, index: usize) {
        let tab = self.pages[index].tab.clone();
        let is_last = self.pages.iter().all(|page| page.tab.id() == tab.id());
        if !is_last && self.may_end(&tab) {
            tab.close();
            self.forget(&tab);
            self.watch.counts.count("tabs closed");
        }
    }

    fn reload(&mut self, index: usize) {
        let tab = self.pages[index].tab.clone();
        self.let_copies_decide();
        if self.may_end(&tab) {
            let loaded = tab.reload();
            self.forget(&tab);
            self.load_again(loaded);
        }
    }

    fn open_another(&mut self) {
        if self.pages.len() < MOST_PAGES {
            self.open(HOME);
        }
    }

    /// Another client in the same page.
    fn twin(&mut self, index: usize) {
        if self.pages.len() < MOST_PAGES {
            self.load(self.pages[index].tab.clone());
        }
    }

    /// An old callback address, out of the history or a bookmark.
    fn replay(&mut self) {
        if !self.callbacks.is_empty() && self.pages.len() < MOST_PAGES {
            let url = self.dice.pick(&self.callbacks).clone();
            self.open(&url);
        }
    }

    /// A page goes into the back-forward cache and comes back.
    fn cache(&mut self, index: usize) {
        let tab = self.pages[index].tab.clone();
        if self.is_original(&tab) {
            self.let_copies_decide();
        }
        let is_safe = self.world.held_locks().is_empty() && self.watch.is_idle(tab.id());
        if self.climate.is_rough || is_safe {
            tab.freeze();
            self.world.advance(Duration::from_millis(self.dice.below(600_000)));
            tab.restore();
            self.slept(index);
        }
    }

    pub(crate) fn sign_out(&mut self, index: usize) {
        self.let_copies_decide();
        let page = &self.pages[index];
        let Some(auth) = page.auth.clone() else { return };
        let holder = self.holder(&page.tab);
        // What was handed out before is checked against what was true before.
        self.look();
        self.watch.signed_out(holder, self.ear.tick());
        self.watch.counts.count("sign-outs");
        let signing_out = auth.sign_out();
        assert!(!auth.state().is_signed_in(), "signed in right after the sign-out");
        self.call(index, "a sign-out", async move {
            signing_out.await.expect("the store works");
            None
        });
    }

    /// The visitor clears the site's data, of which no page hears.
    fn clear(&mut self) {
        if self.climate.is_shared() {
            self.look();
            self.world.clear(SessionStore::Local);
            self.world.clear(SessionStore::Cookie);
            self.watch.signed_out(None, self.ear.tick());
            self.is_news_heard = false;
            self.watch.counts.count("data cleared");
        }
    }

    fn network(&mut self, index: usize) {
        let is_online = self.dice.below(3) > 0;
        self.pages[index].tab.set_online(is_online);
        self.watch.counts.count(if is_online { "times online" } else { "times offline" });
    }

    /// From here on the token endpoint has trouble.
    fn outage(&mut self) {
        self.watch.counts.count("outages");
        let trouble = self.some_trouble();
        self.world.answer_always(TOKEN, trouble);
    }

    fn fair_weather(&mut self) {
        self.world.clear_answers();
        self.world.set_latency(Duration::from_millis(self.weather.latency));
    }

    fn trouble(&mut self) {
        let trouble = self.some_trouble();
        for _ in 0..=self.dice.below(3) {
            self.world.answer(TOKEN, trouble.clone());
        }
    }

    fn some_trouble(&mut self) -> Answer {
        match self.dice.below(8) {
            0 => Answer::network_error(),
            1 => Answer::silence(),
            2 => Answer::of_type(200, "text/html", "<h1>maintenance</h1>"),
            3 => Answer::json(429, "{}").with_retry_after("45"),
            4 => Answer::json(500, r#"{"error":"server_error"}"#),
            5 if self.climate.is_rough => Answer::lost(),
            _ => Answer::json(503, "{}"),
        }
    }

    fn lose(&mut self) {
        if self.climate.is_rough {
            self.world.answer(TOKEN, Answer::lost());
        }
    }

    /// An answer that takes its time; in rough weather more than a page waits for.
    fn late(&mut self) {
        let longest = if self.climate.is_rough { 20_000 } else { 9_000 };
        let delay = Duration::from_millis(self.dice.below(longest));
        let path = *self.dice.pick(&[TOKEN, TOKEN, USERINFO, REVOKE]);
        self.world.answer(path, Answer::server().after(delay));
    }

    fn refuse(&mut self) {
        let path = *self.dice.pick(&[USERINFO, "/api/items"]);
        self.world.answer(path, Answer::json(401, "{}"));
    }

    /// The token endpoint refuses for a while: a few times, or until the weather is fair.
    fn refuse_refresh(&mut self) {
        let refusal = some_refusal(&mut self.dice);
        if self.dice.one_in(4) {
            return self.world.answer_always(TOKEN, refusal);
        }
        for _ in 0..=self.dice.below(4) {
            self.world.answer(TOKEN, refusal.clone());
        }
    }

    fn person(&mut self) {
        let name = *self.dice.pick(&["Ada", "Bob"]);
        self.world.server().person = Person::named(name);
    }

    fn sleep(&mut self) {
        self.world.sleep(self.dice.below(600) as u32 * SECOND);
        self.watch.has_slept = true;
        self.watch.counts.count("sleeps");
    }

    fn jump(&mut self) {
        self.world.jump(self.dice.below(1_200_000) as i64 - 600_000);
        self.watch.has_jumped = true;
        self.watch.counts.count("clock jumps");
    }

    fn wait(&mut self) {
        let longest = *self.dice.pick(&[1_000, 120_000, 120_000, 400_000]);
        self.world.advance(Duration::from_millis(self.dice.below(longest)));
    }
}
