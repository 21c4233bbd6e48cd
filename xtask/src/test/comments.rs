//! Finds the prose of the repository: the comments of source files, and the text of documents.

use std::fs;

use anyhow::Result;

use crate::command::cmd;
use crate::workspace::Workspace;

/// A comment or a document, line by line, without the signs that make it a comment.
pub(super) struct Prose {
    pub(super) file: String,
    pub(super) is_document: bool,
    pub(super) lines: Vec<Line>,
}

pub(super) struct Line {
    pub(super) number: usize,
    pub(super) text: String,
}

/// Returns every file of the repository that git does not ignore.
pub(super) fn files(workspace: &Workspace) -> Result<Vec<String>> {
    let list = ["ls-files", "--cached", "--others", "--exclude-standard"];
    let files = cmd("git", list).dir(workspace.root()).read()?;
    let mut files: Vec<String> = files.lines().map(str::to_owned).collect();
    // A file that is deleted but not yet staged is still listed.
    files.retain(|file| workspace.path(file).is_file());
    files.sort();
    files.dedup();
    Ok(files)
}

/// Reads the prose of the whole repository.
pub(super) fn read(workspace: &Workspace) -> Result<Vec<Prose>> {
    let mut all = Vec::new();
    for file in files(workspace)? {
        if Language::of(&file).is_some() {
            let text = fs::read_to_string(workspace.path(&file))?;
            all.extend(prose(&file, &text));
        }
    }
    Ok(all)
}

/// Returns the prose of one file, or `None` if the file has no known language.
pub(super) fn prose(file: &str, text: &str) -> Option<Prose> {
    let language = Language::of(file)?;
    let lines = match language {
        Language::Markdown => numbered(text),
        _ => comments(text, language),
    };
    let is_document = language == Language::Markdown;
    Some(Prose { file: file.to_owned(), is_document, lines: without_code(lines) })
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Language {
    Css,
    JavaScript,
    Markdown,
    Rust,
    Toml,
}

impl Language {
    fn of(file: &str) -> Option<Self> {
        match file.rsplit('.').next()? {
            "css" => Some(Self::Css),
            "js" | "mjs" | "ts" | "tsx" => Some(Self::JavaScript),
            "md" => Some(Self::Markdown),
            "rs" => Some(Self::Rust),
            "toml" => Some(Self::Toml),
            _ => None,
        }
    }
}

fn numbered(text: &str) -> Vec<Line> {
    text.lines().zip(1..).map(|(text, number)| Line { number, text: text.to_owned() }).collect()
}

/// Returns the comments of a source file. Strings are skipped, because they may contain the signs.
fn comments(text: &str, language: Language) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut number = 1;
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let length = match character {
            '/' if rest.starts_with("//") && language != Language::Css => {
                let line = rest.lines().next().unwrap_or_default();
                let text = line.trim_start_matches(['/', '!']).to_owned();
                lines.push(Line { number, text });
                line.len()
            }
            '/' if rest.starts_with("/*") => {
                let length = rest.find("*/").map_or(rest.len(), |end| end + 2);
                for (line, number) in rest[..length].lines().zip(number..) {
                    let text = line.trim_start().trim_start_matches(['/', '*', '!']);
                    let text = text.trim_end_matches(['/', '*']).to_owned();
                    lines.push(Line { number, text });
                }
                length
            }
            '#' if language == Language::Toml => {
                let line = rest.lines().next().unwrap_or_default();
                lines.push(Line { number, text: line.trim_start_matches('#').to_owned() });
                line.len()
            }
            'r' if language == Language::Rust => raw_string(rest).unwrap_or(1),
            '\'' if language == Language::Rust => character_literal(rest).unwrap_or(1),
            '"' | '\'' | '`' if language != Language::Rust || character == '"' => {
                string(rest, character, language)
            }
            other => other.len_utf8(),
        };
        number += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    lines
}

/// Returns the length of a string. Outside Rust, most strings end at the end of their line: this also
/// ends a quotation mark in a regular expression.
fn string(text: &str, quote: char, language: Language) -> usize {
    let mut escaped = false;
    for (position, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\n' if language != Language::Rust && quote != '`' => return position,
            _ if character == quote => return position + 1,
            _ => {}
        }
    }
    text.len()
}

/// Returns the length of a raw string of Rust, such as `r#"…"#`.
fn raw_string(text: &str) -> Option<usize> {
    let hashes = text[1..].chars().take_while(|it| *it == '#').count();
    let body = text[1 + hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = body.find(&end).map_or(body.len(), |at| at + end.len());
    Some(2 + hashes + length)
}

/// Returns the length of a character such as `'"'`. A lifetime is not one.
fn character_literal(text: &str) -> Option<usize> {
    let inner = text.chars().nth(1)?;
    if inner == '\\' {
        return text.get(3..)?.find('\'').map(|end| end + 4);
    }
    let end = 1 + inner.len_utf8();
    text[end..].starts_with('\'').then_some(end + 1)
}

/// Leaves out blocks of code, code in backticks, and the targets of links.
fn without_code(lines: Vec<Line>) -> Vec<Line> {
    let mut in_code = false;
    let mut previous = 0;
    let mut kept = Vec::new();
    for Line { number, text } in lines {
        // A block that a comment does not close ends with that comment.
        in_code &= number == previous + 1;
        previous = number;
        if text.trim_start().starts_with("```") {
            in_code = !in_code;
            continue;
        }
        let comment =
            if in_code { text.split_once("//").map(|(_, comment)| comment) } else { None };
        match (in_code, comment) {
            (true, None) => {}
            (true, Some(comment)) => kept.push(Line { number, text: without_spans(comment) }),
            (false, _) => kept.push(Line { number, text: without_spans(&text) }),
        }
    }
    kept
}

fn without_spans(text: &str) -> String {
    let mut kept = String::new();
    for (index, part) in text.split('`').enumerate() {
        // The code keeps its place in the sentence.
        kept.push_str(if index % 2 == 0 { part } else { "X" });
    }
    while let Some(start) = kept.find("](") {
        let end = kept[start..].find(')').map_or(kept.len(), |end| start + end + 1);
        kept.replace_range(start..end, "]");
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(file: &str, text: &str) -> Vec<(usize, String)> {
        let prose = prose(file, text);
        let lines = prose.into_iter().flat_map(|prose| prose.lines);
        lines.map(|line| (line.number, line.text.trim().to_owned())).collect()
    }

    fn expected(lines: &[(usize, &str)]) -> Vec<(usize, String)> {
        lines.iter().map(|(number, text)| (*number, (*text).to_owned())).collect()
    }

    #[test]
    fn comments_of_rust_are_found_and_strings_are_not() {
        let text = "//! One.\nfn a<'a>() { let s = \"// no\"; } // Two `code`.\n\
                    let r = r#\"\" // no\"#; let c = '\"'; /* Three */\n";
        assert_eq!(texts("a.rs", text), expected(&[(1, "One."), (2, "Two X."), (3, "Three")]));
    }

    #[test]
    fn comments_of_javascript_and_css_are_found() {
        let text = "/** One\n * two */\nlet a = 'https://x'; // Three\nlet b = /[\"]/; // Four\n";
        assert_eq!(
            texts("a.d.ts", text),
            expected(&[(1, "One"), (2, "two"), (3, "Three")]),
            "a quotation mark in a regular expression hides the rest of its line"
        );
        assert_eq!(texts("a.css", "a { b: url(//x) } /* One */"), expected(&[(1, "One")]));
    }

    #[test]
    fn documents_are_prose_without_their_code() {
        let text =
            "# One [two](https://x.test/where)\n```rust\nlet a; // Three\nlet b;\n```\nFour\n";
        assert_eq!(texts("a.md", text), expected(&[(1, "# One [two]"), (3, "Three"), (6, "Four")]));
        assert!(prose("a.svg", "where").is_none());
    }
}
