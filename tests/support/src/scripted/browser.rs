//! A tab, as a client sees it: the browser around its page.

use std::future::{Future, pending};
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use futures::future::{Either, select};

use super::api::{ApiRequest, ApiResponse};
use super::listener::Listener;
use super::locks::Lock;
use super::network::{Answer, Content, Fate, SentRequest, received};
use super::page::PageId;
use super::stores::TabStore;
use super::tab::Tab;
use super::world::{Core, Effect};
use crate::native::Native;
use crate::signature::is_signature;
use basic_oauth::UnixTime;
use basic_oauth::codec::{Json, JsonCodec};
use basic_oauth::codec::{Url, UrlParser};
use basic_oauth::platform::{
    Environment, Locked, Page, PageEvent, Platform, SessionStore, Store as _, Task,
};
use basic_oauth::protocol::http::{Request, Response};
use basic_oauth::protocol::openid::{jwks::VerificationKey, jwt::Algorithm};
use basic_oauth::{AccessToken, SecretText};
use basic_oauth::{Error, ErrorCode, Result};

/// The longest an app waits for its own API here.
const API_TIMEOUT: Duration = Duration::from_secs(3600);

impl Platform for Tab {
    type Store = TabStore;
    type Lock = Lock;
    type PageEvents = Listener;
    type ApiRequest = ApiRequest;
    type ApiResponse = ApiResponse;
    type ApiError = Error;

    fn environment(&self) -> Environment {
        self.live(|live| live.environment).unwrap_or_default()
    }

    fn is_user_active(&self) -> bool {
        self.live(|live| live.is_user_active).unwrap_or_default()
    }

    fn page(&self) -> Rc<Page> {
        self.live(|live| Rc::clone(&live.shared)).unwrap_or_default()
    }

    fn now(&self) -> UnixTime {
        self.core.clock.borrow().wall()
    }

    fn random(&self, bytes: &mut [u8]) -> Result<()> {
        let mut random = self.core.random.borrow_mut();
        let source = random.as_mut().ok_or_else(|| Error::new(ErrorCode::NoSecureRandom))?;
        source.fill(bytes);
        Ok(())
    }

    fn store(&self, kind: SessionStore) -> Result<TabStore> {
        TabStore::open(&self.core, self.page, self.shelf(kind))
    }

    fn left_store(&self, kind: SessionStore) -> Option<TabStore> {
        self.store(kind).ok()
    }

    fn shared_keys(&self, prefix: &str) -> Result<Vec<String>> {
        self.store(SessionStore::Local)?.keys(prefix)
    }

    fn fetch(&self, request: Request) -> Task<Result<Response>> {
        let method = if request.body.is_some() { "POST" } else { "GET" };
        let (content_type, body) = match request.body {
            Some(body) => (Some(body.content_type.to_owned()), body.text),
            None => (None, SecretText::default()),
        };
        let sent = SentRequest {
            method: method.into(),
            url: request.endpoint.as_str().into(),
            content_type,
            body,
            ..self.blank(request.bearer)
        };
        self.send(sent, request.timeout)
    }

    fn verify_signature(
        &self,
        key: &VerificationKey,
        algorithm: Algorithm,
        message: String,
        signature: Vec<u8>,
    ) -> Task<Result<bool>> {
        let is_valid = is_signature(key, algorithm, message.as_bytes(), &signature);
        Box::pin(std::future::ready(Ok(is_valid)))
    }

    fn lock(&self, name: &str, wait: Duration) -> Task<Locked<Lock>> {
        let name = name.to_owned();
        self.script(move |tab| async move { tab.wait_for(&name, wait).await })
    }

    fn sleep(&self, duration: Duration) -> Task<()> {
        Box::pin(self.core.sleep(self.page, duration))
    }

    fn spawn(&self, task: Task<()>) {
        if self.core.pages.borrow().is_alive(self.page) {
            self.core.executor.spawn(self.page, task);
        }
    }

    fn listen(&self, channel: &str, handler: Rc<dyn Fn(PageEvent)>) -> Listener {
        Listener::new(&self.core, self.page, channel, handler)
    }

    fn location(&self) -> Option<Url> {
        self.live(|live| live.address.clone())
    }

    fn replace_location(&self, url: &str) {
        self.note_address(url, false);
    }

    fn return_to(&self, path: &str) {
        self.note_address(path, true);
    }

    fn load(&self, path: &str) {
        if let Some(live) = self.core.pages.borrow_mut().get_mut(self.page) {
            live.loads.push(path.into());
        }
        self.core.note(self.page, Effect::Navigated);
    }

    fn navigate(&self, url: &str) {
        if let Some(live) = self.core.pages.borrow_mut().get_mut(self.page) {
            live.navigations.push(url.into());
        }
        self.core.note(self.page, Effect::Navigated);
    }

    fn api_url(&self, request: &ApiRequest) -> Option<Url> {
        Native.parse_url(&request.url, Some(&self.address()))
    }

    fn api_send(&self, request: &ApiRequest, token: AccessToken) -> Task<Result<ApiResponse>> {
        let sent = SentRequest {
            method: request.method.clone(),
            url: self.api_url(request).unwrap_or_default().href().into(),
            body: request.body.clone(),
            ..self.blank(Some(token))
        };
        let response = self.send(sent, API_TIMEOUT);
        self.script(move |tab| async move {
            let response = response.await?;
            let challenge = tab.api_challenge(response.status);
            Ok(ApiResponse {
                status: response.status,
                body: response.body.expose().into(),
                challenge,
            })
        })
    }

    fn api_cancelled(&self, request: &ApiRequest) -> Task<Error> {
        let cancelled = request.cancelled.clone();
        self.script(move |_| async move {
            match cancelled {
                Some(cancelled) => cancelled.await,
                None => pending().await,
            }
            Error::new(ErrorCode::NetworkError)
        })
    }

    fn api_status(&self, response: &ApiResponse) -> u16 {
        response.status
    }

    fn api_challenge(&self, response: &ApiResponse) -> Option<String> {
        response.challenge.clone()
    }
}

/// Notes how a request ended, be it that its page ended first.
struct Ending {
    core: Rc<Core>,
    number: usize,
    fate: Fate,
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.core.network.borrow_mut().end(self.number, self.fate);
    }
}

fn fate(outcome: &Result<Response>, is_servers: bool) -> Fate {
    match outcome {
        Ok(response) if is_servers => Fate::Answered(response.status),
        Ok(_) => Fate::Intercepted,
        Err(_) => Fate::Lost,
    }
}

impl Tab {
    /// Work of the page's script; when the page is gone, it never ends.
    fn script<T: 'static, F>(&self, work: impl FnOnce(Self) -> F + 'static) -> Task<T>
    where
        F: Future<Output = T> + 'static,
    {
        let tab = self.clone();
        Box::pin(async move {
            if !tab.core.pages.borrow().is_alive(tab.page) {
                return pending().await;
            }
            work(tab).await
        })
    }

    fn blank(&self, bearer: Option<AccessToken>) -> SentRequest {
        SentRequest {
            tab: self.id,
            at: self.now(),
            address: self.address(),
            method: String::new(),
            url: String::new(),
            content_type: None,
            bearer,
            body: SecretText::default(),
            arrived: false,
            is_deceived: false,
            intercepted: None,
        }
    }

    /// Sends a request at once, as a browser does, and waits for what the test or the server answers.
    fn send(&self, mut request: SentRequest, timeout: Duration) -> Task<Result<Response>> {
        if !self.core.pages.borrow().is_alive(self.page) {
            return Box::pin(pending());
        }
        let path = request.url.split(['?', '#']).next().unwrap_or_default().to_owned();
        self.core.note(self.page, Effect::Requested(path));
        request.arrived = self.core.pages.borrow().is_online(self.page);
        let answer = match request.arrived {
            true => self.core.network.borrow_mut().choose(&request),
            false => Answer::network_error(),
        };
        request.arrived &= !matches!(answer.content, Content::Failed(_) | Content::Silence);
        let before = self.core.server.borrow().deceptions();
        let outcome = self.outcome(&answer.content, &request);
        request.is_deceived = self.core.server.borrow().deceptions() > before;
        let is_servers = matches!(answer.content, Content::Server);
        if let Content::Fixed(response) = &answer.content {
            request.intercepted = Some(Rc::new(response.clone()));
        }
        let number = self.core.network.borrow_mut().send(request);
        let ending = Ending { core: Rc::clone(&self.core), number, fate: Fate::Lost };
        let (tab, timed_out) = (self.clone(), self.core.sleep(self.page, timeout));
        Box::pin(async move {
            // As a whole: a closure would take its fields one by one, and drop the rest at once.
            let mut ending = ending;
            match select(pin!(tab.deliver(answer, outcome)), pin!(timed_out)).await {
                Either::Left((outcome, _)) => {
                    ending.fate = fate(&outcome, is_servers);
                    outcome
                }
                Either::Right(_) => Err(Error::new(ErrorCode::Timeout)),
            }
        })
    }

    fn outcome(&self, content: &Content, request: &SentRequest) -> Option<Result<Response>> {
        let ask_server = || {
            let now = self.core.clock.borrow().truth();
            let answer = self.core.server.borrow_mut().answer(request, now);
            answer.map_or_else(|| Err(Error::new(ErrorCode::NetworkError)), received)
        };
        match content {
            Content::Failed(code) => Some(Err(Error::new(*code))),
            Content::Fixed(response) => Some(received(response.clone())),
            Content::LostByServer => {
                let _ = ask_server();
                Some(Err(Error::new(ErrorCode::NetworkError)))
            }
            Content::Server => Some(ask_server()),
            Content::Silence => None,
        }
    }

    async fn deliver(&self, answer: Answer, outcome: Option<Result<Response>>) -> Result<Response> {
        let latency = self.core.network.borrow().latency + answer.delay;
        if !latency.is_zero() {
            // The network does not slow down with the timers of a hidden page.
            self.core.sleep(PageId::NONE, latency).await;
        }
        if let Some(gate) = answer.gate {
            gate.await;
        }
        self.turn().await;
        match outcome {
            Some(outcome) => outcome,
            None => pending().await,
        }
    }

    async fn wait_for(&self, name: &str, wait: Duration) -> Locked<Lock> {
        if !self.core.has_locks.get() {
            return Locked::Unavailable;
        }
        let (lock, granted) = Lock::claim(&self.core, name, self.page);
        let granted = pin!(async {
            let _ = granted.await;
            self.turn().await;
        });
        match select(granted, pin!(self.core.sleep(self.page, wait))).await {
            Either::Left(_) => Locked::Held(lock),
            Either::Right(_) => Locked::TimedOut,
        }
    }

    /// Lets the browser do what it has to do first.
    async fn turn(&self) {
        let (sender, receiver) = futures::channel::oneshot::channel();
        self.core.executor.post(self.page, move || sender.send(()).unwrap_or_default());
        // Refused only when the page is gone, and then nothing goes on.
        if receiver.await.is_err() {
            pending().await
        }
    }

    fn note_address(&self, url: &str, is_return: bool) {
        let target = Native.parse_url(url, Some(&self.address()));
        let mut pages = self.core.pages.borrow_mut();
        let (Some(live), Some(target)) = (pages.get_mut(self.page), target) else { return };
        live.address = target;
        if is_return {
            live.returns.push(url.into());
        }
        drop(pages);
        self.core.note(self.page, Effect::Replaced);
    }
}

impl JsonCodec for Tab {
    fn parse_json(&self, text: &str) -> Option<Json> {
        Native.parse_json(text)
    }

    fn write_json(&self, value: &Json) -> String {
        Native.write_json(value)
    }
}

impl UrlParser for Tab {
    fn parse_url(&self, input: &str, base: Option<&str>) -> Option<Url> {
        Native.parse_url(input, base)
    }
}
