//! The project's commands. `cargo xtask --help` lists them.

mod api;
mod app;
mod attribution;
mod command;
mod compare;
mod compress;
mod demo;
mod embedded;
mod engine;
mod fuzz;
mod inline;
mod npm_package;
mod progress;
mod readme_app;
mod refresh_storm;
mod release;
mod rust_demo;
mod setup;
mod size;
mod test;
mod third_party;
mod toolchain;
mod wasm;
mod weight;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::progress::log;
use crate::workspace::Workspace;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Builds, shows and tests basic-oauth")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Compare the public API with its snapshot
    Api(api::Options),
    /// Build the npm package into target/npm
    Build,
    /// Compare bytes, behaviour and time with other libraries
    Compare(compare::Options),
    /// Start the authorization server and the demo app, and print the address
    Demo(demo::Options),
    /// Read hostile input, guided by coverage, and keep what panics
    Fuzz(fuzz::Options),
    /// Show what a browser downloads, and fail above the budget
    Size(size::Options),
    /// Simulate 100,000 pages that refresh after an outage, and draw the chart of the study
    RefreshStorm,
    /// Check that both packages can be published
    Release(release::Options),
    /// Run every check and test of the project
    Test(test::Options),
    /// Build the apps in Rust that the end-to-end tests use; give names to build fewer
    TestApps {
        /// `yew`, `leptos` and `readme`; by default all
        names: Vec<String>,
    },
    /// Run one test module of wasm32 in each engine; cargo starts this
    #[command(hide = true)]
    WasmTestRunner(test::browser::Runner),
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            log(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Returns false after a failure that is already logged.
fn run() -> Result<bool> {
    let workspace = Workspace::find()?;
    match Arguments::parse().command {
        Command::Test(options) => return test::run(&workspace, &options),
        Command::WasmTestRunner(runner) => return test::browser::run(&workspace, &runner),
        Command::Api(options) => api::run(&workspace, &options)?,
        Command::Build => npm_package::build(&workspace)?,
        Command::Compare(options) => compare::run(&workspace, &options)?,
        Command::Demo(options) => demo::run_demo(&workspace, &options)?,
        Command::Fuzz(options) => fuzz::run_targets(&workspace, &options)?,
        Command::Size(options) => size::run(&workspace, &options)?,
        Command::Release(options) => release::run(&workspace, &options)?,
        Command::TestApps { names } => rust_demo::build_test_apps(&workspace, &names)?,
        Command::RefreshStorm => refresh_storm::run(&workspace)?,
    }
    Ok(true)
}
