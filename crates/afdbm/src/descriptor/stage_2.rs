//! Attributes of leaf descriptors of stage 2 as a type.

use super::Descriptor;
use crate::stage::Stage;

/// The permissions and the memory type of a Block or Page descriptor of stage 2, with direct permissions and without FWB
/// (Arm ARM D8.4.2.2, D8.6.6).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stage2Attributes {
    /// S2AP\[0\]: reads are permitted.
    pub readable: bool,
    /// S2AP\[1\]: writes are permitted.
    pub writable: bool,
    /// XN\[1:0\] lets EL1 execute (FEAT_XNX).
    pub privileged_executable: bool,
    /// XN\[1:0\] lets EL0 execute (FEAT_XNX).
    pub user_executable: bool,
    /// MemAttr\[3:2\] is 0b00: Device memory.
    pub is_device: bool,
}

impl Stage2Attributes {
    /// Bits 5:4, MemAttr\[3:2\].
    const MEMORY: u64 = 0b11 << 4;

    /// XN\[1:0\], bits 54:53.
    pub const EXECUTE_NEVER: u64 = Descriptor::UXN | Descriptor::PXN;

    /// Returns XN\[1:0\] in its place. Without FEAT_XNX either both execute or none does.
    #[inline]
    #[must_use]
    pub const fn execution(privileged: bool, user: bool) -> u64 {
        match (privileged, user) {
            (true, true) => 0,
            (false, true) => Descriptor::PXN,
            (false, false) => Descriptor::UXN,
            (true, false) => Self::EXECUTE_NEVER,
        }
    }

    /// Reads the attributes of a Block or Page descriptor.
    #[must_use]
    pub const fn from_descriptor(descriptor: Descriptor) -> Self {
        // XN[1:0], bits 54:53: 0b00 both execute, 0b01 EL0 alone, 0b10 nobody, 0b11 EL1 alone.
        let (high, low) = (descriptor.has(Descriptor::UXN), descriptor.has(Descriptor::PXN));
        Self {
            readable: descriptor.has(Descriptor::S2AP0),
            writable: !Stage::Two.is_read_only(descriptor),
            privileged_executable: high == low,
            user_executable: !high,
            is_device: descriptor.0 & Self::MEMORY == 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Descriptor, Stage2Attributes};

    #[test]
    fn execution_is_told_for_each_exception_level() {
        let executable = [0, 1, 2, 3].map(|field| {
            let attributes = Stage2Attributes::from_descriptor(Descriptor(field << 53));
            (attributes.privileged_executable, attributes.user_executable)
        });
        assert_eq!(executable, [(true, true), (false, true), (false, false), (true, false)]);
    }

    #[test]
    fn execution_is_written_as_it_is_read() {
        for field in 0..4 {
            let field = field << 53;
            let read = Stage2Attributes::from_descriptor(Descriptor(field));
            assert_eq!(Stage2Attributes::execution(read.privileged_executable, read.user_executable), field);
        }
    }

    #[test]
    fn access_permissions_are_a_bit_each() {
        let access = [0, 1, 2, 3].map(|field| {
            let attributes = Stage2Attributes::from_descriptor(Descriptor(field << 6));
            (attributes.readable, attributes.writable)
        });
        assert_eq!(access, [(false, false), (true, false), (false, true), (true, true)]);
        assert!(Stage2Attributes::from_descriptor(Descriptor(0b0011 << 2)).is_device);
        assert!(!Stage2Attributes::from_descriptor(Descriptor(0b1111 << 2)).is_device);
    }
}
