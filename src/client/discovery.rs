//! Finds the server of a sign-in: by its issuer, or by the handle of a user.

use std::rc::Rc;
use std::time::Duration;

use super::BasicAuth;
use crate::codec::record;
use crate::config::SignInOptions;
use crate::error::{Error, ErrorCode, Result};
use crate::platform::{InFlight, Operation, Platform, Task};
use crate::protocol::endpoint::Endpoint;
use crate::protocol::openid::handle::Handle;
use crate::protocol::openid::{found_server, metadata};
use crate::protocol::registration::Registration;
use crate::protocol::server::{AuthorizationServer, Issuer};
use crate::time::UnixTime;

/// How long metadata is used before it is read again.
const METADATA_LIFETIME: Duration = Duration::from_secs(10 * 60);

/// The kind of the record of stored metadata.
const METADATA: &str = "metadata 1";

/// The server of one sign-in.
pub(super) struct Found {
    pub(super) registration: Rc<Registration>,
    /// The DID that a handle stands for; empty without one.
    pub(super) subject: String,
}

impl<P: Platform> BasicAuth<P> {
    /// Returns the search for the server of a sign-in. `None` if its endpoints are configured.
    pub(super) fn search(&self, options: &SignInOptions) -> Result<Option<Task<Result<Found>>>> {
        let config = &self.0.config;
        let client = self.clone();
        if let Some(handle) = &options.handle {
            if !config.handles {
                return Err(Error::new(ErrorCode::InvalidOption).with_detail("handles"));
            }
            let handle = Handle::parse(&self.0.platform, handle)?;
            return Ok(Some(Box::pin(async move { client.find_by_handle(handle).await })));
        }
        Ok(config.registration.server.needs_discovery.then(|| -> Task<Result<Found>> {
            Box::pin(async move {
                let registration = client.discover().await?;
                Ok(Found { registration, subject: String::new() })
            })
        }))
    }

    /// Sends the browser to the server that a search finds. Every call meanwhile joins this one.
    pub(super) fn redirect_when_found(
        &self,
        search: Task<Result<Found>>,
        options: SignInOptions,
        is_user_active: bool,
    ) -> InFlight {
        let leaving = self.0.shared.single_flight.begin(Operation::Redirect);
        let (client, own) = (self.clone(), leaving.clone());
        self.0.platform.spawn(Box::pin(async move {
            let found = search.await;
            // The page may have come back from the back-forward cache meanwhile. The sign-in has ended then,
            // and another one may have begun.
            let current = client.0.shared.single_flight.in_flight(Operation::Redirect);
            if !current.is_some_and(|current| current.is(&own)) {
                return;
            }
            let url = match client.client_state().is_closed {
                true => Err(Error::new(ErrorCode::Closed)),
                false => found,
            };
            let url = url
                .and_then(|found| client.prepare_redirect(&options, is_user_active, Some(found)));
            match url {
                Ok(url) => client.leave_for(&url, &options),
                Err(error) => {
                    client.0.shared.single_flight.finish(Operation::Redirect, Err(error));
                }
            }
        }));
        leaving
    }

    /// Returns the client at the configured issuer, for a sign-out at a provider whose session has ended.
    pub(super) async fn found_without_a_session(&self) -> Option<Rc<Registration>> {
        match self.0.config.registration.server.needs_discovery {
            true => self.discover().await.ok(),
            false => None,
        }
    }

    /// Reads the metadata of the configured issuer, unless it was read a short time ago.
    async fn discover(&self) -> Result<Rc<Registration>> {
        let (platform, config) = (&self.0.platform, &self.0.config);
        let configured = &config.registration;
        let Some(issuer) = &configured.server.issuer else {
            return Err(Error::new(ErrorCode::InvalidOption).with_detail("issuer"));
        };
        let now = platform.now();
        if let Some(server) = self.stored_metadata(issuer, now) {
            return Ok(self.at(server));
        }
        let documents = metadata::well_known(platform, issuer).into_iter().flatten();
        let server = self.read_metadata(documents, issuer).await?;
        let text = [METADATA, &now.to_decimal(), &found_server::write(&server)];
        self.0.records.save_metadata(record::write(&text).expose());
        Ok(self.at(server))
    }

    fn stored_metadata(&self, issuer: &Issuer, now: UnixTime) -> Option<AuthorizationServer> {
        let text = self.0.records.load_metadata()?;
        let [METADATA, read_at, server] = record::read(&text)[..] else { return None };
        let is_fresh = UnixTime::from_decimal(read_at)?.is_within(METADATA_LIFETIME, now);
        let server = found_server::parse(&self.0.platform, server)?;
        (is_fresh && server.issuer.as_ref() == Some(issuer)).then_some(server)
    }

    /// Reads the first of `documents` that there is. What a document says is final: if it is invalid, the
    /// next one is not asked.
    async fn read_metadata(
        &self,
        documents: impl IntoIterator<Item = Endpoint>,
        issuer: &Issuer,
    ) -> Result<AuthorizationServer> {
        let platform = &self.0.platform;
        let mut failure = None;
        for document in documents {
            let request = metadata::request(document, self.0.config.request_timeout);
            let read = match platform.fetch(request).await {
                Ok(response) => metadata::process_response(platform, &response, issuer),
                Err(error) => Err(error),
            };
            match read {
                Err(error) if error.code() != ErrorCode::InvalidMetadata => {
                    // Many servers send no CORS headers with a 404, which looks like a network failure.
                    failure.get_or_insert(error);
                }
                read => return read,
            }
        }
        Err(failure.unwrap_or_else(|| Error::new(ErrorCode::InvalidMetadata).with_detail("issuer")))
    }

    /// Returns this client at a server that was found. Endpoints that are configured for the same issuer
    /// win. No token of another server goes to them.
    fn at(&self, mut server: AuthorizationServer) -> Rc<Registration> {
        let configured = &self.0.config.registration;
        let own = &configured.server;
        let is_own = own.needs_discovery && server.issuer == own.issuer;
        for (found, own) in [
            (&mut server.userinfo_endpoint, &own.userinfo_endpoint),
            (&mut server.revocation_endpoint, &own.revocation_endpoint),
            (&mut server.end_session_endpoint, &own.end_session_endpoint),
            (&mut server.jwks_uri, &own.jwks_uri),
        ] {
            if own.is_some() && is_own {
                found.clone_from(own);
            }
        }
        server.iss_parameter_supported |= is_own && own.iss_parameter_supported;
        server.token_encoding = own.token_encoding;
        server.requires_scope = own.requires_scope;
        Rc::new(Registration { server, ..configured.clone() })
    }

    /// Resolves a handle to its DID and its server, and reads the metadata there.
    async fn find_by_handle(&self, handle: Handle) -> Result<Found> {
        let (platform, timeout) = (&self.0.platform, self.0.config.request_timeout);
        let response = platform.fetch(handle.request(timeout)).await?;
        let mut document = handle.process_response(platform, &response, None)?;
        if let Some(request) = handle.next_request(platform, &document, timeout)? {
            let response = platform.fetch(request).await?;
            let own = handle.process_response(platform, &response, Some(&document.did))?;
            document = handle.validate_named(own)?;
        }
        let issuer = &document.server;
        let mut documents: Vec<_> =
            metadata::well_known(platform, issuer).into_iter().flatten().collect();
        let of_basic = [issuer.as_str(), "/auth/.well-known/openid-configuration"].concat();
        documents.extend(Endpoint::parse(platform, &of_basic, "server"));
        let server = self.read_metadata(documents, issuer).await?;
        Ok(Found { registration: self.at(server), subject: document.did })
    }
}
