//! The contract of stores, kept by those of the scripted platform.

use basic_oauth::platform::{Platform as _, SessionStore};
use basic_oauth_testing::{Tab, TabStore, World, store_suite};

/// Opens the store of one kind in one page, again and again.
fn store(kind: SessionStore) -> impl Fn() -> TabStore {
    let world = World::new();
    let tab: Tab = world.open("https://app.example/");
    move || {
        let _alive = &world;
        tab.store(kind).expect("open")
    }
}

store_suite! { #[test] cookie, store(SessionStore::Cookie) }
store_suite! { #[test] local, store(SessionStore::Local) }
store_suite! { #[test] memory, store(SessionStore::Memory) }
store_suite! { #[test] session, store(SessionStore::Session) }

#[test]
fn r107_too_large_a_record_is_refused_and_leaves_no_part() {
    for (kind, too_large) in [(SessionStore::Cookie, 16 << 10), (SessionStore::Local, 6 << 20)] {
        store_suite::too_large_a_record_is_refused_and_leaves_no_part(&store(kind), too_large);
    }
}
