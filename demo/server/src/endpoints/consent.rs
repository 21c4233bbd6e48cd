//! The page on which a user signs in and decides. Plain HTML and a form, without scripts.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::html;

use crate::endpoints::pages::{self, document};
use crate::grants::AuthorizationRequest;
use crate::options::{Client, origin_of};
use crate::scope;
use crate::users::{USERS, User};

pub(crate) fn page(
    client: &Client,
    request: &AuthorizationRequest,
    id: &str,
    chosen: Option<&User>,
) -> Response {
    let app = origin_of(&request.redirect_uri).unwrap_or_default();
    let is_chosen = |user: &User| chosen.is_some_and(|chosen| chosen.username == user.username);
    let content = html! {
        h1 { "Sign in to " span.app { (client.name) } }
        p.origin { (app) }
        form method="post" action=(format!("{}/auth/authorize", request.issuer.path)) {
            input type="hidden" name="request" value=(id);
            fieldset {
                legend { "Who are you?" }
                @for user in &USERS {
                    label.user for=(user.username) {
                        input type="radio" name="user" id=(user.username)
                            value=(user.username) checked[is_chosen(user)] required;
                        img src=(format!("/users/{}.svg", user.username)) alt=""
                            width="44" height="44";
                        span {
                            strong { (user.name) }
                            small { (user.email) }
                        }
                    }
                }
            }
            section aria-labelledby="scopes" {
                h2 #scopes { (client.name) " would like to" }
                ul {
                    @for name in request.scope.split(' ') {
                        li { (scope::describe(name)) " " code { (name) } }
                    }
                }
            }
            div.buttons {
                button #deny type="submit" name="decision" value="deny" formnovalidate { "Deny" }
                button #allow type="submit" name="decision" value="allow" { "Allow" }
            }
        }
        p.hint { "Either way, you return to " (app) ". If you deny, it learns nothing about you." }
    };
    // Browsers apply `form-action` also to the redirect after the form is sent.
    let csp = format!("{}form-action 'self' {app}", pages::CSP);
    ([(header::CONTENT_SECURITY_POLICY, csp)], document("Sign in", &content)).into_response()
}

/// Returns the page for a decision that comes too late or a second time.
pub(crate) fn stale_page() -> Response {
    let content = html! {
        h1 { "This page is out of date" }
        p { "The sign-in is already finished, or it took too long. \
             Go back to the app and start again." }
    };
    (StatusCode::BAD_REQUEST, document("Out of date", &content)).into_response()
}
