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
use crate::time::UnixTime;
use crate::ui::{ApiRequest, Connection, report_outside};

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
        report_outside(name, "`<AuthProvider options={..}>`.");
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
    /// fit. The reason of a misfit is in the console.
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
    /// not fit. The reason of a misfit is in the console.
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

    /// Returns whether the session was granted `scope`, as [`Scope::grants`](crate::Scope::grants) does.
    ///
    /// # Example: what only some users may do
    /// ```
    /// use basic_oauth::yew::use_auth;
    /// use yew::prelude::*;
    ///
    /// #[component]
    /// fn Editor() -> Html {
    ///     let auth = use_auth();
    ///     html! { <button disabled={!auth.has_scope("app:notes")}>{ "Save" }</button> }
    /// }
    /// ```
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        matches!(self.state(), AuthState::SignedIn { scope: granted, .. } if granted.grants(scope))
    }

    /// Returns when the access token expires. `None` if no user is signed in, or if it never expires.
    ///
    /// A refresh causes no render. Read it when it is needed, for example in a callback.
    #[must_use]
    pub fn expires_at(&self) -> Option<UnixTime> {
        self.connection.expires_at()
    }

    /// Returns the access token in memory, if it has not expired. For code that cannot wait.
    ///
    /// Prefer [`token`](Self::token). This starts no refresh, so there is none while an expired token is
    /// being refreshed. The server may have revoked it.
    #[must_use]
    pub fn latest_token(&self) -> Option<AccessToken> {
        self.connection.latest_token()
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

    /// Returns a request to an API of the app, with the access token. It has a body if it needs one, and
    /// the body of an error as a type of the app.
    ///
    /// # Example: change a note
    /// ```
    /// use basic_oauth::yew::{ApiFailure, Auth};
    ///
    /// #[derive(serde::Serialize)]
    /// struct Note { title: String }
    ///
    /// async fn save(auth: Auth, note: Note) -> Result<(), ApiFailure> {
    ///     let request = auth.request("PUT", "https://api.app.example/notes/1");
    ///     request.json(&note).send_empty().await
    /// }
    /// ```
    pub fn request(&self, method: &str, url: &str) -> ApiRequest {
        ApiRequest::new(Ok(self.connection.clone()), method, url)
    }

    /// Requests JSON from an API with the access token, and returns it as a type of the app.
    ///
    /// # Errors
    /// Those of [`token`](Self::token); [`OriginNotAllowed`](crate::ErrorCode::OriginNotAllowed);
    /// [`UnexpectedStatus`](crate::ErrorCode::UnexpectedStatus) with the status;
    /// [`NotJson`](crate::ErrorCode::NotJson) if the answer does not fit the type; the message names the
    /// field.
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
        Ok(self.request("GET", url).send().await?)
    }

    /// Returns the user information as a type of the app. Requests it from the server if it is not
    /// known yet.
    ///
    /// # Errors
    /// Those of [`BasicAuth::user`](crate::BasicAuth::user);
    /// [`NotJson`](crate::ErrorCode::NotJson) if the answer does not fit the type; the message names the
    /// field.
    pub async fn user_as<T: DeserializeOwned>(&self) -> Result<T> {
        self.connection.user_as().await
    }

    /// Returns the client itself, as soon as it has started.
    ///
    /// # Example: a request of gloo-net
    /// ```
    /// use basic_oauth::yew::Auth;
    /// use gloo_net::http::Request;
    ///
    /// async fn notes(auth: Auth) -> Result<u16, basic_oauth::ApiError> {
    ///     let client = auth.client().await?;
    ///     let Ok(request) = Request::get("https://api.app.example/notes").build() else { return Ok(0) };
    ///     Ok(client.fetch(request.into()).await?.status())
    /// }
    /// ```
    ///
    /// # Errors
    /// Those of [`BasicAuth::start`](crate::BasicAuth::start). While a server renders, that is
    /// [`NotInBrowser`](crate::ErrorCode::NotInBrowser).
    pub async fn client(&self) -> Result<crate::BasicAuth<crate::Browser>> {
        self.connection.client().await
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Auth")
    }
}
