//! Checks what the SDK embeds against `deny.toml`: licences, several versions of a crate, and sources.
//!
//! The rules are those of cargo-deny, and it reads the same file. It takes six minutes of one core to
//! compile, which is too much for each run of the tests.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use spdx::{Expression, ParseMode};

use super::counts::Tally;
use crate::embedded::{self, Package};
use crate::wasm;
use crate::workspace::Workspace;

pub(super) fn run_step(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let rules: Rules = toml::from_str(&fs::read_to_string(workspace.path("deny.toml"))?)?;
    let packages = embedded::packages(workspace, &rules.graph.features.join(","))?;
    ensure!(!packages.is_empty(), "the SDK embeds no crate");
    tally.check("the SDK embeds allowed licences only", rules.licences(&packages));
    tally.check("the SDK embeds one version of each crate", rules.versions(&packages));

    let metadata = embedded::metadata(workspace)?;
    let sources = metadata.packages.iter().filter_map(|package| {
        package.source.as_ref().map(|it| (package.name.as_str(), it.is_crates_io()))
    });
    tally.check("every dependency is from the public registry", from_registry(sources));
    let lock = fs::read_to_string(workspace.path("Cargo.lock"))?;
    let one_version = wasm::check_bindgen_version(&lock);
    tally.check("wasm-bindgen and its tools have one version (R144)", one_version);
    Ok(())
}

/// The part of `deny.toml` that is checked here.
#[derive(Deserialize)]
struct Rules {
    graph: Graph,
    licenses: Licences,
    bans: Bans,
}

#[derive(Deserialize)]
struct Graph {
    features: Vec<String>,
}

#[derive(Deserialize)]
struct Licences {
    allow: Vec<String>,
}

#[derive(Deserialize)]
struct Bans {
    skip: Vec<Skip>,
}

/// A version that may be embedded beside another one.
#[derive(Deserialize)]
struct Skip {
    /// Name and version, such as `base64@0.22.1`.
    #[serde(rename = "crate")]
    id: String,
    reason: String,
}

impl Rules {
    fn licences(&self, packages: &[Package]) -> Result<()> {
        for Package { name, version, licence, .. } in packages {
            let expression = Expression::parse_mode(licence, ParseMode::LAX)
                .with_context(|| format!("{name} {version} has the licence {licence:?}"))?;
            let is_allowed = expression.evaluate(|required| {
                required
                    .license
                    .id()
                    .is_some_and(|id| self.licenses.allow.iter().any(|it| it == id.name))
            });
            ensure!(is_allowed, "{name} {version} has the licence {licence}");
        }
        Ok(())
    }

    fn versions(&self, packages: &[Package]) -> Result<()> {
        let ids = packages.iter().map(|it| format!("{}@{}", it.name, it.version));
        let ids: BTreeSet<String> = ids.collect();
        for Skip { id, reason } in &self.bans.skip {
            ensure!(ids.contains(id), "deny.toml skips {id}, which the SDK does not embed");
            ensure!(!reason.is_empty(), "deny.toml skips {id} without a reason");
        }
        let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let is_skipped = |id: &String| self.bans.skip.iter().any(|skip| skip.id == *id);
        for id in ids.iter().filter(|id| !is_skipped(id)) {
            let (name, version) = id.split_once('@').context("a name and a version")?;
            versions.entry(name).or_default().push(version);
        }
        versions.retain(|_, versions| versions.len() > 1);
        ensure!(versions.is_empty(), "several versions are embedded: {versions:?}");
        Ok(())
    }
}

fn from_registry<'a>(mut sources: impl Iterator<Item = (&'a str, bool)>) -> Result<()> {
    let other = sources.find(|(_, is_registry)| !is_registry);
    ensure!(other.is_none(), "{} has another source", other.unwrap_or_default().0);
    Ok(())
}

#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests {
    use super::*;

    fn rules(skip: &str) -> Rules {
        let rules = format!(
            "graph.features = []\nlicenses.allow = [\"MIT\", \"Zlib\"]\nbans.skip = [{skip}]"
        );
        toml::from_str(&rules).expect("valid rules")
    }

    fn package(name: &str, version: &str, licence: &str) -> Package {
        Package {
            name: name.to_owned(),
            version: version.to_owned(),
            licence: licence.to_owned(),
            authors: Vec::new(),
            folder: "a".into(),
        }
    }

    #[test]
    fn a_licence_that_is_not_allowed_is_found() {
        let check = |licence: &str| rules("").licences(&[package("a", "1.0.0", licence)]);
        assert!(check("MIT OR GPL-3.0").is_ok());
        assert!(check("GPL-3.0/MIT").is_ok());
        assert!(check("MIT AND Zlib").is_ok());
        assert!(check("GPL-3.0").is_err());
        assert!(check("MIT AND GPL-3.0").is_err());
        assert!(check("").is_err());
    }

    #[test]
    fn a_second_version_is_found_unless_it_is_skipped_for_a_reason() {
        let both = [package("a", "1.0.0", "MIT"), package("a", "2.0.0", "MIT")];
        assert!(rules("").versions(&both[..1]).is_ok());
        assert!(rules("").versions(&both).is_err());
        let skip = "{ crate = \"a@1.0.0\", reason = \"b needs it\" }";
        assert!(rules(skip).versions(&both).is_ok());
        assert!(rules(skip).versions(&both[1..]).is_err(), "the skip is not needed");
        assert!(rules("{ crate = \"a@1.0.0\", reason = \"\" }").versions(&both).is_err());
    }

    #[test]
    fn a_dependency_from_elsewhere_is_found() {
        assert!(from_registry([("a", true)].into_iter()).is_ok());
        assert!(from_registry([("a", true), ("b", false)].into_iter()).is_err());
    }
}
