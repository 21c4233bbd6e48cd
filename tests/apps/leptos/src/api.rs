//! Requests to APIs, one for each button.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use basic_oauth::leptos::{Auth, use_auth};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};

type Answer = Pin<Box<dyn Future<Output = String>>>;

/// A button for each request, and the result of the last one.
#[component]
pub(crate) fn Api(url: String) -> impl IntoView {
    let auth = use_auth();
    let result = RwSignal::new(String::new());
    let running = Rc::new(RefCell::new(None::<Answer>));
    let button = |name: &'static str, url: &str, ask: fn(Auth, String) -> Answer| {
        let (running, url) = (running.clone(), url.to_owned());
        let on_click = move |_| {
            running.replace(Some(ask(auth, url.clone())));
            let running = running.clone();
            spawn_local(async move {
                // The request is dropped by the last button, not by this task.
                let answer = poll_fn(|context| match running.borrow_mut().as_mut() {
                    Some(answer) => answer.as_mut().poll(context).map(Some),
                    None => Poll::Ready(None),
                });
                if let Some(answer) = answer.await {
                    result.set(answer);
                }
            });
        };
        view! { <button data-testid=name on:click=on_click>{name}</button> }
    };
    view! {
        <main>
            {button("save", &url, |auth, url| Box::pin(save(auth, url)))}
            {button("misread", &url, |auth, url| Box::pin(misread(auth, url)))}
            {button("own", "/own.json", |auth, url| Box::pin(read_own(auth, url)))}
            <button data-testid="drop" on:click=move |_| drop(running.take())>"drop"</button>
            <output data-testid="result">{result}</output>
        </main>
    }
}

/// What is sent to the API.
#[derive(Serialize)]
struct Draft {
    title: &'static str,
}

/// What the API answers.
#[derive(Deserialize)]
struct Saved {
    id: u32,
}

/// What the API answers if it refuses.
#[derive(Deserialize)]
struct Refusal {
    reason: String,
}

/// The list of the API, with a field that does not exist.
#[derive(Deserialize)]
struct Misspelt {
    notes: Vec<MisspeltNote>,
}

#[derive(Deserialize)]
struct MisspeltNote {
    titel: String,
}

/// Sends a typed body, and describes the answer.
async fn save(auth: Auth, url: String) -> String {
    let request = auth.request("POST", &url).header("Accept", "application/json, */*;q=0.5");
    match request.json(&Draft { title: "A note" }).send::<Saved>().await {
        Ok(saved) => format!("saved as {}", saved.id),
        Err(failure) => {
            let reason = failure.body::<Refusal>().map(|refusal| refusal.reason);
            let code = failure.error().code().as_str();
            format!(
                "{code} {} {}",
                failure.status().unwrap_or_default(),
                reason.unwrap_or_default()
            )
        }
    }
}

/// Expects what the API does not send, and describes the error.
async fn misread(auth: Auth, url: String) -> String {
    match auth.fetch_json::<Misspelt>(&url).await {
        Ok(misspelt) => misspelt.notes.into_iter().map(|note| note.titel).collect(),
        Err(error) => error.message(),
    }
}

/// Requests a document of the app's own origin.
async fn read_own(auth: Auth, url: String) -> String {
    match auth.fetch_json::<Saved>(&url).await {
        Ok(saved) => format!("own {}", saved.id),
        Err(error) => error.message(),
    }
}
