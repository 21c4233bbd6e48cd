//! Bundles the adapter of each peer into a page, as an app would be bundled.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::peers::{self, Peer};
use crate::command::{cmd, run};
use crate::compress::Size;
use crate::workspace::Workspace;

/// What a page does with the adapter.
#[derive(Clone, Copy)]
pub(super) enum Page {
    /// Nothing: this is measured.
    Bytes,
    Behaviour,
    Time,
}

impl Page {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Behaviour => "behaviour",
            Self::Time => "time",
        }
    }
}

#[derive(Clone, Copy)]
pub(super) enum Charset {
    Ascii,
    Utf8,
}

/// The files of a bundle, and which of them are loaded before any code runs.
pub(super) struct Bundle {
    folder: PathBuf,
    outputs: BTreeMap<String, Output>,
    unused: Option<String>,
}

/// The part of esbuild's metafile that is read here.
#[derive(Deserialize)]
struct Metafile {
    outputs: BTreeMap<String, Output>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    #[serde(default)]
    imports: Vec<Import>,
    entry_point: Option<String>,
}

#[derive(Deserialize)]
struct Import {
    path: String,
    kind: String,
    #[serde(default)]
    external: bool,
}

impl Bundle {
    /// Bundles into `folder`. Parts that are loaded later are files of their own.
    pub(super) fn make(
        workspace: &Workspace,
        peer: &Peer,
        page: Page,
        charset: Charset,
        folder: &Path,
    ) -> Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder)?;
        let fixed = "--bundle --splitting --minify --format=esm --target=es2022 \
                     --legal-comments=none --log-level=warning --entry-names=page \
                     --define:process.env.NODE_ENV=\"production\" --metafile=meta.json --outdir=.";
        let mut arguments: Vec<OsString> = fixed.split_whitespace().map(Into::into).collect();
        let peers = peers::folder(workspace);
        arguments.push(peers.join(format!("pages/{}.js", page.name())).into());
        let adapter = peers.join(format!("adapters/{}.js", peer.id));
        arguments.push(format!("--alias:adapter={}", adapter.display()).into());
        arguments.push(format!("--alias:basic-oauth={}", workspace.npm().display()).into());
        if matches!(charset, Charset::Utf8) {
            arguments.push("--charset=utf8".into());
        }
        // An app in React has React already.
        if matches!(page, Page::Bytes) {
            arguments.extend(["--external:react", "--external:react-dom"].map(Into::into));
        }
        let esbuild = cmd(workspace.node_tool("esbuild"), arguments).dir(folder);
        run(&format!("bundle {} for {}", peer.id, page.name()), &esbuild)?;
        let metafile = fs::read_to_string(folder.join("meta.json"))?;
        let Metafile { outputs } = serde_json::from_str(&metafile).context("the metafile")?;
        fs::remove_file(folder.join("meta.json"))?;
        // The app copies the module beside its script, as the README says.
        let module = folder.join("basic_oauth.wasm");
        if fs::read_to_string(folder.join("page.js"))?.contains("./basic_oauth.wasm") {
            fs::copy(workspace.npm().join("basic_oauth.wasm"), module)?;
        }
        Ok(Self { folder: folder.to_path_buf(), outputs, unused: peer.unused.clone() })
    }

    /// Returns the size of the entry and of all that it imports statically.
    pub(super) fn first(&self) -> Result<Size> {
        let files = static_files(&self.outputs).context("a bundle without an entry")?;
        files.into_iter().try_fold(Size::default(), |sum, file| Ok(sum + self.size(file)?))
    }

    /// Returns the size of all files that the page loads at some time, the module among them.
    pub(super) fn whole(&self) -> Result<Size> {
        let mut sum = Size::default();
        for file in fs::read_dir(&self.folder)? {
            let file = file?;
            if !self.is_unused(&file.file_name().to_string_lossy()) {
                sum = sum + Size::of(&fs::read(file.path())?);
            }
        }
        Ok(sum)
    }

    fn is_unused(&self, file: &str) -> bool {
        let entry = self.outputs.get(file).and_then(|output| output.entry_point.as_ref());
        self.unused.as_ref().zip(entry).is_some_and(|(unused, entry)| entry.ends_with(unused))
    }

    fn size(&self, file: &str) -> Result<Size> {
        Ok(Size::of(&fs::read(self.folder.join(file))?))
    }
}

/// Returns the entry and all that it imports statically. What `import()` loads is left out.
fn static_files(outputs: &BTreeMap<String, Output>) -> Option<Vec<&str>> {
    let is_page =
        |output: &Output| output.entry_point.as_ref().is_some_and(|it| it.contains("pages/"));
    let (entry, _) = outputs.iter().find(|(_, output)| is_page(output))?;
    let mut files = vec![entry.as_str()];
    let mut next = 0;
    while let Some(output) = files.get(next).and_then(|file| outputs.get(*file)) {
        let imports = output.imports.iter();
        for import in imports.filter(|it| it.kind == "import-statement" && !it.external) {
            if !files.contains(&import.path.as_str()) {
                files.push(&import.path);
            }
        }
        next += 1;
    }
    Some(files)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_loaded_later_is_not_in_the_static_files() {
        let metafile = r#"{ "outputs": {
            "later.js": { "entryPoint": "later.js", "imports": [] },
            "shared.js": { "imports": [] },
            "page.js": { "entryPoint": "pages/bytes.js", "imports": [
                { "path": "shared.js", "kind": "import-statement" },
                { "path": "later.js", "kind": "dynamic-import" },
                { "path": "react", "kind": "import-statement", "external": true }
            ] }
        } }"#;
        let Metafile { outputs } = serde_json::from_str(metafile).unwrap();
        assert_eq!(static_files(&outputs).unwrap(), ["page.js", "shared.js"]);
    }
}
