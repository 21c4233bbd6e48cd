//! The one class the module exports.

use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::future_to_promise;

use super::{event, millis, options, state};
use crate::client::{BasicAuth, Subscription};
use crate::codec::UrlParser as _;
use crate::config::{Config, OnReturn, json};
use crate::error::{Error, ErrorCode, Result};
use crate::platform::Task;
use crate::platform::browser::{Browser, json_to_js};
use crate::session::AuthState;

/// What the facade wraps. Each method takes its own handle before it returns a promise, so that
/// freeing the object while a promise is pending is sound.
#[derive(Debug)]
#[wasm_bindgen]
pub struct Client {
    auth: BasicAuth<Browser>,
    _subscription: Subscription,
}

#[wasm_bindgen]
impl Client {
    /// Begins on a page that was loaded at `address`; `on_change` is given the state as a row of values,
    /// and each one that follows.
    pub fn start(
        options: &JsValue,
        address: &str,
        on_change: Function,
        on_event: Option<Function>,
        on_return: &JsValue,
    ) -> Promise {
        let config = validated(options, on_event, on_return);
        let started = config
            .map(|config| BasicAuth::start_at(Browser, config, Browser.parse_url(address, None)));
        promise(Box::pin(async move {
            let auth = started?.await?;
            let show = move |state: &Rc<AuthState>| call(&on_change, &state::to_js(state));
            show(&auth.state());
            let subscription = auth.subscribe(show);
            Ok(Self { auth, _subscription: subscription }.into())
        }))
    }

    /// Milliseconds since the epoch, or zero.
    #[wasm_bindgen(getter, js_name = expiresAt)]
    pub fn expires_at(&self) -> f64 {
        millis(self.auth.expires_at().unwrap_or_default())
    }

    /// Milliseconds since the epoch, or zero.
    #[wasm_bindgen(getter, js_name = refreshesAt)]
    pub fn refreshes_at(&self) -> f64 {
        millis(self.auth.refreshes_at().unwrap_or_default())
    }

    #[wasm_bindgen(js_name = signIn)]
    pub fn sign_in(&self, options: &JsValue) -> Promise {
        let options = json::sign_in(&options::read(options));
        let leaving = options.and_then(|options| self.auth.start_redirect(&options));
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

    pub fn user(&self, is_reload: bool) -> Promise {
        let auth = self.auth.clone();
        promise(Box::pin(async move { Ok(json_to_js(auth.read_user(is_reload).await?.as_json())) }))
    }

    /// The other members of the token response, or `undefined`.
    #[wasm_bindgen(getter, js_name = tokenExtras)]
    pub fn token_extras(&self) -> JsValue {
        self.auth.token_extras().as_json().map_or(JsValue::UNDEFINED, json_to_js)
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

/// Validates the options. In JavaScript, a redirect URI is never a path.
fn validated(options: &JsValue, on_event: Option<Function>, on_return: &JsValue) -> Result<Config> {
    let mut options = json::options(&options::read(options))?;
    if let Some(callback) = on_event {
        options = options.listener(event::listener(callback));
    }
    options.on_return(self::on_return(on_return)?).validate(&Browser, "")
}

/// Reads the option: a function, the word `load`, or absent.
fn on_return(option: &JsValue) -> Result<OnReturn> {
    if option.is_undefined() || option.is_null() {
        return Ok(OnReturn::Router);
    }
    if option.as_string().as_deref() == Some("load") {
        return Ok(OnReturn::Load);
    }
    match option.dyn_ref::<Function>().cloned() {
        Some(take_back) => Ok(OnReturn::Call(Rc::new(move |path| call(&take_back, &path.into())))),
        None => Err(Error::new(ErrorCode::InvalidOption).with_detail("onReturn")),
    }
}

/// What a callback of the app throws is not ours: it must not stop the client.
fn call(callback: &Function, argument: &JsValue) {
    let _ = callback.call1(&JsValue::UNDEFINED, argument);
}
