//! Pages of the same app whose configuration names another server: a token of the honest one must never
//! reach it, nor may such a page touch a session.

use std::cell::RefCell;
use std::rc::Rc;

use basic_oauth::platform::SessionStore;
use basic_oauth::protocol::Issuer;
use basic_oauth::{AuthState, Config, Event, Result, SignedOutReason};
use basic_oauth_testing::Native;
use basic_oauth_testing::{ApiRequest, Call, Tab};

use crate::events::API;
use crate::history::History;
use basic_oauth_testing::flow::*;

const MAX_FOREIGN_CLIENTS: usize = 3;

/// One client that must not get anything.
pub(crate) struct ForeignClient {
    pub(crate) tab: Tab,
    starting: Call<Result<Auth>>,
    auth: Option<Auth>,
    calls: Option<Call<[bool; 3]>>,
    events: Rc<RefCell<Vec<Event>>>,
    signs_out: bool,
}

impl History {
    /// A page is loaded, or another client started in a page, with an endpoint of another server.
    pub(crate) fn change_server(&mut self, index: usize) {
        if self.foreign_clients.len() >= MAX_FOREIGN_CLIENTS {
            return;
        }
        let own = &self.pages[index].tab;
        let tab = match self.scenario.store {
            _ if self.rng.one_in(2) => own.clone(),
            SessionStore::Session | SessionStore::Memory => own.duplicate(),
            _ => self.world.open(HOME),
        };
        if tab.id() != own.id() {
            self.invariants.must_be_silent(tab.id());
        }
        let (config, events) = with_events(&self.changed_config());
        let starting = tab.call(Auth::start_with_config(tab.clone(), config));
        let signs_out = self.rng.one_in(2);
        self.foreign_clients.push(ForeignClient {
            tab,
            starting,
            auth: None,
            calls: None,
            events,
            signs_out,
        });
    }

    fn changed_config(&mut self) -> Config {
        let mut config = self.config.clone();
        config.load_user = true;
        let is_openid = self.conditions.is_openid;
        let server = &mut config.registration.server;
        let honest = server.token_endpoint.as_str().to_owned();
        let token = || endpoint("https://evil.example/auth/token");
        let userinfo = || Some(endpoint("https://evil.example/auth/userinfo"));
        let revocation = || Some(endpoint("https://evil.example/auth/revoke"));
        match self.rng.below(5) {
            // Endpoints that are configured are not those of a server that is found.
            0 | 3 | 4 if is_openid => {
                server.needs_discovery = false;
                server.token_endpoint = token();
                server.userinfo_endpoint = userinfo();
            }
            0 => server.token_endpoint = token(),
            1 => server.userinfo_endpoint = userinfo(),
            2 => server.revocation_endpoint = revocation(),
            3 => {
                server.token_endpoint = token();
                server.userinfo_endpoint = userinfo();
                server.revocation_endpoint = revocation();
            }
            _ => {
                server.token_endpoint = token();
                server.issuer = Some(Issuer::parse(&Native, &honest).expect("a URL"));
            }
        }
        config
    }

    /// A foreign client is signed out, emits nothing, and gets nothing.
    #[track_caller]
    pub(crate) fn check_foreign_clients(&mut self) {
        for foreign_client in &mut self.foreign_clients {
            if let Some(started) = foreign_client.starting.take() {
                let auth = started.expect("nothing here keeps a client from starting");
                foreign_client.calls = Some(foreign_client.demand(auth.clone()));
                foreign_client.auth = Some(auth);
            }
            let Some(auth) = &foreign_client.auth else { continue };
            let emitted = foreign_client.events.borrow();
            if let Some(done) = foreign_client.calls.as_ref().and_then(Call::take) {
                assert_eq!(done, [true; 3], "a foreign client was refused everything");
                self.invariants.counts.count("foreign clients");
            }
            let allowed: &[Event] = match foreign_client.signs_out {
                true => &[Event::SignedOut(SignedOutReason::SignedOut)],
                false => &[],
            };
            assert!(
                emitted.iter().all(|event| allowed.contains(event)),
                "a foreign client emits {emitted:?}"
            );
            let reason = match emitted.is_empty() {
                true => SignedOutReason::Never,
                false => SignedOutReason::SignedOut,
            };
            assert_eq!(*auth.state(), AuthState::SignedOut { reason, error: None });
        }
    }
}

impl ForeignClient {
    /// Asks for everything that only a user who is signed in gets.
    fn demand(&self, auth: Auth) -> Call<[bool; 3]> {
        let signs_out = self.signs_out;
        self.tab.call(async move {
            let refused = [
                auth.token().await.is_err(),
                auth.user().await.is_err(),
                auth.fetch(ApiRequest::get(API)).await.is_err(),
            ];
            if signs_out {
                auth.sign_out().await.expect("the store works");
            }
            refused
        })
    }
}
