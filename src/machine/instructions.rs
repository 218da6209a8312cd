//! Counting instructions, by event counter 0 of the performance monitors.

use super::registers::MaskedInterrupts;
use core::arch::asm;
use core::fmt;
use core::marker::PhantomData;

/// INST_RETIRED, the event of an instruction that is architecturally executed (Arm ARM D13.12.3).
const INSTRUCTION_RETIRED: u64 = 0x08;
/// PMCR_EL0.E: the counters count.
const CONTROL_ENABLE: u64 = 1;

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

macro_rules! read {
    ($register:literal) => {{
        let value: u64;
        // SAFETY: reading the register has no side effect; those of the monitors are read behind the ID register
        // that has them.
        unsafe { asm!(concat!("mrs {}, ", $register), out(reg) value, options(nostack, preserves_flags)) };
        value
    }};
}

macro_rules! write {
    ($register:literal, $value:expr) => {{
        let value: u64 = $value;
        // SAFETY: the monitors change nothing but their own counters; the ID register has them.
        unsafe { asm!(concat!("msr ", $register, ", {}"), in(reg) value, options(nostack, preserves_flags)) };
    }};
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
        let version = read!("id_aa64dfr0_el1") >> 8 & 0xf;
        // 0xf says that the monitors are not the architecture's (Arm ARM D24.2.59, PMUVer).
        if version == 0 || version == 0xf {
            return Err(Uncountable::Monitors(version));
        }
        if read!("pmcr_el0") >> 11 & 0x1f == 0 {
            return Err(Uncountable::Counter);
        }
        let events = read!("pmceid0_el0");
        if events >> INSTRUCTION_RETIRED & 1 == 0 {
            return Err(Uncountable::Event(events));
        }
        let masked = MaskedInterrupts::new();
        write!("pmevtyper0_el0", INSTRUCTION_RETIRED);
        write!("pmcntenset_el0", 1);
        write!("pmcr_el0", read!("pmcr_el0") | CONTROL_ENABLE);
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
        read!("pmevcntr0_el0")
    }
}

impl Drop for InstructionCounter {
    fn drop(&mut self) {
        write!("pmcntenclr_el0", 1);
        write!("pmcr_el0", read!("pmcr_el0") & !CONTROL_ENABLE);
    }
}
