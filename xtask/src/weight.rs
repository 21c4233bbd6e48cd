//! Measures what the SDK adds to an app in Rust: the same app is built with and without it.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::app::App;
use crate::attribution::{Attribution, SourceModules};
use crate::command::{cmd, run as run_command};
use crate::compress::{Size, check_budget};
use crate::progress::log;
use crate::workspace::Workspace;

/// Most brotli bytes that the SDK may add to an app. The aim of 66 KiB holds for Yew. Leptos is up to 130
/// bytes over it, by how its code happens to lie.
const BUDGET: usize = 67_800;
/// The size that we aim at.
const GOAL: usize = 30 * 1024;

const FRAMEWORKS: [(&str, &str); 2] = [("Yew", "weight-yew"), ("Leptos", "weight-leptos")];

pub(crate) fn run(workspace: &Workspace, is_explained: bool) -> Result<()> {
    let modules = SourceModules::read(workspace)?;
    let mut heaviest = 0;
    let mut lines = Vec::new();
    for (name, package) in FRAMEWORKS {
        let bare = App { package, features: None, workspace: "" };
        let whole = App { package, features: Some("sdk"), workspace: "" };
        let (bare, bare_module) = measure(workspace, bare)?;
        let (whole, module) = measure(workspace, whole)?;
        lines.push(format!("{name} app (module and glue)"));
        lines.push(bare.row("  bare"));
        lines.push(whole.row("  with the SDK"));
        let added = difference(whole, bare);
        lines.push(added.row("  added"));
        if is_explained {
            let bare = Attribution::of(&bare_module, &modules)?;
            lines.extend(Attribution::of(&module, &modules)?.minus(&bare).table(true));
        }
        heaviest = heaviest.max(added.brotli);
    }
    for line in lines {
        log(&line);
    }
    check_budget(heaviest, BUDGET, GOAL).context("what the SDK adds to an app")
}

pub(crate) fn difference(whole: Size, bare: Size) -> Size {
    Size {
        raw: whole.raw.saturating_sub(bare.raw),
        gzip: whole.gzip.saturating_sub(bare.gzip),
        brotli: whole.brotli.saturating_sub(bare.brotli),
    }
}

/// Measures the module, and the glue as a bundler minifies it. Returns the module with names too.
pub(crate) fn measure(workspace: &Workspace, app: App) -> Result<(Size, Vec<u8>)> {
    let out = workspace.target("apps-work").join(app.package);
    let named = app.build(workspace, &out)?;
    minify(workspace, &out)?;
    let of = |name: &str| -> Result<Size> { Ok(Size::of(&fs::read(out.join(name))?)) };
    Ok((of("app_bg.wasm")? + of("app.min.js")?, named))
}

fn minify(workspace: &Workspace, out: &Path) -> Result<()> {
    let arguments = "--bundle --minify --format=esm --target=es2022 --log-level=warning \
                     --legal-comments=none --outfile=app.min.js app.js";
    let arguments = arguments.split_whitespace().map(OsString::from);
    run_command("esbuild", &cmd(workspace.node_tool("esbuild"), arguments).dir(out))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_added_counts() {
        let whole = Size { raw: 300, gzip: 120, brotli: 100 };
        let bare = Size { raw: 200, gzip: 90, brotli: 80 };
        assert_eq!(difference(whole, bare), Size { raw: 100, gzip: 30, brotli: 20 });
    }

    #[test]
    fn the_budget_may_be_reached_and_not_passed() {
        assert!(check_budget(100, 100, GOAL).is_ok());
        assert!(check_budget(101, 100, GOAL).is_err());
    }
}
