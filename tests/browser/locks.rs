//! Locks that tabs share; here two parts of one page stand for two tabs.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use basic_oauth::Browser;
use basic_oauth::platform::browser::LockGuard;
use basic_oauth::platform::{Locked, Platform as _};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{Stub, awaited, begin, js, pause, until};

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(20);

async fn held(name: &str) -> LockGuard {
    match Browser.lock(name, LONG).await {
        Locked::Held(guard) => guard,
        other => panic!("{other:?}"),
    }
}

/// How many hold the lock of this name, and how many wait for it.
async fn census(name: &str) -> String {
    let count = format!("list => list.filter(it => it.name === '{name}').length");
    let script =
        format!("navigator.locks.query().then(it => [it.held, it.pending].map({count}).join('+'))");
    awaited(&script).await.as_string().expect("text")
}

async fn census_becomes(name: &str, expected: &str) {
    until(expected, async || census(name).await == expected).await;
}

#[wasm_bindgen_test]
async fn r94_only_one_holds_a_lock_and_the_others_queue() {
    let name = "lock.queue";
    let first = held(name).await;
    let order = Rc::new(RefCell::new(Vec::new()));
    for mark in 1..=3 {
        let (waiting, order) = (Browser.lock(name, LONG), order.clone());
        Browser.spawn(Box::pin(async move {
            let Locked::Held(guard) = waiting.await else { panic!("not held") };
            order.borrow_mut().push((mark, "begins"));
            pause(5).await;
            order.borrow_mut().push((mark, "ends"));
            drop(guard);
        }));
    }
    census_becomes(name, "1+3").await;
    assert!(order.borrow().is_empty());
    drop(first);
    until("all had their turn", async || order.borrow().len() == 6).await;
    let turns: Vec<_> = (1..=3).flat_map(|mark| [(mark, "begins"), (mark, "ends")]).collect();
    assert_eq!(*order.borrow(), turns);
    census_becomes(name, "0+0").await;
}

#[wasm_bindgen_test]
async fn locks_of_different_names_do_not_wait_for_each_other() {
    let _one = held("lock.one").await;
    let _two = held("lock.two").await;
}

#[wasm_bindgen_test]
async fn r94_a_wait_for_a_lock_has_an_end() {
    let name = "lock.bounded";
    let first = held(name).await;
    assert!(matches!(Browser.lock(name, SHORT).await, Locked::TimedOut));
    census_becomes(name, "1+0").await;
    drop(first);
    census_becomes(name, "0+0").await;
    drop(held(name).await);
}

/// The bound is on the wait alone: a slow server must not open the door to a second refresh.
#[wasm_bindgen_test]
async fn a_lock_is_held_for_longer_than_its_wait_may_take() {
    let name = "lock.long";
    js("globalThis.controller = new AbortController()");
    let stub = Stub::new("AbortSignal", "timeout", "{ value: () => controller.signal }");
    let first = held(name).await;
    drop(stub);
    js("controller.abort(new DOMException('late', 'TimeoutError'))");
    assert!(matches!(Browser.lock(name, SHORT).await, Locked::TimedOut));
    assert_eq!(census(name).await, "1+0");
    drop(first);
    census_becomes(name, "0+0").await;
}

#[wasm_bindgen_test]
async fn a_caller_that_stops_waiting_never_holds_the_lock() {
    let name = "lock.abandoned";
    let first = held(name).await;
    let mut waiting = Browser.lock(name, LONG);
    begin(&mut waiting).await;
    census_becomes(name, "1+1").await;
    drop(waiting);
    drop(first);
    census_becomes(name, "0+0").await;
    drop(held(name).await);
}

#[wasm_bindgen_test]
async fn a_caller_that_stops_waiting_before_the_first_grant_never_holds_the_lock() {
    let name = "lock.early";
    let mut waiting = Browser.lock(name, LONG);
    begin(&mut waiting).await;
    drop(waiting);
    census_becomes(name, "0+0").await;
    drop(Browser.lock(name, LONG));
    drop(held(name).await);
}

#[wasm_bindgen_test]
async fn r94_a_browser_without_locks_says_so() {
    let refusing =
        "{ value: { request: () => Promise.reject(new DOMException('', 'SecurityError')) } }";
    let throwing = "{ value: { request() { throw new DOMException('', 'SecurityError') } } }";
    for locks in ["{ value: undefined }", "{ value: null }", refusing, throwing] {
        let _stub = Stub::new("navigator", "locks", locks);
        assert!(matches!(Browser.lock("lock.none", LONG).await, Locked::Unavailable), "{locks}");
    }
    drop(held("lock.none").await);
}

#[wasm_bindgen_test]
async fn r135_a_polluted_prototype_does_not_share_the_lock() {
    let name = "lock.polluted";
    let stub = |name, value| {
        let polluted = format!("{{ value: {value}, enumerable: true, writable: true }}");
        Stub::new("Object.prototype", name, &polluted)
    };
    let _stubs = [stub("mode", "'shared'"), stub("steal", "true"), stub("ifAvailable", "true")];
    let _first = held(name).await;
    assert!(matches!(Browser.lock(name, SHORT).await, Locked::TimedOut));
}
