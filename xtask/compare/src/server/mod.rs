//! The strict OpenID provider that every peer signs in at.
//!
//! The rules of codes and refresh tokens are those of the demo server: codes work once, PKCE is
//! verified, a refresh token works once, and its reuse ends the session. This server adds what other
//! libraries need: their paths, their headers with CORS, and ID tokens, also defective ones.

mod endpoints;
mod keys;
mod state;
mod token;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use axum::Router;
use axum::routing::{get, post};
use tower_http::cors::CorsLayer;

pub(crate) use self::keys::{Defect, Keys};
use self::state::State;
pub(crate) use self::state::{Authorization, Kind, Refresh};
use crate::net::{self, Serving};

/// A running provider. It stops when dropped.
pub(crate) struct Server {
    origin: String,
    state: Arc<State>,
    _serving: Serving,
}

impl Server {
    /// Starts on a free port. Access tokens live for `lifetime`.
    pub(crate) async fn start(keys: Arc<Keys>, lifetime: Duration) -> Result<Self> {
        let (listener, port) = net::listen().await?;
        let origin = format!("http://127.0.0.1:{port}");
        let state = Arc::new(State::new(origin.clone(), keys, lifetime));
        let serving = net::serve(listener, router(&state));
        Ok(Self { origin, state, _serving: serving })
    }

    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// Moves the clock forward.
    pub(crate) fn advance(&self, by: Duration) {
        *self.state.ahead.lock() += by;
    }

    pub(crate) fn on_authorize(&self, authorization: Authorization) {
        *self.state.authorization.lock() = authorization;
    }

    pub(crate) fn on_refresh(&self, refresh: Refresh) {
        *self.state.refresh.lock() = refresh;
    }

    /// Makes every later sign-in have this defect.
    pub(crate) fn spoil(&self, defect: Defect) {
        *self.state.defect.lock() = defect;
    }

    /// Returns how many requests of a kind have arrived.
    pub(crate) fn count(&self, kind: Kind) -> usize {
        self.state.log.lock().iter().filter(|it| **it == kind).count()
    }

    pub(crate) fn clear_log(&self) {
        self.state.log.lock().clear();
    }

    /// Returns whether an access token would be accepted now.
    pub(crate) fn accepts(&self, access_token: &str) -> bool {
        self.state.accepts(access_token)
    }

    /// Returns whether a session has not ended.
    pub(crate) fn has_live_session(&self) -> bool {
        self.state.grants.lock().sessions().any(|session| !session.is_revoked)
    }

    /// Returns every refresh token that was issued.
    pub(crate) fn refresh_tokens(&self) -> Vec<String> {
        self.state.issued.lock().clone()
    }
}

fn router(state: &Arc<State>) -> Router {
    Router::new()
        .route("/.well-known/openid-configuration", get(endpoints::metadata))
        .route("/oidc/.well-known/openid-configuration", get(endpoints::metadata))
        .route("/jwks", get(endpoints::keys))
        .route("/authorize", get(endpoints::authorize))
        .route("/supabase/authorize", get(endpoints::authorize))
        .route("/oauth/token", post(token::handle))
        .route("/supabase/token", post(token::handle))
        .route("/supabase/logout", post(endpoints::done))
        .route("/revoke", post(endpoints::done))
        .route("/logout", get(endpoints::done))
        .route("/userinfo", get(endpoints::userinfo).post(endpoints::userinfo))
        // Each library sends headers of its own.
        .layer(CorsLayer::very_permissive())
        .with_state(state.clone())
}
