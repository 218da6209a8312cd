//! The CPUs, and how they are started and the machine is stopped.

use super::{
    error::DeviceTreeError,
    property::{Found, is_compatible, is_of_type, is_usable},
};
use arrayvec::ArrayVec;
use core::{fmt, ops::Deref};
use dtoolkit::{
    Node, ToCellInt,
    fdt::{Fdt, FdtNode},
};

/// How many CPUs are held; the others are counted and left alone.
pub const MAXIMUM_CPUS: usize = 64;

/// The affinity fields of a PE, in the places that MPIDR_EL1 gives them: Aff3 in bits 39 to 32, Aff2 to Aff0
/// in bits 23 to 0 (Arm ARM, MPIDR_EL1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Affinity(u64);

/// How a CPU is brought out of reset (Devicetree Specification 3.8.1, and Linux's binding of arm/cpus.yaml).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EnableMethod<'a> {
    /// PSCI's CPU_ON.
    Psci,
    /// An entry point written to this address, and an event.
    SpinTable(u64),
    /// None is stated, as for a machine's only CPU.
    Unstated,
    /// A method that is not known here.
    Other(&'a str),
}

/// A CPU of the device tree.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cpu<'a> {
    /// Who it is.
    pub affinity: Affinity,
    /// How it is started.
    pub enable_method: EnableMethod<'a>,
    /// Whether its `status` says that it can be used.
    pub usable: bool,
}

/// The CPUs of a machine, in the tree's order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Cpus<'a> {
    held: ArrayVec<Cpu<'a>, MAXIMUM_CPUS>,
    /// How many further CPUs the tree has, beyond [`MAXIMUM_CPUS`].
    pub left_out: usize,
}

/// The instruction that calls the firmware (SMC Calling Convention).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Conduit {
    /// HVC, taken by a hypervisor at EL2.
    Hvc,
    /// SMC, taken by firmware at EL3.
    Smc,
}

/// The oldest PSCI that the device tree promises.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum PsciRevision {
    /// "arm,psci": the function identifiers are the firmware's own.
    V0_1,
    /// "arm,psci-0.2": the function identifiers are those of the SMC Calling Convention.
    V0_2,
    /// "arm,psci-1.0" or later.
    V1_0,
}

/// The Power State Coordination Interface of a machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Psci {
    /// How it is called.
    pub conduit: Conduit,
    /// What it can be expected to know.
    pub revision: PsciRevision,
}

impl Affinity {
    /// The affinity fields of MPIDR_EL1.
    const MASK: u64 = 0xff_00ff_ffff;

    /// Takes the affinity fields out of a value of MPIDR_EL1; U, MT and bit 31 are dropped.
    #[must_use]
    pub const fn from_mpidr(value: u64) -> Self {
        Self(value & Self::MASK)
    }

    /// Returns the fields in the places of MPIDR_EL1, as PSCI and a device tree want them.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// Returns Aff3, Aff2, Aff1, Aff0.
    #[must_use]
    pub const fn fields(self) -> [u8; 4] {
        let [aff0, aff1, aff2, _, aff3, ..] = self.0.to_le_bytes();
        [aff3, aff2, aff1, aff0]
    }
}

/// Shows the fields as `Aff3.Aff2.Aff1.Aff0`.
impl fmt::Display for Affinity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [aff3, aff2, aff1, aff0] = self.fields();
        write!(formatter, "{aff3}.{aff2}.{aff1}.{aff0}")
    }
}

impl fmt::Debug for Affinity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl<'a> Deref for Cpus<'a> {
    type Target = [Cpu<'a>];

    fn deref(&self) -> &[Cpu<'a>] {
        &self.held
    }
}

impl<'a> Cpus<'a> {
    /// Adds a CPU, or counts it where there is no more room.
    pub(crate) fn add(&mut self, cpu: Cpu<'a>) {
        if self.held.try_push(cpu).is_err() {
            self.left_out += 1;
        }
    }

    /// Reads the children of `/cpus`.
    pub(super) fn read(tree: Fdt<'a>) -> Result<Self, DeviceTreeError<'a>> {
        let missing = DeviceTreeError::MissingNode("CPU node below /cpus");
        let mut cpus = Self::default();
        let parent = tree.find_node("/cpus").ok_or(missing.clone())?;
        // A map of the topology and idle states stand there too.
        for node in parent.children().filter(|node| is_of_type(*node, "cpu")) {
            cpus.add(read_cpu(node)?);
        }
        if cpus.held.is_empty() { Err(missing) } else { Ok(cpus) }
    }
}

impl Psci {
    /// The `compatible` strings of PSCI.
    pub(super) const NAMES: [&'static str; 3] = ["arm,psci-1.0", "arm,psci-0.2", "arm,psci"];

    /// Reads a node that is compatible with one of [`Self::NAMES`].
    pub(super) fn read(node: FdtNode<'_>) -> Result<Self, DeviceTreeError<'_>> {
        let method = Found::require(node, "method")?;
        let conduit = match method.value {
            b"hvc\0" => Conduit::Hvc,
            b"smc\0" => Conduit::Smc,
            _ => return Err(method.wrong("\"hvc\" or \"smc\"")),
        };
        let revision = if is_compatible(node, &["arm,psci-1.0"]) {
            PsciRevision::V1_0
        } else if is_compatible(node, &["arm,psci-0.2"]) {
            PsciRevision::V0_2
        } else {
            PsciRevision::V0_1
        };
        Ok(Self { conduit, revision })
    }
}

/// Reads one CPU node.
fn read_cpu(node: FdtNode<'_>) -> Result<Cpu<'_>, DeviceTreeError<'_>> {
    let registers = Found::require(node, "reg")?;
    let affinity = node
        .reg()
        .ok()
        .flatten()
        .and_then(|mut entries| entries.next())
        .and_then(|entry| entry.address.to_int::<u64>().ok())
        .filter(|value| value & !Affinity::MASK == 0)
        .ok_or_else(|| registers.wrong("affinity fields of MPIDR_EL1 in /cpus' address cells"))?;
    let enable_method = match Found::find(node, "enable-method").map(Found::text).transpose()? {
        Some("psci") => EnableMethod::Psci,
        Some("spin-table") => {
            let address = Found::require(node, "cpu-release-addr")?.two_cells()?;
            EnableMethod::SpinTable(address)
        }
        Some(other) => EnableMethod::Other(other),
        None => EnableMethod::Unstated,
    };
    Ok(Cpu { affinity: Affinity(affinity), enable_method, usable: is_usable(node) })
}
