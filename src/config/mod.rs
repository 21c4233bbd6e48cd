//! The configuration: an app writes [`Options`], the client works with the [`Config`] that
//! [`Options::validate`] makes of them.
//!
//! There is one way in for every surface. Rust users fill the options by hand, `json` fills them
//! from what JavaScript gave. Neither validates anything that `validate` can.

#[cfg(any(test, feature = "js"))]
pub(crate) mod json;
mod options;
mod server;
mod sign_in;
#[cfg(feature = "openid")]
mod sign_out;

pub use self::options::Options;
pub use self::server::ServerOptions;
pub use self::sign_in::SignInOptions;
#[cfg(feature = "openid")]
pub use self::sign_out::SignOutOptions;

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use crate::event::Event;
use crate::platform::SessionStore;
use crate::protocol::Origin;
#[cfg(feature = "openid")]
use crate::protocol::RedirectUri;
use crate::protocol::authorization::ExtraParameters;
use crate::protocol::registration::Registration;
use crate::protocol::scope::Scope;

/// Receives each [`Event`] of the client.
pub type OnEvent = Rc<dyn Fn(&Event)>;

/// How the user gets back to where a sign-in began: a path of this origin, with query and fragment.
#[derive(Clone, Default)]
pub enum OnReturn {
    /// Replaces the address, and notifies the app's router by a `popstate` event.
    #[default]
    Router,
    /// Loads the page, for a site whose pages are documents of their own. Not possible with
    /// [`SessionStore::Memory`], which does not outlive the page.
    Load,
    /// Calls the app, which takes the user back itself.
    Call(Rc<dyn Fn(&str)>),
}

impl fmt::Debug for OnReturn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Router => "Router",
            Self::Load => "Load",
            Self::Call(_) => "Call",
        })
    }
}

/// Two functions are equal if they are the same one.
impl PartialEq for OnReturn {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Call(own), Self::Call(other)) => Rc::ptr_eq(own, other),
            (Self::Router, Self::Router) | (Self::Load, Self::Load) => true,
            _ => false,
        }
    }
}

/// Validated [`Options`]: what the client works with.
///
/// The only way to make one is [`Options::validate`]. What is changed afterwards is not validated
/// again.
#[derive(Clone)]
#[non_exhaustive]
pub struct Config {
    /// The client, its server and its redirect URI.
    pub registration: Registration,
    /// The scope of every sign-in that does not name its own.
    pub scope: Scope,
    /// Extra parameters of every authorization request.
    pub authorization_params: ExtraParameters,
    /// Extra parameters of every token request, at the exchange and at each refresh.
    pub token_params: ExtraParameters,
    /// The place of the session.
    pub store: SessionStore,
    /// The origins that [`fetch`](crate::BasicAuth::fetch) may send the access token to, besides those of
    /// the session's server.
    pub api_origins: Vec<Origin>,
    /// How long one request to the server may take.
    pub request_timeout: Duration,
    /// How long a user may take at the server.
    pub transaction_lifetime: Duration,
    /// The lifetime of an access token if the server names none.
    pub default_token_lifetime: Duration,
    /// Where the user goes after a sign-in if no better place is known.
    pub fallback_return_to: String,
    /// Whether the user information is read as soon as a user is signed in.
    pub load_user: bool,
    /// Receives each event.
    pub on_event: Option<OnEvent>,
    /// How the user gets back to where the sign-in began.
    pub on_return: OnReturn,
    /// Whether a sign-in may name a handle, whose server is found.
    #[cfg(feature = "openid")]
    pub handles: bool,
    /// Where the user comes back to after a sign-out at the provider.
    #[cfg(feature = "openid")]
    pub post_logout_redirect_uri: RedirectUri,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Config")
    }
}
