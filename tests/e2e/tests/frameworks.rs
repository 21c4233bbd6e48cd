//! The demo apps in Yew and Leptos, used as a user does: one list of scenarios for both.

use std::time::Duration;

use anyhow::{Result, ensure};
use demo_server::{Document, Endpoint, Fault, Injection};
use e2e::{Browser, CLIENT, Stage, in_every_engine, wait_until};
use serde_json::json;

in_every_engine!(
    yew_sends_a_signed_out_user_to_sign_in_and_back_to_the_page,
    leptos_sends_a_signed_out_user_to_sign_in_and_back_to_the_page,
    yew_refreshes_without_rendering_again,
    leptos_refreshes_without_rendering_again,
    r114_yew_sees_a_sign_out_in_every_tab,
    r114_leptos_sees_a_sign_out_in_every_tab,
    yew_shows_the_user_what_went_wrong,
    leptos_shows_the_user_what_went_wrong,
    r135_yew_shows_its_button_if_an_image_hides_a_method,
    r135_yew_shows_its_button_in_a_form_that_hides_a_method,
    r135_leptos_shows_its_button_in_a_form_that_hides_a_method,
);

const LONG: Duration = Duration::from_secs(600);
/// Refreshed every few seconds.
const SHORT: Duration = Duration::from_secs(6);

/// Makes one scenario for the demo app of each framework.
macro_rules! in_both_apps {
    ($($scenario:ident: $yew:ident, $leptos:ident;)+) => {
        $(
            async fn $yew(browser: &Browser) -> Result<()> {
                $scenario("yew", browser).await
            }
            async fn $leptos(browser: &Browser) -> Result<()> {
                $scenario("leptos", browser).await
            }
        )+
    };
}

in_both_apps! {
    return_to_the_page:
        yew_sends_a_signed_out_user_to_sign_in_and_back_to_the_page,
        leptos_sends_a_signed_out_user_to_sign_in_and_back_to_the_page;
    refresh_without_rendering:
        yew_refreshes_without_rendering_again, leptos_refreshes_without_rendering_again;
    sign_out_in_every_tab:
        r114_yew_sees_a_sign_out_in_every_tab, r114_leptos_sees_a_sign_out_in_every_tab;
    show_what_went_wrong:
        yew_shows_the_user_what_went_wrong, leptos_shows_the_user_what_went_wrong;
    show_in_a_hostile_form:
        r135_yew_shows_its_button_in_a_form_that_hides_a_method,
        r135_leptos_shows_its_button_in_a_form_that_hides_a_method;
}

/// R42, R122 and R123 as well.
async fn return_to_the_page(framework: &str, browser: &Browser) -> Result<()> {
    let stage = Stage::rust_demo(framework, LONG).await?;
    browser.open(&stage.url("/profile?tab=1#end")).await?;
    agree(browser).await?;
    browser.until_text("profile-name", "Ada Lovelace").await?;
    let here = "location.pathname + location.search + location.hash";
    assert_eq!(browser.eval(here).await?, "/profile?tab=1#end");
    ensure_nothing_leaks(browser, &stage).await?;

    // A reload restores the session without a request.
    let visits = visits(&stage);
    browser.reload().await?;
    browser.until_text("profile-email", "ada@basic.example").await?;
    assert_eq!((visits, self::visits(&stage)), (visits, visits));

    browser.click("nav-notes").await?;
    browser.until_text("notes", "Note G").await?;
    assert_eq!(browser.eval("location.pathname").await?, "/notes");
    ensure_nothing_leaks(browser, &stage).await?;
    assert_eq!(stage.exchanges().len(), 1);
    stage.ensure_no_csp_report()
}

/// A refresh changes nothing that a user sees.
async fn refresh_without_rendering(framework: &str, browser: &Browser) -> Result<()> {
    let stage = Stage::rust_demo(framework, SHORT).await?;
    browser.open(&stage.url("/profile")).await?;
    agree(browser).await?;
    browser.until_text("profile-name", "Ada Lovelace").await?;
    // The buttons are drawn in an effect, after the text.
    let drawn = "[...document.querySelectorAll('basic-sign-in-button')]
        .every(({ shadowRoot }) => shadowRoot.textContent.includes('Ada'))";
    browser.until(drawn).await?;
    let watch = "window.changes = 0;
        new MutationObserver((all) => { window.changes += all.length; }).observe(document.body,
          { subtree: true, childList: true, attributes: true, characterData: true });";
    browser.run(watch, json!([])).await?;
    let renders = browser.text("renders").await?;
    let before = stage.refreshes().len();
    wait_until("two refreshes", async || Ok(stage.refreshes().len() >= before + 2)).await?;
    assert_eq!(browser.text("renders").await?, renders);
    assert_eq!(browser.eval("window.changes").await?, 0, "nothing on the page was touched");
    browser.click("nav-notes").await?;
    browser.until_text("notes", "Note G").await?;
    Ok(())
}

async fn sign_out_in_every_tab(framework: &str, browser: &Browser) -> Result<()> {
    let stage = Stage::rust_demo(framework, LONG).await?;
    browser.open(&stage.url("/profile")).await?;
    agree(browser).await?;
    browser.until_text("profile-name", "Ada Lovelace").await?;
    let first = browser.tab().await?;
    let second = browser.new_tab().await?;
    browser.open(&stage.url("/profile")).await?;
    browser.until_text("profile-name", "Ada Lovelace").await?;
    let visits = visits(&stage);

    browser.switch_to(&first).await?;
    browser.click_css("[data-testid=profile] basic-sign-in-button").await?;
    browser.until_text("status", "Signed out").await?;
    browser.switch_to(&second).await?;
    browser.until_text("status", "Signed out in another tab").await?;
    for tab in [&first, &second] {
        // A user who has just signed out is asked, not redirected again.
        browser.switch_to(tab).await?;
        browser.until("Boolean(document.querySelector('main > basic-sign-in-button'))").await?;
        assert_eq!(browser.eval("location.pathname").await?, "/profile");
        ensure!(!browser.eval("document.body.textContent").await?.to_string().contains("Ada"));
        assert_eq!(browser.eval("Object.keys(localStorage)").await?, json!([]));
    }
    assert_eq!(self::visits(&stage), visits);

    browser.click_css("main > basic-sign-in-button").await?;
    agree(browser).await?;
    browser.until_text("profile-name", "Ada Lovelace").await?;
    stage.ensure_no_csp_report()
}

async fn show_what_went_wrong(framework: &str, browser: &Browser) -> Result<()> {
    let stage = Stage::rust_demo(framework, LONG).await?;
    browser.open(&stage.url("/")).await?;
    until_button(browser, "signed-out").await?;
    browser.click_css(BUTTON).await?;
    browser.click_css("#deny").await?;
    browser.until_text("error-code", "access-denied").await?;
    assert_eq!(browser.eval("location.search").await?, "");
    // The button shows no error to a user who declined, who may sign in after all.
    until_button(browser, "signed-out").await?;

    let unavailable = Fault::oauth_error(503, "temporarily_unavailable");
    stage.control.inject(Injection::new(Endpoint::TokenCode, unavailable).client(CLIENT).once());
    browser.click_css(BUTTON).await?;
    agree(browser).await?;
    browser.until_text("error-code", "server-unavailable").await?;
    until_button(browser, "error").await?;
    ensure!(browser.eval(SAID).await?.to_string().contains("Please try again."));

    browser.click_css(BUTTON).await?;
    agree(browser).await?;
    until_button(browser, "signed-in").await?;
    browser.until(&format!("{SAID}.includes('Ada Lovelace')")).await?;
    assert_eq!(browser.eval("document.querySelector('[data-testid=error]')").await?, json!(null));
    stage.ensure_no_csp_report()
}

/// Yew makes its own elements with another method than the one that is hidden here; Leptos does not.
async fn r135_yew_shows_its_button_if_an_image_hides_a_method(browser: &Browser) -> Result<()> {
    let stage = Stage::rust_demo("yew", LONG).await?;
    // Outside the body, which the app takes for itself.
    let hide = "const image = document.createElement('img');
        image.name = 'createElementNS';
        document.documentElement.append(image);";
    stage.app.publish(Document::script("/hide.js", hide));
    let page = r#"<!doctype html><html lang="en" data-framework="yew"><meta charset="utf-8">
        <title>A page</title><script src="/hide.js"></script>
        <script type="module" src="/start.js"></script>"#;
    stage.app.publish(Document::html("/", page));
    browser.open(&stage.url("/")).await?;
    assert_eq!(browser.eval("document.createElementNS.localName").await?, "img");
    until_button(browser, "signed-out").await?;
    browser.until(&format!("{SAID}.includes('Sign in with Basic')")).await
}

async fn show_in_a_hostile_form(framework: &str, browser: &Browser) -> Result<()> {
    let stage = Stage::rust_demo(framework, LONG).await?;
    browser.open(&stage.url("/")).await?;
    until_button(browser, "signed-out").await?;
    browser.click_css(BUTTON).await?;
    agree(browser).await?;
    until_button(browser, "signed-in").await?;

    let into_a_form = "
        const form = document.createElement('form');
        const input = document.createElement('input');
        form.lang = 'de';
        input.name = 'getAttribute';
        const button = document.querySelector(args[0]);
        button.replaceWith(form);
        form.append(input, button);
        return form.getAttribute.localName;";
    assert_eq!(browser.run(into_a_form, json!([BUTTON])).await?, "input");
    browser.click_css(BUTTON).await?;
    until_button(browser, "signed-out").await?;
    browser.until(&format!("{SAID}.includes('Mit Basic anmelden')")).await?;
    stage.ensure_no_csp_report()
}

const BUTTON: &str = ".cta basic-sign-in-button";
const SAID: &str = "document.querySelector('.cta basic-sign-in-button').shadowRoot.textContent";

/// Presses the button of the consent page, which the app may have gone to by itself: a press while it
/// loads is lost in Firefox.
async fn agree(browser: &Browser) -> Result<()> {
    let is_loaded =
        "Boolean(document.querySelector('#allow')) && document.readyState === 'complete'";
    browser.until(is_loaded).await?;
    browser.click_css("#allow").await
}

async fn until_button(browser: &Browser, status: &str) -> Result<()> {
    let condition = format!("document.querySelector('{BUTTON}')?.dataset.status === '{status}'");
    browser.until(&condition).await
}

fn visits(stage: &Stage) -> usize {
    stage.control.requests_to(Endpoint::Authorize, Some(CLIENT)).len()
}

/// No secret in what the page shows or logs.
async fn ensure_nothing_leaks(browser: &Browser, stage: &Stage) -> Result<()> {
    let shown =
        "[document.documentElement.outerHTML, location.href, consoleLines.join('\\n')].join('\\n')";
    let shown = browser.eval(shown).await?;
    stage.ensure_no_secret("the page", shown.as_str().unwrap_or_default())?;
    assert_eq!(browser.eval("consoleLines").await?, json!([]), "the console stays silent");
    Ok(())
}
