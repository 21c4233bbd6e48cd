//! Installs what the commands need beyond rustup and Node. If something cannot be installed, the step
//! fails and names the command that installs it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result, bail, ensure};
use which::which;

use crate::command::{cargo, cmd, run};
use crate::engine::Engine;
use crate::progress::log;
use crate::workspace::Workspace;

/// Installs the locked tools of `xtask/node`, if they are missing or the lock is newer.
pub(crate) fn node_tools(workspace: &Workspace) -> Result<()> {
    let version = cmd("node", ["--version"]).read().context("install Node.js 20 or newer")?;
    let major = version.trim_start_matches('v').split('.').next().and_then(|n| n.parse().ok());
    if major.is_none_or(|major: u32| major < 20) {
        bail!("Node.js {version} is too old: install version 20 or newer");
    }
    node_modules(workspace.node_folder(), "Node tools")
}

/// Runs `npm ci` if the lockfile is newer than what is installed.
pub(crate) fn node_modules(folder: PathBuf, what: &str) -> Result<()> {
    let modified = |name: &str| fs::metadata(folder.join(name)).and_then(|file| file.modified());
    if let (Ok(locked), Ok(installed)) =
        (modified("package-lock.json"), modified("node_modules/.package-lock.json"))
        && installed >= locked
    {
        return Ok(());
    }
    // None of these packages needs its install script, and a script could do anything.
    let install = npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).dir(folder);
    run(&format!("install {what}"), &install)?;
    Ok(())
}

pub(crate) fn npm<A: Into<OsString>>(arguments: impl IntoIterator<Item = A>) -> duct::Expression {
    cmd(if cfg!(windows) { "npm.cmd" } else { "npm" }, arguments)
}

/// Installs browsers and drivers. Returns the environment that the end-to-end crate reads.
pub(crate) fn browsers(
    workspace: &Workspace,
    engines: &[Engine],
) -> Result<Vec<(String, PathBuf)>> {
    let missing = missing_packages(engines);
    if !missing.is_empty() {
        install_packages(&missing, "the browsers", ", or name fewer browsers with --engines")?;
    }
    let mut environment = Vec::new();
    if engines.contains(&Engine::Firefox) {
        environment.push(("BASIC_OAUTH_GECKODRIVER".to_owned(), geckodriver(workspace)?));
    }
    Ok(environment)
}

fn missing_packages(engines: &[Engine]) -> Vec<&'static str> {
    let mut missing: Vec<&str> = engines
        .iter()
        .flat_map(|engine| engine.requirements())
        .filter(|need| !need.programs.iter().any(|program| which(program).is_ok()))
        .map(|need| need.package)
        .collect();
    missing.dedup();
    missing
}

fn install_packages(packages: &[&str], what: &str, otherwise: &str) -> Result<()> {
    let advice = format!(
        "missing for the browser tests: {packages}. On Debian or Ubuntu: `apt-get install \
         --no-install-recommends {packages}`; on other systems install their packages{otherwise}",
        packages = packages.join(" ")
    );
    if which("apt-get").is_err() || !is_root() {
        bail!(advice);
    }
    let apt = |arguments: &[&str]| {
        cmd("apt-get", arguments.iter().copied()).env("DEBIAN_FRONTEND", "noninteractive")
    };
    run("apt-get update", &apt(&["update"])).with_context(|| advice.clone())?;
    let install = [&["install", "-y", "--no-install-recommends"], packages].concat();
    run(&format!("install {what}"), &apt(&install)).context(advice)?;
    Ok(())
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

/// Installs the `requirements.txt` of a folder into a Python environment in `target/tools`, unless it
/// is installed already. Returns the interpreter of the environment.
pub(crate) fn python_environment(
    workspace: &Workspace,
    name: &str,
    folder: &Path,
) -> Result<PathBuf> {
    let environment = workspace.target("tools").join(name);
    let python = environment.join("bin/python");
    let installed = environment.join("installed.txt");
    let wanted = fs::read(folder.join("requirements.txt"))?;
    // The interpreter is a link to one of the system, which may be uninstalled.
    if python.is_file() && fs::read(&installed).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    if !has_python() {
        let otherwise = ": Python 3.11 or newer, with its module venv";
        install_packages(&["python3", "python3-venv"], "Python", otherwise)?;
        ensure!(has_python(), "python3 on the PATH is older than 3.11 or lacks its module venv");
    }
    let create = ["-m", "venv", "--clear"].map(OsString::from);
    let create = cmd("python3", create.into_iter().chain([environment.into()]));
    run(&format!("create the Python environment {name}"), &create)?;
    // Only built packages: to build one runs a script, which could do anything.
    let install = "-m pip install --disable-pip-version-check --no-input --only-binary=:all: \
        --require-hashes --requirement requirements.txt";
    let install = cmd(&python, install.split_whitespace()).dir(folder);
    run(&format!("install the packages of {name}"), &install)?;
    fs::write(installed, wanted)?;
    Ok(python)
}

/// Debian's own Python creates no environments unless `python3-venv` is installed.
fn has_python() -> bool {
    let check = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))";
    cmd("python3", ["-c", check]).stdout_null().stderr_null().run().is_ok()
}

/// Debian has no package of geckodriver, so it is built once, into `target/tools`.
fn geckodriver(workspace: &Workspace) -> Result<PathBuf> {
    if let Some(given) = env::var_os("BASIC_OAUTH_GECKODRIVER") {
        return Ok(given.into());
    }
    let root = workspace.target("tools");
    let built = root.join("bin").join(format!("geckodriver{}", env::consts::EXE_SUFFIX));
    if built.is_file() {
        return Ok(built);
    }
    if which("geckodriver").is_ok() {
        return Ok("geckodriver".into());
    }
    let mut failure = None;
    for version in ["0.37.1", "0.37.0", "0.36.0"] {
        log(&format!("  geckodriver {version} is compiled once, which takes some minutes"));
        let install = cargo(
            ["install", "geckodriver", "--locked", "--version", version, "--root"]
                .map(OsString::from)
                .into_iter()
                .chain([root.clone().into_os_string()]),
        )
        .env("CARGO_TARGET_DIR", workspace.target("tools/build"));
        match run(&format!("build geckodriver {version}"), &install) {
            Ok(_) => return Ok(built),
            Err(error) => failure = Some(error),
        }
    }
    Err(failure.context("a geckodriver version to try")?.context("install geckodriver on the PATH"))
}
