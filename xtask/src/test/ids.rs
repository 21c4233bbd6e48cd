//! Checks the ids of requirements: `docs/requirements.md` has every id that a test names, and a test
//! names every requirement of tier 1 or 2. Prints for each requirement where that test is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context as _, Result, ensure};

use super::comments;
use super::counts::Tally;
use crate::progress::log;
use crate::workspace::Workspace;

const DOCUMENT: &str = "docs/requirements.md";

pub(super) fn run_step(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let document = fs::read_to_string(workspace.path(DOCUMENT)).context(DOCUMENT)?;
    let rows = rows(&document);
    ensure!(!rows.is_empty(), "{DOCUMENT} has no row such as `| R95 | 1 | ...`");
    let (mut named, mut proofs) = (BTreeMap::new(), Proofs::default());
    for file in comments::files(workspace)?.iter().filter(|file| is_source(file)) {
        let text = fs::read_to_string(workspace.path(file))?;
        proofs.add(file, &text);
        for id in ids(&text) {
            named.entry(id).or_insert_with(|| file.clone());
        }
    }
    ensure!(!proofs.0.is_empty(), "no test names a requirement");
    for row in &rows {
        log(&format!("  {}", proofs.line(row)));
    }
    tally.check("the requirements have every id that the code names", unknown(&named, &rows));
    tally.check("a test names every requirement of tier 1 or 2", proofs.cover(&rows));
    Ok(())
}

/// A row such as `| R95 | 1 | ...`: the id, then its tier.
#[derive(Debug, Eq, PartialEq)]
struct Row {
    id: String,
    tier: String,
}

impl Row {
    /// Returns whether the row has to be proved. `1/2` is a row with halves in both tiers.
    fn needs_test(&self) -> bool {
        self.tier.split('/').any(|tier| matches!(tier, "1" | "2"))
    }
}

/// Reads the rows of the document, in its order.
fn rows(document: &str) -> Vec<Row> {
    let rows = document.lines().filter_map(|line| {
        let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
        let (id, tier) = (cells.next()?, cells.next()?);
        let is_only = ids(id).first().is_some_and(|own| own == id);
        is_only.then(|| Row { id: id.to_owned(), tier: tier.to_owned() })
    });
    rows.collect()
}

/// The places in tests that name an id, by id.
#[derive(Default)]
struct Proofs(BTreeMap<String, Vec<Place>>);

/// A place in a test. The test functions come first.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Place {
    is_comment: bool,
    file: String,
    line: usize,
}

impl Proofs {
    /// Adds what the tests in a file name. A name counts once in a file, where its function is:
    /// lists of scenarios repeat it.
    fn add(&mut self, file: &str, text: &str) {
        let start = text.len() - tests_of(file, text).len();
        let first = text[..start].lines().count() + 1;
        let mut names = BTreeMap::new();
        for (line, number) in text[start..].lines().zip(first..) {
            for word in words(line) {
                if !word.contains('_') {
                    self.name(file, number, word, true);
                } else if line.contains(&["fn ", word].concat()) {
                    names.insert(word, number);
                } else {
                    names.entry(word).or_insert(number);
                }
            }
        }
        for (name, line) in names {
            self.name(file, line, name, false);
        }
    }

    fn name(&mut self, file: &str, line: usize, word: &str, is_comment: bool) {
        for id in ids(word) {
            let place = Place { is_comment, file: file.to_owned(), line };
            self.0.entry(id).or_default().push(place);
        }
    }

    /// Returns the line of the report: `R95  tier 1  tests/flows/refresh.rs:123 (and 2 more)`.
    fn line(&self, Row { id, tier }: &Row) -> String {
        let places = self.0.get(id).map(Vec::as_slice).unwrap_or_default();
        let Some(Place { file, line, .. }) = places.iter().min() else {
            return format!("{id:<5} tier {tier:<4} no test");
        };
        let more = match places.len() - 1 {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        format!("{id:<5} tier {tier:<4} {file}:{line}{more}")
    }

    fn cover(&self, rows: &[Row]) -> Result<()> {
        let bare = rows.iter().filter(|row| row.needs_test() && !self.0.contains_key(&row.id));
        let bare: Vec<&str> = bare.map(|row| row.id.as_str()).collect();
        ensure!(bare.is_empty(), "no test names {}", bare.join(", "));
        Ok(())
    }
}

/// Source files of the project and of its tests. This file has made-up ids.
fn is_source(file: &str) -> bool {
    let kind = file.rsplit('.').next().unwrap_or_default();
    matches!(kind, "rs" | "js" | "mjs" | "ts" | "tsx") && file != "xtask/src/test/ids.rs"
}

/// Returns the tests in a source file. They are all of it, or they are at its bottom.
fn tests_of<'a>(file: &str, text: &'a str) -> &'a str {
    let is_test = ["tests/", "test/"].iter().any(|folder| file.contains(folder));
    if is_test || file.ends_with("tests.rs") {
        return text;
    }
    text.find("#[cfg(test)]").map_or("", |start| &text[start..])
}

/// Finds ids in text (`R95`) and in the names of functions (`r95_c4_the_token_is_kept`).
fn ids(text: &str) -> BTreeSet<String> {
    let ids = words(text).flat_map(|word| {
        let parts = word.split('_').map(str::to_uppercase);
        let is_name = word.contains('_') || word.starts_with(['R', 'C']);
        parts.take_while(|part| is_id(part)).filter(move |_| is_name)
    });
    ids.collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|it: char| !it.is_alphanumeric() && it != '_')
}

fn is_id(word: &str) -> bool {
    word.strip_prefix(['R', 'C']).is_some_and(|number| {
        (1..=3).contains(&number.len()) && number.chars().all(|it| it.is_ascii_digit())
    })
}

fn unknown(named: &BTreeMap<String, String>, rows: &[Row]) -> Result<()> {
    let unknown = named.iter().filter(|(id, _)| rows.iter().all(|row| row.id != **id));
    let unknown: Vec<String> = unknown.map(|(id, file)| format!("{id} in {file}")).collect();
    ensure!(unknown.is_empty(), "{DOCUMENT} does not have {}", unknown.join(", "));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "# Title\n\n| id | tier | text |\n| --- | --- | --- |\n\
                            | R95 | 1 | Store it. |\n| C4 | - | See R7. |\n| R7 | 1/3 | Ask. |\n\
                            | R8 | 2 | Check. |\n| R11 | 3 | Extend. |\n";

    fn named(text: &str) -> BTreeMap<String, String> {
        ids(text).into_iter().map(|id| (id, "tests/a.rs".to_owned())).collect()
    }

    #[test]
    fn ids_are_found_in_names_and_comments() {
        let text = "// See R7.\nfn r95_c4_the_token_is_kept() {}\n// RFC 7636, RS256, r2, R1234";
        let ids: Vec<String> = ids(text).into_iter().collect();
        assert_eq!(ids, ["C4", "R7", "R95"]);
    }

    #[test]
    fn only_tests_prove_a_requirement() {
        let text = "// R1\n#[cfg(test)]\nmod tests { /* R2 */ }";
        assert_eq!(ids(tests_of("src/a.rs", text)), ids("R2"));
        assert_eq!(ids(tests_of("tests/flows/a.rs", text)), ids("R1 R2"));
        assert!(ids(tests_of("src/b.rs", "// R1")).is_empty());
    }

    #[test]
    fn an_id_that_the_document_does_not_have_is_found() {
        let rows = rows(DOCUMENT);
        assert_eq!(rows.len(), 5);
        assert!(unknown(&named("R95 R7"), &rows).is_ok());
        let error = unknown(&named("fn r96_x() {}"), &rows).map_err(|error| error.to_string());
        assert_eq!(error, Err("docs/requirements.md does not have R96 in tests/a.rs".to_owned()));
    }

    #[test]
    fn a_requirement_of_tier_1_or_2_without_a_test_is_found() {
        let rows = rows(DOCUMENT);
        let covered = |text: &str| {
            let mut proofs = Proofs::default();
            proofs.add("tests/a.rs", text);
            proofs.cover(&rows).map_err(|error| error.to_string())
        };
        assert_eq!(covered("fn r95_r7_x() {}\n// R8"), Ok(()));
        assert_eq!(covered("// R95"), Err("no test names R7, R8".to_owned()));
    }

    #[test]
    fn each_row_names_the_function_and_counts_the_other_places() {
        let rows = rows(DOCUMENT);
        let mut proofs = Proofs::default();
        proofs.add("tests/a.rs", "list!(\n    r95_r8_x,\n);\n// R95\nfn r95_r8_x() {}\n");
        proofs.add("src/b.rs", "// R7, R95\n#[cfg(test)]\nmod tests {\n    fn r95_y() {}\n}\n");
        let lines: Vec<String> = rows.iter().map(|row| proofs.line(row)).collect();
        assert_eq!(
            lines,
            [
                "R95   tier 1    src/b.rs:4 (and 2 more)",
                "C4    tier -    no test",
                "R7    tier 1/3  no test",
                "R8    tier 2    tests/a.rs:5",
                "R11   tier 3    no test",
            ]
        );
    }
}
