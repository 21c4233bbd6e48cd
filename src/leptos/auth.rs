//! [`Auth`]: the state, and what an app can do.

use leptos::prelude::*;
use serde::de::DeserializeOwned;

use crate::config::{Options, SignInOptions};
use crate::error::{Error, ErrorCode, Result};
use crate::protocol::userinfo::User;
use crate::secret::AccessToken;
use crate::session::AuthState;
use crate::ui::{Connection, report_outside};

/// How components store a [`Connection`]. It is not `Send`: in a browser it stays on its thread.
#[cfg(target_arch = "wasm32")]
pub(super) type ConnectionStorage = LocalStorage;

/// On a server it is empty, and may move: one thread may begin a request that another one ends.
#[cfg(not(target_arch = "wasm32"))]
pub(super) type ConnectionStorage = SyncStorage;

/// The state of the sign-in, and the calls that change it.
///
/// A copy is the same client. Reading the state is reactive: do it in a view, an effect or a memo.
#[derive(Clone, Copy, Debug)]
pub struct Auth {
    pub(super) state: RwSignal<AuthState>,
    pub(super) connection: StoredValue<Connection, ConnectionStorage>,
}

/// Starts the client in the browser, and provides its [`Auth`] to this component and its children.
///
/// The client is closed when the component is disposed.
///
/// # Example: at the root of an app
/// ```
/// use basic_oauth::Options;
/// use basic_oauth::leptos::{SignInButton, provide_auth};
/// use leptos::prelude::*;
///
/// #[component]
/// fn App() -> impl IntoView {
///     provide_auth(Options::new("your-client-id", "/callback").scope("profile"));
///     view! { <SignInButton /> }
/// }
/// ```
pub fn provide_auth(options: Options) -> Auth {
    let auth = Auth::new();
    // Before any child is created: a router inside would leave the callback's address. On a server,
    // no client is started.
    auth.with(|connection| connection.start(options, move |state| auth.show(state)));
    on_cleanup(move || {
        auth.with(Connection::close);
    });
    provide_context(auth);
    auth
}

/// Returns the [`Auth`] that [`provide_auth`] provided to this component or one around it.
///
/// Without a provider the state is `loading` forever, and the console says so once.
///
/// # Example: a button of the app
/// ```
/// use basic_oauth::leptos::use_auth;
/// use leptos::prelude::*;
///
/// #[component]
/// fn EnterButton() -> impl IntoView {
///     let auth = use_auth();
///     view! { <button on:click=move |_| auth.sign_in()>"Enter"</button> }
/// }
/// ```
#[must_use]
pub fn use_auth() -> Auth {
    use_auth_for("use_auth")
}

/// Returns the [`Auth`] for a component or hook of this name. Without a provider, the name is reported.
pub(super) fn use_auth_for(name: &str) -> Auth {
    use_context().unwrap_or_else(|| {
        report_outside(name, "Call `provide_auth(options)` in a component around it.");
        Auth::new()
    })
}

impl Auth {
    fn new() -> Self {
        Self {
            state: RwSignal::default(),
            connection: StoredValue::new_with_storage(Connection::new()),
        }
    }

    fn show(self, state: &AuthState) {
        // The component may have been disposed.
        let _ = self.state.try_set(state.clone());
    }

    /// Calls `act`. Returns `None` if the component that provided this has been disposed.
    pub(super) fn with<T>(self, act: impl FnOnce(&Connection) -> T) -> Option<T> {
        self.connection.try_with_value(act)
    }

    /// Returns the whole state.
    #[must_use]
    pub fn state(&self) -> AuthState {
        self.state.get()
    }

    /// Returns whether the state is not known yet.
    #[must_use]
    pub fn is_loading(&self) -> bool {
        self.state.with(|state| matches!(state, AuthState::Loading))
    }

    /// Returns whether a user is signed in.
    #[must_use]
    pub fn is_signed_in(&self) -> bool {
        self.state.with(AuthState::is_signed_in)
    }

    /// Returns the user, if known.
    #[must_use]
    pub fn user(&self) -> Option<User> {
        self.state.with(|state| match state {
            AuthState::SignedIn { user, .. } => user.clone(),
            _ => None,
        })
    }

    /// Returns the last error, if it has not been resolved since.
    #[must_use]
    pub fn error(&self) -> Option<Error> {
        self.state.with(|state| state.error().cloned())
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
        self.with(|connection| Connection::spawn(connection.clone().sign_in(options)));
    }

    /// Signs out, here and in every tab.
    pub fn sign_out(&self) {
        self.with(|connection| Connection::spawn(connection.clone().sign_out()));
    }

    /// Signs out as [`sign_out`](Self::sign_out) does, and at the provider too if the options say so.
    #[cfg(feature = "openid")]
    pub fn sign_out_with(&self, options: crate::SignOutOptions) {
        self.with(|connection| Connection::spawn(connection.clone().sign_out_with(options)));
    }

    /// Returns the claims of the ID token as a type of the app: `None` if there is none, or if it does
    /// not fit.
    #[cfg(feature = "openid")]
    #[must_use]
    pub fn id_token_claims<T: DeserializeOwned>(&self) -> Option<T> {
        self.state.track();
        self.with(Connection::id_token_claims)?
    }

    /// Returns the decentralised identifier of the user, if the server has named one.
    #[cfg(feature = "openid")]
    #[must_use]
    pub fn did(&self) -> Option<String> {
        self.state.track();
        self.with(Connection::did)?
    }

    /// Returns the names of the configured scope that were not granted.
    #[must_use]
    pub fn missing_scopes(&self) -> Vec<String> {
        self.state.track();
        self.with(Connection::missing_scopes).unwrap_or_default()
    }

    /// Returns an access token that has not expired. Refreshes it first if necessary.
    ///
    /// # Errors
    /// Those of [`BasicAuth::token`](crate::BasicAuth::token) and of
    /// [`BasicAuth::start`](crate::BasicAuth::start).
    pub async fn token(&self) -> Result<AccessToken> {
        self.connection()?.token().await
    }

    /// Requests JSON from an API with the access token, and returns it as a type of the app.
    ///
    /// # Errors
    /// Those of [`token`](Self::token); [`OriginNotAllowed`](crate::ErrorCode::OriginNotAllowed);
    /// [`UnexpectedStatus`](crate::ErrorCode::UnexpectedStatus); [`NotJson`](crate::ErrorCode::NotJson).
    ///
    /// # Example: a list of notes
    /// ```
    /// use basic_oauth::leptos::use_auth;
    /// use leptos::prelude::*;
    ///
    /// #[derive(Clone, serde::Deserialize)]
    /// struct Note { title: String }
    ///
    /// #[component]
    /// fn Notes() -> impl IntoView {
    ///     let auth = use_auth();
    ///     let notes = LocalResource::new(move || async move {
    ///         auth.fetch_json::<Vec<Note>>("https://api.app.example/notes").await
    ///     });
    ///     let count = move || notes.get().and_then(Result::ok).map(|notes| notes.len());
    ///     view! { <p>{count}</p> }
    /// }
    /// ```
    pub async fn fetch_json<T: DeserializeOwned>(&self, url: &str) -> Result<T> {
        self.connection()?.fetch_json(url).await
    }

    /// Returns the user information as a type of the app. Requests it from the server if it is not
    /// known yet.
    ///
    /// # Errors
    /// Those of [`BasicAuth::user`](crate::BasicAuth::user);
    /// [`NotJson`](crate::ErrorCode::NotJson) if the answer does not fit the type.
    pub async fn user_as<T: DeserializeOwned>(&self) -> Result<T> {
        self.connection()?.user_as().await
    }

    /// Returns the client itself, as soon as it has started.
    ///
    /// # Errors
    /// Those of [`BasicAuth::start`](crate::BasicAuth::start).
    #[cfg(target_arch = "wasm32")]
    pub async fn client(&self) -> Result<crate::BasicAuth<crate::Browser>> {
        self.connection()?.client().await
    }

    fn connection(self) -> Result<Connection> {
        self.with(Connection::clone).ok_or_else(|| Error::new(ErrorCode::Closed))
    }
}
