//! The contract of a [`Store`], one fact per function. Every store runs all of it: the scripted ones
//! natively, the real ones in the browser.
//!
//! A store keeps text under keys:
//! 1. A written record is read back unchanged: separators, quotes, line ends, any script, the empty
//!    text. A token with a `;` must not end a cookie early.
//! 2. A write replaces the record whole. A refused write is an error and leaves the old record, or none:
//!    never a part of the new one.
//! 3. Reading or removing a missing record is no error.
//! 4. `keys` names exactly the records whose key begins with the prefix.
//! 5. Other keys are never touched, not even ones that differ in a last character.
//! 6. Two handles of one store see the same records.
//!
//! `open` opens the store anew. Keys are made of `A-Z a-z 0-9 - _ .`, as those of this crate are.
//! Each fact uses keys of its own and removes them, because a real store outlives the test.

use basic_oauth::platform::Store;

/// Writes one test per fact: `store_suite! { #[test] local, || open_it() }`.
#[macro_export]
macro_rules! store_suite {
    ($(#[$attribute:meta])* $name:ident, $open:expr) => {
        mod $name {
            use super::*;
            $crate::store_suite! { @facts [$(#[$attribute])*] [$open]
                a_written_record_is_read_back
                any_text_survives
                a_write_replaces_the_record_whole
                a_large_record_survives
                a_missing_record_is_none
                removing_a_missing_record_is_no_error
                keys_are_those_with_the_prefix
                other_keys_are_never_touched
                two_handles_see_the_same_records
            }
        }
    };
    (@facts $attributes:tt $open:tt $($fact:ident)*) => {
        $($crate::store_suite! { @fact $attributes $open $fact })*
    };
    (@fact [$($attribute:tt)*] [$open:expr] $fact:ident) => {
        $($attribute)*
        fn $fact() {
            $crate::store_suite::$fact(&$open);
        }
    };
}

/// The largest record every store must take: a session with two long tokens.
const ROOMY: usize = 3_000;

pub fn a_written_record_is_read_back<S: Store>(open: &impl Fn() -> S) {
    let store = open();
    store.write("suite.read.key", "value").expect("writable");
    assert_eq!(read(&store, "suite.read.key").as_deref(), Some("value"));
    store.remove("suite.read.key").expect("removable");
    assert_eq!(read(&store, "suite.read.key"), None);
}

pub fn any_text_survives<S: Store>(open: &impl Fn() -> S) {
    let store = open();
    let texts = [
        "",
        " ",
        "a;b,c=d&e",
        "; Path=/other; Domain=example.com",
        "line\r\nSet-Cookie: x=y",
        "tab\tquote\"apostrophe'backslash\\",
        "100% %41 %zz +",
        "{\"v\":1,\"a\":[null,true]}",
        "\u{0}\u{7f}\u{e9}\u{4e2d}\u{1f980}\u{202e}",
    ];
    for text in texts {
        store.write("suite.text.key", text).expect("writable");
        assert_eq!(read(&store, "suite.text.key").as_deref(), Some(text), "{text:?}");
    }
    store.remove("suite.text.key").expect("removable");
}

pub fn a_write_replaces_the_record_whole<S: Store>(open: &impl Fn() -> S) {
    let store = open();
    for length in [ROOMY, 1, 0, ROOMY / 2, 10] {
        let text = "x".repeat(length);
        store.write("suite.replace.key", &text).expect("writable");
        assert_eq!(read(&store, "suite.replace.key"), Some(text), "{length}");
    }
    assert_eq!(store.keys("suite.replace.").expect("listed"), ["suite.replace.key"]);
    store.remove("suite.replace.key").expect("removable");
    assert!(store.keys("suite.replace.").expect("listed").is_empty());
}

pub fn a_large_record_survives<S: Store>(open: &impl Fn() -> S) {
    let store = open();
    for length in [ROOMY - 1, ROOMY, ROOMY + 1] {
        let text: String = ('a'..='z').cycle().take(length).collect();
        store.write("suite.large.key", &text).expect("writable");
        assert_eq!(read(&store, "suite.large.key"), Some(text), "{length}");
    }
    store.remove("suite.large.key").expect("removable");
}

pub fn a_missing_record_is_none<S: Store>(open: &impl Fn() -> S) {
    let store = open();
    for key in ["suite.none", "suite.none.", "constructor", "__proto__", "length", "toString"] {
        assert_eq!(read(&store, key), None, "{key}");
    }
    assert!(store.keys("suite.none").expect("listed").is_empty());
}

pub fn removing_a_missing_record_is_no_error<S: Store>(open: &impl Fn() -> S) {
    let store = open();
    store.remove("suite.remove.key").expect("no error");
    store.write("suite.remove.key", "x").expect("writable");
    store.remove("suite.remove.key").expect("removable");
    store.remove("suite.remove.key").expect("no error");
}

pub fn keys_are_those_with_the_prefix<S: Store>(open: &impl Fn() -> S) {
    let store = open();
    let own = ["suite.keys.a", "suite.keys.b", "suite.keys.b.c"];
    for key in own.iter().chain(&["suite.keyz"]) {
        store.write(key, "x").expect("writable");
    }
    let mut found = store.keys("suite.keys.").expect("listed");
    found.sort();
    assert_eq!(found, own);
    let mut found = store.keys("suite.keys.b").expect("listed");
    found.sort();
    assert_eq!(found, own[1..]);
    for key in own.iter().chain(&["suite.keyz"]) {
        store.remove(key).expect("removable");
    }
    assert!(store.keys("suite.key").expect("listed").is_empty());
}

pub fn other_keys_are_never_touched<S: Store>(open: &impl Fn() -> S) {
    let store = open();
    let neighbours = ["suite.own.ke", "suite.own.key.0", "suite.own.keys", "suite.own-key"];
    for key in neighbours {
        store.write(key, key).expect("writable");
    }
    store.write("suite.own.key", "x").expect("writable");
    store.write("suite.own.key", &"y".repeat(ROOMY / 2)).expect("writable");
    store.remove("suite.own.key").expect("removable");
    for key in neighbours {
        assert_eq!(read(&store, key).as_deref(), Some(key));
        store.remove(key).expect("removable");
    }
}

pub fn two_handles_see_the_same_records<S: Store>(open: &impl Fn() -> S) {
    let (first, second) = (open(), open());
    first.write("suite.shared.key", "1").expect("writable");
    assert_eq!(read(&second, "suite.shared.key").as_deref(), Some("1"));
    second.write("suite.shared.key", "2").expect("writable");
    assert_eq!(read(&first, "suite.shared.key").as_deref(), Some("2"));
    second.remove("suite.shared.key").expect("removable");
    assert_eq!(read(&first, "suite.shared.key"), None);
}

/// For a store with a bound: what does not fit is refused, typed, and nothing of it stays.
pub fn too_large_a_record_is_refused_and_leaves_no_part<S: Store>(
    open: &impl Fn() -> S,
    too_large: usize,
) {
    let store = open();
    store.write("suite.full.key", "old").expect("writable");
    let refused = store.write("suite.full.key", &"x".repeat(too_large)).expect_err("too large");
    assert_eq!(refused.code(), basic_oauth::ErrorCode::StorageFull);
    let left = read(&store, "suite.full.key");
    assert!(left.is_none() || left.as_deref() == Some("old"), "a part of it: {left:.40?}");
    store.remove("suite.full.key").expect("removable");
    assert!(store.keys("suite.full.").expect("listed").is_empty());
}

fn read(store: &impl Store, key: &str) -> Option<String> {
    store.read(key).expect("readable")
}
