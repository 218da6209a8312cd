//! The numbers of the CPUs.

/// The most CPUs that the kernel uses; a device tree with more is reported, and the rest stay off.
pub const MAX_CPUS: usize = 64;

/// A CPU's place in the device tree's order; 0 is the CPU that booted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct CpuIndex(pub usize);

impl core::fmt::Display for CpuIndex {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(formatter, "CPU {}", self.0)
    }
}
