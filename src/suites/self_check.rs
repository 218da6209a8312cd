//! Defects on purpose: each case breaks the kernel in one way, so that the host side and the watchdog can be
//! seen to notice. None of them passes.

use super::{Case, Conclusion, Context, Suite, Trouble};
use crate::machine::controls::{Controls, Management, Settings};
use crate::machine::lock::Lock;
use crate::machine::{console, misbehaviour};
use crate::probe::{Probe, Stub};
use crate::support::defects::{NOWHERE, never, on_cpu_1};
use core::time::Duration;

/// The suite.
pub const SUITE: Suite = Suite {
    name: "self-check",
    about: "defects on purpose, to see them noticed; every case fails",
    hidden: true,
    cases: &[
        Case::function("panics", "a panic of the kernel", panics),
        Case::function("faults-in-kernel", "a load from nowhere: an error, and the run goes on", faults),
        Case::function("faults-on-another-cpu", "the same on CPU 1", faults_elsewhere),
        Case::function("faults-in-handler", "a second fault in an exception handler", faults_in_handler),
        Case::function("faults-with-the-console", "a fault under a lock: the run ends", faults_with_console),
        Case::function("faults-with-a-lock-elsewhere", "the same on CPU 1", faults_with_lock_elsewhere),
        Case::function("panics-with-the-console", "a panic under a lock: the run ends", panics_with_console),
        Case::function("overflows-its-stack", "a stack that is used up: an error", overflows),
        Case::function("hangs-in-probe", "a probe that never returns is ended", hangs_in_probe).within(SHORT),
        Case::function("hangs-in-user-probe", "the same at EL0", hangs_in_user_probe).within(SHORT),
        Case::function("overruns-and-returns", "too long, but it comes back", overruns).within(SHORT),
        Case::function("hangs-in-rust", "CPU 0 is lost", hangs).within(SHORT),
        Case::function("hangs-with-interrupts-masked", "CPU 0 is lost, and CPU 1 says so", hangs_masked)
            .within(SHORT),
        Case::function("hangs-on-another-cpu", "CPU 1 is lost", hangs_elsewhere).within(SHORT),
    ],
};

const SHORT: Duration = Duration::from_millis(500);
fn panics(_: &mut Context<'_>) -> Conclusion {
    panic!("on purpose");
}

fn faults(_: &mut Context<'_>) -> Conclusion {
    misbehaviour::load_from(NOWHERE);
    never()
}

fn faults_elsewhere(_: &mut Context<'_>) -> Conclusion {
    on_cpu_1(Settings::PLAIN, &|| misbehaviour::load_from(NOWHERE))
}

fn faults_with_console(_: &mut Context<'_>) -> Conclusion {
    let _console = console::lock();
    misbehaviour::load_from(NOWHERE);
    never()
}

fn faults_with_lock_elsewhere(_: &mut Context<'_>) -> Conclusion {
    let lock = Lock::new(());
    on_cpu_1(Settings::PLAIN, &|| {
        let _locked = lock.lock();
        misbehaviour::load_from(NOWHERE);
    })
}

fn panics_with_console(_: &mut Context<'_>) -> Conclusion {
    let _console = console::lock();
    panic!("on purpose");
}

fn faults_in_handler(context: &mut Context<'_>) -> Conclusion {
    let space = context.space()?;
    let _controls = Controls::apply(&space.settings(Management::NONE));
    let _ = Probe::new(Stub::Load, NOWHERE).resolved_by(&misbehaviour::Faulty).run();
    never()
}

fn overflows(_: &mut Context<'_>) -> Conclusion {
    misbehaviour::overflow_stack(0);
    never()
}

fn hangs_in_probe(_: &mut Context<'_>) -> Conclusion {
    let _ = Probe::new(Stub::Spin, NOWHERE).run();
    Err(Trouble::TimedOut)
}

fn hangs_in_user_probe(_: &mut Context<'_>) -> Conclusion {
    let _ = Probe::new(Stub::Spin, NOWHERE).at(crate::probe::ExceptionLevel::El0).run();
    Err(Trouble::TimedOut)
}

fn overruns(_: &mut Context<'_>) -> Conclusion {
    while !crate::machine::watchdog::expired() {
        crate::machine::relax::relax();
    }
    never()
}

fn hangs(_: &mut Context<'_>) -> Conclusion {
    misbehaviour::hang()
}

fn hangs_masked(_: &mut Context<'_>) -> Conclusion {
    misbehaviour::hang_masked()
}

fn hangs_elsewhere(_: &mut Context<'_>) -> Conclusion {
    on_cpu_1(Settings::PLAIN, &|| misbehaviour::hang())
}
