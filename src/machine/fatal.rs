//! The ends that leave no verdict behind: a panic, a fault that nothing can be blamed on.

use super::console::Console;
use super::lock::LastWord;
use super::per_cpu::this_index;
use super::power::park;
use super::relax::relax;
use super::{console, power, registers, timer, watchdog};
use core::fmt::{self, Write};
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};
use spin::Once;

/// Set by the first CPU that ends the run; the others stay quiet.
static ENDING: AtomicBool = AtomicBool::new(false);

/// Makes a console where the device tree has led to none.
static LAST_RESORT: Once<fn()> = Once::new();

/// Sets what makes a console for a report before the device tree has led to one.
pub fn without_console(start: fn()) {
    LAST_RESORT.call_once(|| start);
}

/// Takes the console, whatever there is.
fn speak() -> Console {
    if let Some(start) = LAST_RESORT.get().filter(|_| !console::is_initialized()) {
        start();
    }
    // SAFETY: the run is over; a line of another CPU may be torn, which a report's leading newline makes plain.
    unsafe { console::seize() }
}

/// Claims the end of the run for this CPU; whoever comes second parks.
pub fn claim() {
    registers::mask_interrupts();
    if ENDING.swap(true, Relaxed) {
        park();
    }
}

/// Claims the end of the run, and gives the other CPUs, whose timers tick meanwhile, the time to park.
///
/// A CPU that has not parked by then is one that does not take interrupts, the very one that is lost.
pub fn claim_after_others() -> LastWord {
    claim();
    let until = timer::now().saturating_add(timer::ticks(4 * watchdog::PERIOD));
    while timer::now() < until {
        relax();
    }
    // SAFETY: every CPU that takes interrupts has parked: its timer has ticked several times meanwhile.
    unsafe { LastWord::new() }
}

/// Parks this CPU if another one is ending the run.
pub fn park_if_ending() {
    if ENDING.load(Relaxed) {
        park();
    }
}

/// Prints `# panic: ...` and powers off, without a verdict.
pub fn end(message: fmt::Arguments<'_>) -> ! {
    claim();
    let mut console = speak();
    // The console cannot fail, and nobody is left to tell.
    let _ = writeln!(console, "\n# panic: {message}");
    power::system_off()
}

/// Ends a run that cannot begin, for a reason that the user can mend: `# usage: ...`.
pub fn refuse(message: fmt::Arguments<'_>) -> ! {
    claim();
    let mut console = speak();
    let _ = writeln!(console, "# usage: {message}");
    power::system_off()
}

#[panic_handler]
fn panic(information: &PanicInfo<'_>) -> ! {
    match information.location() {
        Some(location) => end(format_args!(
            "{} at {}:{}: {}",
            this_index(),
            location.file(),
            location.line(),
            information.message()
        )),
        None => end(format_args!("{}: {}", this_index(), information.message())),
    }
}
