//! [`Auth`]: the state, and what an app can do.

use leptos::prelude::*;
use serde::de::DeserializeOwned;

use crate::config::{Options, SignInOptions};
use crate::error::{Error, ErrorCode, Result};
use crate::protocol::userinfo::User;
use crate::secret::AccessToken;
use crate::session::AuthState;
use crate::time::UnixTime;
use crate::ui::{ApiRequest, Connection, report_outside};

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
        report_outside(name, "`provide_auth(options)`.");
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
    /// not fit. The reason of a misfit is in the console.
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

    /// Returns whether the session was granted `scope`, as [`Scope::grants`](crate::Scope::grants) does.
    ///
    /// # Example: what only some users may do
    /// ```
    /// use basic_oauth::leptos::use_auth;
    /// use leptos::prelude::*;
    ///
    /// #[component]
    /// fn Editor() -> impl IntoView {
    ///     let auth = use_auth();
    ///     view! { <button disabled=move || !auth.has_scope("app:notes")>"Save"</button> }
    /// }
    /// ```
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.state.with(
            |state| matches!(state, AuthState::SignedIn { scope: granted, .. } if granted.grants(scope)),
        )
    }

    /// Returns when the access token expires. `None` if no user is signed in, or if it never expires.
    ///
    /// A refresh does not change the state, so it does not run an effect again. Read it when it is
    /// needed, for example in an event handler.
    #[must_use]
    pub fn expires_at(&self) -> Option<UnixTime> {
        self.state.track();
        self.with(Connection::expires_at)?
    }

    /// Returns the access token in memory, if it has not expired. For code that cannot wait.
    ///
    /// Prefer [`token`](Self::token). This starts no refresh, so there is none while an expired token is
    /// being refreshed. The server may have revoked it.
    #[must_use]
    pub fn latest_token(&self) -> Option<AccessToken> {
        self.state.track();
        self.with(Connection::latest_token)?
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

    /// Returns a request to an API of the app, with the access token. It has a body if it needs one, and
    /// the body of an error as a type of the app.
    ///
    /// # Example: change a note
    /// ```
    /// use basic_oauth::leptos::{ApiFailure, Auth};
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
        ApiRequest::new(self.connection(), method, url)
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
        self.connection()?.user_as().await
    }

    /// Returns the client itself, as soon as it has started.
    ///
    /// # Example: a request of gloo-net
    /// ```
    /// use basic_oauth::leptos::Auth;
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
        self.connection()?.client().await
    }

    fn connection(self) -> Result<Connection> {
        self.with(Connection::clone).ok_or_else(|| Error::new(ErrorCode::Closed))
    }
}
