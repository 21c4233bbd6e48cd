//! The log of requests, for tests that check what a client sent.

use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use axum::http::request::Parts;
use parking_lot::Mutex;
use tokio::sync::watch;
use url::form_urlencoded;

use crate::clock::wall_clock;
use crate::faults::Endpoint;

/// A request. It contains secrets, so it is for tests only.
#[derive(Clone, Debug)]
pub struct LoggedRequest {
    /// Real time since the Unix epoch, also if the server's clock was moved.
    pub at: Duration,
    /// `GET`, `POST`, `OPTIONS`...
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The query, without the question mark. Empty if absent.
    pub query: String,
    /// All headers in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as text.
    pub body: String,
    /// The client, if the request names one.
    pub client_id: Option<String>,
    /// The endpoint. `None` for preflights and unknown paths.
    pub endpoint: Option<Endpoint>,
    /// The status of the response. `None` until it is sent, and if the socket was closed instead.
    pub status: Option<u16>,
}

impl LoggedRequest {
    /// Returns the log entry of a request.
    pub(crate) fn new(
        parts: &Parts,
        body: &[u8],
        client_id: Option<String>,
        endpoint: Option<Endpoint>,
    ) -> Self {
        Self {
            at: wall_clock(),
            method: parts.method.to_string(),
            path: parts.uri.path().into(),
            query: parts.uri.query().unwrap_or_default().into(),
            headers: header_list(&parts.headers),
            body: String::from_utf8_lossy(body).into_owned(),
            client_id,
            endpoint,
            status: None,
        }
    }

    /// Returns the first header of this name, which must be in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Returns a parameter of the body, which may be JSON or a form.
    pub fn body_param(&self, name: &str) -> Option<String> {
        if let Ok(json) = serde_json::from_str::<serde_json::Value>(&self.body) {
            return json.get(name)?.as_str().map(Into::into);
        }
        form_value(&self.body, name)
    }

    /// Returns all values of a parameter of the body. A form repeats the name, JSON has an array.
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

    /// Returns a parameter of the query.
    pub fn query_param(&self, name: &str) -> Option<String> {
        form_value(&self.query, name)
    }
}

/// A log of requests. Clones share one log.
#[derive(Clone, Debug)]
pub(crate) struct RequestLog {
    entries: Arc<Mutex<Vec<LoggedRequest>>>,
    changes: watch::Sender<usize>,
    is_on: bool,
}

impl RequestLog {
    pub(crate) fn new(is_on: bool) -> Self {
        Self { entries: Arc::default(), changes: watch::Sender::new(0), is_on }
    }

    /// Adds a request. The result is for [`Self::set_status`]; it is `None` if the log is off.
    pub(crate) fn add(&self, request: LoggedRequest) -> Option<EntryId> {
        if !self.is_on {
            return None;
        }
        let mut entries = self.entries.lock();
        let at = request.at;
        entries.push(request);
        let id = EntryId { index: entries.len() - 1, at };
        drop(entries);
        self.changes.send_modify(|count| *count += 1);
        Some(id)
    }

    pub(crate) fn set_status(&self, id: Option<EntryId>, status: u16) {
        let Some(id) = id else { return };
        // The log may have been cleared since. Then the time differs.
        if let Some(entry) = self.entries.lock().get_mut(id.index)
            && entry.at == id.at
        {
            entry.status = Some(status);
        }
        self.changes.send_modify(|count| *count += 1);
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
        let mut changes = self.changes.subscribe();
        loop {
            let entries = self.all();
            if condition(&entries) || changes.changed().await.is_err() {
                return entries;
            }
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct EntryId {
    index: usize,
    at: Duration,
}

fn header_list(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect()
}

fn form_value(encoded: &str, name: &str) -> Option<String> {
    form_urlencoded::parse(encoded.as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}
