//! What hosts and routers do to the page of a sign-in, and the address of the user afterwards.

use anyhow::{Context, Result, ensure};
use demo_server::{Client, Document, Endpoint, Fault, Injection, Parameters};
use e2e::{Browser, CLIENT, Stage, in_every_engine};
use serde_json::{Value, json};

in_every_engine!(
    r40_an_answer_is_taken_at_the_path_that_the_host_makes_of_it,
    r41_a_router_that_is_faster_than_the_module_loses_no_sign_in,
    c29_a_refusal_takes_the_user_back_with_the_error,
    c29_a_site_of_documents_loads_the_page_of_the_sign_in,
);

/// The page of the sign-ins.
const DEEP_LINK: &str = "/other?x=1#h";

/// R7, R40 and R148.
async fn r40_an_answer_is_taken_at_the_path_that_the_host_makes_of_it(
    browser: &Browser,
) -> Result<()> {
    add_a_slash_to_the_callback(browser).await?;
    share_a_redirect_uri_between_two_clients(browser).await
}

async fn add_a_slash_to_the_callback(browser: &Browser) -> Result<()> {
    let stage = Stage::pages().await?;
    serve_the_callback_with_a_slash(&stage);
    visit_deep_link(&stage, browser).await?;
    stage.leave_to_sign_in(browser, Value::Null).await?;
    browser.until("window.ready && auth.state.isSignedIn").await?;
    assert_eq!(address(browser).await?, DEEP_LINK);
    ensure!(stage.app.requests().iter().any(|request| request.path == "/callback/"));
    // Byte for byte what was registered, although the host changed it.
    let sent = stage.exchanges()[0].body_param("redirect_uri");
    assert_eq!(sent, Some(stage.redirect_uri()));
    stage.ensure_no_csp_report()
}

/// One page starts two clients one after the other, in either order.
async fn share_a_redirect_uri_between_two_clients(browser: &Browser) -> Result<()> {
    const SECOND: &str = "second";
    let stage = Stage::pages().await?;
    stage.control.register(Client::new(SECOND, stage.redirect_uri()).auto_consent());
    let two_clients = "import { BasicAuth } from '/basic-oauth/index.js';
        import options from '/options.js';
        const { order, ...shared } = options;
        window.clients = {};
        for (const clientId of order) {
          window.clients[clientId] = await BasicAuth.start({ ...shared, clientId });
        }
        window.ready = true;
        document.querySelector('button').onclick = () =>
          setTimeout(() => window.clients[window.signInOptions.as].signIn());";
    stage.app.publish(Document::script("/probe.js", two_clients));
    for order in [[CLIENT, SECOND], [SECOND, CLIENT]] {
        stage.set_options(json!({ "order": order }));
        for (index, client) in [CLIENT, SECOND].into_iter().enumerate() {
            visit_deep_link(&stage, browser).await?;
            stage.leave_to_sign_in(browser, json!({ "as": client })).await?;
            let is_signed_in = format!("window.ready && clients.{client}.state.isSignedIn");
            browser.until(&is_signed_in).await.with_context(|| format!("{client} of {order:?}"))?;
            assert_eq!(address(browser).await?, DEEP_LINK);
            let errors = "Object.values(clients).map((client) => client.state.error ?? null)";
            assert_eq!(browser.eval(errors).await?, json!([null, null]), "{client} of {order:?}");
            let count = "Object.values(clients).filter((client) => client.state.isSignedIn).length";
            assert_eq!(browser.eval(count).await?, index + 1, "{client} of {order:?}");
        }
        browser.eval("Promise.all(Object.values(clients).map((it) => it.signOut()))").await?;
    }
    stage.ensure_no_csp_report()
}

/// R41, R51 and C7.
async fn r41_a_router_that_is_faster_than_the_module_loses_no_sign_in(
    browser: &Browser,
) -> Result<()> {
    leave_the_callback_page_while_the_module_loads(browser).await?;
    route_by_the_fragment(browser).await
}

async fn leave_the_callback_page_while_the_module_loads(browser: &Browser) -> Result<()> {
    let stage = Stage::pages().await?;
    let fast_router = "import { BasicAuth } from '/basic-oauth/index.js';
        import options from '/options.js';
        window.events = [];
        const onEvent = (event) => window.events.push({ ...event, href: location.href });
        const starting = BasicAuth.start({ ...options, onEvent });
        if (location.pathname === '/callback') {
          window.left = location.search;
          history.replaceState(null, '', options.route(location));
        }
        window.auth = await starting;
        window.ready = true;
        document.querySelector('button').onclick = () => setTimeout(() => auth.signIn());";
    stage.app.publish(Document::script("/probe.js", fast_router));
    let not_found = "route: () => '/not-found'";
    let keeps_query = "route: ({ search }) => `/elsewhere${search}&own=1#top`";
    let takes_back = format!("{keeps_query}, onReturn: (path) => {{ window.taken = path; }}");
    for (members, expected) in
        [(not_found, DEEP_LINK), (keeps_query, DEEP_LINK), (&takes_back, "/elsewhere?own=1#top")]
    {
        stage.set_options_and(json!({}), members);
        visit_deep_link(&stage, browser).await?;
        stage.leave_to_sign_in(browser, Value::Null).await?;
        browser.until("window.ready && auth.state.isSignedIn").await.context(members.to_owned())?;
        let left = browser.eval("window.left").await?.to_string();
        ensure!(left.contains("code=") && left.contains("state="), "{members}: it left {left}");
        assert_eq!(address(browser).await?, expected, "{members}");
        let hrefs = browser.eval("events.map((event) => event.href)").await?.to_string();
        ensure!(!hrefs.contains("state="), "{members}: not clean in time: {hrefs}");
        browser.eval("auth.signOut()").await?;
    }
    assert_eq!(browser.eval("window.taken").await?, DEEP_LINK);
    stage.ensure_no_csp_report()
}

/// R51: the page is its own redirect URI, and its router lives in the fragment.
async fn route_by_the_fragment(browser: &Browser) -> Result<()> {
    let route = "/#/orders/17?tab=2";
    let stage = stage_that_records_returns().await?;
    let redirect_uri = stage.url("/");
    stage.control.register(Client::new(CLIENT, &redirect_uri).auto_consent());
    stage.set_options(json!({ "redirectUri": redirect_uri }));

    stage.control.inject(refuse("access_denied", "No, thanks."));
    stage.visit(browser, route).await?;
    stage.leave_to_sign_in(browser, Value::Null).await?;
    browser.until("window.ready && Boolean(auth.state.error)").await?;
    assert_eq!(address(browser).await?, route, "after a refusal");
    stage.leave_to_sign_in(browser, Value::Null).await?;
    browser.until("window.ready && auth.state.isSignedIn").await?;
    assert_eq!(address(browser).await?, route);
    assert_eq!(browser.eval("window.returns").await?, json!([route]), "the router is notified");
    stage.ensure_no_csp_report()
}

/// R36, R42, R51 and C29.
async fn c29_a_refusal_takes_the_user_back_with_the_error(browser: &Browser) -> Result<()> {
    go_back_after_each_refusal(browser).await?;
    take_the_user_back_by_a_function(browser).await
}

async fn go_back_after_each_refusal(browser: &Browser) -> Result<()> {
    let stage = stage_that_records_returns().await?;
    let ending = "Trace ID: 17. Correlation ID: 0f2a";
    let long =
        format!("AADSTS50126: {}\r\nTrace ID: 17.\r\n  Correlation ID: 0f2a", "x".repeat(650));
    let in_one_line = format!("AADSTS50126: {} {ending}", "x".repeat(650));
    ensure!(long.len() > 700);
    stage.control.inject(refuse("access_denied", long));
    visit_deep_link(&stage, browser).await?;
    let length = browser.eval("history.length").await?.as_u64().context("a number")?;
    stage.leave_to_sign_in(browser, Value::Null).await?;
    browser.until("window.ready && Boolean(auth.state.error)").await?;
    assert_eq!(address(browser).await?, DEEP_LINK);
    assert_eq!(browser.eval("window.returns").await?, json!([DEEP_LINK]), "the router is notified");
    assert_eq!(browser.eval("history.length").await?, length + 1, "no entry of the callback");
    assert_eq!(browser.eval("auth.state.error.code").await?, "access-denied");
    assert_eq!(browser.eval("auth.state.status").await?, "signed-out");
    assert_eq!(browser.eval("auth.state.error.errorDescription").await?, in_one_line);

    // A silent sign-in that the server cannot answer.
    stage.control.register(Client::new(CLIENT, stage.redirect_uri()));
    visit_deep_link(&stage, browser).await?;
    let silently = json!({ "authorizationParams": { "prompt": "none" } });
    stage.leave_to_sign_in(browser, silently).await?;
    browser.until("window.ready && Boolean(auth.state.error)").await?;
    assert_eq!(address(browser).await?, DEEP_LINK);
    assert_eq!(browser.eval("window.returns").await?, json!([DEEP_LINK]));
    assert_eq!(browser.eval("auth.state.error.error").await?, "login_required");
    assert_eq!(browser.eval("auth.state.error.code").await?, "authorization-error");
    ensure!(stage.exchanges().is_empty(), "there is nothing to exchange");
    stage.ensure_no_csp_report()
}

async fn take_the_user_back_by_a_function(browser: &Browser) -> Result<()> {
    let stage = stage_that_records_returns().await?;
    let own_way = "onReturn: (path) => { (window.taken ??= []).push(path); }";
    stage.set_options_and(json!({}), own_way);
    stage.control.inject(refuse("access_denied", "No, thanks."));
    visit_deep_link(&stage, browser).await?;
    for condition in ["Boolean(auth.state.error)", "auth.state.isSignedIn"] {
        stage.leave_to_sign_in(browser, json!({ "returnTo": DEEP_LINK })).await?;
        browser.until(&format!("window.ready && {condition}")).await?;
        assert_eq!(browser.eval("window.taken").await?, json!([DEEP_LINK]), "{condition}");
        // The function has done nothing, and the SDK leaves the rest to it.
        assert_eq!(address(browser).await?, "/callback", "{condition}");
        assert_eq!(browser.eval("window.returns").await?, json!([]), "{condition}");
    }
    stage.ensure_no_csp_report()
}

/// C29, for pages that are documents of their own.
async fn c29_a_site_of_documents_loads_the_page_of_the_sign_in(browser: &Browser) -> Result<()> {
    let stage = stage_that_records_returns().await?;
    stage.set_options(json!({ "onReturn": "load" }));
    let page = "/other?x=1";
    let loads = |stage: &Stage| {
        let requests = stage.app.requests();
        requests.iter().filter(|request| request.path == "/other").count()
    };
    // The address that this very document was loaded from, and not only the one that is shown.
    let is_loaded = format!("window.ready && window.loadedAt === {page:?}");
    stage.visit(browser, page).await?;
    let length = browser.eval("history.length").await?.as_u64().context("a number")?;

    // A refusal first: the page that is loaded knows the error, once.
    stage.control.inject(refuse("access_denied", "No, thanks."));
    stage.leave_to_sign_in(browser, Value::Null).await?;
    browser.until(&format!("{is_loaded} && Boolean(auth.state.error)")).await?;
    assert_eq!(loads(&stage), 2, "loaded again");
    assert_eq!(address(browser).await?, page);
    assert_eq!(browser.eval("auth.state.error.code").await?, "access-denied");
    assert_eq!(browser.eval("auth.state.error.errorDescription").await?, "No, thanks.");
    assert_eq!(browser.eval("history.length").await?, length + 1, "no entry of the callback");
    browser.reload().await?;
    browser.until(&is_loaded).await?;
    assert_eq!(browser.eval("auth.state.error ?? null").await?, Value::Null, "shown once");
    assert_eq!(browser.eval("Object.keys(sessionStorage)").await?, json!([]));

    let length = browser.eval("history.length").await?.as_u64().context("a number")?;
    stage.leave_to_sign_in(browser, Value::Null).await?;
    browser.until(&format!("{is_loaded} && auth.state.isSignedIn")).await?;
    assert_eq!(loads(&stage), 4, "loaded after the sign-in too");
    assert_eq!(address(browser).await?, page);
    assert_eq!(browser.eval("history.length").await?, length + 1, "no entry of the callback");
    assert_eq!(stage.exchanges().len(), 1);

    // A session in memory would be lost by it.
    stage.set_options(json!({ "onReturn": "load", "store": "memory" }));
    stage.visit(browser, "/").await?;
    assert_eq!(browser.eval("window.failure?.code ?? null").await?, "invalid-option");
    stage.ensure_no_csp_report()
}

/// Pages whose router listens to `popstate`, and that remember the address of their load.
async fn stage_that_records_returns() -> Result<Stage> {
    let stage = Stage::pages().await?;
    let router = "const address = () => location.pathname + location.search + location.hash;
        window.consoleLines = [];
        window.loadedAt = address();
        window.returns = [];
        addEventListener('popstate', () => window.returns.push(address()));";
    stage.app.publish(Document::script("/recorder.js", router));
    Ok(stage)
}

/// Another page in between: a change of the fragment alone, or none, loads nothing.
async fn visit_deep_link(stage: &Stage, browser: &Browser) -> Result<()> {
    stage.visit(browser, "/shop").await?;
    stage.visit(browser, DEEP_LINK).await
}

/// A rule of the host, for the callback of every client.
fn serve_the_callback_with_a_slash(stage: &Stage) {
    stage.add_page("/callback/");
    let slash = Fault::edit_location(|location| location.replacen("/callback?", "/callback/?", 1));
    stage.control.inject(Injection::new(Endpoint::Authorize, slash));
}

/// The next answer of the server is a refusal.
fn refuse(error: &'static str, description: impl Into<String>) -> Injection {
    let description = description.into();
    let fault = Fault::edit_redirect(move |parameters: &mut Parameters| {
        parameters.retain(|(name, _)| name == "state");
        parameters.push(("error".into(), error.into()));
        parameters.push(("error_description".into(), description.clone()));
    });
    Injection::new(Endpoint::Authorize, fault).client(CLIENT).once()
}

/// Path, query and fragment of the current address.
async fn address(browser: &Browser) -> Result<String> {
    let address = browser.eval("location.pathname + location.search + location.hash").await?;
    Ok(address.as_str().unwrap_or_default().to_owned())
}
