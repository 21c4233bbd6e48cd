//! The arguments of the demo program.

use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::Parser;
use demo_server::{Client, NamedFault};
use url::{Host, Url};

/// Serves the demo app and a Basic-compatible authorization server for it, both on this machine.
#[derive(Parser)]
#[command(version)]
pub(crate) struct Arguments {
    /// Port of the app; 0 lets the system choose.
    #[arg(long, default_value_t = 8080)]
    pub(crate) app_port: u16,
    /// Port of the authorization server; 0 lets the system choose.
    #[arg(long, default_value_t = 8081)]
    pub(crate) server_port: u16,
    /// The directory of the app.
    #[arg(long, default_value = "demo/spa")]
    pub(crate) spa: PathBuf,
    /// The directory of the built npm package.
    #[arg(long, default_value = "target/npm")]
    pub(crate) npm: PathBuf,
    /// A further app: its name, its port, and the directory it was built into.
    #[arg(long = "app", value_name = "NAME=PORT=DIRECTORY", value_parser = ExtraApp::parse)]
    pub(crate) apps: Vec<ExtraApp>,
    /// An app of yours that may sign in: its client id and its redirect URI. The origin of the URI
    /// may call the server. May be repeated, also for further redirect URIs of one client.
    #[arg(long = "client", value_name = "ID=REDIRECT_URI", value_parser = OwnClient::parse)]
    pub(crate) clients: Vec<OwnClient>,
    /// An endpoint fails on purpose. May be repeated. `--help` lists what is possible.
    #[arg(long = "fail", value_name = "ENDPOINT=WHAT", long_help = NamedFault::HELP)]
    pub(crate) faults: Vec<NamedFault>,
    /// Starts no app, only the authorization server, for the apps of `--client`.
    #[arg(long, requires = "clients", conflicts_with = "apps")]
    pub(crate) server_only: bool,
    /// Lifetime of an access token in seconds. The default is short, so that refreshes can be watched.
    #[arg(
        long, value_name = "SECONDS", default_value_t = 60,
        value_parser = clap::value_parser!(u64).range(1..),
    )]
    pub(crate) token_lifetime: u64,
    /// Lifetime of a refresh token in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 30 * 24 * 60 * 60)]
    pub(crate) refresh_token_lifetime: u64,
    /// How many seconds a used refresh token still returns the same successor. 0: not at all.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub(crate) refresh_grace: u64,
    /// Lifetime of an authorization code in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    pub(crate) code_lifetime: u64,
}

impl Arguments {
    /// Returns the clients of `--client`. One that is named twice has both redirect URIs.
    pub(crate) fn clients(&self) -> Vec<Client> {
        let mut clients: Vec<Client> = Vec::new();
        for OwnClient { id, redirect_uri } in &self.clients {
            match clients.iter_mut().find(|client| client.id == *id) {
                Some(client) => client.redirect_uris.push(redirect_uri.clone()),
                None => clients.push(Client::new(id, redirect_uri)),
            }
        }
        clients
    }
}

/// A value of `--app`.
#[derive(Clone)]
pub(crate) struct ExtraApp {
    pub(crate) name: String,
    pub(crate) port: u16,
    pub(crate) directory: PathBuf,
}

impl ExtraApp {
    fn parse(text: &str) -> anyhow::Result<Self> {
        let mut parts = text.splitn(3, '=');
        let mut part = || parts.next().filter(|part| !part.is_empty()).context("a part is missing");
        Ok(Self { name: part()?.into(), port: part()?.parse()?, directory: part()?.into() })
    }
}

/// A value of `--client`.
#[derive(Clone)]
pub(crate) struct OwnClient {
    id: String,
    redirect_uri: String,
}

impl OwnClient {
    fn parse(text: &str) -> anyhow::Result<Self> {
        let (id, redirect_uri) = text.split_once('=').filter(|(id, _)| !id.is_empty()).context(
            "write a client id, \"=\" and a redirect URI, \
             such as my-app=http://localhost:5173/callback",
        )?;
        let url = Url::parse(redirect_uri)
            .with_context(|| format!("the redirect URI {redirect_uri:?} is no absolute URL"))?;
        let is_local = match url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        ensure!(
            url.scheme() == "https" || (url.scheme() == "http" && is_local),
            "the redirect URI {redirect_uri:?} has to be https, or http on localhost"
        );
        ensure!(url.fragment().is_none(), "the redirect URI {redirect_uri:?} has a fragment");
        Ok(Self { id: id.into(), redirect_uri: redirect_uri.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_has_an_id_and_a_redirect_uri() {
        let arguments = Arguments::parse_from([
            "demo",
            "--client=a=http://localhost:5173/callback?x=1",
            "--client=b=https://b.example/",
            "--client=a=http://127.0.0.1:5173/callback",
        ]);
        let clients = arguments.clients().into_iter().map(|it| (it.id, it.redirect_uris));
        let uris = |uris: &[&str]| uris.iter().map(|uri| (*uri).to_owned()).collect::<Vec<_>>();
        let expected = [
            (
                "a".to_owned(),
                uris(&["http://localhost:5173/callback?x=1", "http://127.0.0.1:5173/callback"]),
            ),
            ("b".to_owned(), uris(&["https://b.example/"])),
        ];
        assert!(clients.eq(expected));
    }

    #[test]
    fn a_wrong_value_is_explained() {
        for (argument, explanation) in [
            ("--client=my-app", "such as my-app=http://localhost:5173/callback"),
            ("--client=a=/callback", "is no absolute URL"),
            ("--client=a=http://app.example/callback", "has to be https"),
            ("--client=a=myapp://callback", "has to be https"),
            ("--client=a=http://localhost:5173/#x", "has a fragment"),
            ("--fail=refresh", "it has no \"=\""),
            ("--fail=tokens=503", "there is no endpoint \"tokens\""),
            ("--fail=refresh=access_denied", "refresh cannot fail with \"access_denied\""),
            ("--fail=refresh=200", "ENDPOINT is one of:"),
            ("--token-lifetime=0", "0 is not in 1.."),
            ("--server-only", "--client <ID=REDIRECT_URI>"),
        ] {
            let error =
                Arguments::try_parse_from(["demo", argument]).err().map(|it| it.to_string());
            let error = error.unwrap_or_default();
            assert!(error.contains(explanation), "{argument}: {error}");
        }
    }
}
