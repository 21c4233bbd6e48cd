//! The SDK with third-party servers, each in a process of its own: npm's `oidc-provider`, one that
//! Python's Authlib makes, and two products, Django OAuth Toolkit and Canaille.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use e2e::{Browser, CLIENT, Process, Stage, in_every_engine, wait_for, wait_until};
use serde_json::{Value, json};
use tokio::process::Command;
use url::Url;

in_every_engine!(
    r52_a_foreign_provider_signs_in_refreshes_with_rotation_and_signs_out,
    r6_r52_authlib_with_required_nonce_signs_in_refreshes_and_signs_out,
    r95_oidc_provider_is_discovered_refreshes_and_ends_its_session,
    r6_r95_django_oauth_toolkit_with_a_path_is_discovered_and_ends_its_session,
    r6_r111_canaille_with_a_list_of_audiences_is_discovered_and_ends_its_session,
);

/// R32 as well: this provider names itself in the callback.
async fn r52_a_foreign_provider_signs_in_refreshes_with_rotation_and_signs_out(
    browser: &Browser,
) -> Result<()> {
    // A policy would have to name the provider, which has to know the app first.
    let stage = Stage::pages_with(|options| options.csp = None).await?;
    let provider = Provider::oidc_provider(&stage.redirect_uri()).await?;
    let at = |path: &str| format!("{}{path}", provider.origin);
    stage.set_options(json!({
        "scope": "openid offline_access",
        "authorizationParams": { "prompt": "consent" },
        "server": {
            "authorizationEndpoint": at("/auth"),
            "tokenEndpoint": at("/token"),
            "userinfoEndpoint": at("/me"),
            "revocationEndpoint": at("/token/revocation"),
            "issuer": provider.origin,
            "issParameterSupported": true,
            "tokenEncoding": "form",
        },
    }));

    stage.sign_in(browser).await?;
    browser.until("auth.state.user?.sub === 'ada'").await?;
    assert_eq!(browser.eval("auth.state.scope").await?, json!(["openid", "offline_access"]));
    assert_eq!(browser.eval("location.pathname + location.search").await?, "/");
    let first = browser.eval("auth.getToken()").await?;
    assert_eq!(ask(browser, &at("/me"), &first).await?, 200);

    wait_for_two_refreshes(browser).await?;
    let later = browser.eval("auth.getToken()").await?;
    ensure!(first != later, "the same token");
    assert_eq!(browser.eval("auth.state.refresh").await?, "ok");
    let me = browser.run("return (await auth.fetch(args[0])).json()", json!([at("/me")])).await?;
    assert_eq!(me["sub"], "ada");

    // Revoked at the provider, not only forgotten here.
    let last = browser.eval("auth.getToken()").await?;
    browser.eval("auth.signOut()").await?;
    assert_eq!(browser.eval("auth.state.reason").await?, "signed-out");
    assert_eq!(browser.eval(FAILURES).await?, json!([]));
    assert_eq!(ask(browser, &at("/me"), &last).await?, 401);
    assert_eq!(browser.eval("Object.keys(localStorage)").await?, json!([]));
    assert_eq!(browser.eval("consoleLines").await?, json!([]));
    Ok(())
}

/// Authlib refuses the sign-in if a nonce is missing or was used before.
async fn r6_r52_authlib_with_required_nonce_signs_in_refreshes_and_signs_out(
    browser: &Browser,
) -> Result<()> {
    // No policy, as above.
    let stage = Stage::pages_with(|options| options.csp = None).await?;
    let provider = Provider::python("authlib", &stage.redirect_uri(), &[]).await?;
    let at = |path: &str| format!("{}{path}", provider.origin);
    stage.set_options(json!({
        "scope": "openid profile",
        "server": {
            "authorizationEndpoint": at("/authorize"),
            "tokenEndpoint": at("/token"),
            "userinfoEndpoint": at("/me"),
            "revocationEndpoint": at("/revoke"),
            "tokenEncoding": "form",
        },
    }));

    stage.sign_in(browser).await?;
    browser.until("auth.state.user?.name === 'Ada Lovelace'").await?;
    assert_eq!(browser.eval("auth.state.user.sub").await?, "ada");
    assert_eq!(browser.eval("auth.state.scope").await?, json!(["openid", "profile"]));
    assert_eq!(browser.eval("location.pathname + location.search").await?, "/");

    wait_for_two_refreshes(browser).await?;
    assert_eq!(browser.eval("auth.state.refresh").await?, "ok");
    let token = browser.eval("auth.getToken()").await?;
    assert_eq!(ask(browser, &at("/me"), &token).await?, 200);

    browser.eval("auth.signOut()").await?;
    assert_eq!(browser.eval("auth.state.reason").await?, "signed-out");
    assert_eq!(browser.eval(FAILURES).await?, json!([]));
    assert_eq!(browser.eval("Object.keys(localStorage)").await?, json!([]));
    assert_eq!(browser.eval("consoleLines").await?, json!([]));

    // Each refresh token was used once, and the last one, which was not used, is revoked.
    let seen = browser.run(SEEN, json!([at("/seen")])).await?;
    let exchanges = seen["tokenRequests"].as_array().context("it lists the token requests")?;
    ensure!(exchanges.len() >= 3, "one exchange of a code and two refreshes: {exchanges:?}");
    for (earlier, later) in exchanges.iter().zip(exchanges.iter().skip(1)) {
        let used = &later["sent"]["refresh_token"];
        ensure!(used.is_string(), "no refresh token: {later}");
        assert_eq!(used, &earlier["answer"]["refresh_token"]);
        assert_ne!(used, &later["answer"]["refresh_token"], "not rotated");
    }
    let last = exchanges.last().map(|exchange| &exchange["answer"]["refresh_token"]);
    let answer = browser.run(REFRESH, json!([at("/token"), last, CLIENT])).await?;
    assert_eq!(answer, json!([400, "invalid_grant"]));
    assert_eq!(ask(browser, &at("/me"), &token).await?, 401);

    stage.sign_in(browser).await?;
    let seen = browser.run(SEEN, json!([at("/seen")])).await?;
    let sent = texts(&seen["authorizationRequests"], "/nonce");
    let signed = texts(&seen["tokenRequests"], "/idToken/nonce");
    assert_eq!(sent, signed, "the provider signs what it was sent");
    let [first, second] = sent.as_slice() else { bail!("two sign-ins, not {sent:?}") };
    assert_ne!(first, second);
    ensure!((22..=64).contains(&first.len()), "easy to guess, or too long: {first}");
    Ok(())
}

/// The user has no page to answer here: a silent sign-in shows whether the provider knows them.
async fn r95_oidc_provider_is_discovered_refreshes_and_ends_its_session(
    browser: &Browser,
) -> Result<()> {
    let (stage, redirect_uri) = discovery_stage().await?;
    let provider = Provider::oidc_provider(&redirect_uri).await?;
    let pages = Pages { login: &[], consent: &[], sign_out: &[Step::Press("[name=logout]")] };
    let play = Discovered { browser, stage, provider, pages };
    play.options(json!({
        "scope": "openid offline_access",
        "authorizationParams": { "prompt": "consent" },
    }));
    play.stage.visit(browser, "/").await?;
    play.sign_in().await?;
    play.claims_are_of("ada").await?;
    play.refreshes_twice_with_rotation().await?;

    // While the provider knows the user, no page is needed.
    let silent = json!({ "scope": "openid", "authorizationParams": { "prompt": "none" } });
    play.options(silent.clone());
    play.stage.visit(browser, "/").await?;
    play.sign_in().await?;
    // Of this sign-in: tokens with `offline_access` outlive the session at the provider.
    let token = browser.eval("auth.getToken()").await?;
    play.sign_out_everywhere().await?;
    assert_eq!(ask(browser, &play.provider.at("/me"), &token).await?, 401);
    assert_eq!(browser.eval("consoleLines").await?, json!([]));

    let code = play.stage.sign_in_in_vain(browser).await?;
    assert_eq!(code, "authorization-error");
    assert_eq!(browser.eval("auth.state.error.error").await?, "login_required");
    Ok(())
}

/// Its issuer has a path, it lists `plain` beside `S256`, and it answers each refresh with an ID token
/// that has no nonce. It always asks for consent, and before it ends its session.
async fn r6_r95_django_oauth_toolkit_with_a_path_is_discovered_and_ends_its_session(
    browser: &Browser,
) -> Result<()> {
    let (stage, redirect_uri) = discovery_stage().await?;
    let provider = Provider::python("django-oauth-toolkit", &redirect_uri, &[]).await?;
    let pages = Pages {
        login: &[
            Step::Type("[name=username]", "ada"),
            Step::Type("[name=password]", "lovelace"),
            Step::Press("[type=submit]"),
        ],
        consent: &[Step::Press("[name=allow]")],
        sign_out: &[Step::Press("[name=allow]")],
    };
    let play = Discovered { browser, stage, provider, pages };
    play.options(json!({ "scope": "openid profile" }));
    // The subject is the key of the user in the database.
    play.signs_in_and_out("1", &[]).await?;

    // Its sign-out ends the tokens too.
    play.options(json!({ "scope": "openid profile" }));
    play.follow(play.pages.login).await?;
    play.follow(play.pages.consent).await?;
    browser.until("window.ready && auth.state.isSignedIn").await?;
    let token = browser.eval("auth.getToken()").await?;
    assert_eq!(ask(browser, &play.provider.at("/o/userinfo/"), &token).await?, 200);
    play.sign_out_everywhere().await?;
    assert_eq!(ask(browser, &play.provider.at("/o/userinfo/"), &token).await?, 401);
    Ok(())
}

/// It signs with ES256 among two keys, names the audience in a list, and offers `none` in its
/// metadata. It accepts no revocation by a public client: sign-out completes all the same (R111).
/// It returns only with the ID token, and answers a refresh without one, so the first one is kept.
async fn r6_r111_canaille_with_a_list_of_audiences_is_discovered_and_ends_its_session(
    browser: &Browser,
) -> Result<()> {
    let (stage, redirect_uri) = discovery_stage().await?;
    let signed_out = stage.url("/other");
    let more = [format!("--post-logout-redirect-uri={signed_out}")];
    let provider = Provider::python("canaille", &redirect_uri, &more).await?;
    let pages = Pages {
        login: &[
            Step::Type("[name=login]", "ada"),
            Step::Press("[type=submit]"),
            Step::Type("[name=password]", "lovelace"),
            Step::Press("[type=submit]"),
        ],
        consent: &[Step::Press("#accept")],
        sign_out: &[],
    };
    let play = Discovered { browser, stage, provider, pages };
    play.options(json!({ "scope": "openid profile", "postLogoutRedirectUri": signed_out }));
    play.signs_in_and_out("ada", &["revocation-failed"]).await
}

/// The pages of an app without a policy: it would have to name the provider, which has to know the
/// app first.
async fn discovery_stage() -> Result<(Stage, String)> {
    let stage = Stage::pages_with(|options| options.csp = None).await?;
    stage.add_page("/bye");
    let redirect_uri = stage.redirect_uri();
    Ok((stage, redirect_uri))
}

/// What the user does on a page of a provider.
#[derive(Clone, Copy)]
enum Step {
    Press(&'static str),
    Type(&'static str, &'static str),
}

/// The pages that a provider shows, as steps of the user.
struct Pages {
    login: &'static [Step],
    consent: &'static [Step],
    sign_out: &'static [Step],
}

/// An app that knows the issuer of a provider, and nothing else of it.
struct Discovered<'a> {
    browser: &'a Browser,
    stage: Stage,
    provider: Provider,
    pages: Pages,
}

impl Discovered<'_> {
    fn options(&self, mut changes: Value) {
        changes["server"] = json!({ "issuer": self.provider.issuer });
        self.stage.set_options(changes);
    }

    /// Signs in with the provider's login form, refreshes, and signs out here and at the provider.
    /// Ends at the login form, which the next sign-in shows again. `failures` is all that fails.
    async fn signs_in_and_out(&self, subject: &str, failures: &[&str]) -> Result<()> {
        let browser = self.browser;
        self.stage.visit(browser, "/").await?;
        self.stage.leave_to_sign_in(browser, Value::Null).await?;
        self.follow(self.pages.login).await?;
        let nonce = self.nonce_at_consent().await?;
        self.follow(self.pages.consent).await?;
        browser.until("window.ready && auth.state.isSignedIn").await?;
        self.claims_are_of(subject).await?;
        assert_eq!(browser.eval("auth.claims.nonce").await?, nonce);
        assert_eq!(browser.eval("location.pathname + location.search").await?, "/");
        self.refreshes_twice_with_rotation().await?;

        // Signed out here only, the provider still knows the user and shows no login form.
        browser.eval("auth.signOut()").await?;
        assert_eq!(browser.eval("auth.state.reason").await?, "signed-out");
        assert_eq!(browser.eval(FAILURES).await?, json!(failures));
        self.stage.leave_to_sign_in(browser, Value::Null).await?;
        self.consent_if_asked().await?;
        self.claims_are_of(subject).await?;

        self.sign_out_everywhere().await?;
        assert_eq!(browser.eval("consoleLines").await?, json!([]));
        self.stage.leave_to_sign_in(browser, Value::Null).await?;
        let Some(Step::Type(field, _)) = self.pages.login.first() else {
            bail!("a login form begins with a field");
        };
        self.until_found(field).await?;
        ensure!(browser.url().await?.starts_with(&self.provider.origin), "the provider's own form");
        Ok(())
    }

    /// Signs in on a page that has started, with a provider that shows no page.
    async fn sign_in(&self) -> Result<()> {
        self.stage.leave_to_sign_in(self.browser, Value::Null).await?;
        // The page that is left may be signed in already. Only the one that comes back has the event.
        let signed_in = "window.ready && events.some(({ type }) => type === 'signed-in')";
        self.browser.until(signed_in).await
    }

    async fn follow(&self, steps: &[Step]) -> Result<()> {
        for step in steps {
            match *step {
                Step::Press(selector) => {
                    self.until_found(selector).await?;
                    self.browser.eval(&press(selector)).await?;
                }
                Step::Type(selector, text) => self.browser.type_text(selector, text).await?,
            }
        }
        Ok(())
    }

    async fn until_found(&self, selector: &str) -> Result<()> {
        self.browser.until(&format!("document.querySelector('{selector}') !== null")).await
    }

    /// Waits for the consent page, whose address is that of the authorization request.
    async fn nonce_at_consent(&self) -> Result<String> {
        wait_for("the consent page", async || {
            let url = Url::parse(&self.browser.url().await?)?;
            let is_request = url.path().trim_end_matches('/').ends_with("/authorize");
            let nonce = url.query_pairs().find(|(name, _)| name == "nonce");
            Ok(nonce.filter(|_| is_request).map(|(_, nonce)| nonce.into_owned()))
        })
        .await
    }

    /// Presses through consent if the provider asks again, until the user is signed in.
    async fn consent_if_asked(&self) -> Result<()> {
        let Some(Step::Press(consent)) = self.pages.consent.first() else { return Ok(()) };
        let press = press(consent);
        wait_until("a sign-in without a login form", async || {
            let is_app = self.browser.url().await?.starts_with(self.stage.app.origin());
            if !is_app {
                self.browser.eval(&press).await?;
                return Ok(false);
            }
            Ok(self.browser.eval("window.ready && auth.state.isSignedIn").await? == true)
        })
        .await
    }

    async fn claims_are_of(&self, subject: &str) -> Result<()> {
        let browser = self.browser;
        let claims = browser.eval("auth.claims").await?;
        assert_eq!(claims["sub"], subject);
        assert_eq!(claims["iss"], self.provider.issuer.as_str());
        ensure!(claims["aud"] == CLIENT || claims["aud"] == json!([CLIENT]), "{claims}");
        ensure!(claims["nonce"].as_str().is_some_and(|nonce| nonce.len() >= 22), "{claims}");
        assert_eq!(browser.eval("Object.isFrozen(auth.claims)").await?, true);
        let is_known = format!("auth.state.user?.sub === '{subject}'");
        browser.until(&is_known).await
    }

    async fn refreshes_twice_with_rotation(&self) -> Result<()> {
        let browser = self.browser;
        let before = browser.eval("[auth.claims.sub, auth.claims.auth_time]").await?;
        let mut tokens = Vec::new();
        for count in 0..3 {
            browser.until(&format!("{REFRESHES} >= {count}")).await?;
            let token = browser.eval(REFRESH_TOKEN).await?;
            ensure!(token.as_str().is_some_and(|token| token.len() >= 22), "{token}");
            ensure!(!tokens.contains(&token), "not rotated: {token}");
            tokens.push(token);
        }
        assert_eq!(browser.eval("auth.state.refresh").await?, "ok");
        assert_eq!(browser.eval(FAILURES).await?, json!([]));
        assert_eq!(browser.eval("[auth.claims.sub, auth.claims.auth_time]").await?, before);

        // What the provider asserted is still known after a reload, in which no refresh is due.
        browser.reload().await?;
        browser.until("window.ready && auth.state.isSignedIn").await?;
        assert_eq!(browser.eval("[auth.claims.sub, auth.claims.auth_time]").await?, before);
        Ok(())
    }

    /// Signs out here and at the provider, and comes back to `/bye`.
    async fn sign_out_everywhere(&self) -> Result<()> {
        let browser = self.browser;
        let refresh_token = browser.eval(REFRESH_TOKEN).await?;
        // In a task of its own: the page goes away, and with it the driver's answer.
        let sign_out = "setTimeout(() => auth.signOut({ everywhere: true, returnTo: '/bye' }));";
        browser.run(sign_out, json!([])).await?;
        self.follow(self.pages.sign_out).await?;
        browser.until("location.pathname === '/bye' && window.ready === true").await?;
        assert_eq!(browser.eval("location.search + location.hash").await?, "");
        assert_eq!(browser.eval("auth.state.isSignedIn").await?, false);
        assert_eq!(browser.eval("auth.claims ?? null").await?, Value::Null);
        let left = browser.eval("Object.entries(localStorage).flat().join()").await?;
        let left = left.as_str().context("the store as text")?;
        ensure!(!left.contains(".session"), "a session is left: {left}");
        if let Some(token) = refresh_token.as_str() {
            ensure!(token.is_empty() || !left.contains(token), "a token is left: {left}");
        }
        Ok(())
    }
}

/// The types of the events that report a failure.
const FAILURES: &str =
    "events.map((event) => event.type).filter((type) => type.endsWith('-failed'))";

/// How often the page has refreshed.
const REFRESHES: &str = "events.filter((event) => event.type === 'refreshed').length";

/// The seventh line of the record (docs/architecture.md).
const REFRESH_TOKEN: &str = "Object.entries(localStorage)
    .find(([key]) => key.endsWith('.session'))[1].split('\\n')[6]";

/// Returns what the provider has seen.
const SEEN: &str = "return (await fetch(args[0])).json();";

/// Returns the status and the error of the answer to a refresh token.
const REFRESH: &str = "const [url, refresh_token, client_id] = args;
    const sent = { grant_type: 'refresh_token', refresh_token, client_id };
    const answer = await fetch(url, { method: 'POST', body: new URLSearchParams(sent) });
    return [answer.status, (await answer.json()).error];";

/// Returns the texts that the members of a list have at a place.
fn texts<'a>(list: &'a Value, place: &str) -> Vec<&'a str> {
    let members = list.as_array().into_iter().flatten();
    members.filter_map(|member| member.pointer(place)?.as_str()).collect()
}

/// Waits for one refresh, and for a second one: it shows that the rotated refresh token was kept.
async fn wait_for_two_refreshes(browser: &Browser) -> Result<()> {
    browser.until(&format!("{REFRESHES} >= 2")).await
}

/// What the provider answers to this token.
async fn ask(browser: &Browser, url: &str, token: &Value) -> Result<Value> {
    let body = "const headers = { authorization: `Bearer ${args[1]}` };
        return (await fetch(args[0], { headers })).status;";
    browser.run(body, json!([url, token])).await
}

/// A third-party server.
pub(crate) struct Provider {
    pub(crate) origin: String,
    issuer: String,
    _process: Process,
}

impl Provider {
    pub(crate) async fn oidc_provider(redirect_uri: &str) -> Result<Self> {
        let folder = tests().join("oidc-provider");
        let is_installed = folder.join("node_modules/oidc-provider").is_dir();
        ensure!(is_installed, "run `npm ci` in tests/e2e/oidc-provider");
        let mut command = Command::new("node");
        command.arg("server.mjs").current_dir(folder);
        Self::start(command, redirect_uri).await
    }

    /// A server of a folder that has a `requirements.txt`.
    async fn python(name: &str, redirect_uri: &str, more: &[String]) -> Result<Self> {
        let variable = ["BASIC_OAUTH_PYTHON_", &name.to_uppercase().replace('-', "_")].concat();
        let given = env::var_os(&variable).map(PathBuf::from);
        let installed = || tests().join("../../target/tools").join(name).join("bin/python");
        let python = given.unwrap_or_else(installed);
        let is_installed = python.is_file();
        ensure!(
            is_installed,
            "run `cargo xtask test --only e2e`, which installs {name}, or name a Python that has \
             it in {variable}"
        );
        let mut command = Command::new(python);
        command.arg("server.py").args(more).current_dir(tests().join(name));
        Self::start(command, redirect_uri).await
    }

    async fn start(mut command: Command, redirect_uri: &str) -> Result<Self> {
        command.args([format!("--client-id={CLIENT}"), format!("--redirect-uri={redirect_uri}")]);
        // Refreshed every few seconds, so that a refresh is seen.
        command.arg("--access-token-seconds=8");
        let (process, line) = Process::start_and_read_line(command).await?;
        let line: Value = serde_json::from_str(&line)?;
        let text = |name: &str| Some(line[name].as_str()?.to_owned());
        let origin = text("origin").context("it names its origin")?;
        let issuer = text("issuer").unwrap_or_else(|| origin.clone());
        Ok(Self { origin, issuer, _process: process })
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }
}

/// Returns a script that presses a button of a third-party server. A busy browser may lose the press of
/// the driver on a page that has just loaded.
fn press(selector: &str) -> String {
    format!("document.querySelector('{selector}')?.click()")
}

fn tests() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
