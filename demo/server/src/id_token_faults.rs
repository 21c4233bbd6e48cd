//! The faults of ID tokens: other claims, other headers, other signatures.

use std::sync::Arc;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::decode_header;
use serde_json::Value;

use crate::faults::Fault;
use crate::keys::{Keys, SigningAlgorithm, SigningKey, compact};
use crate::weak_key;

type Rewrite = Arc<dyn Fn(&str) -> String + Send + Sync>;

/// A change of the ID token in a token response. The server signs after all changes of claims and
/// header, so several faults of one token combine.
#[derive(Clone)]
pub enum IdTokenFault {
    /// Changes the JSON of the claims.
    Claims(Rewrite),
    /// Changes the JSON of the header.
    Header(Rewrite),
    /// Signs in another way.
    Signer(Signer),
    /// Changes the text of the signed token.
    Text(Rewrite),
}

/// What signs an ID token.
#[derive(Clone, Copy, Debug)]
pub enum Signer {
    /// The server's own key for this algorithm, named in the header.
    Algorithm(SigningAlgorithm),
    /// A key that was never published, of the same algorithm and under the same `kid`.
    Foreign,
    /// `alg` is `HS256`, and the secret is the text of the server's public key.
    PublicKeyAsSecret,
    /// An RSA key of 1024 bits with the `kid` `weak`. [`Fault::weak_key`] publishes it.
    Weak,
}

impl Fault {
    /// Changes the claims of the ID token.
    pub fn id_token(edit: impl Fn(&mut Value) + Send + Sync + 'static) -> Self {
        Self::IdToken(IdTokenFault::Claims(of_json(edit)))
    }

    /// Sets a claim of the ID token.
    pub fn id_token_claim(name: impl Into<String>, value: impl Into<Value>) -> Self {
        let (name, value) = (name.into(), value.into());
        Self::id_token(move |claims| claims[&name] = value.clone())
    }

    /// Removes a claim of the ID token.
    pub fn id_token_without(name: impl Into<String>) -> Self {
        Self::id_token(without(name.into()))
    }

    /// Changes the JSON text of the claims, for what a [`Value`] cannot hold.
    pub fn id_token_claims_text(rewrite: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        Self::IdToken(IdTokenFault::Claims(Arc::new(rewrite)))
    }

    /// Changes the header of the ID token. The key stays the one that signed it first.
    pub fn id_token_header(edit: impl Fn(&mut Value) + Send + Sync + 'static) -> Self {
        Self::IdToken(IdTokenFault::Header(of_json(edit)))
    }

    /// Sets a member of the header.
    pub fn id_token_header_member(name: impl Into<String>, value: impl Into<Value>) -> Self {
        let (name, value) = (name.into(), value.into());
        Self::id_token_header(move |header| header[&name] = value.clone())
    }

    /// Removes a member of the header, such as `kid`.
    pub fn id_token_header_without(name: impl Into<String>) -> Self {
        Self::id_token_header(without(name.into()))
    }

    /// Changes the JSON text of the header.
    pub fn id_token_header_text(rewrite: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        Self::IdToken(IdTokenFault::Header(Arc::new(rewrite)))
    }

    /// Returns the two faults of a token without a signature: `alg` is `none` in these letters, and
    /// the last part is empty.
    pub fn id_token_unsigned(none: impl Into<String>) -> [Self; 2] {
        let empty = |token: &str| match token.rsplit_once('.') {
            Some((message, _)) => format!("{message}."),
            None => token.into(),
        };
        [Self::id_token_header_member("alg", none.into()), Self::id_token_text(empty)]
    }

    /// Signs the ID token in another way.
    pub fn id_token_signed_by(signer: Signer) -> Self {
        Self::IdToken(IdTokenFault::Signer(signer))
    }

    /// Flips bits in every byte of the signature, which keeps its length.
    pub fn id_token_broken_signature() -> Self {
        Self::id_token_text(|token| {
            let broken = token.rsplit_once('.').and_then(|(message, signature)| {
                let mut bytes = URL_SAFE_NO_PAD.decode(signature).ok()?;
                bytes.iter_mut().for_each(|byte| *byte ^= 0x5a);
                Some(format!("{message}.{}", URL_SAFE_NO_PAD.encode(bytes)))
            });
            broken.unwrap_or_default()
        })
    }

    /// Changes the text of the signed token.
    pub fn id_token_text(rewrite: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        Self::IdToken(IdTokenFault::Text(Arc::new(rewrite)))
    }
}

/// Applies the faults to a token of this server. `None` if it is not one, or signing fails.
pub(crate) fn apply(faults: &[IdTokenFault], token: &str, keys: &Keys) -> Option<String> {
    let mut parts = token.split('.');
    let (header, claims) = (decoded(parts.next()?)?, decoded(parts.next()?)?);
    let key = keys.by_id(&decode_header(token).ok()?.kid?)?;
    let mut draft = Draft { header, claims, key, signature: Signature::Own };
    for fault in faults {
        match fault {
            IdTokenFault::Claims(rewrite) => draft.claims = rewrite(&draft.claims),
            IdTokenFault::Header(rewrite) => draft.header = rewrite(&draft.header),
            IdTokenFault::Signer(signer) => draft.sign_by(*signer, keys)?,
            IdTokenFault::Text(_) => {}
        }
    }
    let mut signed = draft.token()?;
    for fault in faults {
        if let IdTokenFault::Text(rewrite) = fault {
            signed = rewrite(&signed);
        }
    }
    Some(signed)
}

/// A token that is not yet signed.
struct Draft {
    header: String,
    claims: String,
    key: Arc<SigningKey>,
    signature: Signature,
}

enum Signature {
    Own,
    PublicKeyAsSecret,
    Weak,
}

impl Draft {
    fn sign_by(&mut self, signer: Signer, keys: &Keys) -> Option<()> {
        match signer {
            Signer::Algorithm(algorithm) => {
                self.key = keys.current(algorithm).ok()?;
                self.set_header(algorithm.name(), Some(&self.key.id.clone()));
            }
            Signer::Foreign => self.key = keys.foreign(self.key.algorithm).ok()?,
            Signer::PublicKeyAsSecret => {
                self.signature = Signature::PublicKeyAsSecret;
                self.set_header("HS256", None);
            }
            Signer::Weak => {
                self.signature = Signature::Weak;
                self.set_header("RS256", Some(weak_key::ID));
            }
        }
        Some(())
    }

    fn set_header(&mut self, algorithm: &str, id: Option<&str>) {
        let mut header: Value = serde_json::from_str(&self.header).unwrap_or_default();
        header["alg"] = algorithm.into();
        if let Some(id) = id {
            header["kid"] = id.into();
        }
        self.header = header.to_string();
    }

    fn token(&self) -> Option<String> {
        let sign = |message: &[u8]| match self.signature {
            Signature::Own => self.key.sign(message),
            Signature::PublicKeyAsSecret => {
                let secret = self.key.public.to_string();
                let secret = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
                Ok(hmac::sign(&secret, message).as_ref().to_vec())
            }
            Signature::Weak => Ok(weak_key::sign(message)),
        };
        compact(&self.header, &self.claims, sign).ok()
    }
}

fn of_json(edit: impl Fn(&mut Value) + Send + Sync + 'static) -> Rewrite {
    Arc::new(move |text| {
        let mut json = serde_json::from_str(text).unwrap_or_default();
        edit(&mut json);
        json.to_string()
    })
}

fn without(name: String) -> impl Fn(&mut Value) + Send + Sync + 'static {
    move |json| {
        if let Value::Object(members) = json {
            members.remove(&name);
        }
    }
}

fn decoded(part: &str) -> Option<String> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
