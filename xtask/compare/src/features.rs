//! The table of what each library offers. `cargo xtask compare` has checked its names before.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// `xtask/compare/peers/features.json` or `xtask/compare/rust/features.json`.
#[derive(Deserialize)]
pub(crate) struct Features {
    libraries: Vec<Library>,
    features: Vec<Feature>,
}

#[derive(Deserialize)]
struct Library {
    id: String,
    label: String,
}

#[derive(Deserialize)]
struct Feature {
    name: String,
    /// What has no name in the types.
    #[serde(default)]
    notes: BTreeMap<String, String>,
    /// The names that an app writes, by library.
    #[serde(flatten)]
    names: BTreeMap<String, Vec<String>>,
}

impl Features {
    /// Reads the list of the folder `peers` or `rust`.
    pub(crate) fn read(root: &Path, folder: &str) -> Result<Self> {
        let file = root.join("xtask/compare").join(folder).join("features.json");
        let list = fs::read_to_string(&file)?;
        serde_json::from_str(&list).with_context(|| file.display().to_string())
    }

    /// Returns the table in Markdown.
    pub(crate) fn table(&self) -> String {
        let labels: Vec<&str> = self.libraries.iter().map(|it| it.label.as_str()).collect();
        let mut table = format!("| | {} |\n", labels.join(" | "));
        table += &format!("| --- |{}\n", " --- |".repeat(labels.len()));
        for feature in &self.features {
            let cells: Vec<String> =
                self.libraries.iter().map(|library| feature.cell(&library.id)).collect();
            let _ = writeln!(table, "| {} | {} |", feature.name, cells.join(" | "));
        }
        table
    }
}

impl Feature {
    fn cell(&self, library: &str) -> String {
        let names = self.names.get(library).into_iter().flatten().map(|name| format!("`{name}`"));
        let all: Vec<String> = names.chain(self.notes.get(library).cloned()).collect();
        if all.is_empty() { "–".to_owned() } else { all.join(", ") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_a_cell_for_each_library() -> Result<()> {
        let features: Features = serde_json::from_str(
            r#"{
                "libraries": [{ "id": "a", "label": "A" }, { "id": "b", "label": "B" }],
                "features": [
                    { "name": "Hook", "a": ["useA", "useB"] },
                    { "name": "Vue", "b": ["v"], "notes": { "b": "a note" } }
                ]
            }"#,
        )?;
        let table = "| | A | B |\n| --- | --- | --- |\n| Hook | `useA`, `useB` | – |\n\
                     | Vue | – | `v`, a note |\n";
        assert_eq!(features.table(), table);
        Ok(())
    }
}
