//! Installs the packed package into small real projects, builds them as their developers do, and
//! signs in to each in a browser. `docs/toolchains.md` lists the projects.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use walkdir::WalkDir;

use super::counts::Tally;
use super::package::Project;
use crate::command::{cargo, cmd, run, stream};
use crate::engine::Engine;
use crate::progress::log;
use crate::setup::{self, npm};
use crate::workspace::Workspace;

const CLIENT: &str = "app";
/// Stands for the origin of the authorization server in the sources of a project.
const SERVER: &str = "https://auth.example";
const CLIENT_ID: &str = "your-client-id";
/// Stands for another origin that serves the files of the package.
const PACKAGE: &str = "https://package.example";

/// The scenarios of `tests/e2e/tests/toolchains.rs`.
const SCENARIOS: [&str; 2] = [
    "a_user_signs_in_stays_signed_in_and_signs_out",
    "a_user_who_declines_sees_the_app_and_can_sign_in_after_all",
];
/// The scenario of a project with a page that asks for a sign-in.
const GUARD: &str = "a_guarded_page_asks_once_and_the_user_comes_back_to_it";

/// Which toolchains run.
pub(super) enum Extent<'a> {
    /// The step alone runs all.
    All,
    /// Those with these names, while one of them is worked on.
    Named(&'a [String]),
    /// A whole test run has time for a few.
    Short,
}

impl Extent<'_> {
    fn includes(&self, toolchain: &Toolchain) -> bool {
        match self {
            Self::All => true,
            Self::Named(names) => names.contains(&toolchain.name),
            Self::Short => toolchain.run == Run::Always,
        }
    }
}

pub(super) fn run_step(workspace: &Workspace, extent: &Extent, tally: &mut Tally) -> Result<()> {
    let mut left_out = Vec::new();
    let mut folders = Vec::new();
    for folder in folders_of(workspace)? {
        let (chosen, others): (Vec<_>, Vec<_>) =
            read(&folder)?.into_iter().partition(|toolchain| extent.includes(toolchain));
        left_out.extend(others.into_iter().map(|toolchain| toolchain.name));
        if !chosen.is_empty() {
            folders.push((folder, chosen));
        }
    }

    ensure!(!folders.is_empty(), "no such toolchain; there are {}", left_out.join(", "));

    let package = Project::create(workspace, "toolchains-package")?;
    setup::browsers(workspace, &[Engine::Chromium])?;
    let build = ["test", "--package", "e2e", "--test", "toolchains", "--no-run"];
    run("compile the test of the toolchains", &cargo(build).dir(workspace.root()))?;
    for (folder, toolchains) in folders {
        let ports = Ports::free()?;
        let installed = install(workspace, &folder, &toolchains, &package.tarball, ports);
        match installed {
            Ok(installed) => {
                for toolchain in toolchains {
                    toolchain.test(workspace, &installed, ports, tally);
                }
            }
            Err(error) => toolchains
                .iter()
                .for_each(|toolchain| tally.fail(&format!("{}: install", toolchain.name), &error)),
        }
    }
    if !left_out.is_empty() {
        log(&format!(
            "  NOT RUN here, but by `cargo xtask test --only toolchains`: {}",
            left_out.join(", ")
        ));
    }
    Ok(())
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Run {
    Always,
    Full,
}

/// One way to build or to test the app of a folder.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Toolchain {
    name: String,
    run: Run,
    /// The command that builds the app, if it needs one.
    build: Option<String>,
    /// The folder that the build writes, with files for any web server.
    output: Option<String>,
    /// The command that serves the app on the port in `PORT`, instead of `output`.
    serve: Option<String>,
    /// The command that runs the app's own tests, instead of `output` and `serve`.
    test: Option<String>,
    /// Whether the page `/private` asks for a sign-in.
    #[serde(default = "yes")]
    guard: bool,
    /// A folder of another project whose files this one uses too, from `tests/toolchains`.
    shares: Option<String>,
    /// Whether another origin than the app's serves the files of the package.
    #[serde(default)]
    package_from_another_origin: bool,
    /// Whether the build puts scripts into the page. The policy then names their hashes.
    #[serde(default)]
    inline_scripts: bool,
    /// Directives of the policy that take the place of the strict ones.
    #[serde(default)]
    policy: BTreeMap<String, String>,
    /// The character set that browsers take for a page that names none, if the page is one.
    charset: Option<String>,
    /// Why the build may print warnings. A warning fails the check otherwise.
    warnings: Option<String>,
}

fn yes() -> bool {
    true
}

/// What `tests/e2e/tests/toolchains.rs` reads from the environment.
#[derive(Serialize)]
struct App<'a> {
    folder: &'a Path,
    output: Option<PathBuf>,
    serve: Option<&'a str>,
    package: Option<PathBuf>,
    inline_scripts: bool,
    policy: &'a BTreeMap<String, String>,
    charset: Option<&'a str>,
    client_id: &'static str,
    server_port: u16,
    package_port: u16,
    app_port: u16,
}

impl Toolchain {
    fn test(&self, workspace: &Workspace, folder: &Path, ports: Ports, tally: &mut Tally) {
        let built = self.build(folder);
        let is_built = built.is_ok();
        if self.build.is_some() {
            tally.check(&format!("{}: build", self.name), built);
        }
        if !is_built {
            return;
        }
        if let Some(command) = &self.test {
            let name = format!("{}: the app's own tests", self.name);
            tally.check(&name, run(&name, &shell(command, folder)).map(drop));
            return;
        }
        if let Err(error) = self.sign_in(workspace, folder, ports, tally) {
            tally.fail(&self.name, &error);
        }
    }

    fn build(&self, folder: &Path) -> Result<()> {
        let Some(command) = &self.build else { return Ok(()) };
        if let Some(output) = &self.output {
            let output = folder.join(output);
            if output.exists() {
                fs::remove_dir_all(output)?;
            }
        }
        let text = run(&format!("{}: {command}", self.name), &shell(command, folder))?;
        if self.warnings.is_none()
            && let Some(line) = text.lines().find(|line| is_warning(line))
        {
            log(text.trim_end());
            bail!("the build warns: {}", line.trim());
        }
        Ok(())
    }

    fn sign_in(
        &self,
        workspace: &Workspace,
        folder: &Path,
        ports: Ports,
        tally: &mut Tally,
    ) -> Result<()> {
        let package = folder.join("node_modules/basic-oauth");
        let app = App {
            folder,
            output: self.output.as_ref().map(|output| folder.join(output)),
            serve: self.serve.as_deref(),
            package: self.package_from_another_origin.then_some(package),
            inline_scripts: self.inline_scripts,
            policy: &self.policy,
            charset: self.charset.as_deref(),
            client_id: CLIENT,
            server_port: ports.server,
            package_port: ports.package,
            app_port: Ports::free_one()?,
        };
        // One after the other: they share the port of the server, which is in the app's code.
        let fixed = "test --package e2e --test toolchains -- --test-threads=1 --exact";
        let scenarios = SCENARIOS.iter().chain(self.guard.then_some(&GUARD));
        let scenarios: Vec<String> = scenarios.map(|name| format!("chromium::{name}")).collect();
        let arguments = fixed.split_whitespace().map(str::to_owned).chain(scenarios.clone());
        let command = cargo(arguments)
            .dir(workspace.root())
            .env("BASIC_OAUTH_TOOLCHAIN", serde_json::to_string(&app)?);
        let before = tally.passed() + tally.failed();
        let name = format!("{}: sign in", self.name);
        tally.count(&self.name, &stream(&name, &command)?);
        let ran = tally.passed() + tally.failed() - before;
        ensure!(ran >= scenarios.len(), "{ran} of {} scenarios ran", scenarios.len());
        Ok(())
    }
}

/// Runs a command line as npm runs a script.
fn shell(command: &str, folder: &Path) -> duct::Expression {
    cmd("sh", ["-c", command]).dir(folder).env("CI", "1").env("NO_COLOR", "1")
}

fn is_warning(line: &str) -> bool {
    let line = line.to_lowercase();
    // The name of a file may have the word in it.
    let words = line.split(|it: char| !it.is_alphanumeric() && !"_-./".contains(it));
    let mut found = words.filter(|word| matches!(*word, "warn" | "warning" | "warnings"));
    // Some tools count their warnings and find none.
    found.next().is_some() && !line.contains("0 warnings") && !line.contains("no warnings")
}

fn folders_of(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(workspace.path("tests/toolchains"))? {
        let folder = entry?.path();
        if folder.is_dir() {
            ensure!(folder.join(LIST).is_file(), "{} has no {LIST}", folder.display());
            folders.push(folder);
        }
    }
    ensure!(!folders.is_empty(), "tests/toolchains has no project");
    folders.sort();
    Ok(folders)
}

/// Reads what a folder is built with: an object, or a list of objects that share an installation.
fn read(folder: &Path) -> Result<Vec<Toolchain>> {
    let path = folder.join(LIST);
    let text = fs::read_to_string(&path)?;
    let folder_name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    parse(folder_name, &text).with_context(|| path.display().to_string())
}

fn parse(folder_name: &str, text: &str) -> Result<Vec<Toolchain>> {
    let content: Value = serde_json::from_str(text)?;
    let content = match content {
        Value::Array(list) => list,
        one => vec![one],
    };
    let mut toolchains = Vec::new();
    for mut one in content {
        if let Some(one) = one.as_object_mut() {
            one.entry("name").or_insert_with(|| folder_name.into());
        }
        let toolchain: Toolchain = serde_json::from_value(one)?;
        let ways = [&toolchain.output, &toolchain.serve, &toolchain.test];
        let ways = ways.into_iter().flatten().count();
        ensure!(ways == 1, "{} needs one of output, serve and test", toolchain.name);
        toolchains.push(toolchain);
    }
    let names: BTreeSet<&str> = toolchains.iter().map(|it| it.name.as_str()).collect();
    ensure!(!names.is_empty() && names.len() == toolchains.len(), "a name for each toolchain");
    Ok(toolchains)
}

/// Copies a project out of the repository, and installs its packages and the tarball.
fn install(
    workspace: &Workspace,
    source: &Path,
    toolchains: &[Toolchain],
    tarball: &Path,
    ports: Ports,
) -> Result<PathBuf> {
    let name = source.file_name().context("a folder without a name")?;
    let folder = workspace.target("toolchains").join(name);
    fs::create_dir_all(&folder)?;
    for entry in fs::read_dir(&folder)? {
        let entry = entry?;
        if entry.file_name() == MODULES {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    copy(source, &folder, ports)?;
    for shared in toolchains.iter().filter_map(|toolchain| toolchain.shares.as_ref()) {
        let shared = workspace.path("tests/toolchains").join(shared);
        let name = shared.file_name().context("a folder without a name")?;
        copy(&shared, &folder.join(name), ports)?;
    }

    let title = name.to_string_lossy();
    let modules = folder.join(MODULES);
    let lock = fs::read(source.join("package-lock.json")).ok();
    let installed = modules.join(".installed-lock.json");
    if let Some(lock) = lock
        && fs::read(&installed).ok().as_ref() != Some(&lock)
    {
        let install = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
        run(&format!("{title}: npm ci"), &npm(install).dir(&folder))?;
        fs::write(&installed, lock)?;
    }
    // npm would keep an earlier build of the same version.
    let package = modules.join("basic-oauth");
    if package.exists() {
        fs::remove_dir_all(&package)?;
    }
    let tarball = tarball.display().to_string();
    let options = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
    let install = ["install"].into_iter().chain(options).chain([tarball.as_str()]);
    run(&format!("{title}: install the tarball"), &npm(install).dir(&folder))?;
    ensure!(package.join("package.json").is_file(), "npm did not install basic-oauth");
    Ok(folder)
}

/// Copies the files of a project, with the addresses of this run in place of those in the sources.
fn copy(source: &Path, target: &Path, ports: Ports) -> Result<()> {
    let server = format!("http://127.0.0.1:{}", ports.server);
    let package = format!("http://127.0.0.1:{}", ports.package);
    let entries =
        WalkDir::new(source).into_iter().filter_entry(|entry| entry.file_name() != MODULES);
    for entry in entries {
        let entry = entry.context("a folder of tests/toolchains")?;
        let to = target.join(entry.path().strip_prefix(source)?);
        if entry.file_type().is_dir() {
            fs::create_dir_all(to)?;
            continue;
        }
        match String::from_utf8(fs::read(entry.path())?) {
            Ok(text) => {
                let text = text.replace(SERVER, &server).replace(PACKAGE, &package);
                fs::write(to, text.replace(CLIENT_ID, CLIENT))?;
            }
            Err(binary) => fs::write(to, binary.as_bytes())?,
        }
    }
    Ok(())
}

/// The ports of addresses that go into the code of an app.
#[derive(Clone, Copy)]
struct Ports {
    server: u16,
    package: u16,
}

impl Ports {
    fn free() -> Result<Self> {
        Ok(Self { server: Self::free_one()?, package: Self::free_one()? })
    }

    fn free_one() -> Result<u16> {
        Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
    }
}

const LIST: &str = "toolchain.json";
const MODULES: &str = "node_modules";

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_toolchain_or_several() {
        let one = r#"{ "build": "b", "output": "dist", "run": "always" }"#;
        let one = parse("vite", one).unwrap();
        assert_eq!((one.len(), one[0].name.as_str(), one[0].run), (1, "vite", Run::Always));
        let two = r#"[{ "name": "a", "output": "dist", "run": "full" },
            { "name": "b", "test": "npm test", "run": "full", "guard": false }]"#;
        assert_eq!(parse("two", two).unwrap().len(), 2);
    }

    #[test]
    fn a_toolchain_that_tests_nothing_is_an_error() {
        for wrong in [
            r#"{ "build": "b", "run": "always" }"#,
            r#"{ "output": "dist", "serve": "s", "run": "always" }"#,
            r#"{ "output": "dist" }"#,
            r#"{ "output": "dist", "run": "always", "scenarios": [] }"#,
            r#"[{ "output": "dist", "run": "full" }, { "output": "out", "run": "full" }]"#,
            "[]",
        ] {
            assert!(parse("wrong", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn warnings_of_a_build_are_found() {
        assert!(is_warning("WARNING in asset size limit"));
        assert!(is_warning("(!) [warn] unresolved"));
        assert!(!is_warning("src/warn_colours.js 1 KB"));
        assert!(!is_warning("compiled with 0 warnings"));
    }
}
