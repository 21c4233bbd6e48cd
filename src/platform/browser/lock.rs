//! Locks that all tabs of this origin share, by the Web Locks API. Its bindings are here because
//! those in web-sys are unstable.

use std::time::Duration;

use js_sys::{Function, Object, Promise};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::error::name_of;
use super::fetch::{bare, deferred, get, set, timeout};
use super::window;
use crate::platform::{Locked, Task};

#[wasm_bindgen]
extern "C" {
    type LockManager;

    #[wasm_bindgen(method, catch)]
    fn request(
        this: &LockManager,
        name: &str,
        options: &Object,
        granted: &Function,
    ) -> Result<Promise, JsValue>;
}

/// A lock that is held. Dropping it releases it.
#[derive(Debug)]
pub struct LockGuard {
    release: Function,
    _granted: Closure<dyn FnMut(JsValue) -> Promise>,
}

impl Drop for LockGuard {
    fn drop(&mut self) {
        let _ = self.release.call0(&JsValue::UNDEFINED);
    }
}

/// Waits for a lock. The browser frees the lock of a page that dies.
pub(super) fn acquire(name: &str, wait: Duration) -> Task<Locked<LockGuard>> {
    let asked = ask(name, wait);
    Box::pin(async move {
        let Some((guard, granted)) = asked else { return Locked::Unavailable };
        match JsFuture::from(granted).await {
            Ok(_) => Locked::Held(guard),
            Err(thrown) if name_of(&thrown).as_deref() == Some("TimeoutError") => Locked::TimedOut,
            Err(_) => Locked::Unavailable,
        }
    })
}

/// Returns the guard, and a promise that it holds the lock; `None` if the browser has no locks.
fn ask(name: &str, wait: Duration) -> Option<(LockGuard, Promise)> {
    let locks = locks()?;
    let (held, release) = deferred();
    let (is_granted, grant) = deferred();
    // Made before the first wait. A caller that stops waiting drops it, and so never holds the
    // lock.
    let guard = LockGuard {
        release,
        _granted: Closure::new(move |_| {
            let _ = grant.call0(&JsValue::UNDEFINED);
            held.clone()
        }),
    };
    let options = bare();
    set(&options, "signal", timeout(wait).into());
    let granted = guard._granted.as_ref().unchecked_ref();
    let request = locks.request(name, &options, granted).ok()?;
    // The request itself ends when the lock is released, or when it is not granted in time.
    let granted = Promise::race(&js_sys::Array::of2(&is_granted, &request));
    Some((guard, granted))
}

fn locks() -> Option<LockManager> {
    let locks = get(&window()?.navigator(), "locks");
    locks.is_object().then(|| locks.unchecked_into())
}
