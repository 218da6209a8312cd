//! Registers of 32 bits, by their offsets.

/// The registers of a device.
pub trait Words {
    /// Reads the register at this offset.
    fn read(&mut self, offset: usize) -> u32;
    /// Writes the register at this offset.
    fn write(&mut self, offset: usize, value: u32);
}

/// Registers that are none, for tests.
#[cfg(test)]
pub(crate) mod fake {
    use super::Words;
    extern crate std;
    use std::{collections::BTreeMap, vec::Vec};

    /// A block of registers that keeps what was written.
    #[derive(Debug, Default)]
    pub(crate) struct Block {
        values: BTreeMap<usize, u32>,
        pub(crate) written: Vec<(usize, u32)>,
    }

    impl Block {
        /// Makes a block of these registers, and no other.
        pub(crate) fn with(values: &[(usize, u32)]) -> Self {
            Self { values: values.iter().copied().collect(), written: Vec::new() }
        }
    }

    impl Words for &mut Block {
        fn read(&mut self, offset: usize) -> u32 {
            *self.values.get(&offset).unwrap_or_else(|| panic!("no register at {offset:#x} is read"))
        }

        fn write(&mut self, offset: usize, value: u32) {
            self.written.push((offset, value));
            if let Some(register) = self.values.get_mut(&offset) {
                *register = value;
            }
        }
    }
}
