//! GICv3 and later: a distributor for all, a redistributor for each CPU, CPU interfaces as system registers.

use super::InterruptError;
use crate::machine::barriers::sequence_synchronize_context;
use crate::machine::lock::Lock;
use crate::machine::per_cpu::{CpuIndex, MAX_CPUS};
use arm_gic::gicv3::registers::{Gicd, GicrSgi};
use arm_gic::gicv3::{GicCpuInterface, GicDistributor, GicRedistributor, SgiTarget, SgiTargetGroup};
use arm_gic::{IntId, InterruptGroup, UniqueMmioPointer};
use arrayvec::ArrayVec;
use core::arch::asm;
use core::fmt;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use platform::device_tree::{Affinity, InterruptId, MAXIMUM_REDISTRIBUTOR_REGIONS};

/// The group of every interrupt here: Non-secure Group 1, or Group 1 where there is one Security state.
const GROUP: InterruptGroup = InterruptGroup::Group1;

/// The lowest priority mask: every priority passes.
const ALL_PRIORITIES: u8 = 0xff;

/// Bytes of a redistributor: GICR_* and the registers of private interrupts, 64 KiB each.
const REDISTRIBUTOR: u64 = 0x2_0000;

/// What [`Controller::affinities`] holds for a CPU that is not set up; no affinity has bit 63.
const UNKNOWN: u64 = 1 << 63;

/// The regions of redistributors: start and bytes.
pub(super) type Regions = ArrayVec<(NonNull<u8>, u64), MAXIMUM_REDISTRIBUTOR_REGIONS>;

/// A GICv3 or later.
pub(super) struct Controller {
    redistributors: Lock<Redistributors>,
    /// Each CPU's affinity, as [`Affinity::bits`].
    affinities: [AtomicU64; MAX_CPUS],
}

struct Redistributors {
    regions: Regions,
    stride: Option<u64>,
}

// SAFETY: the pointers are to device registers, mapped for every CPU.
unsafe impl Send for Redistributors {}

impl fmt::Debug for Controller {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = self.affinities.iter().filter(|affinity| affinity.load(Relaxed) != UNKNOWN);
        write!(formatter, "GICv3, {} CPUs set up", known.count())
    }
}

impl Controller {
    /// Takes the registers over, and sets up the distributor.
    ///
    /// # Safety
    ///
    /// The pointers are mappings of the registers GICD and of whole regions of GICR as Device memory that stay,
    /// and nothing else uses them.
    pub(super) unsafe fn new(distributor: NonNull<u8>, regions: Regions, stride: Option<u64>) -> Self {
        // SAFETY: the caller gives the only mapping in use.
        let registers = unsafe { UniqueMmioPointer::<Gicd>::new(distributor.cast()) };
        let mut distributor = GicDistributor::new(registers);
        distributor.enable_all_interrupts(false);
        // Bit 4 of GICD_CTLR is ARE_S to Secure software only; here it is ARE, or ARE_NS as Non-secure software
        // sees it. Bit 1 is the enable of the group with affinity routing in all views (GICv3 specification,
        // GICD_CTLR). Routing comes before the enable, as it may not change under it.
        distributor.enable_affinity_routing_secure(true);
        distributor.enable_group1_non_secure(true);
        Self {
            redistributors: Lock::new(Redistributors { regions, stride }),
            affinities: [const { AtomicU64::new(UNKNOWN) }; MAX_CPUS],
        }
    }

    /// Sets up this CPU's redistributor and its CPU interface.
    pub(super) fn init_this_cpu(
        &self,
        cpu: CpuIndex,
        affinity: Affinity,
        timer: IntId,
    ) -> Result<(), InterruptError> {
        let [.., aff0] = affinity.fields();
        if aff0 > 15 {
            return Err(InterruptError::OutOfReach(affinity));
        }
        let mut redistributors = self.redistributors.lock();
        let mut own = redistributors.find(affinity).ok_or(InterruptError::NoRedistributor(affinity))?;
        // The only error is that the redistributor is awake already.
        let _ = own.mark_core_awake();
        own.configure_default_settings();
        for interrupt in [super::WAKE, timer] {
            let refused = |_| InterruptError::NotEnabled(InterruptId(interrupt.raw_value()));
            own.enable_interrupt(interrupt, true).map_err(refused)?;
        }
        own.wait_for_pending_write();
        drop(redistributors);

        GicCpuInterface::enable_system_register_el1();
        // The registers below exist once ICC_SRE_EL1.SRE has taken effect.
        sequence_synchronize_context();
        // SAFETY: ICC_CTLR_EL1 = 0 makes an end of interrupt deactivate it too (EOImode 0) and touches no memory.
        unsafe { asm!("msr icc_ctlr_el1, xzr", options(nostack, preserves_flags)) };
        GicCpuInterface::set_priority_mask(ALL_PRIORITIES);
        GicCpuInterface::enable_group1(true);
        sequence_synchronize_context();
        self.affinities[cpu.0].store(affinity.bits(), Relaxed);
        Ok(())
    }

    /// Sends a software-generated interrupt; returns whether the CPU can take it.
    pub(super) fn send(&self, interrupt: IntId, cpu: CpuIndex) -> bool {
        let bits = self.affinities[cpu.0].load(Relaxed);
        if bits == UNKNOWN {
            return false;
        }
        let [affinity3, affinity2, affinity1, affinity0] = Affinity::from_mpidr(bits).fields();
        let target = SgiTarget::List { affinity3, affinity2, affinity1, target_list: 1 << affinity0 };
        let sent = GicCpuInterface::send_sgi(interrupt, target, SgiTargetGroup::CurrentGroup1).is_ok();
        // The write to ICC_SGI1R_EL1 is carried out before what follows (GICv3 specification, ICC_SGI1R_EL1).
        sequence_synchronize_context();
        sent
    }
}

impl Redistributors {
    /// Finds the redistributor that says it belongs to the CPU of `affinity`.
    fn find(&mut self, affinity: Affinity) -> Option<GicRedistributor<'_>> {
        for (start, size) in &self.regions {
            let mut offset = 0;
            while offset + REDISTRIBUTOR <= *size {
                // SAFETY: the region is mapped up to `size`, and this is within it.
                let registers = unsafe { start.add(usize::try_from(offset).ok()?) }.cast::<GicrSgi>();
                // SAFETY: `&mut self` is the only way to these registers, and the pointer of a round before
                // this one is gone.
                let redistributor = GicRedistributor::new(unsafe { UniqueMmioPointer::new(registers) });
                let kind = redistributor.typer();
                if kind.core_mpidr() == affinity.bits() {
                    return Some(redistributor);
                }
                if kind.last_redistributor() {
                    break;
                }
                // GICv4's redistributors have two more frames (GICv3 specification, GICR_TYPER.VLPIS).
                let frames = if kind.virtual_lpis_supported() { 2 } else { 1 };
                offset += self.stride.unwrap_or(REDISTRIBUTOR * frames);
            }
        }
        None
    }
}

/// Takes the interrupt that is signalled to this CPU.
pub(super) fn acknowledge() -> Option<IntId> {
    GicCpuInterface::get_and_acknowledge_interrupt(GROUP)
}

/// Ends an interrupt that this CPU has taken.
pub(super) fn end(token: IntId) {
    GicCpuInterface::end_interrupt(token, GROUP);
    // The priority is dropped before what follows (GICv3 specification, ICC_EOIR1_EL1).
    sequence_synchronize_context();
}
