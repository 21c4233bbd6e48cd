//! The routes of the authorization server and the layers around them.

use axum::Router;
use axum::http::{Method, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use tower_http::cors::{AllowOrigin, Any, CorsLayer};

use crate::endpoints::{
    authorize, did, discovery, end_session, pages, resource, revocation, session, token, userinfo,
};
use crate::issuer::METADATA_PATH;
use crate::state::SharedState;
use crate::{fault_layer, observe};

pub(crate) fn router(server: &SharedState) -> Router {
    Router::new()
        .merge(of_issuer(server))
        .nest("/tenant/{tenant}", of_issuer(server))
        .merge(documents_of_host(server))
        .merge(pages::router())
        .layer(from_fn_with_state(server.clone(), observe::observe))
        .with_state(server.clone())
}

/// Returns the documents that are at the same place for all issuers. Every origin may read them.
fn documents_of_host(server: &SharedState) -> Router<SharedState> {
    Router::new()
        .route(METADATA_PATH, get(discovery::metadata))
        .route(&format!("{METADATA_PATH}/tenant/{{tenant}}"), get(discovery::metadata))
        .route("/.well-known/did.json", get(did::document))
        .route("/{name}/did.json", get(did::document))
        .route("/{folder}/{name}/did.json", get(did::document))
        .layer(from_fn_with_state(server.clone(), fault_layer::apply))
        .layer(CorsLayer::new().allow_origin(Any).allow_methods([Method::GET]))
}

/// Returns the routes of one issuer.
fn of_issuer(server: &SharedState) -> Router<SharedState> {
    let faulty = || from_fn_with_state(server.clone(), fault_layer::apply);

    // Every origin may read these.
    let documents = Router::new()
        .route("/.well-known/openid-configuration", get(discovery::metadata))
        .route("/auth/.well-known/openid-configuration", get(discovery::metadata))
        .route("/.well-known/jwks.json", get(discovery::keys))
        .route("/auth/.well-known/jwks.json", get(discovery::keys))
        .layer(faulty())
        .layer(CorsLayer::new().allow_origin(Any).allow_methods([Method::GET]));

    // Scripts of registered apps call these, never with cookies.
    let origins = {
        let server = server.clone();
        AllowOrigin::predicate(move |origin, _| server.allows_origin(origin))
    };
    let calls = Router::new()
        .route("/auth/token", post(token::handle))
        .route("/auth/revoke", post(revocation::handle))
        .route("/auth/userinfo", get(userinfo::handle).post(userinfo::handle))
        .route("/auth/userInfo", get(userinfo::handle).post(userinfo::handle))
        .route("/auth/session", get(session::handle))
        .route("/api/notes", get(resource::notes))
        .layer(faulty())
        .layer(
            CorsLayer::new()
                .allow_origin(origins)
                .allow_methods([Method::GET, Method::POST])
                .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
                .expose_headers([header::RETRY_AFTER, header::WWW_AUTHENTICATE]),
        );

    // The browser navigates to these, so they need no CORS.
    let navigations = Router::new()
        .route("/auth/authorize", get(authorize::request).post(authorize::decide))
        .route("/auth/end-session", get(end_session::by_get).post(end_session::by_post))
        .layer(faulty())
        .layer(from_fn(pages::protect));

    Router::new().merge(documents).merge(calls).merge(navigations)
}
