//! A strict authorization server: what it refuses, a real one may refuse.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::network::SentRequest;
use super::provider::{Granted, MOVED, Provider};
use crate::native::Native;
use basic_oauth::SecretText;
use basic_oauth::UnixTime;
use basic_oauth::codec::UrlParser as _;
use basic_oauth::codec::{Json, JsonCodec as _, query};
use basic_oauth::protocol::http::Response;
use basic_oauth::protocol::pkce::CodeVerifier;
use basic_oauth_grants::{Accepted, Authorization, Exchange, Grants, Refusal, Session};

/// An authorization server that speaks as Basic does, with its own clock, which is right.
///
/// Codes are used once and bound to their challenge. Refresh tokens rotate; one that is used again
/// ends its family. Its fields are its settings; change them at any time.
#[derive(Debug)]
pub struct Server {
    /// Its origin; its endpoints are below `/auth/`, its API below `/api/`.
    pub origin: String,
    /// The user who signs in next.
    pub account: Account,
    /// How long an access token is really accepted.
    pub access_lifetime: Duration,
    /// The `expires_in` of its answers; `None` leaves it out.
    pub expires_in: Option<Json>,
    /// The `scope` of its answers; `None` leaves it out.
    pub granted_scope: Option<String>,
    /// How long a code is accepted.
    pub code_lifetime: Duration,
    /// Whether there are refresh tokens at all.
    pub issues_refresh_tokens: bool,
    /// Whether each refresh replaces the refresh token.
    pub rotates: bool,
    /// How long a replaced refresh token still yields the same successor.
    pub grace: Duration,
    /// The `iss` of its redirects; `None` leaves it out.
    pub issuer: Option<String>,
    /// The `WWW-Authenticate` header of its API, with status 401 or 403.
    pub api_challenge: Option<String>,
    /// What makes it an OpenID provider.
    pub provider: Provider,
    grants: Grants<usize, Granted>,
    id_tokens: BTreeMap<String, usize>,
    /// The access tokens that came with an ID token whose claims a test has changed.
    deceptive: BTreeSet<String>,
    access_tokens: BTreeMap<String, Access>,
    authorized: usize,
    violations: Vec<Violation>,
    issued: u64,
}

/// The account of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The identifier that never changes.
    pub sub: String,
    /// The name to show.
    pub name: String,
}

impl Account {
    /// The account of this name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self { sub: format!("did:example:{}", name.to_lowercase()), name: name.into() }
    }
}

/// What no correct client ever does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Violation {
    /// A code was sent twice.
    CodeReplayed,
    /// A replaced refresh token was used after its grace.
    RefreshTokenReused,
    /// Something in a request did not fit together.
    WrongRequest(&'static str),
}

#[derive(Debug)]
struct Access {
    session: usize,
    expires_at: UnixTime,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            origin: basic_oauth::protocol::server::BASIC_ORIGIN.into(),
            account: Account::named("Ada"),
            access_lifetime: Duration::from_secs(3600),
            expires_in: Some(Json::Number(3600.0)),
            granted_scope: Some("profile".into()),
            code_lifetime: Duration::from_secs(600),
            issues_refresh_tokens: true,
            rotates: true,
            grace: Duration::ZERO,
            issuer: None,
            api_challenge: None,
            provider: Provider::default(),
            id_tokens: BTreeMap::new(),
            deceptive: BTreeSet::new(),
            grants: Grants::default(),
            access_tokens: BTreeMap::new(),
            authorized: 0,
            violations: Vec::new(),
            issued: 0,
        }
    }
}

impl Server {
    /// Sets how long access tokens live, in truth and in words.
    #[allow(clippy::cast_precision_loss, reason = "lifetimes of tests are far below 2^53 seconds")]
    pub fn set_lifetime(&mut self, lifetime: Duration) {
        self.access_lifetime = lifetime;
        self.expires_in = Some(Json::Number(lifetime.as_secs() as f64));
    }

    /// Ends every session, as an administrator would.
    pub fn revoke_everything(&mut self) {
        self.grants.sessions_mut().for_each(|session| session.is_revoked = true);
    }

    /// The violations that it has seen.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// How many sessions it has begun, and how many of them have not ended.
    #[must_use]
    pub fn sessions(&self) -> (usize, usize) {
        let sessions = || self.grants.sessions();
        (sessions().count(), sessions().filter(|session| !session.is_revoked).count())
    }

    /// The number of the session that this code, access token or refresh token belongs to. `None` for a
    /// code that has brought no session.
    #[must_use]
    pub fn session_of(&self, secret: &str) -> Option<usize> {
        let of_code = self.grants.session_of_code(secret).copied();
        let of_access = || self.access_tokens.get(secret).map(|token| token.session);
        let of_refresh = || self.grants.session_of_refresh_token(secret).copied();
        of_code.or_else(of_access).or_else(of_refresh)
    }

    /// Whether this access token came with an ID token whose claims a test has changed.
    #[must_use]
    pub fn is_deceptive(&self, access_token: &str) -> bool {
        self.deceptive.contains(access_token)
    }

    /// How many tokens came with such an ID token.
    #[must_use]
    pub fn deceptions(&self) -> usize {
        self.deceptive.len()
    }

    /// The account of a session.
    #[must_use]
    pub fn account_of(&self, session: usize) -> Option<&Account> {
        self.grants.session(&session).map(|session| &session.grant.account)
    }

    pub(super) fn is_fresh(&self, access_token: &str, now: UnixTime) -> bool {
        self.access_tokens.get(access_token).is_some_and(|access| now < access.expires_at)
    }

    pub(super) fn accepts(&self, access_token: &str, now: UnixTime) -> bool {
        self.holder(access_token, now).is_some()
    }

    /// The user consents to the authorization request of this URL.
    ///
    /// Returns the parameters of the redirect, with `error` if the request is invalid.
    pub(super) fn consent(&mut self, url: &str, now: UnixTime) -> (String, Vec<(String, String)>) {
        let parsed = Native.parse_url(url, None).unwrap_or_default();
        let asked = Members(query::parse(parsed.search()));
        let redirect_uri = asked.get("redirect_uri");
        let mut said = vec![("state".to_owned(), asked.get("state"))];
        said.extend(self.issuer.clone().map(|issuer| ("iss".to_owned(), issuer)));
        let wrong = match () {
            () if asked.get("response_type") != "code" => Some("response_type"),
            () if asked.get("code_challenge_method") != "S256" => Some("code_challenge_method"),
            () if asked.get("code_challenge").len() != 43 => Some("code_challenge"),
            () if asked.get("state").is_empty() => Some("state"),
            () if asked.get("client_id").is_empty() => Some("client_id"),
            () => None,
        };
        if let Some(wrong) = wrong {
            self.violations.push(Violation::WrongRequest(wrong));
            said.push(("error".into(), "invalid_request".into()));
            return (redirect_uri, said);
        }
        let code = self.number("code");
        said.push(("code".into(), code.clone()));
        let authorization = Authorization {
            session: self.authorized,
            client_id: asked.get("client_id"),
            redirect_uri: redirect_uri.clone(),
            code_challenge: asked.get("code_challenge"),
            grant: Granted {
                account: self.account.clone(),
                client_id: asked.get("client_id"),
                is_openid: asked.get("scope").split(' ').any(|name| name == "openid"),
                nonce: asked.get("nonce"),
                acr_values: asked.get("acr_values"),
                authenticated_at: now,
                is_moved: parsed.pathname().starts_with(MOVED),
            },
            expires_at: since_epoch(now).saturating_add(self.code_lifetime),
        };
        self.authorized += 1;
        self.grants.add_code(code, authorization);
        (redirect_uri, said)
    }

    /// The user arrives at the end-session endpoint with this URL, and is signed out there.
    ///
    /// Returns the redirect back.
    pub(super) fn end_session(&mut self, url: &str) -> (String, Vec<(String, String)>) {
        let parsed = Native.parse_url(url, None).unwrap_or_default();
        let asked = Members(query::parse(parsed.search()));
        let hint = asked.get("id_token_hint");
        let hinted = self.id_tokens.get(&hint).copied();
        let wrong = match () {
            () if asked.get("client_id").is_empty() => Some("client_id"),
            () if asked.get("state").is_empty() => Some("state"),
            () if !hint.is_empty() && hinted.is_none() => Some("id_token_hint"),
            () => None,
        };
        self.violations.extend(wrong.map(Violation::WrongRequest));
        if let Some(session) = hinted {
            self.grants.revoke(&session);
        }
        let state = ("state".to_owned(), asked.get("state"));
        (asked.get("post_logout_redirect_uri"), vec![state])
    }

    /// Answers a request to any of its endpoints. Returns `None` for another origin.
    pub(super) fn answer(&mut self, request: &SentRequest, now: UnixTime) -> Option<Response> {
        let has_iss = self.issuer.is_some();
        if request.method == "GET"
            && let Some(response) = self.provider.answer(&request.url, &self.origin, has_iss)
        {
            return Some(response);
        }
        let url = Native.parse_url(&request.url, None).filter(|url| url.origin() == self.origin)?;
        let moved = url.pathname().strip_prefix(MOVED);
        let response = self.answer_at(request, moved.unwrap_or(url.pathname()), now);
        self.check_endpoint(request, moved.is_some());
        Some(response)
    }

    /// A code or a token goes only to the endpoints that its sign-in began with.
    fn check_endpoint(&mut self, request: &SentRequest, is_moved: bool) {
        let sent = Members(request.parameters());
        let mut secrets = ["code", "refresh_token", "token"].map(|name| sent.get(name)).to_vec();
        // An API is none of the endpoints that metadata names.
        let bearer = request.bearer.as_ref().filter(|_| !request.url.contains("/api/"));
        secrets.extend(bearer.map(|token| token.expose().to_owned()));
        for secret in secrets {
            let session = self.session_of(&secret).and_then(|it| self.grants.session(&it));
            if session.is_some_and(|session| session.grant.is_moved != is_moved) {
                self.violations.push(Violation::WrongRequest("endpoint"));
            }
        }
    }

    fn answer_at(&mut self, request: &SentRequest, path: &str, now: UnixTime) -> Response {
        match (request.method.as_str(), path) {
            ("POST", "/auth/token") => self.token(&Members(request.parameters()), now),
            ("GET", "/auth/userinfo") => self.userinfo(request, now),
            ("POST", "/auth/revoke") => self.revoke(&Members(request.parameters())),
            (_, path) if path.starts_with("/api/") => match self.bearer(request, now) {
                Some(_) => document(200, &[("ok", Json::Bool(true))]),
                None => refusal(401, "invalid_token"),
            },
            _ => refusal(404, "not_found"),
        }
    }

    fn token(&mut self, sent: &Members, now: UnixTime) -> Response {
        match sent.get("grant_type").as_str() {
            "authorization_code" => self.exchange(sent, now),
            "refresh_token" => self.refresh(sent, now),
            _ => refusal(400, "unsupported_grant_type"),
        }
    }

    fn exchange(&mut self, sent: &Members, now: UnixTime) -> Response {
        let challenge = CodeVerifier::parse(sent.get("code_verifier")).map(|v| v.challenge());
        let exchange = Exchange {
            code: &sent.get("code"),
            client_id: &sent.get("client_id"),
            redirect_uri: Some(&sent.get("redirect_uri")),
            code_challenge: challenge.as_deref(),
        };
        let session = match self.grants.redeem(&exchange, Duration::MAX, since_epoch(now)) {
            Ok((session, _)) => session,
            Err(refusal) => return self.refuse(refusal, Violation::CodeReplayed),
        };
        let access_token = self.number("access");
        let refresh_token = self.issues_refresh_tokens.then(|| self.number("refresh"));
        if let Some(token) = &refresh_token {
            self.grants.add_refresh_token(token.clone(), session, Duration::MAX);
        }
        self.answer_tokens(session, access_token, refresh_token, false, now)
    }

    fn refresh(&mut self, sent: &Members, now: UnixTime) -> Response {
        let (token, client_id, at) =
            (sent.get("refresh_token"), sent.get("client_id"), since_epoch(now));
        let accepted = match self.grants.check_refresh_token(&token, &client_id, self.grace, at) {
            Ok(accepted) => accepted,
            Err(refusal) => return self.refuse(refusal, Violation::RefreshTokenReused),
        };
        let access_token = self.number("access");
        let (session, refresh_token) = match accepted {
            Accepted::Current(session) if self.rotates => {
                let next = self.number("refresh");
                self.grants.replace_refresh_token(&token, next.clone(), Duration::MAX, at);
                (session, Some(next))
            }
            Accepted::Current(session) => (session, None),
            Accepted::Repeated { session, successor } => (session, Some(successor)),
        };
        self.answer_tokens(session, access_token, refresh_token, true, now)
    }

    fn refuse(&mut self, refusal: Refusal, reuse: Violation) -> Response {
        self.violations.extend(match refusal {
            Refusal::MissingVerifier | Refusal::WrongVerifier => {
                Some(Violation::WrongRequest("code_verifier"))
            }
            Refusal::OtherClient => Some(Violation::WrongRequest("client_id")),
            Refusal::WrongRedirectUri => Some(Violation::WrongRequest("redirect_uri")),
            Refusal::Used => Some(reuse),
            Refusal::Revoked | Refusal::Unknown => None,
        });
        self::refusal(400, "invalid_grant")
    }

    fn answer_tokens(
        &mut self,
        session: usize,
        access_token: String,
        refresh_token: Option<String>,
        is_refresh: bool,
        now: UnixTime,
    ) -> Response {
        let granted = self.grants.session(&session).map(|session| session.grant.clone());
        let id_token = granted
            .and_then(|granted| self.provider.id_token(&granted, &access_token, is_refresh, now));
        let access = Access { session, expires_at: now.plus(self.access_lifetime) };
        self.access_tokens.insert(access_token.clone(), access);
        let mut members =
            vec![("access_token", Json::String(access_token)), ("token_type", "Bearer".into())];
        members.extend(self.expires_in.clone().map(|seconds| ("expires_in", seconds)));
        members.extend(self.granted_scope.as_deref().map(|scope| ("scope", scope.into())));
        members.extend(refresh_token.map(|token| ("refresh_token", Json::String(token))));
        if let Some(id_token) = id_token {
            if self.provider.is_deceptive(is_refresh)
                && let Some((_, Json::String(access_token))) = members.first()
            {
                self.deceptive.insert(access_token.clone());
            }
            self.id_tokens.insert(id_token.clone(), session);
            members.push(("id_token", Json::String(id_token)));
        }
        document(200, &members)
    }

    fn userinfo(&self, request: &SentRequest, now: UnixTime) -> Response {
        match self.bearer(request, now) {
            Some(account) => document(
                200,
                &[("sub", account.sub.as_str().into()), ("name", account.name.as_str().into())],
            ),
            // So says Basic of a token that has expired.
            None => refusal(401, "invalid_request"),
        }
    }

    fn revoke(&mut self, sent: &Members) -> Response {
        let token = sent.get("token");
        let refresh = self.grants.session_of_refresh_token(&token).copied();
        let access = || self.access_tokens.get(&token).map(|token| token.session);
        if let Some(session) = refresh.or_else(access) {
            self.grants.revoke(&session);
        }
        // RFC 7009, section 2.2: an unknown token is no error.
        document(200, &[])
    }

    /// Whose valid token the request carries.
    fn bearer(&self, request: &SentRequest, now: UnixTime) -> Option<&Account> {
        self.holder(request.bearer.as_ref()?.expose(), now)
    }

    fn holder(&self, access_token: &str, now: UnixTime) -> Option<&Account> {
        let access = self.access_tokens.get(access_token)?;
        let Session { grant, is_revoked, .. } = self.grants.session(&access.session)?;
        (now < access.expires_at && !is_revoked).then_some(&grant.account)
    }

    fn number(&mut self, kind: &str) -> String {
        self.issued += 1;
        format!("{kind}-{}", self.issued)
    }
}

fn since_epoch(time: UnixTime) -> Duration {
    time.since(UnixTime::from_millis(0))
}

/// The members of a request: what is missing is empty.
struct Members(Vec<(String, String)>);

impl Members {
    fn get(&self, name: &str) -> String {
        let own = self.0.iter().find(|(own, _)| own == name);
        own.map(|(_, value)| value.clone()).unwrap_or_default()
    }
}

fn refusal(status: u16, error: &str) -> Response {
    document(status, &[("error", error.into())])
}

fn document(status: u16, members: &[(&str, Json)]) -> Response {
    let members = members.iter().map(|(name, value)| ((*name).into(), value.clone()));
    Response {
        status,
        content_type: Some("application/json".into()),
        retry_after: None,
        body: SecretText::new(Native.write_json(&Json::Object(members.collect()))),
    }
}
