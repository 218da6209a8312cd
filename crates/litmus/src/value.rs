//! Values of registers and memory, without the addresses of any instance.

/// A descriptor of a level 3 page as herd writes it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Descriptor {
    /// The variable whose frame is the output address; `None` for another address.
    pub output: Option<u8>,
    /// `valid`: bit 0.
    pub valid: bool,
    /// `af`: the Access flag.
    pub access_flag: bool,
    /// `db`: writable, which is AP\[2\] inverted.
    pub writable: bool,
    /// `dbm`: the Dirty Bit Modifier.
    pub modifier: bool,
    /// `el0`: AP\[1\].
    pub user: bool,
    /// Bits that differ from those of every descriptor of a test, all fields above left out.
    pub other: u64,
}

impl Descriptor {
    /// A descriptor with every field left out but the output address.
    #[must_use]
    pub const fn of(variable: u8) -> Self {
        Self {
            output: Some(variable),
            valid: true,
            access_flag: true,
            writable: true,
            modifier: false,
            user: true,
            other: 0,
        }
    }
}

/// A value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Value {
    /// A number.
    Number(u64),
    /// An address within a variable's page: the variable, and how far in.
    Address(u8, u16),
    /// The address of a variable's descriptor.
    DescriptorAddress(u8),
    /// A descriptor.
    Descriptor(Descriptor),
    /// The address of a label: the thread, and the label's place in its list.
    Label(u8, u8),
}
