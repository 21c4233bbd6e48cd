//! The contract of stores, kept by those of the scripted platform.

use basic_oauth::platform::{Platform as _, StoreKind};
use basic_oauth_testing::{Tab, TabStore, World, store_suite};

/// Opens the store of one kind in one page, again and again.
fn store(kind: StoreKind) -> impl Fn() -> TabStore {
    let world = World::new();
    let tab: Tab = world.open("https://app.example/");
    move || {
        let _alive = &world;
        tab.store(kind).expect("open")
    }
}

store_suite! { #[test] cookie, store(StoreKind::Cookie) }
store_suite! { #[test] local, store(StoreKind::Local) }
store_suite! { #[test] memory, store(StoreKind::Memory) }
store_suite! { #[test] session, store(StoreKind::Session) }

#[test]
fn r107_too_large_a_record_is_refused_and_leaves_no_part() {
    for (kind, too_large) in [(StoreKind::Cookie, 16 << 10), (StoreKind::Local, 6 << 20)] {
        store_suite::too_large_a_record_is_refused_and_leaves_no_part(&store(kind), too_large);
    }
}
