//! `cargo xtask test` runs every check of the project and installs what the checks need.

pub(crate) mod browser;
mod comments;
mod counts;
mod dependencies;
mod end_to_end;
mod frameworks;
mod ids;
mod msrv;
mod package;
mod page;
mod purity;
pub(crate) mod readme;
mod rust;
mod toolchains;
mod words;

use std::io::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use clap::{Args, ValueEnum};

use crate::engine::Engine;
use crate::progress::{elapsed, log, seconds};
use crate::release::{self, Tree};
use crate::workspace::Workspace;
use crate::{api, npm_package, rust_demo, size};
use counts::Tally;
use toolchains::Extent;

#[derive(Args)]
pub(crate) struct Options {
    /// Browser engines to test in
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Engine::ALL)]
    engines: Vec<Engine>,
    /// Run only these steps
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Step>,
    /// Run only these projects of the step `toolchains`, by their names
    #[arg(long, value_delimiter = ',')]
    toolchains: Vec<String>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Step {
    Format,
    Purity,
    Words,
    Ids,
    Dependencies,
    Lints,
    Api,
    Msrv,
    Native,
    Build,
    Package,
    Release,
    Readme,
    Browser,
    E2e,
    Toolchains,
    Size,
}

impl Step {
    fn run(self, workspace: &Workspace, options: &Options, tally: &mut Tally) -> Result<()> {
        let engines = &options.engines;
        match self {
            Self::Format => rust::format(workspace, tally),
            Self::Purity => purity::run(workspace, tally),
            Self::Words => words::run_step(workspace, tally),
            Self::Ids => ids::run_step(workspace, tally),
            Self::Dependencies => dependencies::run_step(workspace, tally),
            Self::Api => {
                tally.check("docs.rs can build the documentation", api::documentation(workspace));
                tally.check("the public API is that of its snapshot", api::check(workspace));
                Ok(())
            }
            Self::Msrv => msrv::run_step(workspace, tally),
            Self::Release => {
                let publish = release::publish_crate(workspace, Tree::Changed);
                tally.check("the crate can be published", publish);
                let publish = release::publish_npm_package(workspace);
                tally.check("the npm package can be published", publish);
                for demo in rust_demo::ALL {
                    let name = format!("a copy of demo/{} is an app of its own", demo.name);
                    tally.check(&name, demo.compile_copy(workspace));
                }
                Ok(())
            }
            Self::Lints => rust::lints(workspace, tally),
            Self::Native => rust::native(workspace, tally),
            Self::Build => {
                tally.check("the npm package builds", npm_package::build(workspace));
                Ok(())
            }
            Self::Package => package::run_step(workspace, tally),
            Self::Readme => readme::run_step(workspace, tally),
            Self::Browser => browser::test(workspace, engines, tally),
            Self::E2e => end_to_end::run_step(workspace, engines, tally),
            Self::Toolchains => {
                let extent = match options.toolchains.as_slice() {
                    [] if options.only.is_empty() => Extent::Short,
                    [] => Extent::All,
                    names => Extent::Named(names),
                };
                toolchains::run_step(workspace, &extent, tally)
            }
            Self::Size => {
                tally.check(
                    "the size is within its budget",
                    size::run(workspace, &size::Options::default()),
                );
                Ok(())
            }
        }
    }

    fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }
}

/// Returns whether every test passed.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<bool> {
    let chosen = |step: &&Step| options.only.is_empty() || options.only.contains(step);
    let steps: Vec<Step> = Step::value_variants().iter().filter(chosen).copied().collect();

    let started = Instant::now();
    let mut results: Vec<(Step, Tally, Duration)> = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        log(&format!("\n[{}/{}] {}", number + 1, steps.len(), step.name()));
        let began = Instant::now();
        let mut tally = Tally::default();
        // A step that cannot run is a failure too, so that no test is skipped in silence.
        if let Err(error) = step.run(workspace, options, &mut tally) {
            tally.fail(&step.name(), &error);
        } else if tally.is_empty() {
            tally.fail(&step.name(), &anyhow!("the step ran no test"));
        }
        results.push((*step, tally, began.elapsed()));
    }
    summarise(&results, &elapsed(started))
}

fn summarise(results: &[(Step, Tally, Duration)], time: &str) -> Result<bool> {
    let mut total = Tally::default();
    log(&format!("\n{:<14}{:>8}{:>8}  time", "step", "passed", "failed"));
    for (step, tally, time) in results {
        let time = seconds(*time);
        log(&format!("{:<14}{:>8}{:>8}  {time}", step.name(), tally.passed(), tally.failed()));
        total.add(tally);
    }
    log(&format!("in {time}"));
    for failure in total.failures() {
        log(&format!("FAILED {failure}"));
    }
    // Always the last line, for programs that read the output.
    writeln!(std::io::stdout(), "{} passed, {} failed", total.passed(), total.failed())?;
    Ok(total.failed() == 0)
}
