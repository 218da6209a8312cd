//! Many boots, each of another machine with another seed, and how many of them did not pass.

use crate::{
    emulator::shown,
    failure::{Exit, Failure},
    process::{Running, Waited},
    screen::print,
};
use fastrand::Rng;
use record::options::Options;
use std::{
    env, fs,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// Boots, where the command line does not say.
const BOOTS: u32 = 100;

/// How long one boot may take, though it has limits of its own.
const LIMIT: Duration = Duration::from_secs(60 * 60);

/// The CPU models that boots choose from: with the feature and without.
const MODELS: [&str; 6] = ["max", "cortex-a53", "cortex-a57", "cortex-a72", "cortex-a76", "neoverse-n1"];

/// How many CPUs boots choose from.
const CPUS: [&str; 4] = ["1", "2", "4", "8"];

/// Takes the number of boots from the beginning of the words.
pub(crate) fn boots<'w>(words: &'w [&'w str]) -> (u32, &'w [&'w str]) {
    match words.split_first().map(|(first, rest)| (first.parse(), rest)) {
        Some((Ok(boots), rest)) => (boots, rest),
        _ => (BOOTS, words),
    }
}

/// Boots so many times, with what the options leave open chosen at random, and prints what did not pass.
///
/// # Errors
///
/// Where a boot cannot be started, or the user ends it.
pub(crate) fn soak(
    kernel: &Path,
    boots: u32,
    words: &[&str],
    options: &Options<'_>,
) -> Result<Exit, Failure> {
    let seed = options.seed.map_or_else(|| Rng::new().u64(..), |seed| seed.0);
    let mut rng = Rng::with_seed(seed);
    print(format_args!("# soak: {boots} boots, seed {seed:#x}\n"))?;
    let this = env::current_exe().map_err(Failure::file("/proc/self/exe"))?;
    let log = kernel.with_file_name("soak.log");
    let mut flakes = 0;
    for boot in 1..=boots {
        let mut command = Command::new(&this);
        command
            .arg("boot")
            .arg(kernel)
            .args(machine(&mut rng, options))
            .args(without_seed(words))
            .arg("--log")
            .arg(&log);
        let mut running = Running::start(command.stdin(Stdio::null()).stdout(Stdio::null()))?;
        let status = match running.wait_until(Instant::now() + LIMIT) {
            Waited::Interrupted => {
                sum_up(boot - 1, flakes)?;
                return Err(Failure::Interrupted);
            }
            Waited::TimedOut => None,
            Waited::Ended(status) => status.code(),
        };
        drop(running);
        if [Exit::Pass, Exit::Nothing].iter().any(|good| status == Some(*good as i32)) {
            continue;
        }
        if status == Some(Exit::Usage as i32) {
            return Err(Failure::Step { name: "a boot", status: Exit::Usage as u8 });
        }
        flakes += 1;
        let kept = kernel.with_file_name(format!("soak-{boot}.log"));
        fs::rename(&log, &kept).map_err(Failure::file(&kept))?;
        let status = status.map_or_else(|| "none".to_owned(), |status| status.to_string());
        print(format_args!("# soak: boot {boot}, status {status}: {}\n", kept.display()))?;
        print(format_args!("# again: {}\n", shown(&command)))?;
    }
    sum_up(boots, flakes)?;
    Ok(if flakes == 0 { Exit::Pass } else { Exit::Fail })
}

/// Prints how many of the boots that have ended did not pass.
fn sum_up(boots: u32, flakes: u32) -> Result<(), Failure> {
    let per_thousand = 1000.0 * f64::from(flakes) / f64::from(boots.max(1));
    print(format_args!("# soak: {boots} boots, {flakes} did not pass, {per_thousand:.1} of a thousand\n"))
}

/// Chooses a machine and a seed.
fn machine(rng: &mut Rng, options: &Options<'_>) -> Vec<String> {
    let (seed, model) = (rng.u64(..), MODELS[rng.usize(..MODELS.len())]);
    let (cpus, level) = (CPUS[rng.usize(..CPUS.len())], if rng.bool() { "1" } else { "2" });
    let mut words = vec!["--seed".to_owned(), format!("{seed:#x}")];
    for (name, value, is_given) in [
        ("--cpu", model, options.cpu.is_some()),
        ("--smp", cpus, options.smp.is_some()),
        ("--el", level, options.level.is_some()),
    ] {
        if !is_given {
            words.extend([name.to_owned(), value.to_owned()]);
        }
    }
    words
}

/// Returns the words but the seed, which each boot has its own of.
fn without_seed<'w>(words: &[&'w str]) -> Vec<&'w str> {
    let mut value = false;
    let kept = words.iter().filter(|word| {
        let drop = std::mem::replace(&mut value, **word == "--seed") || value;
        !drop && !word.starts_with("--seed=")
    });
    kept.copied().collect()
}
