//! The page's events, and the channel to the other tabs.

use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{BroadcastChannel, Event, EventTarget, PageTransitionEvent, StorageEvent};

use super::clock::Timer;
use super::{prototype, window};
use crate::platform::{PageEvent, PageEvents};
use crate::time::UnixTime;

/// The listeners and the timer of one client. Dropping it removes them.
pub struct BrowserPageEvents {
    targets: Vec<(EventTarget, &'static str)>,
    handler: Closure<dyn Fn(JsValue)>,
    channel: Option<BroadcastChannel>,
    timer: Timer,
}

impl BrowserPageEvents {
    pub(super) fn start(name: &str, on_event: Rc<dyn Fn(PageEvent)>) -> Self {
        let prefix = name.to_owned();
        let handler = Closure::new(move |event: JsValue| {
            if let Some(event) = page_event(event.unchecked_ref(), &prefix) {
                on_event(event);
            }
        });
        let channel = BroadcastChannel::new(name).ok();
        let mut targets: Vec<(EventTarget, &str)> = Vec::new();
        if let Some(window) = window() {
            // `visibilitychange` bubbles up from the document. An `<img name=addEventListener>` of
            // the page hides the method of the document, but not that of the window.
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

/// Returns what happened. One closure serves all events and the timer, which calls it without an
/// event. A second closure makes the npm package 141 bytes larger.
fn page_event(event: &Event, prefix: &str) -> Option<PageEvent> {
    if event.is_undefined() {
        return Some(PageEvent::Timer);
    }
    match event.type_().as_str() {
        "online" => Some(PageEvent::Online),
        // A message means that the store has changed. Its content is ignored, because any script of
        // this origin can send one.
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
            let is_hidden = prototype::get(window()?.document()?.as_ref(), "hidden");
            (!is_hidden.is_truthy()).then_some(PageEvent::Visible)
        }
        _ => None,
    }
}

impl PageEvents for BrowserPageEvents {
    fn wake_at(&self, at: Option<UnixTime>) {
        self.timer.set(at, self.handler());
    }

    fn broadcast_change(&self) {
        if let Some(channel) = &self.channel {
            let _ = channel.post_message(&JsValue::NULL);
        }
    }
}

impl Drop for BrowserPageEvents {
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

impl std::fmt::Debug for BrowserPageEvents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BrowserPageEvents")
    }
}
