//! The signing key, and the tokens of a sign-in: correct ones, and ID tokens with one defect.

use anyhow::{Context as _, Result, anyhow};
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use serde_json::{Value, json};

/// What is wrong with an answer of the server.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Defect {
    #[default]
    None,
    /// The `iss` of the redirect, RFC 9207.
    RedirectIssuer,
    Nonce,
    Audience,
    Issuer,
    Expired,
    AlgorithmNone,
    Signature,
}

impl Defect {
    /// Every defect, in the order of the table.
    pub(crate) const ALL: [Self; 7] = [
        Self::RedirectIssuer,
        Self::Nonce,
        Self::Audience,
        Self::Issuer,
        Self::Expired,
        Self::AlgorithmNone,
        Self::Signature,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::RedirectIssuer => "redirect-issuer",
            Self::Nonce => "nonce",
            Self::Audience => "audience",
            Self::Issuer => "issuer",
            Self::Expired => "expired",
            Self::AlgorithmNone => "algorithm-none",
            Self::Signature => "signature",
        }
    }
}

/// An RSA key of 2048 bits. Each comparison makes one.
pub(crate) struct Keys {
    signing: EncodingKey,
    public: JwkSet,
}

impl Keys {
    pub(crate) fn generate() -> Result<Self> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| anyhow!("no RSA key"))?;
        let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| anyhow!("no encoded RSA key"))?;
        let pem = pem::encode(&pem::Pem::new("PRIVATE KEY", der.as_ref()));
        let signing = EncodingKey::from_rsa_pem(pem.as_bytes()).context("RSA key")?;
        let mut jwk = Jwk::from_encoding_key(&signing, Algorithm::RS256).context("public key")?;
        jwk.common.key_id = Some(KEY_ID.into());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self { signing, public: JwkSet { keys: vec![jwk] } })
    }

    pub(crate) fn public(&self) -> &JwkSet {
        &self.public
    }

    pub(crate) fn sign(&self, claims: &impl Serialize) -> Result<String> {
        let header = Header { kid: Some(KEY_ID.into()), ..Header::new(Algorithm::RS256) };
        Ok(jsonwebtoken::encode(&header, claims, &self.signing)?)
    }

    /// Signs an ID token that is correct but for the defect.
    pub(crate) fn id_token(&self, mut claims: Value, defect: Defect) -> Result<String> {
        let hour = 3600;
        match defect {
            Defect::None | Defect::RedirectIssuer | Defect::AlgorithmNone | Defect::Signature => {}
            Defect::Nonce => claims["nonce"] = "another".into(),
            Defect::Audience => claims["aud"] = "another".into(),
            Defect::Issuer => claims["iss"] = "https://another.example".into(),
            Defect::Expired => {
                let now = claims["iat"].as_u64().unwrap_or_default();
                claims["iat"] = (now - 2 * hour).into();
                claims["exp"] = (now - hour).into();
            }
        }
        let token = self.sign(&claims)?;
        let (signed, signature) = token.rsplit_once('.').context("a signed token")?;
        Ok(match defect {
            Defect::AlgorithmNone => {
                let encode = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
                let header = encode(json!({ "alg": "none", "kid": KEY_ID }));
                format!("{header}.{}.", encode(claims))
            }
            Defect::Signature => {
                // The reverse has the length of a signature.
                format!("{signed}.{}", signature.chars().rev().collect::<String>())
            }
            _ => token,
        })
    }
}

const KEY_ID: &str = "1";

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn part(token: &str, index: usize) -> Value {
        let part = token.split('.').nth(index).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    }

    #[test]
    fn an_id_token_differs_from_a_correct_one_by_its_defect_alone() {
        let keys = Keys::generate().unwrap();
        let claims = json!({
            "iss": "https://server.example", "aud": "app", "nonce": "n", "iat": 10_000, "exp": 13_600,
        });
        let token = |defect| keys.id_token(claims.clone(), defect).unwrap();
        let correct = token(Defect::None);
        assert_eq!(part(&correct, 1), claims);
        for (defect, claim) in
            [(Defect::Nonce, "nonce"), (Defect::Audience, "aud"), (Defect::Issuer, "iss")]
        {
            let mut differing = part(&token(defect), 1);
            assert_ne!(differing[claim], claims[claim]);
            differing[claim] = claims[claim].clone();
            assert_eq!(differing, claims);
        }
        assert_eq!(part(&token(Defect::Expired), 1)["exp"], 6_400);
        assert_eq!(part(&token(Defect::AlgorithmNone), 0)["alg"], "none");
        let signed = |token: &str| token.rsplit_once('.').unwrap().0.to_owned();
        let wrong = token(Defect::Signature);
        assert_eq!(signed(&wrong), signed(&correct));
        assert_ne!(wrong, correct);
    }
}
