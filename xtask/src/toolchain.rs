//! Which compiler builds the kernel, and how, decided by asking it.

use crate::failure::Failure;
use record::report::Atomics;
use std::{
    env,
    ffi::{OsStr, OsString},
    fmt,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// The target of the kernel.
pub(crate) const KERNEL_TARGET: &str = "aarch64-unknown-none-softfloat";

/// The profile that the kernel is built with.
const KERNEL_PROFILE: &str = "kernel";

const HINT: &str = "\
rustup: rustup target add aarch64-unknown-none-softfloat
Debian: apt-get install rustc-web cargo-web rust-web-src lld, and CARGO=/usr/bin/cargo RUSTC=/usr/bin/rustc";

/// A compiler alone, which is enough to assemble: no library is needed for that.
pub(crate) struct Compiler {
    rustc: PathBuf,
    sysroot: PathBuf,
}

/// A compiler with its cargo, which can build the kernel.
pub(crate) struct Toolchain {
    cargo: PathBuf,
    compiler: Compiler,
    core_library: Library,
}

/// Where the kernel's core library comes from; always from the compiler that uses it.
enum Library {
    /// Installed for the kernel's target.
    Installed,
    /// Built from the compiler's sources, with the linker that is named if the compiler brings none.
    FromSource { linker: Option<&'static str> },
}

/// Returns the cargo that is asked for.
fn cargo() -> PathBuf {
    env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from)
}

impl Compiler {
    /// Finds the compiler: `RUSTC`, else the one beside `CARGO`, else the one on the path.
    ///
    /// # Errors
    ///
    /// Where there is none, or it does not run.
    pub(crate) fn find() -> Result<Self, Failure> {
        let rustc = env::var_os("RUSTC").map_or_else(|| sibling(&cargo(), "rustc"), PathBuf::from);
        let missing =
            |problem: String| Failure::Tool { tool: rustc.display().to_string(), problem, hint: HINT };
        let output = Command::new(&rustc)
            .args(["--print", "sysroot"])
            .output()
            .map_err(|error| missing(error.to_string()))?;
        let text = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() || text.trim().is_empty() {
            return Err(missing(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
        }
        let sysroot = PathBuf::from(text.trim());
        Ok(Self { rustc, sysroot })
    }

    /// Returns a command that compiles one file for the kernel's target, and tells what is wrong with it as JSON.
    pub(crate) fn assembler(&self) -> Command {
        let mut command = Command::new(&self.rustc);
        command
            .args(["--target", KERNEL_TARGET, "--crate-type=lib", "--crate-name=threads", "--edition=2024"])
            .args(["--emit=obj", "--error-format=json", "-Copt-level=0"])
            // What is assembled has no core library, which only an unstable attribute allows.
            .env("RUSTC_BOOTSTRAP", "1");
        command
    }
}

impl fmt::Display for Compiler {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.rustc.display())
    }
}

impl Toolchain {
    /// Finds the toolchain: `CARGO` and `RUSTC`, else the compiler beside cargo, else the one on the path.
    ///
    /// # Errors
    ///
    /// Where there is no compiler, or it has neither a library for the kernel's target nor the sources.
    pub(crate) fn find() -> Result<Self, Failure> {
        let compiler = Compiler::find()?;
        let missing = |problem: String| Failure::Tool { tool: compiler.to_string(), problem, hint: HINT };
        let rustlib = compiler.sysroot.join("lib/rustlib");
        let core_library = if holds_files(&rustlib.join(KERNEL_TARGET).join("lib")) {
            Library::Installed
        } else if rustlib.join("src/rust/library/core/Cargo.toml").is_file() {
            let linker = if brings_linker(&rustlib) {
                None
            } else if on_path("ld.lld").is_some() {
                Some("ld.lld")
            } else {
                return Err(missing("there is no linker: neither rust-lld nor ld.lld".into()));
            };
            Library::FromSource { linker }
        } else {
            return Err(missing(format!(
                "has no library for {KERNEL_TARGET}, and no sources to build it from"
            )));
        };
        Ok(Self { cargo: cargo(), compiler, core_library })
    }

    /// Returns a cargo command that uses this compiler and its tools, for the host.
    pub(crate) fn cargo(&self, subcommand: &str) -> Command {
        let mut command = match subcommand {
            // Cargo would look for these in its home first, where another toolchain's may stand.
            "clippy" | "fmt" => Command::new(sibling(&self.cargo, &format!("cargo-{subcommand}"))),
            _ => Command::new(&self.cargo),
        };
        command.arg(subcommand);
        if subcommand != "fmt" {
            // What was tested is what is built.
            command.arg("--locked");
        }
        command
            .env("CARGO", &self.cargo)
            .env("RUSTC", &self.compiler.rustc)
            .env("RUSTDOC", sibling(&self.compiler.rustc, "rustdoc"))
            .env("RUSTFMT", sibling(&self.compiler.rustc, "rustfmt"))
            .current_dir(root());
        command
    }

    /// Returns a cargo command that builds for the kernel's target.
    pub(crate) fn cargo_for_kernel(&self, subcommand: &str) -> Command {
        self.cargo_for_atomics(subcommand, Atomics::LlSc)
    }

    /// The same with these atomics. Each kind builds in a directory of its own, so that neither undoes the other's.
    pub(crate) fn cargo_for_atomics(&self, subcommand: &str, atomics: Atomics) -> Command {
        let mut command = self.cargo(subcommand);
        command.args(["--target", KERNEL_TARGET, "--profile", KERNEL_PROFILE]);
        let directory = match (&self.core_library, atomics) {
            (Library::Installed, Atomics::LlSc) => None,
            (Library::Installed, Atomics::Lse) => Some("lse"),
            // Build scripts that look at the variable below would be run again whenever the host's build, without
            // it, and this one alternate: they share nothing.
            (Library::FromSource { .. }, Atomics::LlSc) => Some("from-source"),
            (Library::FromSource { .. }, Atomics::Lse) => Some("from-source-lse"),
        };
        if let Some(directory) = directory {
            command.arg("--target-dir").arg(target_directory().join(directory));
        }
        if atomics == Atomics::Lse {
            // Cargo adds it to the flags of the configuration.
            let flag = format!("target.{KERNEL_TARGET}.rustflags=[\"-Ctarget-feature=+lse\"]");
            command.arg("--config").arg(flag);
        }
        if let Library::FromSource { linker } = self.core_library {
            command
                .args(["-Zbuild-std=core,alloc,compiler_builtins"])
                .args(["-Zbuild-std-features=compiler-builtins-mem"])
                // The sources that a distribution packages with its compiler are meant for just this.
                .env("RUSTC_BOOTSTRAP", "1")
                // What a later compiler will think of this compiler's library is not our user's concern.
                .args(["--config", "future-incompat-report.frequency=\"never\""]);
            if let Some(linker) = linker {
                command.arg("--config").arg(format!("target.{KERNEL_TARGET}.linker=\"{linker}\""));
            }
        }
        command
    }
}

/// Shows which compiler is used and how.
impl fmt::Display for Toolchain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cargo, compiler, core_library } = self;
        write!(formatter, "{} with {compiler}, ", cargo.display())?;
        match core_library {
            Library::Installed => write!(formatter, "core library installed for {KERNEL_TARGET}"),
            Library::FromSource { linker } => {
                write!(formatter, "core library built from its sources, linker ")?;
                formatter.write_str(linker.unwrap_or("of the compiler"))
            }
        }
    }
}

/// Returns the root of the project, which is found when it is asked for: a checkout that was copied is its own. Above
/// the manifest of the package that cargo runs, or above the current directory, stands the directory that holds this
/// package.
pub(crate) fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        let here = env::current_dir().unwrap_or_default();
        let places = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).into_iter().chain([here.clone()]);
        let holds_this = |directory: &&Path| directory.join("xtask/Cargo.toml").is_file();
        let mut roots = places.filter_map(|place| place.ancestors().find(holds_this).map(Path::to_owned));
        roots.next().unwrap_or(here)
    })
}

/// Returns the directory that cargo builds in.
pub(crate) fn target_directory() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |directory| root().join(directory))
}

/// Finds a program as a shell would.
pub(crate) fn on_path(program: impl AsRef<OsStr>) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_else(|| OsString::from("/usr/bin:/bin"));
    env::split_paths(&path).map(|directory| directory.join(program.as_ref())).find(|file| file.is_file())
}

/// Returns the program that stands beside `tool`, or its bare name where `tool` is to be found on the path.
fn sibling(tool: &Path, name: &str) -> PathBuf {
    let candidate = tool.with_file_name(name);
    if candidate.is_file() { candidate } else { PathBuf::from(name) }
}

fn holds_files(directory: &Path) -> bool {
    directory.read_dir().is_ok_and(|mut entries| entries.next().is_some())
}

/// Tells whether the compiler brings `rust-lld`, below the directory of its host.
fn brings_linker(rustlib: &Path) -> bool {
    let mut hosts = rustlib.read_dir().into_iter().flatten().flatten();
    hosts.any(|host| host.path().join("bin/rust-lld").is_file())
}
