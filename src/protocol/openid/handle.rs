//! A handle of Basic, and how its server is found: handle, DID, server.
//!
//! `https://<handle>/.well-known/did.json` names the DID. A DID that is not the handle's own host has a
//! document of its own, which must name the handle back. The service `#basic_pds` of the document is the
//! user's server. Nothing on this way is trusted before it is validated: every address is `https` (or
//! `http` on a loopback host), and every document names what led to it.

use std::time::Duration;

use crate::codec::{Json, JsonCodec, UrlParser, text};
use crate::error::{Error, ErrorCode, Result};
use crate::protocol::endpoint::Endpoint;
use crate::protocol::http::{Request, Response};
use crate::protocol::server::Issuer;

/// The longest handle, as that of a host name.
const MAX_BYTES: usize = 253;

/// A handle: a host name, such as `ada.basic.id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handle {
    host: String,
    document: Endpoint,
}

/// What a DID document says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DidDocument {
    /// The DID that it belongs to.
    pub did: String,
    /// Whether it names the handle.
    names_handle: bool,
    /// The user's server.
    pub server: Issuer,
}

impl Handle {
    /// Validates a handle. An at sign before it and capital letters are a matter of taste.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidHandle`] with the detail `handle` if it is not a host name.
    pub fn parse(parser: &impl UrlParser, input: &str) -> Result<Self> {
        let host = input.trim_ascii();
        let host = host.strip_prefix('@').unwrap_or(host).to_ascii_lowercase();
        let is_host = (1..=MAX_BYTES).contains(&host.len())
            && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b':'));
        let document = did_document(parser, &host, "/.well-known/did.json");
        match document.filter(|_| is_host) {
            Some(document) => Ok(Self { host, document }),
            None => Err(invalid("handle")),
        }
    }

    /// Returns the handle in its usual form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.host
    }

    /// Builds the request for the document of the handle's host.
    #[must_use]
    pub fn request(&self, timeout: Duration) -> Request {
        Request { endpoint: self.document.clone(), body: None, bearer: None, timeout }
    }

    /// Processes a DID document. `expected` is the DID that led to it.
    ///
    /// # Errors
    /// The kind `InvalidResponse`: [`ErrorCode::InvalidHandle`] with the step as detail.
    pub fn process_response<C: JsonCodec + UrlParser>(
        &self,
        codec: &C,
        response: &Response,
        expected: Option<&str>,
    ) -> Result<DidDocument> {
        let document = match response.status {
            200 => response.object_of_any_type(codec).ok_or_else(|| invalid("document"))?,
            _ => return Err(invalid("document")),
        };
        let did = document.text("id").filter(|did| did.starts_with("did:"));
        let did = did.ok_or_else(|| invalid("did"))?;
        if expected.is_some_and(|expected| expected != did) {
            return Err(invalid("did"));
        }
        Ok(DidDocument {
            did: did.into(),
            names_handle: self.is_named_by(&document),
            server: server(codec, &document, did).ok_or_else(|| invalid("service"))?,
        })
    }

    /// Returns the request for the DID's own document, if the handle's host is not the DID's. `None`:
    /// `document` speaks for both.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidHandle`] with the detail `did` if the DID is of another method than `web`.
    pub fn next_request(
        &self,
        parser: &impl UrlParser,
        document: &DidDocument,
        timeout: Duration,
    ) -> Result<Option<Request>> {
        let name = document.did.strip_prefix("did:web:").ok_or_else(|| invalid("did"))?;
        let (host, path) = text::cut(name, b':');
        let host = decoded(host);
        if host == self.host && path.is_none() {
            return Ok(None);
        }
        let mut file = String::new();
        for part in text::split(path.unwrap_or(".well-known"), b':') {
            file.push('/');
            file.push_str(part);
        }
        file.push_str("/did.json");
        let endpoint = did_document(parser, &host, &file).ok_or_else(|| invalid("did"))?;
        Ok(Some(Request { endpoint, body: None, bearer: None, timeout }))
    }

    /// Validates that the DID's own document names the handle back.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidHandle`] with the detail `alsoKnownAs`.
    pub fn validate_named(&self, document: DidDocument) -> Result<DidDocument> {
        if document.names_handle { Ok(document) } else { Err(invalid("alsoKnownAs")) }
    }

    fn is_named_by(&self, document: &Json) -> bool {
        let Some(Json::Array(names)) = document.member("alsoKnownAs") else { return false };
        names.iter().any(|name| {
            let Json::String(name) = name else { return false };
            let name = text::cut_last(name, b'/').1.unwrap_or(name);
            name.strip_prefix("acct:").unwrap_or(name).eq_ignore_ascii_case(&self.host)
        })
    }
}

/// Returns the server that the service `#basic_pds` names.
fn server(parser: &impl UrlParser, document: &Json, did: &str) -> Option<Issuer> {
    let Some(Json::Array(services)) = document.member("service") else { return None };
    let service = services.iter().find(|service| {
        let id = service.text("id").unwrap_or_default();
        id.strip_prefix(did).unwrap_or(id) == "#basic_pds"
    })?;
    let url = service.text("serviceEndpoint")?;
    Issuer::parse(parser, url.strip_suffix('/').unwrap_or(url)).ok()
}

/// Returns the address of a document at a host: `https`, or `http` if the host is a loopback one.
fn did_document(parser: &impl UrlParser, host: &str, path: &str) -> Option<Endpoint> {
    let at = |scheme: &str| {
        let url = [scheme, host, path].concat();
        let parsed = parser.parse_url(&url, None)?;
        // The host must be nothing but a host.
        (parsed.pathname() == path && parsed.href() == url)
            .then(|| Endpoint::parse(parser, &url, "handle").ok())
            .flatten()
    };
    // A loopback host has no certificate, and `http` is secure only there.
    at("http://").or_else(|| at("https://"))
}

/// Returns a host of a DID: its port stands behind an escaped colon.
fn decoded(host: &str) -> String {
    let mut decoded = String::new();
    let mut rest = host;
    while let Some((before, after)) = cut_at_escaped_colon(rest) {
        decoded.push_str(before);
        decoded.push(':');
        rest = after;
    }
    decoded.push_str(rest);
    decoded
}

fn cut_at_escaped_colon(text: &str) -> Option<(&str, &str)> {
    let (before, after) = text::cut(text, b'%');
    after?.strip_prefix("3A").or(after?.strip_prefix("3a")).map(|after| (before, after))
}

fn invalid(step: &'static str) -> Error {
    Error::new(ErrorCode::InvalidHandle).with_detail(step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::SecretText;
    use crate::testing::Native;

    const TIMEOUT: Duration = Duration::from_secs(1);

    fn handle(text: &str) -> Handle {
        Handle::parse(&Native, text).expect("a valid handle")
    }

    fn detail<T: std::fmt::Debug>(result: Result<T>) -> Option<&'static str> {
        let error = result.expect_err("refused");
        assert_eq!(error.code(), ErrorCode::InvalidHandle);
        error.detail()
    }

    fn document(text: &str) -> Response {
        Response { status: 200, body: SecretText::new(text.into()), ..Response::default() }
    }

    fn read(text: &str, expected: Option<&str>) -> Result<DidDocument> {
        handle("ada.basic.id").process_response(&Native, &document(text), expected)
    }

    #[test]
    fn a_handle_is_a_host() {
        for valid in ["ada.basic.id", "@Ada.Basic.ID ", "xn--nxasmq6b.example"] {
            assert!(Handle::parse(&Native, valid).is_ok(), "{valid}");
        }
        assert_eq!(handle(" @Ada.Basic.ID").as_str(), "ada.basic.id");
        let url = handle("ada.basic.id").request(TIMEOUT).endpoint;
        assert_eq!(url.as_str(), "https://ada.basic.id/.well-known/did.json");
        let url = handle("localhost:8081").request(TIMEOUT).endpoint;
        assert_eq!(url.as_str(), "http://localhost:8081/.well-known/did.json");
        let long = "a.".repeat(127);
        for odd in [
            "",
            "@",
            "ada basic.id",
            "ada/../b",
            "ada?x",
            "ada#x",
            "a@b",
            "evil.example/x",
            "h:70000",
            "\u{e9}.example",
            "javascript:alert(1)",
            "ada.basic.id:443",
            &long,
        ] {
            assert_eq!(detail(Handle::parse(&Native, odd)), Some("handle"), "{odd}");
        }
    }

    #[test]
    fn a_document_of_the_handles_own_host_speaks_for_both() {
        let text = r##"{"id":"did:web:ada.basic.id","service":[{"id":"#other","serviceEndpoint":"x"},
            {"id":"#basic_pds","serviceEndpoint":"https://pds.example/"}]}"##;
        let read = read(text, None).expect("a document");
        assert_eq!(read.server.as_str(), "https://pds.example");
        let next = handle("ada.basic.id").next_request(&Native, &read, TIMEOUT);
        assert!(next.expect("a DID of the web").is_none());
    }

    #[test]
    fn another_did_must_name_the_handle_back() {
        let text = |names: &str| {
            format!(
                r##"{{"id":"did:web:pds.example%3A8443:users:ada","alsoKnownAs":{names},
                "service":[{{"id":"did:web:pds.example%3A8443:users:ada#basic_pds",
                "serviceEndpoint":"https://pds.example:8443"}}]}}"##
            )
        };
        let ada = handle("ada.basic.id");
        let first = read(&text("[]"), None).expect("a document");
        let next = ada.next_request(&Native, &first, TIMEOUT).expect("valid").expect("one more");
        assert_eq!(next.endpoint.as_str(), "https://pds.example:8443/users/ada/did.json");
        for named in [
            r#"["at://ada.basic.id"]"#,
            r#"[1,"https://Ada.basic.id"]"#,
            r#"["acct:ada.basic.id"]"#,
        ] {
            let own = read(&text(named), Some(&first.did)).expect("a document");
            assert!(ada.validate_named(own).is_ok(), "{named}");
        }
        for silent in [
            "[]",
            "null",
            r#"["at://alan.basic.id"]"#,
            r#"["at://xada.basic.id"]"#,
            r#""ada.basic.id""#,
        ] {
            let own = read(&text(silent), Some(&first.did)).expect("a document");
            assert_eq!(detail(ada.validate_named(own)), Some("alsoKnownAs"), "{silent}");
        }
        let other = read(&text("[]"), Some("did:web:evil.example"));
        assert_eq!(detail(other), Some("did"));
    }

    #[test]
    fn r15_an_odd_document_names_no_server() {
        let with = |service: &str| format!(r#"{{"id":"did:web:x.example","service":{service}}}"#);
        for odd in [
            "null",
            "[]",
            r##"[{"id":"#basic_pds"}]"##,
            r##"[{"id":"#basic_pds","serviceEndpoint":1}]"##,
            r##"[{"id":"#basic_pds","serviceEndpoint":"javascript:alert(1)"}]"##,
            r##"[{"id":"#basic_pds","serviceEndpoint":"http://pds.example"}]"##,
            r##"[{"id":"did:web:evil.example#basic_pds","serviceEndpoint":"https://evil.example"}]"##,
        ] {
            assert_eq!(detail(read(&with(odd), None)), Some("service"), "{odd}");
        }
        for odd in ["", "[]", "{", "null"] {
            assert_eq!(detail(read(odd, None)), Some("document"), "{odd}");
        }
        for odd in ["{}", r#"{"id":1}"#, r#"{"id":"web:x"}"#] {
            assert_eq!(detail(read(odd, None)), Some("did"), "{odd}");
        }
        let gone = Response { status: 404, ..document("{}") };
        let refused = handle("ada.basic.id").process_response(&Native, &gone, None);
        assert_eq!(detail(refused), Some("document"));
    }

    #[test]
    fn a_did_of_another_method_or_an_odd_host_leads_nowhere() {
        let ada = handle("ada.basic.id");
        let server = Issuer::parse(&Native, "https://pds.example").expect("a valid issuer");
        for did in [
            "did:plc:abc",
            "did:web:",
            "did:web:a/b",
            "did:web:evil.example%2Fx",
            "did:web:a:../b:?",
            "did:web:user@evil",
        ] {
            let document =
                DidDocument { did: did.into(), names_handle: true, server: server.clone() };
            assert_eq!(detail(ada.next_request(&Native, &document, TIMEOUT)), Some("did"), "{did}");
        }
    }
}
