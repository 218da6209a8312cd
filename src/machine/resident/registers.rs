//! The registers of the EL2 and EL2&0 regimes, as a case's controls ask for them (Arm ARM D24.2: TCR_EL2, SCTLR_EL2,
//! HCR_EL2).

use super::super::entry::{SCTLR_EL2_OFF, SCTLR_OFF};
use super::super::registers::Identification;
use afdbm::address::PhysicalAddress;
use afdbm::descriptor::MemoryType;
use afdbm::geometry::Granule;
use afdbm::regime;
use oracle::Controls;

/// HCR_EL2: TGE, RW, E2H, ATA.
const TGE: u64 = 1 << 27;
const RW: u64 = 1 << 31;
const E2H: u64 = 1 << 34;
const ATA: u64 = 1 << 56;

/// SCTLR_EL2.M, C and I.
const ON: u64 = 1 << 0 | 1 << 2 | 1 << 12;
/// What the kernel's SCTLR_EL1 has for EL0, at the same bits of SCTLR_EL2 where E2H is 1: DZE, UCT, nTWI, nTWE, UCI.
const USER: u64 = 1 << 14 | 1 << 15 | 1 << 16 | 1 << 18 | 1 << 26;
/// SCTLR_EL2.A, WXN and EPAN.
const ALIGNMENT: u64 = 1 << 1;
const WRITE_EXECUTE_NEVER: u64 = 1 << 19;
const EXECUTABLE_ACCESS_NEVER: u64 = 1 << 57;

/// A regime of EL2, as a probe sets it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Regime {
    /// TTBR0_EL2.
    pub root: PhysicalAddress,
    /// TCR_EL2.
    pub translation: u64,
    /// MAIR_EL2.
    pub memory: u64,
    /// SCTLR_EL2.
    pub system: u64,
    /// HCR_EL2.
    pub hypervisor: u64,
}

impl Regime {
    /// Makes the registers for tables at `root`.
    ///
    /// # Panics
    ///
    /// For the EL1&0 regime, which is not EL2's.
    #[must_use]
    pub fn new(root: PhysicalAddress, controls: &Controls, cpu: &Identification) -> Self {
        let tags = cpu.mte() >= 2;
        let hypervisor = RW | if tags { ATA } else { 0 };
        let memory = MemoryType::mair(tags);
        let bit = |is_set: bool, place: u32| u64::from(is_set) << place;
        let common = bit(controls.alignment_checked, ALIGNMENT.trailing_zeros())
            | bit(controls.write_execute_never, WRITE_EXECUTE_NEVER.trailing_zeros())
            | ON;
        match controls.regime {
            regime::Regime::El2 => Self {
                root,
                translation: translation_el2(controls),
                memory,
                system: SCTLR_EL2_OFF | common,
                hypervisor,
            },
            regime::Regime::El20 => Self {
                root,
                translation: translation_el20(controls, cpu),
                memory,
                system: SCTLR_OFF
                    | USER
                    | common
                    | bit(controls.executable_access_never, EXECUTABLE_ACCESS_NEVER.trailing_zeros()),
                hypervisor: hypervisor | E2H | TGE,
            },
            regime::Regime::El10 => panic!("EL1&0 is not a regime of EL2"),
        }
    }
}

/// IRGN0, ORGN0 and SH0, the same in both forms: Write-Back Read- and Write-Allocate, Inner Shareable.
const WALKS: u64 = 0b01 << 8 | 0b01 << 10 | 0b11 << 12;

/// TG0: 0b00 is 4K, 0b01 64K, 0b10 16K.
const fn granule(granule: Granule) -> u64 {
    match granule {
        Granule::Size4K => 0b00 << 14,
        Granule::Size64K => 0b01 << 14,
        Granule::Size16K => 0b10 << 14,
    }
}

/// PS and IPS: how many bits an output address has.
const fn physical_size(output_bits: u8) -> u64 {
    match output_bits {
        0..36 => 0b000,
        36..40 => 0b001,
        40..42 => 0b010,
        42..44 => 0b011,
        44..48 => 0b100,
        48..52 => 0b101,
        _ => 0b110,
    }
}

/// TCR_EL2 where E2H is 0.
fn translation_el2(controls: &Controls) -> u64 {
    let range = &controls.range;
    let reserved = 1 << 31 | 1 << 23;
    reserved
        | range.geometry.size_field()
        | WALKS
        | granule(range.geometry.granule())
        | physical_size(range.geometry.output_bits()) << 16
        | u64::from(range.top_byte_ignored) << 20
        | u64::from(controls.hardware_access_flag) << 21
        | u64::from(controls.hardware_dirty_state) << 22
        | u64::from(range.hierarchy_disabled) << 24
}

/// TCR_EL2 where E2H is 1: as TCR_EL1, with walks through TTBR1_EL2 off.
fn translation_el20(controls: &Controls, cpu: &Identification) -> u64 {
    let range = &controls.range;
    let upper =
        range.geometry.size_field() << 16 | 1 << 23 | 0b01 << 24 | 0b01 << 26 | 0b11 << 28 | 0b10 << 30;
    upper
        | range.geometry.size_field()
        | u64::from(range.walks_disabled) << 7
        | WALKS
        | granule(range.geometry.granule())
        | physical_size(range.geometry.output_bits()) << 32
        | u64::from(cpu.wide_asids()) << 36
        | u64::from(range.top_byte_ignored) << 37
        | u64::from(controls.hardware_access_flag) << 39
        | u64::from(controls.hardware_dirty_state) << 40
        | u64::from(range.hierarchy_disabled) << 41
        | u64::from(range.unprivileged_refused) << 55
}
