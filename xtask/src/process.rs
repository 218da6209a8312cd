//! Programs that are started, watched and, whatever happens, ended.

use crate::failure::Failure;
#[cfg(unix)]
use crate::warden::Warden;
use std::{
    process::{Child, Command, ExitStatus},
    sync::{
        Once,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// How often a wait looks up.
pub(crate) const GLANCE: Duration = Duration::from_millis(20);

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static WATCHING: Once = Once::new();

/// A program that is running, with all that it starts itself; it is ended when this value goes.
pub(crate) struct Running {
    child: Child,
    /// Whether it, and all that it started, is gone.
    gone: bool,
    #[cfg(unix)]
    warden: Warden,
}

/// Why a wait came to its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Waited {
    /// The program ended by itself.
    Ended(ExitStatus),
    /// The time was up.
    TimedOut,
    /// The user, or the system, wants this program to end.
    Interrupted,
}

impl Running {
    /// Starts a program in a process group of its own, so that the end of it is ours to decide. On Unix the group ends
    /// with this program, too, where a signal ends this one that nothing can catch.
    ///
    /// # Errors
    ///
    /// Where it cannot be started.
    pub(crate) fn start(command: &mut Command) -> Result<Self, Failure> {
        watch_for_interrupts();
        let tool = command.get_program().to_string_lossy().into_owned();
        let failed = |error: std::io::Error| Failure::Tool {
            tool,
            problem: error.to_string(),
            hint: "it could not be started",
        };
        #[cfg(unix)]
        {
            let mut warden = match Warden::start() {
                Ok(warden) => warden,
                Err(error) => return Err(failed(error)),
            };
            warden.admit(command);
            match command.spawn() {
                Ok(child) => Ok(Self { child, gone: false, warden }),
                Err(error) => {
                    warden.end();
                    Err(failed(error))
                }
            }
        }
        #[cfg(not(unix))]
        Ok(Self { child: command.spawn().map_err(failed)?, gone: false })
    }

    /// Returns the handle, for its pipes.
    pub(crate) const fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Waits until the program ends by itself, or `deadline` has passed, or an interrupt comes.
    pub(crate) fn wait_until(&mut self, deadline: Instant) -> Waited {
        loop {
            if let Some(status) = self.ended() {
                return Waited::Ended(status);
            }
            if interrupted() {
                return Waited::Interrupted;
            }
            if Instant::now() >= deadline {
                return Waited::TimedOut;
            }
            thread::sleep(GLANCE);
        }
    }

    /// Returns how the program ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Ends the program, if it still runs, and what it has left behind.
    pub(crate) fn end(&mut self) {
        if !self.gone {
            #[cfg(unix)]
            self.warden.end();
            #[cfg(not(unix))]
            let _ = self.child.kill();
            let _ = self.child.wait();
            self.gone = true;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

/// Tells whether the user, or the system, wants this program to end.
pub(crate) fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// From the first start on, an interrupt ends what was started before it ends this program.
pub(crate) fn watch_for_interrupts() {
    WATCHING.call_once(|| {
        if let Err(error) = ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::Relaxed)) {
            eprintln!("# host: an interrupt would leave programs running: {error}");
        }
    });
}
