//! The kernel under test.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

/// Returns the path of the kernel: `AFDBM_KERNEL` names it, else it is built.
pub(crate) fn path() -> &'static Path {
    static KERNEL: OnceLock<PathBuf> = OnceLock::new();
    KERNEL.get_or_init(|| {
        env::var_os("AFDBM_KERNEL").map(PathBuf::from).unwrap_or_else(|| {
            let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
                .arg("build")
                .stderr(Stdio::inherit())
                .output()
                .expect("xtask runs");
            assert!(output.status.success(), "the kernel does not build");
            PathBuf::from(String::from_utf8(output.stdout).expect("a path in UTF-8").trim())
        })
    })
}
