//! Options as a user of JavaScript writes them, read into [`Options`].
//!
//! They arrive as a value of own members only, so that a polluted prototype configures nothing. Here
//! only the types are checked; [`Options::validate`] validates the values.

use std::time::Duration;

#[cfg(feature = "openid")]
use super::SignOutOptions;
use super::options::{Listener, Parameters, Server, invalid};
use super::{OnEvent, OnReturn, Options, ServerOptions, SignInOptions};
use crate::codec::Json;
use crate::error::Result;
use crate::platform::SessionStore;
use crate::protocol::authorization::ExtraParameters;
use crate::protocol::scope::Scope;
use crate::protocol::server::TokenEncoding;

/// Reads the options of one sign-in.
pub(crate) fn sign_in(options: &Json) -> Result<SignInOptions> {
    let mut sign_in = SignInOptions::default();
    keep(options, "returnTo", &mut sign_in.return_to)?;
    sign_in.scope = text(options, "scope")?.map(Scope::parse).transpose()?;
    let params = members(options, "authorizationParams")?;
    sign_in.authorization_params = ExtraParameters::parse(params)?;
    if let Some(acr_values) = text(options, "acrValues")? {
        sign_in = sign_in.acr_values(acr_values);
    }
    let mut max_age = Duration::MAX;
    seconds(options, "maxAgeSeconds", &mut max_age)?;
    if max_age != Duration::MAX {
        sign_in = sign_in.max_age(max_age);
    }
    #[cfg(feature = "openid")]
    keep(options, "handle", &mut sign_in.handle)?;
    // The options of the client choose the module that can find the server of a handle.
    #[cfg(not(feature = "openid"))]
    if present(options, "handle").is_some() {
        return Err(invalid("handles"));
    }
    Ok(sign_in)
}

/// Reads the options of one sign-out.
#[cfg(feature = "openid")]
pub(crate) fn sign_out(options: &Json) -> Result<SignOutOptions> {
    let mut sign_out = SignOutOptions::default();
    flag(options, "everywhere", &mut sign_out.everywhere)?;
    keep(options, "returnTo", &mut sign_out.return_to)?;
    Ok(sign_out)
}

/// Reads the options of a client. The functions among them have been read before.
pub(crate) fn options(
    json: &Json,
    on_event: Option<OnEvent>,
    on_return: OnReturn,
) -> Result<Options> {
    if present(json, "clientSecret").is_some() {
        // A browser app is a public client (RFC 6749 section 2.1) and cannot keep a secret.
        return Err(invalid("clientSecret"));
    }
    let mut options = Options::new(required(json, "clientId")?, required(json, "redirectUri")?);
    options.on_event = on_event.map(Listener);
    options.on_return = on_return;
    match present(json, "server") {
        None => {}
        Some(Json::String(origin)) => options.server = Server::Basic(origin.clone()),
        Some(server) if server.is_object() => {
            options.server = Server::Other(self::server(server)?);
        }
        Some(_) => return Err(invalid("server")),
    }
    keep(json, "scope", &mut options.scope)?;
    if let Some(store) = text(json, "store")? {
        options.store = SessionStore::parse(store).ok_or_else(|| invalid("store"))?;
    }
    options.authorization_params = members(json, "authorizationParams")?;
    options.token_params = members(json, "tokenParams")?;
    match present(json, "apiOrigins") {
        None => {}
        Some(Json::Array(origins)) => {
            for origin in origins {
                options.api_origins.push(string(origin, "apiOrigins")?.into());
            }
        }
        Some(_) => return Err(invalid("apiOrigins")),
    }
    seconds(json, "requestTimeoutSeconds", &mut options.request_timeout)?;
    seconds(json, "transactionLifetimeSeconds", &mut options.transaction_lifetime)?;
    seconds(json, "defaultTokenLifetimeSeconds", &mut options.default_token_lifetime)?;
    keep(json, "fallbackReturnTo", &mut options.fallback_return_to)?;
    flag(json, "loadUser", &mut options.load_user)?;
    #[cfg(feature = "openid")]
    {
        flag(json, "handles", &mut options.handles)?;
        keep(json, "postLogoutRedirectUri", &mut options.post_logout_redirect_uri)?;
    }
    // `auth.js` has obeyed it: the module is here.
    match text(json, "preload")? {
        None | Some("idle" | "use") => Ok(options),
        Some(_) => Err(invalid("preload")),
    }
}

fn server(json: &Json) -> Result<ServerOptions> {
    #[cfg(feature = "openid")]
    let needs_discovery =
        ["authorizationEndpoint", "tokenEndpoint"].iter().all(|name| present(json, name).is_none());
    #[cfg(not(feature = "openid"))]
    let needs_discovery = false;
    let mut server = match needs_discovery {
        #[cfg(feature = "openid")]
        true => ServerOptions::discovered(required(json, "issuer")?),
        _ => ServerOptions::new(
            required(json, "authorizationEndpoint")?,
            required(json, "tokenEndpoint")?,
        ),
    };
    #[cfg(feature = "openid")]
    {
        keep(json, "jwksUri", &mut server.jwks_uri)?;
        keep(json, "endSessionEndpoint", &mut server.end_session_endpoint)?;
    }
    keep(json, "userinfoEndpoint", &mut server.userinfo_endpoint)?;
    keep(json, "revocationEndpoint", &mut server.revocation_endpoint)?;
    keep(json, "issuer", &mut server.issuer)?;
    flag(json, "issParameterSupported", &mut server.iss_parameter_supported)?;
    server.token_encoding = match text(json, "tokenEncoding")? {
        None | Some("form") => TokenEncoding::Form,
        Some("json") => TokenEncoding::Json,
        Some(_) => return Err(invalid("tokenEncoding")),
    };
    Ok(server)
}

/// Reads parameters: each value is a string, or an array of strings that are sent one by one.
fn members(json: &Json, name: &'static str) -> Result<Parameters> {
    let members = match present(json, name) {
        None => return Ok(Parameters::new()),
        Some(Json::Object(members)) => members,
        Some(_) => return Err(invalid(name)),
    };
    let mut parameters = Parameters::new();
    for (key, value) in members {
        let values = match value {
            Json::Null => continue,
            Json::Array(values) => values.as_slice(),
            value => std::slice::from_ref(value),
        };
        for value in values {
            parameters.push((key.clone(), string(value, name)?.into()));
        }
    }
    Ok(parameters)
}

fn string<'a>(value: &'a Json, name: &'static str) -> Result<&'a str> {
    match value {
        Json::String(text) => Ok(text),
        _ => Err(invalid(name)),
    }
}

/// Returns the option of this name. `null` and `undefined` count as absent.
fn present<'a>(json: &'a Json, name: &str) -> Option<&'a Json> {
    json.member(name).filter(|value| !matches!(value, Json::Null))
}

fn text<'a>(json: &'a Json, name: &'static str) -> Result<Option<&'a str>> {
    present(json, name).map(|value| string(value, name)).transpose()
}

fn keep(json: &Json, name: &'static str, option: &mut Option<String>) -> Result<()> {
    *option = text(json, name)?.map(Into::into);
    Ok(())
}

fn required<'a>(json: &'a Json, name: &'static str) -> Result<&'a str> {
    text(json, name)?.ok_or_else(|| invalid(name))
}

fn flag(json: &Json, name: &'static str, flag: &mut bool) -> Result<()> {
    match present(json, name) {
        None => {}
        Some(Json::Bool(given)) => *flag = *given,
        Some(_) => return Err(invalid(name)),
    }
    Ok(())
}

fn seconds(json: &Json, name: &'static str, duration: &mut Duration) -> Result<()> {
    match present(json, name) {
        None => {}
        // A float cast saturates: what is out of range stays out of range.
        Some(Json::Number(seconds)) => {
            *duration = Duration::from_millis((seconds * 1e3) as u64);
        }
        Some(_) => return Err(invalid(name)),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::JsonCodec as _;
    use crate::config::Config;
    use crate::error::ErrorCode;
    use crate::protocol::{Endpoint, Origin};
    use crate::testing::Native;

    fn read(changes: &str) -> Result<Config> {
        let least = r#""clientId":"app","redirectUri":"https://app.example/cb""#;
        let separator = if changes.is_empty() { "" } else { "," };
        let json = Native.parse_json(&format!("{{{least}{separator}{changes}}}"));
        options(&json.expect("JSON"), None, OnReturn::Router)?.validate(&Native, "")
    }

    fn detail(changes: &str) -> (ErrorCode, Option<&'static str>) {
        let error = read(changes).expect_err(changes);
        (error.code(), error.detail())
    }

    #[test]
    fn two_options_are_enough() {
        let config = read("").expect("valid options");
        assert_eq!(config.scope.as_str(), "profile");
        assert_eq!(config.store, SessionStore::Local);
        assert_eq!(config.request_timeout, Duration::from_secs(10));
        assert!(config.load_user);
        assert_eq!(config.fallback_return_to, "/");
        let config =
            read(r#""redirectUri":"https://you.example/project/callback""#).expect("valid options");
        assert_eq!(config.fallback_return_to, "/project/");
        assert_eq!(
            read(r#""store":null,"scope":null"#).expect("valid options").store,
            SessionStore::Local
        );
    }

    #[test]
    fn every_option_arrives() {
        let config = read(
            r#""scope":"profile app:db","store":"cookie","apiOrigins":["https://api.example"],
            "authorizationParams":{"prompt":"login"},"requestTimeoutSeconds":2.5,
            "transactionLifetimeSeconds":60,"defaultTokenLifetimeSeconds":120,
            "fallbackReturnTo":"/home","loadUser":false,
            "tokenParams":{"resource":["https://a.example","https://b.example"],"audience":"api"},
            "server":{"authorizationEndpoint":"https://as.example/a","tokenEndpoint":"https://as.example/t",
            "userinfoEndpoint":"https://as.example/u","revocationEndpoint":"https://as.example/r",
            "issuer":"https://as.example","issParameterSupported":true,"tokenEncoding":"json"}"#,
        )
        .expect("valid options");
        assert_eq!(config.scope.as_str(), "profile app:db");
        assert_eq!(config.store, SessionStore::Cookie);
        assert_eq!(config.api_origins.last().map(Origin::as_str), Some("https://api.example"));
        assert_eq!(config.request_timeout, Duration::from_millis(2_500));
        assert_eq!(config.transaction_lifetime, Duration::from_secs(60));
        assert_eq!(config.default_token_lifetime, Duration::from_secs(120));
        assert_eq!(config.fallback_return_to, "/home");
        let params: Vec<_> = config.token_params.pairs().collect();
        let resources = [("resource", "https://a.example"), ("resource", "https://b.example")];
        assert_eq!(params, [&resources[..], &[("audience", "api")]].concat());
        assert!(!config.load_user);
        let server = &config.registration.server;
        assert_eq!(server.token_endpoint.as_str(), "https://as.example/t");
        assert_eq!(
            server.userinfo_endpoint.as_ref().map(Endpoint::as_str),
            Some("https://as.example/u")
        );
        assert_eq!(
            server.revocation_endpoint.as_ref().map(Endpoint::as_str),
            Some("https://as.example/r")
        );
        assert_eq!(server.issuer_text(), "https://as.example");
        assert!(server.iss_parameter_supported);
        assert_eq!(server.token_encoding, TokenEncoding::Json);
    }

    #[cfg(feature = "openid")]
    #[test]
    fn the_options_of_one_sign_out_are_validated_alike() {
        let read = |text: &str| sign_out(&Native.parse_json(text).expect("JSON"));
        let own = read(r#"{"everywhere":true,"returnTo":"/bye"}"#).expect("valid options");
        assert_eq!(own, SignOutOptions::default().everywhere(true).return_to("/bye"));
        for nothing in ["{}", "null", r#"{"everywhere":false}"#] {
            assert_eq!(read(nothing).expect("valid options"), SignOutOptions::default());
        }
        for wrong in [r#"{"everywhere":1}"#, r#"{"everywhere":"true"}"#, r#"{"returnTo":1}"#] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_options_of_one_sign_in_are_validated_alike() {
        let read = |text: &str| sign_in(&Native.parse_json(text).expect("JSON"));
        let own = read(
            r#"{"returnTo":"/deep","scope":"profile a","authorizationParams":{"prompt":"login"}}"#,
        );
        let own = own.expect("valid options");
        assert_eq!(own.return_to.as_deref(), Some("/deep"));
        assert_eq!(own.scope.as_ref().map(Scope::as_str), Some("profile a"));
        assert_ne!(own.authorization_params, ExtraParameters::default());
        for nothing in ["{}", "null", r#"{"returnTo":null}"#] {
            let own = read(nothing).expect("valid options");
            assert!(own.return_to.is_none() && own.scope.is_none(), "{nothing}");
        }
        for wrong in
            [r#"{"returnTo":1}"#, r#"{"scope":"a,b"}"#, r#"{"authorizationParams":{"state":"x"}}"#]
        {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_wrong_option_is_named() {
        for (changes, name) in [
            (r#""store":"disk""#, "store"),
            (r#""store":1"#, "store"),
            (r#""scope":["profile"]"#, "scope"),
            (r#""apiOrigins":"https://a.example""#, "apiOrigins"),
            (r#""apiOrigins":[1]"#, "apiOrigins"),
            (r#""authorizationParams":{"a":1}"#, "authorizationParams"),
            (r#""authorizationParams":{"a":["b",1]}"#, "authorizationParams"),
            (r#""authorizationParams":["a"]"#, "authorizationParams"),
            (r#""tokenParams":{"a":{}}"#, "tokenParams"),
            (r#""tokenParams":"a""#, "tokenParams"),
            (r#""requestTimeoutSeconds":0"#, "requestTimeoutSeconds"),
            (r#""requestTimeoutSeconds":-1"#, "requestTimeoutSeconds"),
            (r#""requestTimeoutSeconds":2e9"#, "requestTimeoutSeconds"),
            (r#""requestTimeoutSeconds":"10""#, "requestTimeoutSeconds"),
            (r#""loadUser":"yes""#, "loadUser"),
            (r#""preload":"never""#, "preload"),
            (r#""server":7"#, "server"),
            (r#""server":{"tokenEndpoint":"https://a.example"}"#, "authorizationEndpoint"),
            (r#""clientSecret":"s""#, "clientSecret"),
        ] {
            assert_eq!(detail(changes), (ErrorCode::InvalidOption, Some(name)), "{changes}");
        }
        for nothing in ["{}", "[]", "null", "\"x\"", r#"{"clientId":"a"}"#] {
            let json = Native.parse_json(nothing).expect("JSON");
            assert!(options(&json, None, OnReturn::Router).is_err(), "{nothing}");
        }
    }

    #[test]
    fn a_parameter_without_a_value_counts_as_absent() {
        let config = read(r#""authorizationParams":{"login_hint":null,"prompt":"login"}"#);
        let params = config.expect("valid options").authorization_params;
        assert_eq!(params.pairs().collect::<Vec<_>>(), [("prompt", "login")]);
        for reserved in ["authorizationParams", "tokenParams"] {
            let options = format!(r#""{reserved}":{{"code_verifier":"x"}}"#);
            assert_eq!(detail(&options).0, ErrorCode::ReservedParameter);
        }
    }

    #[test]
    fn r33_what_no_single_option_shows_is_validated() {
        let detail = |options: &str| {
            let error = read(options).expect_err(options);
            (error.code(), error.detail())
        };
        assert!(read("").is_ok());
        let endpoints = r#""authorizationEndpoint":"https://as.example/a","tokenEndpoint":"https://as.example/t""#;
        let server = |more: &str| format!(r#""server":{{{endpoints}{more}}}"#);
        let flag = r#","issParameterSupported":true"#;
        assert_eq!(detail(&server(flag)), (ErrorCode::InvalidOption, Some("issuer")));
        let named = format!(r#"{flag},"issuer":"https://as.example""#);
        assert!(read(&server(&named)).is_ok());
        let broken = r#","issuer":"https://as.example\n""#;
        assert_eq!(detail(&server(broken)), (ErrorCode::InvalidEndpoint, Some("issuer")));
        assert_eq!(
            detail(r#""scope":"""#),
            (ErrorCode::InvalidOption, Some("scope")),
            "Basic needs one"
        );
        assert!(read(&[&server(""), r#","scope":"""#].concat()).is_ok());
    }

    #[test]
    fn a_value_that_its_type_refuses_is_refused() {
        assert_eq!(detail(r#""scope":"a,b""#).0, ErrorCode::InvalidScope);
        assert_eq!(detail(r#""apiOrigins":["http://a.example"]"#).0, ErrorCode::InvalidApiOrigin);
        assert_eq!(detail(r#""apiOrigins":["self"]"#).0, ErrorCode::InvalidApiOrigin, "no page");
        assert_eq!(
            detail(r#""authorizationParams":{"state":"x"}"#).0,
            ErrorCode::ReservedParameter
        );
        assert_eq!(detail(r#""server":"http://as.example""#).0, ErrorCode::InvalidEndpoint);
    }
}
