//! The one class the module exports.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Function, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::future_to_promise;

use super::{event, options, state};
use crate::client::{BasicAuth, Subscription};
use crate::config::{self, OnReturn};
use crate::platform::Task;
use crate::platform::browser::{Browser, json_to_js};
use crate::session::AuthState;
use crate::time::UnixTime;

/// What the facade wraps. Each method takes its own handle before it returns a promise, so that
/// freeing the object while a promise is pending is sound.
#[derive(Debug)]
#[wasm_bindgen]
pub struct Client {
    auth: BasicAuth<Browser>,
    /// One row for as long as one state lasts, as frameworks compare by identity.
    shown: RefCell<(Rc<AuthState>, Array)>,
    _subscription: Subscription,
}

#[wasm_bindgen]
impl Client {
    /// Begins; `on_change` is told that there is another state.
    pub fn start(
        options: &JsValue,
        on_change: Function,
        on_event: Option<Function>,
        on_return: Option<Function>,
    ) -> Promise {
        let config =
            config::options::config(&Browser, &options::read(options)).map(|mut config| {
                config.on_event = on_event.map(event::listener);
                config.on_return = on_return.map(|take_back| -> OnReturn {
                    Rc::new(move |path| call(&take_back, &path.into()))
                });
                config
            });
        promise(Box::pin(async move {
            let auth = BasicAuth::start(Browser, config?).await?;
            let subscription = auth.subscribe(move |_| call(&on_change, &JsValue::UNDEFINED));
            let now = auth.state();
            let shown = state::to_js(&now);
            let shown = RefCell::new((now, shown));
            Ok(Self { auth, shown, _subscription: subscription }.into())
        }))
    }

    /// Another row of values with each state.
    #[wasm_bindgen(getter)]
    pub fn state(&self) -> Array {
        let now = self.auth.state();
        let mut shown = self.shown.borrow_mut();
        if !Rc::ptr_eq(&shown.0, &now) {
            *shown = (now.clone(), state::to_js(&now));
        }
        shown.1.clone()
    }

    /// Milliseconds since the epoch, or zero.
    #[wasm_bindgen(getter, js_name = expiresAt)]
    pub fn expires_at(&self) -> f64 {
        millis(self.auth.expires_at().unwrap_or_default())
    }

    /// Milliseconds since the epoch, or zero.
    #[wasm_bindgen(getter, js_name = renewsAt)]
    pub fn renews_at(&self) -> f64 {
        millis(self.auth.renews_at().unwrap_or_default())
    }

    #[wasm_bindgen(js_name = signIn)]
    pub fn sign_in(&self, options: &JsValue) -> Promise {
        let options = config::options::sign_in(&options::read(options));
        let leaving = options.and_then(|options| self.auth.leave(options));
        promise(Box::pin(async move {
            leaving?.await?;
            Ok(JsValue::UNDEFINED)
        }))
    }

    #[wasm_bindgen(js_name = signOut)]
    pub fn sign_out(&self) -> Promise {
        let signing_out = self.auth.sign_out();
        promise(Box::pin(async move {
            signing_out.await?;
            Ok(JsValue::UNDEFINED)
        }))
    }

    #[wasm_bindgen(js_name = getToken)]
    pub fn token(&self) -> Promise {
        let auth = self.auth.clone();
        promise(Box::pin(async move { Ok(auth.token().await?.expose().into()) }))
    }

    pub fn fetch(&self, input: &JsValue, init: &JsValue) -> Promise {
        let auth = self.auth.clone();
        let request = options::request(input, init);
        promise(Box::pin(async move { Ok(auth.fetch(request?).await?.into()) }))
    }

    pub fn user(&self) -> Promise {
        let auth = self.auth.clone();
        promise(Box::pin(async move { Ok(json_to_js(auth.user().await?.as_json())) }))
    }

    #[wasm_bindgen(js_name = hasScope)]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.auth.has_scope(scope)
    }

    pub fn close(&self) {
        self.auth.close();
    }
}

/// One kind of future for all methods: each more costs its code.
fn promise(work: Task<Result<JsValue, JsValue>>) -> Promise {
    future_to_promise(work)
}

/// What a callback of the app throws is not ours: it must not stop the client.
fn call(callback: &Function, argument: &JsValue) {
    let _ = callback.call1(&JsValue::UNDEFINED, argument);
}

#[allow(clippy::cast_precision_loss, reason = "milliseconds of this era are exact in a double")]
pub(super) fn millis(time: UnixTime) -> f64 {
    time.as_millis() as f64
}
