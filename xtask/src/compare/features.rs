//! Checks the lists of what each library offers: every name in them is in the types of that library, or
//! in the source of that crate.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use cargo_metadata::MetadataCommand;
use serde::Deserialize;
use walkdir::WalkDir;

use super::peers;
use crate::progress::task;
use crate::workspace::Workspace;

/// `xtask/compare/peers/features.json` or `xtask/compare/rust/features.json`, which the tables of the
/// document are made from.
#[derive(Deserialize)]
struct Features {
    libraries: Vec<Library>,
    features: Vec<Feature>,
}

#[derive(Deserialize)]
struct Library {
    id: String,
    /// The packages of npm, or the crates, that have the names. Ours has none: it is the built package, or
    /// the crate of this repository.
    packages: Vec<String>,
}

#[derive(Deserialize)]
struct Feature {
    name: String,
    /// Texts for what has no name in the types. They are not checked.
    #[serde(default)]
    notes: BTreeMap<String, String>,
    /// The names that an app writes, by library.
    #[serde(flatten)]
    names: BTreeMap<String, Vec<String>>,
}

/// Fails if a name is not in the types of its library.
pub(super) fn check(workspace: &Workspace) -> Result<()> {
    let installed = peers::folder(workspace).join("node_modules");
    check_list(&peers::folder(workspace), &[".d.ts", ".d.mts"], |library| {
        Ok(match library.packages.as_slice() {
            [] => vec![workspace.npm()],
            packages => packages.iter().map(|package| installed.join(package)).collect(),
        })
    })
}

/// Fails if a name is not in the source of its crate.
pub(super) fn check_crates(workspace: &Workspace) -> Result<()> {
    let folder = workspace.path("xtask/compare/rust");
    // Also downloads the crates.
    let metadata = task("download the crates", || {
        MetadataCommand::new().manifest_path(folder.join("Cargo.toml")).exec()
    })?;
    let source = |name: &String| {
        let package = metadata.packages.iter().find(|package| package.name == name);
        let manifest = &package.with_context(|| format!("no crate {name}"))?.manifest_path;
        Ok(manifest.with_file_name("src").into_std_path_buf())
    };
    check_list(&folder, &[".rs"], |library| match library.packages.as_slice() {
        [] => Ok(vec![workspace.path("src")]),
        packages => packages.iter().map(source).collect(),
    })
}

fn check_list(
    folder: &Path,
    endings: &[&str],
    sources: impl Fn(&Library) -> Result<Vec<PathBuf>>,
) -> Result<()> {
    let list = fs::read_to_string(folder.join("features.json"))?;
    let Features { libraries, features } = serde_json::from_str(&list)?;
    let mut texts = BTreeMap::new();
    for library in libraries {
        let text = declarations(&sources(&library)?, endings)?;
        texts.insert(library.id, text);
    }
    let mut missing = Vec::new();
    for Feature { name, notes, names } in &features {
        ensure!(
            notes.keys().all(|id| texts.contains_key(id)),
            "{name}: a note of an unknown library"
        );
        for (id, wanted) in names {
            let text = texts.get(id).with_context(|| format!("{name}: no library {id}"))?;
            let absent = wanted.iter().filter(|it| !has_word(text, it));
            missing.extend(absent.map(|it| format!("{it} of {id} ({name})")));
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    bail!("not in the types: {}", missing.join(", "))
}

/// Returns all files of these folders with these endings as one text.
fn declarations(folders: &[PathBuf], endings: &[&str]) -> Result<String> {
    let mut text = String::new();
    for folder in folders {
        let before = text.len();
        for entry in WalkDir::new(folder).sort_by_file_name() {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy();
            if endings.iter().any(|ending| name.ends_with(ending)) {
                text += &fs::read_to_string(entry.path())?;
            }
        }
        ensure!(text.len() > before, "{} has no types", folder.display());
    }
    Ok(text)
}

fn has_word(text: &str, word: &str) -> bool {
    let is_part = |character: Option<char>| {
        character.is_some_and(|it| it.is_alphanumeric() || matches!(it, '_' | '$'))
    };
    text.match_indices(word).any(|(start, _)| {
        let after = start + word.len();
        !is_part(text[..start].chars().next_back()) && !is_part(text[after..].chars().next())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_as_a_whole_word_only() {
        assert!(has_word("export { useAuth }", "useAuth"));
        assert!(has_word("useAuth", "useAuth"));
        assert!(!has_word("export { useAuth0 }", "useAuth"));
        assert!(!has_word("reuseAuth", "useAuth"));
    }

    #[test]
    fn a_feature_has_names_by_library_and_notes() -> Result<()> {
        let text = r#"{ "name": "Vue", "ours": ["a"], "notes": { "b": "c" } }"#;
        let feature: Feature = serde_json::from_str(text)?;
        assert_eq!(feature.names.get("ours"), Some(&vec!["a".to_owned()]));
        assert_eq!(feature.notes.get("b").map(String::as_str), Some("c"));
        Ok(())
    }
}
