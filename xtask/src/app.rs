//! Builds apps in Rust as their developers do: cargo, wasm-bindgen and wasm-opt, the stable compiler,
//! and no flag that such an app would not have.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::command::{cargo, cmd, run};
use crate::progress::task;
use crate::setup;
use crate::toolchain::{self, TARGET};
use crate::wasm;
use crate::workspace::Workspace;

/// A binary crate.
#[derive(Clone, Copy)]
pub(crate) struct App {
    pub(crate) package: &'static str,
    pub(crate) features: Option<&'static str>,
    /// The folder of its workspace. Empty for that of this repository.
    pub(crate) workspace: &'static str,
}

impl App {
    /// Builds the glue `app.js` and the module `app_bg.wasm` into `out`. Returns the module with the
    /// names of its functions.
    pub(crate) fn build(self, workspace: &Workspace, out: &Path) -> Result<Vec<u8>> {
        prepare(workspace)?;
        setup::node_tools(workspace)?;
        let compiled = self.compile(workspace)?;
        bind(&compiled, out, "app")?;
        let module = out.join("app_bg.wasm");
        let files = [module.as_os_str(), "-o".as_ref(), module.as_os_str()];
        let optimise = files.into_iter().chain(["-Oz", "--debuginfo"].map(AsRef::as_ref));
        run("wasm-opt", &cmd(workspace.node_tool("wasm-opt"), optimise))?;
        let named = fs::read(&module)?;
        fs::write(&module, wasm::without_names(&named)?)?;
        Ok(named)
    }

    fn compile(self, workspace: &Workspace) -> Result<PathBuf> {
        let folder = target(workspace);
        let fixed = ["build", "--profile", "app", "--target", TARGET, "--package", self.package];
        let features = self.features.map(|features| format!("--features={features}"));
        let arguments = fixed.map(OsString::from).into_iter().chain(features.map(Into::into));
        let build =
            cargo(arguments).dir(workspace.path(self.workspace)).env("CARGO_TARGET_DIR", &folder);
        run(&format!("compile {}", self.package), &build)?;
        Ok(folder.join(TARGET).join("app").join(self.package).with_extension("wasm"))
    }
}

/// Fails if the wasm target or the right version of wasm-bindgen is missing.
pub(crate) fn prepare(workspace: &Workspace) -> Result<()> {
    toolchain::wasm_target()?;
    wasm::check_bindgen_version(&fs::read_to_string(workspace.path("Cargo.lock"))?)
}

/// Returns the folder that all apps are compiled into.
pub(crate) fn target(workspace: &Workspace) -> PathBuf {
    workspace.target("apps-wasm")
}

/// Does what `wasm-bindgen --target web --out-name <name>` does.
pub(crate) fn bind(compiled: &Path, out: &Path, name: &str) -> Result<()> {
    fs::create_dir_all(out)?;
    let generate = || {
        Bindgen::new()
            .input_path(compiled)
            .out_name(name)
            .omit_default_module_path(false)
            .web(true)?
            .typescript(false)
            .demangle(false)
            .remove_producers_section(true)
            .generate(out)
            .with_context(|| format!("wasm-bindgen could not read {}", compiled.display()))
    };
    task("wasm-bindgen", generate)
}
