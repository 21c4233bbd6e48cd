//! Checks what the core and the SDK must not name, which no compiler checks.

use std::fs;
use std::path::Path;

use anyhow::{Result, bail, ensure};
use walkdir::{DirEntry, WalkDir};

use super::counts::Tally;
use crate::workspace::Workspace;

/// The core has no clock, no browser, and no waiting.
const CORE: [&str; 3] = ["src/codec", "src/protocol", "src/session"];
const NOT_IN_CORE: [&str; 10] = [
    "web_sys",
    "js_sys",
    "wasm_bindgen",
    "gloo_net",
    "gloo_storage",
    "Date",
    "Instant",
    "SystemTime",
    "async",
    "await",
];

/// The SDK prints nothing on the console of a page, least of all a secret.
const SDK: [&str; 2] = ["src", "pkg-template"];
const NOT_IN_SDK: [&str; 6] = ["print!", "println!", "eprint!", "eprintln!", "dbg!", "console"];

pub(super) fn run(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let sources = |folders: &[&str]| sources(workspace.root(), folders);
    let core = sources(&CORE)?;
    ensure!(!core.is_empty(), "no source file in {}", CORE.join(" and "));
    let sdk = sources(&SDK)?;

    tally.check("the core is pure", verdict(named(&core, &NOT_IN_CORE)));
    tally.check("the SDK prints nothing", verdict(named(&sdk, &NOT_IN_SDK)));
    Ok(())
}

struct Source {
    name: String,
    text: String,
}

impl Source {
    /// Block comments are only in JavaScript here, with a star on each line.
    fn is_inside_comment(&self, line: &str) -> bool {
        !self.name.ends_with(".rs") && line.trim_start().starts_with(['*', '/'])
    }
}

fn sources(root: &Path, folders: &[&str]) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    for folder in folders.iter().map(|folder| root.join(folder)).filter(|folder| folder.is_dir()) {
        // Tests of the package may print.
        let shipped = |entry: &DirEntry| entry.path() != root.join("pkg-template/tests");
        for entry in WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(shipped) {
            let entry = entry?;
            let kind = entry.path().extension().and_then(|extension| extension.to_str());
            if !matches!(kind, Some("rs" | "js" | "ts" | "css")) {
                continue;
            }
            let name = entry.path().strip_prefix(root)?.display().to_string();
            sources.push(Source { name, text: fs::read_to_string(entry.path())? });
        }
    }
    Ok(sources)
}

fn verdict(violations: Vec<String>) -> Result<()> {
    if violations.is_empty() {
        return Ok(());
    }
    bail!("\n    {}", violations.join("\n    "))
}

/// Lists every use of one of the words in code, outside comments.
fn named(sources: &[Source], words: &[&str]) -> Vec<String> {
    let mut violations = Vec::new();
    for source in sources {
        for (number, line) in source.text.lines().enumerate() {
            let code = if source.is_inside_comment(line) { "" } else { without_comment(line) };
            for word in words.iter().filter(|word| has_word(code, word)) {
                violations.push(format!("{}:{} names {word}", source.name, number + 1));
            }
        }
    }
    violations
}

/// Returns a line up to its comment. The slashes of an address in a string start none.
fn without_comment(line: &str) -> &str {
    let mut quoted = false;
    let mut previous = ' ';
    for (position, character) in line.char_indices() {
        match character {
            '"' if previous != '\\' => quoted = !quoted,
            '/' if !quoted && line[position..].starts_with("//") => return &line[..position],
            _ => {}
        }
        previous = character;
    }
    line
}

fn has_word(code: &str, word: &str) -> bool {
    let in_word = |character: char| character.is_alphanumeric() || character == '_';
    code.match_indices(word).any(|(start, _)| {
        let before = code[..start].chars().next_back();
        let after = code[start + word.len()..].chars().next();
        let starts = !before.is_some_and(in_word);
        starts && (word.ends_with('!') || !after.is_some_and(in_word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Vec<Source> {
        vec![Source { name: "src/protocol/planted.rs".to_owned(), text: text.to_owned() }]
    }

    #[test]
    fn a_planted_violation_is_found() {
        let planted = source("fn now() -> f64 {\n    js_sys::Date::now()\n}\n");
        assert_eq!(
            named(&planted, &NOT_IN_CORE),
            ["src/protocol/planted.rs:2 names js_sys", "src/protocol/planted.rs:2 names Date",]
        );
        let waiting = source("async fn wait() { tick().await }");
        assert_eq!(named(&waiting, &NOT_IN_CORE).len(), 2);
        let printing = source("println!(\"{token}\");\nconsole.log(token)");
        assert_eq!(named(&printing, &NOT_IN_SDK).len(), 2);
    }

    #[test]
    fn comments_and_parts_of_words_are_free() {
        let clean = source(
            "//! No async, no Date.\nlet update_date = 1; // async\nlet asynchronous = Dates;\n\
             const URL: &str = \"https://x.test\"; let x = InstantLike;\n",
        );
        assert!(named(&clean, &NOT_IN_CORE).is_empty());
    }

    #[test]
    fn code_after_an_address_in_a_string_is_still_seen() {
        assert_eq!(named(&source("f(\"https://a.test\", js_sys::x())"), &NOT_IN_CORE).len(), 1);
    }
}
