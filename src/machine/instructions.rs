//! Counting instructions, by event counter 0 of the performance monitors.

use super::registers::MaskedInterrupts;
use super::registers::fields::{
    Counter0, Counter0Event, CountersOff, CountersOn, MonitorsControl, MonitorsEvents, PMCEID0_EL0, PMCNTEN,
    PMCR_EL0, PMEVTYPER0_EL0,
};
use aarch64_cpu::registers::{ID_AA64DFR0_EL1, ReadWriteable, Readable, Writeable};
use core::arch::asm;
use core::fmt;
use core::marker::PhantomData;

/// Why instructions cannot be counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Uncountable {
    /// ID_AA64DFR0_EL1.PMUVer: no performance monitors of the architecture.
    Monitors(u64),
    /// PMCR_EL0.N is 0: the cycle counter alone.
    Counter,
    /// PMCEID0_EL0: INST_RETIRED is none of the events.
    Event(u64),
}

impl fmt::Display for Uncountable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Monitors(version) => write!(formatter, "no performance monitors (PMUVer={version:#x})"),
            Self::Counter => write!(formatter, "the performance monitors have no event counter"),
            Self::Event(events) => {
                write!(formatter, "the performance monitors count no instructions (PMCEID0_EL0={events:#x})")
            }
        }
    }
}

/// A counter of this CPU's instructions at EL1, with interrupts masked, until the value is dropped.
#[derive(Debug)]
pub struct InstructionCounter {
    _masked: MaskedInterrupts,
    /// The registers are this CPU's.
    not_send: PhantomData<*const ()>,
}

impl InstructionCounter {
    /// Starts counter 0 of this CPU.
    ///
    /// # Errors
    ///
    /// [`Uncountable`] where this CPU has no such counter.
    pub fn start() -> Result<Self, Uncountable> {
        let version = ID_AA64DFR0_EL1.read(ID_AA64DFR0_EL1::PMUVer);
        // 0xf says that the monitors are not the architecture's (Arm ARM D24.2.59, PMUVer).
        if version == 0 || version == 0xf {
            return Err(Uncountable::Monitors(version));
        }
        if MonitorsControl.read(PMCR_EL0::N) == 0 {
            return Err(Uncountable::Counter);
        }
        if !MonitorsEvents.is_set(PMCEID0_EL0::INST_RETIRED) {
            return Err(Uncountable::Event(MonitorsEvents.get()));
        }
        let masked = MaskedInterrupts::new();
        Counter0Event.write(PMEVTYPER0_EL0::evtCount::INST_RETIRED);
        CountersOn.write(PMCNTEN::P0::SET);
        MonitorsControl.modify(PMCR_EL0::E::SET);
        Ok(Self { _masked: masked, not_send: PhantomData })
    }

    /// Returns the instructions between the two readings of the counter around a call of `work`: those of the call
    /// among them, so that two counts are to be compared with each other.
    #[inline(never)]
    pub fn count<A, B, C, R>(&self, work: fn(A, B, C) -> R, first: A, second: B, third: C) -> (u64, R) {
        let before = self.read();
        let result = work(first, second, third);
        (self.read().wrapping_sub(before), result)
    }

    /// Reads the counter once all that stands before it has been counted.
    #[inline(always)]
    fn read(&self) -> u64 {
        // SAFETY: an ISB changes no memory and no register.
        unsafe { asm!("isb", options(nostack, preserves_flags)) };
        Counter0.get()
    }
}

impl Drop for InstructionCounter {
    fn drop(&mut self) {
        CountersOff.write(PMCNTEN::P0::SET);
        MonitorsControl.modify(PMCR_EL0::E::CLEAR);
    }
}
