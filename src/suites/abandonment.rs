//! Cases that an exception ends in the worst places, and what the next case finds then. All but the last are errors.

use super::{Conclusion, Context, Function, Trouble};
use crate::machine::controls::{Controls, Management, Particular, Settings};
use crate::machine::lock::Lock;
use crate::machine::per_cpu::CpuIndex;
use crate::machine::registers::{self, MaskedInterrupts};
use crate::machine::{cpus, layout, misbehaviour};
use crate::memory::case_space::{ADDRESS, CaseSpace};
use crate::memory::{containment, frames, hole};
use crate::probe::{ExceptionLevel, Probe, Stub};
use crate::support::context::Answer;
use crate::support::defects::{NOWHERE, never, on_cpu_1};
use crate::support::product::crew::Crew;
use crate::support::rendezvous::{Meeting, Member, together};
use afdbm::descriptor::{Descriptor, Level};
use afdbm::regime::Regime;
use alloc::vec::Vec;

/// What carries out each case that is a function.
pub const FUNCTIONS: &[(&str, Function)] = &[
    ("leaves-controls", controls),
    ("leaves-controls-of-cpu-1", controls_of_cpu_1),
    ("leaves-no-memory", memory),
    ("leaves-tables-half-made", tables),
    ("leaves-cpu-0-waiting", cpu_0_waiting),
    ("leaves-cpu-1-waiting", cpu_1_waiting),
    ("finds-a-fresh-kernel", finds),
];

/// What a case of this suite sets, on a CPU that has it.
fn everything(context: &Context<'_>, space: &CaseSpace) -> Settings {
    let cpu = context.cpu();
    Settings {
        write_implies_execute_never: true,
        privileged_access_never: cpu.pan() > 0,
        particular: Particular {
            geometry: Some(layout::IDENTITY.geometry),
            hierarchy_disabled: cpu.hpds(),
            unprivileged_refused: cpu.e0pd(),
            top_byte_ignored: true,
            walks_disabled: true,
            alignment_checked: true,
            executable_access_never: cpu.pan() > 2,
            ..Particular::default()
        },
        ..space.settings(Management::FULL)
    }
}

/// Goes under with all of it.
fn overflow() {
    let _masked = MaskedInterrupts::new();
    misbehaviour::leave_probe_armed(ADDRESS);
    misbehaviour::overflow_stack(0);
}

fn controls(context: &mut Context<'_>) -> Conclusion {
    let space = context.space()?;
    let page = space.map(ADDRESS, Level::L3, space.frame()?, Descriptor::VALID)?;
    let _hung = space.hang(page.address)?;
    let _controls = Controls::apply(&everything(context, &space));
    overflow();
    never()
}

fn controls_of_cpu_1(context: &mut Context<'_>) -> Conclusion {
    let space = context.space()?;
    on_cpu_1(everything(context, &space), &overflow)
}

fn memory(_: &mut Context<'_>) -> Conclusion {
    let heap: Vec<u64> = Vec::with_capacity(3 << 17);
    while frames::allocate().is_ok() {}
    misbehaviour::load_from(NOWHERE.offset(heap.len() as u64));
    never()
}

fn tables(context: &mut Context<'_>) -> Conclusion {
    let memory = context.memory;
    misbehaviour::near_the_end_of_the_stack(14 << 10, &|| drop(Crew::new(memory, Regime::El10)));
    never()
}

fn cpu_0_waiting(context: &mut Context<'_>) -> Conclusion {
    one_of_two(context, 1)
}

fn cpu_1_waiting(context: &mut Context<'_>) -> Conclusion {
    one_of_two(context, 0)
}

/// Two CPUs are to meet, and one of them does not come to it.
fn one_of_two(context: &mut Context<'_>, gone: usize) -> Conclusion {
    let meeting = Meeting::new(2);
    let meet = || meeting.meet();
    let fault = || {
        misbehaviour::load_from(NOWHERE);
        Ok(())
    };
    let mut members = [Member::new(Management::FULL, &meet); 2];
    members[gone] = Member::new(Management::FULL, &fault);
    together(&context.space()?, &members)?;
    never()
}

fn finds(context: &mut Context<'_>) -> Conclusion {
    for cpu in (0..cpus::online()).map(CpuIndex) {
        let found = Lock::new([0; 8]);
        if cpu == CpuIndex(0) {
            *found.lock() = misbehaviour::condition();
        } else {
            let look = || {
                let condition = misbehaviour::condition();
                *found.lock() = condition;
            };
            cpus::on(cpu, Settings::PLAIN, &look).map_err(|_| Trouble::Abandoned(cpu))?;
        }
        let found = *found.lock();
        context.say(format_args!("{cpu} finds {found:x?}"));
    }
    {
        let _masked = MaskedInterrupts::new();
        let before = registers::masks();
        let _ = Probe::new(Stub::Load, ADDRESS).at(ExceptionLevel::El0).run();
        if registers::masks() != before {
            return Answer::fail("a probe at EL0 leaves interrupts unmasked that were masked before");
        }
    }
    let (free, used) = (frames::available(), containment::used_by_cases());
    context.say(format_args!(
        "the case finds {free} frames, {used} bytes in use, hole empty: {}",
        hole::is_empty()
    ));
    Ok(Answer::PASS)
}
