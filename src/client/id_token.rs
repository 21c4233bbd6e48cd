//! Validates ID tokens, and reads the keys of the server.

use std::rc::Rc;
use std::time::Duration;

use super::BasicAuth;
use crate::codec::Json;
use crate::error::{Error, ErrorCode, Result};
use crate::platform::{Platform, Task};
use crate::protocol::http::Response;
use crate::protocol::openid::id_token::{self, Expected, ExpectedIssuer};
use crate::protocol::openid::jwks::{self, KeySet};
use crate::protocol::openid::jwt::Jwt;
use crate::protocol::origin::Origin;
use crate::protocol::registration::Registration;
use crate::protocol::token::TokenResponse;
use crate::protocol::transaction::Transaction;
use crate::secret::SecretText;
use crate::session::Session;
use crate::session::openid::OpenIdSession;
use crate::time::UnixTime;

/// The shortest time between two times that the keys are read again because a token's key is not among
/// them. Tokens with made-up key ids must not cause a request each.
const REREAD_PAUSE: Duration = Duration::from_secs(60);

/// The keys of the server, read in this page.
#[derive(Debug, Default)]
pub(super) struct Keys {
    /// The address that they were read from, and the keys.
    set: Option<(String, Rc<KeySet>)>,
    reread_at: Option<UnixTime>,
    /// A refresh has brought no ID token, so the next one need not read keys beside it.
    is_unneeded: bool,
}

impl<P: Platform> BasicAuth<P> {
    /// Returns the claims of the ID token, which was validated when it arrived. `None` if there is none:
    /// the scope does not hold `openid`, or the store has no room for the token (cookies).
    #[must_use]
    pub fn id_token_claims(&self) -> Option<Json> {
        self.session()?.openid.claims(&self.0.platform)
    }

    /// Returns the decentralised identifier (DID) of the user, once the server has named it.
    #[must_use]
    pub fn did(&self) -> Option<String> {
        let session = self.session()?;
        let is_did = |subject: &&str| subject.starts_with("did:");
        let of_user = session.user.as_ref().map(|user| user.subject()).filter(is_did);
        if let Some(did) = of_user {
            return Some(did.into());
        }
        let claims = session.openid.claims(&self.0.platform)?;
        claims.text("sub").filter(is_did).map(Into::into)
    }

    /// Begins to read the keys that the ID token of this sign-in will need.
    pub(super) fn start_reading_keys(
        &self,
        transaction: &Transaction,
    ) -> Option<Task<Result<Response>>> {
        transaction.nonce.as_ref()?;
        self.request_keys(self.registration_of_sign_in(transaction))
    }

    /// Begins to read the keys that the ID token of a refresh will need, unless they are known. Read later,
    /// they would keep the new refresh token from being stored.
    pub(super) fn start_reading_unknown_keys(
        &self,
        session: &Session,
    ) -> Option<Task<Result<Response>>> {
        let registration = self.registration_of(session);
        let is_needed = !session.openid.subject.is_empty()
            && !self.0.keys.borrow().is_unneeded
            && self.known_keys(registration).is_none();
        is_needed.then(|| self.request_keys(registration)).flatten()
    }

    /// Returns the keys of this server, if this page has read them.
    fn known_keys(&self, registration: &Registration) -> Option<Rc<KeySet>> {
        let jwks_uri = registration.server.jwks_uri.as_ref()?;
        let known = self.0.keys.borrow();
        let (_, keys) = known.set.as_ref().filter(|(address, _)| address == jwks_uri.as_str())?;
        Some(keys.clone())
    }

    fn request_keys(&self, registration: &Registration) -> Option<Task<Result<Response>>> {
        let endpoint = registration.server.jwks_uri.clone()?;
        let request = jwks::request(endpoint, self.0.config.request_timeout);
        Some(self.0.platform.fetch(request))
    }

    /// Validates the ID token that an exchange has brought. Returns what the session keeps of it.
    pub(super) async fn validate_id_token(
        &self,
        transaction: &Transaction,
        tokens: &TokenResponse,
        keys: Option<Task<Result<Response>>>,
    ) -> Result<OpenIdSession> {
        let registration = self.registration_of_sign_in(transaction);
        let asked = &transaction.openid;
        let mut session = OpenIdSession {
            registration: asked.registration.clone(),
            subject: asked.subject.clone(),
            id_token: None,
        };
        // Without `openid` in the scope, there is no nonce and no ID token.
        let Some(nonce) = &transaction.nonce else { return Ok(session) };
        let origin = registration.server.token_endpoint.origin();
        let expected = Expected {
            nonce: Some(nonce.expose()),
            max_age: asked.max_age,
            acr_values: &asked.acr_values,
            subject: Some(asked.subject.as_str()).filter(|subject| !subject.is_empty()),
            requested_at: transaction.created_at,
            ..self.expected(registration, &origin, tokens)
        };
        let Some(text) = &tokens.id_token else { return Err(refused("missing")) };
        let jwt = Jwt::parse(&self.0.platform, text.expose())?;
        id_token::validate_claims(&jwt, &expected)?;
        if let Some(keys) = keys {
            let first = self.keep_keys(registration, keys.await);
            self.verify(registration, &jwt, first).await?;
        }
        session.subject = jwt.claims.text("sub").unwrap_or_default().into();
        session.id_token = Some(text.clone());
        Ok(session)
    }

    /// Validates the ID token that a refresh has brought, if any. If it is another user's or forged, the
    /// tokens are revoked and never handed out.
    pub(super) async fn validate_refreshed_id_token(
        &self,
        session: &Session,
        mut tokens: TokenResponse,
        keys: Option<Task<Result<Response>>>,
    ) -> Result<TokenResponse> {
        let is_of_openid = !session.openid.subject.is_empty();
        let Some(text) = tokens.id_token.take().filter(|_| is_of_openid) else {
            self.0.keys.borrow_mut().is_unneeded = true;
            return Ok(tokens);
        };
        match self.validate_later_id_token(session, &tokens, &text, keys).await {
            // The keys cannot be read now, or the clock of the device was set. The token came over TLS from
            // the token endpoint, which is enough to go on (OpenID Connect Core section 3.1.3.7), but it
            // does not replace the one that was valid.
            Err(error) if error.code() != ErrorCode::InvalidIdToken || error.is_about_clock() => {}
            Err(error) => {
                let registration = self.registration_of(session);
                self.revoke(registration, &tokens.access_token, tokens.refresh_token.as_ref());
                return Err(error);
            }
            Ok(()) => tokens.id_token = Some(text),
        }
        Ok(tokens)
    }

    async fn validate_later_id_token(
        &self,
        session: &Session,
        tokens: &TokenResponse,
        text: &SecretText,
        keys: Option<Task<Result<Response>>>,
    ) -> Result<()> {
        let registration = self.registration_of(session);
        let earlier = session.openid.claims(&self.0.platform);
        let subject = session.openid.subject.as_str();
        let origin = registration.server.token_endpoint.origin();
        let expected = Expected {
            subject: Some(subject).filter(|subject| !subject.is_empty()),
            earlier: earlier.as_ref(),
            ..self.expected(registration, &origin, tokens)
        };
        let jwt = Jwt::parse(&self.0.platform, text.expose())?;
        let validated = id_token::validate_claims(&jwt, &expected);
        // A forged token must not pass for one that a wrong clock refuses.
        if !validated.as_ref().is_err_and(Error::is_about_clock) {
            validated.clone()?;
        }
        let keys = match self.known_keys(registration) {
            Some(known) => known,
            None => match keys.or_else(|| self.request_keys(registration)) {
                Some(keys) => self.keep_keys(registration, keys.await)?,
                None => return validated,
            },
        };
        self.verify(registration, &jwt, Ok(keys)).await?;
        validated
    }

    fn expected<'a>(
        &self,
        registration: &'a Registration,
        origin: &'a Origin,
        tokens: &'a TokenResponse,
    ) -> Expected<'a> {
        Expected {
            algorithms: registration.server.id_token_algorithms,
            issuer: match &registration.server.issuer {
                Some(issuer) => ExpectedIssuer::Exactly(issuer.as_str()),
                None => ExpectedIssuer::OfOrigin(origin.as_str()),
            },
            client_id: &registration.client_id,
            nonce: None,
            access_token: &tokens.access_token,
            max_age: None,
            acr_values: "",
            subject: None,
            earlier: None,
            requested_at: UnixTime::default(),
            now: self.0.platform.now(),
        }
    }

    /// Keeps the keys of a response for later ID tokens of this page.
    fn keep_keys(
        &self,
        registration: &Registration,
        response: Result<Response>,
    ) -> Result<Rc<KeySet>> {
        let keys = Rc::new(jwks::process_response(&self.0.platform, &response?)?);
        let address = registration.server.jwks_uri.as_ref();
        let address = address.map(|address| address.as_str().into()).unwrap_or_default();
        self.0.keys.borrow_mut().set = Some((address, keys.clone()));
        Ok(keys)
    }

    /// Verifies a signature. If no key fits, the server may have new ones: they are read once more.
    async fn verify(
        &self,
        registration: &Registration,
        jwt: &Jwt,
        keys: Result<Rc<KeySet>>,
    ) -> Result<()> {
        if let Ok(keys) = &keys
            && self.is_signed_by(jwt, keys).await?
        {
            return Ok(());
        }
        let keys = match self.reread_keys(registration) {
            Some(request) => self.keep_keys(registration, request.await)?,
            None => return Err(keys.err().unwrap_or_else(|| refused("signature"))),
        };
        if self.is_signed_by(jwt, &keys).await? { Ok(()) } else { Err(refused("signature")) }
    }

    /// Begins to read the keys again, unless they were read again a short time ago.
    fn reread_keys(&self, registration: &Registration) -> Option<Task<Result<Response>>> {
        let now = self.0.platform.now();
        let mut known = self.0.keys.borrow_mut();
        if known.reread_at.is_some_and(|at| at.is_within(REREAD_PAUSE, now)) {
            return None;
        }
        known.reread_at = Some(now);
        drop(known);
        self.request_keys(registration)
    }

    async fn is_signed_by(&self, jwt: &Jwt, keys: &KeySet) -> Result<bool> {
        for key in keys.candidates(jwt) {
            let (message, signature) = (jwt.signing_input.clone(), jwt.signature.clone());
            let platform = &self.0.platform;
            if platform.verify_signature(&key, jwt.algorithm, message, signature).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn refused(detail: &'static str) -> Error {
    Error::new(ErrorCode::InvalidIdToken).with_detail(detail)
}
