//! Components for [Yew](https://yew.rs) 0.23.
//!
//! [`AuthProvider`] starts the client, [`use_auth`] returns the state, and [`SignInButton`] signs in
//! and out. [`SignedIn`], [`SignedOut`], [`AuthLoading`] and [`RequireAuth`] show their content in one
//! state each. The app selects `csr`, `hydration` or `ssr` of Yew itself.
//!
//! A refresh of the access token causes no render. The state changes only if a user would see a
//! difference.
//!
//! # Server-side rendering
//!
//! A server renders the state `loading` for every user: the content of [`AuthLoading`], the `loading`
//! of [`RequireAuth`], and the element of [`SignInButton`]. The client starts in the browser.
//!
//! # Routers
//!
//! No router is needed. After a sign-in the address is the one at which it began, and a `popstate`
//! event notifies the router; `yew-router` listens to it. The callback path must serve the app as well,
//! but needs no route of its own. [`AuthProvider`] reads the address when it first renders, so put the
//! provider around the router.
//!
//! # Example: a whole app
//! ```
//! use basic_oauth::Options;
//! use basic_oauth::yew::{AuthLoading, AuthProvider, SignInButton, SignedIn, use_auth};
//! use yew::prelude::*;
//!
//! #[component]
//! fn App() -> Html {
//!     html! {
//!         <AuthProvider options={Options::new("your-client-id", "/callback")}>
//!             <SignInButton />
//!             <AuthLoading>{ "One moment…" }</AuthLoading>
//!             <SignedIn><Greeting /></SignedIn>
//!         </AuthProvider>
//!     }
//! }
//!
//! #[component]
//! fn Greeting() -> Html {
//!     let auth = use_auth();
//!     let name = auth.user().and_then(|user| user.name()).unwrap_or("you");
//!     html! { <p>{ "Hello, " }{ name }</p> }
//! }
//! ```

mod auth;
mod button;
mod callback;
mod debug;
mod error;
#[cfg(feature = "testing")]
mod fake;
mod hooks;
mod link;
mod provider;
mod views;

pub use self::auth::{Auth, use_auth};
pub use self::button::{SignInButton, SignInButtonProps};
pub use self::callback::{AuthCallback, AuthCallbackProps};
pub use self::debug::{AuthDebug, AuthDebugProps};
pub use self::error::{AuthError, AuthErrorProps};
#[cfg(feature = "testing")]
pub use self::fake::{FakeAuthProvider, FakeAuthProviderProps};
#[cfg(feature = "openid")]
pub use self::hooks::use_claims;
pub use self::hooks::{use_signed_in, use_user};
pub use self::link::{SignInLink, SignInLinkProps};
pub use self::provider::{AuthProvider, AuthProviderProps};
pub use self::views::{
    AuthLoading, ChildrenProps, RequireAuth, RequireAuthProps, SignedIn, SignedOut,
};
pub use crate::ui::{
    ApiFailure, ApiRequest, ButtonShape, ButtonSize, ButtonTheme, EventLog, SignedInAction,
};
