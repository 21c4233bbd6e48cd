//! What makes the scripted server an OpenID provider: metadata, keys, ID tokens, and documents of DIDs.

use std::collections::BTreeMap;

use super::server::Account;
use crate::native::Native;
use crate::signing::{SigningKey, at_hash};
use basic_oauth::codec::UrlParser as _;
use basic_oauth::protocol::server::BASIC_ORIGIN;
use basic_oauth::{SecretText, UnixTime, protocol::http::Response};
use serde_json::{Value, json};

/// Where metadata may be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WellKnown {
    /// Appended to the issuer: OpenID Connect Discovery.
    Appended,
    /// Below `/auth/`, as Basic has it.
    Basic,
    /// Inserted before the path of the issuer: RFC 8414.
    Inserted,
}

/// The settings of an OpenID provider. Change them at any time.
///
/// A value of changes is an object whose members replace those of the document; `null` takes one out.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Its name in metadata and ID tokens.
    pub issuer: String,
    /// Where it has its metadata.
    pub well_known: Vec<WellKnown>,
    /// Changes of the metadata.
    pub metadata: Value,
    /// Changes of the header of each ID token.
    pub header: Value,
    /// Changes of the claims of each ID token.
    pub claims: Value,
    /// Further changes of the claims of an ID token at a refresh.
    pub refreshed_claims: Value,
    /// Whether an exchange brings an ID token if `openid` was asked for.
    pub issues_id_tokens: bool,
    /// Whether a refresh brings one as well.
    pub refreshes_id_tokens: bool,
    /// An ID token to send in place of its own.
    pub id_token: Option<String>,
    /// Its keys. The last one signs.
    pub keys: Vec<SigningKey>,
    /// The keys that it publishes; `None`: its own.
    pub published: Option<Value>,
    /// Whether its metadata names other endpoints than at first: those below `/v2`. Both are there, and a
    /// session belongs to those that it began with.
    pub has_moved: bool,
    /// Documents of other hosts, by their address.
    pub documents: BTreeMap<String, Value>,
}

impl Default for Provider {
    fn default() -> Self {
        Self {
            issuer: BASIC_ORIGIN.into(),
            well_known: vec![WellKnown::Appended, WellKnown::Inserted],
            metadata: json!({}),
            header: json!({}),
            claims: json!({}),
            refreshed_claims: json!({}),
            issues_id_tokens: true,
            refreshes_id_tokens: true,
            id_token: None,
            keys: vec![SigningKey::numbered(0)],
            published: None,
            has_moved: false,
            documents: BTreeMap::new(),
        }
    }
}

/// What a user has granted to an app.
#[derive(Clone, Debug)]
pub(super) struct Granted {
    pub(super) account: Account,
    pub(super) client_id: String,
    pub(super) is_openid: bool,
    pub(super) nonce: String,
    pub(super) acr_values: String,
    pub(super) authenticated_at: UnixTime,
    /// Whether the user consented at an endpoint below `/v2`.
    pub(super) is_moved: bool,
}

/// What the paths of the other endpoints begin with.
pub(super) const MOVED: &str = "/v2";

impl Provider {
    /// Takes the key of this number into use, and publishes no other.
    pub fn rotate_to(&mut self, number: usize) {
        self.keys = vec![SigningKey::numbered(number)];
    }

    /// Adds the documents of a handle: the host of the handle names this DID, and the DID names the handle
    /// and this server.
    pub fn add_handle(&mut self, handle: &str, did: &str, server: &str) {
        let document = did_document(handle, did, server);
        let host = did.strip_prefix("did:web:").unwrap_or_default();
        for host in [handle, host] {
            let address = format!("https://{host}/.well-known/did.json");
            self.documents.insert(address, document.clone());
        }
    }

    /// Answers a request for one of its documents.
    pub(super) fn answer(&self, url: &str, origin: &str, has_iss: bool) -> Option<Response> {
        if let Some(document) = self.documents.get(url) {
            return Some(response(document));
        }
        let asked = Native.parse_url(url, None).filter(|url| url.origin() == origin)?;
        if asked.pathname().ends_with("/auth/keys") {
            return Some(response(&self.key_set()));
        }
        let path = self.issuer.strip_prefix(origin).unwrap_or_default().trim_end_matches('/');
        let is_there = self.well_known.iter().any(|form| {
            asked.pathname()
                == match form {
                    WellKnown::Appended => format!("{path}/.well-known/openid-configuration"),
                    WellKnown::Basic => "/auth/.well-known/openid-configuration".into(),
                    WellKnown::Inserted => format!("/.well-known/oauth-authorization-server{path}"),
                }
        });
        is_there.then(|| response(&self.document(origin, has_iss)))
    }

    fn key_set(&self) -> Value {
        let own = || self.keys.iter().map(SigningKey::jwk).collect::<Value>();
        json!({ "keys": self.published.clone().unwrap_or_else(own) })
    }

    fn document(&self, origin: &str, has_iss: bool) -> Value {
        let folder = if self.has_moved { MOVED } else { "" };
        let at = |path: &str| [origin, folder, "/auth/", path].concat();
        let document = json!({
            "issuer": self.issuer,
            "authorization_endpoint": at("authorize"),
            "token_endpoint": at("token"),
            "userinfo_endpoint": at("userinfo"),
            "revocation_endpoint": at("revoke"),
            "end_session_endpoint": at("end"),
            "jwks_uri": at("keys"),
            "code_challenge_methods_supported": ["S256"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "authorization_response_iss_parameter_supported": has_iss,
        });
        changed(document, &self.metadata)
    }

    /// Whether the claims of its ID tokens are not as they should be.
    pub(super) fn is_deceptive(&self, is_refresh: bool) -> bool {
        let changes = |claims: &Value| claims.as_object().is_some_and(|claims| !claims.is_empty());
        changes(&self.claims) || (is_refresh && changes(&self.refreshed_claims))
    }

    /// The ID token of a response.
    pub(super) fn id_token(
        &self,
        granted: &Granted,
        access_token: &str,
        is_refresh: bool,
        now: UnixTime,
    ) -> Option<String> {
        let issues = if is_refresh { self.refreshes_id_tokens } else { self.issues_id_tokens };
        if !issues || !granted.is_openid {
            return None;
        }
        if let Some(id_token) = &self.id_token {
            return Some(id_token.clone());
        }
        let seconds = now.as_millis() / 1000;
        let mut claims = json!({
            "iss": self.issuer,
            "aud": granted.client_id,
            "sub": granted.account.sub,
            "iat": seconds,
            "exp": seconds + 3600,
            "auth_time": granted.authenticated_at.as_millis() / 1000,
            "at_hash": at_hash(access_token),
        });
        if let Some(acr) = granted.acr_values.split(' ').next().filter(|acr| !acr.is_empty()) {
            claims["acr"] = acr.into();
        }
        if !is_refresh && !granted.nonce.is_empty() {
            claims["nonce"] = granted.nonce.as_str().into();
        }
        let mut claims = changed(claims, &self.claims);
        if is_refresh {
            claims = changed(claims, &self.refreshed_claims);
        }
        let key = self.keys.last()?;
        let header = json!({ "alg": "ES256", "kid": key.id, "typ": "JWT" });
        Some(key.sign(&changed(header, &self.header), &claims))
    }
}

/// The document of a DID that has this handle and this server.
#[must_use]
pub fn did_document(handle: &str, did: &str, server: &str) -> Value {
    json!({
        "id": did,
        "alsoKnownAs": [format!("https://{handle}")],
        "service": [{
            "id": "#basic_pds",
            "type": "BasicPersonalDataServer",
            "serviceEndpoint": server,
        }],
    })
}

/// The document with these members instead; `null` takes one out.
pub(super) fn changed(mut document: Value, changes: &Value) -> Value {
    let (Some(members), Some(changes)) = (document.as_object_mut(), changes.as_object()) else {
        return document;
    };
    for (name, value) in changes {
        if value.is_null() {
            members.shift_remove(name);
        } else {
            members.insert(name.clone(), value.clone());
        }
    }
    document
}

fn response(document: &Value) -> Response {
    Response {
        status: 200,
        content_type: Some("application/json".into()),
        retry_after: None,
        body: SecretText::new(document.to_string()),
    }
}
