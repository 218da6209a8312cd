//! The fast form of a probe, which makes the millions of the product, held against the ordinary one.

use super::{Conclusion, Context, Function, Trouble};
use crate::machine::controls::{Controls, Management};
use crate::machine::lean::{Before, Exchange, ProcessState};
use crate::machine::registers::MaskedInterrupts;
use crate::memory::case_space::{ADDRESS, CasePage, CaseSpace};
use crate::probe::{ExceptionLevel, Probe, Stub};
use crate::support::context::Answer;
use afdbm::descriptor::{Descriptor, Level};
use afdbm::fault::{ExceptionClass, Fault, FaultStatus};
use alloc::vec::Vec;
use cases::states::PageState;
use core::fmt;
use core::sync::atomic::Ordering::Relaxed;

/// What carries out each case that is a function.
pub const FUNCTIONS: &[(&str, Function)] = &[("fast-probe-as-the-ordinary-one", agree)];

/// What the page holds, and what an access stores.
const HELD: u64 = 0x0123_4567_89ab_cdef;
const STORED: u64 = 0x5a5a_1a1a_2a2a_a5a5;
/// Accesses whose outcome the architecture leaves open in AF alone, and only where they are refused (row B29).
const STUBS: [Stub; 6] =
    [Stub::Load, Stub::Store, Stub::LoadPair, Stub::StorePair, Stub::Swap, Stub::CompareAndSwap];
const CONTROLS: [Management; 3] = [Management::NONE, Management::ACCESS_FLAG, Management::FULL];
/// What goes before the access: nothing, a load, or a store.
const BEFORE: [Option<Stub>; 3] = [None, Some(Stub::Load), Some(Stub::Store)];

/// One access of the sample.
#[derive(Clone, Copy)]
struct Access {
    stub: Stub,
    level: ExceptionLevel,
    before: Option<Stub>,
}

impl fmt::Display for Access {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} at {}", self.stub, self.level)?;
        self.before.map_or(Ok(()), |before| write!(formatter, " after {before}"))
    }
}

/// What an access came to, of all that is the same each time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Comparable {
    /// Why it was refused, as a write or not, and where.
    fault: Option<(ExceptionClass, FaultStatus, bool, u64)>,
    /// What it read, where it was not refused.
    read: u64,
    /// The descriptor, with AF set where a refused access may have set it or not.
    descriptor: Descriptor,
    /// The two words.
    words: [u64; 2],
}

impl Comparable {
    fn of(fault: Option<Fault>, read: u64, page: &CasePage<'_>) -> Self {
        let told = |fault: Fault| {
            let syndrome = fault.syndrome;
            (syndrome.class(), syndrome.status(), syndrome.write(), fault.address.0)
        };
        let either = if fault.is_some() { Descriptor::AF } else { 0 };
        Self {
            fault: fault.map(told),
            read: if fault.is_none() { read } else { 0 },
            descriptor: page.descriptor().with(either),
            words: [0, 8].map(|offset| page.word(offset).load(Relaxed)),
        }
    }
}

/// x0 to x7 before the access: those of an ordinary probe.
const fn registers() -> [u64; 8] {
    [ADDRESS.0, STORED, HELD, HELD, STORED, STORED, 0, 0]
}

fn by_ordinary(access: Access, page: &CasePage<'_>) -> Comparable {
    if let Some(before) = access.before {
        let _ = Probe::new(before, ADDRESS).at(access.level).storing(HELD).run();
    }
    let probe = Probe::new(access.stub, ADDRESS).at(access.level).storing(STORED).expecting(HELD);
    let seen = probe.run();
    Comparable::of(seen.fault, seen.read, page)
}

fn by_fast(access: Access, page: &CasePage<'_>) -> Comparable {
    let mut exchange = Exchange::default();
    exchange.registers = registers();
    let before = access
        .before
        .map(|before| Before { stores: (before == Stub::Store).then_some(HELD), address: ADDRESS });
    let fault = {
        let masked = MaskedInterrupts::new();
        let state = ProcessState::default();
        exchange.access(access.level, access.stub.into(), ADDRESS, before, state, &masked)
    };
    Comparable::of(fault, exchange.registers[2], page)
}

/// Writes page and descriptor as they are before every access.
fn prepare(page: &CasePage<'_>, descriptor: Descriptor) {
    [0, 8].iter().for_each(|offset| page.word(*offset).store(HELD, Relaxed));
    page.set(descriptor);
}

fn sample(context: &Context<'_>) -> Vec<Access> {
    let mut all = Vec::new();
    for stub in STUBS {
        let is_atomic = matches!(stub, Stub::Swap | Stub::CompareAndSwap);
        if is_atomic && !context.cpu().lse() {
            continue;
        }
        for level in [ExceptionLevel::El1, ExceptionLevel::El0] {
            all.extend(BEFORE.map(|before| Access { stub, level, before }));
        }
    }
    all
}

fn agree(context: &mut Context<'_>) -> Conclusion {
    let space: CaseSpace = context.space()?;
    let page = space.map(ADDRESS, Level::L3, space.frame()?, PageState::LEGAL[0].flags.0)?;
    let descriptors: Vec<Descriptor> = PageState::LEGAL
        .iter()
        .flat_map(|state| [state.old(), *state])
        .map(|state| page.with_flags(state.flags.0))
        .chain([Descriptor::INVALID])
        .collect();
    let accesses = sample(context);
    let (mut passed, mut refused) = (0_u32, 0_u32);
    for management in CONTROLS {
        let degree = u64::from(management.access_flag) + u64::from(management.dirty_state);
        if context.lacks_management(degree).is_some() {
            continue;
        }
        for before in &descriptors {
            for access in &accesses {
                let [ordinary, fast] = [by_ordinary, by_fast].map(|make| {
                    prepare(&page, *before);
                    let _controls = Controls::apply(&space.settings(management));
                    make(*access, &page)
                });
                if ordinary != fast {
                    context.say(format_args!("{access}, {management}, from {before}"));
                    context.say(format_args!("the ordinary probe: {ordinary:x?}"));
                    context.say(format_args!("the fast one: {fast:x?}"));
                    return Answer::fail("the two forms of a probe differ");
                }
                *(if fast.fault.is_some() { &mut refused } else { &mut passed }) += 1;
            }
        }
    }
    context.say(format_args!("{passed} accesses passed by both, {refused} were refused by both"));
    if passed == 0 || refused == 0 {
        return Err(Trouble::Other("the sample holds no access that passes, or none that is refused".into()));
    }
    Ok(Answer::PASS)
}
