//! `<basic-sign-in>` and the demo against the rules of axe. One engine, because the rules look at the
//! markup and at colours.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use demo_server::Document;
use e2e::{Browser, Stage};
use serde::Deserialize;
use serde_json::json;

mod chromium {
    use e2e::{Engine, play};

    #[test]
    fn the_element_is_accessible_in_every_state() -> anyhow::Result<()> {
        let name = "the_element_is_accessible_in_every_state";
        play(Engine::Chromium, name, super::the_element_is_accessible_in_every_state)
    }

    #[test]
    fn the_demo_is_accessible() -> anyhow::Result<()> {
        play(Engine::Chromium, "the_demo_is_accessible", super::the_demo_is_accessible)
    }

    #[test]
    fn a_page_that_is_not_accessible_is_reported() -> anyhow::Result<()> {
        let name = "a_page_that_is_not_accessible_is_reported";
        play(Engine::Chromium, name, super::a_page_that_is_not_accessible_is_reported)
    }
}

const DIRECTIONS: [&str; 2] = ["ltr", "rtl"];
/// The language and the direction of a page.
const LANGUAGES: [(&str, &str); 3] = [("en", "ltr"), ("en", "rtl"), ("ar", "rtl")];
const SCHEMES: [&str; 2] = ["light", "dark"];

async fn the_element_is_accessible_in_every_state(browser: &Browser) -> Result<()> {
    let stage = Stage::start(|_| {}).await?;
    publish_styles(&stage);
    stage.app.publish(Document::script("/states.js", STATES));
    for (language, direction) in LANGUAGES {
        for scheme in SCHEMES {
            let what = format!("{language} {direction} {scheme}");
            let head = r#"<script type="module" src="/states.js"></script>"#;
            open(&stage, browser, &html(language, direction, scheme, head, "")).await?;
            browser.until("window.isReady === true").await?;
            ensure_every_state_shows(browser).await.with_context(|| what.clone())?;
            let report = Report::of(browser).await?;
            report.ensure_no_violation(&what)?;
            // Otherwise axe has not found out about the colours, which is no violation. It takes a
            // font whose letters join, as those of Arabic do, for one of icons.
            for part in ["label", "sign-out", "initial", "error"] {
                let is_known = report.contrast.iter().any(|it| it == part);
                ensure!(
                    is_known || language == "ar",
                    "{what}: the contrast of the {part} is not known"
                );
            }

            let undefined = "<basic-sign-in></basic-sign-in> <basic-sign-in>Go</basic-sign-in>
                <basic-sign-in shape=\"icon\" size=\"small\"></basic-sign-in>";
            open(&stage, browser, &html(language, direction, scheme, "", undefined)).await?;
            let room = "[...document.querySelectorAll('basic-sign-in:not(:defined)')]
                .every((element) => element.getBoundingClientRect().height > 30)";
            assert_eq!(browser.eval(room).await?, true);
            Report::of(browser).await?.ensure_no_violation(&format!("{what}, undefined"))?;
        }
    }
    stage.ensure_no_csp_report()
}

/// Checks that what axe looks at is what the test is about.
async fn ensure_every_state_shows(browser: &Browser) -> Result<()> {
    let seen = browser
        .eval(
            "Object.fromEntries(Object.keys(states).map((name) => {
               const elements = [...document.querySelectorAll(`[data-state=${name}]`)];
               const shown = elements.map(({ status, disabled, shadowRoot }) =>
                 [status, disabled, shadowRoot.querySelector('[part=error]').textContent !== ''].join(' '));
               return [name, [...new Set(shown)]];
             }))",
        )
        .await?;
    let expected = json!({
        "loading": ["loading false false"],
        "signed-out": ["signed-out false false"],
        "signed-in": ["signed-in false false"],
        "busy": ["busy false false"],
        "error": ["error false true"],
        "misconfigured": ["error false true"],
        "disabled": ["signed-out true false"],
    });
    ensure!(seen == expected, "{seen}");
    Ok(())
}

async fn the_demo_is_accessible(browser: &Browser) -> Result<()> {
    let stage = Stage::demo(Duration::from_secs(600)).await?;
    for (direction, scheme) in DIRECTIONS.into_iter().zip(SCHEMES) {
        browser.open(&stage.url("/")).await?;
        let reset = "localStorage.clear(); sessionStorage.clear();
                localStorage.setItem('demo.theme', args[0]);";
        browser.run(reset, json!([scheme])).await?;
        for path in ["/", "/notes"] {
            browser.open(&stage.url(path)).await?;
            browser.until("document.body.dataset.status === 'signed-out'").await?;
            let what = format!("{path} {scheme} {direction}, signed out");
            ensure_demo(browser, scheme, direction, &what).await?;
        }
        browser.click("notes-sign-in").await?;
        browser.click_css("#deny").await?;
        browser.until_text("error-code", "access-denied").await?;
        let what = format!("/notes {scheme} {direction}, declined");
        ensure_demo(browser, scheme, direction, &what).await?;

        browser.click("notes-sign-in").await?;
        browser.click_css("#allow").await?;
        browser.until_text("notes-owner", "notes of Ada Lovelace").await?;
        let what = format!("/notes {scheme} {direction}, signed in");
        ensure_demo(browser, scheme, direction, &what).await?;
        browser.click("nav-overview").await?;
        browser.until_text("profile-name", "Ada Lovelace").await?;
        browser.click("api-call").await?;
        browser.until_text("api-result", "Note G").await?;
        let what = format!("/ {scheme} {direction}, signed in");
        ensure_demo(browser, scheme, direction, &what).await?;
    }
    Ok(())
}

async fn ensure_demo(browser: &Browser, scheme: &str, direction: &str, what: &str) -> Result<()> {
    assert_eq!(browser.eval("document.documentElement.dataset.theme").await?, scheme);
    browser.run("document.documentElement.dir = args[0];", json!([direction])).await?;
    Report::of(browser).await?.ensure_no_violation(what)
}

/// Shows that the checks above can fail, inside of the element too.
async fn a_page_that_is_not_accessible_is_reported(browser: &Browser) -> Result<()> {
    let stage = Stage::start(|_| {}).await?;
    publish_styles(&stage);
    let head = r#"<link rel="stylesheet" href="/pale.css">
        <script type="module" src="/basic-oauth/button.js"></script>"#;
    let pale = "basic-sign-in::part(label) { color: #777; background: #888 }";
    stage.app.publish(Document::new("/pale.css", "text/css; charset=utf-8", pale));
    let body = r#"<button type="button"></button>
        <basic-sign-in id="pale"></basic-sign-in> <basic-sign-in id="nameless"></basic-sign-in>"#;
    open(&stage, browser, &html("en", "ltr", "light", head, body)).await?;
    browser.until("document.querySelectorAll('basic-sign-in:defined').length === 2").await?;
    let take_name =
        "document.querySelector('#nameless').shadowRoot.querySelector('slot').remove();";
    browser.run(take_name, json!([])).await?;
    let report = Report::of(browser).await?;
    let found = |id: &str, place: &str| {
        report.violations.iter().any(|it| it.id == id && it.target.contains(place))
    };
    ensure!(found("button-name", "button"), "{:?}", report.violations);
    ensure!(found("button-name", "#nameless"), "{:?}", report.violations);
    ensure!(found("color-contrast", "#pale"), "{:?}", report.violations);
    ensure!(!found("button-name", "#pale"), "{:?}", report.violations);
    let Err(error) = report.ensure_no_violation("the page") else {
        anyhow::bail!("violations are no failure");
    };
    ensure!(error.to_string().contains("button-name"), "{error}");
    Ok(())
}

/// What axe says of a page.
#[derive(Debug, Deserialize)]
struct Report {
    violations: Vec<Violation>,
    /// The parts of elements whose contrast is known and sufficient.
    contrast: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Violation {
    id: String,
    /// The selectors of the element, from the document through each shadow root.
    target: String,
    summary: String,
}

impl Report {
    async fn of(browser: &Browser) -> Result<Self> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/axe/node_modules/axe-core/axe.min.js");
        let axe = std::fs::read_to_string(path).context("run `npm ci` in tests/e2e/axe")?;
        // The driver runs it, so the policy of the page does not hold for it.
        browser.client().execute(&axe, Vec::new()).await?;
        let report = browser
            .eval(
                "axe.run().then(({ violations, passes }) => ({
                   violations: violations.flatMap(({ id, nodes }) => nodes.map((node) =>
                     ({ id, target: node.target.flat().join(' '), summary: node.failureSummary }))),
                   contrast: passes.filter(({ id }) => id === 'color-contrast')
                     .flatMap(({ nodes }) => nodes.map(({ html }) => /part=\"([^\"]*)/.exec(html)?.[1] ?? '')),
                 }))",
            )
            .await?;
        Ok(serde_json::from_value(report)?)
    }

    fn ensure_no_violation(&self, what: &str) -> Result<()> {
        let lines: Vec<String> = self
            .violations
            .iter()
            .map(|Violation { id, target, summary }| format!("{id} at {target}: {summary}"))
            .collect();
        ensure!(lines.is_empty(), "{what} violates {} rules:\n{}", lines.len(), lines.join("\n"));
        Ok(())
    }
}

/// The colours of the system. Without them axe takes every page for white.
fn publish_styles(stage: &Stage) {
    let styles = "html { background: Canvas; color: CanvasText }
        main { display: flex; flex-wrap: wrap; gap: 8px }";
    stage.app.publish(Document::new("/page.css", "text/css; charset=utf-8", styles));
}

async fn open(stage: &Stage, browser: &Browser, page: &str) -> Result<()> {
    stage.app.publish(Document::html("/", page.to_owned()));
    browser.open(&stage.url("/")).await
}

fn html(language: &str, direction: &str, scheme: &str, head: &str, body: &str) -> String {
    format!(
        r#"<!doctype html><html lang="{language}" dir="{direction}"><meta charset="utf-8">
        <title>A page</title><meta name="color-scheme" content="{scheme}">
        <link rel="stylesheet" href="/page.css">
        <link rel="stylesheet" href="/basic-oauth/button.css">{head}
        <main><h1>Buttons</h1>{body}</main>"#
    )
}

/// Shows the element in every state, in several variants each.
const STATES: &str = r#"
import "/basic-oauth/button.js";
import { createFakeAuth, fakeError } from "/basic-oauth/testing.js";

const user = { sub: "1", name: "Ada Lovelace" };
const signIn = () => new Promise(() => {});
window.states = {
  loading: { auth: () => createFakeAuth({ status: "loading" }) },
  "signed-out": { auth: () => createFakeAuth() },
  "signed-in": { auth: () => createFakeAuth({ user }) },
  busy: { auth: () => createFakeAuth({ signIn }), isPressed: true },
  error: { auth: () => createFakeAuth({ error: fakeError("server-unavailable") }) },
  misconfigured: { auth: () => undefined, isPressed: true },
  disabled: { auth: () => createFakeAuth(), attributes: { disabled: "" } },
};
const variants = [
  {}, { theme: "light" }, { theme: "dark" }, { theme: "outline" }, { size: "small" }, { size: "large" },
  { shape: "icon" }, { shape: "pill", label: "Go" },
];
for (const [name, { auth, isPressed, attributes }] of Object.entries(states)) {
  for (const variant of variants) {
    const element = document.createElement("basic-sign-in");
    for (const [key, value] of Object.entries({ ...variant, ...attributes, "data-state": name })) {
      element.setAttribute(key, value);
    }
    element.auth = auth();
    document.querySelector("main").append(element);
    if (isPressed) element.click();
  }
}
// A press does its work in a later task.
setTimeout(() => window.isReady = true, 50);
"#;
