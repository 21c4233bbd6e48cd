//! Finds the parts of the Rust toolchain, and installs those that a build needs.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::command::{cmd, run};

pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Installs the wasm target. The toolchain file names it, but does not install it on every machine.
pub(crate) fn wasm_target() -> Result<()> {
    let libraries = sysroot()?.join("lib/rustlib");
    if libraries.join(TARGET).join("lib").is_dir() {
        return Ok(());
    }
    let advice = format!("install the target {} for this toolchain", TARGET);
    run("add the wasm target", &cmd("rustup", ["target", "add", TARGET])).context(advice)?;
    Ok(())
}

/// Installs the sources of the standard library, which the npm module compiles.
pub(crate) fn library_sources() -> Result<()> {
    let sources = sysroot()?.join("lib/rustlib/src/rust/library");
    if sources.join("std").is_dir() {
        return Ok(());
    }
    let add = cmd("rustup", ["component", "add", "rust-src"]);
    run("add the library's sources", &add).context("install rust-src for this toolchain")?;
    Ok(())
}

/// Returns the folder of the toolchain in use.
pub(crate) fn sysroot() -> Result<PathBuf> {
    let folder = cmd("rustc", ["--print", "sysroot"]).read().context("rustc does not run")?;
    Ok(folder.into())
}

/// Returns the version of the compiler, such as `1.95.0`.
pub(crate) fn version() -> Result<String> {
    let version = cmd("rustc", ["--version"]).read().context("rustc does not run")?;
    let number = version.split(' ').nth(1);
    Ok(number.context("rustc does not print its version")?.to_owned())
}

/// Returns the commit of the compiler.
pub(crate) fn commit() -> Result<String> {
    let version = cmd("rustc", ["-vV"]).read()?;
    let hash = version.lines().find_map(|line| line.strip_prefix("commit-hash: "));
    Ok(hash.context("rustc does not print its commit")?.to_owned())
}

/// Returns the name of the platform that the compiler runs on.
pub(crate) fn host() -> Result<String> {
    let version = cmd("rustc", ["-vV"]).read()?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc does not print its host")?.to_owned())
}

/// Returns the folders with the unpacked sources of dependencies, one for each registry.
pub(crate) fn registry_sources() -> Result<Vec<PathBuf>> {
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let sources = home.context("no CARGO_HOME and no home directory")?.join("registry/src");
    let Ok(entries) = fs::read_dir(&sources) else { return Ok(Vec::new()) };
    let mut folders: Vec<PathBuf> =
        entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    folders.sort();
    Ok(folders)
}
