//! The button in the browser: a shadow tree on the element that a framework renders.
//!
//! It is created node by node and styled by a constructed sheet, so that it needs no exception from
//! `style-src 'self'` or Trusted Types. No style of the page reaches into it.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use js_sys::{Array, Function, Object, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{CssStyleSheet, Element};

use super::view::view;
use super::{ButtonProps, SignedInAction};
use crate::client::Subscription;
use crate::config::SignInOptions;
#[cfg(feature = "openid")]
use crate::config::SignOutOptions;
use crate::platform::browser::prototype;
use crate::session::AuthState;
use crate::ui::Connection;

const CSS: &str = include_str!("../../../pkg-template/button-shadow.css");
const HTML: &str = "http://www.w3.org/1999/xhtml";
const SVG: &str = "http://www.w3.org/2000/svg";

/// A button that is attached to an element, until it is dropped.
pub(crate) struct Button {
    inner: Rc<Inner>,
    press: Closure<dyn FnMut()>,
    _subscription: Subscription,
}

struct Inner {
    connection: Connection,
    props: RefCell<ButtonProps>,
    is_busy: Cell<bool>,
    /// The state whose events the app has received.
    notified: RefCell<Rc<AuthState>>,
    host: Element,
    button: Element,
    initial: Element,
    slot: Element,
    sign_out: Element,
    failure: Element,
}

impl Button {
    /// Attaches the button to `host`. Returns `None` if the browser does not support this.
    pub(crate) fn new(host: &Element, connection: &Connection, props: ButtonProps) -> Option<Self> {
        let inner = Rc::new(Inner::build(host, connection.clone(), props).ok()?);
        let weak = Rc::downgrade(&inner);
        let press = Closure::<dyn FnMut()>::new(move || pressed(&weak));
        let listener = press.as_ref().unchecked_ref();
        inner.button.add_event_listener_with_callback("click", listener).ok()?;
        let weak = Rc::downgrade(&inner);
        let subscription = connection.subscribe(move |_| {
            if let Some(inner) = weak.upgrade() {
                inner.update();
                inner.notify();
            }
        });
        inner.update();
        inner.notify();
        Some(Self { inner, press, _subscription: subscription })
    }

    /// Sets the properties.
    pub(crate) fn set_props(&self, props: ButtonProps) {
        self.inner.props.replace(props);
        self.inner.update();
    }
}

impl Drop for Button {
    fn drop(&mut self) {
        let listener = self.press.as_ref().unchecked_ref();
        let _ = self.inner.button.remove_event_listener_with_callback("click", listener);
    }
}

impl Inner {
    fn build(host: &Element, connection: Connection, props: ButtonProps) -> Result<Self, JsValue> {
        let root = match host.shadow_root() {
            // A framework may reuse an element.
            Some(root) => root,
            None => {
                // Without a prototype: a polluted one would add options.
                let init: Object = Object::create(JsValue::NULL.unchecked_ref());
                Reflect::set(&init, &"mode".into(), &"open".into())?;
                Reflect::set(&init, &"delegatesFocus".into(), &true.into())?;
                host.attach_shadow(init.unchecked_ref())?
            }
        };
        root.set_text_content(None);
        root.set_adopted_style_sheets(&Array::of1(&sheet()?.into()));
        let button = node(
            &root,
            HTML,
            "button",
            &[("type", "button"), ("part", "button"), ("dir", "auto")],
        )?;
        let hidden = ("aria-hidden", "true");
        let initial = node(&button, HTML, "span", &[("part", "initial"), hidden])?;
        let logo =
            node(&button, SVG, "svg", &[("part", "logo"), ("viewBox", "0 0 24 24"), hidden])?;
        node(&logo, SVG, "path", &[("d", "M6 2v13")])?;
        node(&logo, SVG, "circle", &[("cx", "12"), ("cy", "15"), ("r", "6")])?;
        let label = node(&button, HTML, "span", &[("part", "label")])?;
        Ok(Self {
            slot: node(&label, HTML, "slot", &[])?,
            sign_out: node(&button, HTML, "span", &[("part", "sign-out")])?,
            failure: node(
                &root,
                HTML,
                "span",
                &[("part", "error"), ("role", "status"), ("dir", "auto")],
            )?,
            host: host.clone(),
            is_busy: Cell::new(false),
            notified: RefCell::default(),
            props: RefCell::new(props),
            connection,
            button,
            initial,
        })
    }

    fn update(&self) {
        let props = self.props.borrow();
        let state = self.connection.state();
        let is_busy = self.is_busy.get();
        let view = view(&state, &props, is_busy, &self.lang());
        for (name, value) in props.attributes() {
            set(&self.host, name, Some(value).filter(|value| !value.is_empty()));
        }
        set(&self.host, "data-status", Some(view.status));
        set(&self.slot, "name", Some(view.slot));
        self.slot.set_text_content(Some(view.label));
        self.initial.set_text_content(Some(view.initial));
        self.sign_out.set_text_content(Some(view.sign_out));
        self.failure.set_text_content(Some(view.failure));
        set(&self.button, "disabled", props.is_disabled.then_some(""));
        let busy = Some(if is_busy { "true" } else { "false" });
        set(&self.button, "aria-busy", busy);
        set(&self.button, "aria-disabled", busy);
    }

    /// Emits what has changed.
    fn notify(&self) {
        let state = self.connection.state();
        let before = self.notified.replace(state.clone());
        // Not borrowed while a function of the app runs, which may render this button.
        let handlers = self.props.borrow().handlers.clone();
        for handler in handlers.iter().flatten() {
            handler(&before, &state);
        }
    }

    /// Returns the language of the nearest `lang` attribute; empty if there is none.
    fn lang(&self) -> String {
        let nearest = self.host.closest("[lang]").ok().flatten();
        // An `<input name=getAttribute>` hides the method of the form around it.
        let lang = nearest.and_then(|element| call(&element, "getAttribute", &["lang"]).ok());
        lang.and_then(|lang| lang.as_string()).unwrap_or_default()
    }
}

fn pressed(inner: &Weak<Inner>) {
    let Some(inner) = inner.upgrade() else { return };
    if inner.is_busy.get() {
        return;
    }
    let connection = inner.connection.clone();
    let work = {
        let props = inner.props.borrow();
        match *connection.state() {
            AuthState::SignedIn { .. } => match props.signed_in_action {
                SignedInAction::None => return,
                SignedInAction::SignOut => connection.sign_out(),
                #[cfg(feature = "openid")]
                SignedInAction::SignOutEverywhere => connection.sign_out_with(SignOutOptions {
                    everywhere: true,
                    return_to: props.return_to.clone(),
                }),
            },
            AuthState::SignedOut { .. } => connection.sign_in(SignInOptions {
                return_to: props.return_to.clone(),
                ..SignInOptions::default()
            }),
            _ => return,
        }
    };
    inner.is_busy.set(true);
    inner.update();
    Connection::spawn(async move {
        work.await;
        inner.is_busy.set(false);
        inner.update();
    });
}

/// Returns the style sheet, which all buttons of the page share.
fn sheet() -> Result<CssStyleSheet, JsValue> {
    thread_local!(static SHEET: RefCell<Option<CssStyleSheet>> = const { RefCell::new(None) });
    SHEET.with_borrow_mut(|known| {
        if let Some(sheet) = known {
            return Ok(sheet.clone());
        }
        let sheet = CssStyleSheet::new()?;
        sheet.replace_sync(CSS)?;
        Ok(known.insert(sheet).clone())
    })
}

fn node(
    parent: &web_sys::Node,
    namespace: &str,
    name: &str,
    attributes: &[(&str, &str)],
) -> Result<Element, JsValue> {
    let document = parent.owner_document().ok_or(JsValue::NULL)?;
    // An `<img name=createElementNS>` of the page hides the document's method.
    let element: Element = call(&document, "createElementNS", &[namespace, name])?.unchecked_into();
    for (name, value) in attributes {
        element.set_attribute(name, value)?;
    }
    parent.append_child(&element)?;
    Ok(element)
}

/// Calls a method of the object's class, even if the object hides it.
fn call(object: &JsValue, method: &str, arguments: &[&str]) -> Result<JsValue, JsValue> {
    let method: Function = prototype::get(object, method).dyn_into()?;
    method.apply(object, &arguments.iter().copied().map(JsValue::from).collect())
}

/// Sets or removes an attribute. This fails for a malformed name only.
fn set(element: &Element, name: &str, value: Option<&str>) {
    let _ = match value {
        Some(value) => element.set_attribute(name, value),
        None => element.remove_attribute(name),
    };
}
