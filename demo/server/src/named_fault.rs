//! The faults that `--fail ENDPOINT=WHAT` switches on. `fail-help.txt` lists them for the user.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::json;

use crate::faults::{Endpoint, Fault, Injection, Reply};

/// A fault with a name, such as `refresh=503`. [`Self::HELP`] lists all.
#[derive(Clone, Debug)]
pub struct NamedFault {
    text: String,
    endpoint: Endpoint,
    fault: Fault,
    times: Option<usize>,
}

impl NamedFault {
    /// The names of endpoints and faults, for a user to read.
    pub const HELP: &str = include_str!("fail-help.txt");

    /// Returns the fault with the endpoint that it applies to.
    pub fn injection(&self) -> Injection {
        let injection = Injection::new(self.endpoint, self.fault.clone());
        match self.times {
            Some(count) => injection.times(count),
            None => injection,
        }
    }
}

impl FromStr for NamedFault {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let parsed = || {
            let (name, what) = text.split_once('=').context("it has no \"=\"")?;
            let endpoint = endpoint(name)?;
            let (what, times) = limited(what);
            let fault = fault(endpoint, what)
                .with_context(|| format!("{name} cannot fail with {what:?}"))?;
            anyhow::Ok(Self { text: text.into(), endpoint, fault, times })
        };
        parsed().map_err(|error| anyhow::anyhow!("{error}\n\n{}", Self::HELP.trim_end()))
    }
}

impl fmt::Display for NamedFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

fn endpoint(name: &str) -> anyhow::Result<Endpoint> {
    Ok(match name {
        "authorize" => Endpoint::Authorize,
        "code" => Endpoint::TokenCode,
        "discovery" => Endpoint::Discovery,
        "end-session" => Endpoint::EndSession,
        "keys" => Endpoint::Jwks,
        "notes" => Endpoint::Resource,
        "refresh" => Endpoint::TokenRefresh,
        "revoke" => Endpoint::Revocation,
        "user" => Endpoint::Userinfo,
        _ => bail!("there is no endpoint {name:?}"),
    })
}

/// Splits `503x2` into what happens and how often.
fn limited(what: &str) -> (&str, Option<usize>) {
    let split = what.rsplit_once('x').and_then(|(what, times)| Some((what, times.parse().ok()?)));
    split.map_or((what, None), |(what, times)| (what, Some(times)))
}

fn fault(endpoint: Endpoint, what: &str) -> Option<Fault> {
    let is_page = matches!(endpoint, Endpoint::Authorize | Endpoint::EndSession);
    match what {
        "drop" => return Some(Fault::DropBefore),
        "silence" => return Some(Fault::NeverAnswer),
        "slow" => return Some(Fault::Delay(Duration::from_secs(5))),
        "html" if !is_page => return Some(Fault::Respond(Reply::html(200, PAGE))),
        "no-cors" if !is_page => return Some(Fault::NoCors),
        _ => {}
    }
    if let Some(seconds) = what.strip_prefix("slow:") {
        return Some(Fault::Delay(Duration::from_secs(seconds.parse().ok()?)));
    }
    if let Ok(status @ 400..=599) = what.parse::<u16>() {
        return Some(Fault::Respond(match endpoint {
            Endpoint::Authorize | Endpoint::EndSession => Reply::html(status, PAGE),
            _ => Reply::json(status, &json!({ "error": error_of(status), "message": MESSAGE })),
        }));
    }
    match endpoint {
        Endpoint::Authorize => fault_of_redirect(what),
        Endpoint::Discovery if what == "wrong-issuer" => {
            Some(Fault::set("issuer", "https://other.example"))
        }
        Endpoint::Resource | Endpoint::Userinfo => fault_of_resource(what),
        Endpoint::Revocation => {
            refusal(what, &["invalid_client", "invalid_request", "unsupported_token_type"])
        }
        Endpoint::TokenCode => match what {
            "no-refresh-token" => Some(Fault::omit("refresh_token")),
            "wrong-nonce" => Some(Fault::id_token_claim("nonce", "another")),
            _ => refusal(
                what,
                &["invalid_client", "invalid_grant", "invalid_request", "unauthorized_client"],
            ),
        },
        Endpoint::TokenRefresh => match what {
            "no-refresh-token" => Some(Fault::omit("refresh_token")),
            _ => refusal(
                what,
                &["invalid_client", "invalid_grant", "invalid_request", "invalid_scope"],
            ),
        },
        _ => None,
    }
}

/// Returns the fault of a redirect back to the app: an error in place of the code, or a wrong value.
fn fault_of_redirect(what: &str) -> Option<Fault> {
    const ERRORS: [&str; 9] = [
        "access_denied",
        "consent_required",
        "interaction_required",
        "invalid_request",
        "invalid_scope",
        "login_required",
        "server_error",
        "temporarily_unavailable",
        "unauthorized_client",
    ];
    match what {
        "wrong-issuer" => Some(replaced("iss", "https://other.example")),
        "wrong-state" => Some(replaced("state", "another")),
        _ => {
            let error = ERRORS.into_iter().find(|error| *error == what)?;
            Some(Fault::edit_redirect(move |parameters| {
                parameters.retain(|(name, _)| !OUTCOME.contains(&name.as_str()));
                let pairs = [("error", error), ("error_description", MESSAGE)];
                parameters.extend(pairs.map(|(name, value)| (name.into(), value.into())));
            }))
        }
    }
}

fn replaced(name: &'static str, value: &'static str) -> Fault {
    Fault::edit_redirect(move |parameters| {
        parameters.retain(|(known, _)| known != name);
        parameters.push((name.into(), value.into()));
    })
}

fn fault_of_resource(what: &str) -> Option<Fault> {
    match what {
        "insufficient_scope" => Some(Fault::insufficient_scope("account")),
        "insufficient_user_authentication" => {
            Some(Fault::insufficient_user_authentication(&[("max_age", "60")]))
        }
        "invalid_token" => Some(Fault::challenge(401, what, &[])),
        _ => None,
    }
}

fn refusal(what: &str, errors: &[&str]) -> Option<Fault> {
    let body = json!({ "error": what, "error_description": MESSAGE });
    errors.contains(&what).then(|| Fault::Respond(Reply::json(400, &body)))
}

fn error_of(status: u16) -> &'static str {
    match status {
        429 | 503 => "temporarily_unavailable",
        500.. => "server_error",
        _ => "invalid_request",
    }
}

const MESSAGE: &str = "The demo server fails on purpose (--fail).";
const OUTCOME: [&str; 3] = ["code", "error", "error_description"];
const PAGE: &str = "<!doctype html><title>It fails</title>\
    <p>The demo server fails on purpose (--fail).</p>";
