use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use super::*;
use basic_oauth::platform::{
    Environment, Locked, PageEvent, PageEvents as _, Platform as _, SessionStore, Store as _,
};
use basic_oauth::protocol::Endpoint;
use basic_oauth::protocol::http::{Body, Request, Response};
use basic_oauth::protocol::server::TokenEncoding;
use basic_oauth::{ErrorCode, Result};

const APP: &str = "https://app.example/";
const SECOND: Duration = Duration::from_secs(1);

fn request(path: &str, members: &[(&str, &str)]) -> Request {
    let url = ["https://api.basic.tech", path].concat();
    let parser = crate::native::Native;
    Request {
        endpoint: Endpoint::parse(&parser, &url, "test").expect("a valid URL"),
        body: Some(Body::encode(&parser, TokenEncoding::Json, members)),
        bearer: None,
        timeout: 10 * SECOND,
    }
}

fn fetch(tab: &Tab, path: &str) -> Call<Result<Response>> {
    let (platform, request) = (tab.clone(), request(path, &[("a", "b")]));
    tab.call(async move { platform.fetch(request).await })
}

fn hold(tab: &Tab, name: &'static str, wait: Duration) -> Call<Locked<Lock>> {
    let platform = tab.clone();
    tab.call(async move { platform.lock(name, wait).await })
}

/// Listens to a page and records its events.
fn listen(tab: &Tab) -> (Listener, Rc<RefCell<Vec<PageEvent>>>) {
    let events = Rc::new(RefCell::new(Vec::new()));
    let own = events.clone();
    (tab.listen("channel", Rc::new(move |signal| own.borrow_mut().push(signal))), events)
}

#[test]
fn locks_are_served_in_order_and_freed_with_their_tab() {
    let world = World::new();
    let tabs = [world.open(APP), world.open(APP), world.open(APP)];
    let held = tabs.each_ref().map(|tab| hold(tab, "x", 60 * SECOND));
    world.settle();
    let first = held[0].take().expect("free at first");
    assert!(matches!(first, Locked::Held(_)) && held[1].take().is_none());
    assert_eq!(world.held_locks(), ["x"]);
    tabs[0].close();
    world.settle();
    let second = held[1].take().expect("freed by the closed tab");
    assert!(held[2].take().is_none());
    drop(second);
    world.settle();
    drop(first);
    assert!(matches!(held[2].take(), Some(Locked::Held(_))));
    assert!(world.held_locks().is_empty(), "dropped with the result");
}

#[test]
fn a_wait_for_a_lock_is_bounded_and_locks_may_be_missing() {
    let world = World::new();
    let tab = world.open(APP);
    let first = hold(&tab, "x", SECOND);
    let second = hold(&tab, "x", SECOND);
    world.advance(SECOND);
    assert!(matches!(second.take(), Some(Locked::TimedOut)));
    drop(first);
    world.set_locks(false);
    assert!(matches!(world.run(tab.lock("y", SECOND)), Locked::Unavailable));
}

#[test]
fn timers_follow_neither_a_jump_nor_a_sleep() {
    let world = World::new();
    let (listener, events) = listen(&world.open(APP));
    listener.wake_at(Some(world.now().plus(10 * SECOND)));
    world.jump(3_600_000);
    world.sleep(3600 * SECOND);
    world.settle();
    assert!(events.borrow().is_empty());
    world.advance(10 * SECOND);
    assert_eq!(*events.borrow(), [PageEvent::Timer]);
    listener.wake_at(Some(world.now().plus(SECOND)));
    listener.wake_at(None);
    assert_eq!(world.next_timer(), None);
    listener.wake_at(Some(world.now().minus(SECOND)));
    world.settle();
    assert_eq!(events.borrow().len(), 2, "what is overdue fires at once");
}

#[test]
fn a_message_reaches_every_listener_but_the_senders_own() {
    let world = World::new();
    let (a, b) = (world.open(APP), world.open(APP));
    let (sender, own) = listen(&a);
    let (_neighbour, near) = listen(&a);
    let (_other, far) = listen(&b);
    sender.broadcast_change();
    assert!(far.borrow().is_empty(), "messages take their time");
    world.settle();
    assert!(own.borrow().is_empty());
    assert_eq!((near.borrow().len(), far.borrow().len()), (1, 1));
    world.set_channels(false);
    sender.broadcast_change();
    world.settle();
    assert_eq!(far.borrow().len(), 1);
}

#[test]
fn other_pages_receive_a_change_of_local_storage_by_its_key() {
    let world = World::new();
    let (a, b) = (world.open(APP), world.open(APP));
    let ((_own, near), (_other, far)) = (listen(&a), listen(&b));
    for kind in
        [SessionStore::Local, SessionStore::Cookie, SessionStore::Session, SessionStore::Memory]
    {
        let store = a.store(kind).expect("open");
        store.write("channel.x", "1").expect("room");
        store.write("other", "1").expect("room");
        store.remove("channel.none").expect("nothing to do");
    }
    world.settle();
    assert_eq!((near.borrow().len(), far.borrow().len()), (0, 1));
}

#[test]
fn a_frozen_page_stands_still_and_goes_on_when_it_is_restored() {
    let world = World::new();
    let tab = world.open(APP);
    let (listener, events) = listen(&tab);
    listener.wake_at(Some(world.now().plus(SECOND)));
    let call = tab.call(async { 1 });
    tab.freeze();
    let other = tab.go("/other");
    world.advance(60 * SECOND);
    assert_eq!(*events.borrow(), [PageEvent::Left]);
    assert!(call.take().is_none());
    assert_eq!(other.address(), "https://app.example/other");
    tab.restore();
    world.settle();
    assert_eq!(*events.borrow(), [PageEvent::Left, PageEvent::Timer, PageEvent::Restored]);
    assert_eq!(call.take(), Some(1));
    assert_eq!(other.address(), "", "what was shown meanwhile is gone");
}

#[test]
fn a_closed_page_does_nothing() {
    let world = World::new();
    let tab = world.open(APP);
    let dropped = Rc::new(Cell::new(false));
    struct Flag(Rc<Cell<bool>>);
    impl Drop for Flag {
        fn drop(&mut self) {
            self.0.set(true);
        }
    }
    let flag = Flag(dropped.clone());
    let store = tab.store(SessionStore::Local).expect("open");
    let script = tab.clone();
    let call = tab.call(async move {
        let _flag = flag;
        let _ = script.fetch(request("/auth/token", &[])).await;
    });
    let gate = world.hold("/auth/token");
    world.settle();
    tab.close();
    assert!(dropped.get(), "its scripts end with it");
    gate.open();
    world.settle();
    assert!(call.take().is_none());
    assert!(store.write("k", "v").is_err() && world.records(SessionStore::Local).is_empty());
    let late = fetch(&tab, "/auth/token");
    world.settle();
    assert!(late.take().is_none() && world.requests().len() == 1);
}

#[test]
fn stores_are_shared_as_in_a_browser() {
    let world = World::new();
    let a = world.open(APP);
    let b = world.open(APP);
    for kind in
        [SessionStore::Cookie, SessionStore::Local, SessionStore::Memory, SessionStore::Session]
    {
        a.store(kind).expect("open").write("k", "v").expect("room");
        let is_shared = matches!(kind, SessionStore::Cookie | SessionStore::Local);
        assert_eq!(b.records(kind).len(), usize::from(is_shared), "{}", kind.as_str());
    }
    assert_eq!(a.open_popup(APP).records(SessionStore::Session).len(), 1);
    let reloaded = a.reload();
    assert_eq!(reloaded.records(SessionStore::Session).len(), 1);
    assert_eq!(reloaded.records(SessionStore::Memory).len(), 0);
}

#[test]
fn stores_fail_as_the_test_says() {
    let world = World::new();
    let tab = world.open(APP);
    let store = tab.store(SessionStore::Local).expect("open");
    store.write("k", "v").expect("room");
    world.set_store_fault(SessionStore::Local, StoreFault::Full);
    assert_eq!(store.write("k", "w").expect_err("full").code(), ErrorCode::StorageFull);
    assert_eq!(store.read("k").expect("readable").as_deref(), Some("v"));
    world.set_store_fault(SessionStore::Local, StoreFault::Broken);
    assert_eq!(store.read("k").expect_err("broken").code(), ErrorCode::StorageUnavailable);
    assert!(tab.store(SessionStore::Local).is_ok());
    world.set_store_fault(SessionStore::Local, StoreFault::Blocked);
    assert_eq!(
        tab.store(SessionStore::Local).expect_err("shut").code(),
        ErrorCode::StorageUnavailable
    );
    world.set_store_fault(SessionStore::Local, None);
    assert_eq!(store.read("k").expect("mended").as_deref(), Some("v"));
    let cookies = tab.store(SessionStore::Cookie).expect("open");
    let refused = cookies.write("k", &"x".repeat(16 << 10)).expect_err("too large");
    assert_eq!(refused.code(), ErrorCode::StorageFull);
}

#[test]
fn answers_come_in_the_order_they_were_given_and_then_from_the_server() {
    let world = World::new();
    let tab = world.open(APP);
    world.answer("/auth/token", Answer::json(503, "{}").with_retry_after("7"));
    world.answer("/auth/token", Answer::json(307, "{}"));
    world.answer("/auth/token", Answer::of_type(200, "text/html", &"x".repeat((1 << 20) + 1)));
    world.answer("/auth/token", Answer::network_error());
    let status = || {
        let call = fetch(&tab, "/auth/token");
        world.settle();
        match call.take().expect("answered") {
            Ok(response) => Ok((response.status, response.wait(tab.now()))),
            Err(error) => Err(error.code()),
        }
    };
    assert_eq!(status(), Ok((503, Some(7 * SECOND))));
    assert_eq!(status(), Err(ErrorCode::NetworkError), "no redirect is followed");
    assert_eq!(status(), Err(ErrorCode::ResponseTooLarge));
    assert_eq!(status(), Err(ErrorCode::NetworkError));
    assert_eq!(status(), Ok((400, None)), "the server's own answer");
    let arrived: Vec<_> = world.requests().iter().map(|request| request.arrived).collect();
    assert_eq!(arrived, [true, true, true, false, true]);
    tab.set_online(false);
    assert_eq!(status(), Err(ErrorCode::NetworkError));
    assert!(!world.requests()[5].arrived);
}

#[test]
fn silence_times_out_on_the_virtual_clock() {
    let world = World::new();
    let tab = world.open(APP);
    world.answer_always("/auth/token", Answer::silence());
    let call = fetch(&tab, "/auth/token");
    world.advance(Duration::from_millis(9_999));
    assert!(call.take().is_none());
    world.advance(Duration::from_millis(1));
    assert_eq!(call.take().expect("over").expect_err("late").code(), ErrorCode::Timeout);
    world.answer_always("/auth/token", None);
    world.set_latency(SECOND);
    let call = fetch(&tab, "/auth/token");
    world.advance(SECOND);
    assert!(call.take().is_some());
}

#[test]
fn requests_are_recorded_without_showing_their_values() {
    let world = World::new();
    let tab = world.open(APP);
    let call = fetch(&tab, "/auth/token");
    world.settle();
    assert!(call.take().is_some());
    let sent = &world.requests_to("/auth/token")[0];
    assert_eq!((sent.parameter("a").as_deref(), sent.address.as_str()), (Some("b"), APP));
    assert_eq!(format!("{sent:?}"), "POST https://api.basic.tech/auth/token a");
}

#[test]
fn the_kind_of_page_follows_its_address() {
    let world = World::new();
    assert!(world.open("http://localhost:8080/").environment().is_secure_context);
    assert!(!world.open("http://app.example/").environment().is_secure_context);
    let framed = Environment { is_secure_context: true, is_framed: true };
    assert_eq!(world.open_as(APP, framed).environment(), framed);
}

#[test]
fn the_same_seed_takes_the_same_steps_and_another_takes_others() {
    let order = |seed: u64| {
        let world = World::new();
        world.shuffle(seed);
        let order = Rc::new(RefCell::new(Vec::new()));
        for index in 0..20 {
            let order = order.clone();
            let _call = world.open(APP).call(async move { order.borrow_mut().push(index) });
        }
        world.settle();
        order.take()
    };
    assert_eq!(order(1), order(1));
    assert_ne!(order(1), order(2));
}

#[test]
#[should_panic(expected = "still waiting")]
fn a_call_that_waits_for_time_panics() {
    let world = World::new();
    let tab = world.open(APP);
    let _held = hold(&tab, "x", SECOND);
    world.settle();
    world.run(tab.lock("x", 5 * SECOND));
}

#[test]
fn the_timers_of_a_hidden_page_fire_together_once_a_minute() {
    let world = World::new();
    let (hidden, shown) = (world.open(APP), world.open(APP));
    let ((listener, events), (other, theirs)) = (listen(&hidden), listen(&shown));
    hidden.hide();
    world.advance(SECOND);
    let call = hidden.call(hidden.sleep(5 * SECOND));
    listener.wake_at(Some(world.now().plus(2 * SECOND)));
    other.wake_at(Some(world.now().plus(2 * SECOND)));
    world.advance(58 * SECOND);
    assert!(events.borrow().is_empty() && call.take().is_none() && hidden.is_hidden());
    assert_eq!((theirs.borrow().len(), shown.wake_ups()), (1, 1));
    world.advance(SECOND);
    assert_eq!((events.borrow().len(), call.take()), (1, Some(())));
    listener.wake_at(Some(world.now().plus(2 * SECOND)));
    world.advance(3 * SECOND);
    listener.wake_at(None);
    listener.wake_at(Some(world.now().plus(2 * SECOND)));
    world.advance(3 * SECOND);
    assert_eq!(events.borrow().len(), 1, "put off");
    hidden.show();
    world.settle();
    assert_eq!(
        *events.borrow(),
        [PageEvent::Timer, PageEvent::Timer, PageEvent::Visible],
        "not lost"
    );
    assert_eq!(world.next_timer(), None, "and one that was cancelled while it was put off is gone");
}

#[test]
fn a_timer_that_is_too_long_for_a_browser_fires_at_once() {
    let world = World::new();
    let tab = world.open(APP);
    let call = tab.call(tab.sleep(Duration::from_millis(1 << 31)));
    world.settle();
    assert_eq!(call.take(), Some(()));
    let (listener, events) = listen(&tab);
    listener.wake_at(Some(world.now().plus(Duration::from_millis(1 << 31))));
    world.settle();
    assert!(events.borrow().is_empty(), "a listener knows the limit");
}

#[test]
fn traffic_lists_in_order_how_each_request_ended_for_its_page() {
    let world = World::new();
    let (tab, dying) = (world.open(APP), world.open(APP));
    world.answer("/auth/revoke", Answer::server());
    world.answer("/auth/revoke", Answer::json(200, "{}"));
    world.answer("/auth/revoke", Answer::lost());
    for _ in 0..3 {
        let _call = fetch(&tab, "/auth/revoke");
        world.settle();
    }
    let _call = fetch(&tab, "/auth/revoke");
    world.set_latency(SECOND);
    let _call = fetch(&dying, "/auth/revoke");
    world.settle();
    dying.close();
    let fates: Vec<_> = world
        .traffic_since(0)
        .into_iter()
        .filter_map(|passage| match passage {
            Traffic::Sent(_) => None,
            Traffic::Ended(number, fate) => Some((number, fate)),
        })
        .collect();
    let known =
        [(0, Fate::Answered(200)), (1, Fate::Intercepted), (2, Fate::Lost), (4, Fate::Lost)];
    assert_eq!(fates, known);
    assert_eq!(world.traffic_since(2).len(), world.traffic_since(0).len() - 2);
    assert_eq!(tab.passed(), world.traffic_since(0).len());
    let intercepted: Vec<_> = world.requests().into_iter().map(|sent| sent.intercepted).collect();
    assert_eq!(intercepted[1].as_ref().map(|response| response.status), Some(200));
    assert_eq!(intercepted.iter().flatten().count(), 1);
}

#[test]
fn events_for_a_frozen_page_wait_until_it_is_restored() {
    let world = World::new();
    let tab = world.open(APP);
    let call = hold(&tab, "x", 60 * SECOND);
    while call.take().is_none() && world.held_locks().is_empty() {
        assert!(world.step());
    }
    tab.freeze();
    world.advance(SECOND);
    assert!(call.take().is_none());
    tab.restore();
    world.settle();
    assert!(matches!(call.take(), Some(Locked::Held(_))));
}
