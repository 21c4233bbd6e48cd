//! The components and the requests of Yew and Leptos in an app.

use anyhow::{Result, ensure};
use demo_server::{Client, Document, Endpoint, Fault, Gate, Injection, LoggedRequest, Reply};
use e2e::{Browser, CLIENT, Engine, Stage, in_both_frameworks, wait_until};
use fantoccini::Locator;
use fantoccini::actions::{
    InputSource, KeyAction, KeyActions, MOUSE_BUTTON_LEFT, MOUSE_BUTTON_MIDDLE, MouseActions,
    PointerAction,
};
use fantoccini::key::Key;
use serde_json::{Value, json};

in_both_frameworks! {
    open_the_callback:
        yew_shows_an_error_and_a_button_on_the_route_of_the_callback,
        leptos_shows_an_error_and_a_button_on_the_route_of_the_callback;
    complete_on_the_callback:
        yew_shows_loading_on_the_route_of_the_callback_until_the_sign_in_is_complete,
        leptos_shows_loading_on_the_route_of_the_callback_until_the_sign_in_is_complete;
    decline_at_a_guard:
        r51_yew_brings_a_user_who_declines_back_to_the_guard_with_the_error,
        r51_leptos_brings_a_user_who_declines_back_to_the_guard_with_the_error;
    follow_a_link:
        yew_signs_in_by_a_press_and_by_enter_on_a_link,
        leptos_signs_in_by_a_press_and_by_enter_on_a_link;
    open_a_link_in_a_tab:
        yew_opens_a_sign_in_link_in_a_new_tab_whose_guard_signs_in,
        leptos_opens_a_sign_in_link_in_a_new_tab_whose_guard_signs_in;
    fall_back_to_a_route:
        yew_sends_a_signed_out_user_to_a_route_of_the_app,
        leptos_sends_a_signed_out_user_to_a_route_of_the_app;
    forget_the_provider:
        yew_names_each_component_without_a_provider_once_in_the_console,
        leptos_names_each_component_without_a_provider_once_in_the_console;
    call_back:
        yew_calls_back_once_for_each_event_of_the_button,
        leptos_calls_back_once_for_each_event_of_the_button;
    use_the_user:
        yew_gives_the_user_to_a_component_behind_a_guard,
        leptos_gives_the_user_to_a_component_behind_a_guard;
    debug:
        r128_yew_shows_the_state_and_the_events_without_a_secret,
        r128_leptos_shows_the_state_and_the_events_without_a_secret;
    request:
        yew_sends_typed_requests_once_more_after_a_401_and_reads_typed_errors,
        leptos_sends_typed_requests_once_more_after_a_401_and_reads_typed_errors;
    drop_a_request:
        yew_aborts_a_request_that_is_dropped,
        leptos_aborts_a_request_that_is_dropped;
    misread:
        r129_yew_names_the_field_and_the_type_of_an_answer_that_does_not_fit,
        r129_leptos_names_the_field_and_the_type_of_an_answer_that_does_not_fit;
    read_own:
        yew_sends_the_token_to_the_origin_of_the_page_if_self_is_allowed,
        leptos_sends_the_token_to_the_origin_of_the_page_if_self_is_allowed;
}

async fn open_the_callback(framework: &str, browser: &Browser) -> Result<()> {
    let stage = stage(framework).await?;
    // The answer of another browser, or one that was used up long ago.
    browser.open(&stage.url("/done?code=a-code&state=of-nothing-here")).await?;
    browser
        .until("document.querySelector('p.basic-auth-error')?.dataset.code === 'unknown-state'")
        .await?;
    assert_eq!(browser.eval("location.pathname + location.search").await?, "/done");
    ensure!(browser.eval(BUTTONS).await? == 1, "no button beside the error");

    // Opened directly.
    browser.open(&stage.url("/done")).await?;
    until_button(browser).await?;
    assert_eq!(browser.eval("document.querySelectorAll('[role=alert]').length").await?, 0);
    assert_eq!(
        browser.eval("document.querySelectorAll('[data-testid=starting]').length").await?,
        0
    );
    assert_eq!(visits(&stage), 0);
    ensure!(stage.exchanges().is_empty(), "a foreign code was exchanged");

    browser.click_css(BUTTON).await?;
    browser.until_text("status", "signed in").await?;
    // A signed-in user who opens the path sees what the app has for it.
    browser.open(&stage.url("/done")).await?;
    browser.until_text("page", "nothing to do").await?;
    assert_eq!(browser.eval(BUTTONS).await?, 0);
    stage.ensure_no_csp_report()
}

async fn complete_on_the_callback(framework: &str, browser: &Browser) -> Result<()> {
    let stage = stage(framework).await?;
    let gate = Gate::new();
    stage.control.inject(Injection::new(Endpoint::TokenCode, Fault::Hold(gate.clone())));
    browser.open(&stage.url("/private/notes/7")).await?;
    browser.until_text("starting", "One moment").await?;
    browser
        .until("location.pathname === '/done' || location.pathname === '/private/notes/7'")
        .await?;
    gate.arrived(1).await;
    browser.until_text("status", "loading").await?;
    browser.until_text("starting", "One moment").await?;
    assert_eq!(browser.eval("location.search").await?, "");
    assert_eq!(browser.eval(BUTTONS).await?, 0, "a button while the sign-in is completed");
    gate.release();
    browser.until_text("page", "note 7").await?;
    assert_eq!(browser.eval("location.pathname").await?, "/private/notes/7");
    Ok(())
}

async fn decline_at_a_guard(framework: &str, browser: &Browser) -> Result<()> {
    let stage = stage(framework).await?;
    ask_for_consent(&stage);
    browser.open(&stage.url("/private/notes/7?tab=1")).await?;
    decide(browser, "#deny").await?;
    browser
        .until("document.querySelector('p.basic-auth-error')?.dataset.code === 'access-denied'")
        .await?;
    let text = browser.text_css("p.basic-auth-error").await?;
    assert_eq!(text, "You declined the sign-in, and nothing was shared.");
    until_button(browser).await?;
    assert_eq!(browser.eval(HERE).await?, "/private/notes/7?tab=1");
    assert_eq!(visits(&stage), 1, "the guard went to the server again");

    browser.click_css(BUTTON).await?;
    decide(browser, "#allow").await?;
    browser.until_text("page", "note 7?tab=1").await?;
    assert_eq!(browser.eval("document.querySelectorAll('[role=alert]').length").await?, 0);
    Ok(())
}

async fn follow_a_link(framework: &str, browser: &Browser) -> Result<()> {
    let stage = stage(framework).await?;
    browser.open(&stage.url("/link")).await?;
    browser.until_text("status", "signed out").await?;
    browser.click_css("a.link").await?;
    browser.until_text("page", "note 7").await?;
    assert_eq!(visits(&stage), 1);

    browser.run("localStorage.clear();", Value::Null).await?;
    browser.open(&stage.url("/link")).await?;
    browser.until_text("status", "signed out").await?;
    let link = browser.client().find(Locator::Css("a.link")).await?;
    let href = "document.querySelector('a.link').getAttribute('href')";
    assert_eq!(browser.eval(href).await?, "/private/notes/7");
    // It takes part in the order of the keyboard, as a link without an address would not.
    browser.run("document.querySelector('a.link').focus();", Value::Null).await?;
    assert_eq!(browser.eval("document.activeElement.className").await?, "link");
    assert_eq!(browser.eval("document.activeElement.tabIndex").await?, 0);
    link.send_keys(&Key::Enter.to_string()).await?;
    browser.until_text("page", "note 7").await?;
    assert_eq!(visits(&stage), 2);
    assert_eq!(stage.exchanges().len(), 2);
    stage.ensure_no_csp_report()
}

async fn open_a_link_in_a_tab(framework: &str, browser: &Browser) -> Result<()> {
    let stage = stage(framework).await?;
    // The driver of WebKit makes a plain press of both. There a script presses, and the page's own
    // listener sees that the link has left the press to the browser.
    let has_tabs = browser.engine() != Engine::Webkit;
    for with_key in [false, true] {
        browser.open(&stage.url("/link")).await?;
        browser.until_text("status", "signed out").await?;
        let watch = "for (const name of ['click', 'auxclick']) addEventListener(name, (event) => {
            window.isPrevented = event.defaultPrevented;
            if (!args[0]) event.preventDefault();
        });";
        browser.run(watch, json!([has_tabs])).await?;
        let first = browser.tab().await?;
        press_for_a_tab(browser, with_key).await?;
        browser.until("window.isPrevented === false").await?;
        if has_tabs {
            wait_until("a second tab", async || Ok(browser.tabs().await?.len() == 2)).await?;
            let tabs = browser.tabs().await?;
            let second = tabs.into_iter().find(|tab| *tab != first);
            let second = second.unwrap_or_else(|| first.clone());
            browser.switch_to(&second).await?;
            browser.until_text("page", "note 7").await?;
            browser.run("localStorage.clear();", Value::Null).await?;
            browser.close_tab(&second).await?;
            browser.switch_to(&first).await?;
        }
        assert_eq!(browser.eval(HERE).await?, "/link", "the first tab stays");
    }
    let expected = if has_tabs { 2 } else { 0 };
    assert_eq!(visits(&stage), expected, "only the guards of the new tabs sign in");
    Ok(())
}

async fn fall_back_to_a_route(framework: &str, browser: &Browser) -> Result<()> {
    let stage = stage(framework).await?;
    browser.open(&stage.url("/local")).await?;
    browser.until_text("page", "login").await?;
    assert_eq!(browser.eval(HERE).await?, "/login");
    assert_eq!(visits(&stage), 0, "the guard went to the server");
    until_button(browser).await?;
    browser.click_css(BUTTON).await?;
    browser.until_text("page", "local").await?;
    assert_eq!(browser.eval(HERE).await?, "/local");
    // Signed in, it is no detour any more.
    browser.reload().await?;
    browser.until_text("page", "local").await?;
    assert_eq!(visits(&stage), 1);
    assert_eq!(browser.eval("consoleLines").await?, json!([]));
    Ok(())
}

async fn forget_the_provider(framework: &str, browser: &Browser) -> Result<()> {
    let changes = json!({ "hasNoProvider": true, "redirectUri": "/done" });
    let stage = Stage::rust_app(framework, changes).await?;
    browser.open(&stage.url("/outside")).await?;
    for name in ["SignInButton", "RequireAuth", "SignInLink", "use_auth"] {
        let named =
            format!("consoleLines.filter((line) => line.includes('`{name}` stays loading'))");
        browser.until(&format!("{named}.length > 0")).await?;
        // Two of each are on the page.
        assert_eq!(browser.eval(&format!("{named}.length")).await?, 1, "{name}");
        let advice = if framework == "yew" { "AuthProvider" } else { "provide_auth" };
        let line = browser.eval(&format!("{named}[0]")).await?;
        ensure!(line.as_str().is_some_and(|line| line.contains(advice)), "no advice: {line}");
    }
    assert_eq!(browser.text("status").await?, "loading");
    assert_eq!(visits(&stage), 0);
    Ok(())
}

async fn call_back(framework: &str, browser: &Browser) -> Result<()> {
    let stage = stage(framework).await?;
    ask_for_consent(&stage);
    browser.open(&stage.url("/buttons")).await?;
    until_button(browser).await?;
    assert_eq!(browser.eval("consoleLines").await?, json!([]), "called for no event");
    browser.click_css(BUTTON).await?;
    decide(browser, "#deny").await?;
    browser.until_text("error", "access-denied").await?;
    until_said(browser, json!(["log: error access-denied"])).await?;

    browser.click_css(BUTTON).await?;
    decide(browser, "#allow").await?;
    browser.until_text("status", "signed in").await?;
    browser
        .until(&format!("document.querySelector('{BUTTON}')?.dataset.status === 'signed-in'"))
        .await?;
    until_said(browser, json!(["log: signed in"])).await?;

    browser.click_css(BUTTON).await?;
    browser.until_text("status", "signed out").await?;
    until_said(browser, json!(["log: signed in", "log: signed out"])).await?;
    Ok(())
}

async fn use_the_user(framework: &str, browser: &Browser) -> Result<()> {
    let stage = stage(framework).await?;
    browser.open(&stage.url("/user")).await?;
    browser.until_text("user", "Ada Lovelace").await?;
    let text = browser.text("user").await?;
    ensure!(
        text.split(' ').next().is_some_and(|subject| !subject.is_empty()),
        "no subject: {text}"
    );
    assert_eq!(browser.eval("consoleLines").await?, json!([]));
    Ok(())
}

async fn debug(framework: &str, browser: &Browser) -> Result<()> {
    let stage = stage(framework).await?;
    browser.open(&stage.url("/debug")).await?;
    let rows = "document.querySelector('dl.basic-auth-debug')?.textContent ?? ''";
    browser.until(&format!("({rows}).includes('signed-out')")).await?;
    browser.click_css(BUTTON).await?;
    browser.until(&format!("({rows}).includes('signed-in')")).await?;
    // The times, the scope and the newest events, which the rows show within a second.
    for part in ["profile", "token expires", "next refresh", "event"] {
        browser.until(&format!("({rows}).includes('{part}')")).await?;
    }
    let text = browser.eval("document.documentElement.outerHTML").await?;
    let text = text.as_str().unwrap_or_default();
    stage.ensure_no_secret("the page", text)?;
    let rows = browser.eval(rows).await?;
    ensure!(!rows.as_str().unwrap_or_default().contains("Ada"), "the rows name the user: {rows}");
    Ok(())
}

async fn request(framework: &str, browser: &Browser) -> Result<()> {
    let stage = stage(framework).await?;
    browser.open(&stage.url("/api")).await?;
    browser.until("Boolean(document.querySelector('[data-testid=save]'))").await?;
    let tokens_before = stage.refreshes().len();
    let created = Fault::Respond(Reply::json(201, &json!({ "id": 7 })));
    answer(&stage, Injection::new(Endpoint::Resource, Fault::Respond(Reply::status(401))).once());
    let id = answer(&stage, Injection::new(Endpoint::Resource, created).after(1));
    browser.click("save").await?;
    browser.until_text("result", "saved as 7").await?;
    let sent = posts(&stage);
    assert_eq!(sent.len(), 2, "one more request after the 401");
    for request in &sent {
        assert_eq!(request.body, r#"{"title":"A note"}"#);
        assert_eq!(request.header("content-type"), Some("application/json"));
        assert_eq!(request.header("accept"), Some("application/json, */*;q=0.5"));
    }
    ensure!(sent[0].header("authorization") != sent[1].header("authorization"), "the same token");
    assert_eq!(stage.refreshes().len(), tokens_before + 1);

    // The token was refreshed a moment ago, so this answer stands.
    stage.control.clear(id);
    let refused = Reply::json(401, &json!({ "reason": "no luck" }));
    let id = answer(&stage, Injection::new(Endpoint::Resource, Fault::Respond(refused)));
    browser.click("save").await?;
    browser.until_text("result", "401 no luck").await?;
    assert_eq!(posts(&stage).len(), 3);
    browser.until_text("status", "signed in").await?;

    stage.control.clear(id);
    let refused = Reply::json(422, &json!({ "reason": "no title" }));
    answer(&stage, Injection::new(Endpoint::Resource, Fault::Respond(refused)));
    browser.click("save").await?;
    browser.until_text("result", "unexpected-status 422 no title").await?;
    assert_eq!(posts(&stage).len(), 4);
    stage.ensure_no_csp_report()
}

async fn drop_a_request(framework: &str, browser: &Browser) -> Result<()> {
    let stage = stage(framework).await?;
    browser.open(&stage.url("/api")).await?;
    browser.until("Boolean(document.querySelector('[data-testid=save]'))").await?;
    let watch = "const original = window.fetch;
        window.signals = [];
        window.fetch = (request, ...rest) => {
          window.signals.push(rest[0]?.signal ?? request.signal);
          return original(request, ...rest);
        };";
    browser.run(watch, Value::Null).await?;
    let gate = Gate::new();
    let held = Injection::new(Endpoint::Resource, Fault::Hold(gate.clone()));
    stage.control.inject(held);
    browser.click("save").await?;
    gate.arrived(1).await;
    assert_eq!(browser.eval("signals.at(-1).aborted").await?, false);
    browser.click("drop").await?;
    browser.until("signals.at(-1).aborted === true").await?;
    gate.release();
    assert_eq!(browser.text("result").await?, "");
    assert_eq!(browser.eval("consoleLines").await?, json!([]));
    Ok(())
}

async fn misread(framework: &str, browser: &Browser) -> Result<()> {
    let stage = stage(framework).await?;
    browser.open(&stage.url("/api")).await?;
    browser.click("misread").await?;
    let message = browser.until_text("result", "titel").await?;
    ensure!(message.contains("notes[0]") && message.contains("missing"), "{message}");
    ensure!(message.contains("Misspelt"), "no type: {message}");
    ensure!(!message.contains("Note G") && !message.contains("Ada"), "a value: {message}");
    Ok(())
}

async fn read_own(framework: &str, browser: &Browser) -> Result<()> {
    let stage = stage(framework).await?;
    stage.app.publish(Document::json("/own.json", &json!({ "id": 5 })));
    browser.open(&stage.url("/api")).await?;
    browser.click("own").await?;
    browser.until_text("result", "own 5").await?;
    let requests = stage.app.requests();
    let own = requests.iter().find(|request| request.path == "/own.json");
    let token = own.and_then(|request| request.header("authorization")).unwrap_or_default();
    ensure!(token.starts_with("Bearer "), "without the token");
    Ok(())
}

/// The app with a route for the callback.
async fn stage(framework: &str) -> Result<Stage> {
    Stage::rust_app(framework, json!({ "redirectUri": "/done" })).await
}

fn ask_for_consent(stage: &Stage) {
    stage.control.register(Client::new(CLIENT, stage.url("/done")));
}

const BUTTON: &str = "basic-sign-in-button";
const BUTTONS: &str = "document.querySelectorAll('basic-sign-in-button').length";
const HERE: &str = "location.pathname + location.search + location.hash";

async fn until_button(browser: &Browser) -> Result<()> {
    browser
        .until(&format!("document.querySelector('{BUTTON}')?.dataset.status === 'signed-out'"))
        .await
}

/// Presses a button of the consent page: a press while it loads is lost in Firefox.
async fn decide(browser: &Browser, button: &str) -> Result<()> {
    let is_loaded = format!(
        "Boolean(document.querySelector('{button}')) && document.readyState === 'complete'"
    );
    browser.until(&is_loaded).await?;
    browser.click_css(button).await
}

/// Presses the link as a user does who wants a new tab: with Control, or with the middle button.
async fn press_for_a_tab(browser: &Browser, with_key: bool) -> Result<()> {
    if browser.engine() == Engine::Webkit {
        let press = "document.querySelector('a.link').dispatchEvent(new MouseEvent(
            args[0] ? 'click' : 'auxclick',
            { bubbles: true, cancelable: true, button: args[0] ? 0 : 1, ctrlKey: args[0] }));";
        browser.run(press, json!([with_key])).await?;
        return Ok(());
    }
    let link = browser.client().find(Locator::Css("a.link")).await?;
    let button = if with_key { MOUSE_BUTTON_LEFT } else { MOUSE_BUTTON_MIDDLE };
    let move_there = PointerAction::MoveToElement { element: link, duration: None, x: 0.0, y: 0.0 };
    let mouse = MouseActions::new("mouse".into())
        .then(move_there)
        .then(PointerAction::Down { button })
        .then(PointerAction::Up { button });
    let client = browser.client();
    if !with_key {
        return Ok(client.perform_actions(mouse).await?);
    }
    let control = Key::Control.into();
    let keys = KeyActions::new("keys".into()).then(KeyAction::Down { value: control });
    client.perform_actions(keys).await?;
    client.perform_actions(mouse).await?;
    // The key is let go, in the tab that is current.
    client.release_actions().await.or(Ok(()))
}

async fn until_said(browser: &Browser, lines: Value) -> Result<()> {
    browser
        .until(&format!("consoleLines.length >= {}", lines.as_array().map_or(0, Vec::len)))
        .await?;
    // A second call would follow in the same turn.
    browser.run("await new Promise((resolve) => setTimeout(resolve, 100));", Value::Null).await?;
    assert_eq!(browser.eval("consoleLines").await?, lines);
    Ok(())
}

/// Injects what the API answers.
fn answer(stage: &Stage, injection: Injection) -> demo_server::InjectionId {
    stage.control.inject(injection)
}

fn posts(stage: &Stage) -> Vec<LoggedRequest> {
    let requests = stage.control.requests_to(Endpoint::Resource, None);
    requests.into_iter().filter(|request| request.method == "POST").collect()
}

fn visits(stage: &Stage) -> usize {
    let requests = stage.control.requests_to(Endpoint::Authorize, Some(CLIENT));
    requests.into_iter().filter(|request| request.method == "GET").count()
}
