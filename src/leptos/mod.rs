//! Components for [Leptos](https://leptos.dev) 0.8.
//!
//! [`provide_auth`] starts the client, [`use_auth`] says who is signed in, [`SignInButton`] signs in
//! and out, and [`SignedIn`], [`SignedOut`], [`AuthLoading`] and [`RequireAuth`] choose what is
//! shown. The app picks `csr` or `hydrate` of Leptos itself; for the build of the server it adds the
//! feature `ssr` of this crate, as of any other library.
//!
//! A refresh of the access token runs no effect and renders nothing again: the state changes only
//! with what a person sees.
//!
//! # Server-side rendering
//!
//! A server renders the state [`AuthState::Loading`], for everybody alike: what is inside
//! [`AuthLoading`], the `loading` of [`RequireAuth`], and the element of [`SignInButton`]. The
//! browser hydrates that, and starts then. All state is plain data in ordinary signals; what belongs
//! to the browser is made there only. Requests with the token belong in a `LocalResource` or an
//! `Action::new_local`, which a server does not run.
//!
//! # Routers
//!
//! None is needed. After a sign-in the address is where the visitor began, and a `popstate` event
//! tells the router so; `leptos_router` listens to it. The callback path has to serve the app as
//! well, and needs no route of its own: its address is read when [`provide_auth`] is called, so call
//! that before the router is created.
//!
//! # Trusted Types
//!
//! These components set no markup and no inline style. Leptos itself makes the parts of a view that
//! never change by `innerHTML`, so a page with `require-trusted-types-for 'script'` needs a default
//! policy in any case; `demo/leptos/policy.js` has one.
//!
//! # Leptos 0.9
//!
//! Not supported yet. It will need another `leptos` in `Cargo.toml`, and a look at three things that
//! these components use: `children::ViewFn` and `ChildrenFn`, `NodeRef` on a custom element, and
//! `StoredValue::new_local`.
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
mod views;

pub use self::auth::{Auth, provide_auth, use_auth};
pub use self::button::SignInButton;
pub use self::views::{AuthLoading, RequireAuth, SignedIn, SignedOut};
pub use crate::ui::{ButtonShape, ButtonSize, ButtonTheme, SignedInAction};
