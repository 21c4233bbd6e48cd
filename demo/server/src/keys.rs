//! The signing key, generated at every start, and the tokens it signs.

use anyhow::{Context, anyhow};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

pub(crate) struct Keys {
    signing: EncodingKey,
    verifying: DecodingKey,
    public: JwkSet,
}

/// The claims of an access token, under Basic's names.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct AccessClaims {
    #[serde(rename = "userId")]
    pub(crate) user_id: String,
    #[serde(rename = "clientId")]
    pub(crate) client_id: String,
    pub(crate) scope: String,
    /// The session. All tokens of one sign-in share it.
    pub(crate) sid: String,
    pub(crate) iat: u64,
    pub(crate) exp: u64,
    pub(crate) sub: String,
    pub(crate) iss: String,
    pub(crate) aud: String,
    pub(crate) typ: String,
    pub(crate) jti: String,
}

impl Keys {
    /// Generates an RSA key of 2048 bits, which takes some tens of milliseconds.
    pub(crate) fn generate() -> anyhow::Result<Self> {
        let pair = KeyPair::generate(KeySize::Rsa2048)
            .map_err(|_| anyhow!("the RSA key could not be generated"))?;
        let der: Pkcs8V1Der<'_> =
            pair.as_der().map_err(|_| anyhow!("the RSA key could not be encoded"))?;
        let pem = pem::encode(&pem::Pem::new("PRIVATE KEY", der.as_ref()));
        let signing = EncodingKey::from_rsa_pem(pem.as_bytes()).context("RSA key")?;
        let mut jwk = Jwk::from_encoding_key(&signing, Algorithm::RS256).context("public key")?;
        jwk.common.key_id = Some(KEY_ID.into());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        let verifying = DecodingKey::from_jwk(&jwk).context("public key")?;
        Ok(Self { signing, verifying, public: JwkSet { keys: vec![jwk] } })
    }

    pub(crate) fn sign(&self, claims: &impl Serialize) -> anyhow::Result<String> {
        let header = Header { kid: Some(KEY_ID.into()), ..Header::new(Algorithm::RS256) };
        Ok(jsonwebtoken::encode(&header, claims, &self.signing)?)
    }

    /// Returns the claims of an access token that this key signed. The caller must check `exp`,
    /// because tests move the clock.
    pub(crate) fn verify(&self, token: &str) -> Option<AccessClaims> {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.validate_exp = false;
        validation.validate_aud = false;
        let claims =
            jsonwebtoken::decode::<AccessClaims>(token, &self.verifying, &validation).ok()?.claims;
        (claims.typ == "access").then_some(claims)
    }

    pub(crate) fn public(&self) -> &JwkSet {
        &self.public
    }
}

/// The id that Basic gives its own key.
const KEY_ID: &str = "1";
