//! Reports of a run, in the formats that other tools take. Each is made of a [`run::Run`], and of nothing else.

mod compare;
mod explain;
mod gather;
mod github;
mod html;
mod junit;
mod matrix;
pub(crate) mod origin;
mod outputs;
mod read;
mod run;
mod tap;
mod transitions;
mod words;

pub(crate) use compare::compare;
pub(crate) use explain::{explain, write_pages};
pub(crate) use gather::{gather, name_of};
pub(crate) use matrix::matrix;
pub(crate) use origin::{Lines, digest, subject};
pub(crate) use outputs::Outputs;
pub(crate) use read::{Log, files, is_json, log};
pub(crate) use run::{Origin, Run};

use crate::{
    failure::{Exit, Failure},
    screen::print,
    toolchain::root,
};
use record::options::Options;
use std::path::{Path, PathBuf};

/// Makes reports of runs that have ended: of logs, of files of `--json`, and of folders of them.
///
/// # Errors
///
/// Where a path leads to no run, or a report cannot be written.
pub(crate) fn report(paths: &[&str], options: &Options<'_>) -> Result<Exit, Failure> {
    let outputs = Outputs::open(options)?;
    let runs = of_paths(paths, options)?;
    same_twice(&runs)?;
    for run in &runs {
        let log = run.origin.log.as_deref().unwrap_or(&run.name);
        print(format_args!("{log}: {}: {}\n", run.name, run.result.host))?;
    }
    outputs.write(&runs)?;
    Ok(worst(runs.iter().map(|run| run.result.exit)))
}

/// Reads the runs that paths lead to.
fn of_paths(paths: &[&str], options: &Options<'_>) -> Result<Vec<Run>, Failure> {
    if paths.is_empty() {
        return Err(Failure::Usage {
            message: "a log, a file of --json, or a folder of them has to be named".into(),
        });
    }
    let expectations = expectations(options);
    let mut runs = Vec::new();
    for path in paths {
        runs.extend(read::runs(Path::new(path), &expectations, options.strict)?);
    }
    Ok(runs)
}

/// Returns the folder of known deviations.
fn expectations(options: &Options<'_>) -> PathBuf {
    options.expectations.map_or_else(|| root().join("expectations"), |path| PathBuf::from(path.0))
}

/// Refuses the same run twice: a table with one machine in two columns would look like two machines that agree.
fn same_twice(runs: &[Run]) -> Result<(), Failure> {
    let file = |run: &Run| run.origin.log.clone().unwrap_or_default();
    let is_same = |one: &Run, other: &Run| {
        (&one.name, &one.machine, &one.result, &one.suites)
            == (&other.name, &other.machine, &other.result, &other.suites)
    };
    for (index, one) in runs.iter().enumerate() {
        if let Some(other) = runs[..index].iter().find(|other| is_same(one, other)) {
            let message = format!("{} and {} are the same run of {}", file(other), file(one), one.name);
            return Err(Failure::Usage { message });
        }
    }
    Ok(())
}

/// Returns the exit status of several runs: the first that is no pass, but for those in which nothing could be tested.
fn worst(statuses: impl Iterator<Item = u8>) -> Exit {
    let statuses: Vec<u8> = statuses.collect();
    let order = [
        Exit::Interrupted,
        Exit::Usage,
        Exit::NoVerdict,
        Exit::TimeOut,
        Exit::Fail,
        Exit::Pass,
        Exit::Nothing,
    ];
    order.into_iter().find(|exit| statuses.contains(&(*exit as u8))).unwrap_or(Exit::Fail)
}
