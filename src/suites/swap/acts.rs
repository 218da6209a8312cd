//! Four acts on a few pages, each a sequence that some version of the routine did not survive.
//!
//! Every step is placed on its CPU in turn, so nothing is left to chance; where two handlers have to meet, the
//! window is opened on purpose.

use super::machines::SwapMachine;
use super::manager::Manager;
use super::stop::Stop;
use super::thread::Thread;
use super::window::{Held, Window};
use crate::machine::controls::Management;
use crate::machine::cpus;
use crate::suites::{Context, Trouble};
use cases::swapping::SwapVerdict;

/// The CPUs that play: on a machine whose CPUs differ, those that make the difference.
#[derive(Clone, Copy)]
struct Cast {
    /// Manages nothing, if any such CPU is there.
    software: usize,
    /// Manages both, if any such CPU is there.
    hardware: usize,
    /// Another than `hardware`, for the second fault; equal if there is one CPU only.
    second: usize,
}

impl Cast {
    fn of(machine: SwapMachine) -> Self {
        let online = cpus::online();
        let find = |management| (0..online).find(|cpu| machine.management(*cpu) == management);
        let software = find(Management::NONE).unwrap_or(0);
        let hardware = find(Management::FULL).unwrap_or(0);
        Self { software, hardware, second: (0..online).find(|cpu| *cpu != hardware).unwrap_or(hardware) }
    }
}

/// What a thread does on its CPU.
type Step<'a> = &'a (dyn Fn(&mut Thread<'_>) -> Result<(), Stop> + Sync);
/// What the thread does whose handler goes first.
type FirstStep<'a> = &'a (dyn Fn(&mut Thread<'_>, &Window) -> Result<(), Stop> + Sync);

/// Plays all acts that this machine has the CPUs for; returns what they came to, and the store that hardware did not record.
///
/// # Errors
///
/// [`Trouble`], where a step could not be carried out.
pub fn play(
    manager: &mut Manager,
    machine: SwapMachine,
    seed: u64,
    context: &mut Context<'_>,
) -> Result<(SwapVerdict, Option<Stop>), Trouble> {
    let cast = Cast::of(machine);
    let mut play = Play { manager, machine, seed, verdict: SwapVerdict::CLEAN, unmanaged: None };
    play.act("written, aged, read, written", context, |play| play.aged(cast))?;
    play.act("written while clean, aged, read", context, |play| play.written_while_clean(cast))?;
    if cpus::online() > 1 {
        play.act("aged behind a write fault, second fault, window opened", context, |play| {
            play.behind_write_fault(cast)
        })?;
    }
    // Without hardware the write waits for the page-table lock, and cannot come between.
    if cpus::online() > 1 && machine.management(cast.hardware) == Management::FULL {
        play.act("written behind the second fault's look, window opened", context, |play| {
            play.behind_write(cast)
        })?;
    }
    Ok((play.verdict, play.unmanaged))
}

struct Play<'a> {
    manager: &'a mut Manager,
    machine: SwapMachine,
    seed: u64,
    verdict: SwapVerdict,
    /// The store that hardware did not record, if there was one.
    unmanaged: Option<Stop>,
}

/// The pages of the acts, one each.
const AGED: u32 = 0;
const WRITTEN_WHILE_CLEAN: u32 = 1;
const BEHIND_WRITE_FAULT: u32 = 2;
const BEHIND_WRITE: u32 = 3;

impl Play<'_> {
    /// Plays one act, and says what came of it.
    fn act(
        &mut self,
        name: &str,
        context: &mut Context<'_>,
        play: impl FnOnce(&mut Self) -> Result<Option<Stop>, Trouble>,
    ) -> Result<(), Trouble> {
        let found = play(self)?;
        let page = match found {
            None => return Ok(()),
            Some(Stop::FaultLoop { page, .. }) => {
                self.verdict.loops = true;
                page
            }
            Some(Stop::LostWrite { page, .. }) => {
                self.verdict.loses = true;
                page
            }
            Some(Stop::Unmanaged { page, .. }) => {
                self.unmanaged = found;
                page
            }
            Some(other) => return Err(other.into()),
        };
        if let Some(stop) = found {
            context.say(format_args!("{name}: {stop}"));
        }
        for event in self.manager.history(page).events() {
            context.say(format_args!("  {event}"));
        }
        Ok(())
    }

    /// Runs steps, each on its CPU, until one finds something.
    fn steps(&self, steps: &[(usize, Step<'_>)]) -> Result<Option<Stop>, Trouble> {
        for (cpu, step) in steps {
            self.machine.run(self.manager, &[*cpu], self.seed, &|thread, _| step(thread))?;
            if let Some(stop) = self.manager.take_finding() {
                return Ok(Some(stop));
            }
        }
        Ok(None)
    }

    /// The report's sequence: the read that ages a dirty page, and the write after it.
    fn aged(&self, cast: Cast) -> Result<Option<Stop>, Trouble> {
        const PAGE: u32 = AGED;
        self.steps(&[
            (cast.software, &|thread| thread.write(PAGE, 0, 1)),
            (0, &|thread| {
                thread.manager.age(PAGE, &mut thread.worker);
                Ok(())
            }),
            (cast.software, &|thread| thread.read(PAGE, 0, 1)),
            (cast.software, &|thread| thread.write(PAGE, 0, 2)),
            (0, &|thread| evict(thread, PAGE)),
            (cast.software, &|thread| thread.read(PAGE, 0, 2)),
        ])
    }

    /// A page that came back clean is written, perhaps by hardware alone, aged, and read by another CPU.
    fn written_while_clean(&self, cast: Cast) -> Result<Option<Stop>, Trouble> {
        const PAGE: u32 = WRITTEN_WHILE_CLEAN;
        self.steps(&[
            (cast.hardware, &|thread| thread.write(PAGE, 0, 1)),
            (0, &|thread| evict(thread, PAGE)),
            (cast.hardware, &|thread| thread.read(PAGE, 0, 1)),
            (cast.hardware, &|thread| thread.write(PAGE, 0, 2)),
            (0, &|thread| {
                thread.manager.age(PAGE, &mut thread.worker);
                Ok(())
            }),
            (cast.software, &|thread| thread.read(PAGE, 0, 2)),
            (0, &|thread| evict(thread, PAGE)),
            (cast.software, &|thread| thread.read(PAGE, 0, 2)),
        ])
    }

    /// Two CPUs fault on a page, one to write and one to read; the page is aged before the reader's handler comes. (A
    /// page that is still young equals the entry that the reader asks for, and no routine touches it.)
    fn behind_write_fault(&mut self, cast: Cast) -> Result<Option<Stop>, Trouble> {
        const PAGE: u32 = BEHIND_WRITE_FAULT;
        let first = cast.software;
        let second = (0..cpus::online()).find(|cpu| *cpu != first).unwrap_or(first);
        let found = self.meet(
            Window::new(PAGE, cpu_number(first), Held::BeforeSnapshot),
            (first, &|thread, _| {
                thread.write(PAGE, 0, 1)?;
                thread.manager.age(PAGE, &mut thread.worker);
                Ok(())
            }),
            (second, &|thread| thread.read(PAGE, 0, 1)),
        )?;
        if found.is_some() {
            return Ok(found);
        }
        self.steps(&[
            (first, &|thread| thread.write(PAGE, 0, 2)),
            (0, &|thread| evict(thread, PAGE)),
            (first, &|thread| thread.read(PAGE, 0, 2)),
        ])
    }

    /// Two CPUs fault on a page to read it; the first writes it, by hardware, between the second handler's look at the
    /// descriptor and its routine.
    fn behind_write(&mut self, cast: Cast) -> Result<Option<Stop>, Trouble> {
        const PAGE: u32 = BEHIND_WRITE;
        let (first, second) = (cast.hardware, cast.second);
        let found =
            self.steps(&[(first, &|thread| thread.write(PAGE, 0, 1)), (0, &|thread| evict(thread, PAGE))])?;
        if found.is_some() {
            return Ok(found);
        }
        let found = self.meet(
            Window::new(PAGE, cpu_number(first), Held::AfterSnapshot),
            (first, &|thread, window| {
                thread.read(PAGE, 0, 1)?;
                window.wait_for_look()?;
                thread.write(PAGE, 0, 2)
            }),
            (second, &|thread| thread.read(PAGE, 0, 2)),
        )?;
        if found.is_some() {
            return Ok(found);
        }
        self.steps(&[(0, &|thread| evict(thread, PAGE)), (first, &|thread| thread.read(PAGE, 0, 2))])
    }

    /// Lets two CPUs fault on a page at once; the second one's handler is held back until the first CPU's step is over.
    fn meet(
        &mut self,
        window: Window,
        (first, step): (usize, FirstStep<'_>),
        (second, other): (usize, Step<'_>),
    ) -> Result<Option<Stop>, Trouble> {
        self.manager.window = Some(window);
        let manager = &*self.manager;
        self.machine.run(manager, &[first, second], self.seed, &|thread, cpu| match &manager.window {
            Some(window) if cpu == first => {
                let ended = step(thread, window);
                window.close();
                ended
            }
            _ => other(thread),
        })?;
        self.manager.window = None;
        Ok(self.manager.take_finding())
    }
}

fn cpu_number(cpu: usize) -> u8 {
    u8::try_from(cpu).expect("a CPU's number has 8 bits")
}

fn evict(thread: &mut Thread<'_>, page: u32) -> Result<(), Stop> {
    thread.manager.evict(page, &mut thread.worker);
    Ok(())
}
