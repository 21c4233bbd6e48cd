//! `npx basic-oauth check`, against the demo server with each fault that a row is about, and against
//! a third-party server. No browser takes part.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use demo_server::{
    AuthorizationServer, Client, Endpoint, Fault, Injection, LoggedRequest, NamedFault, Options,
    Reply,
};
use e2e::{CLIENT, Stage};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::provider::Provider;

const REDIRECT_URI: &str = "http://localhost:5173/callback";

/// What `check` asks with in place of a registered redirect URI.
const FOREIGN_URI: &str = "https://basic-oauth-check.invalid/callback";

#[tokio::test]
async fn a_sound_server_passes() -> Result<()> {
    let server = server(true).await?;
    for scope in ["profile", "openid profile"] {
        let report = check(server.origin(), &["--scope", scope]).await?;
        report.has(&[])?;
        assert_eq!(report.json["verdict"], "ok");
        assert_eq!(report.rows().count(), 21);
        assert_eq!(report.json["endpoints"].as_object().map(|it| it.len()), Some(6));
    }
    Ok(())
}

/// A server that asks its users nothing hands a code to each request. None is exchanged.
#[tokio::test]
async fn it_signs_no_user_in_and_sends_no_secret() -> Result<()> {
    let server = server(true).await?;
    let control = server.control();
    control.register(Client::new(CLIENT, REDIRECT_URI).auto_consent());
    let report = check(server.origin(), &[]).await?;
    report.has(&[("sign-in-page", "warn"), ("silent", "warn")])?;
    report.says("sign-in-page", "The server asked no user.")?;
    // With a code, the row is sure that a sign-in fails.
    let without_issuer = edit_issuer(String::clear);
    let id = control.inject(Injection::new(Endpoint::Authorize, without_issuer));
    let report = check(server.origin(), &[]).await?;
    report.has(&[("sign-in-page", "warn"), ("silent", "warn"), ("iss", "fail")])?;
    control.clear(id);

    assert_eq!(control.live_sessions(CLIENT), 0);
    let requests = control.requests();
    ensure!(requests.len() > 10, "{} requests", requests.len());
    let headers = requests.iter().flat_map(|request| &request.headers);
    let credentials: Vec<&str> = headers
        .filter(|(name, _)| name == "authorization" || name == "cookie")
        .map(|(_, value)| value.as_str())
        .collect();
    assert_eq!(credentials, ["Bearer basic-oauth-check"; 2]);
    for LoggedRequest { method, path, body, .. } in &requests {
        ensure!(path != "/auth/authorize" || method == "GET", "a consent: {body}");
        for secret in ["client_secret", "password", "refresh_token"] {
            ensure!(!body.contains(secret), "{secret}: {body}");
        }
    }
    // The codes that the server handed out are in its redirects, not in a request.
    let exchanges = control.token_requests(CLIENT);
    assert_eq!(exchanges.len(), 4);
    for exchange in exchanges {
        ensure!(exchange.body.contains("basic-oauth-check-"), "{}", exchange.body);
        assert_eq!(exchange.status, Some(400));
    }
    Ok(())
}

/// Each case has the rows that are neither ok nor skipped, and what the advice of the first one says.
#[tokio::test]
async fn each_fault_is_found_and_explained() -> Result<()> {
    let server = server(true).await?;
    let origin = server.origin().to_owned();
    let control = server.control();
    for Case { fault, rows, says } in cases(&origin) {
        for (endpoint, fault) in fault {
            control.inject(Injection::new(endpoint, fault));
        }
        let case = says;
        let report = check(&origin, &[]).await?;
        report.has(rows).with_context(|| format!("case: {case}"))?;
        report.says(rows[0].0, says)?;
        control.clear_all();
    }
    Ok(())
}

/// Changes the `iss` of a redirect. An empty one is left out.
fn edit_issuer(edit: fn(&mut String)) -> Fault {
    Fault::edit_redirect(move |parameters| {
        parameters.iter_mut().filter(|(name, _)| name == "iss").for_each(|(_, it)| edit(it));
        parameters.retain(|(_, value)| !value.is_empty());
    })
}

struct Case {
    fault: Vec<(Endpoint, Fault)>,
    rows: &'static [(&'static str, &'static str)],
    says: &'static str,
}

fn cases(origin: &str) -> Vec<Case> {
    use Endpoint::{Authorize, Discovery, Jwks, Revocation, TokenCode, Userinfo};
    let case = |endpoint, fault, rows, says| Case { fault: vec![(endpoint, fault)], rows, says };
    let text =
        |status, text: &str| Fault::Respond(Reply::body(status, "text/plain", text.to_owned()));
    let html = |status, text: &str| Fault::Respond(Reply::html(status, text.to_owned()));
    let at = |path: &str| format!("{origin}{path}");
    let parameter = |wanted: &'static str, new: &'static str| {
        Fault::edit_redirect(move |parameters| {
            for (_, value) in parameters.iter_mut().filter(|(name, _)| name == wanted) {
                *value = new.to_owned();
            }
        })
    };
    vec![
        // The metadata.
        case(
            Discovery,
            Fault::not_found(),
            &[("discovery", "warn"), ("end-session", "warn")],
            "Without metadata, only the plain form works",
        ),
        case(
            Discovery,
            Fault::NoCors,
            &[("discovery-cors", "warn")],
            "Access-Control-Allow-Origin: http://localhost:5173",
        ),
        case(
            Discovery,
            Fault::set("issuer", "https://other.example"),
            &[("issuer", "fail"), ("iss", "fail")],
            "only if you know that this is your server",
        ),
        case(
            Discovery,
            Fault::set("issuer", at("/")),
            &[("issuer", "fail"), ("iss", "fail")],
            "The two differ only in the slash at the end.",
        ),
        case(Discovery, Fault::omit("issuer"), &[("issuer", "fail")], "must name its issuer"),
        case(
            Discovery,
            Fault::set("code_challenge_methods_supported", json!(["plain"])),
            &[("pkce", "fail")],
            "The server must support S256",
        ),
        case(
            Discovery,
            Fault::set("code_challenge_methods_supported", "S256"),
            &[("pkce", "fail")],
            "The server must send a list.",
        ),
        case(
            Discovery,
            Fault::omit("code_challenge_methods_supported"),
            &[("pkce", "warn")],
            "Ask the provider whether PKCE is checked.",
        ),
        case(
            Discovery,
            Fault::omit("token_endpoint_auth_methods_supported"),
            &[("public-client", "warn")],
            "Silence means client_secret_basic",
        ),
        case(
            Discovery,
            Fault::set("token_endpoint_auth_methods_supported", json!(["client_secret_post"])),
            &[("public-client", "warn")],
            "Register it as a public client",
        ),
        case(
            Discovery,
            Fault::omit("grant_types_supported"),
            &[("refresh", "warn")],
            "Silence means no refresh tokens",
        ),
        case(
            Discovery,
            Fault::set("grant_types_supported", json!(["authorization_code"])),
            &[("refresh", "warn")],
            "Without refresh tokens, the user signs in again",
        ),
        case(
            Discovery,
            Fault::set("id_token_signing_alg_values_supported", json!(["HS256", "none"])),
            &[("algorithms", "warn")],
            "The SDK verifies RS256, PS256, ES256 and EdDSA.",
        ),
        case(
            Discovery,
            Fault::set("token_endpoint", "http://login.example/token"),
            &[("endpoints", "fail")],
            "an absolute https address",
        ),
        case(
            Discovery,
            Fault::set("userinfo_endpoint", at("/auth/userinfo?client_id=x")),
            &[("endpoints", "fail")],
            "without parameters that the protocol sends itself",
        ),
        case(
            Discovery,
            Fault::omit("end_session_endpoint"),
            &[("end-session", "warn")],
            "ends the session in the app only",
        ),
        // The keys.
        case(Jwks, Fault::NoCors, &[("keys", "warn")], "the browser reads the keys"),
        case(Jwks, Fault::set("keys", json!([])), &[("keys", "warn")], "Publish a key for RS256"),
        case(Jwks, Fault::not_found(), &[("keys", "warn")], "a JSON object with a list keys"),
        // The token endpoint.
        case(
            TokenCode,
            Fault::NoCors,
            &[("token-cors-json", "fail"), ("token-cors-form", "fail")],
            "Many providers have a list of web origins",
        ),
        case(
            TokenCode,
            text(400, "the code is wrong"),
            &[("token-error", "fail")],
            "must be JSON with the member error",
        ),
        case(
            TokenCode,
            html(404, "<h1>Not found</h1>"),
            &[("token-error", "fail")],
            "what stands in front of it",
        ),
        case(
            TokenCode,
            html(200, "<h1>Welcome</h1>"),
            &[("token-error", "fail")],
            "Check the address of the token endpoint",
        ),
        case(
            TokenCode,
            Fault::redirect(307, "https://login.example/token"),
            &[("token-error", "fail")],
            "must not redirect",
        ),
        case(
            TokenCode,
            Fault::oauth_error(503, "temporarily_unavailable"),
            &[("token-error", "fail")],
            "The server has trouble",
        ),
        case(
            TokenCode,
            Fault::oauth_error(401, "invalid_client"),
            &[("token-error", "fail")],
            "Register the app as a public client",
        ),
        case(
            TokenCode,
            Fault::oauth_error(400, "invalid_request"),
            &[("token-error", "warn")],
            "the error should be invalid_grant",
        ),
        case(
            TokenCode,
            Fault::Status(200),
            &[("token-error", "warn")],
            "An error should have status 400",
        ),
        case(
            TokenCode,
            Fault::header("content-type", "text/plain"),
            &[("token-error", "warn")],
            "The content type should be application/json.",
        ),
        case(
            TokenCode,
            Fault::DropBefore,
            &[("token-error", "fail")],
            "The token endpoint cannot be reached.",
        ),
        // The user information and the revocation.
        case(
            Userinfo,
            Fault::NoCors,
            &[("userinfo", "fail")],
            "Let the user information have the header Access-Control-Allow-Origin",
        ),
        case(Userinfo, Fault::not_found(), &[("userinfo", "fail")], "Check the address"),
        case(Userinfo, html(200, "<p>Hello</p>"), &[("userinfo", "warn")], "RFC 6750"),
        case(
            Revocation,
            Fault::NoCors,
            &[("revocation", "warn")],
            "the answer of the revocation endpoint",
        ),
        case(
            Revocation,
            Fault::oauth_error(401, "invalid_client"),
            &[("revocation", "warn")],
            "its tokens live on until they expire",
        ),
        case(Revocation, Fault::not_found(), &[("revocation", "warn")], "should get status 200"),
        case(Userinfo, Fault::DropBefore, &[("userinfo", "fail")], "cannot be reached"),
        case(Revocation, Fault::DropBefore, &[("revocation", "warn")], "cannot be reached"),
        case(Jwks, Fault::DropBefore, &[("keys", "warn")], "cannot be reached"),
        case(Authorize, Fault::DropBefore, &[("sign-in-page", "fail")], "cannot be reached"),
        // The authorization endpoint, whose faults hit every redirect URI alike.
        case(
            Authorize,
            Fault::not_found(),
            &[("sign-in-page", "fail"), ("silent", "warn"), ("unregistered-redirect", "warn")],
            "The server has no sign-in page there.",
        ),
        case(
            Authorize,
            html(200, "<title>Sign in</title>"),
            &[("sign-in-page", "warn"), ("silent", "warn"), ("unregistered-redirect", "warn")],
            "A redirect URI that no client has gets the same page",
        ),
        case(
            Authorize,
            html(200, "<h1>Invalid redirect URI</h1>"),
            &[("sign-in-page", "warn"), ("silent", "warn"), ("unregistered-redirect", "warn")],
            "This looks like a page with an error.",
        ),
        case(
            Authorize,
            text(200, "OK"),
            &[("sign-in-page", "fail"), ("silent", "warn"), ("unregistered-redirect", "warn")],
            "This is no page that a user can sign in on.",
        ),
        case(
            Authorize,
            Fault::Respond(Reply::json(200, &json!({ "status": "ok" }))),
            &[("sign-in-page", "fail"), ("silent", "warn"), ("unregistered-redirect", "warn")],
            "Check the address of the authorization endpoint.",
        ),
        case(
            Authorize,
            Fault::redirect(302, "/oops?error=unknown"),
            &[("sign-in-page", "warn"), ("silent", "warn"), ("unregistered-redirect", "warn")],
            "This looks like a page with an error.",
        ),
        case(
            Authorize,
            Fault::redirect(303, format!("{REDIRECT_URI}?error=invalid_scope")),
            &[("sign-in-page", "fail"), ("silent", "fail"), ("iss", "warn")],
            "The server refuses the request of this client",
        ),
        case(
            Authorize,
            html(500, "Sorry"),
            &[("sign-in-page", "fail"), ("silent", "warn"), ("unregistered-redirect", "warn")],
            "Register the client id and this redirect URI",
        ),
        case(
            Authorize,
            parameter("state", "other"),
            &[("silent", "fail")],
            "The server must return the state as it was sent.",
        ),
        case(
            Authorize,
            parameter("error", "server_error"),
            &[("silent", "warn")],
            "the answer should be login_required",
        ),
        case(Authorize, edit_issuer(String::clear), &[("iss", "warn")], "Errors need it too"),
        case(
            Authorize,
            edit_issuer(|it| it.push_str("/other")),
            &[("iss", "fail")],
            "refuses an answer of another issuer",
        ),
        Case {
            fault: vec![
                (Authorize, edit_issuer(String::clear)),
                (Discovery, Fault::omit("authorization_response_iss_parameter_supported")),
            ],
            rows: &[("iss", "warn")],
            says: "give each its own redirect URI",
        },
    ]
}

#[tokio::test]
async fn refused_preflights_are_found() -> Result<()> {
    let server = server(true).await?;
    server.control().refuse_preflights(true);
    let report = check(server.origin(), &[]).await?;
    report.has(&[
        ("token-cors-json", "fail"),
        ("token-cors-form", "warn"),
        ("userinfo", "fail"),
        ("revocation", "warn"),
    ])?;
    report.says("token-cors-json", "Access-Control-Allow-Headers: content-type")?;
    report.says("userinfo", "Access-Control-Allow-Headers: authorization")?;
    report.says("token-cors-form", "The SDK's own forms need no preflight.")?;
    report.says("revocation", "The SDK's own forms need no preflight.")
}

/// The request without a page is told apart from the one with a page: only the first is redirected.
#[tokio::test]
async fn a_server_that_redirects_to_an_unregistered_address_fails() -> Result<()> {
    let server = server(true).await?;
    let client = Client::new(CLIENT, REDIRECT_URI);
    let redirect_uris = vec![REDIRECT_URI.into(), FOREIGN_URI.into()];
    server.register(Client { redirect_uris, ..client });
    let report = check(server.origin(), &[]).await?;
    // The page is the same one too, so it says nothing any more.
    report.has(&[("sign-in-page", "warn"), ("unregistered-redirect", "fail")])?;
    report.says("unregistered-redirect", "This is an open redirect")
}

#[tokio::test]
async fn an_unknown_client_is_told_what_to_register() -> Result<()> {
    let server = server(false).await?;
    let more = ["--client-id=other", "--redirect-uri=http://localhost:5174/callback"];
    let report = check(server.origin(), &more).await?;
    report.has(&[
        ("sign-in-page", "fail"),
        ("silent", "warn"),
        ("iss", "warn"),
        ("unregistered-redirect", "warn"),
        ("token-error", "fail"),
        ("token-cors-json", "fail"),
        ("token-cors-form", "fail"),
        ("userinfo", "fail"),
        ("revocation", "warn"),
    ])?;
    report.says("sign-in-page", "Register the client id and this redirect URI")?;
    report.says("unregistered-redirect", "The app's own redirect URI gets the same answer.")
}

/// Such as Auth0's issuer, which ends in a slash, or a tenant's, which has a path.
#[tokio::test]
async fn an_issuer_is_compared_byte_for_byte_and_may_have_a_path() -> Result<()> {
    let server = server(true).await?;
    let control = server.control();
    let tenant = format!("{}/tenant/a", server.origin());
    check(&tenant, &[]).await?.has(&[])?;

    let report = check(&format!("{tenant}/"), &[]).await?;
    report.has(&[("issuer", "fail")])?;
    report.says("issuer", &format!("server: {{ issuer: \"{tenant}\" }}"))?;
    let report = check(&format!("{}/", server.origin()), &[]).await?;
    report.says("issuer", "The two differ only in the slash at the end.")?;

    // Without metadata, only Basic's endpoints could be known, and those are at an origin.
    control.inject(Injection::new(Endpoint::Discovery, Fault::not_found()));
    let report = check(&tenant, &[]).await?;
    report.has(&[("discovery", "fail"), ("endpoints", "fail"), ("end-session", "warn")])?;
    report.says("discovery", "give the endpoints")?;
    let endpoints = [
        format!("--authorization-endpoint={tenant}/auth/authorize"),
        format!("--token-endpoint={tenant}/auth/token"),
        format!("--end-session-endpoint={tenant}/auth/end-session"),
    ];
    let endpoints: Vec<&str> = endpoints.iter().map(String::as_str).collect();
    check(&tenant, &endpoints).await?.has(&[("discovery", "fail")])?;
    control.clear_all();

    // A page that reads the metadata needs CORS for them; the plain origin does without.
    control.inject(Injection::new(Endpoint::Discovery, Fault::NoCors));
    check(&tenant, &[]).await?.has(&[("discovery-cors", "fail")])?;
    control.clear_all();

    // Faulty keys are fatal only to an app that gets ID tokens.
    control.inject(Injection::new(Endpoint::Jwks, Fault::NoCors));
    check(&tenant, &["--scope=openid"]).await?.has(&[("keys", "fail")])
}

#[tokio::test]
async fn an_endpoint_keeps_its_own_parameters() -> Result<()> {
    let server = server(true).await?;
    let control = server.control();
    let endpoint = format!("{}/auth/authorize?tenant=a%20b&x", server.origin());
    let metadata = Fault::set("authorization_endpoint", endpoint);
    control.inject(Injection::new(Endpoint::Discovery, metadata));
    check(server.origin(), &[]).await?.has(&[])?;
    let requests = control.requests_to(Endpoint::Authorize, Some(CLIENT));
    assert_eq!(requests.len(), 4);
    for request in requests {
        let sent = format!("{request:?}");
        ensure!(sent.contains("tenant=a%20b&x&client_id="), "{sent}");
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_down_is_reported_once() -> Result<()> {
    let server = server(true).await?;
    server.control().take_offline();
    let report = check(server.origin(), &[]).await?;
    assert_eq!(report.status, 1);
    report.has(&[("discovery", "fail")])?;
    report.says("discovery", "The server cannot be reached.")
}

/// This provider sends an error to prompt=none, names itself, and reads forms only.
#[tokio::test]
async fn oidc_provider_has_nothing_to_mend() -> Result<()> {
    let provider = Provider::oidc_provider(REDIRECT_URI).await?;
    let report = check(&provider.origin, &["--scope=openid offline_access"]).await?;
    report.has(&[])?;
    assert_eq!(report.row("token-json")?["verdict"], "skipped");
    assert_eq!(report.row("sign-in-page")?["verdict"], "ok");

    let more = ["--redirect-uri=http://localhost:5174/callback", "--scope=openid"];
    let report = check(&provider.origin, &more).await?;
    assert_eq!(report.status, 1);
    report.says("sign-in-page", "Register the client id and this redirect URI")
}

#[tokio::test]
async fn wrong_usage_has_a_status_of_its_own() -> Result<()> {
    for (arguments, says) in [
        (&["check"][..], "Name one server."),
        (&["check", "https://a.example"], "--client-id is missing."),
        (&["check", "https://a.example", "--client-id=a"], "--redirect-uri is missing."),
        (&["check", "http://a.example", "--client-id=a"], "SERVER has to be https"),
        (
            &["check", "https://a.example", "--client-id=a", "--redirect-uri=/callback"],
            "no absolute",
        ),
        (&["check", "https://a.example", "--secret=x"], "Unknown option '--secret'"),
        (&["chekc"], "The only command is check"),
    ] {
        let output = command()?.args(arguments).output().await?;
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let error = String::from_utf8(output.stderr)?;
        ensure!(error.contains(says) && error.contains("Usage:"), "{arguments:?}: {error}");
    }
    let output = command()?.arg("--help").output().await?;
    assert_eq!(output.status.code(), Some(0));
    ensure!(String::from_utf8(output.stdout)?.contains("Exit status:"));
    Ok(())
}

/// The page shows what the demo server gets that its commands start.
#[tokio::test]
async fn the_example_of_the_documentation_is_a_real_one() -> Result<()> {
    let server = AuthorizationServer::start(Options::default()).await?;
    server.register(Client::new("my-app", REDIRECT_URI));
    let fault: NamedFault = "user=no-cors".parse()?;
    server.control().inject(fault.injection());
    let arguments = ["check", server.origin(), "--client-id", "my-app"];
    let output = command()?.args(arguments).args(["--redirect-uri", REDIRECT_URI]).output().await?;
    assert_eq!(output.status.code(), Some(1));
    let table = String::from_utf8(output.stdout)?.replace(server.origin(), "http://127.0.0.1:8081");

    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/check.md");
    let page = std::fs::read_to_string(page)?;
    let example = page.split("```text\n").nth(1).and_then(|it| it.split("```").next());
    assert_eq!(example, Some(table.as_str()));
    let setup = "--client my-app=http://localhost:5173/callback --fail user=no-cors";
    ensure!(page.contains(setup), "the page says how to start the server of the example");
    Ok(())
}

async fn server(announces_issuer: bool) -> Result<AuthorizationServer> {
    let clients = vec![Client::new(CLIENT, REDIRECT_URI)];
    AuthorizationServer::start(Options { announces_issuer, clients, ..Options::default() }).await
}

/// What the command printed.
struct Report {
    status: i32,
    json: Value,
}

/// Runs the command for the app that [`server`] knows. Of an option that is given twice, the last counts.
async fn check(server: &str, more: &[&str]) -> Result<Report> {
    let fixed = ["check", server, "--json", "--client-id", CLIENT, "--redirect-uri", REDIRECT_URI];
    let output = command()?.args(fixed).args(more).output().await?;
    let error = String::from_utf8_lossy(&output.stderr);
    ensure!(error.is_empty(), "{error}");
    let json = serde_json::from_slice(&output.stdout)?;
    Ok(Report { status: output.status.code().context("it was ended")?, json })
}

fn command() -> Result<Command> {
    let mut command = Command::new("node");
    command.arg(Stage::npm_folder()?.join("check.js")).kill_on_drop(true);
    Ok(command)
}

impl Report {
    fn rows(&self) -> impl Iterator<Item = &Value> {
        self.json["checks"].as_array().into_iter().flatten()
    }

    fn row(&self, id: &str) -> Result<&Value> {
        self.rows().find(|row| row["id"] == id).with_context(|| format!("no row {id}"))
    }

    /// Requires that exactly these rows warn or fail, each with advice, and that the exit status follows.
    fn has(&self, expected: &[(&str, &str)]) -> Result<()> {
        let mut expected: Vec<Value> = expected.iter().map(|(id, it)| json!([id, it])).collect();
        let is_bad = |row: &&Value| row["verdict"] == "warn" || row["verdict"] == "fail";
        let bad: Vec<&Value> = self.rows().filter(is_bad).collect();
        let mut found: Vec<Value> =
            bad.iter().map(|row| json!([row["id"], row["verdict"]])).collect();
        found.sort_by_key(Value::to_string);
        expected.sort_by_key(Value::to_string);
        ensure!(found == expected, "{bad:#?}, not {expected:?}");
        ensure!(bad.iter().all(|row| row["advice"].is_string()), "without advice: {bad:#?}");
        let status = i32::from(bad.iter().any(|row| row["verdict"] == "fail"));
        ensure!(self.status == status, "exit status {}", self.status);
        Ok(())
    }

    fn says(&self, id: &str, advice: &str) -> Result<()> {
        let row = self.row(id)?;
        let said = row["advice"].as_str().unwrap_or_default();
        ensure!(said.contains(advice), "{row:#}, not {advice}");
        Ok(())
    }
}
