//! The state, and what an app can do.

use leptos::prelude::*;
use serde::de::DeserializeOwned;

use crate::config::{Options, SignInOptions};
use crate::error::{Error, ErrorCode, Result};
use crate::protocol::userinfo::User;
use crate::secret::AccessToken;
use crate::session::AuthState;
use crate::ui::Connection;

/// Where components keep a [`Connection`], which no signal may hold. In a browser it stays on the one
/// thread.
#[cfg(target_arch = "wasm32")]
pub(super) type ConnectionStorage = LocalStorage;

/// On a server it is empty, and one thread may begin a request that another one ends.
#[cfg(not(target_arch = "wasm32"))]
pub(super) type ConnectionStorage = SyncStorage;

/// Who is signed in, and what can be done about it. A copy is the same one.
///
/// What says something about the state is reactive: read it in a view, an effect or a memo.
#[derive(Clone, Copy, Debug)]
pub struct Auth {
    state: RwSignal<AuthState>,
    connection: StoredValue<Connection, ConnectionStorage>,
}

/// Starts the client in the browser, and gives its [`Auth`] to this component and everything inside.
/// It is closed with the component.
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
    // nothing begins.
    auth.with(|connection| connection.begin(options, move |state| auth.show(state)));
    on_cleanup(move || {
        auth.with(Connection::close);
    });
    provide_context(auth);
    auth
}

/// The [`Auth`] that [`provide_auth`] gave to a component around this one.
///
/// Without one it stays `loading` for good.
///
/// # Example: signing in from a button of one's own
/// ```
/// use basic_oauth::leptos::use_auth;
/// use leptos::prelude::*;
///
/// #[component]
/// fn Enter() -> impl IntoView {
///     let auth = use_auth();
///     view! { <button on:click=move |_| auth.sign_in()>"Enter"</button> }
/// }
/// ```
#[must_use]
pub fn use_auth() -> Auth {
    use_context().unwrap_or_else(Auth::new)
}

impl Auth {
    fn new() -> Self {
        Self {
            state: RwSignal::default(),
            connection: StoredValue::new_with_storage(Connection::new()),
        }
    }

    fn show(self, state: &AuthState) {
        // The component may be gone.
        let _ = self.state.try_set(state.clone());
    }

    /// `None` once the component that provided it is gone.
    pub(super) fn with<T>(self, act: impl FnOnce(&Connection) -> T) -> Option<T> {
        self.connection.try_with_value(act)
    }

    /// The whole state.
    #[must_use]
    pub fn state(&self) -> AuthState {
        self.state.get()
    }

    /// Whether it is not known yet who this is.
    #[must_use]
    pub fn is_loading(&self) -> bool {
        self.state.with(|state| matches!(state, AuthState::Loading))
    }

    /// Whether somebody is signed in.
    #[must_use]
    pub fn is_signed_in(&self) -> bool {
        self.state.with(AuthState::is_signed_in)
    }

    /// The person, once known.
    #[must_use]
    pub fn user(&self) -> Option<User> {
        self.state.with(|state| match state {
            AuthState::SignedIn { user, .. } => user.clone(),
            _ => None,
        })
    }

    /// What went wrong, where something did.
    #[must_use]
    pub fn error(&self) -> Option<Error> {
        self.state.with(|state| state.error().cloned())
    }

    /// Everything the server said about the person, as a type of the app: `None` where unknown or unfit.
    #[must_use]
    pub fn claims<T: DeserializeOwned>(&self) -> Option<T> {
        Connection::claims(self.user()?.as_json())
    }

    /// Leaves for the server, and comes back to where the visitor is. A failure shows in the state.
    pub fn sign_in(&self) {
        self.sign_in_with(SignInOptions::default());
    }

    /// As [`sign_in`](Self::sign_in), with options.
    pub fn sign_in_with(&self, options: SignInOptions) {
        self.with(|connection| Connection::spawn(connection.clone().sign_in(options)));
    }

    /// Signs out, here and in every tab.
    pub fn sign_out(&self) {
        self.with(|connection| Connection::spawn(connection.clone().sign_out()));
    }

    /// An access token that has not expired, refreshed first if need be.
    ///
    /// # Errors
    /// Those of [`BasicAuth::token`](crate::BasicAuth::token), and of the start.
    pub async fn token(&self) -> Result<AccessToken> {
        self.connection()?.token().await
    }

    /// Asks an API for JSON, with the access token, and reads it as a type of the app.
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

    /// The person as a type of the app, read from the server if that has not been done.
    ///
    /// # Errors
    /// Those of [`BasicAuth::user`](crate::BasicAuth::user);
    /// [`NotJson`](crate::ErrorCode::NotJson) where what the server said does not fit the type.
    pub async fn user_as<T: DeserializeOwned>(&self) -> Result<T> {
        self.connection()?.user_as().await
    }

    /// The client itself, as soon as it has started.
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
