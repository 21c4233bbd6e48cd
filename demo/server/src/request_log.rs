//! The record of what arrived, for tests that ask what a client did or did not send.

use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use parking_lot::Mutex;
use tokio::sync::watch;
use url::form_urlencoded;

use crate::clock::wall_clock;
use crate::faults::Endpoint;

/// One request as it arrived. Holds secrets: for tests only.
#[derive(Clone, Debug)]
pub struct LoggedRequest {
    /// Real time since the Unix epoch, whatever the server's clock says.
    pub at: Duration,
    /// `GET`, `POST`, `OPTIONS`...
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The query, without the question mark; empty where there is none.
    pub query: String,
    /// All headers in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as text.
    pub body: String,
    /// The client, as far as the request tells.
    pub client_id: Option<String>,
    /// The endpoint; `None` for preflights and for unknown paths.
    pub endpoint: Option<Endpoint>,
    /// The status answered; `None` while under way, or when the socket was dropped.
    pub status: Option<u16>,
}

impl LoggedRequest {
    /// The first header of that name (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A parameter of the body, be it JSON or a form.
    pub fn body_param(&self, name: &str) -> Option<String> {
        if let Ok(json) = serde_json::from_str::<serde_json::Value>(&self.body) {
            return json.get(name)?.as_str().map(Into::into);
        }
        pair(&self.body, name)
    }

    /// Every value of a parameter of the body: in a form the name repeats, in JSON it has an array.
    pub fn body_params(&self, name: &str) -> Vec<String> {
        let text = |value: &serde_json::Value| value.as_str().map(Into::into);
        match serde_json::from_str::<serde_json::Value>(&self.body) {
            Ok(json) => match json.get(name) {
                Some(serde_json::Value::Array(values)) => values.iter().filter_map(text).collect(),
                value => value.and_then(text).into_iter().collect(),
            },
            Err(_) => form_urlencoded::parse(self.body.as_bytes())
                .filter(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
                .collect(),
        }
    }

    /// A parameter of the query.
    pub fn query_param(&self, name: &str) -> Option<String> {
        pair(&self.query, name)
    }
}

/// A log that many hold.
#[derive(Clone, Debug)]
pub(crate) struct RequestLog {
    entries: Arc<Mutex<Vec<LoggedRequest>>>,
    length: watch::Sender<usize>,
    is_on: bool,
}

impl RequestLog {
    pub(crate) fn new(is_on: bool) -> Self {
        Self { entries: Arc::default(), length: watch::Sender::new(0), is_on }
    }

    /// Adds a request; the answer is its place for [`Self::answered`].
    pub(crate) fn add(&self, request: LoggedRequest) -> Option<LogPlace> {
        if !self.is_on {
            return None;
        }
        let mut entries = self.entries.lock();
        let at = request.at;
        entries.push(request);
        let place = LogPlace { index: entries.len() - 1, at };
        drop(entries);
        self.length.send_modify(|changes| *changes += 1);
        Some(place)
    }

    pub(crate) fn answered(&self, place: Option<LogPlace>, status: u16) {
        let Some(place) = place else { return };
        // The log may have been emptied since; the time tells.
        if let Some(entry) = self.entries.lock().get_mut(place.index)
            && entry.at == place.at
        {
            entry.status = Some(status);
        }
        self.length.send_modify(|changes| *changes += 1);
    }

    pub(crate) fn all(&self) -> Vec<LoggedRequest> {
        self.entries.lock().clone()
    }

    pub(crate) fn clear(&self) {
        self.entries.lock().clear();
    }

    /// Waits until the log satisfies `condition`, and returns it.
    pub(crate) async fn until(
        &self,
        condition: impl Fn(&[LoggedRequest]) -> bool,
    ) -> Vec<LoggedRequest> {
        let mut changes = self.length.subscribe();
        loop {
            let entries = self.all();
            if condition(&entries) || changes.changed().await.is_err() {
                return entries;
            }
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct LogPlace {
    index: usize,
    at: Duration,
}

/// The parts of a request that are logged.
pub(crate) fn entry(
    parts: &axum::http::request::Parts,
    body: &[u8],
    client_id: Option<String>,
    endpoint: Option<Endpoint>,
) -> LoggedRequest {
    LoggedRequest {
        at: wall_clock(),
        method: parts.method.to_string(),
        path: parts.uri.path().into(),
        query: parts.uri.query().unwrap_or_default().into(),
        headers: in_order(&parts.headers),
        body: String::from_utf8_lossy(body).into_owned(),
        client_id,
        endpoint,
        status: None,
    }
}

fn in_order(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect()
}

fn pair(encoded: &str, name: &str) -> Option<String> {
    form_urlencoded::parse(encoded.as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}
