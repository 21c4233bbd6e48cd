//! The page of the tests: scripts in it, and properties that hold something else for a while.

use std::cell::RefCell;
use std::future::poll_fn;
use std::panic;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::sync::Once;
use std::task::Poll;

use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

/// What a script comes to.
#[track_caller]
pub(crate) fn js(script: &str) -> JsValue {
    js_sys::eval(script).unwrap_or_else(|thrown| panic!("{script}: {thrown:?}"))
}

/// What the promise of a script comes to.
pub(crate) async fn awaited(script: &str) -> JsValue {
    JsFuture::from(Promise::resolve(&js(script))).await.expect("fulfilled")
}

#[track_caller]
pub(crate) fn assert_js(script: &str) {
    assert!(js(script).is_truthy(), "{script}");
}

/// Lets the page do what it has to do.
pub(crate) async fn pause(millis: u32) {
    awaited(&format!("new Promise(done => setTimeout(done, {millis}))")).await;
}

/// Waits for what happens sooner or later.
pub(crate) async fn until(what: &str, mut has_happened: impl AsyncFnMut() -> bool) {
    for _ in 0..1_000 {
        if has_happened().await {
            return;
        }
        pause(10).await;
    }
    panic!("never: {what}");
}

/// Begins a task, and does not wait for it.
pub(crate) async fn begin<T>(task: &mut Pin<Box<dyn Future<Output = T>>>) {
    poll_fn(|context| {
        assert!(task.as_mut().poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
}

/// A property that holds something else until this is dropped, or until the test fails.
pub(crate) struct Stub(Rc<Property>);

impl Stub {
    /// `descriptor` is what `Object.defineProperty` takes.
    #[track_caller]
    pub(crate) fn new(object: &str, name: &str, descriptor: &str) -> Self {
        restore_when_a_test_fails();
        let (object, name) = (js(object).unchecked_into(), JsValue::from(name));
        let before = Object::get_own_property_descriptor(&object, &name);
        let descriptor = js(&format!("({{ configurable: true, ...{descriptor} }})"));
        define(&object, &name, &descriptor);
        let property = Rc::new(Property { object, name, before });
        STUBBED.with_borrow_mut(|stubbed| stubbed.push(Rc::downgrade(&property)));
        Self(property)
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.0.restore();
    }
}

struct Property {
    object: Object,
    name: JsValue,
    before: JsValue,
}

impl Property {
    fn restore(&self) {
        define(&self.object, &self.name, &self.before);
    }
}

/// Removed first: optimised code in WebKit does not see that a property of `window` became another.
fn define(object: &Object, name: &JsValue, descriptor: &JsValue) {
    let _ = Reflect::delete_property(object, name);
    if !descriptor.is_undefined() {
        Object::define_property(object, name, descriptor.unchecked_ref());
    }
}

thread_local!(static STUBBED: RefCell<Vec<Weak<Property>>> = const { RefCell::new(Vec::new()) });

/// A panic is a trap here, and drops nothing: the next tests would run in the stubs of this one.
fn restore_when_a_test_fails() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let report = panic::take_hook();
        panic::set_hook(Box::new(move |failure| {
            for property in STUBBED.take().iter().rev().filter_map(Weak::upgrade) {
                property.restore();
            }
            report(failure);
        }));
    });
}
