//! Lists the crates that a build of the SDK embeds.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use cargo_metadata::{CargoOpt, Metadata, MetadataCommand};

use crate::command::{cargo, cargo_program};
use crate::toolchain::TARGET;
use crate::workspace::Workspace;

/// The crate that all others are embedded by.
pub(crate) const SDK: &str = "basic-oauth";

#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    /// An SPDX expression, or an older form of it with a slash for "or".
    pub(crate) licence: String,
    pub(crate) authors: Vec<String>,
    /// The folder with the sources.
    pub(crate) folder: PathBuf,
}

/// Returns what a build for the browser with these features embeds, without the SDK itself.
///
/// Crates that only run at compile time are not embedded: build scripts and procedural macros.
pub(crate) fn packages(workspace: &Workspace, features: &str) -> Result<Vec<Package>> {
    let fixed = "tree --locked --edges normal,no-proc-macro --prefix none --format {p} --package";
    let arguments = fixed.split(' ').chain([SDK, "--target", TARGET, "--features", features]);
    let tree = cargo(arguments).dir(workspace.root()).stderr_null().read()?;
    let names: BTreeSet<(&str, &str)> = tree.lines().filter_map(name_and_version).collect();

    let metadata = metadata(workspace)?;
    let found = names.into_iter().filter(|(name, _)| *name != SDK).map(|(name, version)| {
        let is_this = |it: &&cargo_metadata::Package| {
            it.name.as_str() == name && it.version.to_string() == version
        };
        let package = metadata.packages.iter().find(is_this);
        let package = package.with_context(|| format!("cargo does not know {name} {version}"))?;
        let folder = package.manifest_path.parent().context("a manifest in a folder")?;
        Ok(Package {
            name: name.to_owned(),
            version: version.to_owned(),
            licence: package.license.clone().unwrap_or_default(),
            authors: package.authors.clone(),
            folder: folder.as_std_path().to_owned(),
        })
    });
    found.collect()
}

/// Returns everything that cargo knows of the workspace and its dependencies.
pub(crate) fn metadata(workspace: &Workspace) -> Result<Metadata> {
    let mut command = MetadataCommand::new();
    command.cargo_path(cargo_program()).manifest_path(workspace.path("Cargo.toml"));
    command.features(CargoOpt::AllFeatures).other_options(["--locked".to_owned()]);
    Ok(command.exec()?)
}

/// Reads a line such as `serde v1.0.229` or `basic-oauth v0.1.0 (/folder)`.
fn name_and_version(line: &str) -> Option<(&str, &str)> {
    let mut words = line.split(' ');
    Some((words.next()?, words.next()?.strip_prefix('v')?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_cargo_tree_are_understood() {
        assert_eq!(name_and_version("serde v1.0.229 (*)"), Some(("serde", "1.0.229")));
        assert_eq!(name_and_version("a v0.1.0 (/folder)"), Some(("a", "0.1.0")));
        assert_eq!(name_and_version(""), None);
    }
}
