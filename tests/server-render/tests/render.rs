//! What a server renders: the state `loading`, the same for all users.
#![cfg(not(target_arch = "wasm32"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use expect_test::expect_file;
use leptos::prelude::*;
use server_render::{CLIENT_ID, leptos_app, yew_app};
use yew::ServerRenderer;

async fn yew_page<App>() -> String
where
    App: yew::BaseComponent,
    App::Properties: Default + Send,
{
    ServerRenderer::<App>::new().render().await
}

fn leptos_page<View: IntoView + 'static>(app: fn() -> View) -> String {
    let owner = Owner::new_root(None);
    owner.with(|| app().into_view().to_html())
}

fn assert_loading(html: &str) {
    assert!(html.contains("loading") && html.contains("unknown"), "{html}");
    // Each button has its label, and its room until it is drawn.
    for part in ["Enter</canvas>", "Own label", " height=\"40\"", " slot=\"room\""] {
        assert!(html.contains(part), "{part} in {html}");
    }
    for word in ["signed in", "signed out", "known<", CLIENT_ID, "token", "style"] {
        let without = html.replace("unknown<", "");
        assert!(!without.contains(word), "{word} in {html}");
    }
}

#[tokio::test]
async fn r146_yew_renders_loading_and_nothing_of_the_configuration() {
    let html = yew_page::<yew_app::App>().await;
    assert_loading(&html);
    // The tests in the browser hydrate this text. `UPDATE_EXPECT=1` writes it anew.
    expect_file!["../fixtures/yew.html"].assert_eq(&html);
}

#[test]
fn r146_leptos_renders_loading_and_nothing_of_the_configuration() {
    let html = leptos_page(leptos_app::App);
    assert_loading(&html);
    // The tests in the browser hydrate this text. `UPDATE_EXPECT=1` writes it anew.
    expect_file!["../fixtures/leptos.html"].assert_eq(&html);
}

#[tokio::test]
async fn a_guard_shows_no_page_on_a_server() {
    for html in [yew_page::<yew_app::Guarded>().await, leptos_page(leptos_app::Guarded)] {
        assert!(html.contains("One moment…") && !html.contains("Private"), "{html}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn r146_requests_at_the_same_time_share_nothing() {
    let (yew, leptos) = (yew_page::<yew_app::App>().await, leptos_page(leptos_app::App));
    let requests: Vec<_> = (0..32)
        .map(|_| {
            tokio::spawn(async {
                // Ends on another thread than it began on, as a server's requests do.
                let owner = Owner::new_root(None);
                let html = owner.with(|| leptos_app::App().into_view().to_html());
                tokio::task::yield_now().await;
                drop(owner);
                (yew_page::<yew_app::App>().await, html)
            })
        })
        .collect();
    for request in requests {
        assert_eq!(request.await.unwrap(), (yew.clone(), leptos.clone()));
    }
}
