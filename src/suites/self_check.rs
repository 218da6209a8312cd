//! Defects on purpose: each case breaks the kernel in one way, so that the host side and the watchdog can be
//! seen to notice. None of them passes.

use super::functions::carry_out;
use super::{Conclusion, Context, Function, Trouble};
use crate::machine::controls::{Controls, Management, Settings};
use crate::machine::lock::Lock;
use crate::machine::per_cpu::CpuIndex;
use crate::machine::{console, misbehaviour, planted};
use crate::probe::{Probe, Stub};
use crate::support::context::Answer;
use crate::support::defects::{NOWHERE, never, on_cpu_1};
use cases::SUITES;
use core::fmt;

/// What carries out each case that is a function.
pub const FUNCTIONS: &[(&str, Function)] = &[
    ("panics", panics),
    ("panics-on-another-cpu", |_| on_cpu_1(Settings::PLAIN, &|| panic!("on purpose"))),
    ("panics-in-a-panic", |_| panics_untellably(|| panic!("on purpose, again"))),
    ("faults-in-a-panic", |_| panics_untellably(|| misbehaviour::load_from(NOWHERE))),
    ("cpu-1-manages-nothing", cpu_1_manages_nothing),
    ("faults-in-kernel", faults),
    ("faults-on-another-cpu", faults_elsewhere),
    ("faults-in-handler", faults_in_handler),
    ("faults-with-the-console", faults_with_console),
    ("faults-with-a-lock-elsewhere", faults_with_lock_elsewhere),
    ("panics-with-the-console", panics_with_console),
    ("overflows-its-stack", overflows),
    ("hangs-in-probe", hangs_in_probe),
    ("hangs-in-user-probe", hangs_in_user_probe),
    ("overruns-and-returns", overruns),
    ("hangs-in-rust", hangs),
    ("hangs-with-interrupts-masked", hangs_masked),
    ("hangs-on-another-cpu", hangs_elsewhere),
];

/// A message that cannot be made.
struct Untellable(fn());

impl fmt::Display for Untellable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        (self.0)();
        Ok(())
    }
}

/// Panics under a lock, so that the run ends, with a message that comes to `grief`.
fn panics_untellably(grief: fn()) -> Conclusion {
    let _console = console::lock();
    panic!("{}", Untellable(grief));
}

/// Has the case that asks each CPU find CPU 1.
fn cpu_1_manages_nothing(context: &mut Context<'_>) -> Conclusion {
    let mut cases = SUITES.iter().flat_map(|suite| suite.cases);
    let Some(case) = cases.find(|case| case.name == "every-cpu-updates-alike") else { return never() };
    if let Some(reason) = context.lacks_cpus(2) {
        return Err(Trouble::Other(reason));
    }
    let answer = planted::without_management(CpuIndex(1), || carry_out(case, context))?;
    if answer == Answer::PASS { never() } else { Ok(answer) }
}

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
