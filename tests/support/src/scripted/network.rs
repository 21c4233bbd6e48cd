//! The network: what was sent, and how it is answered.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::page::TabId;
use crate::native::Native;
use basic_oauth::UnixTime;
use basic_oauth::codec::{Json, JsonCodec as _, query};
use basic_oauth::protocol::http::Response;
use basic_oauth::{AccessToken, SecretText};
use basic_oauth::{Error, ErrorCode, Result};

/// A request as it left a page. `Debug` shows no value of it, because values are secrets.
#[derive(Clone)]
pub struct SentRequest {
    /// Whose request it was.
    pub tab: TabId,
    /// When it was sent, by the page's clock.
    pub at: UnixTime,
    /// The address of the page at that moment: what a referrer would have said.
    pub address: String,
    /// `GET` or `POST`.
    pub method: String,
    /// Its URL.
    pub url: String,
    /// The media type of its body.
    pub content_type: Option<String>,
    /// The token of its `Authorization` header.
    pub bearer: Option<AccessToken>,
    /// The body as it was sent.
    pub body: SecretText,
    /// Whether it got as far as the server.
    pub arrived: bool,
    /// Whether the server answers with an ID token whose claims a test has changed.
    pub is_deceived: bool,
    /// The document that answers it in the server's place, if it gets that far.
    pub intercepted: Option<Rc<Response>>,
}

impl SentRequest {
    /// The members of the body, be it a form or a JSON object.
    #[must_use]
    pub fn parameters(&self) -> Vec<(String, String)> {
        if self.content_type.as_deref() != Some("application/json") {
            return query::parse(self.body.expose());
        }
        let json = Native.parse_json(self.body.expose());
        let Some(Json::Object(members)) = &json else { return Vec::new() };
        let texts = members.iter().filter_map(|(name, value)| match value {
            Json::String(text) => Some((name.clone(), text.clone())),
            _ => None,
        });
        texts.collect()
    }

    /// The member of the body of this name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        self.parameters().into_iter().find(|(own, _)| own == name).map(|(_, value)| value)
    }

    /// Whether it went to this path, on any host and with any query.
    #[must_use]
    pub fn is_to(&self, path: &str) -> bool {
        self.url.split(['?', '#']).next().is_some_and(|url| url.ends_with(path))
    }
}

/// What passes on the network, in order.
#[derive(Clone, Debug)]
pub enum Traffic {
    /// A page sent this request.
    Sent(SentRequest),
    /// The request of this number is over for its page; the first one sent has the number 0.
    Ended(usize, Fate),
}

/// How a request ended for the page that sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The page got what the server says, with this status.
    Answered(u16),
    /// The page got a document that is not the server's.
    Intercepted,
    /// The page got nothing: a failure, a timeout, or it was gone before the answer came.
    Lost,
}

impl fmt::Debug for SentRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.url.split(['?', '#']).next().unwrap_or_default();
        write!(f, "{} {url}", self.method)?;
        self.parameters().iter().try_for_each(|(name, _)| write!(f, " {name}"))
    }
}

/// How a request is answered.
#[derive(Clone, Debug)]
pub struct Answer {
    pub(super) content: Content,
    pub(super) gate: Option<Gate>,
    pub(super) delay: Duration,
}

#[derive(Clone, Debug)]
pub(super) enum Content {
    Failed(ErrorCode),
    Fixed(Response),
    LostByServer,
    Server,
    Silence,
}

impl Answer {
    /// What the world's authorization server says.
    #[must_use]
    pub fn server() -> Self {
        Self { content: Content::Server, gate: None, delay: Duration::ZERO }
    }

    /// A JSON document.
    #[must_use]
    pub fn json(status: u16, body: &str) -> Self {
        Self::of_type(status, "application/json", body)
    }

    /// Any document.
    #[must_use]
    pub fn of_type(status: u16, content_type: &str, body: &str) -> Self {
        let response = Response {
            status,
            content_type: Some(content_type.into()),
            retry_after: None,
            body: SecretText::new(body.into()),
        };
        Self { content: Content::Fixed(response), ..Self::server() }
    }

    /// Nothing got through: the server has not seen the request.
    #[must_use]
    pub fn network_error() -> Self {
        Self { content: Content::Failed(ErrorCode::NetworkError), ..Self::server() }
    }

    /// The server acted upon the request, and its answer was lost on the way.
    #[must_use]
    pub fn lost() -> Self {
        Self { content: Content::LostByServer, ..Self::server() }
    }

    /// No answer ever arrives, so the request times out.
    #[must_use]
    pub fn silence() -> Self {
        Self { content: Content::Silence, ..Self::server() }
    }

    /// Adds a `Retry-After` header to a document.
    #[must_use]
    pub fn with_retry_after(mut self, value: &str) -> Self {
        if let Content::Fixed(response) = &mut self.content {
            response.retry_after = Some(value.into());
        }
        self
    }

    /// Takes this long on the way back.
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    /// Waits on the way back until the gate is opened.
    #[must_use]
    pub fn behind(self, gate: &Gate) -> Self {
        Self { gate: Some(gate.clone()), ..self }
    }
}

/// What a page makes of a document: no redirect is followed, and no endless body read.
pub(super) fn received(response: Response) -> Result<Response> {
    match response.status {
        301 | 302 | 303 | 307 | 308 => Err(Error::new(ErrorCode::NetworkError)),
        _ if response.body.expose().len() > basic_oauth::protocol::http::MAX_BODY_BYTES => {
            Err(Error::new(ErrorCode::ResponseTooLarge))
        }
        _ => Ok(response),
    }
}

/// Holds answers back until a test opens it.
#[derive(Clone, Debug, Default)]
pub struct Gate(Rc<Bar>);

#[derive(Debug, Default)]
struct Bar {
    is_open: Cell<bool>,
    waiting: RefCell<Vec<Waker>>,
}

impl Gate {
    /// A closed gate.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets everything through, now and later.
    pub fn open(&self) {
        self.0.is_open.set(true);
        self.0.waiting.take().into_iter().for_each(Waker::wake);
    }
}

impl Future for Gate {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0.is_open.get() {
            return Poll::Ready(());
        }
        self.0.waiting.borrow_mut().push(context.waker().clone());
        Poll::Pending
    }
}

#[derive(Clone, Copy)]
enum Passage {
    Sent(usize),
    Ended(usize, Fate),
}

#[derive(Default)]
pub(super) struct Network {
    pub(super) sent: Vec<SentRequest>,
    passages: Vec<Passage>,
    pub(super) latency: Duration,
    once: VecDeque<(String, Answer)>,
    standing: Vec<(String, Answer)>,
}

impl Network {
    /// Notes a request, and gives it its number.
    pub(super) fn send(&mut self, request: SentRequest) -> usize {
        let number = self.sent.len();
        self.sent.push(request);
        self.passages.push(Passage::Sent(number));
        number
    }

    pub(super) fn end(&mut self, number: usize, fate: Fate) {
        self.passages.push(Passage::Ended(number, fate));
    }

    pub(super) fn passed(&self) -> usize {
        self.passages.len()
    }

    pub(super) fn traffic_since(&self, seen: usize) -> Vec<Traffic> {
        let new = self.passages.get(seen..).unwrap_or_default().iter();
        new.map(|passage| match *passage {
            Passage::Sent(number) => Traffic::Sent(self.sent[number].clone()),
            Passage::Ended(number, fate) => Traffic::Ended(number, fate),
        })
        .collect()
    }

    /// Nothing is scripted any more: the server answers.
    pub(super) fn clear_answers(&mut self) {
        self.once.clear();
        self.standing.clear();
        self.latency = Duration::ZERO;
    }

    pub(super) fn answer_once(&mut self, path: &str, answer: Answer) {
        self.once.push_back((path.into(), answer));
    }

    pub(super) fn answer_always(&mut self, path: &str, answer: Option<Answer>) {
        self.standing.retain(|(own, _)| own != path);
        self.standing.extend(answer.map(|answer| (path.into(), answer)));
    }

    pub(super) fn choose(&mut self, request: &SentRequest) -> Answer {
        if let Some(index) = self.once.iter().position(|(path, _)| request.is_to(path)) {
            return self.once.remove(index).map_or_else(Answer::server, |(_, answer)| answer);
        }
        let standing = self.standing.iter().find(|(path, _)| request.is_to(path));
        standing.map_or_else(Answer::server, |(_, answer)| answer.clone())
    }
}
