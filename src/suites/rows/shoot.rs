//! Makes the shots of a row.

use super::judge::{DataSeen, Mismatch, Observed, judge};
use super::{Row, Shot, Update, kind};
use crate::machine::caches;
use crate::machine::controls::{Controls, Settings};
use crate::machine::layout::PAGE_SIZE;
use crate::machine::registers::Identification;
use crate::memory::case_space::{CasePage, CaseSpace};
use crate::probe::{Ending, FETCHED_CODE, Probe, Seen, Stub};
use crate::suites::{Conclusion, Context, Trouble};
use crate::support::context::Answer;
use afdbm::address::VirtualAddress;
use afdbm::descriptor::{Difference, Level};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use alloc::{format, vec};
use cases::product::Kinds;
use cases::states::Flags;
use core::fmt;
use core::sync::atomic::Ordering::Relaxed;

/// Where the page under test stands; its neighbours are canaries.
const ADDRESS: VirtualAddress = VirtualAddress(0x10_0001_0000);
/// What the memory holds before.
const BEFORE: u64 = 0x0123_4567_89ab_cdef;
/// What the instruction stores, or adds.
const VALUE: u64 = 0x5a5a_1111_2222_a5a5;

/// Runs a row: every shot that this CPU can make.
///
/// # Errors
///
/// [`Trouble`] for want of memory.
pub fn run(row: &Row, context: &mut Context<'_>) -> Conclusion {
    let cpu = context.cpu();
    let mut made = 0;
    let mut left_out = String::new();
    let (mut kinds, mut reasons) = (Box::<Kinds>::default(), Vec::new());
    for shot in row.shots {
        if let Some(reason) = unsupported(shot, &cpu) {
            left_out = format!("{shot}: {reason}");
            context.say(format_args!("not made: {left_out}"));
            continue;
        }
        made += 1;
        let observed = shoot(shot, &cpu)?;
        match judge(shot, shot.allowed, &observed) {
            Ok(allowed) => {
                let free = shot.allowed.len() > 1
                    || [allowed.page, allowed.second]
                        .iter()
                        .any(|change| change.access_flag == Update::Either || change.dirty == Update::Either);
                if free {
                    context.say(format_args!("permitted and seen: {}: {}", shot, Told(&observed)));
                }
            }
            Err(mismatch) => {
                tell(context, row, shot, &observed, mismatch);
                kinds.add(&kind::of(shot, mismatch, &observed));
                reasons.push(format!("{}: {}", shot, what(mismatch)));
            }
        }
    }
    context.tell_kinds(&kinds);
    if made == 0 { Answer::skip(left_out) } else { Answer::of_failures(&reasons) }
}

/// Returns why this CPU cannot make the shot, by its ID registers.
fn unsupported(shot: &Shot, cpu: &Identification) -> Option<&'static str> {
    let lacks = match shot.stub {
        Stub::Swap
        | Stub::LoadAdd
        | Stub::LoadAddZero
        | Stub::StoreAdd
        | Stub::CompareAndSwap
        | Stub::CompareAndSwapPair => !cpu.lse(),
        Stub::ReadCheckWrite => !cpu.the(),
        Stub::TagBlock | Stub::TagZeroBlock => cpu.mte() < 2,
        Stub::ZeroBlock => cpu.zero_block().is_none(),
        _ => false,
    };
    if lacks {
        return Some(match shot.stub {
            Stub::ReadCheckWrite => "this CPU has no FEAT_THE",
            Stub::TagBlock | Stub::TagZeroBlock => "this CPU has no FEAT_MTE2",
            Stub::ZeroBlock => "DCZID_EL0.DZP prohibits DC ZVA",
            _ => "this CPU has no FEAT_LSE",
        });
    }
    (shot.privileged_access_never && cpu.pan() == 0).then_some("this CPU has no FEAT_PAN")
}

/// The memory and the descriptors of one shot.
struct Range<'a> {
    page: CasePage<'a>,
    second: CasePage<'a>,
    canaries: [CasePage<'a>; 2],
}

impl<'a> Range<'a> {
    fn new(space: &'a CaseSpace, shot: &Shot) -> Result<Self, Trouble> {
        let map = |index: u64, flags: Flags| {
            let address = VirtualAddress(ADDRESS.0 + index * PAGE_SIZE - PAGE_SIZE);
            space.map(address, Level::L3, space.frame()?, flags.0)
        };
        let before = map(0, Flags::CLEAN)?;
        // Mapped valid, so that the tables are there; the shot's own descriptors follow.
        let page = map(1, Flags::READ_WRITE)?;
        let second = map(2, Flags::READ_WRITE)?;
        let after = map(3, Flags::CLEAN)?;
        page.set(page.with_flags(shot.page.0));
        second.set(second.with_flags(shot.second.unwrap_or(Flags::CLEAN).0));
        Ok(Self { page, second, canaries: [before, after] })
    }
}

fn shoot(shot: &Shot, cpu: &Identification) -> Result<Observed, Trouble> {
    let space = CaseSpace::new()?;
    let range = Range::new(&space, shot)?;
    let before = if shot.stub == Stub::Fetch { FETCHED_CODE } else { BEFORE };
    for offset in (0..PAGE_SIZE).step_by(8) {
        range.page.word(offset).store(before, Relaxed);
        range.second.word(offset).store(before, Relaxed);
    }
    if shot.stub == Stub::Fetch {
        caches::publish_code(range.page.word(0));
    }
    let length = length(shot.stub, cpu);
    let address = range.page.address.offset(match shot.second {
        Some(_) => PAGE_SIZE - length / 2,
        None => 0,
    });
    let expected = if shot.matches { before } else { !before };
    let canaries = range.canaries.map(|canary| canary.descriptor());
    let (page, second) = (range.page.descriptor(), range.second.descriptor());
    let settings = Settings {
        management: shot.management,
        privileged_access_never: shot.privileged_access_never,
        user: Some(space.user()),
        ..Settings::PLAIN
    };
    let seen = {
        let _controls = Controls::apply(&settings);
        Probe::new(shot.stub, address).at(shot.level).storing(VALUE).expecting(expected).run()
    };
    for (canary, was) in range.canaries.iter().zip(canaries) {
        let is = canary.descriptor();
        if is != was {
            return Err(Trouble::Other(format!("a neighbour changed: {}", Difference { from: was, to: is })));
        }
    }
    Ok(Observed {
        address,
        length,
        leaf: range.page.level,
        seen,
        page: (page, range.page.descriptor()),
        second: shot.second.map(|_| (second, range.second.descriptor())),
        data: data_seen(shot, &range, address, length, before, &seen),
    })
}

/// Bytes that the instruction accesses.
fn length(stub: Stub, cpu: &Identification) -> u64 {
    match stub {
        Stub::LoadPair
        | Stub::LoadVector
        | Stub::LoadStructure
        | Stub::StorePair
        | Stub::CompareAndSwapPair => 16,
        Stub::ZeroBlock | Stub::TagBlock | Stub::TagZeroBlock => cpu.zero_block().unwrap_or(64),
        _ => 8,
    }
}

/// Compares the accessed bytes with what they were and with what the instruction makes of them.
fn data_seen(
    shot: &Shot,
    range: &Range<'_>,
    address: VirtualAddress,
    length: u64,
    before: u64,
    seen: &Seen,
) -> DataSeen {
    let byte = |at: u64| {
        let offset = at - range.page.address.0;
        let page = if offset < PAGE_SIZE { &range.page } else { &range.second };
        let word = page.word((offset % PAGE_SIZE) & !7).load(Relaxed);
        word.to_le_bytes()[(offset % 8) as usize]
    };
    let stored_word = || match shot.stub {
        Stub::LoadAdd | Stub::StoreAdd => before.wrapping_add(VALUE),
        Stub::ZeroBlock | Stub::TagZeroBlock => 0,
        Stub::LoadAddZero => before,
        _ => VALUE,
    };
    let (mut kept, mut stored) = (true, true);
    let mut first = 0;
    for index in 0..length {
        let found = byte(address.0 + index);
        if index < 8 {
            first |= u64::from(found) << (8 * index);
        }
        kept &= found == before.to_le_bytes()[((address.0 + index) % 8) as usize];
        stored &= found == stored_word().to_le_bytes()[(index % 8) as usize];
    }
    match (kept, stored) {
        // What an access reads is checked where nothing else is wrong.
        _ if shot.stub.reads() && seen.ending == Ending::Returned && seen.read != before => {
            DataSeen::Misread(seen.read)
        }
        (true, true) => DataSeen::Same,
        (true, false) => DataSeen::Kept,
        (false, true) => DataSeen::Stored,
        (false, false) => DataSeen::Other(first),
    }
}

fn what(mismatch: Mismatch) -> &'static str {
    match mismatch {
        Mismatch::Ending => "the access ends in another way than the row allows",
        Mismatch::Syndrome => "the fault is the right one, its syndrome is not",
        Mismatch::Address => "the fault is the right one, its address is not",
        Mismatch::Page => "the descriptor afterwards is none that the row allows",
        Mismatch::Second => "the second page's descriptor afterwards is none that the row allows",
        Mismatch::Data => "the data afterwards are none that the row allows",
    }
}

/// Writes all that there is to say of a failure.
fn tell(context: &mut Context<'_>, row: &Row, shot: &Shot, observed: &Observed, mismatch: Mismatch) {
    let mut lines = vec![
        format!("rule: {}", row.rules),
        format!("access: {} to {}", shot, observed.address),
        format!("wrong: {}", what(mismatch)),
        format!("descriptor before: {}", observed.page.0),
    ];
    for allowed in shot.allowed {
        lines.push(format!("allowed: {allowed}"));
    }
    lines.push(format!("descriptor after: {}", observed.page.1));
    if let Some((from, to)) = observed.second {
        lines.push(format!("second descriptor before: {from}, after: {to}"));
    }
    lines.push(format!("seen: {}", Told(observed)));
    for line in lines {
        context.say(format_args!("{line}"));
    }
}

/// What was observed, in a few words.
struct Told<'a>(&'a Observed);

impl fmt::Display for Told<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Observed { seen, page, second, data, .. } = self.0;
        match seen.fault {
            Some(fault) => write!(formatter, "{} after {} fault(s), {fault}", seen.ending, seen.faults)?,
            None => write!(formatter, "no fault, status {}", seen.status)?,
        }
        write!(formatter, "; descriptor {}", Difference { from: page.0, to: page.1 })?;
        if let Some((from, to)) = *second {
            write!(formatter, "; second {}", Difference { from, to })?;
        }
        match data {
            DataSeen::Kept => write!(formatter, "; data kept"),
            DataSeen::Stored => write!(formatter, "; data stored"),
            DataSeen::Same => write!(formatter, "; data kept, which is what is stored"),
            DataSeen::Other(word) => write!(formatter, "; data {word:#018x}, neither kept nor stored"),
            DataSeen::Misread(word) => write!(formatter, "; read {word:#018x}, which is not there"),
        }
    }
}
