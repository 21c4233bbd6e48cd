//! Requests to APIs, one for each button.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use basic_oauth::yew::{Auth, use_auth};
use serde::{Deserialize, Serialize};
use yew::prelude::*;

/// The properties of [`Api`].
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ApiProps {
    pub(crate) url: AttrValue,
}

type Answer = Pin<Box<dyn Future<Output = String>>>;

/// A button for each request, and the result of the last one.
#[component]
pub(crate) fn Api(props: &ApiProps) -> Html {
    let auth = use_auth();
    let result = use_state(String::new);
    let running = use_mut_ref(|| None::<Answer>);
    let button = |name: &'static str, url: &AttrValue, ask: fn(Auth, String) -> Answer| {
        let (auth, result, url) = (auth.clone(), result.clone(), url.to_string());
        let running: Rc<RefCell<Option<Answer>>> = running.clone();
        let onclick = move |_| {
            running.replace(Some(ask(auth.clone(), url.clone())));
            let (running, result) = (running.clone(), result.clone());
            yew::platform::spawn_local(async move {
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
        html! { <button data-testid={name} {onclick}>{ name }</button> }
    };
    let own = AttrValue::from("/own.json");
    html! {
        <main>
            { button("save", &props.url, |auth, url| Box::pin(save(auth, url))) }
            { button("misread", &props.url, |auth, url| Box::pin(misread(auth, url))) }
            { button("own", &own, |auth, url| Box::pin(read_own(auth, url))) }
            <button data-testid="drop" onclick={move |_| drop(running.take())}>{ "drop" }</button>
            <output data-testid="result">{ &*result }</output>
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
