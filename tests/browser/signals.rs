//! The events of the page and the messages of other tabs.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use basic_oauth::Browser;
use basic_oauth::platform::browser::BrowserPageEvents;
use basic_oauth::platform::{PageEvent, PageEvents as _, Platform as _};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{Stub, assert_js, js, pause, until};

/// A listener and the events it has received.
struct EventLog {
    events: Rc<RefCell<Vec<PageEvent>>>,
    page_events: BrowserPageEvents,
}

impl EventLog {
    fn on(channel: &str) -> Self {
        let events = Rc::<RefCell<Vec<PageEvent>>>::default();
        let log = events.clone();
        let page_events = Browser.listen(channel, Rc::new(move |it| log.borrow_mut().push(it)));
        Self { events, page_events }
    }

    fn wake_in(&self, millis: u64) {
        self.page_events.wake_at(Some(Browser.now().plus(Duration::from_millis(millis))));
    }

    async fn receives(&self, signal: PageEvent) {
        until("received", async || self.events.borrow().contains(&signal)).await;
    }

    /// Returns the events since the last call.
    fn take(&self) -> Vec<PageEvent> {
        self.events.take()
    }
}

/// Errors that reach the page, as one of a closure that is gone would.
struct Uncaught;

impl Uncaught {
    fn watched() -> Self {
        js("globalThis.uncaught = []; globalThis.note = it => uncaught.push(it.message);
            addEventListener('error', note)");
        Self
    }

    #[track_caller]
    fn are_none(&self) {
        assert_eq!(js("uncaught.join()"), "");
    }
}

impl Drop for Uncaught {
    fn drop(&mut self) {
        js("removeEventListener('error', note)");
    }
}

#[wasm_bindgen_test]
async fn a_sleep_ends() {
    Browser.sleep(Duration::ZERO).await;
    Browser.sleep(Duration::from_millis(5)).await;
}

#[wasm_bindgen_test]
async fn the_timer_fires_once() {
    let log = EventLog::on("signals.timer");
    log.wake_in(5);
    log.receives(PageEvent::Timer).await;
    pause(50).await;
    assert_eq!(log.take(), [PageEvent::Timer]);
    log.page_events.wake_at(Some(Browser.now().minus(Duration::from_secs(60))));
    log.receives(PageEvent::Timer).await;
}

/// F9: a delay of 2^31 milliseconds rings at once.
#[wasm_bindgen_test]
async fn r97_a_wait_of_weeks_does_not_fire_at_once() {
    let log = EventLog::on("signals.weeks");
    for millis in [1 << 31, 1_000_000_000_000, u64::MAX] {
        log.wake_in(millis);
        pause(50).await;
        assert!(log.take().is_empty(), "{millis}");
    }
}

#[wasm_bindgen_test]
fn r97_a_delay_is_what_a_browser_can_keep() {
    js("globalThis.delays = []; globalThis.cleared = []");
    let _stubs = [
        Stub::new("window", "setTimeout", "{ value: (ring, delay) => delays.push(delay) }"),
        Stub::new("window", "clearTimeout", "{ value: id => cleared.push(id) }"),
        Stub::new("Date", "now", "{ value: () => 1790000000000 }"),
    ];
    let log = EventLog::on("signals.delay");
    for millis in [0, 1_000, (1 << 31) - 1, 1 << 31, u64::MAX] {
        log.wake_in(millis);
    }
    log.page_events.wake_at(Some(Browser.now().minus(Duration::from_secs(1))));
    assert_eq!(js("delays.join()"), "0,1000,2147483647,2147483647,2147483647,0");
    assert_eq!(js("cleared.join()"), "1,2,3,4,5");
    drop(log);
    assert_eq!(js("cleared.join()"), "1,2,3,4,5,6");
}

#[wasm_bindgen_test]
async fn a_timer_that_was_replaced_or_cancelled_is_silent() {
    let [replaced, cancelled, dropped, control] = ["replaced", "cancelled", "dropped", "control"]
        .map(|it| EventLog::on(&["signals.", it].concat()));
    for log in [&replaced, &cancelled, &dropped] {
        log.wake_in(10);
    }
    replaced.wake_in(3_600_000);
    cancelled.page_events.wake_at(None);
    let EventLog { events: by_the_dropped, page_events } = dropped;
    drop(page_events);
    control.wake_in(60);
    control.receives(PageEvent::Timer).await;
    assert!(replaced.take().is_empty());
    assert!(cancelled.take().is_empty());
    assert!(by_the_dropped.borrow().is_empty());
}

#[wasm_bindgen_test]
async fn r114_another_tab_receives_that_the_store_has_changed() {
    let [sender, receiver] = ["signals.tabs"; 2].map(EventLog::on);
    let other_channel = EventLog::on("signals.tab");
    sender.page_events.broadcast_change();
    receiver.receives(PageEvent::StoreChanged).await;
    receiver.page_events.broadcast_change();
    sender.receives(PageEvent::StoreChanged).await;
    pause(20).await;
    assert_eq!(
        (sender.take(), receiver.take()),
        (vec![PageEvent::StoreChanged], vec![PageEvent::StoreChanged])
    );
    assert!(other_channel.take().is_empty());
}

/// R118: any script of this origin can read the channel, and write to it.
#[wasm_bindgen_test]
async fn r118_a_message_is_empty_and_its_content_is_ignored() {
    let log = EventLog::on("signals.open");
    js("globalThis.channel = new BroadcastChannel('signals.open');
        globalThis.messages = [];
        channel.onmessage = it => messages.push(it.data)");
    log.page_events.broadcast_change();
    until("sent", async || js("messages.length").is_truthy()).await;
    assert_js("messages.length === 1 && messages[0] === null");
    js("[undefined, 'x', { source: 'oauth', url: '/cb?code=1' }, ['timer'], new Map()]
        .forEach(it => channel.postMessage(it))");
    until("all received", async || log.events.borrow().len() == 5).await;
    assert_eq!(log.take(), [PageEvent::StoreChanged; 5]);
    js("channel.close()");
}

#[wasm_bindgen_test]
fn r114_a_storage_event_counts_only_if_its_key_is_ours() {
    let log = EventLog::on("signals.own");
    let dispatch = |init: &str| {
        js(&format!("dispatchEvent(new StorageEvent('storage', {init}))"));
        log.take()
    };
    assert_eq!(dispatch("{ key: 'signals.own.session' }"), [PageEvent::StoreChanged]);
    assert_eq!(dispatch("{ key: 'signals.own', newValue: 'x' }"), [PageEvent::StoreChanged]);
    // All was removed.
    assert_eq!(dispatch("{ key: null }"), [PageEvent::StoreChanged]);
    for other in
        ["{ key: '' }", "{ key: 'signals.ow' }", "{ key: 'theme' }", "{ key: '__proto__' }"]
    {
        assert_eq!(dispatch(other), [], "{other}");
    }
}

#[wasm_bindgen_test]
fn r45_r97_a_page_that_wakes_up_says_so() {
    let log = EventLog::on("signals.wake");
    let dispatch = |script: &str| {
        js(script);
        log.take()
    };
    let shown = |is_persisted: bool| {
        format!(
            "dispatchEvent(new PageTransitionEvent('pageshow', {{ persisted: {is_persisted} }}))"
        )
    };
    assert_eq!(dispatch("dispatchEvent(new Event('online'))"), [PageEvent::Online]);
    assert_eq!(dispatch("dispatchEvent(new Event('offline'))"), []);
    assert_eq!(dispatch(&shown(true)), [PageEvent::Restored]);
    assert_eq!(dispatch(&shown(false)), []);
    for (state, expected) in [("visible", vec![PageEvent::Visible]), ("hidden", Vec::new())] {
        let _stubs = [
            Stub::new("document", "visibilityState", &format!("{{ value: '{state}' }}")),
            hidden(state == "hidden"),
        ];
        assert_eq!(dispatch(VISIBILITY_CHANGE), expected);
    }
}

/// As the browser sends it.
const VISIBILITY_CHANGE: &str = "EventTarget.prototype.dispatchEvent.call(
    document, new Event('visibilitychange', { bubbles: true }))";

fn hidden(is_hidden: bool) -> Stub {
    Stub::new("Document.prototype", "hidden", &format!("{{ get: () => {is_hidden} }}"))
}

#[wasm_bindgen_test]
fn r135_images_called_as_members_of_the_document_hide_nothing() {
    js("document.body.insertAdjacentHTML('beforeend', `<p id=hostile>
        <img name=hidden><img name=addEventListener><img name=removeEventListener></p>`)");
    assert_js("document.hidden.localName === 'img' && !document.addEventListener.call");
    let uncaught = Uncaught::watched();
    let log = EventLog::on("signals.hostile");
    for (is_hidden, expected) in [(true, vec![]), (false, vec![PageEvent::Visible])] {
        let _stub = hidden(is_hidden);
        js(VISIBILITY_CHANGE);
        assert_eq!(log.take(), expected, "hidden: {is_hidden}");
    }
    let EventLog { events, page_events } = log;
    drop(page_events);
    let _stub = hidden(false);
    js(VISIBILITY_CHANGE);
    assert!(events.borrow().is_empty());
    uncaught.are_none();
    js("hostile.remove()");
}

/// Apps send such events themselves, and not always of the right class.
#[wasm_bindgen_test]
fn r134_an_event_of_the_wrong_class_does_not_panic() {
    let uncaught = Uncaught::watched();
    let log = EventLog::on("signals.plain");
    js("dispatchEvent(new Event('storage'));
        dispatchEvent(new CustomEvent('storage', { detail: { key: 7 } }))");
    assert_eq!(log.take(), [PageEvent::StoreChanged; 2]);
    uncaught.are_none();
}

#[wasm_bindgen_test]
async fn no_event_arrives_after_the_end() {
    let uncaught = Uncaught::watched();
    let control = EventLog::on("signals.end");
    let EventLog { events, page_events } = EventLog::on("signals.end");
    page_events.wake_at(Some(Browser.now()));
    drop(page_events);
    js("dispatchEvent(new Event('online'));
        dispatchEvent(new StorageEvent('storage', { key: 'signals.end' }));
        dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
        document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
        globalThis.channel = new BroadcastChannel('signals.end');
        channel.postMessage(1)");
    until("the control has received all", async || control.events.borrow().len() == 5).await;
    control.wake_in(20);
    control.receives(PageEvent::Timer).await;
    assert!(events.borrow().is_empty());
    uncaught.are_none();
    js("channel.close()");
}

/// Signing out in a handler closes the client, and with it the listener that is being called.
#[wasm_bindgen_test]
async fn r134_a_listener_may_end_itself() {
    let uncaught = Uncaught::watched();
    for signal in [PageEvent::Online, PageEvent::StoreChanged, PageEvent::Timer] {
        let own = Rc::<RefCell<Option<BrowserPageEvents>>>::default();
        let count = Rc::new(Cell::new(0));
        let (slot, counter) = (own.clone(), count.clone());
        let handler = move |_| {
            drop(slot.take());
            counter.set(counter.get() + 1);
        };
        let page_events = Browser.listen("signals.self", Rc::new(handler));
        page_events.wake_at((signal == PageEvent::Timer).then(|| Browser.now()));
        *own.borrow_mut() = Some(page_events);
        let other = EventLog::on("signals.self");
        match signal {
            PageEvent::Online => drop(js("dispatchEvent(new Event('online'))")),
            PageEvent::StoreChanged => other.page_events.broadcast_change(),
            _ => {}
        }
        until("called", async || count.get() == 1).await;
        js("dispatchEvent(new Event('online'))");
        other.wake_in(20);
        other.receives(PageEvent::Timer).await;
        assert_eq!(count.get(), 1);
    }
    uncaught.are_none();
}

/// A subscriber of an app may send such an event itself: a hook for `localStorage` often does.
#[wasm_bindgen_test]
fn r134_an_event_during_an_event_arrives() {
    let uncaught = Uncaught::watched();
    let depth = Rc::new(Cell::new(0));
    let counter = depth.clone();
    let _page_events = Browser.listen(
        "signals.nested",
        Rc::new(move |_| {
            counter.set(counter.get() + 1);
            if counter.get() < 3 {
                js("dispatchEvent(new StorageEvent('storage', { key: 'signals.nested' }))");
            }
        }),
    );
    js("dispatchEvent(new Event('online'))");
    uncaught.are_none();
    assert_eq!(depth.get(), 3);
}

#[wasm_bindgen_test]
fn a_browser_without_channels_still_emits_events_of_its_page() {
    let _stub =
        Stub::new("window", "BroadcastChannel", "{ value: function () { throw new Error() } }");
    let log = EventLog::on("signals.none");
    log.page_events.broadcast_change();
    js("dispatchEvent(new Event('online'))");
    assert_eq!(log.take(), [PageEvent::Online]);
}
