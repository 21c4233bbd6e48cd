//! The state, and what an app can do.

use std::fmt;
use std::rc::Rc;

use serde::de::DeserializeOwned;
use yew::prelude::*;

use crate::config::SignInOptions;
use crate::error::{Error, Result};
use crate::protocol::userinfo::User;
use crate::secret::AccessToken;
use crate::session::AuthState;
use crate::ui::Connection;

/// Who is signed in, and what can be done about it. A cheap clone, equal while nothing that a person
/// sees has changed.
#[derive(Clone, PartialEq)]
pub struct Auth {
    state: Rc<AuthState>,
    pub(super) connection: Connection,
}

/// The [`Auth`] of the [`AuthProvider`](super::AuthProvider) around this component.
///
/// Without one it stays `loading` for good.
///
/// # Example: signing in from a button of one's own
/// ```
/// use basic_oauth::yew::use_auth;
/// use yew::prelude::*;
///
/// #[component]
/// fn Enter() -> Html {
///     let auth = use_auth();
///     html! { <button onclick={move |_| auth.sign_in()}>{ "Enter" }</button> }
/// }
/// ```
#[hook]
pub fn use_auth() -> Auth {
    use_context().unwrap_or_else(|| DETACHED.with(Auth::clone))
}

thread_local! {
    /// For components without a provider: always the same, and loading.
    static DETACHED: Auth = Auth::of(Connection::new());
}

impl Auth {
    pub(super) fn of(connection: Connection) -> Self {
        Self { state: connection.state(), connection }
    }

    /// The whole state.
    #[must_use]
    pub fn state(&self) -> &AuthState {
        &self.state
    }

    /// Whether it is not known yet who this is.
    #[must_use]
    pub fn is_loading(&self) -> bool {
        matches!(self.state(), AuthState::Loading)
    }

    /// Whether somebody is signed in.
    #[must_use]
    pub fn is_signed_in(&self) -> bool {
        self.state().is_signed_in()
    }

    /// The person, once known.
    #[must_use]
    pub fn user(&self) -> Option<&User> {
        match self.state() {
            AuthState::SignedIn { user, .. } => user.as_ref(),
            _ => None,
        }
    }

    /// What went wrong, where something did.
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        self.state().error()
    }

    /// Everything the server said about the person, as a type of the app: `None` until that is
    /// known, and where it does not fit.
    #[must_use]
    pub fn claims<T: DeserializeOwned>(&self) -> Option<T> {
        Connection::claims(self.user()?.as_json())
    }

    /// Leaves for the authorization server, and comes back to where the visitor is now. What goes
    /// wrong shows in the state.
    pub fn sign_in(&self) {
        self.sign_in_with(SignInOptions::default());
    }

    /// As [`sign_in`](Self::sign_in), with options.
    pub fn sign_in_with(&self, options: SignInOptions) {
        Connection::spawn(self.connection.clone().sign_in(options));
    }

    /// Signs out, here and in every tab.
    pub fn sign_out(&self) {
        Connection::spawn(self.connection.clone().sign_out());
    }

    /// An access token that has not expired, refreshed first if need be.
    ///
    /// # Errors
    /// Those of [`BasicAuth::token`](crate::BasicAuth::token), and of the start.
    pub async fn token(&self) -> Result<AccessToken> {
        self.connection.token().await
    }

    /// Asks an API for JSON, with the access token, and reads it as a type of the app.
    ///
    /// # Errors
    /// Those of [`token`](Self::token); [`OriginNotAllowed`](crate::ErrorCode::OriginNotAllowed);
    /// [`UnexpectedStatus`](crate::ErrorCode::UnexpectedStatus) with the status;
    /// [`NotJson`](crate::ErrorCode::NotJson) where the answer does not fit the type.
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

    /// The person as a type of the app, read from the server if that has not been done.
    ///
    /// # Errors
    /// Those of [`BasicAuth::user`](crate::BasicAuth::user);
    /// [`NotJson`](crate::ErrorCode::NotJson) where what the server said does not fit the type.
    pub async fn user_as<T: DeserializeOwned>(&self) -> Result<T> {
        self.connection.user_as().await
    }

    /// The client itself, as soon as it has started.
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
