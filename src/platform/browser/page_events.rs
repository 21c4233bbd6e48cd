//! What happens to the page, and the voice to the other tabs.

use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{BroadcastChannel, Event, EventTarget, PageTransitionEvent, StorageEvent};

use super::clock::Timer;
use super::prototype;
use crate::platform::{PageEvent, PageEvents};
use crate::time::UnixTime;

/// Listeners and a timer of one client, removed when dropped.
pub struct BrowserListening {
    targets: Vec<(EventTarget, &'static str)>,
    handler: Closure<dyn Fn(JsValue)>,
    channel: Option<BroadcastChannel>,
    timer: Timer,
}

impl BrowserListening {
    pub(super) fn start(name: &str, on_signal: Rc<dyn Fn(PageEvent)>) -> Self {
        let prefix = name.to_owned();
        let handler = Closure::new(move |event: JsValue| {
            if let Some(signal) = signal_of(event.unchecked_ref(), &prefix) {
                on_signal(signal);
            }
        });
        let channel = BroadcastChannel::new(name).ok();
        let mut targets: Vec<(EventTarget, &str)> = Vec::new();
        if let Some(window) = web_sys::window() {
            // `visibilitychange` bubbles up from the document, whose methods an
            // `<img name=addEventListener>` of the page hides. Those of the window stay.
            for name in &["visibilitychange", "online", "pagehide", "pageshow", "storage"] {
                targets.push((window.clone().into(), name));
            }
        }
        if let Some(channel) = &channel {
            targets.push((channel.clone().into(), "message"));
        }
        let page_events = Self { targets, handler, channel, timer: Timer::default() };
        for (target, name) in &page_events.targets {
            let _ = target.add_event_listener_with_callback(name, page_events.handler());
        }
        page_events
    }

    fn handler(&self) -> &Function {
        self.handler.as_ref().unchecked_ref()
    }
}

/// One closure for all events and the timer, which rings without one: each more costs bytes.
fn signal_of(event: &Event, prefix: &str) -> Option<PageEvent> {
    if event.is_undefined() {
        return Some(PageEvent::Timer);
    }
    match event.type_().as_str() {
        "online" => Some(PageEvent::Online),
        // A message says that the store has changed, and nothing else: whatever is in it is ignored,
        // because any script of this origin can send one.
        "message" => Some(PageEvent::StoreChanged),
        "pagehide" => Some(PageEvent::Left),
        "pageshow" => {
            let event = event.unchecked_ref::<PageTransitionEvent>();
            event.persisted().then_some(PageEvent::Restored)
        }
        "storage" => {
            // Without a key, everything was removed.
            let key = event.unchecked_ref::<StorageEvent>().key();
            let is_ours = key.is_none_or(|key| key.starts_with(prefix));
            is_ours.then_some(PageEvent::StoreChanged)
        }
        "visibilitychange" => {
            let is_hidden = prototype::get(web_sys::window()?.document()?.as_ref(), "hidden");
            (!is_hidden.is_truthy()).then_some(PageEvent::Visible)
        }
        _ => None,
    }
}

impl PageEvents for BrowserListening {
    fn wake_at(&self, at: Option<UnixTime>) {
        self.timer.set(at, self.handler());
    }

    fn broadcast_change(&self) {
        if let Some(channel) = &self.channel {
            let _ = channel.post_message(&JsValue::NULL);
        }
    }
}

impl Drop for BrowserListening {
    fn drop(&mut self) {
        self.timer.set(None, self.handler());
        for (target, name) in &self.targets {
            let _ = target.remove_event_listener_with_callback(name, self.handler());
        }
        if let Some(channel) = &self.channel {
            channel.close();
        }
    }
}

impl std::fmt::Debug for BrowserListening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BrowserListening")
    }
}
