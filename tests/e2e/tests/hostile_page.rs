//! Pages whose own content is in the way: a polluted prototype, elements with the names of members,
//! frames that post messages, and a browser without WebAssembly.

use anyhow::{Context, Result, ensure};
use demo_server::{
    AppHost, AppOptions, Client, Collector, Document, Endpoint, Fault, Injection, LoggedRequest,
};
use e2e::{Browser, CLIENT, Engine, Stage, in_every_engine, wait_for};
use serde_json::{Value, json};

in_every_engine!(
    a_browser_without_web_assembly_is_named_as_the_cause,
    r113_messages_of_frames_change_nothing_and_cause_no_request,
    r135_a_button_among_hostile_names_signs_in,
    r135_a_polluted_prototype_does_not_move_the_button,
    r135_images_called_hidden_and_add_event_listener_hide_nothing,
    r135_an_image_called_cookie_does_not_hide_the_cookies,
);

/// The frames know the worst that they can: the `state` of a sign-in under way.
async fn r113_messages_of_frames_change_nothing_and_cause_no_request(
    browser: &Browser,
) -> Result<()> {
    // The strict policy has no frames at all.
    let stage = Stage::pages_with(|options| options.csp = None).await?;
    let foreign = AppOptions { host: "127.0.0.1".into(), ..AppOptions::default() };
    let foreign = AppHost::start(foreign).await?;
    let other = stage.url("/other");
    let lost = Fault::edit_location(move |_| other.clone());
    stage.control.inject(Injection::new(Endpoint::Authorize, lost).client(CLIENT).once());
    stage.visit(browser, "/").await?;
    stage.leave_to_sign_in(browser, Value::Null).await?;
    browser.until("location.pathname === '/other' && window.ready === true").await?;

    let asked = stage.control.requests_to(Endpoint::Authorize, Some(CLIENT));
    let state = asked.first().and_then(|asked| asked.query_param("state")).context("a state")?;
    let frame = Document::html("/frame", FRAME.replace("STATE", &state));
    foreign.publish(frame.clone());
    stage.app.publish(frame);
    let frames = [format!("{}/frame", foreign.origin()), stage.url("/frame")];

    browser.eval("auth.preload()").await?;
    ensure!(browser.eval(SEEN).await?.to_string().contains(&state), "a sign-in is under way");
    let flood = async || {
        let (before, asked) = (browser.eval(SEEN).await?, stage.control.requests().len());
        browser.run(FLOOD, json!([frames])).await?;
        assert_eq!(browser.eval(SEEN).await?, before);
        assert_eq!(stage.control.requests().len(), asked, "{:?}", stage.control.requests());
        anyhow::Ok(())
    };
    flood().await?;
    ensure!(stage.exchanges().is_empty());

    stage.sign_in(browser).await?;
    browser.until("Boolean(auth.state.user)").await?;
    flood().await?;
    assert_eq!(browser.eval("auth.state.isSignedIn").await?, true);
    assert_eq!(stage.exchanges().len(), 1);
    Ok(())
}

/// The page that is polluted is asked nothing: the drivers' own scripts would fail. It reports to a
/// collector what it has seen, after it has put everything right.
async fn r135_a_polluted_prototype_does_not_move_the_button(browser: &Browser) -> Result<()> {
    let stage = Stage::start(|_| {}).await?;
    let (evil, report) = (Collector::start().await?, Collector::start().await?);
    stage.control.register(Client::new(CLIENT, stage.redirect_uri()).auto_consent());
    let pollute = POLLUTE.replace("EVIL", evil.origin()).replace("REPORT", report.origin());
    stage.app.publish(Document::script("/pollute.js", pollute));
    let attributes = format!(
        r#"authorization-endpoint="{0}/auth/authorize" token-endpoint="{0}/auth/token""#,
        stage.origin()
    );
    for path in ["/", "/callback"] {
        let content = r#"<b slot="signed-in">Welcome</b>"#;
        let content = page("/pollute.js", &button(&stage, &attributes, content));
        // Without a policy: nothing but the element itself keeps script out of its attributes.
        stage.app.publish(Document { csp: Some(String::new()), ..Document::html(path, content) });
    }
    stage.app.publish(Document::html("/clean", "<!doctype html><title>A clean page</title>"));

    browser.open(&stage.url("/clean")).await?;
    // In a task of its own, which does not take the driver's answer along.
    browser.run("setTimeout(() => location.assign('/'));", json!([])).await?;
    let outcome = wait_for("a report of the page, or a request to the other server", async || {
        let outcome = report.requests().into_iter().find(|it| it.method == "POST");
        Ok((outcome.is_some() || !evil.requests().is_empty()).then_some(outcome))
    });
    let outcome = outcome.await?;
    ensure!(evil.requests().is_empty(), "sent to {:?}", evil.requests());
    let reported: Value = serde_json::from_str(&outcome.context("a report")?.body)?;

    assert_eq!(reported["hacked"], Value::Null, "a script ran");
    ensure!(reported["attributes"].as_u64() > Some(10), "there is a button: {reported}");
    assert_eq!(reported["inherited"], json!([]), "inherited attributes");
    assert_eq!(reported["label"], "Sign out", "no name is known");
    assert_eq!(reported["slotted"], "Welcome", "the label of the page is in its slot");
    assert_eq!(reported["errors"], json!([]));
    assert_eq!(reported["detail"], json!({ "scope": ["profile"] }));

    let asked = stage.control.requests_to(Endpoint::Authorize, Some(CLIENT));
    let [asked] = asked.as_slice() else { anyhow::bail!("not one sign-in: {asked:?}") };
    assert_eq!(asked.query_param("redirect_uri"), Some(stage.redirect_uri()));
    assert_eq!(asked.query_param("scope").as_deref(), Some("profile"));
    assert_eq!(stage.exchanges().len(), 1);
    let is_clean = |it: &LoggedRequest| !format!("{it:?}").contains(evil.origin());
    ensure!(stage.control.requests().iter().all(is_clean), "{:?}", stage.control.requests());
    Ok(())
}

async fn r135_a_button_among_hostile_names_signs_in(browser: &Browser) -> Result<()> {
    let stage = Stage::start(|_| {}).await?;
    stage.control.register(Client::new(CLIENT, stage.redirect_uri()).auto_consent());
    let server = format!(r#"server="{}""#, stage.origin());
    let content = format!(
        r#"<img name="createElementNS"><img name="addEventListener"><img name="hidden">
        <a id="addEventListener"></a><a id="removeEventListener"></a><a id="dispatchEvent"></a>
        <form lang="de"><input name="lang"><input name="getAttribute"><input name="closest">
        {}</form>"#,
        button(&stage, &server, "")
    );
    for path in ["/", "/callback"] {
        stage.app.publish(Document::html(path, page("/recorder.js", &content)));
    }
    browser.open(&stage.url("/")).await?;
    assert_eq!(browser.eval("document.createElementNS.localName").await?, "img");
    assert_eq!(browser.eval("document.forms[0].getAttribute.localName").await?, "input");
    browser.until(&format!("{ELEMENT}.status === 'signed-out'")).await?;
    let shown = format!("{ELEMENT}.shadowRoot.textContent");
    ensure!(text(browser, &shown).await?.contains("Mit Basic anmelden"), "in German");

    browser.click_css("basic-sign-in").await?;
    browser.until(&format!("{ELEMENT}?.status === 'signed-in'")).await?;
    // The button loads the page of the sign-in: what follows is read there.
    browser.until("location.pathname === '/'").await?;
    browser.until(&format!("{shown}.includes('Ada Lovelace')")).await?;
    ensure!(text(browser, &shown).await?.contains("Abmelden"), "in German");
    assert_eq!(browser.eval("consoleLines").await?, json!([]));
    stage.ensure_no_csp_report()
}

async fn r135_an_image_called_cookie_does_not_hide_the_cookies(browser: &Browser) -> Result<()> {
    let stage = probed(r#"<img name="cookie">"#).await?;
    stage.set_options(json!({ "store": "cookie" }));
    stage.visit(browser, "/").await?;
    assert_eq!(browser.eval("document.cookie.localName").await?, "img");
    if browser.engine() == Engine::Webkit {
        // C25: it takes no `Secure` cookie from a page on plain http, not even on this machine.
        assert_eq!(browser.eval("failure.code").await?, "storage-unavailable");
        return Ok(());
    }
    stage.sign_in(browser).await?;
    let cookies = browser.client().get_all_cookies().await?;
    ensure!(cookies.iter().any(|it| it.name().ends_with(".session")), "{cookies:?}");
    stage.visit(browser, "/").await?;
    assert_eq!(browser.eval("auth.state.isSignedIn").await?, true, "it is found again");
    browser.eval("auth.signOut()").await?;
    ensure!(browser.client().get_all_cookies().await?.is_empty());
    Ok(())
}

async fn r135_images_called_hidden_and_add_event_listener_hide_nothing(
    browser: &Browser,
) -> Result<()> {
    for name in ["hidden", "addEventListener"] {
        let stage = probed(&format!(r#"<img name="{name}">"#)).await?;
        stage.sign_in(browser).await?;
        browser.until("Boolean(auth.state.user)").await?;
        assert_eq!(browser.eval(&format!("document.{name}.localName")).await?, "img");
        // What another tab does to the store, but without its event.
        browser.eval("localStorage.clear()").await?;
        show(browser, false).await?;
        assert_eq!(browser.eval("auth.state.isSignedIn").await?, true, "{name}: it is hidden");
        show(browser, true).await?;
        assert_eq!(browser.eval("auth.state.reason").await?, "signed-out-elsewhere", "{name}");
    }
    Ok(())
}

/// Says so of the page, and sends the event as a browser does.
async fn show(browser: &Browser, is_visible: bool) -> Result<Value> {
    let body = "
        const descriptor = { configurable: true, get: () => !args[0] };
        Object.defineProperty(Document.prototype, 'hidden', descriptor);
        const event = new Event('visibilitychange', { bubbles: true });
        EventTarget.prototype.dispatchEvent.call(document, event);";
    browser.run(body, json!([is_visible])).await
}

async fn a_browser_without_web_assembly_is_named_as_the_cause(browser: &Browser) -> Result<()> {
    // As in the Lockdown Mode of iOS.
    let locked = "delete globalThis.WebAssembly;
        window.failures = [];
        addEventListener('basic-error', ({ detail }) => window.failures.push(detail.toJSON()));
        window.reported = [];
        window.reportError = (error) => window.reported.push(error.code);";
    for hostile in ["", r#"<img name="WebAssembly"><a id="WebAssembly"></a>"#] {
        let stage = Stage::pages().await?;
        stage.app.publish(Document::script("/locked.js", locked));
        let server = format!(r#"server="{}""#, stage.origin());
        let button = button(&stage, &server, "");
        let probe = r#"<script type="module" src="/probe.js"></script><button></button>"#;
        let content = format!("{hostile}{button}{probe}");
        stage.app.publish(Document::html("/", page("/locked.js", &content)));
        stage.visit(browser, "/").await?;
        // For the author of the page: told before anything needs the module.
        browser.until("window.reported.length > 0").await?;
        let named = "reported.every((code) => code === 'no-webassembly')";
        assert_eq!(browser.eval(named).await?, true);
        let refused = "auth.getToken().catch(({ code }) => code)";
        assert_eq!(browser.eval(refused).await?, "no-webassembly");
        browser.click_css("basic-sign-in").await?;
        browser.until("window.failures.length === 1").await?;
        let outcome = browser.eval("failures[0]").await?;
        assert_eq!(outcome["code"], "no-webassembly", "{outcome}");
        assert_eq!(outcome["kind"], "unsupported");
        assert_eq!(outcome["isRetryable"], false);
        assert_eq!(outcome["needsSignIn"], false);
        let message = outcome["message"].as_str().context("a message")?;
        ensure!(message.contains("WebAssembly") && !message.contains("Policy"), "{message}");
        let shown = text(browser, &format!("{ELEMENT}.shadowRoot.textContent")).await?;
        ensure!(shown.contains("no-webassembly"), "{shown}");
        ensure!(!shown.contains("Please try again."), "a second try would not help: {shown}");
    }
    Ok(())
}

/// The pages of [`Stage::pages`] with something more in them.
async fn probed(content: &str) -> Result<Stage> {
    let stage = Stage::pages().await?;
    let button = r#"<button type="button" data-testid="sign-in">Sign in</button>"#;
    for path in ["/", "/callback"] {
        let body = format!(
            r#"<!doctype html><html lang="en"><meta charset="utf-8"><title>A page</title>
            <script src="/clock.js"></script><script src="/recorder.js"></script>
            <script type="module" src="/probe.js"></script>{content}{button}"#
        );
        stage.app.publish(Document::html(path, body));
    }
    Ok(stage)
}

/// A page with the element's script, and one that goes ahead of it.
fn page(first: &str, content: &str) -> String {
    format!(
        r#"<!doctype html><html lang="en"><meta charset="utf-8"><title>A page</title>
        <script src="{first}"></script>
        <script type="module" src="/basic-oauth/button.js"></script>{content}"#
    )
}

fn button(stage: &Stage, attributes: &str, content: &str) -> String {
    let redirect_uri = stage.redirect_uri();
    format!(
        r#"<basic-sign-in client-id="{CLIENT}" redirect-uri="{redirect_uri}" {attributes}>
        {content}</basic-sign-in>"#
    )
}

const ELEMENT: &str = "document.querySelector('basic-sign-in')";

async fn text(browser: &Browser, expression: &str) -> Result<String> {
    let text = browser.eval(expression).await?;
    Ok(text.as_str().unwrap_or_default().to_owned())
}

/// All that messages could change.
const SEEN: &str = "[location.href, history.length, { ...auth.state }, events, { ...localStorage },
    { ...sessionStorage }, consoleLines]";

/// Opens frames, and waits until all that they post has arrived. After that a request goes out and
/// back, so that one of the SDK would have been on its way before.
const FLOOD: &str = "
    let ended = 0;
    const all = new Promise((resolve) => addEventListener('message', ({ data }) => {
      if (data === 'the end' && ++ended === args[0].length) resolve();
    }));
    for (const source of args[0]) {
      const frame = document.createElement('iframe');
      frame.src = source;
      document.body.append(frame);
    }
    await all;
    for (let count = 0; count < 3; count += 1) {
      await new Promise((resolve) => setTimeout(resolve));
      await fetch('/options.js', { cache: 'no-store' });
    }";

/// Posts what libraries for OAuth and for session management take from frames.
const FRAME: &str = r#"<!doctype html><title>A frame</title><script>
    const code = "ATTACKER", state = "STATE", url = `/callback?code=${code}&state=${state}`;
    const messages = [
      ...Array(1000).fill("changed"), "error", "unchanged", url, null,
      { source: "oauth", url }, { source: "oidc-client", url },
      { type: "authorization_response", response: { code, state } },
      { type: "callback", code, state }, { type: "signed-out" }, { type: "logout" },
      { access_token: "ATTACKER", token_type: "Bearer", state },
      "the end",
    ];
    for (const message of messages) parent.postMessage(message, "*");
  </script>"#;

/// Everything that code might look for in an object, on all objects at once, and a press of the
/// button by script.
const POLLUTE: &str = r#"
  const evil = "EVIL";
  const script = "window.hacked = true";
  const members = {
    server: evil, issuer: evil, redirectUri: `${evil}/callback`, redirect_uri: `${evil}/callback`,
    authorizationEndpoint: `${evil}/auth`, tokenEndpoint: `${evil}/token`, token_endpoint: evil,
    userinfoEndpoint: `${evil}/user`, revocationEndpoint: `${evil}/revoke`, tokenEncoding: "json",
    apiOrigins: [evil], authorizationParams: { hint: evil }, clientSecret: "x",
    scope: "everything", store: "memory", returnTo: "/evil", fallbackReturnTo: "/evil",
    state: evil, code: evil, error: { code: evil, kind: "config" }, cause: evil,
    reason: evil, user: { name: evil, sub: evil }, name: evil, email: evil, sub: evil,
    access_token: evil, refresh_token: evil, expires_in: 1,
    onfocus: script, onclick: script, onload: script, onblur: script, autofocus: "", tabindex: "0",
    slot: "evil", style: "color: red", id: "evil", title: "evil",
    slotAssignment: "manual", value: evil, writable: true, headers: { evil },
  };
  for (const name of Object.keys(members)) Object.prototype[name] = members[name];

  const errors = [];
  addEventListener("basic-error", ({ detail }) => errors.push(`${detail.code}: ${detail.message}`));
  addEventListener("basic-signed-in", ({ target, detail }) => {
    // The name of the user, should there be one, comes later than the event. At the callback path the
    // page is not at its later address.
    setTimeout(() => {
      if (location.pathname !== "/") return;
      for (const name of Object.keys(members)) delete Object.prototype[name];
      const root = target.shadowRoot;
      const attributes = [...root.querySelectorAll("*")].flatMap((it) => [...it.attributes]);
      const isInherited = ({ name, value }) => value === String(members[name]);
      const body = JSON.stringify({
        attributes: attributes.length,
        inherited: attributes.filter(isInherited).map((it) => it.name),
        hacked: window.hacked, detail, errors,
        label: root.querySelector("[part=label]").textContent,
        slotted: root.querySelector("slot").assignedNodes()[0]?.textContent,
      });
      fetch("REPORT", { method: "POST", body });
    }, 100);
  });
  setInterval(() => {
    const element = document.querySelector("basic-sign-in");
    if (/error|out/.test(element?.status)) element.click();
  }, 50);
"#;
