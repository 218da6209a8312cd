//! Rows of the case table that take more than one step.

use super::{Conclusion, Context, Function, Trouble};
use crate::machine::controls::Management;
use crate::machine::{barriers, caches};
use crate::probe::{FETCHED_CODE, Stub};
use crate::support::batch::{BATCH, Batch, Meeting, wait_until};
use crate::support::context::Answer;
use crate::support::rendezvous::{Member, together};
use crate::support::single::{Single, access, expect};
use crate::support::speculation::not_taken;
use afdbm::descriptor::{Descriptor, Level};
use afdbm::fault::FaultStatus;
use afdbm::stage::Stage;
use cases::states::Flags;
use core::sync::atomic::{
    AtomicU32, AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
};

/// What carries out each case that is a function.
pub const FUNCTIONS: &[(&str, Function)] = &[
    ("a10-both-ranges-update-alike", a10),
    ("b05-never-dirty-while-old", b05),
    ("b34-access-flag-set-by-software", b34),
    ("b35-access-flag-cleared-without-tlbi", b35),
    ("b36-access-flag-cleared-with-tlbi", b36),
    ("d07-store-not-taken-leaves-clean", d07),
    ("e19-cleaned-without-tlbi", e19),
    ("e20-cleaned-with-tlbi", e20),
    ("e22-write-granted-with-tlbi", e22),
];

/// A10: the controls are per regime: both ranges update alike.
fn a10(context: &mut Context<'_>) -> Conclusion {
    let rule = "A10 (pseudocode S1TTWParamsEL10)";
    let single = Single::new(context)?;
    for (index, stub) in [Stub::Load, Stub::Store, Stub::Load, Stub::Store].into_iter().enumerate() {
        let page = single.page(index as u64, Flags::CLEAN.old())?;
        let before = page.descriptor();
        let hung = single.space.hang(page.address)?;
        let upper = index >= 2;
        let address = if upper { hung.twin(page.address) } else { page.address };
        let seen = {
            let _controls = single.controls(Management::FULL);
            access(stub, address)
        };
        let young = before.with(Descriptor::AF);
        let expected = if stub == Stub::Store { Stage::One.with_dirty(young) } else { young };
        let step = if upper { "through TTBR1" } else { "through TTBR0" };
        if let Some(failure) = expect(context, rule, step, &page, seen, &[expected]) {
            return failure;
        }
    }
    Ok(Answer::PASS)
}

/// B05: an observer never sees a dirty descriptor whose AF is 0.
fn b05(context: &mut Context<'_>) -> Conclusion {
    const BATCHES: usize = 16;
    let space = context.space()?;
    let batch = Batch::new(&space, Flags::CLEAN.old())?;
    let meeting = Meeting::new(2);
    let [forbidden, between, polls, missing] = [const { AtomicU32::new(0) }; 4];
    // How many stores of a batch are over, and complete with what they change.
    let reached = AtomicUsize::new(0);
    let observe = || -> Result<(), Trouble> {
        for _ in 0..BATCHES {
            batch.reset();
            reached.store(0, Relaxed);
            meeting.meet()?;
            for index in 0..BATCH {
                wait_until(|| {
                    let over = reached.load(Acquire) > index;
                    let now = batch.descriptor(index);
                    polls.fetch_add(1, Relaxed);
                    forbidden.fetch_add(u32::from(!now.is_young() && !now.is_read_only()), Relaxed);
                    between.fetch_add(u32::from(now.is_young() && now.is_read_only()), Relaxed);
                    missing.fetch_add(u32::from(over && now.is_read_only()), Relaxed);
                    over || !now.is_read_only()
                })?;
            }
            meeting.meet()?;
        }
        Ok(())
    };
    let store = || -> Result<(), Trouble> {
        for _ in 0..BATCHES {
            meeting.meet()?;
            for index in 0..BATCH {
                let _ = batch.store(index);
                barriers::sequence_complete_updates();
                reached.store(index + 1, Release);
            }
            meeting.meet()?;
        }
        Ok(())
    };
    together(&space, &[Member::new(Management::NONE, &observe), Member::new(Management::FULL, &store)])?;
    context.say(format_args!(
        "{} stores, {} polls: {} saw AF=1 and still clean (two updates), {} saw AF=0 and dirty (forbidden)",
        BATCHES * BATCH,
        polls.load(Relaxed),
        between.load(Relaxed),
        forbidden.load(Relaxed),
    ));
    match (forbidden.load(Relaxed), missing.load(Relaxed)) {
        (0, 0) => Ok(Answer::PASS),
        (0, count) => {
            Answer::fail(format_args!("{count} stores leave the page clean: D01 (Arm ARM R_RNMLQ)"))
        }
        (count, _) => Answer::fail(format_args!("dirty with AF=0, {count} times: B05 (Arm ARM R_DSHLJ)")),
    }
}

/// B34: HA=0: once software has set AF, with a DSB, the access passes without a TLBI.
fn b34(context: &mut Context<'_>) -> Conclusion {
    let rule = "B34 (Arm ARM R_KQMYT, R_HQBRF, R_WZCBG)";
    let single = Single::new(context)?;
    let kinds = [
        (Stub::Load, Flags::READ_WRITE.old()),
        (Stub::Store, Flags::READ_WRITE.old()),
        (Stub::Fetch, Flags::READ_ONLY.executable().old()),
    ];
    for (index, (stub, flags)) in kinds.into_iter().enumerate() {
        let page = single.page(index as u64, flags)?;
        page.word(0).store(FETCHED_CODE, Relaxed);
        caches::publish_code(page.word(0));
        let young = page.descriptor().with(Descriptor::AF);
        let _controls = single.controls(Management::NONE);
        let first = access(stub, page.address);
        let status = first.fault.map(|fault| fault.syndrome.status());
        if status != Some(FaultStatus::AccessFlag(Level::L3)) {
            return Answer::fail(format_args!(
                "{stub}: an Access flag fault expected, got {status:?}; {rule}"
            ));
        }
        page.set_without_invalidation(young);
        let seen = access(stub, page.address);
        if let Some(failure) = expect(context, rule, "the retry", &page, seen, &[young]) {
            return failure;
        }
    }
    Ok(Answer::PASS)
}

/// B35: AF cleared without a TLBI: the load works, AF either.
fn b35(context: &mut Context<'_>) -> Conclusion {
    let rule = "B35 (Arm ARM R_GPPYH)";
    let single = Single::new(context)?;
    let page = single.page(0, Flags::READ_WRITE)?;
    let young = page.descriptor();
    let _controls = single.controls(Management::ACCESS_FLAG);
    let warm = access(Stub::Load, page.address);
    if let Some(failure) = expect(context, rule, "the first load", &page, warm, &[young]) {
        return failure;
    }
    page.set_without_invalidation(young.without(Descriptor::AF));
    let seen = access(Stub::Load, page.address);
    let both = [young, young.without(Descriptor::AF)];
    if let Some(failure) = expect(context, rule, "the second load", &page, seen, &both) {
        return failure;
    }
    let kept = if page.descriptor() == young { "AF set: walked again" } else { "AF left 0: a TLB hit" };
    context.say(format_args!("permitted and seen: {kept}"));
    Ok(Answer::PASS)
}

/// B36: AF cleared with a TLBI: the load sets it again.
fn b36(context: &mut Context<'_>) -> Conclusion {
    let rule = "B36 (Arm ARM R_LXHLD, R_HDTRB)";
    let single = Single::new(context)?;
    let page = single.page(0, Flags::READ_WRITE)?;
    let young = page.descriptor();
    let _controls = single.controls(Management::ACCESS_FLAG);
    for (step, clear) in [("the first load", false), ("the load after the TLBI", true)] {
        if clear {
            page.set(young.without(Descriptor::AF));
        }
        let seen = access(Stub::Load, page.address);
        if let Some(failure) = expect(context, rule, step, &page, seen, &[young]) {
            return failure;
        }
    }
    Ok(Answer::PASS)
}

/// E19: a page made clean without a TLBI: a store passes, dirty either.
fn e19(context: &mut Context<'_>) -> Conclusion {
    cleaned(context, "E19 (Arm ARM R_GPPYH)", false)
}

/// E20: a page made clean with a TLBI: a store makes it dirty again.
fn e20(context: &mut Context<'_>) -> Conclusion {
    cleaned(context, "E20 (Arm ARM R_LXHLD, R_RNMLQ, R_WHZWS)", true)
}

fn cleaned(context: &mut Context<'_>, rule: &str, invalidate: bool) -> Conclusion {
    let single = Single::new(context)?;
    let page = single.page(0, Flags::CLEAN)?;
    let clean = page.descriptor();
    let dirty = Stage::One.with_dirty(clean);
    let _controls = single.controls(Management::FULL);
    let first = access(Stub::Store, page.address);
    if let Some(failure) = expect(context, rule, "the first store", &page, first, &[dirty]) {
        return failure;
    }
    let both = [dirty, clean];
    let allowed = if invalidate {
        page.set(clean);
        &both[..1]
    } else {
        page.set_without_invalidation(clean);
        &both[..]
    };
    let seen = access(Stub::Store, page.address);
    if let Some(failure) = expect(context, rule, "the store after cleaning", &page, seen, allowed) {
        return failure;
    }
    if !invalidate {
        let kept =
            if page.descriptor() == clean { "clean: a stale, dirty hit" } else { "dirty: walked again" };
        context.say(format_args!("permitted and seen: {kept}"));
    }
    Ok(Answer::PASS)
}

/// E22: write granted with a TLBI: a store passes, to a clean page and to a writable one.
fn e22(context: &mut Context<'_>) -> Conclusion {
    let rule = "E22 (Arm ARM R_LXHLD)";
    let single = Single::new(context)?;
    for (index, granted) in [Flags::CLEAN, Flags::READ_WRITE].into_iter().enumerate() {
        let page = single.page(index as u64, Flags::READ_ONLY)?;
        let _controls = single.controls(Management::FULL);
        let first = access(Stub::Store, page.address);
        let status = first.fault.map(|fault| fault.syndrome.status());
        if status != Some(FaultStatus::Permission(Level::L3)) {
            return Answer::fail(format_args!("a Permission fault expected before, got {status:?}; {rule}"));
        }
        page.set(page.with_flags(granted.0));
        let writable = Stage::One.with_dirty(page.with_flags(granted.0));
        let seen = access(Stub::Store, page.address);
        if let Some(failure) = expect(context, rule, "the store after the grant", &page, seen, &[writable]) {
            return failure;
        }
    }
    Ok(Answer::PASS)
}

/// D07: a store that is only speculated never makes a page dirty.
fn d07(context: &mut Context<'_>) -> Conclusion {
    let flags = [Flags::DIRTY, Flags::CLEAN];
    not_taken(
        context,
        "D07 (Arm ARM R_DYCFD)",
        Stub::StoreIfNonZero,
        flags,
        Stage::One.dirty_bit().mask(),
        false,
    )
}
