//! `<basic-sign-in>`, pressed and looked at.

use anyhow::{Result, ensure};
use demo_server::{Client, Document, Endpoint, Fault};
use e2e::{Browser, CLIENT, Stage, in_every_engine};
use fantoccini::Locator;
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::key::Key;
use serde_json::{Value, json};

in_every_engine!(
    a_page_signs_in_by_attributes_alone,
    r33_an_answer_without_an_issuer_is_refused_if_the_attribute_says_so,
    the_button_alone_returns_by_a_load_unless_that_would_lose_the_session,
    r45_the_button_works_after_coming_back_from_the_server,
    r124_twenty_clicks_at_once_are_one_sign_in,
    r124_labels_are_text_and_a_disabled_button_does_nothing,
);

/// R122 as well: there is no script but the package's.
async fn a_page_signs_in_by_attributes_alone(browser: &Browser) -> Result<()> {
    let stage = stage("").await?;
    stage.control.register(Client::new(CLIENT, stage.redirect_uri()).auto_consent());
    browser.open(&stage.url("/")).await?;
    until_status(browser, "signed-out").await?;
    ensure!(shown(browser).await?.contains("Sign in with Basic"));
    assert_eq!(inner(browser, "getAttribute('type')").await?, "button");

    // By keyboard alone: Tab reaches it, Enter presses it.
    press(browser, Key::Tab.into()).await?;
    browser.until(&format!("document.activeElement === {ELEMENT}")).await?;
    press(browser, Key::Enter.into()).await?;
    until_status(browser, "signed-in").await?;
    until_back(browser).await?;
    until_status(browser, "signed-in").await?;
    until_shown(browser, "Ada Lovelace").await?;
    ensure!(shown(browser).await?.contains("Sign out"));

    browser.reload().await?;
    until_status(browser, "signed-in").await?;
    let listen = "window.ended = new Promise((resolve) => {
        addEventListener('basic-signed-out', ({ target, detail }) => {
          resolve([target.localName, detail.reason]);
        });
      });";
    browser.run(listen, json!([])).await?;
    browser.click_css("basic-sign-in").await?;
    until_status(browser, "signed-out").await?;
    assert_eq!(browser.eval("window.ended").await?, json!(["basic-sign-in", "signed-out"]));
    ensure!(!shown(browser).await?.contains("Ada"));
    assert_eq!(browser.eval("Object.keys(localStorage)").await?, json!([]));
    assert_eq!(browser.eval("consoleLines").await?, json!([]));
    stage.ensure_no_csp_report()
}

/// The button takes every option of a server as an attribute, the one that is no text too.
async fn r33_an_answer_without_an_issuer_is_refused_if_the_attribute_says_so(
    browser: &Browser,
) -> Result<()> {
    let stage = Stage::start(|_| {}).await?;
    let client = Client::new(CLIENT, stage.redirect_uri()).auto_consent();
    stage.control.register(client.clone());
    let server = format!(
        r#"authorization-endpoint="{0}/auth/authorize" token-endpoint="{0}/auth/token"
        issuer="{0}" iss-parameter-supported"#,
        stage.origin()
    );
    for path in ["/", "/callback"] {
        stage.app.publish(page_at(&stage, &server, path));
    }
    browser.open(&stage.url("/")).await?;
    until_status(browser, "signed-out").await?;
    assert_eq!(browser.eval(&format!("{ELEMENT}.issParameterSupported")).await?, true);
    browser.click_css("basic-sign-in").await?;
    let code = format!("{ELEMENT}?.auth?.state.error?.code === 'issuer-missing'");
    browser.until(&code).await?;
    until_back(browser).await?;
    until_status(browser, "error").await?;
    ensure!(stage.exchanges().is_empty());

    stage.control.register(Client { sends_issuer: true, ..client });
    browser.click_css("basic-sign-in").await?;
    until_status(browser, "signed-in").await
}

/// What the element gives to the core, as a stand-in for the core sees it.
async fn the_button_alone_returns_by_a_load_unless_that_would_lose_the_session(
    browser: &Browser,
) -> Result<()> {
    let stage = stage("").await?;
    let stand_in = "window.given = [];
        export class BasicAuth {
          static create(options) {
            window.given.push({ ...options });
            const state = { status: 'signed-out', isSignedIn: false, reason: 'never' };
            return { state, ready: Promise.resolve(), subscribe: () => () => {} };
          }
        }";
    stage.app.publish(Document::script("/basic-oauth/index.js", stand_in));
    for (attributes, expected) in [
        ("", json!("load")),
        (r#"store="session""#, json!("load")),
        (r#"store="memory""#, Value::Null),
    ] {
        stage.app.publish(page(&stage, attributes, "/"));
        browser.open(&stage.url("/")).await?;
        until_status(browser, "signed-out").await?;
        assert_eq!(browser.eval("given.length").await?, 1);
        assert_eq!(browser.eval("given[0].clientId").await?, CLIENT);
        assert_eq!(browser.eval("given[0].onReturn").await?, expected, "{attributes}");
    }
    Ok(())
}

async fn r45_the_button_works_after_coming_back_from_the_server(browser: &Browser) -> Result<()> {
    let stage = stage("").await?;
    browser.open(&stage.url("/")).await?;
    for _ in 0..2 {
        until_status(browser, "signed-out").await?;
        assert_eq!(inner(browser, "ariaBusy").await?, "false");
        browser.click_css("basic-sign-in").await?;
        browser.until("Boolean(document.querySelector('#allow'))").await?;
        browser.client().back().await?;
    }
    until_status(browser, "signed-out").await?;
    browser.click_css("basic-sign-in").await?;
    browser.click_css("#deny").await?;
    // A user who declined is not alarmed, and may change their mind.
    until_back(browser).await?;
    until_status(browser, "signed-out").await?;
    assert_eq!(inner(browser, "ariaBusy").await?, "false");
    browser.click_css("basic-sign-in").await?;
    browser.click_css("#allow").await?;
    until_status(browser, "signed-in").await?;
    stage.ensure_no_csp_report()
}

async fn r124_twenty_clicks_at_once_are_one_sign_in(browser: &Browser) -> Result<()> {
    let stage = stage("").await?;
    browser.open(&stage.url("/")).await?;
    until_status(browser, "signed-out").await?;
    // What the button says of itself is kept for the next page, as this one is about to go.
    let clicks = "
        const host = document.querySelector('basic-sign-in');
        const button = host.shadowRoot.querySelector('button');
        const keep = () => localStorage.setItem('test.seen',
          JSON.stringify([button.ariaBusy, host.status, host.dataset.status]));
        new MutationObserver(keep).observe(button, { attributes: true });
        for (let click = 0; click < 10; click += 1) { button.click(); host.click(); }";
    browser.run(clicks, json!([])).await?;
    browser.until("Boolean(document.querySelector('#allow'))").await?;
    assert_eq!(visits(&stage), 1);
    browser.click_css("#allow").await?;
    until_back(browser).await?;
    until_status(browser, "signed-in").await?;
    let seen = browser.eval("JSON.parse(localStorage.getItem('test.seen'))").await?;
    assert_eq!(seen, json!(["true", "busy", "busy"]));
    let pending = "Object.keys(localStorage).filter((key) => key.includes('.tx.'))";
    assert_eq!(browser.eval(pending).await?, json!([]), "no other was under way");
    assert_eq!(stage.exchanges().len(), 1);
    Ok(())
}

async fn r124_labels_are_text_and_a_disabled_button_does_nothing(browser: &Browser) -> Result<()> {
    let evil = "&lt;img src=x onerror=&quot;window.hacked = true&quot;&gt;";
    let attributes = format!(r#"label="{evil}" sign-out-label="{evil}" disabled"#);
    let stage = stage(&attributes).await?;
    // Without a policy: nothing but the element itself keeps the label harmless.
    let unprotected = page(&stage, &attributes, "/");
    stage.app.publish(Document { csp: Some(String::new()), ..unprotected });
    browser.open(&stage.url("/")).await?;
    until_status(browser, "signed-out").await?;
    ensure!(shown(browser).await?.contains("<img src=x onerror="));
    let images = format!("{ELEMENT}.shadowRoot.querySelectorAll('img').length");
    assert_eq!(browser.eval(&images).await?, 0);

    assert_eq!(inner(browser, "disabled").await?, true);
    browser.eval(&format!("{ELEMENT}.click()")).await?;
    inner(browser, "click()").await?;
    // A driver may refuse to press what is disabled; a press that arrives does nothing.
    let element = browser.client().find(Locator::Css("basic-sign-in")).await?;
    element.click().await.ok();
    press(browser, Key::Tab.into()).await?;
    press(browser, Key::Enter.into()).await?;
    assert_eq!(browser.eval(&format!("{ELEMENT}.status")).await?, "signed-out");
    assert_eq!(browser.eval("window.hacked").await?, Value::Null);

    browser.eval(&format!("{ELEMENT}.removeAttribute('label')")).await?;
    browser.eval(&format!("{ELEMENT}.lang = 'de'")).await?;
    until_shown(browser, "Mit Basic anmelden").await?;
    browser.eval(&format!("void ({ELEMENT}.disabled = false)")).await?;
    browser.click_css("basic-sign-in").await?;
    browser.until("Boolean(document.querySelector('#allow'))").await?;
    assert_eq!(visits(&stage), 1, "none while disabled");

    // The error is text that a screen reader reads.
    let unavailable = Fault::oauth_error(503, "temporarily_unavailable");
    stage.control.fault(CLIENT, Endpoint::TokenCode, unavailable);
    browser.click_css("#allow").await?;
    until_back(browser).await?;
    until_status(browser, "error").await?;
    let spoken = format!("{ELEMENT}.shadowRoot.querySelector('[role=status]').textContent");
    assert_eq!(browser.eval(&spoken).await?, "Please try again.");
    Ok(())
}

/// Waits until the button has loaded the page on which the sign-in began. What is read earlier may
/// be read from the callback page, which is about to go.
async fn until_back(browser: &Browser) -> Result<()> {
    browser.until("location.pathname + location.search === '/'").await
}

/// Two pages with nothing but the element, and a consent page at the server.
async fn stage(attributes: &str) -> Result<Stage> {
    let stage = Stage::start(|_| {}).await?;
    for path in ["/", "/callback"] {
        stage.app.publish(page(&stage, attributes, path));
    }
    stage.control.register(Client::new(CLIENT, stage.redirect_uri()));
    Ok(stage)
}

fn page(stage: &Stage, attributes: &str, path: &str) -> Document {
    let server = stage.origin();
    page_at(stage, &format!(r#"server="{server}" {attributes}"#), path)
}

fn page_at(stage: &Stage, attributes: &str, path: &str) -> Document {
    let redirect_uri = stage.redirect_uri();
    Document::html(
        path,
        format!(
            r#"<!doctype html><html lang="en"><meta charset="utf-8"><title>A page</title>
            <script src="/recorder.js"></script>
            <script type="module" src="/basic-oauth/button.js"></script>
            <basic-sign-in client-id="{CLIENT}" redirect-uri="{redirect_uri}" scope="profile"
              {attributes}></basic-sign-in>"#
        ),
    )
}

const ELEMENT: &str = "document.querySelector('basic-sign-in')";

async fn until_status(browser: &Browser, status: &str) -> Result<()> {
    browser.until(&format!("{ELEMENT}?.status === '{status}'")).await
}

async fn until_shown(browser: &Browser, text: &str) -> Result<()> {
    browser.until(&format!("{ELEMENT}.shadowRoot.textContent.includes('{text}')")).await
}

/// What the element shows.
async fn shown(browser: &Browser) -> Result<String> {
    let text = browser.eval(&format!("{ELEMENT}.shadowRoot.textContent")).await?;
    Ok(text.as_str().unwrap_or_default().to_owned())
}

/// A member of the real button inside.
async fn inner(browser: &Browser, member: &str) -> Result<Value> {
    browser.eval(&format!("{ELEMENT}.shadowRoot.querySelector('button').{member}")).await
}

/// How often the server was asked to sign a user in.
fn visits(stage: &Stage) -> usize {
    let requests = stage.control.requests_to(Endpoint::Authorize, Some(CLIENT));
    requests.iter().filter(|request| request.method == "GET").count()
}

async fn press(browser: &Browser, key: char) -> Result<()> {
    let keys = KeyActions::new("keyboard".into())
        .then(KeyAction::Down { value: key })
        .then(KeyAction::Up { value: key });
    Ok(browser.client().perform_actions(keys).await?)
}
