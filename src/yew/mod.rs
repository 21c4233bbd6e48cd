//! Components for [Yew](https://yew.rs) 0.23.
//!
//! [`AuthProvider`] starts the client, [`use_auth`] says who is signed in, [`SignInButton`] signs in
//! and out, and [`SignedIn`], [`SignedOut`], [`AuthLoading`] and [`RequireAuth`] choose what is
//! shown. The app picks `csr`, `hydration` or `ssr` of Yew itself.
//!
//! A refresh of the access token renders nothing again: the state changes only with what a person
//! sees.
//!
//! # Server-side rendering
//!
//! A server renders the state `loading`, for everybody alike: what is inside [`AuthLoading`], the
//! `loading` of [`RequireAuth`], and the element of [`SignInButton`]. The browser starts there.
//!
//! # Routers
//!
//! None is needed. After a sign-in the address is where the visitor began, and a `popstate` event
//! tells the router so; `yew-router` listens to it. The callback path has to serve the app as well, and
//! needs no route of its own: its address is read when [`AuthProvider`] is created, so put the provider
//! around the router.
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
mod provider;
mod views;

pub use self::auth::{Auth, use_auth};
pub use self::button::{SignInButton, SignInButtonProps};
pub use self::provider::{AuthProvider, AuthProviderProps};
pub use self::views::{
    AuthLoading, ChildrenProps, RequireAuth, RequireAuthProps, SignedIn, SignedOut,
};
pub use crate::ui::{ButtonShape, ButtonSize, ButtonTheme, SignedInAction};
