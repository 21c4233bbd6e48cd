//! The authorization server: its shared state and its routes.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::http::{HeaderValue, Method, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use parking_lot::RwLock;
use tokio::sync::watch;
use tower_http::cors::{AllowOrigin, Any, CorsLayer};
use url::Url;

use crate::clock::Clock;
use crate::control::Control;
use crate::faults::Faults;
use crate::grants::Grants;
use crate::keys::Keys;
use crate::options::{Client, Lifetimes, Options};
use crate::request_log::RequestLog;
use crate::serve::{self, Serving};
use crate::{authorize, discovery, fault_layer, observe, pages, resource, revocation};
use crate::{session, token, userinfo};

/// A running authorization server; it stops when dropped.
pub struct AuthorizationServer {
    server: Shared,
    is_online: watch::Sender<bool>,
    _serving: Serving,
}

impl AuthorizationServer {
    /// Starts on 127.0.0.1.
    ///
    /// # Errors
    ///
    /// When the port cannot be used, or the signing key cannot be made.
    pub async fn start(options: Options) -> anyhow::Result<Self> {
        let (listener, address) = serve::listen(options.port).await?;
        let keys = tokio::task::spawn_blocking(Keys::generate).await??;
        let server = Arc::new(Server {
            origin: format!("http://{address}"),
            clock: Clock::default(),
            keys,
            lifetimes: options.lifetimes,
            clients: RwLock::default(),
            grants: Grants::default(),
            faults: Faults::default(),
            log: RequestLog::new(options.records_requests),
            preflights_are_refused: AtomicBool::new(false),
        });
        for client in options.clients {
            server.register(client);
        }
        let (is_online, watched) = watch::channel(true);
        let serving = serve::serve(listener, router(&server), watched);
        Ok(Self { server, is_online, _serving: serving })
    }

    /// `http://127.0.0.1:<port>`: the issuer, and the start of every endpoint.
    pub fn origin(&self) -> &str {
        &self.server.origin
    }

    /// Adds an app, or replaces the one with the same id.
    pub fn register(&self, client: Client) {
        self.server.register(client);
    }

    /// The switches for tests.
    pub fn control(&self) -> Control {
        Control::new(self.server.clone(), self.is_online.clone())
    }
}

pub(crate) type Shared = Arc<Server>;

/// Everything the handlers share.
pub(crate) struct Server {
    pub(crate) origin: String,
    pub(crate) clock: Clock,
    pub(crate) keys: Keys,
    pub(crate) grants: Grants,
    pub(crate) faults: Faults,
    pub(crate) log: RequestLog,
    lifetimes: Lifetimes,
    clients: RwLock<HashMap<String, Client>>,
    preflights_are_refused: AtomicBool,
}

impl Server {
    pub(crate) fn register(&self, client: Client) {
        self.clients.write().insert(client.id.clone(), client);
    }

    pub(crate) fn refuse_preflights(&self, refuse: bool) {
        self.preflights_are_refused.store(refuse, Ordering::Relaxed);
    }

    pub(crate) fn refuses_preflights(&self) -> bool {
        self.preflights_are_refused.load(Ordering::Relaxed)
    }

    pub(crate) fn client(&self, id: &str) -> Option<Client> {
        self.clients.read().get(id).cloned()
    }

    pub(crate) fn lifetimes(&self, client: &Client) -> Lifetimes {
        client.lifetimes.unwrap_or(self.lifetimes)
    }

    /// Whether a page of this origin may read our answers.
    fn welcomes(&self, origin: &HeaderValue) -> bool {
        let Ok(origin) = origin.to_str() else { return false };
        self.clients.read().values().any(|client| {
            client.origins.iter().any(|known| known == origin)
                || client.redirect_uris.iter().any(|uri| origin_of(uri).as_deref() == Some(origin))
        })
    }
}

/// The origin of an absolute URL.
pub(crate) fn origin_of(uri: &str) -> Option<String> {
    Url::parse(uri).ok().map(|url| url.origin().ascii_serialization())
}

fn router(server: &Shared) -> Router {
    let faulty = || from_fn_with_state(server.clone(), fault_layer::apply);

    // Anyone may read these.
    let documents = Router::new()
        .route("/.well-known/openid-configuration", get(discovery::metadata))
        .route("/auth/.well-known/openid-configuration", get(discovery::metadata))
        .route("/.well-known/jwks.json", get(discovery::keys))
        .route("/auth/.well-known/jwks.json", get(discovery::keys))
        .layer(faulty())
        .layer(CorsLayer::new().allow_origin(Any).allow_methods([Method::GET]));

    // Called by scripts of registered apps; never with cookies.
    let origins = {
        let server = server.clone();
        AllowOrigin::predicate(move |origin, _| server.welcomes(origin))
    };
    let calls = Router::new()
        .route("/auth/token", post(token::answer))
        .route("/auth/revoke", post(revocation::answer))
        .route("/auth/userinfo", get(userinfo::answer).post(userinfo::answer))
        .route("/auth/userInfo", get(userinfo::answer).post(userinfo::answer))
        .route("/auth/session", get(session::answer))
        .route("/api/notes", get(resource::notes))
        .layer(faulty())
        .layer(
            CorsLayer::new()
                .allow_origin(origins)
                .allow_methods([Method::GET, Method::POST])
                .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
                .expose_headers([header::RETRY_AFTER, header::WWW_AUTHENTICATE]),
        );

    // Visited by people: no CORS.
    let visits = Router::new()
        .route("/auth/authorize", get(authorize::ask).post(authorize::decide))
        .layer(faulty())
        .layer(from_fn(pages::protect));

    Router::new()
        .merge(documents)
        .merge(calls)
        .merge(visits)
        .merge(pages::router())
        .layer(from_fn_with_state(server.clone(), observe::observe))
        .with_state(server.clone())
}
