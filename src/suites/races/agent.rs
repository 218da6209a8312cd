//! CPU 1 as an agent that CPU 0 tells what to access, with whatever its TLB holds.

use crate::machine::controls::Management;
use crate::machine::lock::Lock;
use crate::memory::case_space::CaseSpace;
use crate::probe::{Ending, FaultHandler, Stub};
use crate::suites::Trouble;
use crate::support::batch::Batch;
use crate::support::rendezvous::{Handover, Member, together};

/// What CPU 1 is asked: an access to a page, and what it answers.
const STORE: u64 = 1 << 32;
const PASSED: u64 = 1 << 32;

/// CPU 1, which accesses pages with what its TLB holds.
pub struct Agent<'a> {
    handover: &'a Handover,
}

impl Agent<'_> {
    /// Has CPU 1 load; returns whether it passed.
    ///
    /// # Errors
    ///
    /// [`Trouble::TimedOut`].
    pub fn load(&self, page: usize) -> Result<bool, Trouble> {
        Ok(self.handover.ask(page as u64)? & PASSED != 0)
    }

    /// Has CPU 1 store; returns whether it passed, and after how many faults.
    ///
    /// # Errors
    ///
    /// [`Trouble::TimedOut`].
    pub fn store(&self, page: usize) -> Result<(bool, u32), Trouble> {
        let answer = self.handover.ask(page as u64 | STORE)?;
        // The faults stand in the lower half.
        let [a, b, c, d, ..] = answer.to_le_bytes();
        Ok((answer & PASSED != 0, u32::from_le_bytes([a, b, c, d])))
    }
}

/// Runs a script on CPU 0 with CPU 1 as its agent, whose faults `handler` resolves.
///
/// # Errors
///
/// Trouble of the script, or of the machine.
pub fn with_agent<R: Send>(
    space: &CaseSpace,
    batch: &Batch<'_>,
    management: Management,
    handler: Option<&dyn FaultHandler>,
    script: impl Fn(&Agent<'_>) -> Result<R, Trouble> + Sync,
) -> Result<R, Trouble> {
    let handover = Handover::new();
    let result = Lock::new(None);
    let software = || {
        let value = script(&Agent { handover: &handover });
        handover.close();
        *result.lock() = Some(value?);
        Ok(())
    };
    let serve = || {
        handover.serve(|question| {
            let stub = if question & STORE == 0 { Stub::Load } else { Stub::Store };
            let seen = batch.access((question % STORE) as usize, stub, handler);
            u64::from(seen.faults) | if seen.ending == Ending::Returned { PASSED } else { 0 }
        })
    };
    together(
        space,
        &[Member { management: Management::NONE, work: &software }, Member { management, work: &serve }],
    )?;
    let value = result.lock().take();
    value.ok_or(Trouble::TimedOut)
}
