//! `button.css` reserves the room of a `<basic-sign-in>` that is not defined yet, so that the page does
//! not move when it is.

use anyhow::{Context, Result, ensure};
use demo_server::Document;
use e2e::{Browser, Stage, in_every_engine};
use serde_json::json;

in_every_engine!(an_element_takes_the_same_room_before_and_after_it_is_defined);

/// In CSS pixels. Engines round the parts of a line in different ways.
const TOLERANCE: f64 = 1.0;

/// Attributes and content. A language is that of the page around the element.
const ELEMENTS: [(&str, &str); 14] = [
    ("", ""),
    (r#"size="small""#, ""),
    (r#"size="large""#, ""),
    (r#"theme="outline""#, ""),
    (r#"shape="pill""#, ""),
    (r#"shape="icon""#, ""),
    (r#"shape="icon" size="small""#, ""),
    (r#"shape="icon" size="large""#, ""),
    (r#"label="Go""#, ""),
    (r#"label="A label that is longer than most of them are""#, ""),
    ("", "Continue with <b>Basic</b>"),
    (r#"size="large""#, "Continue"),
    ("", "\n  Continue\n"),
    (r#"client-id="app" redirect-uri="/callback" disabled"#, ""),
];

async fn an_element_takes_the_same_room_before_and_after_it_is_defined(
    browser: &Browser,
) -> Result<()> {
    let stage = Stage::start(|_| {}).await?;
    let mut body = String::new();
    for (attributes, content) in ELEMENTS {
        body += &format!("<p><basic-sign-in {attributes}>{content}</basic-sign-in></p>");
    }
    for language in languages()? {
        body += &format!(r#"<p lang="{language}"><basic-sign-in></basic-sign-in></p>"#);
    }
    body += r#"<p dir="rtl" lang="ar"><basic-sign-in></basic-sign-in> text beside it</p>"#;
    let page = |head: &str| {
        Document::html(
            "/",
            format!(
                r#"<!doctype html><html lang="en"><meta charset="utf-8"><title>A page</title>
                {head}<body>{body}<p id="last">The end</p>"#
            ),
        )
    };

    stage.app.publish(page(r#"<link rel="stylesheet" href="/basic-oauth/button.css">"#));
    browser.open(&stage.url("/")).await?;
    let (before, after) = rectangles(browser).await?;
    ensure!(before.len() > ELEMENTS.len() + 10, "the page has {} elements", before.len());
    for (at, (before, after)) in before.iter().zip(&after).enumerate() {
        for (name, (before, after)) in
            ["x", "y", "width", "height"].iter().zip(before.iter().zip(after))
        {
            let markup =
                format!("document.querySelectorAll('basic-sign-in, #last')[{at}].outerHTML");
            if (before - after).abs() > TOLERANCE {
                let markup = browser.eval(&markup).await?;
                anyhow::bail!("{name} is {before} and then {after}: {markup}");
            }
        }
    }

    // Without the style sheet the page does move.
    stage.app.publish(page(""));
    browser.open(&stage.url("/")).await?;
    let (before, after) = rectangles(browser).await?;
    ensure!(before[0][2] < 1.0 && after[0][2] > 100.0, "{:?} {:?}", before[0], after[0]);
    stage.ensure_no_csp_report()
}

/// Measures all elements and the end of the page, defines the element, and measures again.
async fn rectangles(browser: &Browser) -> Result<(Vec<[f64; 4]>, Vec<[f64; 4]>)> {
    let body = "
        const measure = () => [...document.querySelectorAll('basic-sign-in, #last')].map((element) => {
          const { x, y, width, height } = element.getBoundingClientRect();
          return [x, y, width, height];
        });
        if (customElements.get('basic-sign-in')) throw new Error('it is defined already');
        const before = measure();
        await import('/basic-oauth/button.js');
        // Labels are drawn in a later task.
        await new Promise((resolve) => setTimeout(resolve, 100));
        return [before, measure()];";
    serde_json::from_value(browser.run(body, json!([])).await?).context("four numbers each")
}

/// The languages that the element has texts for.
fn languages() -> Result<Vec<String>> {
    let texts = concat!(env!("CARGO_MANIFEST_DIR"), "/../../pkg-template/button.texts");
    let texts = std::fs::read_to_string(texts)?;
    let languages = texts.lines().filter_map(|line| Some(line.split_once('|')?.0.to_owned()));
    Ok(languages.collect())
}
