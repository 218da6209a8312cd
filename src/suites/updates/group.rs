//! Rows F02, F04 and F08: a contiguous group whose members differ, and one that is taken for single pages.

use super::{Conclusion, Context, Trouble};
use crate::machine::controls::{Controls, Management};
use crate::machine::layout::CONTIGUOUS_ENTRIES;
use crate::memory::case_space::CasePage;
use crate::probe::{Probe, ProbeReport, Stub};
use crate::support::batch::landed;
use crate::support::context::Answer;
use crate::support::group::map_group;
use afdbm::descriptor::Descriptor;
use afdbm::stage::Stage;
use alloc::vec::Vec;
use cases::states::Flags;

/// An old group with a young member, and a clean one with a dirty member: the flags of all, and those of the first.
const ONE_YOUNG: (Flags, Flags) = (Flags::READ_WRITE.old(), Flags::READ_WRITE);
const ONE_DIRTY: (Flags, Flags) = (Flags::CLEAN, Flags::DIRTY);

/// A group around one access to one of its members.
struct Accessed {
    seen: ProbeReport,
    before: Vec<Descriptor>,
    after: Vec<Descriptor>,
}

/// Accesses member `target` of a group whose first member alone has the flags `first`.
fn access(
    context: &Context<'_>,
    stub: Stub,
    (start, first): (Flags, Flags),
    target: usize,
) -> Result<Accessed, Trouble> {
    let space = context.space()?;
    let group = map_group(&space, start)?;
    group[0].set(group[0].with_flags(first.0 | Descriptor::CONTIGUOUS));
    let read = || group.iter().map(CasePage::descriptor).collect();
    let before = read();
    let seen = {
        let _controls = Controls::apply(&space.settings(Management::FULL));
        Probe::new(stub, group[target].address).storing(1).run()
    };
    Ok(Accessed { seen, before, after: read() })
}

impl Accessed {
    /// The members that changed.
    fn changed(&self) -> impl Iterator<Item = usize> + '_ {
        (0..CONTIGUOUS_ENTRIES).filter(|member| self.before[*member] != self.after[*member])
    }

    /// Says why the access is wrong whatever an implementation makes of the group: it faults, or changes a bit that is
    /// not of `free`, or the first member, which has its flags already.
    fn wrong(&self, free: u64, rule: &str) -> Option<Conclusion> {
        if !landed(&self.seen) {
            return Some(Answer::fail(format_args!("{} fault(s): {rule}", self.seen.faults)));
        }
        let pairs = self.before.iter().zip(&self.after);
        let strays = pairs.filter(|(before, after)| (before.0 ^ after.0) & !free != 0).count();
        (strays > 0)
            .then(|| Answer::fail(format_args!("bits other than {free:#x} changed in {strays}: {rule}")))
    }
}

/// Accesses the last member of a group whose first member alone has its flags; the rest may change in `free` alone.
fn member(context: &mut Context<'_>, stub: Stub, flags: (Flags, Flags), free: u64, rule: &str) -> Conclusion {
    let last = CONTIGUOUS_ENTRIES - 1;
    let accessed = access(context, stub, flags, last)?;
    let (itself, others) = (accessed.changed().any(|member| member == last), accessed.changed().count());
    context.say(format_args!("the accessed member changed: {itself}; {others} of the others and it"));
    if accessed.before[0] != accessed.after[0] {
        return Answer::fail(format_args!("the first member changed: {rule}"));
    }
    accessed.wrong(free, rule).unwrap_or(Ok(Answer::PASS))
}

/// F02: a load of an old member of a group that has a young one takes no fault; AF either.
pub fn f02(context: &mut Context<'_>) -> Conclusion {
    member(context, Stub::Load, ONE_YOUNG, Descriptor::AF, "F02 (Arm ARM R_GPHKF)")
}

/// F04: a store to a clean member of a group that has a dirty one takes no fault; dirty either.
pub fn f04(context: &mut Context<'_>) -> Conclusion {
    member(context, Stub::Store, ONE_DIRTY, Stage::One.dirty_bit().mask(), "F04 (Arm ARM R_JKCXG)")
}

/// F08: an implementation may take Contiguous for 0. Then every access of F01 to F04 updates the accessed entry as if it
/// stood alone, and no other; one update elsewhere, or none, shows an implementation that does not.
pub fn f08(context: &mut Context<'_>) -> Conclusion {
    let rule = "F08 (pseudocode ContiguousBit)";
    let rows = [
        (Stub::Load, (Flags::READ_WRITE.old(), Flags::READ_WRITE.old())),
        (Stub::Load, ONE_YOUNG),
        (Stub::Store, (Flags::CLEAN, Flags::CLEAN)),
        (Stub::Store, ONE_DIRTY),
    ];
    let (mut singly, mut otherwise) = (0, 0);
    for (stub, flags) in rows {
        for target in 1..CONTIGUOUS_ENTRIES {
            let accessed = access(context, stub, flags, target)?;
            let free = if stub == Stub::Store { Stage::One.dirty_bit().mask() } else { Descriptor::AF };
            if let Some(failure) = accessed.wrong(free, rule) {
                return failure;
            }
            let count = if accessed.changed().eq([target]) { &mut singly } else { &mut otherwise };
            *count += 1;
        }
    }
    context.say(format_args!("histogram: {singly} changed the accessed entry alone, {otherwise} otherwise"));
    if otherwise > 0 {
        return Answer::skip("not observed: this implementation makes use of the Contiguous bit");
    }
    Ok(Answer::PASS)
}
