//! Booting paused, with a debugger attached; where a case is named, stopped at its code.

mod entry;

use crate::{
    catalogue,
    emulator::{Emulator, shown},
    failure::{Exit, Failure},
    image::Image,
    machine::VirtualMachine,
    process::Running,
    toolchain::on_path,
};
use record::options::Options;
use std::{
    env, fs,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Debuggers that know arm64, or may, in the order in which they are tried.
const DEBUGGERS: [&str; 3] = ["gdb-multiarch", "aarch64-linux-gnu-gdb", "gdb"];

const HINT: &str =
    "Debian: gdb-multiarch; Fedora, Arch: gdb; GDB=PATH names a debugger that stands elsewhere";

/// Boots the image paused and opens the debugger, with the symbols where the kernel is linked and, for the
/// instructions before the MMU is on, where it is loaded. The serial line goes to the terminal, too. Where `--case` names
/// cases, it runs on to their code and shows what the functions there were given.
///
/// # Errors
///
/// Where the emulator or the debugger is missing, or refuses.
pub(crate) fn debug(elf: &Path, options: &Options<'_>) -> Result<Exit, Failure> {
    let missing = |problem: &str| Failure::Tool { tool: "gdb".into(), problem: problem.into(), hint: HINT };
    let named = env::var_os("GDB").map(PathBuf::from);
    let mut found = named.into_iter().chain(DEBUGGERS.iter().filter_map(on_path)).peekable();
    found.peek().ok_or_else(|| missing("is not there"))?;
    let debugger =
        found.find(|debugger| knows_arm64(debugger)).ok_or_else(|| missing("does not know arm64"))?;
    let functions = functions(elf, options)?;
    let offset = Image::read(elf)?.load_offset()?;
    let port = free_port().map_err(|source| Failure::Output { source })?;
    let mut arguments = VirtualMachine::new(options)?.arguments(elf);
    arguments.extend(["-S".into(), "-gdb".into(), format!("tcp:127.0.0.1:{port}")]);
    let mut command = Emulator::find(options)?.command(&arguments);
    eprintln!("# {}", shown(&command));
    let emulator = Running::start(command.stdin(Stdio::null()))?;
    let mut said = vec!["set confirm off".to_owned(), "set architecture aarch64".to_owned()];
    if functions.is_empty() {
        said.push(format!("add-symbol-file {} -o {offset:#x}", elf.display()));
    }
    said.push(format!("target remote 127.0.0.1:{port}"));
    // What a breakpoint of the debugger's own would write lies where nothing is mapped yet.
    said.extend(functions.iter().map(|function| format!("hbreak {function}")));
    if !functions.is_empty() {
        said.extend(["continue", "backtrace 3"].map(str::to_owned));
        // What the compiler has put at the function's beginning is of a frame within.
        said.extend(functions.first().map(|function| format!("frame function {function}")));
        said.extend(["info args", "info locals"].map(str::to_owned));
    }
    let mut command = Command::new(debugger);
    command.arg("-q").args(said.iter().flat_map(|one| ["-ex", one])).arg(elf);
    let status = command.status().map_err(|error| missing(&error.to_string()))?;
    drop(emulator);
    if status.success() { Ok(Exit::Pass) } else { Err(missing(&status.to_string())) }
}

/// Returns the functions at which to stop: none where no case is named.
fn functions(elf: &Path, options: &Options<'_>) -> Result<Vec<String>, Failure> {
    if options.case.is_none() || options.litmus.is_some() {
        return Ok(Vec::new());
    }
    let kernel = fs::read(elf).map_err(Failure::file(elf))?;
    let functions = entry::functions(&kernel, &catalogue::select(options)?);
    if functions.is_empty() {
        let problem = "has no function of that case's name: it is of other sources than this program".into();
        return Err(Failure::Content { path: elf.to_owned(), line: None, problem });
    }
    Ok(functions)
}

/// Tells whether a debugger was built for arm64, among others.
fn knows_arm64(debugger: &Path) -> bool {
    let mut asked = Command::new(debugger);
    asked.args(["-nx", "-batch", "-ex", "set architecture aarch64"]);
    asked.stdin(Stdio::null()).output().is_ok_and(|output| output.status.success())
}

/// Asks the system for a port that nothing listens on.
fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
