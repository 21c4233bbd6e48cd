//! The contract of stores, kept by the four of the browser; and a browser that refuses.

use basic_oauth::platform::browser::BrowserStore;
use basic_oauth::platform::{Platform as _, SessionStore, Store as _};
use basic_oauth::{Browser, ErrorCode, Result};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::cookies::for_this_engine;
use crate::page::{Stub, assert_js, js};
use basic_oauth_testing::store_suite;

fn store(kind: SessionStore) -> impl Fn() -> BrowserStore {
    let stub = (kind == SessionStore::Cookie).then(for_this_engine);
    move || {
        let _taken_by_this_engine = &stub;
        Browser.store(kind).expect("open")
    }
}

store_suite! { #[wasm_bindgen_test] cookie, store(SessionStore::Cookie) }
store_suite! { #[wasm_bindgen_test] local, store(SessionStore::Local) }
store_suite! { #[wasm_bindgen_test] memory, store(SessionStore::Memory) }
store_suite! { #[wasm_bindgen_test] session, store(SessionStore::Session) }

#[wasm_bindgen_test]
fn r107_r109_too_large_a_record_is_refused_and_leaves_no_part() {
    for (kind, too_large) in [(SessionStore::Cookie, 16 << 10), (SessionStore::Local, 6 << 20)] {
        store_suite::too_large_a_record_is_refused_and_leaves_no_part(&store(kind), too_large);
    }
}

#[wasm_bindgen_test]
fn r104_the_memory_store_leaves_nothing_in_the_page() {
    let count = "[localStorage.length, sessionStorage.length, document.cookie].join()";
    let before = js(count);
    let store = Browser.store(SessionStore::Memory).expect("open");
    store.write("suite.memory.key", "canary").expect("writable");
    assert_eq!(js(count), before);
    assert_js("!Object.values(globalThis).includes('canary')");
    store.remove("suite.memory.key").expect("removable");
}

#[wasm_bindgen_test]
fn each_storage_area_holds_the_records_of_its_store() {
    for (kind, area) in
        [(SessionStore::Local, "localStorage"), (SessionStore::Session, "sessionStorage")]
    {
        let store = Browser.store(kind).expect("open");
        store.write("suite.area.key", "1").expect("writable");
        assert_js(&format!("{area}.getItem('suite.area.key') === '1'"));
        js(&format!("{area}.setItem('suite.area.key', '2')"));
        assert_eq!(store.read("suite.area.key"), Ok(Some("2".into())));
        store.remove("suite.area.key").expect("removable");
    }
}

/// The user may block storage before the page opens, and while it is open. A store that is open keeps the
/// browser's object, and [`r109_storage_that_is_null_or_refuses_each_call_is_unavailable`] blocks that.
#[wasm_bindgen_test]
fn r109_blocked_storage_is_unavailable_and_no_panic() {
    let throwing = "{ get() { throw new DOMException('blocked', 'SecurityError') } }";
    let areas = [
        (SessionStore::Local, "window", "localStorage"),
        (SessionStore::Session, "window", "sessionStorage"),
        (SessionStore::Cookie, "Document.prototype", "cookie"),
    ];
    for (kind, object, name) in areas {
        let store = store(kind)();
        let stub = Stub::new(object, name, throwing);
        let refused = |outcome: Result<()>| {
            assert_eq!(outcome.expect_err(name).code(), ErrorCode::StorageUnavailable, "{name}");
        };
        refused(Browser.store(kind).map(drop));
        if kind == SessionStore::Cookie {
            refused(store.read("suite.blocked").map(drop));
            refused(store.write("suite.blocked", "x"));
            refused(store.remove("suite.blocked"));
            refused(store.keys("suite.blocked").map(drop));
        }
        drop(stub);
        assert_eq!(store.read("suite.blocked"), Ok(None));
    }
}

#[wasm_bindgen_test]
fn r109_storage_that_is_null_or_refuses_each_call_is_unavailable() {
    let stub = Stub::new("window", "localStorage", "{ get: () => null }");
    let refused = Browser.store(SessionStore::Local).expect_err("there is none");
    assert_eq!(refused.code(), ErrorCode::StorageUnavailable);
    drop(stub);

    let store = Browser.store(SessionStore::Local).expect("open");
    let throwing = "{ value() { throw new DOMException('blocked', 'SecurityError') } }";
    let _stubs =
        ["getItem", "setItem", "removeItem"].map(|it| Stub::new("Storage.prototype", it, throwing));
    for outcome in [
        store.read("suite.blocked").map(drop),
        store.write("suite.blocked", "x"),
        store.remove("suite.blocked"),
    ] {
        assert_eq!(outcome.expect_err("refused").code(), ErrorCode::StorageUnavailable);
    }
}

#[wasm_bindgen_test]
fn r109_full_storage_has_its_own_error_and_keeps_the_old_record() {
    for kind in [SessionStore::Local, SessionStore::Session] {
        let store = Browser.store(kind).expect("open");
        store.write("suite.quota", "old").expect("writable");
        let throwing = "{ value() { throw new DOMException('full', 'QuotaExceededError') } }";
        let stub = Stub::new("Storage.prototype", "setItem", throwing);
        let refused = store.write("suite.quota", "new").expect_err("full");
        assert_eq!(refused.code(), ErrorCode::StorageFull);
        assert_eq!(store.read("suite.quota"), Ok(Some("old".into())));
        drop(stub);
        store.remove("suite.quota").expect("removable");
    }
}
