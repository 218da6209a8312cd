//! Rows about what a TLB may still hold, about PEs that are set apart, and about a page that holds its own descriptor.

use super::{Conclusion, Context, Function, Trouble};
use crate::machine::controls::{Controls, Management};
use crate::machine::layout::PAGE_SIZE;
use crate::machine::per_cpu::CpuIndex;
use crate::machine::{barriers, cpus};
use crate::memory::case_space::{ADDRESS, CasePage, CaseSpace};
use crate::probe::{Ending, Probe, ProbeReport, Stub};
use crate::support::batch::{BATCH, Batch, marked};
use crate::support::context::Answer;
use crate::support::tally::tell;
use afdbm::descriptor::{Descriptor, Level};
use afdbm::fault::FaultStatus;
use afdbm::stage::Stage;
use alloc::format;
use cases::states::Flags;
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// What carries out each case that is a function.
pub const FUNCTIONS: &[(&str, Function)] = &[
    ("a18-different-ha-share-an-entry", a18),
    ("a19-different-hd-share-an-entry", a19),
    ("b16-cleared-flag-may-come-back", b16),
    ("c06-other-bits-survive", c06),
    ("d47-page-with-its-own-descriptor", d47),
    ("e04-made-invalid-without-tlbi", e04),
    ("e05-output-changed-without-tlbi", e05),
    ("e21-granted-without-tlbi", e21),
    ("e26-old-entry-is-not-cached", e26),
];

const VALUE: u64 = 0x5a5a;

fn page(space: &CaseSpace, flags: Flags) -> Result<CasePage<'_>, Trouble> {
    let page = space.map(ADDRESS, Level::L3, space.frame()?, flags.0 | Descriptor::VALID)?;
    page.set(page.with_flags(flags.0));
    Ok(page)
}

fn access(stub: Stub) -> ProbeReport {
    Probe::new(stub, ADDRESS).storing(VALUE).run()
}

fn passes(seen: &ProbeReport) -> bool {
    seen.ending == Ending::Returned && seen.faults == 0
}

fn status(seen: &ProbeReport) -> Option<FaultStatus> {
    seen.fault.map(|fault| fault.syndrome.status())
}

fn ensure(holds: bool, what: impl core::fmt::Display) -> Option<Conclusion> {
    (!holds).then(|| Answer::fail(what))
}

/// Accesses on two CPUs, one after the other, each with its own controls; whether each passed.
fn in_turn(space: &CaseSpace, turns: &[(usize, Management, Stub)]) -> Result<u32, Trouble> {
    let passed = AtomicU32::new(0);
    for (place, (cpu, management, stub)) in turns.iter().enumerate() {
        let work = || {
            passed.fetch_or(u32::from(passes(&access(*stub))) << place, Relaxed);
        };
        let cpu = CpuIndex(*cpu);
        cpus::on(cpu, space.settings(*management), &work).map_err(|_| Trouble::Abandoned(cpu))?;
    }
    Ok(passed.load(Relaxed))
}

fn a18(context: &mut Context<'_>) -> Conclusion {
    let space = context.space()?;
    let page = page(&space, Flags::READ_WRITE.old())?;
    let turns = [
        (0, Management::NONE, Stub::Load),
        (1, Management::ACCESS_FLAG, Stub::Load),
        (0, Management::NONE, Stub::Load),
    ];
    let passed = in_turn(&space, &turns)?;
    let what =
        format!("passed {passed:#05b} of three accesses, 0b110 expected: A18 (Arm ARM R_XFXTY, R_HQBRF)");
    ensure(passed == 0b110 && page.descriptor().is_young(), what).unwrap_or(Ok(Answer::PASS))
}

fn a19(context: &mut Context<'_>) -> Conclusion {
    let space = context.space()?;
    let page = page(&space, Flags::CLEAN)?;
    let dirty = Stage::One.with_dirty(page.descriptor());
    let turns = [
        (0, Management::ACCESS_FLAG, Stub::Load),
        (1, Management::FULL, Stub::Store),
        (0, Management::ACCESS_FLAG, Stub::Store),
    ];
    let passed = in_turn(&space, &turns)?;
    context.say(format_args!("the store without HD and without TLBI: passed {}", passed >> 2));
    let what = format!("passed {passed:#05b}, then {}: A19 (Arm ARM R_KLVVN)", page.descriptor());
    ensure(passed & 0b11 == 0b11 && page.descriptor() == dirty, what).unwrap_or(Ok(Answer::PASS))
}

fn b16(context: &mut Context<'_>) -> Conclusion {
    let space = context.space()?;
    let page = page(&space, Flags::READ_WRITE)?;
    let old = page.descriptor().without(Descriptor::AF);
    let _controls = Controls::apply(&space.settings(Management::FULL));
    for _ in 0..1000 {
        page.set(old);
        let after = page.descriptor();
        if let Some(failure) = ensure(after.with(Descriptor::AF) == old.with(Descriptor::AF), after) {
            return failure;
        }
        if after.is_young() {
            return Ok(Answer::PASS);
        }
    }
    Answer::skip("permitted, and not observed")
}

fn c06(context: &mut Context<'_>) -> Conclusion {
    // Bits 63 to 55 and 11: ignored, software's, for attributes that HPD leaves off, nG (Arm ARM D8-52).
    for bits in [0x1f << 59, 0xf << 55, 0x1ff << 55, 0x155 << 55, 0xaa << 55] {
        let space = context.space()?;
        let page = page(&space, Flags(Flags::CLEAN.old().0 | bits))?;
        let before = page.descriptor();
        let _controls = Controls::apply(&space.settings(Management::FULL));
        for (stub, wanted) in [(Stub::Load, before.with(Descriptor::AF)), (Stub::Store, marked(before))] {
            let seen = access(stub);
            let after = page.descriptor();
            let what = format!("{stub}: {after}, {wanted} expected: C06 (Arm ARM R_PQJJR)");
            if let Some(failure) = ensure(passes(&seen) && after == wanted, what) {
                return failure;
            }
        }
    }
    Ok(Answer::PASS)
}

fn d47(context: &mut Context<'_>) -> Conclusion {
    let space = context.space()?;
    // A page of the same table that maps the table: its own descriptor is a word of it.
    let page = page(&space, Flags::READ_WRITE)?;
    let walk = space.tables().walk(ADDRESS)?;
    let Some(leaf) = walk.steps().find(|step| step.level == Level::L3) else {
        return Err(Trouble::Other("the page has no leaf".into()));
    };
    let table = leaf.cell_address.align_down(PAGE_SIZE);
    let clean = page.with_flags(Flags::CLEAN.0).with_address(space.tables().geometry(), table);
    page.set(clean);
    let stored = Stage::One.with_dirty(clean).with(1 << 55);
    let own = ADDRESS.offset(leaf.cell_address.0 - table.0);
    let seen = {
        let _controls = Controls::apply(&space.settings(Management::FULL));
        Probe::new(Stub::Store, own).storing(stored.0).run()
    };
    let after = page.descriptor();
    let what = format!("{after}, {stored} expected: D47 (Arm ARM R_FSZNW)");
    ensure(passes(&seen) && after == stored, what).unwrap_or(Ok(Answer::PASS))
}

fn e04(context: &mut Context<'_>) -> Conclusion {
    let space = context.space()?;
    let page = page(&space, Flags::CLEAN)?;
    let invalid = page.descriptor().without(Descriptor::VALID);
    let _controls = Controls::apply(&space.settings(Management::FULL));
    let first = access(Stub::Load);
    page.set_without_invalidation(invalid);
    let seen = access(Stub::Store);
    let after = page.descriptor();
    let what = format!(
        "load passes: {}, store: {:?}, then {after}: E04 (Arm ARM R_SGJBL)",
        passes(&first),
        status(&seen)
    );
    let translation = status(&seen) == Some(FaultStatus::Translation(Level::L3));
    ensure(passes(&first) && translation && after == invalid, what).unwrap_or(Ok(Answer::PASS))
}

/// E05: a clean entry is cached, and software changes the output: hardware checks it again before it marks.
///
/// That leaves break-before-make out, whose effects R_RTBRL permits: a store to either page, marked or not, or a TLB
/// conflict abort. What is never permitted is a descriptor that software did not write, a store to neither, or another
/// fault.
fn e05(context: &mut Context<'_>) -> Conclusion {
    let rule = "E05 (Arm ARM R_YZSVV, R_WHZWS)";
    const BATCHES: u64 = 8;
    let space = context.space()?;
    let batch = Batch::new(&space, Flags::CLEAN)?;
    // A second page over the frame that the descriptors are moved to.
    let address = ADDRESS.offset(BATCH as u64 * PAGE_SIZE);
    let moved = space.map(address, Level::L3, space.frame()?, Flags::CLEAN.0)?;
    let clean = moved.with_flags(Flags::CLEAN.0);
    let [mut followed, mut permitted, mut forbidden] = [0; 3];
    for _ in 0..BATCHES {
        batch.reset();
        let _controls = Controls::apply(&space.settings(Management::FULL));
        for index in 0..BATCH {
            let words = [batch.word(index), moved.word(index as u64 * 8)];
            words.iter().for_each(|word| word.store(u64::MAX, Relaxed));
            let warm = batch.load(index, None);
            batch.set(index, clean);
            let seen = batch.access(index, Stub::Store, None);
            barriers::sequence_complete_updates();
            let after = batch.descriptor(index);
            let [old, new] = words.map(|word| word.load(Relaxed) == index as u64);
            let conflict = status(&seen) == Some(FaultStatus::TlbConflict);
            let place = match (passes(&warm) && passes(&seen), Stage::One.with_clean(after) == clean) {
                (true, true) if new && !old && after != clean => &mut followed,
                (true, true) if new != old => &mut permitted,
                (false, true) if passes(&warm) && conflict && !new && !old => &mut permitted,
                _ => &mut forbidden,
            };
            *place += 1;
        }
    }
    let seen = [("to the new output, marked", followed), ("otherwise (permitted: R_RTBRL)", permitted)];
    let told = tell(context, &seen, ("anything else", forbidden), rule)?;
    if told == Answer::PASS && followed == 0 {
        return Answer::skip("not observed; R_RTBRL permits what was");
    }
    Ok(told)
}

fn e21(context: &mut Context<'_>) -> Conclusion {
    let space = context.space()?;
    let page = page(&space, Flags::READ_ONLY)?;
    let clean = page.with_flags(Flags::CLEAN.0);
    let _controls = Controls::apply(&space.settings(Management::FULL));
    let first = access(Stub::Store);
    page.set_without_invalidation(clean);
    let seen = access(Stub::Store);
    let after = page.descriptor();
    let refused = status(&seen) == Some(FaultStatus::Permission(Level::L3));
    let wanted = if refused { clean } else { Stage::One.with_dirty(clean) };
    let what = format!("{:?}, then {after}: E21 (Arm ARM R_JVXRH)", status(&seen));
    let right = !passes(&first) && (refused || passes(&seen)) && after == wanted;
    match ensure(right, what) {
        Some(failure) => failure,
        None if refused => Ok(Answer::PASS),
        None => Answer::skip("permitted, and not observed"),
    }
}

fn e26(context: &mut Context<'_>) -> Conclusion {
    let space = context.space()?;
    let page = page(&space, Flags::READ_WRITE.old())?;
    let young = page.descriptor().with(Descriptor::AF);
    let _controls = Controls::apply(&space.settings(Management::NONE));
    let first = access(Stub::Load);
    page.set_without_invalidation(young);
    let seen = access(Stub::Load);
    let what = format!("{:?}, then {:?}: E26 (Arm ARM R_XFXTY)", status(&first), status(&seen));
    let faulted = status(&first) == Some(FaultStatus::AccessFlag(Level::L3));
    ensure(faulted && passes(&seen), what).unwrap_or(Ok(Answer::PASS))
}
