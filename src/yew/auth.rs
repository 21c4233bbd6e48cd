//! [`Auth`]: the state, and what an app can do.

use std::fmt;
use std::rc::Rc;

use serde::de::DeserializeOwned;
use yew::prelude::*;

use crate::config::SignInOptions;
use crate::error::{Error, Result};
use crate::protocol::userinfo::User;
use crate::secret::AccessToken;
use crate::session::AuthState;
use crate::ui::{Connection, report_outside};

/// The state of the sign-in, and the calls that change it.
///
/// Cheap to clone. Two values are equal if a user would see no difference.
#[derive(Clone, PartialEq)]
pub struct Auth {
    pub(super) state: Rc<AuthState>,
    pub(super) connection: Connection,
}

/// Returns the [`Auth`] of the [`AuthProvider`](super::AuthProvider) around this component.
///
/// Without a provider the state is `loading` forever, and the console says so once.
///
/// # Example: a button of the app
/// ```
/// use basic_oauth::yew::use_auth;
/// use yew::prelude::*;
///
/// #[component]
/// fn EnterButton() -> Html {
///     let auth = use_auth();
///     html! { <button onclick={move |_| auth.sign_in()}>{ "Enter" }</button> }
/// }
/// ```
#[hook]
pub fn use_auth() -> Auth {
    use_auth_for("use_auth")
}

/// Returns the [`Auth`] for a component or hook of this name. Without a provider, the name is reported.
#[hook]
pub(super) fn use_auth_for(name: &'static str) -> Auth {
    use_context().unwrap_or_else(|| {
        report_outside(name, "Put `<AuthProvider options={..}>` around the app.");
        DETACHED.with(Auth::clone)
    })
}

thread_local! {
    /// For components without a provider: always the same, and loading.
    static DETACHED: Auth = Auth::of(Connection::new());
}

impl Auth {
    pub(super) fn of(connection: Connection) -> Self {
        Self { state: connection.state(), connection }
    }

    /// Returns the whole state.
    #[must_use]
    pub fn state(&self) -> &AuthState {
        &self.state
    }

    /// Returns whether the state is not known yet.
    #[must_use]
    pub fn is_loading(&self) -> bool {
        matches!(self.state(), AuthState::Loading)
    }

    /// Returns whether a user is signed in.
    #[must_use]
    pub fn is_signed_in(&self) -> bool {
        self.state().is_signed_in()
    }

    /// Returns the user, if known.
    #[must_use]
    pub fn user(&self) -> Option<&User> {
        match self.state() {
            AuthState::SignedIn { user, .. } => user.as_ref(),
            _ => None,
        }
    }

    /// Returns the last error, if it has not been resolved since.
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        self.state().error()
    }

    /// Returns the user information as a type of the app: `None` if it is not known yet or does not
    /// fit.
    #[must_use]
    pub fn claims<T: DeserializeOwned>(&self) -> Option<T> {
        Connection::claims(self.user()?.as_json())
    }

    /// Redirects to the authorization server. Afterwards the user is back at the current address. An
    /// error shows in the state.
    pub fn sign_in(&self) {
        self.sign_in_with(SignInOptions::default());
    }

    /// Signs in as [`sign_in`](Self::sign_in) does, with options.
    pub fn sign_in_with(&self, options: SignInOptions) {
        Connection::spawn(self.connection.clone().sign_in(options));
    }

    /// Signs out, here and in every tab.
    pub fn sign_out(&self) {
        Connection::spawn(self.connection.clone().sign_out());
    }

    /// Signs out as [`sign_out`](Self::sign_out) does, and at the provider too if the options say so.
    #[cfg(feature = "openid")]
    pub fn sign_out_with(&self, options: crate::SignOutOptions) {
        Connection::spawn(self.connection.clone().sign_out_with(options));
    }

    /// Returns the claims of the ID token as a type of the app: `None` if there is none, or if it does
    /// not fit.
    #[cfg(feature = "openid")]
    #[must_use]
    pub fn id_token_claims<T: DeserializeOwned>(&self) -> Option<T> {
        self.connection.id_token_claims()
    }

    /// Returns the decentralised identifier of the user, if the server has named one.
    #[cfg(feature = "openid")]
    #[must_use]
    pub fn did(&self) -> Option<String> {
        self.connection.did()
    }

    /// Returns the names of the configured scope that were not granted.
    #[must_use]
    pub fn missing_scopes(&self) -> Vec<String> {
        self.connection.missing_scopes()
    }

    /// Returns an access token that has not expired. Refreshes it first if necessary.
    ///
    /// # Errors
    /// Those of [`BasicAuth::token`](crate::BasicAuth::token) and of
    /// [`BasicAuth::start`](crate::BasicAuth::start).
    pub async fn token(&self) -> Result<AccessToken> {
        self.connection.token().await
    }

    /// Requests JSON from an API with the access token, and returns it as a type of the app.
    ///
    /// # Errors
    /// Those of [`token`](Self::token); [`OriginNotAllowed`](crate::ErrorCode::OriginNotAllowed);
    /// [`UnexpectedStatus`](crate::ErrorCode::UnexpectedStatus) with the status;
    /// [`NotJson`](crate::ErrorCode::NotJson) if the answer does not fit the type.
    ///
    /// # Example: a list of notes
    /// ```
    /// use basic_oauth::yew::Auth;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Note { title: String }
    ///
    /// async fn notes(auth: Auth) -> basic_oauth::Result<Vec<Note>> {
    ///     auth.fetch_json("https://api.app.example/notes").await
    /// }
    /// ```
    pub async fn fetch_json<T: DeserializeOwned>(&self, url: &str) -> Result<T> {
        self.connection.fetch_json(url).await
    }

    /// Returns the user information as a type of the app. Requests it from the server if it is not
    /// known yet.
    ///
    /// # Errors
    /// Those of [`BasicAuth::user`](crate::BasicAuth::user);
    /// [`NotJson`](crate::ErrorCode::NotJson) if the answer does not fit the type.
    pub async fn user_as<T: DeserializeOwned>(&self) -> Result<T> {
        self.connection.user_as().await
    }

    /// Returns the client itself, as soon as it has started.
    ///
    /// # Errors
    /// Those of [`BasicAuth::start`](crate::BasicAuth::start).
    #[cfg(target_arch = "wasm32")]
    pub async fn client(&self) -> Result<crate::BasicAuth<crate::Browser>> {
        self.connection.client().await
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Auth")
    }
}
