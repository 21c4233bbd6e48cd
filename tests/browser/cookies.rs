//! What a record looks like as cookies.
//!
//! WebKit, Safari's engine, takes no `Secure` cookie on `http`, be it a loopback address: there the
//! store refuses, typed. So that the rest is proved in it all the same, a stub leaves that attribute
//! out in an engine that does not take it.

use basic_oauth::platform::browser::BrowserStore;
use basic_oauth::platform::{Platform as _, SessionStore, Store as _};
use basic_oauth::{Browser, ErrorCode, ErrorKind};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{Stub, assert_js, awaited, js};

const KEY: &str = "suite.cookie.key";
/// The longest text that one cookie holds, and what more it takes to fill all.
const IN_ONE: usize = 4_096 - 12 - "__Host-suite.cookie.key".len();
const IN_ALL: usize = 3 * IN_ONE;

/// What an engine needs to take the cookies of this crate over `http`.
pub(crate) fn for_this_engine() -> Option<Stub> {
    (!takes_secure()).then(|| jar("take(text.replace('; Secure', ''))"))
}

/// A jar whose writes go through a script, which sees `text` and may `take` one.
fn jar(write: &str) -> Stub {
    Stub::new(
        "Document.prototype",
        "cookie",
        &format!(
            "(own => ({{
                get() {{ return own.get.call(document) }},
                set(text) {{ const take = it => own.set.call(document, it); {write} }},
            }}))(Object.getOwnPropertyDescriptor(Document.prototype, 'cookie'))"
        ),
    )
}

fn takes_secure() -> bool {
    js("document.cookie = '__Host-probe=1; Path=/; Secure; SameSite=Strict'");
    let taken = names().contains("__Host-probe");
    js("document.cookie = '__Host-probe=; Path=/; Secure; Max-Age=0'");
    taken
}

fn store() -> (BrowserStore, Option<Stub>) {
    let stub = for_this_engine();
    (Browser.store(SessionStore::Cookie).expect("open"), stub)
}

/// The names of all cookies that script sees.
fn names() -> String {
    js("document.cookie.split('; ').map(it => it.split('=')[0]).sort().join()")
        .as_string()
        .expect("text")
}

fn token(length: usize) -> String {
    ('a'..='z').cycle().take(length).collect()
}

#[wasm_bindgen_test]
fn r106_a_record_is_a_cookie_of_this_very_host() {
    let (store, _stub) = store();
    js("globalThis.written = []");
    let _watched = jar("written.push(text); take(text)");
    store.write(KEY, &token(IN_ALL)).expect("writable");
    store.write(KEY, "short").expect("writable");
    store.remove(KEY).expect("removable");
    assert_js("written.length >= 7");
    assert_js("written.every(it => it.startsWith('__Host-suite.cookie.key'))");
    for attribute in ["Path=/", "Secure", "SameSite=Strict"] {
        assert_js(&format!("written.every(it => it.split('; ').includes('{attribute}'))"));
    }
    assert_js("written.every(it => /; Max-Age=(0|2592000)$/.test(it))");
    assert_js("!written.some(it => /domain|httponly|expires/i.test(it))");
    js("delete globalThis.written");
}

/// Chromium lists the attributes; others list only the name and the value.
#[wasm_bindgen_test]
async fn r106_the_browser_has_taken_the_attributes() {
    let (store, _stub) = store();
    store.write(KEY, "value").expect("writable");
    let attributes = awaited(
        "globalThis.cookieStore?.get('__Host-suite.cookie.key').then(it => {
            const { domain, path, sameSite, secure } = { domain: null, path: '/', ...it };
            return [domain, path, sameSite ?? 'strict', secure ?? true].join();
        })",
    )
    .await;
    assert!(attributes.is_undefined() || attributes == ",/,strict,true", "{attributes:?}");
    store.remove(KEY).expect("removable");
}

/// Better to know before a code is spent.
#[wasm_bindgen_test]
fn r106_an_engine_that_takes_no_secure_cookie_here_says_so_at_the_start() {
    let before = names();
    match Browser.store(SessionStore::Cookie) {
        Ok(_) => assert!(takes_secure()),
        Err(refused) => {
            assert!(!takes_secure());
            assert_eq!(refused.code(), ErrorCode::StorageUnavailable);
        }
    }
    assert_eq!(names(), before);
}

#[wasm_bindgen_test]
fn r107_a_full_cookie_jar_keeps_no_part_of_a_record() {
    let (store, _stub) = store();
    let before = names();
    let _refusing = jar("");
    for length in [10, IN_ONE + 1, IN_ALL] {
        assert_eq!(
            store.write(KEY, &token(length)).expect_err("refused").kind(),
            ErrorKind::Storage
        );
        assert_eq!(names(), before);
        assert_eq!(store.read(KEY), Ok(None));
        assert!(store.keys("suite.").expect("listed").is_empty());
    }
    let refused = Browser.store(SessionStore::Cookie).expect_err("refused");
    assert_eq!(refused.code(), ErrorCode::StorageUnavailable);
}

#[wasm_bindgen_test]
fn r107_a_long_token_is_kept_whole_or_refused() {
    let (store, _stub) = store();
    for length in [IN_ONE - 1, IN_ONE, IN_ONE + 1, 4_096, 4_097, 2 * IN_ONE, 2 * IN_ONE + 1, IN_ALL]
    {
        store.write(KEY, &token(length)).expect("writable");
        assert_eq!(store.read(KEY), Ok(Some(token(length))), "{length}");
    }
    for length in [IN_ALL + 1, 16 << 10] {
        let refused = store.write(KEY, &token(length)).expect_err("too large");
        assert_eq!(refused.kind(), ErrorKind::Storage);
        assert_eq!(store.read(KEY), Ok(Some(token(IN_ALL))), "the old record is whole");
    }
    store.remove(KEY).expect("removable");
    assert!(!names().contains(KEY));
}

#[wasm_bindgen_test]
fn r107_a_cookie_that_the_browser_drops_silently_leaves_no_half_record() {
    for (dropped, old) in [("~b1", true), ("~a2", false), ("key=", false), ("key=b", true)] {
        let (store, _stub) = store();
        if old {
            store.write(KEY, &token(IN_ONE + 1)).expect("writable");
        }
        let is_taken = format!("!text.includes('{dropped}') || text.includes('Max-Age=0')");
        let refusing = jar(&format!("if ({is_taken}) take(text)"));
        let refused = store.write(KEY, &token(IN_ALL)).expect_err("dropped");
        assert_eq!(refused.kind(), ErrorKind::Storage, "{dropped}");
        let left = store.read(KEY).expect("readable");
        assert!(left.is_none() || left == Some(token(IN_ONE + 1)), "{dropped}: a part of it");
        let kept = names().split(',').filter(|it| it.contains(KEY)).count();
        assert_eq!(kept, if left.is_some() { 2 } else { 0 }, "{dropped}: {}", names());
        drop(refusing);
        store.remove(KEY).expect("removable");
        assert!(!names().contains(KEY), "{dropped}: {}", names());
    }
}

#[wasm_bindgen_test]
fn r107_a_record_whose_part_is_gone_reads_as_none() {
    let (store, _stub) = store();
    store.write(KEY, &token(IN_ALL)).expect("writable");
    for index in 0..2 {
        let all = names();
        let part = all.split(',').filter(|it| it.contains('~')).nth(index).expect("a part");
        js(&format!("document.cookie = '{part}=; Path=/; Secure; Max-Age=0'"));
        assert_eq!(store.read(KEY), Ok(None));
        store.write(KEY, &token(IN_ALL)).expect("writable");
        assert_eq!(store.read(KEY), Ok(Some(token(IN_ALL))));
    }
    store.remove(KEY).expect("removable");
    assert!(!names().contains(KEY));
}

#[wasm_bindgen_test]
fn r107_the_parts_of_the_last_record_are_removed() {
    let (store, _stub) = store();
    for (length, cookies) in [(IN_ALL, 3), (IN_ALL, 3), (IN_ONE + 1, 2), (1, 1), (IN_ALL, 3)] {
        store.write(KEY, &token(length)).expect("writable");
        assert_eq!(names().split(',').filter(|it| it.contains(KEY)).count(), cookies);
    }
    assert_eq!(store.keys("suite.cookie.").expect("listed"), [KEY]);
    store.remove(KEY).expect("removable");
    assert!(!names().contains(KEY));
}

#[wasm_bindgen_test]
fn r108_no_token_ends_a_cookie_early() {
    let (store, _stub) = store();
    let before = names();
    let long = ";\r\n=,".repeat(IN_ONE / 5);
    for text in ["a;b", "a,b", "a=b", "a\r\nSet-Cookie: evil=1", "; Domain=example.com", &long] {
        match store.write(KEY, text) {
            Ok(()) => assert_eq!(store.read(KEY), Ok(Some(text.into())), "{text:.40?}"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Storage, "{text:.40?}"),
        }
    }
    assert_js("!/evil|example|[\\r\\n]/.test(document.cookie)");
    store.remove(KEY).expect("removable");
    assert_eq!(names(), before);
}

#[wasm_bindgen_test]
fn r105_foreign_cookies_are_neither_read_nor_touched() {
    let (store, _stub) = store();
    let foreign = ["suite.cookie.key", "suite.cookie.keyz", "__Host-other"];
    for name in foreign {
        js(&format!("document.cookie = '{name}=a1.foreign; Path=/; Secure'"));
    }
    let before = names();
    assert_eq!(store.read(KEY), Ok(None));
    assert!(store.keys("suite.").expect("listed").is_empty());
    store.write(KEY, &token(IN_ALL)).expect("writable");
    store.write(KEY, "short").expect("writable");
    store.remove(KEY).expect("removable");
    assert_eq!(names(), before);
    for name in foreign {
        assert_js(&format!("document.cookie.split('; ').includes('{name}=a1.foreign')"));
        js(&format!("document.cookie = '{name}=; Path=/; Secure; Max-Age=0'"));
    }
}

/// The image is `document.cookie`: reading it as text did not come back, and writing it did nothing.
#[wasm_bindgen_test]
fn r135_an_image_called_cookie_does_not_hide_the_cookies() {
    let (store, _stub) = store();
    let before = names();
    js("document.body.insertAdjacentHTML('beforeend', '<img name=cookie id=hostile>')");
    assert_js("document.cookie === hostile");
    store.write(KEY, &token(IN_ALL)).expect("writable");
    assert_eq!(store.read(KEY), Ok(Some(token(IN_ALL))));
    assert_eq!(store.keys("suite.cookie.").expect("listed"), [KEY]);
    store.remove(KEY).expect("removable");
    js("hostile.remove()");
    assert_eq!(names(), before);
}

#[wasm_bindgen_test]
fn r135_cookies_that_are_not_text_are_unavailable() {
    let _stub = Stub::new("Document.prototype", "cookie", "{ get() { return document.body } }");
    let refused = Browser.store(SessionStore::Cookie).expect_err("refused");
    assert_eq!(refused.code(), ErrorCode::StorageUnavailable);
}

#[wasm_bindgen_test]
fn r26_a_planted_first_part_is_not_a_record() {
    let (store, _stub) = store();
    for head in ["", "x", "a0.x", "a2.x", "a9.x", "c1.x", "a1", "aa1.x", "\u{e9}1.x"] {
        js(&format!("document.cookie = '__Host-{KEY}={head}; Path=/; Secure'"));
        assert_eq!(store.read(KEY), Ok(None), "{head}");
    }
    store.write(KEY, "valid").expect("writable");
    assert_eq!(store.read(KEY), Ok(Some("valid".into())));
    store.remove(KEY).expect("removable");
    assert!(!names().contains(KEY));
}
