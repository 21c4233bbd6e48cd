//! Checks the ids of requirements: `docs/requirements.md` has every id that a test names, and a test
//! names every requirement of tier 1.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context as _, Result, ensure};

use super::comments;
use super::counts::Tally;
use crate::workspace::Workspace;

const DOCUMENT: &str = "docs/requirements.md";

pub(super) fn run_step(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let document = fs::read_to_string(workspace.path(DOCUMENT)).context(DOCUMENT)?;
    let tiers = tiers(&document);
    ensure!(!tiers.is_empty(), "{DOCUMENT} has no row such as `| R95 | 1 | ...`");
    let (mut named, mut tested) = (BTreeMap::new(), BTreeSet::new());
    for file in comments::files(workspace)?.iter().filter(|file| is_source(file)) {
        let text = fs::read_to_string(workspace.path(file))?;
        tested.extend(ids(tests_of(file, &text)));
        for id in ids(&text) {
            named.entry(id).or_insert_with(|| file.clone());
        }
    }
    ensure!(!tested.is_empty(), "no test names a requirement");
    tally.check("the requirements have every id that the code names", unknown(&named, &tiers));
    tally.check("a test names every requirement of tier 1", untested(&tested, &tiers));
    Ok(())
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

/// Reads rows such as `| R95 | 1 | ...`: the id, then its tier.
fn tiers(document: &str) -> BTreeMap<String, String> {
    let rows = document.lines().filter_map(|line| {
        let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
        let (id, tier) = (cells.next()?, cells.next()?);
        let mut ids = ids(id).into_iter();
        let is_only = ids.next().is_some_and(|own| own == id);
        is_only.then(|| (id.to_owned(), tier.to_owned()))
    });
    rows.collect()
}

/// Finds ids in text (`R95`) and in the names of functions (`r95_c4_the_token_is_kept`).
fn ids(text: &str) -> BTreeSet<String> {
    let words = text.split(|it: char| !it.is_alphanumeric() && it != '_');
    let ids = words.flat_map(|word| {
        let parts = word.split('_').map(str::to_uppercase);
        let is_name = word.contains('_') || word.starts_with(['R', 'C']);
        parts.take_while(|part| is_id(part)).filter(move |_| is_name)
    });
    ids.collect()
}

fn is_id(word: &str) -> bool {
    word.strip_prefix(['R', 'C']).is_some_and(|number| {
        (1..=3).contains(&number.len()) && number.chars().all(|it| it.is_ascii_digit())
    })
}

fn unknown(named: &BTreeMap<String, String>, tiers: &BTreeMap<String, String>) -> Result<()> {
    let unknown = named.iter().filter(|(id, _)| !tiers.contains_key(*id));
    let unknown: Vec<String> = unknown.map(|(id, file)| format!("{id} in {file}")).collect();
    ensure!(unknown.is_empty(), "{DOCUMENT} does not have {}", unknown.join(", "));
    Ok(())
}

fn untested(tested: &BTreeSet<String>, tiers: &BTreeMap<String, String>) -> Result<()> {
    let first = tiers.iter().filter(|(_, tier)| tier.split('/').next() == Some("1"));
    let untested = first.map(|(id, _)| id.as_str()).filter(|id| !tested.contains(*id));
    let untested: Vec<&str> = untested.collect();
    ensure!(untested.is_empty(), "no test names {}", untested.join(", "));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "# Title\n\n| id | tier | text |\n| --- | --- | --- |\n\
                            | R95 | 1 | Store it. |\n| C4 | 2 | See R7. |\n| R7 | 1/3 | Ask. |\n";

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
        let tiers = tiers(DOCUMENT);
        assert_eq!(tiers.len(), 3);
        assert!(unknown(&named("R95 R7"), &tiers).is_ok());
        let error = unknown(&named("fn r96_x() {}"), &tiers).map_err(|error| error.to_string());
        assert_eq!(error, Err("docs/requirements.md does not have R96 in tests/a.rs".to_owned()));
    }

    #[test]
    fn a_requirement_of_tier_1_without_a_test_is_found() {
        let tiers = tiers(DOCUMENT);
        assert!(untested(&ids("fn r95_r7_x() {}"), &tiers).is_ok());
        let error = untested(&ids("// R95"), &tiers).map_err(|error| error.to_string());
        assert_eq!(error, Err("no test names R7".to_owned()));
    }
}
