//! Attributes of leaf and Table descriptors as types.

use super::Descriptor;
use crate::stage::Stage;

/// Where a leaf of stage 1 may be accessed from, and how: AP\[2:1\] (Arm ARM D8.4.1.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AccessPermission {
    /// AP 0b00: EL1 reads and writes, EL0 has no access.
    PrivilegedReadWrite,
    /// AP 0b01: EL1 and EL0 read and write.
    ReadWrite,
    /// AP 0b10: EL1 reads, EL0 has no access.
    PrivilegedReadOnly,
    /// AP 0b11: EL1 and EL0 read.
    ReadOnly,
}

impl AccessPermission {
    /// Tells whether AP\[2\] is 1.
    #[must_use]
    pub const fn is_read_only(self) -> bool {
        matches!(self, Self::PrivilegedReadOnly | Self::ReadOnly)
    }

    /// Tells whether AP\[1\] is 1: the page is EL0's too.
    #[must_use]
    pub const fn is_user(self) -> bool {
        matches!(self, Self::ReadWrite | Self::ReadOnly)
    }

    const fn bits(self) -> u64 {
        match self {
            Self::PrivilegedReadWrite => Stage::One.dirty_bit().dirty(),
            Self::ReadWrite => Descriptor::AP1 | Stage::One.dirty_bit().dirty(),
            Self::PrivilegedReadOnly => Stage::One.dirty_bit().clean(),
            Self::ReadOnly => Descriptor::AP1 | Stage::One.dirty_bit().clean(),
        }
    }

    const fn from_descriptor(descriptor: Descriptor) -> Self {
        match (descriptor.is_read_only(), descriptor.is_user()) {
            (false, false) => Self::PrivilegedReadWrite,
            (false, true) => Self::ReadWrite,
            (true, false) => Self::PrivilegedReadOnly,
            (true, true) => Self::ReadOnly,
        }
    }
}

/// The memory type of a leaf, as this project's MAIR_EL1 orders them (Arm ARM D8.6.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum MemoryType {
    /// Attribute 0: Normal, Inner and Outer Write-Back, Read- and Write-Allocate, non-transient.
    Normal,
    /// Attribute 1: Device-nGnRE.
    Device,
    /// Attribute 2: Normal, Inner and Outer Non-cacheable.
    NonCacheable,
    /// Attribute 3: Normal, Tagged (FEAT_MTE2), Write-Back.
    Tagged,
    /// Attribute 4: Device-nGnRnE.
    StronglyOrdered,
    /// Attribute 5, not used by this project: reads as Device-nGnRnE.
    Unused5,
    /// Attribute 6, not used by this project: reads as Device-nGnRnE.
    Unused6,
    /// Attribute 7, not used by this project: reads as Device-nGnRnE.
    Unused7,
}

impl MemoryType {
    /// Every attribute in its order.
    const ALL: [Self; 8] = [
        Self::Normal,
        Self::Device,
        Self::NonCacheable,
        Self::Tagged,
        Self::StronglyOrdered,
        Self::Unused5,
        Self::Unused6,
        Self::Unused7,
    ];

    /// Returns the byte that MAIR_EL1 holds for this attribute (Arm ARM D24.2.119, MAIR_EL1).
    #[must_use]
    pub const fn mair_byte(self) -> u8 {
        match self {
            Self::Normal => 0xff,
            Self::Device => 0x04,
            Self::NonCacheable => 0x44,
            Self::Tagged => 0xf0,
            Self::StronglyOrdered | Self::Unused5 | Self::Unused6 | Self::Unused7 => 0x00,
        }
    }

    /// Returns the whole value of MAIR_EL1. The tagged attribute is Normal Write-Back where
    /// FEAT_MTE2 is absent, since its encoding is then UNPREDICTABLE.
    #[must_use]
    pub const fn mair(tagged_supported: bool) -> u64 {
        let mut value = 0;
        let mut index = 0;
        while index < Self::ALL.len() {
            let byte = match Self::ALL[index] {
                Self::Tagged if !tagged_supported => Self::Normal.mair_byte(),
                other => other.mair_byte(),
            };
            value |= (byte as u64) << (8 * index);
            index += 1;
        }
        value
    }
}

/// The shareability field of a leaf (Arm ARM D8.6.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Shareability {
    /// SH 0b00.
    NonShareable,
    /// SH 0b01, a reserved encoding.
    Reserved,
    /// SH 0b10.
    Outer,
    /// SH 0b11.
    Inner,
}

/// The attributes of a Block or Page descriptor of stage 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LeafAttributes {
    /// Index into MAIR_EL1.
    pub memory: MemoryType,
    /// Shareability; Inner for all memory of this project.
    pub shareability: Shareability,
    /// AP\[2:1\].
    pub permission: AccessPermission,
    /// The Access flag.
    pub accessed: bool,
    /// Tagged with the ASID (nG).
    pub not_global: bool,
    /// The Dirty Bit Modifier.
    pub dirty_bit_modifier: bool,
    /// One of a contiguous group.
    pub contiguous: bool,
    /// EL1 may not execute (PXN).
    pub privileged_execute_never: bool,
    /// EL0 may not execute (UXN).
    pub user_execute_never: bool,
    /// Bits 58:55, for software; D is the lowest. Four bits, the rest is dropped.
    pub software: u8,
}

impl LeafAttributes {
    /// Young, Normal, Inner Shareable, EL1 read-write data, global, never executable.
    pub const KERNEL_DATA: Self = Self {
        memory: MemoryType::Normal,
        shareability: Shareability::Inner,
        permission: AccessPermission::PrivilegedReadWrite,
        accessed: true,
        not_global: false,
        dirty_bit_modifier: false,
        contiguous: false,
        privileged_execute_never: true,
        user_execute_never: true,
        software: 0,
    };

    /// Returns the attributes in their places of the descriptor.
    #[must_use]
    pub const fn bits(self) -> u64 {
        const fn flag(set: bool, mask: u64) -> u64 {
            if set { mask } else { 0 }
        }
        (self.memory as u64) << Descriptor::ATTRIBUTE_INDEX.trailing_zeros()
            | (self.shareability as u64) << Descriptor::SHAREABILITY.trailing_zeros()
            | self.permission.bits()
            | flag(self.accessed, Descriptor::AF)
            | flag(self.not_global, Descriptor::NG)
            | flag(self.dirty_bit_modifier, Descriptor::DBM)
            | flag(self.contiguous, Descriptor::CONTIGUOUS)
            | flag(self.privileged_execute_never, Descriptor::PXN)
            | flag(self.user_execute_never, Descriptor::UXN)
            | ((self.software as u64) << Descriptor::SOFTWARE.trailing_zeros()) & Descriptor::SOFTWARE
    }

    /// Reads the attributes of a Block or Page descriptor. The shareability has no meaning where the geometry has no
    /// field for it ([`Geometry::has_shareability_field`](crate::geometry::Geometry::has_shareability_field)).
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "the masks leave two to four bits")]
    pub const fn from_descriptor(descriptor: Descriptor) -> Self {
        const fn field(descriptor: Descriptor, mask: u64) -> u8 {
            ((descriptor.0 & mask) >> mask.trailing_zeros()) as u8
        }
        Self {
            memory: MemoryType::ALL[field(descriptor, Descriptor::ATTRIBUTE_INDEX) as usize],
            shareability: match field(descriptor, Descriptor::SHAREABILITY) {
                0 => Shareability::NonShareable,
                1 => Shareability::Reserved,
                2 => Shareability::Outer,
                _ => Shareability::Inner,
            },
            permission: AccessPermission::from_descriptor(descriptor),
            accessed: descriptor.has(Descriptor::AF),
            not_global: descriptor.has(Descriptor::NG),
            dirty_bit_modifier: descriptor.has(Descriptor::DBM),
            contiguous: descriptor.has(Descriptor::CONTIGUOUS),
            privileged_execute_never: descriptor.has(Descriptor::PXN),
            user_execute_never: descriptor.has(Descriptor::UXN),
            software: field(descriptor, Descriptor::SOFTWARE),
        }
    }
}

/// The restrictions that a Table descriptor puts on all that lies below it, unless TCR_EL1.HPDn
/// disables them (Arm ARM D8.4.2, R_YTXKB, R_PKGJC).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TableAttributes {
    /// APTable\[1\]: nothing below is writable.
    pub read_only: bool,
    /// APTable\[0\]: nothing below is accessible from EL0.
    pub no_user: bool,
    /// UXNTable: nothing below is executable at EL0.
    pub user_execute_never: bool,
    /// PXNTable: nothing below is executable at EL1.
    pub privileged_execute_never: bool,
}

impl TableAttributes {
    /// No restriction, as in all of the kernel's own tables.
    pub const NONE: Self =
        Self { read_only: false, no_user: false, user_execute_never: false, privileged_execute_never: false };

    /// Returns the attributes in their places of the descriptor.
    #[must_use]
    pub const fn bits(self) -> u64 {
        const fn flag(set: bool, mask: u64) -> u64 {
            if set { mask } else { 0 }
        }
        flag(self.read_only, Descriptor::AP_TABLE_READ_ONLY)
            | flag(self.no_user, Descriptor::AP_TABLE_NO_EL0)
            | flag(self.user_execute_never, Descriptor::UXN_TABLE)
            | flag(self.privileged_execute_never, Descriptor::PXN_TABLE)
    }

    /// Reads the attributes of a Table descriptor.
    #[must_use]
    pub const fn from_descriptor(descriptor: Descriptor) -> Self {
        Self {
            read_only: descriptor.has(Descriptor::AP_TABLE_READ_ONLY),
            no_user: descriptor.has(Descriptor::AP_TABLE_NO_EL0),
            user_execute_never: descriptor.has(Descriptor::UXN_TABLE),
            privileged_execute_never: descriptor.has(Descriptor::PXN_TABLE),
        }
    }
}
