//! The DID documents of the server: who owns this host, and where their data is.
//!
//! A DID `did:web:<host>` names `https://<host>/.well-known/did.json`, and further names after the
//! host are the path of the document. Ada owns this host; the host itself is the handle.

use std::collections::HashMap;

use parking_lot::RwLock;
use serde_json::{Value, json};

use crate::users::USERS;

/// The published documents by their path.
pub(crate) struct DidDocuments {
    inner: RwLock<HashMap<String, Value>>,
}

impl DidDocuments {
    /// Returns the documents of all users.
    pub(crate) fn new(origin: &str) -> Self {
        let documents = USERS.iter().map(|user| {
            let did = user.sub(origin);
            (path_of(&did), document(&did, origin))
        });
        Self { inner: RwLock::new(documents.collect()) }
    }

    /// Publishes a document, or replaces it.
    pub(crate) fn publish(&self, path: &str, document: Value) {
        self.inner.write().insert(path.into(), document);
    }

    pub(crate) fn at(&self, path: &str) -> Option<Value> {
        self.inner.read().get(path).cloned()
    }
}

/// Returns the DID of the host of this origin. The colon ahead of a port is encoded.
pub(crate) fn of_host(origin: &str) -> String {
    format!("did:web:{}", host(origin).replace(':', "%3A"))
}

/// Returns the document of a user. Only the owner of the host has the host as a handle.
fn document(did: &str, origin: &str) -> Value {
    let handles = if did == of_host(origin) {
        vec![format!("at://{}", host(origin)), origin.into()]
    } else {
        Vec::new()
    };
    json!({
        "@context": ["https://www.w3.org/ns/did/v1"],
        "id": did,
        "alsoKnownAs": handles,
        "service": [{
            "id": "#basic_pds",
            "type": "BasicPersonalDataServer",
            "serviceEndpoint": origin,
        }],
    })
}

fn host(origin: &str) -> &str {
    origin.split_once("://").map_or(origin, |(_, host)| host)
}

/// Returns the path of the document of a DID.
fn path_of(did: &str) -> String {
    let names = did.trim_start_matches("did:web:").split_once(':').map(|(_, names)| names);
    match names {
        Some(names) => format!("/{}/did.json", names.replace(':', "/")),
        None => "/.well-known/did.json".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_did_names_the_path_of_its_document() {
        let host = of_host("http://127.0.0.1:8081");
        assert_eq!(host, "did:web:127.0.0.1%3A8081");
        assert_eq!(path_of(&host), "/.well-known/did.json");
        assert_eq!(path_of(&format!("{host}:users:ada")), "/users/ada/did.json");
    }
}
