//! One page and one access at a time, step by step, each held against the descriptors that are allowed.

use super::batch::landed;
use super::context::Answer;
use super::{Conclusion, Context, Trouble};
use crate::machine::controls::{Controls, Management};
use crate::machine::layout::PAGE_SIZE;
use crate::memory::case_space::{ADDRESS, CasePage, CaseSpace};
use crate::probe::{Probe, ProbeReport, Stub};
use afdbm::address::VirtualAddress;
use afdbm::descriptor::{Descriptor, Difference, Level};
use cases::states::Flags;

/// What an access stores.
const VALUE: u64 = 0x5a5a;

/// One page of a fresh address space.
pub struct Single {
    /// The address space.
    pub space: CaseSpace,
}

impl Single {
    pub fn new(context: &Context<'_>) -> Result<Self, Trouble> {
        Ok(Self { space: context.space()? })
    }

    pub fn page(&self, index: u64, flags: Flags) -> Result<CasePage<'_>, Trouble> {
        let address = ADDRESS.offset(index * PAGE_SIZE);
        let page = self.space.map(address, Level::L3, self.space.frame()?, flags.0 | Descriptor::VALID)?;
        page.set(page.with_flags(flags.0));
        Ok(page)
    }

    pub fn controls(&self, management: Management) -> Controls {
        Controls::apply(&self.space.settings(management))
    }
}

/// Makes an access that stores [`VALUE`], if it stores.
pub fn access(stub: Stub, address: VirtualAddress) -> ProbeReport {
    Probe::new(stub, address).storing(VALUE).run()
}

/// What is wrong with one step, in words, or nothing.
pub fn expect(
    context: &mut Context<'_>,
    rule: &str,
    step: &str,
    page: &CasePage<'_>,
    seen: ProbeReport,
    expected: &[Descriptor],
) -> Option<Conclusion> {
    let after = page.descriptor();
    if landed(&seen) && expected.contains(&after) {
        return None;
    }
    context.say(format_args!("rule: {rule}"));
    context.say(format_args!("{step}: {} after {} fault(s): {:?}", seen.ending, seen.faults, seen.fault));
    for allowed in expected {
        context.say(format_args!("descriptor allowed: {allowed}"));
    }
    context.say(format_args!("descriptor after: {after}"));
    if let Some(first) = expected.first() {
        context.say(format_args!("differs: {}", Difference { from: *first, to: after }));
    }
    Some(Answer::fail(format_args!("{step}: not what the row allows")))
}
