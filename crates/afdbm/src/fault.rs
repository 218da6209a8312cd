//! Syndrome decoding: what an abort says of itself (Arm ARM D24.2.45, ESR_ELx).

use crate::address::VirtualAddress;
use crate::geometry::Level;
use core::fmt;

/// The value of ESR_ELx after an exception, of whichever Exception level took it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
#[repr(transparent)]
pub struct Syndrome(pub u64);

/// The exception class, ESR_ELx.EC, as far as this project tells classes apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExceptionClass {
    /// 0x00: UNDEFINED, or a trap without a class of its own.
    Unknown,
    /// 0x15: SVC from AArch64.
    SupervisorCall,
    /// 0x18: a trapped system instruction or register access.
    SystemInstruction,
    /// 0x20: Instruction Abort from a lower Exception level.
    InstructionAbortLower,
    /// 0x21: Instruction Abort without a change of Exception level.
    InstructionAbortSame,
    /// 0x22: misaligned PC.
    PcAlignment,
    /// 0x24: Data Abort from a lower Exception level.
    DataAbortLower,
    /// 0x25: Data Abort without a change of Exception level.
    DataAbortSame,
    /// 0x26: misaligned SP.
    SpAlignment,
    /// 0x3c: BRK.
    Breakpoint,
    /// Any other class, by its number.
    Other(u8),
}

/// The fault status of an abort: DFSC or IFSC, six bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultStatus {
    /// 0b0000LL, at level -1 0b101001: an address beyond the implemented size.
    AddressSize(Level),
    /// 0b0001LL, at level -1 0b101011: no valid descriptor.
    Translation(Level),
    /// 0b0010LL: the Access flag is 0 and hardware does not manage it.
    AccessFlag(Level),
    /// 0b0011LL: the permissions forbid the access.
    Permission(Level),
    /// 0b010000: synchronous External abort, not on a walk.
    External,
    /// 0b0101LL, at level -1 0b010011: synchronous External abort on a walk.
    ExternalOnWalk(Level),
    /// 0b010001: synchronous Tag Check Fault.
    TagCheck,
    /// 0b100001: Alignment fault.
    Alignment,
    /// 0b110000: TLB conflict.
    TlbConflict,
    /// 0b110001: the memory does not support an atomic hardware update.
    UnsupportedAtomicUpdate,
    /// Any other status, by its number.
    Other(u8),
}

/// An abort: syndrome and fault address.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// ESR_ELx.
    pub syndrome: Syndrome,
    /// FAR_ELx.
    pub address: VirtualAddress,
}

impl Syndrome {
    /// Returns the exception class.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "six bits are left")]
    pub const fn class(self) -> ExceptionClass {
        match (self.0 >> 26 & 0x3f) as u8 {
            0x00 => ExceptionClass::Unknown,
            0x15 => ExceptionClass::SupervisorCall,
            0x18 => ExceptionClass::SystemInstruction,
            0x20 => ExceptionClass::InstructionAbortLower,
            0x21 => ExceptionClass::InstructionAbortSame,
            0x22 => ExceptionClass::PcAlignment,
            0x24 => ExceptionClass::DataAbortLower,
            0x25 => ExceptionClass::DataAbortSame,
            0x26 => ExceptionClass::SpAlignment,
            0x3c => ExceptionClass::Breakpoint,
            other => ExceptionClass::Other(other),
        }
    }

    /// Returns the fault status; meaningful for Instruction and Data Aborts.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "six bits are left")]
    pub const fn status(self) -> FaultStatus {
        FaultStatus::from_code((self.0 & 0x3f) as u8)
    }

    /// Tells whether the abort is an Instruction Abort, of either Exception level.
    #[must_use]
    pub const fn is_instruction_abort(self) -> bool {
        matches!(self.class(), ExceptionClass::InstructionAbortLower | ExceptionClass::InstructionAbortSame)
    }

    /// Tells whether the abort is a Data Abort, of either Exception level.
    #[must_use]
    pub const fn is_data_abort(self) -> bool {
        matches!(self.class(), ExceptionClass::DataAbortLower | ExceptionClass::DataAbortSame)
    }

    /// Tells whether the exception came from a lower Exception level: EL0, if EL1 took it.
    #[must_use]
    pub const fn is_from_lower(self) -> bool {
        matches!(self.class(), ExceptionClass::InstructionAbortLower | ExceptionClass::DataAbortLower)
    }

    /// Returns IL, bit 25: a 32-bit instruction.
    #[must_use]
    pub const fn instruction_length(self) -> bool {
        self.0 >> 25 & 1 != 0
    }

    /// Returns FnV, bit 10: FAR_ELx is not valid.
    #[must_use]
    pub const fn address_not_valid(self) -> bool {
        self.0 >> 10 & 1 != 0
    }

    /// Returns CM, bit 8: a cache maintenance or address translation instruction (Data Aborts).
    #[must_use]
    pub const fn cache_maintenance(self) -> bool {
        self.is_data_abort() && self.0 >> 8 & 1 != 0
    }

    /// Returns S1PTW, bit 7: a stage 2 fault on a stage 1 walk.
    #[must_use]
    pub const fn on_stage_1_walk(self) -> bool {
        self.0 >> 7 & 1 != 0
    }

    /// Returns WnR, bit 6: the abort is a write's (Data Aborts; for an atomic 0 where a read would have
    /// given the same fault).
    #[must_use]
    pub const fn write(self) -> bool {
        self.is_data_abort() && self.0 >> 6 & 1 != 0
    }
}

impl FaultStatus {
    /// Decodes a six-bit DFSC or IFSC; higher bits are ignored.
    #[must_use]
    pub const fn from_code(code: u8) -> Self {
        /// A table, since every fault of the product is decoded.
        const STATUSES: [FaultStatus; 64] = {
            let mut statuses = [FaultStatus::External; 64];
            let mut code = 0;
            while code < 64 {
                statuses[code as usize] = FaultStatus::decode(code);
                code += 1;
            }
            statuses
        };
        STATUSES[(code & 0x3f) as usize]
    }

    const fn decode(code: u8) -> Self {
        let level = match code & 0b11 {
            0 => Level::L0,
            1 => Level::L1,
            2 => Level::L2,
            _ => Level::L3,
        };
        match code {
            0x00..=0x03 => Self::AddressSize(level),
            0x04..=0x07 => Self::Translation(level),
            0x08..=0x0b => Self::AccessFlag(level),
            0x0c..=0x0f => Self::Permission(level),
            0x10 => Self::External,
            0x11 => Self::TagCheck,
            0x13 => Self::ExternalOnWalk(Level::Minus1),
            0x14..=0x17 => Self::ExternalOnWalk(level),
            0x21 => Self::Alignment,
            0x29 => Self::AddressSize(Level::Minus1),
            0x2b => Self::Translation(Level::Minus1),
            0x30 => Self::TlbConflict,
            0x31 => Self::UnsupportedAtomicUpdate,
            other => Self::Other(other),
        }
    }

    /// Returns the six-bit code.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::AddressSize(level) => Self::at_level(0x00, 0x29, level),
            Self::Translation(level) => Self::at_level(0x04, 0x2b, level),
            // Level -1 has no leaf, and these no code for it: that of level 0 stands for it.
            Self::AccessFlag(level) => Self::at_level(0x08, 0x08, level),
            Self::Permission(level) => Self::at_level(0x0c, 0x0c, level),
            Self::External => 0x10,
            Self::TagCheck => 0x11,
            Self::ExternalOnWalk(level) => Self::at_level(0x14, 0x13, level),
            Self::Alignment => 0x21,
            Self::TlbConflict => 0x30,
            Self::UnsupportedAtomicUpdate => 0x31,
            Self::Other(code) => code,
        }
    }

    /// Returns the code of a status that names a level: `first` is that of level 0.
    const fn at_level(first: u8, at_minus_1: u8, level: Level) -> u8 {
        match level {
            Level::Minus1 => at_minus_1,
            _ => first + level.number().unsigned_abs(),
        }
    }

    /// Returns the lookup level that the status names, if it names one.
    #[must_use]
    pub const fn level(self) -> Option<Level> {
        match self {
            Self::AddressSize(level)
            | Self::Translation(level)
            | Self::AccessFlag(level)
            | Self::Permission(level)
            | Self::ExternalOnWalk(level) => Some(level),
            _ => None,
        }
    }
}

impl fmt::Debug for FaultStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Display for FaultStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AddressSize(level) => write!(formatter, "Address size fault, level {level}"),
            Self::Translation(level) => write!(formatter, "Translation fault, level {level}"),
            Self::AccessFlag(level) => write!(formatter, "Access flag fault, level {level}"),
            Self::Permission(level) => write!(formatter, "Permission fault, level {level}"),
            Self::External => write!(formatter, "synchronous External abort"),
            Self::ExternalOnWalk(level) => write!(formatter, "External abort on walk, level {level}"),
            Self::TagCheck => write!(formatter, "Tag Check Fault"),
            Self::Alignment => write!(formatter, "Alignment fault"),
            Self::TlbConflict => write!(formatter, "TLB conflict"),
            Self::UnsupportedAtomicUpdate => write!(formatter, "unsupported atomic hardware update"),
            Self::Other(code) => write!(formatter, "fault status {code:#04x}"),
        }
    }
}

impl fmt::Debug for Syndrome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// Shows an abort as `0x000000009600004f Data Abort at the same EL: Permission fault, level 3, write`.
impl fmt::Display for Syndrome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:#018x} ", self.0)?;
        match self.class() {
            ExceptionClass::Unknown => write!(formatter, "unknown reason (UNDEFINED)"),
            ExceptionClass::SupervisorCall => write!(formatter, "SVC {:#x}", self.0 & 0xffff),
            ExceptionClass::SystemInstruction => write!(formatter, "trapped system instruction"),
            ExceptionClass::InstructionAbortLower => write!(formatter, "Instruction Abort from a lower EL"),
            ExceptionClass::InstructionAbortSame => write!(formatter, "Instruction Abort at the same EL"),
            ExceptionClass::PcAlignment => write!(formatter, "PC alignment fault"),
            ExceptionClass::DataAbortLower => write!(formatter, "Data Abort from a lower EL"),
            ExceptionClass::DataAbortSame => write!(formatter, "Data Abort at the same EL"),
            ExceptionClass::SpAlignment => write!(formatter, "SP alignment fault"),
            ExceptionClass::Breakpoint => write!(formatter, "BRK {:#x}", self.0 & 0xffff),
            ExceptionClass::Other(class) => write!(formatter, "exception class {class:#04x}"),
        }?;
        if self.is_instruction_abort() || self.is_data_abort() {
            write!(formatter, ": {}", self.status())?;
        }
        if self.is_data_abort() {
            write!(formatter, ", {}", if self.write() { "write" } else { "read" })?;
        }
        if self.cache_maintenance() {
            write!(formatter, ", cache maintenance")?;
        }
        if (self.is_instruction_abort() || self.is_data_abort()) && self.on_stage_1_walk() {
            write!(formatter, ", on a stage 1 walk")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} at {}", self.syndrome, self.address)
    }
}

#[cfg(test)]
mod tests {
    use super::{ExceptionClass, FaultStatus, Syndrome};
    use crate::geometry::Level;
    extern crate std;
    use std::string::ToString;

    #[test]
    fn every_status_code_survives_a_round_trip() {
        for code in 0..64 {
            assert_eq!(FaultStatus::from_code(code).code(), code);
        }
    }

    #[test]
    fn decodes_a_write_permission_fault() {
        let syndrome = Syndrome(0x25 << 26 | 1 << 25 | 1 << 6 | 0x0f);
        assert_eq!(syndrome.class(), ExceptionClass::DataAbortSame);
        assert_eq!(syndrome.status(), FaultStatus::Permission(Level::L3));
        assert!(syndrome.write() && syndrome.instruction_length() && !syndrome.cache_maintenance());
        assert_eq!(
            syndrome.to_string(),
            "0x000000009600004f Data Abort at the same EL: Permission fault, level 3, write"
        );
    }

    #[test]
    fn an_instruction_abort_is_no_write() {
        let syndrome = Syndrome(0x20 << 26 | 1 << 25 | 1 << 6 | 0x0b);
        assert!(!syndrome.write() && syndrome.is_from_lower());
        assert_eq!(syndrome.status(), FaultStatus::AccessFlag(Level::L3));
    }
}
