//! The process group of a program that was started, ended as a whole even where this program is killed.

use std::{
    io,
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
};

use nix::{sys::signal, unistd::Pid};

/// Waits for the end of its input, which comes when this program ends, however it does, and then ends its group.
const LEADER: &str = "read -r nothing; kill -s KILL 0";

/// Leads a process group.
pub(crate) struct Warden {
    leader: Child,
}

impl Warden {
    /// Makes a group that has only its leader.
    ///
    /// # Errors
    ///
    /// Where the system has no shell, or no room for a process.
    pub(crate) fn start() -> io::Result<Self> {
        let mut leader = Command::new("/bin/sh");
        leader.args(["-c", LEADER]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Self { leader: leader.process_group(0).spawn()? })
    }

    /// Has the command start within the group.
    pub(crate) fn admit(&self, command: &mut Command) {
        command.process_group(self.group().as_raw());
    }

    /// Ends every program of the group.
    pub(crate) fn end(&mut self) {
        // The leader has not been waited for, so its id still names the group.
        let _ = signal::killpg(self.group(), signal::Signal::SIGKILL);
        let _ = self.leader.wait();
    }

    fn group(&self) -> Pid {
        // A process id of the system is a pid_t.
        Pid::from_raw(self.leader.id().cast_signed())
    }
}
