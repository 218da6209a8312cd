//! Rows F02 and F04: a contiguous group whose members differ.

use super::{Conclusion, Context};
use crate::machine::barriers;
use crate::machine::controls::{Controls, Management};
use crate::machine::layout::CONTIGUOUS_ENTRIES;
use crate::memory::case_space::CasePage;
use crate::probe::{Probe, Stub};
use crate::support::batch::landed;
use crate::support::context::{Answer, needs};
use crate::support::flags::Flags;
use crate::support::group::map_group;
use afdbm::descriptor::Descriptor;
use afdbm::stage::Stage;
use alloc::vec::Vec;

/// Accesses the last member of a group whose first member alone has its flags; the rest may change in `free` alone.
fn member(
    context: &mut Context<'_>,
    stub: Stub,
    start: Flags,
    first: Flags,
    free: u64,
    rule: &str,
) -> Conclusion {
    needs!(context, 2);
    let space = context.space()?;
    let group = map_group(&space, start)?;
    let before: Vec<Descriptor> = group.iter().map(CasePage::descriptor).collect();
    let (head, last) = (&group[0], &group[CONTIGUOUS_ENTRIES - 1]);
    let head_before = head.with_flags(first.0 | Descriptor::CONTIGUOUS);
    head.set(head_before);
    let seen = {
        let _controls = Controls::apply(&space.settings(Management::FULL));
        Probe::new(stub, last.address).storing(1).run()
    };
    barriers::sequence_complete_updates();
    let changed = group.iter().zip(&before).skip(1).filter(|(page, old)| page.descriptor() != **old).count();
    let itself = last.descriptor() != before[CONTIGUOUS_ENTRIES - 1];
    context.say(format_args!("the accessed member changed: {itself}; {changed} of the others and it"));
    let stray = |(page, old): (&CasePage<'_>, &Descriptor)| (page.descriptor().0 ^ old.0) & !free != 0;
    if !landed(&seen) {
        return Answer::fail(format_args!("{} fault(s): {rule}", seen.faults));
    }
    if head.descriptor() != head_before || group.iter().zip(&before).skip(1).any(stray) {
        return Answer::fail(format_args!("bits other than {free:#x} changed in the group: {rule}"));
    }
    Ok(Answer::PASS)
}

/// F02: a load of an old member of a group that has a young one takes no fault; AF either.
pub fn f02(context: &mut Context<'_>) -> Conclusion {
    let (start, first) = (Flags::READ_WRITE.old(), Flags::READ_WRITE);
    member(context, Stub::Load, start, first, Descriptor::AF, "F02 (Arm ARM R_GPHKF)")
}

/// F04: a store to a clean member of a group that has a dirty one takes no fault; dirty either.
pub fn f04(context: &mut Context<'_>) -> Conclusion {
    let (start, first) = (Flags::CLEAN, Flags::DIRTY);
    member(context, Stub::Store, start, first, Stage::One.dirty_bit().mask(), "F04 (Arm ARM R_JKCXG)")
}
