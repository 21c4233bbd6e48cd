//! Writes the notices and the bill of materials for what the npm module embeds.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::embedded::{Package, SDK};
use crate::toolchain;
use crate::workspace::Workspace;

/// The name of the file with the licences.
pub(crate) const NOTICES: &str = "THIRD-PARTY-NOTICES";
/// The name of the bill of materials, a CycloneDX document.
pub(crate) const SBOM: &str = "sbom.cdx.json";

/// The standard library is compiled into the module too.
const LIBRARY: &str = "rust-std";
const LIBRARY_LICENCE: &str = "MIT OR Apache-2.0";

const HEAD: &str = "\
Third-party notices of basic-oauth

The module basic_oauth.wasm, which index.js contains as text, embeds these components:

";

/// Returns the text of the notices: every component, then every licence text once.
pub(crate) fn notices(workspace: &Workspace, packages: &[Package]) -> Result<String> {
    let library = toolchain::version()?;
    let mut components = String::new();
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in packages {
        let Package { name, version, licence, authors, folder } = package;
        let own = licence_texts(folder)?;
        components += &format!("{name} {version}: {licence}\n");
        if own.is_empty() {
            // These crates name a licence in their manifest and contain no text of it.
            let by = if authors.is_empty() { "its authors".to_owned() } else { authors.join(", ") };
            components += &format!("    Copyright {by}. The crate contains no licence text.\n");
        }
        for text in own {
            texts.entry(text).or_default().push(format!("{name} {version}"));
        }
    }
    components += &format!("{LIBRARY} {library}: {LIBRARY_LICENCE}\n");
    components += "    Copyright The Rust Project Developers. The standard library of Rust.\n";
    for name in ["LICENSE-MIT", "LICENSE-APACHE"] {
        let text = fs::read_to_string(workspace.path(name))?;
        let users = texts.entry(without_holder(&text)).or_default();
        users.push(format!("{LIBRARY} {library}, components that contain no licence text"));
    }

    let mut notices = format!("{HEAD}{components}");
    for (text, users) in texts {
        let line = "-".repeat(80);
        notices += &format!("\n{line}\n{}\n{line}\n\n{text}", users.join(", "));
    }
    Ok(notices)
}

/// Returns the texts of the licence files in the folder of a crate.
fn licence_texts(folder: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    files.retain(|file| {
        let name = file.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
        let starts = ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE"];
        file.is_file() && starts.iter().any(|start| name.starts_with(start))
    });
    files.sort();
    files.into_iter().map(|file| Ok(normalised(&fs::read_to_string(file)?))).collect()
}

/// Makes texts equal that differ only in the ends of their lines.
fn normalised(text: &str) -> String {
    let lines: Vec<&str> = text.trim_matches(['\r', '\n']).lines().map(str::trim_end).collect();
    lines.join("\n") + "\n"
}

/// Returns a licence of this project without the line that names its own copyright.
fn without_holder(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("Copyright")).collect();
    normalised(&lines.join("\n"))
}

/// Returns the bill of materials. It has no date and no serial number, so that equal sources make an
/// equal file.
pub(crate) fn sbom(workspace: &Workspace, packages: &[Package]) -> Result<String> {
    let version = workspace.version()?;
    let checksums = checksums(&fs::read_to_string(workspace.path("Cargo.lock"))?)?;
    let mut components: Vec<Value> = packages.iter().map(|it| component(it, &checksums)).collect();
    components.push(json!({
        "type": "library",
        "bom-ref": LIBRARY,
        "name": LIBRARY,
        "version": toolchain::version()?,
        "licenses": [{ "expression": LIBRARY_LICENCE }],
    }));
    let references: Vec<Value> = components.iter().map(|it| it["bom-ref"].clone()).collect();
    let sbom = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": { "component": {
            "type": "library",
            "bom-ref": SDK,
            "name": SDK,
            "version": version,
            "purl": format!("pkg:npm/{SDK}@{version}"),
            "licenses": [{ "expression": LIBRARY_LICENCE }],
        } },
        "components": components,
        "dependencies": [{ "ref": SDK, "dependsOn": references }],
    });
    Ok(serde_json::to_string_pretty(&sbom)? + "\n")
}

fn component(package: &Package, checksums: &BTreeMap<(String, String), String>) -> Value {
    let Package { name, version, licence, .. } = package;
    let package_url = format!("pkg:cargo/{name}@{}", version.replace('+', "%2B"));
    let mut component = json!({
        "type": "library",
        "bom-ref": package_url,
        "name": name,
        "version": version,
        "purl": package_url,
        "licenses": [{ "expression": expression(licence) }],
    });
    if let Some(checksum) = checksums.get(&(name.clone(), version.clone())) {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
    }
    component
}

/// Older manifests write a slash for "or".
fn expression(licence: &str) -> String {
    licence.split('/').map(str::trim).collect::<Vec<_>>().join(" OR ")
}

/// Reads the checksum of each crate from Cargo.lock.
fn checksums(lock: &str) -> Result<BTreeMap<(String, String), String>> {
    let lock: toml::Table = lock.parse().context("Cargo.lock is not valid TOML")?;
    let packages = lock.get("package").and_then(toml::Value::as_array);
    let packages = packages.context("Cargo.lock has no packages")?.iter();
    let checksums = packages.filter_map(|package| {
        let text = |key: &str| package.get(key)?.as_str().map(str::to_owned);
        Some(((text("name")?, text("version")?), text("checksum")?))
    });
    Ok(checksums.collect())
}

#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn a_component_has_its_licence_and_checksum() {
        let lock = "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nchecksum = \"00ff\"\n";
        let package = Package {
            name: "a".to_owned(),
            version: "1.0.0".to_owned(),
            licence: "MIT/Apache-2.0".to_owned(),
            authors: Vec::new(),
            folder: "a".into(),
        };
        let component = component(&package, &checksums(lock).expect("a lockfile"));
        assert_eq!(component["purl"], "pkg:cargo/a@1.0.0");
        assert_eq!(component["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert_eq!(component["hashes"][0]["content"], "00ff");
    }

    #[test]
    fn equal_licences_with_other_line_ends_are_one() {
        assert_eq!(normalised("\r\nMIT \r\ntext\r\n\r\n"), normalised("MIT\ntext"));
    }
}
