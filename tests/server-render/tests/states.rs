//! Every component of both frameworks in every state, rendered natively with a state that the test sets.
#![cfg(not(target_arch = "wasm32"))]
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::panic)]

use basic_oauth::{ErrorCode, Json, SignedOutReason, User};

/// What a test sets.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Loading,
    Known,
    /// The user information is not known.
    Nameless,
    /// The session is kept, and something else has failed.
    Failed,
    Absent,
    Declined,
}

use State::{Absent, Declined, Failed, Known, Loading, Nameless};

const ALL: [State; 6] = [Loading, Known, Nameless, Failed, Absent, Declined];

fn ada() -> Option<User> {
    User::from_json(Json::object([
        ("sub", "did:ada".into()),
        ("name", "Ada".into()),
        ("age", Json::Number(36.0)),
        ("tags", Json::Array(vec!["a".into(), "b".into()])),
    ]))
}

/// The user information as a type of the app.
#[derive(Clone, Debug, serde::Deserialize)]
struct Profile {
    name: String,
    age: u8,
    tags: Vec<String>,
    picture: Option<String>,
}

impl Profile {
    fn text(&self) -> String {
        let tags = self.tags.join("");
        let picture = self.picture.as_deref().unwrap_or("none");
        format!("{} {} {tags} {picture}", self.name, self.age)
    }
}

/// The same value for either framework, which have an `Auth` each.
macro_rules! auth {
    ($auth:ident, $state:expr) => {
        match $state {
            Loading => $auth::loading(),
            Known => $auth::signed_in(ada()).with_scope("app:notes profile"),
            Nameless => $auth::signed_in(None),
            Failed => $auth::signed_in(ada()).with_error(Error::new(ErrorCode::NetworkError)),
            Absent => $auth::signed_out(SignedOutReason::Never),
            Declined => $auth::signed_out(SignedOutReason::Never)
                .with_error(Error::new(ErrorCode::AccessDenied)),
        }
    };
}

mod in_yew {
    use basic_oauth::yew::*;
    use basic_oauth::{Error, Event};
    use yew::prelude::{Html, Properties, component, html};

    use super::*;

    #[derive(PartialEq, Properties)]
    pub struct Props {
        pub state: Wrapped,
        pub part: &'static str,
    }

    #[derive(Clone, Copy, PartialEq)]
    pub struct Wrapped(pub State);

    #[component]
    fn Page(props: &Props) -> Html {
        let auth = auth!(Auth, props.state.0);
        html! { <FakeAuthProvider {auth}><Part part={props.part} /></FakeAuthProvider> }
    }

    #[derive(PartialEq, Properties)]
    struct PartProps {
        part: &'static str,
    }

    #[component]
    fn Part(props: &PartProps) -> Html {
        match props.part {
            "SignInButton" => html! { <SignInButton /> },
            "AuthCallback" => html! { <AuthCallback loading="wait">{ "inside" }</AuthCallback> },
            "AuthError" => html! { <AuthError /> },
            "AuthError render" => {
                let render = |error: Error| html! { <b>{ error.code().as_str() }</b> };
                html! { <AuthError {render} /> }
            }
            "SignInLink" => {
                html! { <SignInLink return_to="/notes" class="quiet">{ "enter" }</SignInLink> }
            }
            "AuthDebug" => html! { <Debug /> },
            "RequireAuth" => html! { <RequireAuth loading="wait">{ "inside" }</RequireAuth> },
            "RequireAuth fallback" => {
                let fallback = html! { "own page" };
                html! { <RequireAuth loading="wait" {fallback}>{ "inside" }</RequireAuth> }
            }
            "SignedIn" => html! { <SignedIn>{ "inside" }</SignedIn> },
            "SignedOut" => html! { <SignedOut>{ "inside" }</SignedOut> },
            "AuthLoading" => html! { <AuthLoading>{ "inside" }</AuthLoading> },
            "use_user" => html! { <UseUser /> },
            "use_claims" => html! { <UseClaims /> },
            "use_signed_in" => html! { <UseSignedIn /> },
            other => panic!("{other}"),
        }
    }

    #[component]
    fn Debug() -> Html {
        let log = EventLog::new();
        log.listener()(&Event::SignedIn);
        html! { <AuthDebug {log} /> }
    }

    #[component]
    fn UseUser() -> Html {
        let profile = use_user::<Profile>();
        html! { profile.map_or("unknown".into(), |profile| profile.text()) }
    }

    #[component]
    fn UseClaims() -> Html {
        let claims = use_claims::<Profile>();
        html! { claims.map_or("no claims", |_| "claims") }
    }

    #[component]
    fn UseSignedIn() -> Html {
        let user = use_signed_in();
        html! { format!("{}|{}", user.subject(), user.name().unwrap_or("you")) }
    }

    pub async fn page(part: &'static str, state: State) -> String {
        let props = move || Props { state: Wrapped(state), part };
        yew::ServerRenderer::<Page>::with_props(props).hydratable(false).render().await
    }
}

mod in_leptos {
    use basic_oauth::leptos::*;
    use basic_oauth::{Error, Event};
    use leptos::prelude::*;

    use super::*;

    pub fn page(part: &'static str, state: State) -> String {
        let owner = Owner::new_root(None);
        owner.with(|| {
            provide_fake_auth(auth!(Auth, state));
            let html = match part {
                "SignInButton" => view! { <SignInButton /> }.to_html(),
                "AuthCallback" => {
                    view! { <AuthCallback loading=|| "wait">"inside"</AuthCallback> }.to_html()
                }
                "AuthError" => view! { <AuthError /> }.to_html(),
                "AuthError render" => {
                    let render = |error: Error| view! { <b>{error.code().as_str()}</b> }.into_any();
                    view! { <AuthError render /> }.to_html()
                }
                "SignInLink" => {
                    view! { <SignInLink return_to="/notes" class="quiet">"enter"</SignInLink> }
                        .to_html()
                }
                "AuthDebug" => {
                    let log = EventLog::new();
                    log.listener()(&Event::SignedIn);
                    view! { <AuthDebug log /> }.to_html()
                }
                "RequireAuth" => {
                    view! { <RequireAuth loading=|| "wait">"inside"</RequireAuth> }.to_html()
                }
                "RequireAuth fallback" => {
                    let (loading, fallback) = (|| "wait", || "own page");
                    view! { <RequireAuth loading fallback>"inside"</RequireAuth> }.to_html()
                }
                "SignedIn" => view! { <SignedIn>"inside"</SignedIn> }.to_html(),
                "SignedOut" => view! { <SignedOut>"inside"</SignedOut> }.to_html(),
                "AuthLoading" => view! { <AuthLoading>"inside"</AuthLoading> }.to_html(),
                "use_user" => {
                    let profile = use_user::<Profile>();
                    let text = move || profile.get().map_or("unknown".into(), |it| it.text());
                    text.to_html()
                }
                "use_claims" => {
                    let claims = use_claims::<Profile>();
                    (move || if claims.get().is_some() { "claims" } else { "no claims" }).to_html()
                }
                "use_signed_in" => {
                    let user = use_signed_in();
                    (move || {
                        let user = user.get();
                        format!("{}|{}", user.subject(), user.name().unwrap_or("you"))
                    })
                    .to_html()
                }
                other => panic!("{other}"),
            };
            // Only hydration needs these marks.
            html.replace("<!>", "")
        })
    }
}

/// Renders a part in both frameworks, which must agree, and returns the text.
async fn page(part: &'static str, state: State) -> String {
    let (yew, leptos) = (in_yew::page(part, state).await, in_leptos::page(part, state));
    let normal = |html: &str| html.split_inclusive('>').map(sorted).collect::<String>();
    assert_eq!(normal(&yew), normal(&leptos), "{part}, {state:?}");
    yew
}

/// Sorts the attributes of a tag, and drops space around a text: the frameworks differ in them.
fn sorted(text_and_tag: &str) -> String {
    let Some((text, tag)) = text_and_tag.split_once('<') else { return text_and_tag.into() };
    let tag = tag.trim_end_matches('>');
    let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
    let mut attributes: Vec<&str> = attributes.trim_end_matches('"').split("\" ").collect();
    attributes.sort_unstable();
    [text.trim(), "<", name, " ", &attributes.join("; "), ">"].concat()
}

/// Asserts what a part contains in each state.
async fn assert_each(part: &'static str, expected: [(State, &str); 6]) {
    for (state, text) in expected {
        let html = page(part, state).await;
        let is_right = if text.is_empty() { html.is_empty() } else { html.contains(text) };
        assert!(is_right, "{part}, {state:?}: {text:?} in {html:?}");
    }
}

#[tokio::test]
async fn the_button_has_its_label_in_each_state() {
    let sign_in = ">Sign in with Basic</canvas>";
    let expected = [
        (Loading, sign_in),
        (Known, ">Ada</canvas>"),
        (Nameless, ">Sign out</canvas>"),
        (Failed, ">Ada</canvas>"),
        (Absent, sign_in),
        (Declined, sign_in),
    ];
    assert_each("SignInButton", expected).await;
}

#[tokio::test]
async fn the_callback_page_ends_with_the_content_or_the_error_and_the_button() {
    let expected = [
        (Loading, "wait"),
        (Known, "inside"),
        (Nameless, "inside"),
        (Failed, "inside"),
        (Absent, "<basic-sign-in-button>"),
        (Declined, "You declined the sign-in, and nothing was shared.</p><basic-sign-in-button>"),
    ];
    assert_each("AuthCallback", expected).await;
    for state in [Loading, Known] {
        assert!(!page("AuthCallback", state).await.contains("button"), "{state:?}");
    }
}

#[tokio::test]
async fn an_error_is_an_alert_with_its_code() {
    let expected = [
        (Loading, ""),
        (Known, ""),
        (Nameless, ""),
        (Failed, "data-code=\"network-error\""),
        (Absent, ""),
        (Declined, "data-code=\"access-denied\""),
    ];
    assert_each("AuthError", expected).await;
    for part in ["role=\"alert\"", "class=\"basic-auth-error\"", ">You declined"] {
        assert!(page("AuthError", Declined).await.contains(part), "{part}");
    }
    assert_eq!(page("AuthError render", Declined).await, "<b>access-denied</b>");
    assert_eq!(page("AuthError render", Absent).await, "");
}

#[tokio::test]
async fn a_link_has_an_address_in_each_state() {
    for state in ALL {
        let html = page("SignInLink", state).await;
        for part in ["<a ", "href=\"/notes\"", "class=\"quiet\"", ">enter</a>"] {
            assert!(html.contains(part), "{part} in {html}");
        }
    }
}

#[tokio::test]
async fn a_guard_decides_by_the_state() {
    let mut expected = [
        (Loading, "wait"),
        (Known, "inside"),
        (Nameless, "inside"),
        (Failed, "inside"),
        // It is about to redirect.
        (Absent, "wait"),
        (Declined, "<basic-sign-in-button>"),
    ];
    assert_each("RequireAuth", expected).await;
    (expected[4].1, expected[5].1) = ("own page", "own page");
    assert_each("RequireAuth fallback", expected).await;
}

#[tokio::test]
async fn each_content_is_shown_in_its_state() {
    for state in ALL {
        let is_signed_in = matches!(state, Known | Nameless | Failed);
        for (part, is_shown) in [
            ("SignedIn", is_signed_in),
            ("SignedOut", matches!(state, Absent | Declined)),
            ("AuthLoading", state == Loading),
        ] {
            let expected = if is_shown { "inside" } else { "" };
            assert_eq!(page(part, state).await, expected, "{part}, {state:?}");
        }
    }
}

#[tokio::test]
async fn the_debug_view_shows_the_state_and_nothing_personal() {
    let expected = [
        (Loading, "<dd>loading</dd>"),
        (Known, "<dd>app:notes profile</dd>"),
        (Nameless, "<dd>not known</dd>"),
        (Failed, "<dd>network-error: "),
        (Absent, "<dd>never</dd>"),
        (Declined, "<dd>access-denied: "),
    ];
    assert_each("AuthDebug", expected).await;
    for state in ALL {
        let html = page("AuthDebug", state).await;
        assert!(html.contains("<dd>0 s ago: signed-in</dd>"), "{html}");
        assert!(!html.contains("Ada") && !html.contains("did:ada"), "{html}");
    }
}

#[tokio::test]
async fn hooks_return_the_user() {
    let unknown = "|you";
    let expected = [
        (Loading, unknown),
        (Known, "did:ada|Ada"),
        (Nameless, unknown),
        (Failed, "did:ada|Ada"),
        (Absent, unknown),
        (Declined, unknown),
    ];
    assert_each("use_signed_in", expected).await;
    assert_eq!(page("use_user", Known).await, "Ada 36 ab none");
    for state in [Loading, Nameless, Absent] {
        assert_eq!(page("use_user", state).await, "unknown");
    }
    // A state that a test sets has no ID token.
    assert_eq!(page("use_claims", Known).await, "no claims");
}
