//! The address bar, and what kind of page this is.

use basic_oauth::Browser;
use basic_oauth::platform::{Environment, Platform as _};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{Stub, assert_js, js};

/// The address before a test, which comes back after it.
struct Address(String);

impl Address {
    fn kept() -> Self {
        Self(js("location.href").as_string().expect("text"))
    }
}

impl Drop for Address {
    fn drop(&mut self) {
        js(&format!("history.replaceState(null, '', '{}')", self.0));
    }
}

#[wasm_bindgen_test]
fn this_page_is_secure_and_not_framed() {
    let environment = Environment { is_secure_context: true, is_framed: false };
    assert_eq!(Browser.environment(), environment);
}

#[wasm_bindgen_test]
fn r47_r125_a_page_with_another_parent_is_framed() {
    let _stub = Stub::new("window", "parent", "{ value: {} }");
    assert!(Browser.environment().is_framed);
}

#[wasm_bindgen_test]
fn r51_a_user_is_active_only_if_the_browser_says_so() {
    for (said, is_active) in [
        ("{ value: { isActive: true } }", true),
        ("{ value: { isActive: false } }", false),
        ("{ value: undefined }", false),
        ("{ get() { throw new Error('no') } }", false),
    ] {
        let _stub = Stub::new("navigator", "userActivation", said);
        assert_eq!(Browser.is_user_active(), is_active, "{said}");
    }
}

#[wasm_bindgen_test]
fn r147_an_insecure_page_says_so() {
    let _stub = Stub::new("window", "isSecureContext", "{ value: false }");
    assert!(!Browser.environment().is_secure_context);
}

#[wasm_bindgen_test]
fn the_location_is_the_address_of_the_page() {
    let _address = Address::kept();
    js("history.replaceState(null, '', '/a/../b?x=%7e&code=1#y')");
    let here = Browser.location().expect("a URL");
    assert_eq!(js("location.href"), here.href());
    assert_eq!(js("location.origin"), here.origin());
    assert_eq!((here.pathname(), here.search(), here.hash()), ("/b", "?x=%7e&code=1", "#y"));
}

#[wasm_bindgen_test]
fn r41_a_replaced_address_adds_no_entry_and_keeps_the_apps_state() {
    let _address = Address::kept();
    js("history.replaceState({ own: [1, 'x'] }, '', '/cb?code=secret&state=s&own=1#y');
        globalThis.entries = history.length");
    Browser.replace_location("/cb?own=1#y");
    assert_js("location.href === location.origin + '/cb?own=1#y'");
    assert_js(
        "history.length === entries && JSON.stringify(history.state) === '{\"own\":[1,\"x\"]}'",
    );
    let whole = js("location.origin + '/whole'").as_string().expect("text");
    Browser.replace_location(&whole);
    assert_js("location.pathname === '/whole' && history.length === entries");
}

#[wasm_bindgen_test]
fn r134_an_address_that_the_browser_refuses_does_not_panic() {
    let _address = Address::kept();
    for refused in ["https://evil.test/", "javascript:alert(1)", "http://[", "//evil.test"] {
        js("history.replaceState(null, '', '/before')");
        Browser.replace_location(refused);
        assert_js("location.pathname === '/before'");
        Browser.return_to(refused);
        assert_js("location.pathname === '/before'");
    }
}

#[wasm_bindgen_test]
fn the_apps_router_receives_the_new_address() {
    let _address = Address::kept();
    js("globalThis.popped = [];
        globalThis.router = it => popped.push([it instanceof PopStateEvent, JSON.stringify(it.state),
            location.pathname + location.search + location.hash].join());
        addEventListener('popstate', router);
        history.replaceState({ own: 1 }, '', '/cb');
        globalThis.entries = history.length");
    Browser.return_to("/notes?x=1#y");
    assert_eq!(js("popped.join(' ')"), "true,{\"own\":1},/notes?x=1#y");
    assert_js("history.length === entries && history.state.own === 1");
    js("removeEventListener('popstate', router)");
}

#[wasm_bindgen_test]
fn r134_a_router_that_throws_stops_nothing() {
    let _address = Address::kept();
    js("globalThis.router = () => { throw new Error('by the app') };
        globalThis.quiet = it => it.preventDefault();
        addEventListener('popstate', router);
        addEventListener('error', quiet)");
    Browser.return_to("/notes");
    js("removeEventListener('popstate', router); removeEventListener('error', quiet)");
    assert_js("location.pathname === '/notes'");
}

#[wasm_bindgen_test]
fn navigate_loads_the_given_address() {
    let _address = Address::kept();
    js("globalThis.entries = history.length");
    Browser.navigate("#there");
    assert_js("location.hash === '#there' && history.length === entries + 1");
}
