//! The end-to-end tests: whole sign-ins in real browsers. One program runs all of them, so that slow
//! tests of one file run beside the tests of another.

#![allow(missing_docs, reason = "the names of the scenarios say what they prove")]

mod accessibility;
mod button;
mod callback;
mod check;
mod demo;
mod failures;
mod frameworks;
mod harness;
mod hostile_page;
mod hydration;
mod matrix_refresh;
mod matrix_sign_in;
mod memory;
mod openid;
mod provider;
mod readme_app;
mod real_hosts;
mod real_servers;
mod room;
mod routers;
mod rust_components;
mod server_render;
mod storage;
mod stored_record;
mod tabs;
mod two_stages;

/// A file without its line above, and without a program of its own in the manifest, would be a test that
/// never runs.
#[test]
fn every_file_is_a_module() -> anyhow::Result<()> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let is_module = path.extension().is_some_and(|it| it == "rs") && name != "main";
        let line = format!("mod {name};");
        let is_named = include_str!("main.rs").lines().any(|it| it == line);
        let line = format!("name = \"{name}\"");
        let is_program = include_str!("../Cargo.toml").lines().any(|it| it == line);
        anyhow::ensure!(!is_module || is_named || is_program, "{} does not run", path.display());
    }
    Ok(())
}
