//! Many machines: each that a plan names is booted, as many side by side as the host has CPUs for, and all of them are
//! shown in one table.

mod plan;
mod runner;
mod table;

use super::{Outputs, expectations, read, run::Run, same_twice, worst};
use crate::{
    failure::{Exit, Failure},
    screen::print,
    toolchain::target_directory,
};
use plan::Plan;
use record::options::Options;
use std::{fs, path::Path, path::PathBuf};

/// A machine of the plan without a run to show, and why.
pub(crate) struct Missing {
    /// The machine.
    pub(crate) name: String,
    /// What kept it from running.
    pub(crate) why: String,
}

/// Boots every machine of the plan and shows what they came to. `kernel` is called where there is one to boot, unless
/// the command line names a kernel.
///
/// # Errors
///
/// Where the command line or the table is wrong, or no machine is left.
pub(crate) fn matrix(
    words: &[&str],
    kernel: impl FnOnce(&Options<'_>) -> Result<PathBuf, Failure>,
) -> Result<Exit, Failure> {
    let command_line = plan::CommandLine::parse(words)?;
    let options = command_line.options()?;
    if options.help {
        return crate::help();
    }
    let plan = Plan::new(&command_line, &options)?;
    let outputs = Outputs::open(&options)?;
    let folder = plan.folder.clone().unwrap_or_else(|| target_directory().join("matrix"));
    fs::create_dir_all(&folder).map_err(Failure::file(&folder))?;
    let mut runs: Vec<Run> = Vec::new();
    let mut missing: Vec<Missing> = Vec::new();
    let known = expectations(&options);
    if !plan.boots.is_empty() {
        let kernel = match &plan.kernel {
            Some(kernel) => kernel.clone(),
            None => kernel(&options)?,
        };
        for (boot, ended) in plan.boots.iter().zip(runner::run(&plan, &kernel, &folder)?) {
            let told = ended
                .and_then(|log| read::run(&log, &known, options.strict).map_err(|error| error.to_string()));
            match told {
                Ok(run) => runs.push(run),
                Err(why) => missing.push(Missing { name: boot.name.clone(), why }),
            }
        }
    }
    for log in &plan.logs {
        match read::runs(Path::new(log), &known, options.strict) {
            Ok(read) => runs.extend(read),
            Err(error) => missing.push(Missing { name: log.clone(), why: error.to_string() }),
        }
    }
    same_twice(&runs)?;
    print(table::Table { runs: &runs, missing: &missing })?;
    print(format_args!("# logs: {}\n", folder.display()))?;
    outputs.write_matrix(&runs, &missing)?;
    let exit = worst(runs.iter().map(|run| run.result.exit));
    Ok(match exit {
        // What is missing could have failed.
        Exit::Pass | Exit::Nothing if !missing.is_empty() => Exit::Fail,
        exit => exit,
    })
}
