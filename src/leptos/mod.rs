//! Components for [Leptos](https://leptos.dev) 0.8.
//!
//! [`provide_auth`] starts the client, [`use_auth`] returns the state, and [`SignInButton()`] signs in
//! and out. [`SignedIn()`], [`SignedOut()`], [`AuthLoading()`] and [`RequireAuth()`] show their content
//! in one state each, and [`AuthError()`] shows what went wrong. [`SignInLink()`] signs in from within a
//! text. [`use_user`] and [`use_signed_in`] return the user. The app selects `csr` or `hydrate` of Leptos
//! itself. For the build of the server it adds the feature `ssr` of this crate, as of any other library.
//!
//! A refresh of the access token runs no effect and causes no render. The state changes only if a
//! user would see a difference.
//!
//! # Server-side rendering
//!
//! A server renders the state [`AuthState::Loading`](crate::AuthState::Loading) for every user: the
//! content of [`AuthLoading()`], the `loading` of [`RequireAuth()`], and the element of
//! [`SignInButton()`]. That element has the label for readers, and the room of the button, so that the
//! page does not move. The browser hydrates that, and then starts the client. Requests with the token
//! belong in a `LocalResource` or an `Action::new_local`, which a server does not run.
//!
//! # Routers
//!
//! No router is needed. After a sign-in the address is the one at which it began, and a `popstate`
//! event notifies the router; `leptos_router` listens to it. [`provide_auth`] reads the address, so call
//! it before the router is created.
//!
//! The path of the redirect URI must serve the app as well, but needs no route: the address is cleaned
//! before a router sees it. If there is such a route, [`AuthCallback()`] belongs on it, and nothing
//! else. A page that says "one moment" stays forever if the answer belongs to no sign-in of this
//! browser.
//!
//! # Tests
//!
//! With the feature `testing`, `provide_fake_auth` sets the state that components see. They render
//! natively then, by `to_html` of the feature `ssr`. Put both features into `dev-dependencies`.
//!
//! # Trusted Types
//!
//! These components set no markup and no inline style. Leptos itself creates static parts of a view
//! by `innerHTML`. So a page with `require-trusted-types-for 'script'` needs a default policy in
//! any case; `demo/leptos/policy.js` has one.
//!
//! # Leptos 0.9
//!
//! Not released yet. This module compiled without a change against 0.9.0-rc1, on the host and without
//! `ssr`. The manifest of this crate needs the other version of `leptos`; no more is known.
//!
//! # Example: a whole app
//! ```
//! use basic_oauth::Options;
//! use basic_oauth::leptos::{AuthLoading, SignInButton, SignedIn, provide_auth, use_auth};
//! use leptos::prelude::*;
//!
//! #[component]
//! fn App() -> impl IntoView {
//!     provide_auth(Options::new("your-client-id", "/callback"));
//!     view! {
//!         <SignInButton />
//!         <AuthLoading>"One moment…"</AuthLoading>
//!         <SignedIn><Greeting /></SignedIn>
//!     }
//! }
//!
//! #[component]
//! fn Greeting() -> impl IntoView {
//!     let auth = use_auth();
//!     let name = move || auth.user().and_then(|user| user.name().map(str::to_owned));
//!     view! { <p>"Hello, " {name}</p> }
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
mod views;

pub use self::auth::{Auth, provide_auth, use_auth};
pub use self::button::{OnError, OnSignedIn, OnSignedOut, SignInButton};
pub use self::callback::AuthCallback;
pub use self::debug::AuthDebug;
pub use self::error::AuthError;
#[cfg(feature = "testing")]
pub use self::fake::provide_fake_auth;
#[cfg(feature = "openid")]
pub use self::hooks::use_claims;
pub use self::hooks::{use_signed_in, use_user};
pub use self::link::SignInLink;
pub use self::views::{AuthLoading, RequireAuth, SignedIn, SignedOut};
pub use crate::ui::{
    ApiFailure, ApiRequest, ButtonShape, ButtonSize, ButtonTheme, EventLog, SignedInAction,
};
