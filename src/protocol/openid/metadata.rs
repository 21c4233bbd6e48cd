//! Discovery: OpenID Connect Discovery 1.0 [section 4] and RFC 8414.
//!
//! [section 4]: https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig

use std::time::Duration;

use crate::codec::{Json, JsonCodec, UrlParser};
use crate::error::{Error, ErrorCode, Result};
use crate::protocol::endpoint::Endpoint;
use crate::protocol::http::{Request, Response};
use crate::protocol::openid::jwt::AlgorithmSet;
use crate::protocol::server::{AuthorizationServer, Issuer};

/// Returns where the metadata of an issuer may be, in the order of asking. OpenID Connect appends to
/// the issuer's path; RFC 8414 [section 3.1] inserts before it.
///
/// [section 3.1]: https://www.rfc-editor.org/rfc/rfc8414#section-3.1
#[must_use]
pub fn well_known(parser: &impl UrlParser, issuer: &Issuer) -> [Option<Endpoint>; 2] {
    let url = parser.parse_url(issuer.as_str(), None).unwrap_or_default();
    let path = url.pathname();
    let path = path.strip_suffix('/').unwrap_or(path);
    [
        [url.origin(), path, "/.well-known/openid-configuration"],
        [url.origin(), "/.well-known/oauth-authorization-server", path],
    ]
    .map(|parts| Endpoint::parse(parser, &parts.concat(), "issuer").ok())
}

/// Builds the request for metadata.
#[must_use]
pub fn request(endpoint: Endpoint, timeout: Duration) -> Request {
    Request { endpoint, body: None, bearer: None, timeout }
}

/// Processes the response.
///
/// The issuer must be the one that was asked, byte for byte. Each endpoint is validated as a
/// configured one is. A list of methods for the code challenge must have `S256`; a server without
/// such a list is accepted, because the `state` is compared as well. The algorithms of ID tokens are
/// those that both the server and this crate name.
///
/// # Errors
/// [`ErrorCode::InvalidMetadata`], whose detail names the member; the kinds `InvalidResponse` and
/// `Network`.
pub fn process_response<C: JsonCodec + UrlParser>(
    codec: &C,
    response: &Response,
    issuer: &Issuer,
) -> Result<AuthorizationServer> {
    let body = response.document(codec, &["application/json"])?;
    if body.text("issuer") != Some(issuer.as_str()) {
        return Err(unusable("issuer"));
    }
    let required = |name| endpoint(codec, &body, name)?.ok_or_else(|| unusable(name));
    let optional = |name| endpoint(codec, &body, name);
    if list(&body, "code_challenge_methods_supported")?.is_some_and(|it| !names(it, "S256")) {
        return Err(unusable("code_challenge_methods_supported"));
    }
    let algorithms = list(&body, "id_token_signing_alg_values_supported")?;
    let iss_parameter = body.member("authorization_response_iss_parameter_supported");
    Ok(AuthorizationServer {
        userinfo_endpoint: optional("userinfo_endpoint")?,
        revocation_endpoint: optional("revocation_endpoint")?,
        end_session_endpoint: optional("end_session_endpoint")?,
        jwks_uri: optional("jwks_uri")?,
        issuer: Some(issuer.clone()),
        iss_parameter_supported: iss_parameter == Some(&Json::Bool(true)),
        id_token_algorithms: algorithms.map_or_else(AlgorithmSet::default, AlgorithmSet::of),
        ..AuthorizationServer::new(required("authorization_endpoint")?, required("token_endpoint")?)
    })
}

/// Reads the endpoint of this name. One that is `null` counts as absent.
fn endpoint(parser: &impl UrlParser, body: &Json, name: &'static str) -> Result<Option<Endpoint>> {
    match body.member(name) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(url)) => {
            Endpoint::parse(parser, url, name).map(Some).map_err(|_| unusable(name))
        }
        Some(_) => Err(unusable(name)),
    }
}

/// Reads the array of this name. One that is `null` counts as absent.
fn list<'a>(body: &'a Json, name: &'static str) -> Result<Option<&'a [Json]>> {
    match body.member(name) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::Array(items)) => Ok(Some(items)),
        Some(_) => Err(unusable(name)),
    }
}

fn names(items: &[Json], name: &str) -> bool {
    items.iter().any(|item| matches!(item, Json::String(text) if text == name))
}

fn unusable(member: &'static str) -> Error {
    Error::new(ErrorCode::InvalidMetadata).with_detail(member)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::openid::jwt::Algorithm;
    use crate::secret::SecretText;
    use crate::testing::Native;
    use serde_json::{Value, json};

    fn issuer(text: &str) -> Issuer {
        Issuer::parse(&Native, text).expect("a valid issuer")
    }

    fn document() -> Value {
        json!({
            "issuer": "https://as.example/tenant",
            "authorization_endpoint": "https://as.example/authorize?tenant=1",
            "token_endpoint": "https://api.as.example/token",
            "userinfo_endpoint": "https://as.example/user",
            "revocation_endpoint": "https://as.example/revoke",
            "end_session_endpoint": "https://as.example/end",
            "jwks_uri": "https://as.example/keys",
            "code_challenge_methods_supported": ["plain", "S256"],
            "authorization_response_iss_parameter_supported": true,
            "id_token_signing_alg_values_supported": ["none", "HS256", "RS256", "EdDSA", 1],
        })
    }

    /// The document with this member instead.
    fn with(name: &str, value: Value) -> Value {
        let mut document = document();
        document[name] = value;
        document
    }

    fn processed(document: &Value) -> Result<AuthorizationServer> {
        let response = Response {
            status: 200,
            content_type: Some("application/json".into()),
            body: SecretText::new(document.to_string()),
            ..Response::default()
        };
        process_response(&Native, &response, &issuer("https://as.example/tenant"))
    }

    #[test]
    fn r73_the_address_is_built_by_both_rules() {
        for (text, appended, inserted) in [
            (
                "https://h.example",
                "https://h.example/.well-known/openid-configuration",
                "https://h.example/.well-known/oauth-authorization-server",
            ),
            (
                "https://h.example/",
                "https://h.example/.well-known/openid-configuration",
                "https://h.example/.well-known/oauth-authorization-server",
            ),
            (
                "https://h.example:8443/a/b/",
                "https://h.example:8443/a/b/.well-known/openid-configuration",
                "https://h.example:8443/.well-known/oauth-authorization-server/a/b",
            ),
            (
                "http://127.0.0.1:9/a",
                "http://127.0.0.1:9/a/.well-known/openid-configuration",
                "http://127.0.0.1:9/.well-known/oauth-authorization-server/a",
            ),
        ] {
            let found =
                well_known(&Native, &issuer(text)).map(|it| it.map(|it| it.as_str().to_owned()));
            assert_eq!(found, [Some(appended.to_owned()), Some(inserted.to_owned())], "{text}");
        }
    }

    #[test]
    fn every_member_that_is_known_is_taken() {
        let server = processed(&document()).expect("valid metadata");
        let text = |endpoint: &Option<Endpoint>| endpoint.as_ref().map(|it| it.as_str().to_owned());
        let at = |path: &str| Some(["https://as.example", path].concat());
        assert_eq!(server.authorization_endpoint.as_str(), "https://as.example/authorize?tenant=1");
        assert_eq!(server.token_endpoint.as_str(), "https://api.as.example/token");
        assert_eq!(text(&server.userinfo_endpoint), at("/user"));
        assert_eq!(text(&server.revocation_endpoint), at("/revoke"));
        assert_eq!(text(&server.end_session_endpoint), at("/end"));
        assert_eq!(text(&server.jwks_uri), at("/keys"));
        assert_eq!(server.issuer_text(), "https://as.example/tenant");
        assert!(server.iss_parameter_supported && !server.requires_scope);
        assert!(server.validate().is_ok());
    }

    #[test]
    fn the_least_metadata_suffices() {
        let least = json!({
            "issuer": "https://as.example/tenant",
            "authorization_endpoint": "https://as.example/authorize",
            "token_endpoint": "https://as.example/token",
            "userinfo_endpoint": null,
            "code_challenge_methods_supported": null,
        });
        let server = processed(&least).expect("valid metadata");
        assert_eq!((&server.userinfo_endpoint, &server.jwks_uri), (&None, &None));
        assert!(!server.iss_parameter_supported);
        assert_eq!(server.id_token_algorithms, AlgorithmSet::default());
    }

    #[test]
    fn r72_the_issuer_is_the_one_that_was_asked_byte_for_byte() {
        for wrong in [
            json!("https://as.example/tenantINVALID"),
            json!("https://as.example/tenant/"),
            json!("https://AS.example/tenant"),
            json!("https://as.example:443/tenant"),
            json!("https://as.example"),
            json!(["https://as.example/tenant"]),
            json!(""),
            Value::Null,
        ] {
            let error = processed(&with("issuer", wrong.clone())).expect_err("refused");
            let found = (error.code(), error.detail());
            assert_eq!(found, (ErrorCode::InvalidMetadata, Some("issuer")), "{wrong}");
        }
    }

    #[test]
    fn r74_each_endpoint_is_validated_as_a_configured_one() {
        let members = [
            "authorization_endpoint",
            "token_endpoint",
            "userinfo_endpoint",
            "revocation_endpoint",
            "end_session_endpoint",
            "jwks_uri",
        ];
        for member in members {
            for wrong in [
                json!("/relative"),
                json!("//evil.example/x"),
                json!("javascript:alert(1)"),
                json!("http://as.example/x"),
                json!("https://user:pw@as.example/x"),
                json!("https://as.example/x#y"),
                json!("https://as.example/x?client_id=evil"),
                json!(""),
                json!(1),
                json!(["https://as.example/x"]),
            ] {
                let error = processed(&with(member, wrong.clone())).expect_err("refused");
                let found = (error.code(), error.detail());
                assert_eq!(found, (ErrorCode::InvalidMetadata, Some(member)), "{wrong}");
            }
        }
        for member in ["authorization_endpoint", "token_endpoint"] {
            let error = processed(&with(member, Value::Null)).expect_err("refused");
            assert_eq!(error.detail(), Some(member));
        }
    }

    #[test]
    fn r75_a_list_of_methods_has_s256() {
        let member = "code_challenge_methods_supported";
        for wrong in [json!([]), json!(["plain"]), json!(["s256"]), json!("S256"), json!({})] {
            let error = processed(&with(member, wrong.clone())).expect_err("refused");
            let found = (error.code(), error.detail());
            assert_eq!(found, (ErrorCode::InvalidMetadata, Some(member)), "{wrong}");
        }
        assert!(processed(&with(member, json!(["S256"]))).is_ok());
    }

    #[test]
    fn r33_only_true_announces_the_issuer_parameter() {
        let member = "authorization_response_iss_parameter_supported";
        for other in [json!(false), json!("true"), json!(1), Value::Null] {
            let server = processed(&with(member, other)).expect("valid metadata");
            assert!(!server.iss_parameter_supported);
        }
    }

    #[test]
    fn r77_metadata_narrows_the_algorithms_and_never_widens_them() {
        let member = "id_token_signing_alg_values_supported";
        let algorithms = |value| processed(&with(member, value)).map(|it| it.id_token_algorithms);
        let all = [Algorithm::Rs256, Algorithm::Ps256, Algorithm::Es256, Algorithm::EdDsa];
        let named = processed(&document()).expect("valid metadata").id_token_algorithms;
        assert_eq!(all.map(|it| named.contains(it)), [true, false, false, true]);
        let none = algorithms(json!(["none", "HS256", "RS512", "rs256"])).expect("valid metadata");
        assert_eq!(all.map(|it| none.contains(it)), [false; 4]);
        let default = algorithms(Value::Null).expect("valid metadata");
        assert_eq!(all.map(|it| default.contains(it)), [true; 4]);
        assert_eq!(algorithms(json!("RS256")).expect_err("refused").detail(), Some(member));
    }

    #[test]
    fn a_response_that_is_no_document_is_told_apart() {
        let code = |status, content_type: &str| {
            let response = Response {
                status,
                content_type: Some(content_type.into()),
                body: SecretText::new(document().to_string()),
                ..Response::default()
            };
            let processed =
                process_response(&Native, &response, &issuer("https://as.example/tenant"));
            processed.map_err(|error| (error.code(), error.status())).map(drop)
        };
        assert_eq!(code(200, "application/json; charset=utf-8"), Ok(()));
        assert_eq!(code(200, "text/html"), Err((ErrorCode::NotJson, Some(200))));
        assert_eq!(code(200, "application/jwk-set+json"), Err((ErrorCode::NotJson, Some(200))));
        for status in [201, 204, 400, 404] {
            let expected = Err((ErrorCode::UnexpectedStatus, Some(status)));
            assert_eq!(code(status, "application/json"), expected);
        }
        for status in [429, 500, 503] {
            let expected = Err((ErrorCode::ServerUnavailable, Some(status)));
            assert_eq!(code(status, "application/json"), expected);
        }
    }
}
