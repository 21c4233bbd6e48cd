//! The start in two stages: the entry answers from the stored record, and the module comes later.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use demo_server::{Document, Mount};
use e2e::{Browser, CLIENT, Stage, in_every_engine, wait_until};
use serde_json::{Value, json};

in_every_engine!(
    a_first_visit_loads_no_module_before_a_press,
    a_fresh_session_is_there_at_once_and_the_module_comes_when_the_page_is_idle,
    r94_tabs_without_the_module_refresh_once,
    r99_a_sign_out_elsewhere_is_seen_before_the_module_has_loaded,
    r97_a_session_stays_usable_while_the_module_cannot_load,
    r122_a_policy_without_web_assembly_is_named_as_the_cause,
    r18_a_double_start_on_the_callback_exchanges_the_code_once,
    the_button_loads_the_module_when_the_pointer_reaches_it,
    random_schedules_of_calls_loads_and_changes_keep_every_promise,
);

const HOUR: Duration = Duration::from_secs(3600);
const MODULE: &str = "/basic-oauth/module.js";

/// Pages whose clients load the module only when something needs it, with the client that they make
/// at once as `auth`.
async fn stage() -> Result<Stage> {
    let stage = Stage::pages().await?;
    stage.app.publish(Document::script("/probe.js", PROBE));
    stage.set_options(json!({ "preload": "use" }));
    Ok(stage)
}

const PROBE: &str = "import { BasicAuth } from '/basic-oauth/index.js';
    import options from '/options.js';
    window.events = [];
    window.auth = BasicAuth.create({ ...options, onEvent: (event) => window.events.push(event) });
    window.first = auth.state;
    window.changes = [];
    auth.subscribe((state) => window.changes.push(state));
    document.querySelector('button').onclick = () => setTimeout(() => auth.signIn());
    auth.ready.catch((error) => { window.failure = error; }).then(() => { window.ready = true; });";

fn loads_of_the_module(stage: &Stage) -> usize {
    stage.app.requests().iter().filter(|request| request.path == MODULE).count()
}

/// Signs in and comes back to a page whose client has not loaded the module.
async fn sign_in(stage: &Stage, browser: &Browser) -> Result<()> {
    stage.visit(browser, "/").await?;
    stage.leave_to_sign_in(browser, Value::Null).await?;
    browser.until("window.ready && auth.state.isSignedIn && Boolean(auth.state.user)").await?;
    stage.app.clear_requests();
    stage.visit(browser, "/other").await
}

async fn a_first_visit_loads_no_module_before_a_press(browser: &Browser) -> Result<()> {
    let stage = stage().await?;
    stage.visit(browser, "/").await?;
    assert_eq!(browser.eval("[first.status, first.reason]").await?, json!(["signed-out", "never"]));
    browser.until("document.readyState === 'complete'").await?;
    assert_eq!(loads_of_the_module(&stage), 0);
    assert_eq!(browser.eval("auth.hasScope('profile')").await?, false);
    stage.leave_to_sign_in(browser, Value::Null).await?;
    browser.until("window.ready && auth.state.isSignedIn").await?;
    assert_eq!(stage.exchanges().len(), 1);
    ensure!(loads_of_the_module(&stage) > 0);
    stage.ensure_no_csp_report()
}

async fn a_fresh_session_is_there_at_once_and_the_module_comes_when_the_page_is_idle(
    browser: &Browser,
) -> Result<()> {
    let stage = stage().await?;
    sign_in(&stage, browser).await?;
    assert_eq!(browser.eval("first.isSignedIn").await?, true);
    assert_eq!(browser.eval("first.user.name").await?, "Ada Lovelace");
    let token = browser.eval("auth.getToken()").await?;
    ensure!(stage.secrets().contains(&token.as_str().context("a token")?.to_owned()));
    assert_eq!(browser.eval("auth.hasScope('profile:read')").await?, true);
    assert_eq!(browser.eval("auth.expiresAt > Date.now()").await?, true);
    assert_eq!(loads_of_the_module(&stage), 0);

    stage.set_options(json!({}));
    stage.visit(browser, "/shop").await?;
    browser.until("events.some(({ type }) => type === 'restored')").await?;
    assert_eq!(loads_of_the_module(&stage), 1);
    assert_eq!(browser.eval("auth.getToken()").await?, token);
    assert_eq!(browser.eval("changes").await?, json!([]), "nothing that a user sees");
    assert_eq!(browser.eval("first === auth.state").await?, true);
    stage.ensure_no_csp_report()
}

async fn r94_tabs_without_the_module_refresh_once(browser: &Browser) -> Result<()> {
    let stage = stage().await?;
    sign_in(&stage, browser).await?;
    let mut tabs = vec![browser.tab().await?];
    for _ in 0..9 {
        tabs.push(browser.new_tab().await?);
        stage.visit(browser, "/other").await?;
    }
    assert_eq!(loads_of_the_module(&stage), 0);
    stage.jump(browser, HOUR).await?;
    for tab in &tabs {
        browser.switch_to(tab).await?;
        browser.run("window.asked = auth.getToken();", json!([])).await?;
    }
    let mut tokens = Vec::new();
    for tab in &tabs {
        browser.switch_to(tab).await?;
        tokens.push(browser.eval("window.asked").await?);
    }
    tokens.dedup();
    assert_eq!(tokens.len(), 1, "all tabs have the same token");
    assert_eq!(stage.refreshes().len(), 1);
    for tab in &tabs[1..] {
        browser.close_tab(tab).await?;
    }
    browser.switch_to(&tabs[0]).await
}

async fn r99_a_sign_out_elsewhere_is_seen_before_the_module_has_loaded(
    browser: &Browser,
) -> Result<()> {
    let stage = stage().await?;
    sign_in(&stage, browser).await?;
    let first = browser.tab().await?;
    let second = browser.new_tab().await?;
    stage.visit(browser, "/other").await?;
    browser.eval("auth.signOut()").await?;
    browser.switch_to(&first).await?;
    browser.until("auth.state.status === 'signed-out'").await?;
    assert_eq!(browser.eval("auth.state.reason").await?, "signed-out-elsewhere");
    let refused = "auth.getToken().catch(({ code }) => code)";
    assert_eq!(browser.eval(refused).await?, "not-signed-in");
    browser.close_tab(&second).await?;
    browser.switch_to(&first).await
}

async fn r97_a_session_stays_usable_while_the_module_cannot_load(browser: &Browser) -> Result<()> {
    let stage = stage().await?;
    sign_in(&stage, browser).await?;
    let package = Stage::npm_file("module.js")?;
    // As a host of single-page apps answers for a file of an earlier deployment.
    stage.app.publish(Document::html(MODULE, "<!doctype html><title>An app</title>"));
    stage.set_options(json!({}));
    stage.visit(browser, "/shop").await?;
    browser.until("events.some(({ type }) => type === 'load-failed')").await?;
    browser.until("consoleLines.some((line) => line.includes('did not load'))").await?;
    assert_eq!(browser.eval("auth.state.isSignedIn").await?, true);
    assert_eq!(browser.eval("typeof await auth.getToken()").await?, "string");
    let sign_out =
        "auth.signOut().then(() => 'done', ({ code, message }) => `${code}: ${message}`)";
    let refused = browser.eval(sign_out).await?;
    let refused = refused.as_str().context("a text")?;
    ensure!(refused.starts_with("load-failed: "), "{refused}");

    stage.app.publish(Document::script(MODULE, package));
    let again = browser.eval(sign_out).await?;
    let again = again.as_str().context("a text")?;
    // Engines differ on whether a failed import may be repeated.
    ensure!(again == "done" || again.contains("reloaded"), "{again}");
    if again != "done" {
        stage.visit(browser, "/shop").await?;
        assert_eq!(browser.eval(sign_out).await?, "done");
    }
    browser.until("auth.state.status === 'signed-out'").await
}

async fn r122_a_policy_without_web_assembly_is_named_as_the_cause(browser: &Browser) -> Result<()> {
    let stage = stage().await?;
    let policy = demo_server::strict_csp(stage.origin()).replace(" 'wasm-unsafe-eval'", "");
    let page = std::str::from_utf8(include_bytes!("../src/pages/probe.html"))?;
    stage.app.publish(Document { csp: Some(policy), ..Document::html("/", page) });
    stage.visit(browser, "/").await?;
    let refused = "auth.preload().catch(({ code, message }) => `${code}: ${message}`)";
    let refused = browser.eval(refused).await?;
    let refused = refused.as_str().context("a text")?;
    ensure!(
        refused.starts_with("load-failed: ") && refused.contains("'wasm-unsafe-eval'"),
        "{refused}"
    );
    Ok(())
}

async fn r18_a_double_start_on_the_callback_exchanges_the_code_once(
    browser: &Browser,
) -> Result<()> {
    let stage = stage().await?;
    // As a strict mode mounts a component, removes it, and mounts it again.
    stage.app.publish(Document::script(
        "/probe.js",
        PROBE.replace(
            "window.auth = BasicAuth.create(",
            "BasicAuth.create(options).close();
         window.other = BasicAuth.create(options);
         window.auth = BasicAuth.create(",
        ),
    ));
    stage.visit(browser, "/").await?;
    stage.leave_to_sign_in(browser, Value::Null).await?;
    browser.until("window.ready && auth.state.isSignedIn && window.other.state.isSignedIn").await?;
    assert_eq!(stage.exchanges().len(), 1);
    assert_eq!(browser.eval("consoleLines").await?, json!([]));
    stage.ensure_no_csp_report()
}

async fn the_button_loads_the_module_when_the_pointer_reaches_it(browser: &Browser) -> Result<()> {
    let stage = stage().await?;
    let button = format!(
        r#"<!doctype html><html lang="en"><title>A page</title>
        <script type="module" src="/basic-oauth/button.js"></script>
        <basic-sign-in client-id="{CLIENT}" redirect-uri="{}" server="{}" preload="use">
        </basic-sign-in></html>"#,
        stage.redirect_uri(),
        stage.origin(),
    );
    stage.app.publish(Document::html("/", button));
    browser.open(&stage.url("/")).await?;
    browser.until("document.querySelector('basic-sign-in')?.status === 'signed-out'").await?;
    assert_eq!(loads_of_the_module(&stage), 0);
    let reach = "document.querySelector('basic-sign-in').shadowRoot.querySelector('button')
        .dispatchEvent(new PointerEvent('pointerenter'));";
    browser.run(reach, json!([])).await?;
    wait_until("the module", async || Ok(loads_of_the_module(&stage) == 1)).await?;
    Ok(())
}

/// The simulation of the tests in Rust does not cover JavaScript, so this plays the facade.
async fn random_schedules_of_calls_loads_and_changes_keep_every_promise(
    browser: &Browser,
) -> Result<()> {
    const SCHEDULES: u32 = 120;
    const SCRIPT: &str = include_str!("../src/pages/interleavings.js");
    let template = concat!(env!("CARGO_MANIFEST_DIR"), "/../../pkg-template");
    let stage = Stage::pages_with(|options| {
        options.mounts.push(Mount::new("/pkg-template/", template));
        // The frame is a page of this origin.
        options.csp = options.csp.as_ref().map(|policy| {
            policy.replace("frame-ancestors 'none'", "frame-src 'self'; frame-ancestors 'self'")
        });
    })
    .await?;
    stage.app.publish(Document::html("/frame", "<!doctype html><title>Another page</title>"));
    stage.app.publish(Document::script("/probe.js", SCRIPT));
    stage.visit(browser, "/").await?;
    let options = json!({ "redirectUri": stage.redirect_uri(), "server": stage.origin() });
    let mut logs = String::new();
    for seed in 0..SCHEDULES {
        let log = browser.run("return await window.play(...args);", json!([seed, options])).await?;
        logs += log.as_str().context("a log")?;
    }
    // A schedule that does nothing would prove nothing.
    for done in ["getToken is done", "signOut is done", "refused: load-failed", "refused: closed"] {
        ensure!(logs.contains(done), "no schedule had {done:?}");
    }
    stage.ensure_no_csp_report()
}
