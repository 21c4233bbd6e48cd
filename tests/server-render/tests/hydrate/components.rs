//! Components in a browser, with a state that the test sets.

use std::cell::RefCell;

use basic_oauth::{Error, ErrorCode, SignedOutReason};
use gloo_timers::future::TimeoutFuture;
use js_sys::{Array, Function};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Element;

use super::{page, until_shown};

thread_local! {
    static CALLED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

fn called(name: impl Into<String>) {
    CALLED.with_borrow_mut(|called| called.push(name.into()));
}

/// Returns what was called since the last time.
async fn calls() -> Vec<String> {
    TimeoutFuture::new(100).await;
    CALLED.take()
}

fn js(script: &str) -> JsValue {
    js_sys::eval(script).unwrap()
}

mod in_yew {
    use basic_oauth::yew::*;
    use yew::prelude::{AppHandle, BaseComponent, Html, component, html};

    use super::*;

    /// Renders a component in a new element.
    pub(super) fn shown<App: BaseComponent<Properties = ()>>() -> (Element, AppHandle<App>) {
        let root = page("");
        (root.clone(), yew::Renderer::<App>::with_root(root).render())
    }

    #[component]
    pub(super) fn Alone() -> Html {
        html! { <><SignInButton /><SignInButton /><RequireAuth /></> }
    }

    #[component]
    pub(super) fn Listening() -> Html {
        let auth = Auth::signed_in(None).with_error(Error::new(ErrorCode::Timeout));
        let on_signed_in = |()| called("signed in");
        let on_signed_out = |()| called("signed out");
        let on_error = |error: Error| called(error.code().as_str());
        html! {
            <FakeAuthProvider {auth}>
                <SignInButton {on_signed_in} {on_signed_out} {on_error} />
            </FakeAuthProvider>
        }
    }

    #[component]
    pub(super) fn Linked() -> Html {
        let auth = Auth::signed_out(SignedOutReason::Never);
        html! {
            <FakeAuthProvider {auth}>
                <SignInLink>{ "here" }</SignInLink>
                <SignInLink return_to="/notes">{ "notes" }</SignInLink>
            </FakeAuthProvider>
        }
    }

    #[component]
    pub(super) fn Guarded() -> Html {
        let auth = Auth::signed_out(SignedOutReason::Never);
        html! {
            <FakeAuthProvider {auth}>
                <RequireAuth loading={html! { <Wait /> }} signed_out="stay">{ "inside" }</RequireAuth>
            </FakeAuthProvider>
        }
    }

    #[component]
    fn Wait() -> Html {
        called("wait");
        html! { "wait" }
    }
}

mod in_leptos {
    use basic_oauth::leptos::*;
    use leptos::prelude::{IntoView, view};

    use super::*;

    pub(super) fn alone() -> impl IntoView {
        view! { <SignInButton /><SignInButton /><RequireAuth>"inside"</RequireAuth> }
    }

    pub(super) fn listening() -> impl IntoView {
        let error = Error::new(ErrorCode::Timeout);
        provide_fake_auth(Auth::signed_in(None).with_error(error));
        let on_signed_in = || called("signed in");
        let on_signed_out = || called("signed out");
        let on_error = |error: Error| called(error.code().as_str());
        view! { <SignInButton on_signed_in on_signed_out on_error /> }
    }

    pub(super) fn linked() -> impl IntoView {
        provide_fake_auth(Auth::signed_out(SignedOutReason::Never));
        view! {
            <SignInLink>"here"</SignInLink>
            <SignInLink return_to="/notes">"notes"</SignInLink>
        }
    }

    pub(super) fn guarded() -> impl IntoView {
        provide_fake_auth(Auth::signed_out(SignedOutReason::Never));
        let loading = || {
            called("wait");
            "wait"
        };
        view! { <RequireAuth loading signed_out=|| "stay">"inside"</RequireAuth> }
    }
}

/// Renders a view of Leptos in a new element.
macro_rules! leptos_shown {
    ($view:path) => {{
        let root = page("");
        let app = leptos::mount::mount_to(root.clone().unchecked_into(), $view);
        (root, app)
    }};
}

#[wasm_bindgen_test]
async fn a_component_outside_a_provider_is_named_once() {
    js("globalThis.ownReport = reportError; globalThis.reported = [];
        globalThis.reportError = (error) => reported.push(error.message)");
    let (root, app) = in_yew::shown::<in_yew::Alone>();
    assert_reported("`<AuthProvider options={..}>`").await;
    app.destroy();
    root.remove();
    let (root, app) = leptos_shown!(in_leptos::alone);
    assert_reported("`provide_auth(options)`").await;
    drop(app);
    root.remove();
    js("globalThis.reportError = ownReport");
}

async fn assert_reported(provider: &str) {
    TimeoutFuture::new(100).await;
    let reported: Array = js("reported.splice(0)").unchecked_into();
    let mut reported: Vec<String> = reported.iter().map(|it| it.as_string().unwrap()).collect();
    // A framework renders in an order of its own.
    reported.sort_unstable();
    let text = |name| format!("`{name}` stays loading: it is outside {provider}.");
    assert_eq!(reported, [text("RequireAuth"), text("SignInButton")]);
}

#[wasm_bindgen_test]
async fn a_button_calls_the_app_back() {
    let expected = ["signed in", "timeout"];
    let (root, app) = in_yew::shown::<in_yew::Listening>();
    assert_eq!(calls().await, expected);
    app.destroy();
    root.remove();
    let (root, app) = leptos_shown!(in_leptos::listening);
    assert_eq!(calls().await, expected);
    drop(app);
    root.remove();
}

#[wasm_bindgen_test]
async fn a_link_takes_a_plain_press_and_leaves_the_others_to_the_browser() {
    let (root, app) = in_yew::shown::<in_yew::Linked>();
    assert_links(&root).await;
    app.destroy();
    root.remove();
    let (root, app) = leptos_shown!(in_leptos::linked);
    assert_links(&root).await;
    drop(app);
    root.remove();
}

async fn assert_links(root: &Element) {
    until_shown(root, "notes").await;
    TimeoutFuture::new(50).await;
    let links = root.query_selector_all("a").unwrap();
    let link = |index| links.get(index).unwrap().unchecked_into::<Element>();
    let here = js("location.pathname + location.search + location.hash").as_string();
    assert_eq!(link(0).get_attribute("href"), here);
    assert_eq!(link(1).get_attribute("href").as_deref(), Some("/notes"));
    // The document takes the event last, so that no press leaves the page of the tests.
    let press: Function = js("(link, init) => {
        let isTaken;
        document.addEventListener('click', (event) => {
            isTaken = event.defaultPrevented;
            event.preventDefault();
        }, { once: true });
        link.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, ...init }));
        return isTaken;
    }")
    .unchecked_into();
    for (init, is_taken) in [
        ("({})", true),
        ("({ ctrlKey: true })", false),
        ("({ metaKey: true })", false),
        ("({ shiftKey: true })", false),
        ("({ altKey: true })", false),
        ("({ button: 1 })", false),
    ] {
        let taken = press.call2(&JsValue::NULL, &link(1), &js(init)).unwrap();
        assert_eq!(taken.as_bool(), Some(is_taken), "{init}");
    }
}

#[wasm_bindgen_test]
async fn a_guard_does_not_redirect_a_user_who_came_back() {
    js("globalThis.ownEntries = performance.getEntriesByType");
    for (kind, is_active, redirects) in [
        ("navigate", false, true),
        ("reload", false, true),
        ("back_forward", false, false),
        // The user is here and has just pressed something.
        ("back_forward", true, true),
    ] {
        js(&format!(
            "performance.getEntriesByType = () => [{{ type: '{kind}' }}];
             Object.defineProperty(navigator, 'userActivation',
                 {{ configurable: true, value: {{ isActive: {is_active} }} }})"
        ));
        // A redirect is shown as loading. This one ends at once, because the state is that of a test.
        let (root, app) = in_yew::shown::<in_yew::Guarded>();
        assert_eq!(!calls().await.is_empty(), redirects, "Yew, {kind}");
        assert_eq!(root.text_content().as_deref(), Some("stay"), "Yew, {kind}");
        app.destroy();
        root.remove();
        let (root, app) = leptos_shown!(in_leptos::guarded);
        assert_eq!(!calls().await.is_empty(), redirects, "Leptos, {kind}");
        assert_eq!(root.text_content().as_deref(), Some("stay"), "Leptos, {kind}");
        drop(app);
        root.remove();
    }
    js("performance.getEntriesByType = ownEntries; delete navigator.userActivation");
}
