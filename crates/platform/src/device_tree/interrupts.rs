//! The interrupt controller and the virtual timer's interrupt.

use super::{error::DeviceTreeError, place::Place, property::Found, range::PhysicalRange};
use arrayvec::ArrayVec;
use core::fmt;
use dtoolkit::{Node, fdt::FdtNode};

/// How many regions of redistributors are held.
pub const MAXIMUM_REDISTRIBUTOR_REGIONS: usize = 16;

/// An interrupt's number at the interrupt controller, INTID (GIC architecture specification, 2.2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct InterruptId(pub u32);

/// The interrupt controller of a machine.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one, read before there is a heap")]
pub enum InterruptController {
    /// GICv2: for up to 8 CPUs, each with its CPU interface behind the same registers.
    V2 {
        /// The registers GICD.
        distributor: PhysicalRange,
        /// The registers GICC.
        cpu_interface: PhysicalRange,
    },
    /// GICv3 or later: CPU interfaces as system registers, a redistributor for each CPU.
    V3 {
        /// The registers GICD.
        distributor: PhysicalRange,
        /// The regions of registers GICR, each a row of redistributors.
        redistributors: ArrayVec<PhysicalRange, MAXIMUM_REDISTRIBUTOR_REGIONS>,
        /// The bytes from one redistributor to the next, where the tree states them.
        stride: Option<u64>,
    },
}

/// The generic timer, as far as it is used here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timer {
    /// The interrupt of CNTV_CTL_EL0, private to each CPU.
    pub virtual_interrupt: InterruptId,
    /// The frequency in Hz that replaces CNTFRQ_EL0 where firmware left that unset.
    pub clock_frequency: Option<u32>,
}

impl fmt::Display for InterruptId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "INTID {}", self.0)
    }
}

impl InterruptController {
    /// The `compatible` strings of GICv2 (Linux's binding arm,gic.yaml).
    pub(super) const V2_NAMES: [&'static str; 4] =
        ["arm,cortex-a15-gic", "arm,gic-400", "arm,cortex-a7-gic", "arm,cortex-a9-gic"];
    /// The `compatible` strings of GICv3 and later.
    pub(super) const V3_NAMES: [&'static str; 1] = ["arm,gic-v3"];

    /// Reads a node that is compatible with one of [`Self::V2_NAMES`].
    pub(super) fn read_v2<'a>(place: &Place<'a>) -> Result<Self, DeviceTreeError<'a>> {
        Ok(Self::V2 { distributor: place.registers(0)?, cpu_interface: place.registers(1)? })
    }

    /// Reads a node that is compatible with one of [`Self::V3_NAMES`].
    pub(super) fn read_v3<'a>(place: &Place<'a>) -> Result<Self, DeviceTreeError<'a>> {
        let node = place.node;
        let regions = Found::find(node, "#redistributor-regions").map_or(Ok(1), Found::cell)? as usize;
        let mut redistributors = ArrayVec::new();
        for region in 0..regions {
            redistributors.try_push(place.registers(1 + region)?).map_err(|_| DeviceTreeError::TooMany {
                node: node.name(),
                what: "regions of redistributors",
                limit: MAXIMUM_REDISTRIBUTOR_REGIONS,
            })?;
        }
        let stride = Found::find(node, "redistributor-stride").map(|property| {
            let stride = match property.value.len() {
                4 => property.cell().map(u64::from),
                _ => property.two_cells(),
            };
            // A redistributor is two or four frames of 64 KiB.
            stride.and_then(|stride| match stride {
                0x2_0000.. if stride % 0x1_0000 == 0 => Ok(stride),
                _ => Err(property.wrong("64 KiB frames, two or more")),
            })
        });
        Ok(Self::V3 { distributor: place.registers(0)?, redistributors, stride: stride.transpose()? })
    }
}

impl Timer {
    /// The `compatible` string of the generic timer.
    pub(super) const NAMES: [&'static str; 1] = ["arm,armv8-timer"];
    /// The place of the virtual timer among the node's interrupts (Linux's binding arm,arch_timer.yaml).
    const VIRTUAL: usize = 2;

    /// Reads a node that is compatible with one of [`Self::NAMES`], whose interrupts go to `controller`.
    pub(super) fn read<'a>(node: FdtNode<'a>, controller: FdtNode<'a>) -> Result<Self, DeviceTreeError<'a>> {
        let cells = Found::require(controller, "#interrupt-cells")?;
        let cells = match cells.cell()? {
            count @ 3..=4 => count as usize,
            _ => return Err(cells.wrong("3 or 4, as a GIC has")),
        };
        let interrupts = Found::require(node, "interrupts")?;
        let index = match Found::find(node, "interrupt-names") {
            None => Self::VIRTUAL,
            Some(names) => names
                .value
                .split(|byte| *byte == 0)
                .position(|name| name == b"virt")
                .ok_or_else(|| names.wrong("a name \"virt\""))?,
        };
        let mut specifiers = interrupts.value.chunks_exact(cells * 4);
        let specifier = match specifiers.nth(index) {
            Some(specifier) if specifiers.remainder().is_empty() => specifier.as_chunks::<4>().0,
            _ => return Err(interrupts.wrong("whole specifiers, one of them the virtual timer's")),
        };
        let [kind, number, ..] = *specifier else { return Err(interrupts.wrong("a type and a number")) };
        let virtual_interrupt = private_interrupt(u32::from_be_bytes(kind), u32::from_be_bytes(number))
            .ok_or_else(|| {
                interrupts.wrong("an interrupt private to a CPU: 1 and 0 to 15, or 3 and 0 to 63")
            })?;
        Ok(Self {
            virtual_interrupt,
            clock_frequency: Found::find(node, "clock-frequency").map(Found::cell).transpose()?,
        })
    }
}

/// Returns the INTID of a PPI (type 1) or an extended PPI (type 3), by its number in the device tree.
const fn private_interrupt(kind: u32, number: u32) -> Option<InterruptId> {
    match (kind, number) {
        (1, 0..16) => Some(InterruptId(16 + number)),
        (3, 0..64) => Some(InterruptId(1056 + number)),
        _ => None,
    }
}
