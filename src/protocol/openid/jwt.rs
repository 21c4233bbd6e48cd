//! JSON Web Tokens in the compact form, signed: RFC 7519 and RFC 7515 [section 7.1], read strictly as
//! RFC 8725 asks for.
//!
//! A token that is read is not yet valid: its signature and its claims are to be verified.
//!
//! [section 7.1]: https://www.rfc-editor.org/rfc/rfc7515#section-7.1

use std::fmt;

use crate::codec::json::parse_without_duplicates;
use crate::codec::{Json, JsonCodec, base64url, text};
use crate::error::Result;
use crate::protocol::openid::invalid;

/// An algorithm of a signature. There is no other: not `none`, and none whose key is a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA with PKCS #1 v1.5 and SHA-256.
    Rs256,
    /// RSA-PSS with SHA-256.
    Ps256,
    /// ECDSA on the curve P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    const ALL: [Self; 4] = [Self::Rs256, Self::Ps256, Self::Es256, Self::EdDsa];

    /// Returns the name in a header.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// Returns the algorithm of this name. Names differ by case.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == name)
    }
}

/// Some of the algorithms. The default is all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlgorithmSet(u8);

impl AlgorithmSet {
    /// Returns the algorithms that are in this list, and are known here.
    #[must_use]
    pub fn of(names: &[Json]) -> Self {
        Self(names.iter().fold(0, |set, name| match name {
            Json::String(name) => set | Algorithm::parse(name).map_or(0, bit),
            _ => set,
        }))
    }

    /// Returns the names, separated by commas.
    #[must_use]
    pub fn to_text(self) -> String {
        let names = Algorithm::ALL.into_iter().filter(|algorithm| self.contains(*algorithm));
        names.map(Algorithm::as_str).collect::<Vec<_>>().join(",")
    }

    /// Reads the names, separated by commas.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self(text::split(text, b',').filter_map(Algorithm::parse).fold(0, |set, it| set | bit(it)))
    }

    /// Returns whether this algorithm is among them.
    #[must_use]
    pub fn contains(self, algorithm: Algorithm) -> bool {
        self.0 & bit(algorithm) != 0
    }
}

impl Default for AlgorithmSet {
    fn default() -> Self {
        Self(0b1111)
    }
}

fn bit(algorithm: Algorithm) -> u8 {
    1 << algorithm as u8
}

/// A JSON Web Token that was read, and whose signature is to be verified. `Debug` shows no content.
#[derive(Clone)]
pub struct Jwt {
    /// The algorithm that its header names.
    pub algorithm: Algorithm,
    /// The identifier of the key that its header names.
    pub key_id: Option<String>,
    /// The claims.
    pub claims: Json,
    /// What is signed.
    pub signing_input: String,
    /// The signature.
    pub signature: Vec<u8>,
}

impl Jwt {
    /// Reads an ID token.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidIdToken`](crate::ErrorCode::InvalidIdToken) with the detail `alg`, `crit`
    /// or `format`.
    pub fn parse(codec: &impl JsonCodec, text: &str) -> Result<Self> {
        let (jwt, payload) = Self::parse_signed(codec, text)?;
        let claims = object(codec, payload).ok_or_else(|| invalid("format"))?;
        Ok(Self { claims, ..jwt })
    }

    /// Reads a token whose payload may be anything, and returns that too.
    ///
    /// What the header says of keys (`jwk`, `jku`, `x5c`, `x5u`) is ignored: a token must not bring
    /// the key that it is verified with. A type other than `JWT` is refused, because a token for
    /// another purpose has another type (RFC 8725 [section 3.11]). No extension is known here, so
    /// each `crit` is refused, and `b64`, which needs it.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    ///
    /// [section 3.11]: https://www.rfc-editor.org/rfc/rfc8725#section-3.11
    pub fn parse_signed(codec: &impl JsonCodec, text: &str) -> Result<(Self, Vec<u8>)> {
        let format = || invalid("format");
        let (signing_input, signature) = text::cut_last(text, b'.');
        let (header, payload) = text::cut(signing_input, b'.');
        // A text of more parts has a full stop in its payload, which no base64url has.
        let decoded = |part: Option<&str>| part.and_then(base64url::decode).ok_or_else(format);
        let (signature, payload) = (decoded(signature)?, decoded(payload)?);
        let header = object(codec, decoded(Some(header))?).ok_or_else(format)?;
        if header.member("crit").or_else(|| header.member("b64")).is_some() {
            return Err(invalid("crit"));
        }
        let algorithm = header.text("alg").and_then(Algorithm::parse);
        let algorithm = algorithm.ok_or_else(|| invalid("alg"))?;
        let key_id = match header.member("kid") {
            None => None,
            Some(Json::String(id)) => Some(id.clone()),
            Some(_) => return Err(format()),
        };
        match header.member("typ") {
            None => {}
            Some(Json::String(kind)) if kind.eq_ignore_ascii_case("JWT") => {}
            Some(_) => return Err(format()),
        }
        let signing_input = signing_input.into();
        Ok((Self { algorithm, key_id, claims: Json::Null, signing_input, signature }, payload))
    }
}

impl fmt::Debug for Jwt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Jwt(personal)")
    }
}

/// Returns the claims of an ID token that was found valid before, such as a stored one.
#[must_use]
pub fn claims_of(codec: &impl JsonCodec, text: &str) -> Option<Json> {
    let payload = text::cut(text::cut(text, b'.').1?, b'.').0;
    object(codec, base64url::decode(payload)?)
}

fn object(codec: &impl JsonCodec, octets: Vec<u8>) -> Option<Json> {
    let text = String::from_utf8(octets).ok()?;
    parse_without_duplicates(codec, &text).filter(Json::is_object)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;
    use crate::testing::Native;

    const HEADER: &str = r#"{"alg":"ES256","kid":"one","typ":"JWT"}"#;
    const CLAIMS: &str = r#"{"sub":"ada"}"#;

    fn encoded(header: &str, claims: &str) -> String {
        let [header, claims] = [header, claims].map(|it| base64url::encode(it.as_bytes()));
        [header.as_str(), ".", &claims, ".c2ln"].concat()
    }

    fn refusal(text: &str) -> Option<&'static str> {
        let error = Jwt::parse(&Native, text).expect_err(text);
        assert_eq!(error.code(), ErrorCode::InvalidIdToken, "{text}");
        error.detail()
    }

    #[test]
    fn a_token_is_read() {
        let text = encoded(HEADER, CLAIMS);
        let jwt = Jwt::parse(&Native, &text).expect("a token");
        assert_eq!((jwt.algorithm, jwt.key_id.as_deref()), (Algorithm::Es256, Some("one")));
        assert_eq!(jwt.claims.text("sub"), Some("ada"));
        assert_eq!([&jwt.signing_input, ".c2ln"].concat(), text);
        assert_eq!(jwt.signature, b"sig");
        assert_eq!(claims_of(&Native, &text), Some(jwt.claims));
        let bare = Jwt::parse(&Native, &encoded(r#"{"alg":"RS256"}"#, "{}")).expect("a token");
        assert_eq!((bare.algorithm, bare.key_id), (Algorithm::Rs256, None));
    }

    #[test]
    fn r89_a_token_has_three_parts_of_unpadded_base64url() {
        let text = encoded(HEADER, CLAIMS);
        let parts: Vec<&str> = text.split('.').collect();
        let [header, claims, signature] = parts.as_slice() else { panic!("three parts") };
        for odd in [
            String::new(),
            ".".into(),
            "..".into(),
            "...".into(),
            (*header).to_owned(),
            format!("{header}.{claims}"),
            format!("{header}.{claims}.{signature}."),
            format!("{header}.{claims}.{signature}.{signature}"),
            format!(".{claims}.{signature}"),
            format!("{header}..{signature}"),
            format!("{header}=.{claims}.{signature}"),
            format!("{header}.{claims}.{signature}=="),
            format!(" {header}.{claims}.{signature}"),
            format!("{header}.{claims}.{signature}\n"),
            format!("{header}.{claims}.c2l+"),
            format!("{header}.{claims}.c2k_\u{e9}"),
            format!("{header}.{claims}.AB"),
            format!("{header}.{claims}.A"),
        ] {
            assert_eq!(refusal(&odd), Some("format"), "{odd}");
        }
    }

    #[test]
    fn r89_both_parts_are_objects_without_a_second_member_of_a_name() {
        for odd in [
            r#"{"alg":"ES256","alg":"ES256"}"#,
            r#"{"alg":"ES256","\u0061lg":"ES256"}"#,
            r#"["alg","ES256"]"#,
            "null",
            "",
            "{",
            "\u{feff}{\"alg\":\"ES256\"}",
            r#"{"alg":"ES256"}{}"#,
        ] {
            assert_eq!(refusal(&encoded(odd, CLAIMS)), Some("format"), "{odd}");
        }
        for odd in [
            r#"{"sub":"ada","sub":"eve"}"#,
            r#"{"sub":"ada","a":{"b":1,"b":2}}"#,
            r#"[{"sub":"ada"}]"#,
            "\"ada\"",
            r#"{"exp":1e400}"#,
            "",
        ] {
            assert_eq!(refusal(&encoded(HEADER, odd)), Some("format"), "{odd}");
        }
        let not_text = format!("{}._w.c2ln", base64url::encode(HEADER.as_bytes()));
        assert_eq!(refusal(&not_text), Some("format"));
    }

    #[test]
    fn r81_only_four_algorithms_are_known() {
        for name in ["RS256", "PS256", "ES256", "EdDSA"] {
            let header = format!(r#"{{"alg":"{name}"}}"#);
            assert!(Jwt::parse(&Native, &encoded(&header, CLAIMS)).is_ok(), "{name}");
        }
        for name in [
            "none", "None", "nOnE", "NONE", "", "HS256", "HS384", "HS512", "RS384", "RS512", "RS1",
            "PS384", "PS512", "ES384", "ES512", "ES256K", "rs256", "eddsa", "RS256 ", "RSA-OAEP",
        ] {
            let header = format!(r#"{{"alg":"{name}"}}"#);
            assert_eq!(refusal(&encoded(&header, CLAIMS)), Some("alg"), "{name}");
        }
        for header in ["{}", r#"{"alg":null}"#, r#"{"alg":["RS256"]}"#, r#"{"ALG":"RS256"}"#] {
            assert_eq!(refusal(&encoded(header, CLAIMS)), Some("alg"), "{header}");
        }
        // Without a signature too.
        let unsigned = encoded(r#"{"alg":"none"}"#, CLAIMS).replace("c2ln", "");
        assert_eq!(refusal(&unsigned), Some("alg"));
    }

    #[test]
    fn r83_an_extension_is_refused_and_a_key_is_ignored() {
        for member in [
            r#""crit":["exp"]"#,
            r#""crit":["b64"],"b64":false"#,
            r#""crit":[]"#,
            r#""crit":null"#,
            r#""b64":true"#,
            r#""b64":false"#,
        ] {
            let header = format!(r#"{{"alg":"ES256",{member}}}"#);
            assert_eq!(refusal(&encoded(&header, CLAIMS)), Some("crit"), "{member}");
        }
        let header = r#"{"alg":"ES256","jku":"https://evil.example","x5u":"https://evil.example",
            "jwk":{"kty":"EC"},"x5c":["AA"],"x5t":"AA"}"#;
        let jwt = Jwt::parse(&Native, &encoded(header, CLAIMS)).expect("a token");
        assert_eq!((jwt.key_id, jwt.claims.text("sub")), (None, Some("ada")));
    }

    #[test]
    fn a_token_for_another_purpose_is_refused_by_its_type() {
        let header = |typ: &str| format!(r#"{{"alg":"ES256","typ":{typ}}}"#);
        for typ in ["\"JWT\"", "\"jwt\""] {
            assert!(Jwt::parse(&Native, &encoded(&header(typ), CLAIMS)).is_ok(), "{typ}");
        }
        for typ in ["\"at+jwt\"", "\"logout+jwt\"", "\"dpop+jwt\"", "\"\"", "null", "1"] {
            assert_eq!(refusal(&encoded(&header(typ), CLAIMS)), Some("format"), "{typ}");
        }
    }

    #[test]
    fn a_key_identifier_is_a_text() {
        for id in ["null", "1", "[\"one\"]"] {
            let header = format!(r#"{{"alg":"ES256","kid":{id}}}"#);
            assert_eq!(refusal(&encoded(&header, CLAIMS)), Some("format"), "{id}");
        }
    }

    #[test]
    fn r127_a_token_does_not_print() {
        let jwt = Jwt::parse(&Native, &encoded(HEADER, CLAIMS)).expect("a token");
        assert_eq!(format!("{jwt:?}"), "Jwt(personal)");
    }

    #[test]
    fn what_is_no_token_has_no_claims() {
        for odd in ["", "a", "a.b", "e30", "e30.e30e", ".bnVsbA.", "\u{e9}.\u{e9}.\u{e9}"] {
            assert_eq!(claims_of(&Native, odd), None, "{odd}");
        }
    }
}
