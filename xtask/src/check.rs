//! Every test of the project, step by step.

use crate::{
    build,
    failure::{Exit, Failure},
    image::Image,
    machines,
    process::{Running, Waited},
    toolchain::Toolchain,
};
use record::options::Options;
use record::report::Atomics;
use std::{
    ffi::OsStr,
    fs,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

/// The raw image is smaller than this.
const IMAGE_LIMIT: u64 = 2 << 20;

/// How long a step may take that compiles or runs on the host alone.
const STEP_LIMIT: Duration = Duration::from_secs(15 * 60);

/// How long the boots of a step may take together.
const BOOTS_LIMIT: Duration = Duration::from_secs(20 * 60);

const STEPS: usize = 20;

/// The packages that run in the kernel and on the host alike.
const PORTABLE: [&str; 8] = ["afdbm", "history", "oracle", "cases", "record", "platform", "swap", "litmus"];

/// The tests take no options but those of the host: a run that they did not choose proves nothing.
///
/// # Errors
///
/// Where any other option is given.
pub(crate) fn refuse_options_of_a_run(options: &Options<'_>) -> Result<(), Failure> {
    let of_run = options.to_string();
    if of_run.is_empty() && !options.list && options.log.is_none() {
        return Ok(());
    }
    Err(Failure::Usage { message: "the tests take --no-install and --help, and no options of a run".into() })
}

/// Runs every step, or those that are asked for, until one fails.
///
/// # Errors
///
/// Names the step that failed, with its exit status; or what is no step.
pub(crate) fn check(toolchain: &Toolchain, asked: &[&str]) -> Result<Exit, Failure> {
    println!("# toolchain: {toolchain}");
    let host = ["--target", "host-tuple"];
    let mut steps = Steps::new(asked)?;

    steps.run("rustfmt", STEP_LIMIT, toolchain.cargo("fmt").args(["--all", "--", "--check"]))?;

    let bin = ["--bin", "afdbm-kernel"];
    steps.run("kernel build", STEP_LIMIT, toolchain.cargo_for_kernel("build").args(bin))?;
    // The kernel is for these steps, and for those that boot it.
    let kernel = match steps.need_the_kernel() {
        true => build::kernel(toolchain, Atomics::LlSc)?,
        false => PathBuf::new(),
    };
    if steps.begin("image size", STEP_LIMIT) {
        check_size(&Image::read(&kernel)?)?;
    }

    let mut clippy = toolchain.cargo_for_kernel("clippy");
    clippy.arg("--lib").args(bin);
    for package in PORTABLE.iter().chain(&["afdbm-kernel"]) {
        clippy.args(["--package", package]);
    }
    clippy.args(["--", "--deny", "warnings"]);
    steps.run("clippy, kernel", STEP_LIMIT, &mut clippy)?;
    let mut clippy = toolchain.cargo("clippy");
    clippy.args(["--workspace", "--all-targets"]);
    // What `cargo test` leaves out is no target of `--all-targets`.
    for test in WITH_A_BOOT {
        clippy.args(["--test", test]);
    }
    clippy.args(host).args(["--", "--deny", "warnings"]);
    steps.run("clippy, host", STEP_LIMIT, &mut clippy)?;

    let mut library = toolchain.cargo_for_kernel("build");
    steps.run("library alone, bare metal", STEP_LIMIT, library.args(["--package", "afdbm"]))?;
    let mut package = toolchain.cargo("package");
    package.args(["--package", "afdbm", "--allow-dirty"]).args(host);
    steps.run("library alone, packaged", STEP_LIMIT, &mut package)?;

    let mut units = toolchain.cargo("test");
    steps.run(
        "unit tests",
        STEP_LIMIT,
        units.args(["--workspace", "--lib", "--bins", "--test", "example_kernel"]).args(host),
    )?;
    let mut examples = toolchain.cargo("test");
    steps.run("documentation tests", STEP_LIMIT, examples.args(["--workspace", "--doc"]).args(host))?;
    let mut documentation = toolchain.cargo("doc");
    documentation.args(["--workspace", "--no-deps", "--document-private-items"]).args(host);
    steps.run("rustdoc", STEP_LIMIT, documentation.env("RUSTDOCFLAGS", "--deny warnings"))?;

    let mut model = toolchain.cargo("test");
    model.args(["--package", "afdbm-model", "--package", "afdbm-mutants", "--tests"]).args(host);
    // One after the other, and with their output: the size and the speed of each exploration are part of it.
    model.args(["--", "--test-threads", "1", "--nocapture"]);
    steps.run("model checking", STEP_LIMIT, &mut model)?;

    let mut vectors = toolchain.cargo("test");
    vectors.args(["--package", "afdbm-vectors", "--tests"]).args(host).args(["--", "--nocapture"]);
    steps.run("specification vectors", STEP_LIMIT, &mut vectors)?;

    let mut parsers = toolchain.cargo("test");
    parsers.args(["--package", "afdbm-fuzz", "--tests"]).args(host);
    steps.run("parsers, fuzzed", STEP_LIMIT, &mut parsers)?;

    let mut host_side = toolchain.cargo("test");
    host_side.args(["--package", "xtask", "--test", "host", "--test", "scripts"]).args(host);
    steps.run("host side", STEP_LIMIT, &mut host_side)?;
    let mut image = toolchain.cargo("test");
    image.args(["--package", "xtask", "--test", "barriers"]).args(host).env("AFDBM_KERNEL", &kernel);
    steps.run("barriers of the image", STEP_LIMIT, &mut image)?;
    // One after the other: each has the CPUs of the host to itself.
    for (name, test) in
        [("boots", "boot"), ("boots, races", "races"), ("boots, swap", "swap"), ("boots, litmus", "litmus")]
    {
        let mut boots = toolchain.cargo("test");
        boots.args(["--package", "xtask", "--test", test]).args(host).env("AFDBM_KERNEL", &kernel);
        steps.run(name, BOOTS_LIMIT, boots.args(["--", "--test-threads", "1"]))?;
    }
    // By cargo and not by this program's own path: the tests above may have built it anew in that place.
    let mut firmware = toolchain.cargo("run");
    firmware.args(["--package", "xtask"]).args(host);
    firmware.args(["--", "test", machines::EACH_TIME, "--machines"]).env("AFDBM_KERNEL", &kernel);
    steps.run("boots, firmware", BOOTS_LIMIT, &mut firmware)?;
    match steps.ran {
        STEPS => println!("# all {STEPS} steps passed"),
        ran => println!("# {ran} of {STEPS} steps ran, and passed"),
    }
    Ok(Exit::Pass)
}

/// The names of the steps, in order.
const NAMES: [&str; STEPS] = [
    "rustfmt",
    "kernel build",
    "image size",
    "clippy, kernel",
    "clippy, host",
    "library alone, bare metal",
    "library alone, packaged",
    "unit tests",
    "documentation tests",
    "rustdoc",
    "model checking",
    "specification vectors",
    "parsers, fuzzed",
    "host side",
    "barriers of the image",
    "boots",
    "boots, races",
    "boots, swap",
    "boots, litmus",
    "boots, firmware",
];

/// The steps that take a kernel.
const WITH_KERNEL: [&str; 7] = [
    "image size",
    "barriers of the image",
    "boots",
    "boots, races",
    "boots, swap",
    "boots, litmus",
    "boots, firmware",
];

/// The tests that boot a kernel, or look into it.
const WITH_A_BOOT: [&str; 5] = ["barriers", "boot", "races", "swap", "litmus"];

/// How a step is named in one word: `boots-races`.
fn word(name: &str) -> String {
    name.replace(", ", "-").replace(' ', "-")
}

/// Which steps run, and the number of the one that does.
struct Steps<'w> {
    asked: &'w [&'w str],
    number: usize,
    ran: usize,
}

impl<'w> Steps<'w> {
    fn new(asked: &'w [&'w str]) -> Result<Self, Failure> {
        match asked.iter().find(|asked| !NAMES.iter().any(|name| word(name) == **asked)) {
            Some(asked) => {
                let names = NAMES.map(word).join(", ");
                Err(Failure::Usage { message: format!("there is no step {asked:?}; there are {names}") })
            }
            None => Ok(Self { asked, number: 0, ran: 0 }),
        }
    }

    fn is_asked(&self, name: &str) -> bool {
        self.asked.is_empty() || self.asked.contains(&word(name).as_str())
    }

    fn need_the_kernel(&self) -> bool {
        WITH_KERNEL.iter().any(|name| self.is_asked(name))
    }

    /// Tells whether the step is to run, and that it does.
    fn begin(&mut self, name: &str, limit: Duration) -> bool {
        self.number += 1;
        if !self.is_asked(name) {
            return false;
        }
        self.ran += 1;
        println!("# step {} of {STEPS}: {name} (at most {} s)", self.number, limit.as_secs());
        true
    }

    fn run(&mut self, name: &'static str, limit: Duration, command: &mut Command) -> Result<(), Failure> {
        if !self.begin(name, limit) {
            return Ok(());
        }
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        println!("# {}", words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" "));
        match Running::start(command)?.wait_until(Instant::now() + limit) {
            Waited::Ended(status) if status.success() || status.code() == Some(Exit::Nothing as i32) => {
                Ok(())
            }
            Waited::Ended(status) => {
                let status = status.code().and_then(|code| u8::try_from(code).ok());
                Err(Failure::Step { name, status: status.unwrap_or(Exit::Fail as u8) })
            }
            Waited::TimedOut => Err(Failure::Step { name, status: Exit::TimeOut as u8 }),
            Waited::Interrupted => Err(Failure::Interrupted),
        }
    }
}

fn check_size(image: &Image) -> Result<(), Failure> {
    let path = image.raw_path();
    let size = fs::metadata(&path).map_err(Failure::file(&path))?.len();
    println!("# {}: {size} bytes, the limit is {IMAGE_LIMIT}", path.display());
    if size < IMAGE_LIMIT {
        return Ok(());
    }
    Err(Failure::Step { name: "image size", status: Exit::Fail as u8 })
}
