//! The folders of the project. The root is found from the working directory, so that no path is
//! compiled in.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
}

impl Workspace {
    pub(crate) fn find() -> Result<Self> {
        let here = std::env::current_dir()?;
        let root = here
            .ancestors()
            .find(|folder| folder.join("xtask/Cargo.toml").is_file())
            .with_context(|| format!("{} is not inside the basic-oauth tree", here.display()))?;
        Ok(Self { root: root.to_path_buf() })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// Returns a path in the folder for everything that `xtask` makes.
    pub(crate) fn target(&self, relative: &str) -> PathBuf {
        self.root.join("target").join(relative)
    }

    /// Returns the folder of the built npm package.
    pub(crate) fn npm(&self) -> PathBuf {
        self.target("npm")
    }

    pub(crate) fn node_folder(&self) -> PathBuf {
        self.path("xtask/node")
    }

    /// Returns a tool of `xtask/node`, installed by [`crate::setup::node_tools`].
    pub(crate) fn node_tool(&self, name: &str) -> PathBuf {
        let name = if cfg!(windows) { format!("{name}.cmd") } else { name.to_owned() };
        self.node_folder().join("node_modules/.bin").join(name)
    }

    /// Returns the version that all published parts share.
    pub(crate) fn version(&self) -> Result<String> {
        self.shared("version")
    }

    /// Returns the oldest compiler that the crate promises to work with.
    pub(crate) fn rust_version(&self) -> Result<String> {
        self.shared("rust-version")
    }

    fn shared(&self, key: &str) -> Result<String> {
        let manifest = std::fs::read_to_string(self.path("Cargo.toml"))?;
        let manifest: toml::Table = manifest.parse().context("Cargo.toml is not valid TOML")?;
        let package = manifest.get("workspace").and_then(|workspace| workspace.get("package"));
        let value = package.and_then(|package| package.get(key)?.as_str());
        Ok(value
            .with_context(|| format!("Cargo.toml has no {key} in [workspace.package]"))?
            .to_owned())
    }
}
