//! Checks the words of comments and documents. CONTRIBUTING.md has the rules.

use std::fs;

use anyhow::{Result, bail, ensure};

use super::comments::{self, Line, Prose};
use super::counts::Tally;
use crate::progress::log;
use crate::workspace::Workspace;

/// Words and phrases that no comment and no document may contain. A star stands for any ending.
const BANNED: [&str; 15] = [
    "judge",
    "judged",
    "judges",
    "judging",
    "lets it not",
    "nobody",
    "none is none",
    "none means",
    "people",
    "person",
    "persons",
    "renew*",
    "somebody",
    "whatever",
    "whoever",
];

/// Files that may have banned words, and why.
const ALLOWED: [(&str, &str); 1] = [("CONTRIBUTING.md", "it lists these words")];

/// The message of `expect` says what was expected, which this does not.
const NO_MESSAGE: &str = "expect(\"sound\")";

/// Most sentences in a hundred that may contain "where". It is for places, not for conditions.
const MOST_WHERE: f64 = 2.0;

pub(super) fn run_step(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let prose = comments::read(workspace)?;
    ensure!(!prose.is_empty(), "the repository has no comments");

    let banned = prose.iter().flat_map(banned_words).collect();
    tally.check("comments and documents have no banned word", verdict(banned));
    tally.check("every expect has a message", verdict(without_message(workspace)?));
    for (kind, is_document) in [("comments", false), ("documents", true)] {
        let share = Share::of(prose.iter().filter(|it| it.is_document == is_document));
        log(&format!("    \"where\" in {kind}: {share}"));
        let name = format!("at most {MOST_WHERE} % of the sentences of {kind} have \"where\"");
        tally.check(&name, share.check());
    }
    Ok(())
}

fn verdict(violations: Vec<String>) -> Result<()> {
    if violations.is_empty() {
        return Ok(());
    }
    bail!("{}\n    {}", violations.len(), violations.join("\n    "))
}

/// Lists each banned word with its file and line. A phrase may go on in the next line.
fn banned_words(prose: &Prose) -> Vec<String> {
    if ALLOWED.iter().any(|(file, _)| *file == prose.file) {
        return Vec::new();
    }
    let words: Vec<(usize, String)> = prose.lines.iter().flat_map(words).collect();
    let mut found = Vec::new();
    for banned in BANNED {
        let parts: Vec<&str> = banned.split(' ').collect();
        for window in words.windows(parts.len()) {
            if window.iter().zip(&parts).all(|((_, word), part)| is_word(word, part)) {
                found.push(format!("{}:{} has {}", prose.file, window[0].0, window[0].1));
            }
        }
    }
    found
}

fn words(line: &Line) -> Vec<(usize, String)> {
    // An identifier is not a word of English, so `_` and digits belong to it.
    let parts = line.text.split(|it: char| !it.is_alphanumeric() && it != '_');
    let parts = parts.filter(|part| !part.is_empty());
    parts.map(|part| (line.number, part.to_lowercase())).collect()
}

fn is_word(word: &str, banned: &str) -> bool {
    match banned.strip_suffix('*') {
        Some(start) => word.starts_with(start) && word.chars().all(char::is_alphabetic),
        None => word == banned,
    }
}

fn without_message(workspace: &Workspace) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for file in comments::files(workspace)?.iter().filter(|file| file.ends_with(".rs")) {
        // This file names it.
        if file != "xtask/src/test/words.rs" {
            found.extend(expects(file, &fs::read_to_string(workspace.path(file))?));
        }
    }
    Ok(found)
}

fn expects(file: &str, text: &str) -> Vec<String> {
    let lines = text.lines().zip(1..).filter(|(line, _)| line.contains(NO_MESSAGE));
    lines.map(|(_, number)| format!("{file}:{number} has {NO_MESSAGE}")).collect()
}

#[derive(Debug, Default, Eq, PartialEq)]
struct Share {
    sentences: usize,
    with_where: usize,
}

impl Share {
    fn of<'a>(prose: impl Iterator<Item = &'a Prose>) -> Self {
        let mut share = Self::default();
        for sentence in prose.flat_map(sentences) {
            share.sentences += 1;
            share.with_where += usize::from(sentence.iter().any(|word| word == "where"));
        }
        share
    }

    fn percent(&self) -> f64 {
        100.0 * self.with_where as f64 / self.sentences.max(1) as f64
    }

    fn check(&self) -> Result<()> {
        ensure!(self.percent() <= MOST_WHERE, "{self}");
        Ok(())
    }
}

impl std::fmt::Display for Share {
    fn fmt(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
        let Self { sentences, with_where } = self;
        write!(out, "{with_where} of {sentences} sentences, {:.1} %", self.percent())
    }
}

/// Splits prose at full stops, at empty lines, at the items of a list and at the cells of a table.
fn sentences(prose: &Prose) -> Vec<Vec<String>> {
    let mut sentences: Vec<Vec<String>> = Vec::new();
    let mut sentence = Vec::new();
    let mut previous = 0;
    for line in &prose.lines {
        let text = line.text.trim();
        let begins = ["- ", "* ", "#", "|"].iter().any(|sign| text.starts_with(sign));
        if begins || text.is_empty() || line.number != previous + 1 {
            sentences.push(std::mem::take(&mut sentence));
        }
        previous = line.number;
        // The end of the line ends a word, and so may a full stop there end a sentence.
        let text = format!("{text} ").replace('|', ". ");
        for part in text.split_inclusive([' ']) {
            let part = part.trim_end();
            let word: String = part.chars().filter(|it| it.is_alphanumeric()).collect();
            if !word.is_empty() {
                sentence.push(word.to_lowercase());
            }
            if part.ends_with(['.', '?', '!', ';']) {
                sentences.push(std::mem::take(&mut sentence));
            }
        }
    }
    sentences.push(sentence);
    sentences.retain(|sentence| !sentence.is_empty());
    sentences
}

#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests {
    use super::*;

    fn comment(text: &str) -> Prose {
        comments::prose("src/planted.rs", text).expect("a file of Rust")
    }

    #[test]
    fn a_banned_word_is_found_with_its_line() {
        let planted =
            comment("// Fine.\n// Nobody Renews it, none\n// means none.\nlet renewal = 1;");
        assert_eq!(
            banned_words(&planted),
            [
                "src/planted.rs:2 has nobody",
                "src/planted.rs:2 has none",
                "src/planted.rs:2 has renews",
            ]
        );
    }

    #[test]
    fn code_and_parts_of_words_are_free() {
        let text = "// Calls `renew` and personal_name, renew_2, nonetheless, at [x](people.md).\n";
        assert!(banned_words(&comment(text)).is_empty());
    }

    #[test]
    fn an_expect_without_a_message_is_found() {
        let planted = "a();\nb.expect(\"sound\");\nc.expect(\"a valid URL\");";
        assert_eq!(expects("a.rs", planted), ["a.rs:2 has expect(\"sound\")"]);
    }

    #[test]
    fn sentences_end_at_stops_items_and_cells() {
        let text = "// One e.g. two. Three\n// goes on\n// - item\n//\n// | where | cell |\n";
        let share = Share::of([comment(text)].iter());
        assert_eq!(share, Share { sentences: 6, with_where: 1 });
    }

    #[test]
    fn too_many_sentences_with_where_are_refused() {
        assert!(Share { sentences: 100, with_where: 2 }.check().is_ok());
        assert!(Share { sentences: 100, with_where: 3 }.check().is_err());
        assert!(Share { sentences: 0, with_where: 0 }.check().is_ok());
    }
}
