//! The one class that the module exports.

use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::future_to_promise;

use super::{event, millis, options, state};
use crate::client::{BasicAuth, Subscription};
use crate::codec::{Url, UrlParser as _};
use crate::config::{Config, OnReturn, json};
use crate::error::{Error, ErrorCode, Result};
use crate::platform::Task;
use crate::platform::browser::{Browser, json_to_js};
#[cfg(feature = "openid")]
use crate::protocol::openid::challenge;
use crate::session::AuthState;

/// The class that the facade wraps. Each method clones its handle before it returns a promise, so that
/// the object may be freed while a promise is pending.
#[derive(Debug)]
#[wasm_bindgen]
pub struct Client {
    auth: BasicAuth<Browser>,
    _subscription: Subscription,
}

#[wasm_bindgen]
impl Client {
    /// Starts on a page that was loaded at `address`. `was_signed_in` says that the facade has shown a
    /// stored session already. Calls `on_change` with the state as a row of values,
    /// now and after each change.
    pub fn start(
        options: &JsValue,
        address: &str,
        was_signed_in: bool,
        on_change: Function,
        on_event: Option<Function>,
        on_return: &JsValue,
    ) -> Promise {
        let here = Browser.parse_url(address, None);
        let origin = here.as_ref().map_or("", Url::origin);
        let config = validated(options, on_event, on_return, origin);
        let started =
            config.map(|config| BasicAuth::start_at(Browser, config, here, was_signed_in));
        promise(Box::pin(async move {
            let auth = started?.await?;
            let show = move |state: &Rc<AuthState>| call(&on_change, &state::to_js(state));
            show(&auth.state());
            let subscription = auth.subscribe(show);
            Ok(Self { auth, _subscription: subscription }.into())
        }))
    }

    /// Returns milliseconds since the epoch, or zero.
    #[wasm_bindgen(getter, js_name = expiresAt)]
    pub fn expires_at(&self) -> f64 {
        millis(self.auth.expires_at().unwrap_or_default())
    }

    /// Returns milliseconds since the epoch, or zero.
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

    #[cfg(not(feature = "openid"))]
    #[wasm_bindgen(js_name = signOut)]
    pub fn sign_out(&self) -> Promise {
        let signing_out = self.auth.sign_out();
        promise(Box::pin(async move {
            signing_out.await?;
            Ok(JsValue::UNDEFINED)
        }))
    }

    #[cfg(feature = "openid")]
    #[wasm_bindgen(js_name = signOut)]
    pub fn sign_out(&self, options: &JsValue) -> Promise {
        let options = json::sign_out(&options::read(options));
        // A wrong option is told after the sign-out here.
        let signing_out = self.auth.sign_out_with(options.clone().unwrap_or_default());
        promise(Box::pin(async move {
            signing_out.await?;
            options?;
            Ok(JsValue::UNDEFINED)
        }))
    }

    /// Returns the claims of the ID token, or `undefined`.
    #[cfg(feature = "openid")]
    #[wasm_bindgen(getter)]
    pub fn claims(&self) -> JsValue {
        self.auth.id_token_claims().map_or(JsValue::UNDEFINED, |claims| json_to_js(&claims))
    }

    /// Returns the error that a `WWW-Authenticate` header stands for, or `undefined`.
    #[cfg(feature = "openid")]
    pub fn challenge(header: &str) -> JsValue {
        challenge::error(header).map_or(JsValue::UNDEFINED, Into::into)
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

    /// Returns the other members of the token response, or `undefined`.
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

/// Makes a promise. One type of future for all methods: each further type adds its code.
fn promise(work: Task<Result<JsValue, JsValue>>) -> Promise {
    future_to_promise(work)
}

/// Validates the options for a page of this origin.
fn validated(
    options: &JsValue,
    on_event: Option<Function>,
    on_return: &JsValue,
    origin: &str,
) -> Result<Config> {
    let (on_event, on_return) = (on_event.map(event::listener), self::on_return(on_return)?);
    json::options(&options::read(options), on_event, on_return)?.validate(&Browser, origin)
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

/// Calls a function of the app. What it throws must not stop the client.
fn call(callback: &Function, argument: &JsValue) {
    let _ = callback.call1(&JsValue::UNDEFINED, argument);
}
