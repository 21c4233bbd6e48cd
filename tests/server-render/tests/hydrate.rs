//! A browser takes over what a server rendered: the very text that `render.rs` keeps.
#![cfg(target_arch = "wasm32")]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

#[path = "hydrate/components.rs"]
mod components;
#[path = "hydrate/requests.rs"]
mod requests;

use gloo_timers::future::TimeoutFuture;
use server_render::{leptos_app, yew_app};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlElement, HtmlSlotElement};

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn yew_hydrates_and_nothing_is_rendered_twice() {
    let root = page(include_str!("../fixtures/yew.html"));
    let kept = root.query_selector("output").unwrap().unwrap();
    let room = Room::of(&root);
    let app = yew::Renderer::<yew_app::App>::with_root(root.clone()).hydrate();
    comes_alive(&root, &kept).await;
    room.assert_kept(&root);
    app.destroy();
    root.remove();
}

#[wasm_bindgen_test]
async fn leptos_hydrates_and_nothing_is_rendered_twice() {
    let root = page(include_str!("../fixtures/leptos.html"));
    let kept = root.query_selector("output").unwrap().unwrap();
    let room = Room::of(&root);
    let parent: HtmlElement = root.clone().unchecked_into();
    let app = leptos::mount::hydrate_from(parent, leptos_app::App);
    comes_alive(&root, &kept).await;
    room.assert_kept(&root);
    drop(app);
    root.remove();
}

#[wasm_bindgen_test]
async fn yew_starts_another_client_for_another_configuration_only() {
    let root = page("");
    let app = yew::Renderer::<yew_app::Switching>::with_root(root.clone()).render();
    until_shown(&root, "invalid-option").await;
    let button = root.query_selector("button").unwrap().unwrap();
    let button: HtmlElement = button.unchecked_into();
    button.click();
    until_shown(&root, "no error").await;
    let shown = yew_app::shown();
    // The same configuration, built anew.
    button.click();
    TimeoutFuture::new(250).await;
    assert_eq!(yew_app::shown(), shown, "another client started");
    // A client that has started before Yew renders is never shown as loading.
    let settled: Vec<_> = shown.into_iter().filter(|it| *it != "loading").collect();
    assert_eq!(settled, ["invalid-option", "no error"]);
    app.destroy();
    root.remove();
}

fn page(html: &str) -> Element {
    let document = web_sys::window().unwrap().document().unwrap();
    let root = document.create_element("div").unwrap();
    root.set_inner_html(html);
    document.body().unwrap().append_child(&root).unwrap();
    root
}

async fn until_shown(root: &Element, text: &str) {
    for _ in 0..200 {
        if root.text_content().unwrap().contains(text) {
            return;
        }
        TimeoutFuture::new(25).await;
    }
    panic!("{text} never came: {}", root.text_content().unwrap());
}

/// The room of the first button, and where the text below the buttons is.
struct Room {
    width: f64,
    below: f64,
}

impl Room {
    fn of(root: &Element) -> Self {
        let shown = |name| root.query_selector(name).unwrap().unwrap().get_bounding_client_rect();
        let name = if root.query_selector("[data-status]").unwrap().is_some() {
            "basic-sign-in-button"
        } else {
            "canvas"
        };
        Self { width: shown(name).width(), below: shown("output").top() }
    }

    /// The page has not moved since the server's text was shown, but for a few pixels: a server knows no
    /// font.
    fn assert_kept(&self, root: &Element) {
        let now = Self::of(root);
        let (width, below) = (now.width - self.width, now.below - self.below);
        assert!(width.abs() < 12.0 && below.abs() < 3.0, "{width} wider, {below} lower");
    }
}

/// The client starts, the state is known, and the elements are those of the server.
async fn comes_alive(root: &Element, kept: &Element) {
    until_shown(root, "signed out").await;
    let text = root.text_content().unwrap();
    assert!(text.contains("signed out") && !text.contains("loading"), "{text}");
    assert_eq!(kept.text_content().as_deref(), Some("known"));
    assert!(root.contains(Some(kept)), "the server's element was replaced");
    assert_eq!(root.query_selector_all("main").unwrap().length(), 1);

    let buttons = root.query_selector_all("basic-sign-in-button").unwrap();
    assert_eq!(buttons.length(), 2);
    // The first shows the text of the property, because its slot has no content. The room that the server
    // has sent is in no slot.
    let contents = ["", "Own label"];
    for (index, content) in contents.iter().enumerate() {
        let button: Element = buttons.get(index as u32).unwrap().unchecked_into();
        assert_eq!(button.get_attribute("data-status").as_deref(), Some("signed-out"));
        let shadow = button.shadow_root().unwrap();
        let slot = shadow.query_selector("slot").unwrap().unwrap();
        assert_eq!(slot.text_content().as_deref(), Some(["Enter", "Sign in with Basic"][index]));
        let slot: HtmlSlotElement = slot.unchecked_into();
        let shown: String = slot
            .assigned_nodes()
            .iter()
            .map(|node| node.unchecked_into::<Element>().text_content().unwrap_or_default())
            .collect();
        assert_eq!(shown, *content);
    }
}
