//! Tests the package as users get it: packed, installed alone, imported, type-checked, bundled.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use duct::Expression;
use serde_json::{Value, json};

use super::counts::Tally;
use super::frameworks;
use crate::command::{cmd, run, stream};
use crate::embedded::{self, Package};
use crate::npm_package::{self, ENTRIES, FILES};
use crate::setup::{self, npm};
use crate::third_party;
use crate::wasm::Variant;
use crate::workspace::Workspace;

pub(super) fn run_step(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let project = Project::create(workspace, "package-check")?;
    let tarball = &project.tarball;

    tally
        .check("the tarball holds its files and no other (R145)", project.files_are_the_expected());
    tally.check("the shipped code evaluates no text (R123)", evaluates_no_text(workspace));
    tally.check("the entries have source maps, and the modules have none", source_maps(workspace));
    tally.check("the shipped files name no folder of this machine", names_no_folder(workspace));
    tally.check(
        "lockfiles are committed, and installing runs nothing and brings nothing (R143, R144)",
        supply_chain(workspace),
    );

    tally.check("the notices and the bill of materials are complete", third_parties(workspace));

    let imports = project.node(["--test", "--test-reporter=spec", "import.mjs"]);
    tally.count("import in Node", &stream("import every entry in Node", &imports)?);

    let publint = cmd(workspace.node_tool("publint"), ["run", "--strict"]).dir(workspace.npm());
    tally.check("publint", run("publint", &publint).map(drop));
    let attw = cmd(
        workspace.node_tool("attw"),
        [
            tarball.as_os_str(),
            "--profile=esm-only".as_ref(),
            // These are not code, so they have no types.
            "--exclude-entrypoints=./basic_oauth.wasm".as_ref(),
            "--exclude-entrypoints=./button.css".as_ref(),
            "--exclude-entrypoints=./basic_oauth_full.wasm".as_ref(),
        ],
    );
    tally.check("are the types wrong?", run("attw", &attw).map(drop));
    tally.check("the type tests", project.type_tests());

    let installed = project.folder.join("node_modules/basic-oauth/index.js");
    tally.check("the module survives: as shipped", project.module_survives(&installed));
    for bundle in Bundle::ALL {
        let outcome = project.bundle(bundle).and_then(|file| project.module_survives(&file));
        tally.check(&format!("the module survives: {}", bundle.name), outcome);
    }
    // A classic script on a page that names no charset reads these files as well.
    for name in ["module.js", "full-module.js"] {
        let is_ascii = fs::read(workspace.npm().join(name))?.is_ascii();
        let outcome = is_ascii.then_some(()).context("it has a character beyond ASCII");
        tally.check(&format!("{name} is read alike in every charset"), outcome);
    }
    let split = project.bundle_in_files().and_then(|entry| project.module_survives(&entry));
    tally.check("a bundler that splits puts the module into a file of its own", split);
    tally.check(
        "slim with its button leaves the module out of every bundle",
        project.slim_is_slim(),
    );
    frameworks::test(workspace, tally)
}

/// Checks the dependencies of Node. Each manifest with dependencies has a lockfile in the repository
/// with a hash for each package, and runs no install script. The npm package has no dependencies.
fn supply_chain(workspace: &Workspace) -> Result<()> {
    let tracked = cmd("git", ["ls-files"]).dir(workspace.root()).read()?;
    let tracked: Vec<&str> = tracked.lines().collect();
    ensure!(tracked.contains(&"Cargo.lock"), "Cargo.lock is not committed");
    for manifest in tracked.iter().filter(|file| file.ends_with("package.json")) {
        let folder = manifest.strip_suffix("package.json").unwrap_or_default();
        let json = |name: &str| -> Result<Value> {
            let path = workspace.path(&format!("{folder}{name}"));
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            Ok(serde_json::from_str(&text)?)
        };
        let content = json("package.json")?;
        let has = |member: &str| content[member].as_object().is_some_and(|it| !it.is_empty());
        if *manifest == "pkg-template/package.json" {
            for member in ["dependencies", "optionalDependencies", "bundleDependencies", "scripts"]
            {
                ensure!(!has(member), "the npm package has {member}");
            }
        }
        if !has("dependencies") && !has("devDependencies") {
            continue;
        }
        for name in ["package-lock.json", ".npmrc"] {
            let file = format!("{folder}{name}");
            ensure!(tracked.contains(&file.as_str()), "{file} is not committed");
        }
        let settings = fs::read_to_string(workspace.path(&format!("{folder}.npmrc")))?;
        ensure!(settings.contains("ignore-scripts=true"), "{folder}.npmrc lets scripts run");
        let lock = json("package-lock.json")?;
        let packages = lock["packages"].as_object().context("a lockfile without packages")?;
        for (name, package) in packages.iter().filter(|(name, _)| !name.is_empty()) {
            ensure!(package["integrity"].is_string(), "{folder}{name} has no hash");
        }
    }
    Ok(())
}

/// Checks that both documents name every crate that the module embeds, with its licence.
fn third_parties(workspace: &Workspace) -> Result<()> {
    let read = |name: &str| fs::read_to_string(workspace.npm().join(name));
    let sbom: Value = serde_json::from_str(&read(third_party::SBOM)?)?;
    let packages = embedded::packages(workspace, Variant::Full.features())?;
    names_all(&packages, &read(third_party::NOTICES)?, &sbom)
}

fn names_all(packages: &[Package], notices: &str, sbom: &Value) -> Result<()> {
    ensure!(!packages.is_empty(), "the module embeds no crate");
    let components = sbom["components"].as_array().context("a list of components")?;
    for Package { name, version, licence, .. } in packages {
        ensure!(!licence.is_empty(), "{name} {version} names no licence");
        let line = format!("{name} {version}: {licence}");
        ensure!(notices.lines().any(|it| it == line), "the notices do not have {line}");
        let is_this = |it: &Value| it["name"] == name.as_str() && it["version"] == version.as_str();
        let is_listed = components.iter().any(is_this);
        ensure!(is_listed, "the bill of materials does not have {name} {version}");
    }
    Ok(())
}

/// How a bundler writes a program.
struct Bundle {
    name: &'static str,
    file: &'static str,
    esbuild: &'static [&'static str],
    terser: &'static [&'static str],
}

impl Bundle {
    const ALL: [&'static Self; 4] = [
        &Self {
            name: "esbuild without options",
            file: "plain.js",
            esbuild: &["--bundle", "--format=esm"],
            terser: &[],
        },
        &Self {
            name: "esbuild, minified, ASCII",
            file: "ascii.js",
            esbuild: &["--bundle", "--format=esm", "--minify"],
            terser: &[],
        },
        &Self {
            name: "esbuild, minified, UTF-8",
            file: "utf8.js",
            esbuild: &["--bundle", "--format=esm", "--minify", "--charset=utf8"],
            terser: &[],
        },
        &Self {
            name: "terser",
            file: "terser.js",
            esbuild: &["--bundle", "--format=esm"],
            terser: &["--module", "--compress", "--mangle"],
        },
    ];
}

#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Strictness {
    Loose,
    Strict,
}

/// A folder with only the installed package.
pub(super) struct Project {
    workspace: Workspace,
    pub(super) folder: PathBuf,
    pub(super) tarball: PathBuf,
    packed: Vec<String>,
}

impl Project {
    pub(super) fn create(workspace: &Workspace, name: &str) -> Result<Self> {
        setup::node_tools(workspace)?;
        npm_package::ensure_fresh(workspace)?;
        let folder = workspace.target(name);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        let manifest = json!({ "name": "app", "private": true, "type": "module" });
        fs::write(folder.join("package.json"), manifest.to_string())?;

        let arguments = ["pack", "--json", "--pack-destination"].map(AsRef::<OsStr>::as_ref);
        let pack = npm(arguments.into_iter().chain([folder.as_os_str()])).dir(workspace.npm());
        let packed: Value =
            serde_json::from_str(&pack.stderr_null().read().context("npm pack failed")?)?;
        // A list in some versions of npm, keyed by name in others.
        let packed =
            packed.get(0).or_else(|| packed.get("basic-oauth")).context("nothing packed")?;
        let file = packed["filename"].as_str().context("npm pack names no file")?;
        let tarball = folder.join(file);
        let files = packed["files"].as_array().context("npm pack lists no files")?;
        let packed = files.iter().filter_map(|file| Some(file["path"].as_str()?.to_owned()));
        let packed: Vec<String> = packed.collect();

        let tarball_here = format!("./{file}");
        let install = ["install", "--offline", "--ignore-scripts", "--no-audit", &tarball_here];
        run("install the tarball alone", &npm(install).dir(&folder))?;
        for check in ["import.mjs", "module.mjs"] {
            fs::copy(workspace.node_folder().join("checks").join(check), folder.join(check))?;
        }
        Ok(Self { workspace: workspace.clone(), folder, tarball, packed })
    }

    fn node<const N: usize>(&self, arguments: [&str; N]) -> Expression {
        cmd("node", arguments).dir(&self.folder)
    }

    fn files_are_the_expected(&self) -> Result<()> {
        let mut packed: Vec<&str> = self.packed.iter().map(String::as_str).collect();
        packed.sort_unstable();
        ensure!(packed == FILES, "packed {packed:?}, expected {FILES:?}");
        let installed = fs::read_dir(self.folder.join("node_modules"))?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<Result<Vec<String>>>()?;
        let others: Vec<&String> = installed
            .iter()
            .filter(|name| !name.starts_with('.') && *name != "basic-oauth")
            .collect();
        ensure!(others.is_empty(), "the package installed others: {others:?}");
        Ok(())
    }

    /// Checks the hand-written types with programs that must and must not compile.
    fn type_tests(&self) -> Result<()> {
        let tests = self.workspace.path("pkg-template/tests");
        let mut files = Vec::new();
        for entry in fs::read_dir(&tests)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name.ends_with(".ts") || name.ends_with(".tsx") {
                fs::copy(tests.join(&name), self.folder.join(&name))?;
                files.push(name);
            }
        }
        ensure!(!files.is_empty(), "no type test in pkg-template/tests");
        // The types of Vue's router do not compile under the strictest settings.
        let (loose, strict): (Vec<_>, Vec<_>) =
            files.into_iter().partition(|name| name == "vue_router.types.ts");
        let of = |names: &[&str]| -> Vec<String> {
            names.iter().map(|name| (*name).to_owned()).collect()
        };
        let react = of(&["react.types.tsx", "react_entry.types.tsx"]);
        let without =
            of(&["button.types.ts", "client.types.ts", "slim.types.ts", "testing.types.ts"]);
        for resolution in ["bundler", "nodenext"] {
            self.type_check(&strict, resolution, Strictness::Strict)?;
            self.type_check(&loose, resolution, Strictness::Loose)?;
            self.type_check_with(&self.react_18(), &react, resolution, Strictness::Strict)
                .context("with the types of React 18")?;
            self.type_check_with(&json!({}), &without, resolution, Strictness::Strict)
                .context("without a framework")?;
        }
        Ok(())
    }

    /// Returns the paths of the types of the newest frameworks.
    fn frameworks(&self) -> Value {
        let react = self.workspace.node_folder().join("node_modules/@types/react");
        let of = |types: &str| {
            let modules = self.workspace.path("tests/frameworks/node_modules");
            modules.join(types).display().to_string()
        };
        json!({
            "preact": [of("preact/src/index.d.ts")],
            "preact/*": [of("preact/*/src/index.d.ts")],
            "react": [react.join("index.d.ts")],
            "react/*": [react.join("*.d.ts")],
            "vue": [of("vue/dist/vue.d.mts")],
            "vue-router": [of("vue-router/dist/vue-router.d.mts")],
        })
    }

    /// Returns the paths of the types of the oldest supported React.
    fn react_18(&self) -> Value {
        let react = self.workspace.path("tests/frameworks/react-18/node_modules/@types/react");
        json!({ "react": [react.join("index.d.ts")], "react/*": [react.join("*.d.ts")] })
    }

    /// Checks files of the project with the compiler settings of a user, and with the types of the
    /// newest frameworks.
    pub(super) fn type_check(
        &self,
        files: &[String],
        resolution: &str,
        strictness: Strictness,
    ) -> Result<()> {
        self.type_check_with(&self.frameworks(), files, resolution, strictness)
    }

    /// Checks files with the types at these paths. All declarations are checked too.
    fn type_check_with(
        &self,
        types: &Value,
        files: &[String],
        resolution: &str,
        strictness: Strictness,
    ) -> Result<()> {
        frameworks::install(&self.workspace)?;
        let module = if resolution == "nodenext" { "nodenext" } else { "esnext" };
        let settings = json!({
            "compilerOptions": {
                "exactOptionalPropertyTypes": strictness == Strictness::Strict,
                "jsx": "react-jsx", "lib": ["es2022", "dom", "dom.iterable"], "module": module,
                "moduleDetection": "force", "moduleResolution": resolution, "noEmit": true,
                "paths": types, "skipLibCheck": false,
                "strict": strictness == Strictness::Strict, "target": "es2022", "types": [],
            },
            "files": files,
        });
        let name = format!("tsconfig.{resolution}.json");
        fs::write(self.folder.join(&name), settings.to_string())?;
        let tsc = cmd(self.workspace.node_tool("tsc"), ["--project", &name]).dir(&self.folder);
        run(&format!("tsc ({resolution})"), &tsc)?;
        Ok(())
    }

    /// Bundles a whole program into one file, without any configuration.
    fn bundle(&self, bundle: &Bundle) -> Result<PathBuf> {
        let program =
            "import \"basic-oauth/button\";\nexport { BasicAuth } from \"basic-oauth\";\n";
        fs::write(self.folder.join("app.js"), program)?;
        let folder = self.folder.join(format!("bundle-{}", bundle.file));
        let output = folder.join(bundle.file);
        let arguments = bundle.esbuild.iter().map(|argument| (*argument).to_owned()).chain([
            "app.js".to_owned(),
            "--log-level=warning".to_owned(),
            format!("--outfile={}", output.display()),
        ]);
        let esbuild = cmd(self.workspace.node_tool("esbuild"), arguments).dir(&self.folder);
        let warnings = run(&format!("bundle: {}", bundle.name), &esbuild)?;
        ensure!(warnings.trim().is_empty(), "the bundler warns: {warnings}");
        if !bundle.terser.is_empty() {
            let path = output.display().to_string();
            let arguments =
                [&path, "--output", &path].into_iter().chain(bundle.terser.iter().copied());
            run("terser", &cmd(self.workspace.node_tool("terser"), arguments))?;
        }
        let files = fs::read_dir(&folder)?.count();
        ensure!(files == 1, "the bundle is {files} files");
        Ok(output)
    }

    /// Bundles into several files, as bundlers do that split at a dynamic import.
    fn bundle_in_files(&self) -> Result<PathBuf> {
        /// More than the facade and the button have, and far less than the module.
        const MOST: u64 = 40_000;
        let folder = self.folder.join("bundle-split");
        let out = format!("--outdir={}", folder.display());
        let arguments = ["app.js", "--bundle", "--format=esm", "--splitting", &out];
        let esbuild = cmd(self.workspace.node_tool("esbuild"), arguments).dir(&self.folder);
        run("bundle: esbuild with splitting", &esbuild)?;
        let entry = folder.join("app.js");
        let bytes = fs::metadata(&entry)?.len();
        ensure!(bytes < MOST, "the entry has {bytes} bytes: the module is in it");
        Ok(entry)
    }

    /// Bundles the slim entry with its button, with and without splitting. The text of the module must
    /// be in no file: the app serves the module itself.
    fn slim_is_slim(&self) -> Result<()> {
        /// More than the facade, the button and both glues have, and far less than a module.
        const MOST: u64 = 80_000;
        let program = "import \"basic-oauth/slim/button\";\n\
                       export { BasicAuth, initialize } from \"basic-oauth/slim\";\n";
        fs::write(self.folder.join("slim-app.js"), program)?;
        for (name, splitting) in [("slim-one", None), ("slim-split", Some("--splitting"))] {
            let folder = self.folder.join(format!("bundle-{name}"));
            let out = format!("--outdir={}", folder.display());
            let arguments = ["slim-app.js", "--bundle", "--format=esm", "--minify", &out];
            let esbuild =
                cmd(self.workspace.node_tool("esbuild"), arguments.into_iter().chain(splitting));
            run(&format!("bundle: {name}"), &esbuild.dir(&self.folder))?;
            let mut bytes = 0;
            for entry in fs::read_dir(&folder)? {
                bytes += entry?.metadata()?.len();
            }
            ensure!(bytes < MOST, "{name} has {bytes} bytes: a module is in it");
        }
        Ok(())
    }

    fn module_survives(&self, bundle: &Path) -> Result<()> {
        let module = self.workspace.npm().join("basic_oauth.wasm");
        let arguments = ["module.mjs".as_ref(), bundle.as_os_str(), module.as_os_str()];
        run("load the module", &cmd("node", arguments).dir(&self.folder))?;
        Ok(())
    }
}

fn evaluates_no_text(workspace: &Workspace) -> Result<()> {
    for name in FILES.into_iter().filter(|name| name.ends_with(".js")) {
        let text = fs::read_to_string(workspace.npm().join(name))?;
        if let Some(evaluator) = evaluator_in(&text) {
            bail!("{name} has {evaluator}");
        }
    }
    Ok(())
}

/// Checks that each hand-written entry names a source map that explains it, and that no other file does.
fn source_maps(workspace: &Workspace) -> Result<()> {
    for name in FILES.into_iter().filter(|name| name.ends_with(".js")) {
        let code = fs::read_to_string(workspace.npm().join(name))?;
        let is_entry = ENTRIES.iter().any(|(entry, _)| *entry == name);
        let named = code.split_once("//# sourceMappingURL=").map(|(_, rest)| rest.trim_end());
        ensure!(named.is_some() == is_entry, "{name} names the source map {named:?}");
        if let Some(named) = named {
            ensure!(named == format!("{name}.map"), "{name} names the source map {named}");
            let map = fs::read_to_string(workspace.npm().join(named)).context(named.to_owned())?;
            explains(name, &serde_json::from_str(&map)?).with_context(|| named.to_owned())?;
        }
    }
    Ok(())
}

/// Checks that a source map has mappings and the text of each source, and that no source is named by a
/// path that begins at a root or leaves the package.
fn explains(name: &str, map: &Value) -> Result<()> {
    let list = |member: &str| -> Result<Vec<&str>> {
        let list = map[member].as_array().with_context(|| format!("no {member}"))?;
        list.iter().map(|it| it.as_str().with_context(|| format!("no text in {member}"))).collect()
    };
    let (sources, contents) = (list("sources")?, list("sourcesContent")?);
    ensure!(sources.len() == contents.len(), "{} sources, {} texts", sources.len(), contents.len());
    ensure!(sources.contains(&format!("src/{name}").as_str()), "src/{name} is not in {sources:?}");
    for (source, content) in sources.iter().zip(contents) {
        let is_inside = source.starts_with("src/") && !source.contains("..");
        ensure!(is_inside, "it names the source {source}");
        ensure!(!content.is_empty(), "it has no text of {source}");
    }
    ensure!(map["mappings"].as_str().is_some_and(|it| !it.is_empty()), "it maps nothing");
    ensure!(map["sourceRoot"].as_str().is_none_or(str::is_empty), "it has a root");
    Ok(())
}

/// Returns a function that turns text into code or markup, if the code calls one. wasm-bindgen prints
/// functions as `Function(name)`, so the word in a string is no call.
fn evaluator_in(code: &str) -> Option<&'static str> {
    const EVALUATORS: [&str; 5] =
        ["eval(", "Function(", "importScripts(", "document.write", "innerHTML"];
    EVALUATORS.into_iter().find(|evaluator| {
        code.match_indices(evaluator).any(|(start, _)| {
            let before = code[..start].chars().next_back();
            !before.is_some_and(|it| {
                matches!(it, '`' | '"' | '\'' | '_' | '$') || it.is_alphanumeric()
            })
        })
    })
}

/// Checks that no file contains a path of this machine, as panic messages and source maps may.
fn names_no_folder(workspace: &Workspace) -> Result<()> {
    let home = std::env::home_dir().context("no home directory")?;
    let root = workspace.root().canonicalize()?;
    for name in FILES {
        let bytes = fs::read(workspace.npm().join(name))?;
        for folder in [&home, &root].map(|folder| format!("{}/", folder.display())) {
            let found = bytes.windows(folder.len()).any(|window| window == folder.as_bytes());
            ensure!(!found, "{name} names {folder}");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_that_is_missing_in_a_notice_is_found() {
        let package = Package {
            name: "a".to_owned(),
            version: "1.0.0".to_owned(),
            licence: "MIT".to_owned(),
            authors: Vec::new(),
            folder: PathBuf::new(),
        };
        let packages = [package];
        let sbom = json!({ "components": [{ "name": "a", "version": "1.0.0" }] });
        assert!(names_all(&packages, "a 1.0.0: MIT", &sbom).is_ok());
        assert!(names_all(&packages, "a 1.0.1: MIT", &sbom).is_err());
        assert!(names_all(&packages, "a 1.0.0: MIT", &json!({ "components": [] })).is_err());
        assert!(names_all(&[], "", &sbom).is_err());
    }

    #[test]
    fn a_source_map_without_texts_or_with_a_folder_is_found() {
        let map = |source: &str, content: Value| json!({ "sources": [source], "sourcesContent": [content], "mappings": "AAAA" });
        let is_valid = |map: Value| explains("a.js", &map).is_ok();
        assert!(is_valid(map("src/a.js", json!("a"))));
        for source in ["/elsewhere/src/a.js", "../src/a.js", "src/b.js"] {
            assert!(!is_valid(map(source, json!("a"))), "{source}");
        }
        assert!(!is_valid(map("src/a.js", Value::Null)) && !is_valid(map("src/a.js", json!(""))));
        assert!(!is_valid(json!({ "sources": ["src/a.js"], "mappings": "AAAA" })));
        let mut empty = map("src/a.js", json!("a"));
        empty["mappings"] = json!("");
        assert!(!is_valid(empty));
    }

    #[test]
    fn evaluators_are_found_and_their_names_in_strings_are_not() {
        assert_eq!(evaluator_in("a=new Function(\"b\")"), Some("Function("));
        assert_eq!(evaluator_in("(0,eval)(x),globalThis.eval(x)"), Some("eval("));
        assert_eq!(evaluator_in("return`Function(${name})`;retrieval(x)"), None);
    }
}
