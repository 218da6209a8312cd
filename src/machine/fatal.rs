//! The ends that leave no verdict behind: a panic or a fault that no case can be blamed for.

use super::console::Console;
use super::lock::LastWord;
use super::per_cpu::{PanicText, this_cpu, this_index};
use super::power::park;
use super::relax::relax;
use super::{calls, console, power, registers, timer, watchdog};
use core::fmt::{self, Write};
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::Relaxed};
use spin::Once;

/// What [`ENDING`] holds while nobody ends the run.
const NOBODY: usize = usize::MAX;

/// The CPU that ends the run; the others stay quiet.
static ENDING: AtomicUsize = AtomicUsize::new(NOBODY);

/// How often that CPU has begun to tell why.
static TOLD: AtomicU32 = AtomicU32::new(0);

/// Set once boot is over: until then the firmware is taken at its word.
static IS_BOOTED: AtomicBool = AtomicBool::new(false);

/// Notes that boot is over.
pub fn end_boot() {
    IS_BOOTED.store(true, Relaxed);
}

/// Tells whether this is boot yet.
pub fn is_booting() -> bool {
    !IS_BOOTED.load(Relaxed)
}

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

/// Claims the end of the run for this CPU; any other that comes later parks.
pub fn claim() {
    registers::mask_interrupts();
    let own = this_index().0;
    if ENDING.compare_exchange(NOBODY, own, Relaxed, Relaxed).is_err_and(|other| other != own) {
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
    if ENDING.load(Relaxed) != NOBODY {
        park();
    }
}

/// Prints `# panic: WHERE: MESSAGE` and powers off, without a verdict.
///
/// What comes to grief while it is told is told by its place alone, since it may be the message that cannot be made; what
/// does so once more is not told.
pub fn end(place: fmt::Arguments<'_>, message: fmt::Arguments<'_>) -> ! {
    claim();
    let before = TOLD.fetch_add(1, Relaxed);
    if before < 2 {
        let mut console = speak();
        // The console cannot fail, and nobody is left to tell.
        let _ = match before {
            0 => writeln!(console, "\n# panic: {place}: {message}"),
            _ => writeln!(console, "\n# panic: {place}, while a panic was told"),
        };
    }
    power::system_off()
}

/// Ends a run that cannot begin, for a reason that the user can mend: `# usage: ...`.
pub fn refuse(message: fmt::Arguments<'_>) -> ! {
    claim();
    let mut console = speak();
    let _ = writeln!(console, "# usage: {message}");
    power::system_off()
}

/// Keeps the text of a panic, as much as there is room for. One that cannot be made is a panic under a lock.
fn keep(information: &PanicInfo<'_>) {
    struct Cut<'a>(&'a mut PanicText);
    impl Write for Cut<'_> {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            text.chars().try_for_each(|one| self.0.try_push(one)).map_err(|_| fmt::Error)
        }
    }
    let mut text = this_cpu().panic.lock();
    text.clear();
    // What does not fit is dropped.
    let _ = match information.location() {
        Some(place) => {
            write!(Cut(&mut text), "{}:{}: {}", place.file(), place.line(), information.message())
        }
        None => write!(Cut(&mut text), "{}", information.message()),
    };
}

#[panic_handler]
fn panic(information: &PanicInfo<'_>) -> ! {
    let message = information.message();
    if ENDING.load(Relaxed) == NOBODY && calls::may_abandon() {
        keep(information);
        calls::abandon_here();
    }
    match information.location() {
        Some(location) => end(
            format_args!("{} at {}:{}", this_index(), location.file(), location.line()),
            format_args!("{message}"),
        ),
        None => end(format_args!("{}", this_index()), format_args!("{message}")),
    }
}
