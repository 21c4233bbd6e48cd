//! The routes of the authorization server and the layers around them.

use axum::Router;
use axum::http::{Method, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use tower_http::cors::{AllowOrigin, Any, CorsLayer};

use crate::endpoints::{
    authorize, discovery, pages, resource, revocation, session, token, userinfo,
};
use crate::state::SharedState;
use crate::{fault_layer, observe};

pub(crate) fn router(server: &SharedState) -> Router {
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
        .layer(faulty())
        .layer(from_fn(pages::protect));

    Router::new()
        .merge(documents)
        .merge(calls)
        .merge(navigations)
        .merge(pages::router())
        .layer(from_fn_with_state(server.clone(), observe::observe))
        .with_state(server.clone())
}
