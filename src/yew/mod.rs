//! Components for [Yew](https://yew.rs) 0.23.
//!
//! [`AuthProvider`] starts the client, [`use_auth`] returns the state, and [`SignInButton`] signs in
//! and out. [`SignedIn`], [`SignedOut`], [`AuthLoading`] and [`RequireAuth`] show their content in one
//! state each, and [`AuthError`] shows what went wrong. [`SignInLink`] signs in from within a text.
//! [`use_user`] and [`use_signed_in`] return the user. The app selects `csr`, `hydration` or `ssr` of Yew
//! itself.
//!
//! A refresh of the access token causes no render. The state changes only if a user would see a
//! difference.
//!
//! # Server-side rendering
//!
//! A server renders the state `loading` for every user: the content of [`AuthLoading`], the `loading`
//! of [`RequireAuth`], and the element of [`SignInButton`]. That element has the label for readers, and
//! the room of the button, so that the page does not move. The client starts in the browser.
//!
//! # Routers
//!
//! No router is needed. After a sign-in the address is the one at which it began, and a `popstate`
//! event notifies the router; `yew-router` listens to it. [`AuthProvider`] reads the address when it
//! first renders, so put the provider around the router.
//!
//! The path of the redirect URI must serve the app as well, but needs no route: the address is cleaned
//! before a router sees it. If there is such a route, [`AuthCallback`] belongs on it, and nothing else. A
//! page that says "one moment" stays forever if the answer belongs to no sign-in of this browser.
//!
//! # Functions of the app
//!
//! `on_event` and `on_return` of the options take what a component has: a state handle, a `Callback`, or
//! the `Navigator` of a router. They stay in this page, so they need not be `Send`. A provider that is
//! rendered again with new functions keeps its client.
//!
//! ```
//! use std::rc::Rc;
//!
//! use basic_oauth::{OnReturn, Options};
//! use basic_oauth::yew::{AuthProvider, SignInButton};
//! use yew::prelude::*;
//!
//! #[derive(PartialEq, Properties)]
//! struct AppProps {
//!     /// With a router: `move |path: String| navigator.push(..)`.
//!     navigate: Callback<String>,
//! }
//!
//! #[component]
//! fn App(props: &AppProps) -> Html {
//!     let last = use_state(|| "nothing");
//!     let (shown, navigate) = (last.clone(), props.navigate.clone());
//!     let options = Options::new("your-client-id", "/callback")
//!         .on_event(move |event| shown.set(event.as_str()))
//!         .on_return(OnReturn::Call(Rc::new(move |path| navigate.emit(path.to_owned()))));
//!     html! { <AuthProvider {options}><SignInButton /><p>{ *last }</p></AuthProvider> }
//! }
//! ```
//!
//! # Tests
//!
//! With the feature `testing`, `FakeAuthProvider` sets the state that components see. They render
//! natively then, by `yew::ServerRenderer`. Put the feature into `dev-dependencies`.
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
