//! OpenID Connect: discovery, ID tokens, sign-out at the provider, handles, and what an API asks for.

mod discovery;
mod handles;
mod id_token;
mod keys;
mod refresh;
mod sign_out;
mod step_up;
mod user;

use basic_oauth::{Config, ErrorCode, SignedOutReason};
use basic_oauth_testing::flow::*;
use basic_oauth_testing::{Tab, World};

/// Where metadata is by RFC 8414.
const INSERTED: &str = "/.well-known/oauth-authorization-server";
const ISSUER: &str = "https://api.basic.tech";

/// How many requests went to this path.
fn reads(world: &World, path: &str) -> usize {
    world.requests_to(path).len()
}

/// Returns with the answer of the server, which the client refuses.
#[track_caller]
fn refused_sign_in(world: &World, config: &Config) -> (Tab, Auth) {
    let tab = world.authorize(&away(world, config));
    let auth = start(world, &tab, config);
    world.settle();
    assert_signed_out(&auth, SignedOutReason::Never);
    (tab, auth)
}

/// Checks that a sign-in was refused because of this part of its ID token, and has left nothing.
#[track_caller]
fn assert_id_token_refused(world: &World, auth: &Auth, detail: &str) {
    let state = auth.state();
    let error = state.error().expect("the state says why");
    assert_eq!((error.code(), error.detail()), (ErrorCode::InvalidIdToken, Some(detail)));
    assert!(world.run(auth.token()).is_err(), "{detail}: no token is handed out");
    let stored = dump(world);
    assert!(!stored.contains("access-") && !stored.contains("refresh-"), "{detail}: {stored}");
    assert_eq!(world.server().sessions(), (1, 0), "{detail}: the tokens are revoked");
    assert_eq!(world.server().violations(), []);
}

/// The origins that got a request, each once.
fn origins(world: &World) -> Vec<String> {
    let mut origins: Vec<_> = world
        .requests()
        .iter()
        .map(|request| request.url.split('/').take(3).collect::<Vec<_>>().join("/"))
        .collect();
    origins.sort();
    origins.dedup();
    origins
}
