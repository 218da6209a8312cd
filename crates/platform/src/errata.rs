//! Errata of CPUs that touch what is judged here, by MIDR_EL1: each may be why a right kernel sees a wrong result.
//!
//! The ranges are those of Linux 6.12 (arch/arm64/kernel/cpu_errata.c and cpufeature.c), of Neoverse-N1 those of Xen
//! (xen/arch/arm/cpuerrata.c).

use core::fmt;

/// What an erratum touches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Touches {
    /// The hardware management of the dirty state.
    DirtyState,
    /// The invalidation of TLBs, and with it whatever changes a descriptor.
    Invalidation,
    /// The syndrome of an instruction abort.
    InstructionAborts,
    /// The counter: the times in the log, and no result.
    Counter,
}

/// An erratum of a range of CPUs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Erratum {
    /// The core's name.
    pub core: &'static str,
    /// The vendor's number.
    pub number: &'static str,
    /// What it touches.
    pub touches: Touches,
    /// What happens, in a clause.
    pub text: &'static str,
    /// MIDR_EL1.Implementer and PartNum.
    part: (u8, u16),
    /// The first and the last revision: MIDR_EL1.Variant and Revision.
    revisions: [u8; 2],
}

/// Every revision.
const ALL: [u8; 2] = [0, 0xff];
const ARM: u8 = 0x41;
const QUALCOMM: u8 = 0x51;
const AMPERE: u8 = 0xc0;

const DIRTY: &str =
    "a hardware update of the dirty state may be wrong where DBM or AP change without a break";
const REPEAT: &str =
    "accesses may still use an entry after its TLBI and DSB are complete, unless both are repeated";

/// The errata.
const TABLE: [Erratum; 11] = [
    dirty("Cortex-A55", "1024718", (ARM, 0xd05), ALL, DIRTY),
    dirty("Kryo 4xx Silver", "1024718", (QUALCOMM, 0x805), [0xde, 0xde], DIRTY),
    dirty(
        "Cortex-A510",
        "2051678",
        (ARM, 0xd46),
        [0x00, 0x02],
        "a hardware update of the dirty state may be seen too late",
    ),
    dirty(
        "AmpereOne",
        "AC03_CPU_38",
        (AMPERE, 0xac3),
        ALL,
        "hardware updates may be wrong: HAFDBS is hidden, TCR_EL1.HA and HD have their effect",
    ),
    repeat("Cortex-A76", "1286807", (ARM, 0xd0b), [0x00, 0x30]),
    repeat("Neoverse-N1", "1286807", (ARM, 0xd0c), [0x00, 0x30]),
    repeat("Kryo 4xx Gold", "1286807", (QUALCOMM, 0x804), [0xce, 0xfe]),
    repeat("Cortex-A55", "2441007", (ARM, 0xd05), ALL),
    repeat("Cortex-A510", "2441009", (ARM, 0xd46), [0x00, 0x11]),
    Erratum {
        core: "Cortex-A715",
        number: "2645198",
        touches: Touches::InstructionAborts,
        text: "ESR and FAR of an instruction abort may be wrong after a page became not executable without a break",
        part: (ARM, 0xd4d),
        revisions: ALL,
    },
    Erratum {
        core: "Cortex-A73",
        number: "858921",
        touches: Touches::Counter,
        text: "a read of the counter may be wrong while its lower half overflows",
        part: (ARM, 0xd09),
        revisions: ALL,
    },
];

const fn dirty(
    core: &'static str,
    number: &'static str,
    part: (u8, u16),
    revisions: [u8; 2],
    text: &'static str,
) -> Erratum {
    Erratum { core, number, touches: Touches::DirtyState, text, part, revisions }
}

const fn repeat(core: &'static str, number: &'static str, part: (u8, u16), revisions: [u8; 2]) -> Erratum {
    Erratum { touches: Touches::Invalidation, ..dirty(core, number, part, revisions, REPEAT) }
}

impl Erratum {
    /// Returns the errata of a CPU by its MIDR_EL1 (Arm ARM D24.2.122: Implementer in bits 31:24, Variant 23:20, PartNum 15:4,
    /// Revision 3:0).
    pub fn of(midr: u32) -> impl Iterator<Item = &'static Self> {
        let [low, middle, upper, implementer] = midr.to_le_bytes();
        let part = u16::from_le_bytes([low, middle]) >> 4;
        let revision = upper & 0xf0 | low & 0xf;
        TABLE.iter().filter(move |erratum| {
            let [first, last] = erratum.revisions;
            erratum.part == (implementer, part) && (first..=last).contains(&revision)
        })
    }
}

/// Shows `Cortex-A55's erratum 1024718`.
impl fmt::Display for Erratum {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}'s erratum {}", self.core, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::{Erratum, TABLE, Touches};
    extern crate std;
    use std::vec::Vec;

    #[test]
    fn a_cpu_has_the_errata_of_its_revision() {
        let numbers = |midr| Erratum::of(midr).map(|erratum| erratum.number).collect::<Vec<_>>();
        // QEMU's cortex-a55 r2p0, cortex-a76 r4p1, neoverse-n1 r4p1, and max.
        assert_eq!(numbers(0x412f_d050), ["1024718", "2441007"]);
        assert!(numbers(0x414f_d0b1).is_empty() && numbers(0x414f_d0c1).is_empty());
        assert!(numbers(0x000f_0510).is_empty());
        assert_eq!(numbers(0x413f_d0b0), ["1286807"]);
        assert!(numbers(0x413f_d0b1).is_empty());
        assert_eq!(numbers(0x410f_d462), ["2051678", "2441009"]);
        assert_eq!(numbers(0x411f_d461), ["2441009"]);
        assert!(numbers(0x411f_d462).is_empty());
        assert_eq!(numbers(0x51df_805e), ["1024718"]);
        assert!(numbers(0x51df_805d).is_empty());
        assert_eq!(numbers(0xc00f_ac31), ["AC03_CPU_38"]);
    }

    #[test]
    fn every_line_can_be_read() {
        for erratum in TABLE {
            assert!(!erratum.core.is_empty() && erratum.text.len() > 20);
            assert!(erratum.revisions[0] <= erratum.revisions[1], "{erratum}");
        }
        assert!(TABLE.iter().any(|erratum| erratum.touches == Touches::Counter));
    }
}
