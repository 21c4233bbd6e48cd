//! Options as a user of JavaScript writes them, validated.
//!
//! They arrive as a value of own members only, so that a polluted prototype configures nothing.

use std::time::Duration;

use super::Config;
use crate::client::SignInOptions;
use crate::codec::{Json, UrlParser};
use crate::error::{Error, ErrorCode, Result};
use crate::platform::SessionStore;
use crate::protocol::Issuer;
use crate::protocol::authorization::ExtraParameters;
use crate::protocol::registration::Registration;
use crate::protocol::scope::Scope;
use crate::protocol::server::{AuthorizationServer, TokenEncoding};
use crate::protocol::{Endpoint, Origin, RedirectUri};

pub(crate) fn sign_in(options: &Json) -> Result<SignInOptions> {
    let scope = text(options, "scope")?.map(Scope::parse).transpose()?;
    let params = parameters(options, "authorizationParams")?;
    Ok(SignInOptions { return_to: text(options, "returnTo")?.map(Into::into), scope, params })
}

pub(crate) fn config(parser: &impl UrlParser, options: &Json) -> Result<Config> {
    if present(options, "clientSecret").is_some() {
        // Everybody can read what a browser knows; a secret there is none.
        return Err(invalid("clientSecret"));
    }
    let redirect_uri = RedirectUri::parse(parser, required(options, "redirectUri")?)?;
    let server = server(parser, present(options, "server"))?;
    let client_id = required(options, "clientId")?;
    let mut config = Config::new(Registration::new(server, client_id, redirect_uri)?);
    if let Some(scope) = text(options, "scope")? {
        config.scope = Scope::parse(scope)?;
    }
    if let Some(store) = text(options, "store")? {
        config.store = SessionStore::parse(store).ok_or_else(|| invalid("store"))?;
    }
    config.authorization_params = parameters(options, "authorizationParams")?;
    config.token_params = parameters(options, "tokenParams")?;
    match present(options, "apiOrigins") {
        None => {}
        Some(Json::Array(origins)) => {
            for origin in origins {
                let Json::String(origin) = origin else { return Err(invalid("apiOrigins")) };
                config.api_origins.push(Origin::parse(parser, origin)?);
            }
        }
        Some(_) => return Err(invalid("apiOrigins")),
    }
    seconds(options, "requestTimeoutSeconds", &mut config.request_timeout)?;
    seconds(options, "transactionLifetimeSeconds", &mut config.transaction_lifetime)?;
    seconds(options, "defaultTokenLifetimeSeconds", &mut config.default_token_lifetime)?;
    if let Some(path) = text(options, "fallbackReturnTo")? {
        config.fallback_return_to = path.into();
    }
    flag(options, "loadUser", &mut config.load_user)?;
    Ok(config)
}

/// Nothing is Basic, a text is the origin of a server like it, an object any server.
fn server(parser: &impl UrlParser, options: Option<&Json>) -> Result<AuthorizationServer> {
    let options = match options {
        None => return AuthorizationServer::basic(parser),
        Some(Json::String(origin)) => return AuthorizationServer::basic_at(parser, origin),
        Some(options) if options.is_object() => options,
        Some(_) => return Err(invalid("server")),
    };
    let endpoint = |name: &'static str| Endpoint::parse(parser, required(options, name)?, name);
    let mut server =
        AuthorizationServer::new(endpoint("authorizationEndpoint")?, endpoint("tokenEndpoint")?);
    if present(options, "userinfoEndpoint").is_some() {
        server.userinfo_endpoint = Some(endpoint("userinfoEndpoint")?);
    }
    if present(options, "revocationEndpoint").is_some() {
        server.revocation_endpoint = Some(endpoint("revocationEndpoint")?);
    }
    server.issuer =
        text(options, "issuer")?.map(|issuer| Issuer::parse(parser, issuer)).transpose()?;
    flag(options, "issParameterSupported", &mut server.iss_parameter_supported)?;
    server.token_encoding = match text(options, "tokenEncoding")? {
        None | Some("form") => TokenEncoding::Form,
        Some("json") => TokenEncoding::Json,
        Some(_) => return Err(invalid("tokenEncoding")),
    };
    Ok(server)
}

/// Each value is a string, or an array of strings that are sent one by one.
fn parameters(options: &Json, option: &'static str) -> Result<ExtraParameters> {
    let mut parameters = ExtraParameters::default();
    let members = match present(options, option) {
        None => return Ok(parameters),
        Some(Json::Object(members)) => members,
        Some(_) => return Err(invalid(option)),
    };
    for (name, value) in members {
        let values = match value {
            Json::Null => continue,
            Json::Array(values) => values.as_slice(),
            value => std::slice::from_ref(value),
        };
        let mut texts = Vec::with_capacity(values.len());
        for value in values {
            let Json::String(text) = value else { return Err(invalid(option)) };
            texts.push(text.as_str());
        }
        parameters.add_each(name, &texts)?;
    }
    Ok(parameters)
}

/// `null` and `undefined` are as good as nothing.
fn present<'a>(options: &'a Json, name: &str) -> Option<&'a Json> {
    options.member(name).filter(|value| !matches!(value, Json::Null))
}

fn text<'a>(options: &'a Json, name: &'static str) -> Result<Option<&'a str>> {
    match present(options, name) {
        None => Ok(None),
        Some(Json::String(text)) => Ok(Some(text)),
        Some(_) => Err(invalid(name)),
    }
}

fn required<'a>(options: &'a Json, name: &'static str) -> Result<&'a str> {
    text(options, name)?.ok_or_else(|| invalid(name))
}

fn flag(options: &Json, name: &'static str, flag: &mut bool) -> Result<()> {
    match present(options, name) {
        None => {}
        Some(Json::Bool(given)) => *flag = *given,
        Some(_) => return Err(invalid(name)),
    }
    Ok(())
}

/// From a millisecond to some thirty years.
fn seconds(options: &Json, name: &'static str, duration: &mut Duration) -> Result<()> {
    match present(options, name) {
        None => {}
        // A float cast saturates, and these limits fit.
        Some(Json::Number(seconds)) if (0.001..=1e9).contains(seconds) => {
            *duration = Duration::from_millis((seconds * 1e3) as u64);
        }
        Some(_) => return Err(invalid(name)),
    }
    Ok(())
}

fn invalid(name: &'static str) -> Error {
    Error::new(ErrorCode::InvalidOption).with_detail(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::JsonCodec as _;
    use crate::testing::Native;

    fn read(changes: &str) -> Result<Config> {
        let least = r#""clientId":"app","redirectUri":"https://app.example/cb""#;
        let separator = if changes.is_empty() { "" } else { "," };
        let options = Native.parse_json(&format!("{{{least}{separator}{changes}}}"));
        config(&Native, &options.expect("JSON"))
    }

    fn detail(changes: &str) -> (ErrorCode, Option<&'static str>) {
        let error = read(changes).expect_err(changes);
        (error.code(), error.detail())
    }

    #[test]
    fn the_least_there_is_to_say_is_enough() {
        let config = read("").expect("sound");
        assert_eq!(config.scope.as_str(), "profile");
        assert_eq!(config.store, SessionStore::Local);
        assert_eq!(config.request_timeout, Duration::from_secs(10));
        assert!(config.load_user);
        assert_eq!(config.fallback_return_to, "/");
        let config =
            read(r#""redirectUri":"https://you.example/project/callback""#).expect("valid");
        assert_eq!(config.fallback_return_to, "/project/");
        assert_eq!(read(r#""store":null,"scope":null"#).expect("sound").store, SessionStore::Local);
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
        .expect("sound");
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

    #[test]
    fn the_options_of_one_sign_in_are_validated_alike() {
        let read = |text: &str| sign_in(&Native.parse_json(text).expect("JSON"));
        let own = read(
            r#"{"returnTo":"/deep","scope":"profile a","authorizationParams":{"prompt":"login"}}"#,
        );
        let own = own.expect("sound");
        assert_eq!(own.return_to.as_deref(), Some("/deep"));
        assert_eq!(own.scope.as_ref().map(Scope::as_str), Some("profile a"));
        assert_ne!(own.params, ExtraParameters::default());
        for nothing in ["{}", "null", r#"{"returnTo":null}"#] {
            let own = read(nothing).expect("sound");
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
            (r#""requestTimeoutSeconds":"10""#, "requestTimeoutSeconds"),
            (r#""loadUser":"yes""#, "loadUser"),
            (r#""server":7"#, "server"),
            (r#""server":{"tokenEndpoint":"https://a.example"}"#, "authorizationEndpoint"),
            (r#""clientSecret":"s""#, "clientSecret"),
        ] {
            assert_eq!(detail(changes), (ErrorCode::InvalidOption, Some(name)), "{changes}");
        }
        for nothing in ["{}", "[]", "null", "\"x\"", r#"{"clientId":"a"}"#] {
            let options = Native.parse_json(nothing).expect("JSON");
            assert!(config(&Native, &options).is_err(), "{nothing}");
        }
    }

    #[test]
    fn a_parameter_without_a_value_counts_as_absent() {
        let config = read(r#""authorizationParams":{"login_hint":null,"prompt":"login"}"#);
        let params = config.expect("valid").authorization_params;
        assert_eq!(params.pairs().collect::<Vec<_>>(), [("prompt", "login")]);
        for reserved in ["authorizationParams", "tokenParams"] {
            let options = format!(r#""{reserved}":{{"code_verifier":"x"}}"#);
            assert_eq!(detail(&options).0, ErrorCode::ReservedParameter);
        }
    }

    #[test]
    fn r33_what_no_single_option_shows_is_validated() {
        let validated = |options: &str| read(options).and_then(|config| config.validate());
        let detail = |options: &str| {
            let error = validated(options).expect_err(options);
            (error.code(), error.detail())
        };
        assert!(validated("").is_ok());
        let endpoints = r#""authorizationEndpoint":"https://as.example/a","tokenEndpoint":"https://as.example/t""#;
        let server = |more: &str| format!(r#""server":{{{endpoints}{more}}}"#);
        let flag = r#","issParameterSupported":true"#;
        assert_eq!(detail(&server(flag)), (ErrorCode::InvalidOption, Some("issuer")));
        let named = format!(r#"{flag},"issuer":"https://as.example""#);
        assert!(validated(&server(&named)).is_ok());
        let broken = r#","issuer":"https://as.example\n""#;
        assert_eq!(detail(&server(broken)), (ErrorCode::InvalidEndpoint, Some("issuer")));
        assert_eq!(
            detail(r#""scope":"""#),
            (ErrorCode::InvalidOption, Some("scope")),
            "Basic needs one"
        );
        assert!(validated(&[&server(""), r#","scope":"""#].concat()).is_ok());
    }

    #[test]
    fn a_value_that_its_type_refuses_is_refused() {
        assert_eq!(detail(r#""scope":"a,b""#).0, ErrorCode::InvalidScope);
        assert_eq!(detail(r#""apiOrigins":["http://a.example"]"#).0, ErrorCode::InvalidApiOrigin);
        assert_eq!(
            detail(r#""authorizationParams":{"state":"x"}"#).0,
            ErrorCode::ReservedParameter
        );
        assert_eq!(detail(r#""server":"http://as.example""#).0, ErrorCode::InvalidEndpoint);
    }
}
