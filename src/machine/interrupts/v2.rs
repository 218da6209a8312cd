//! GICv2: a distributor for all, and a CPU interface that shows each CPU its own registers.

use super::InterruptError;
use crate::machine::lock::Lock;
use crate::machine::per_cpu::CpuIndex;
use arm_gic::gicv2::{GicV2, SgiTarget, SgiTargetListFilter};
use arm_gic::{IntId, InterruptGroup, UniqueMmioPointer};
use core::fmt;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU8, Ordering::Relaxed};
use platform::device_tree::InterruptId;
use safe_mmio::fields::{ReadPure, ReadPureWrite};

/// The bits of GICC_IAR that hold the INTID; above them stands the sender (GICv2 specification, 4.4.4).
pub(super) const INTERRUPT_ID: u32 = 0x3ff;

/// Where GICD_ITARGETSR0 stands (GICv2 specification, 4.3.12).
const TARGETS_OFFSET: usize = 0x800;

/// Where GICC_CTLR stands, and its bit that signals interrupts (GICv2 specification, 4.4.1).
const CONTROL_OFFSET: usize = 0;
const SIGNAL: u32 = 1 << 0;

/// The interrupts that each CPU has for itself.
const PRIVATE: u32 = 32;

/// The middle of the priorities, above the mask of every CPU.
const PRIORITY: u8 = 0x80;

/// The number of CPU interfaces.
const CPU_INTERFACES: usize = 8;

/// The group whose acknowledge and end registers are used: GICC_IAR and GICC_EOIR, which serve Group 1 where
/// the software is Non-secure and Group 0 where there is no Security.
const GROUP: InterruptGroup = InterruptGroup::Group0;

/// A GICv2.
pub(super) struct Controller {
    registers: Lock<Registers>,
    /// Each CPU's bit in a target list; 0 until it is known.
    targets: [AtomicU8; CPU_INTERFACES],
}

struct Registers {
    gic: GicV2<'static>,
    /// GICD_ITARGETSR0.
    targets: UniqueMmioPointer<'static, ReadPure<u32>>,
    /// GICC_CTLR.
    control: UniqueMmioPointer<'static, ReadPureWrite<u32>>,
}

impl fmt::Debug for Controller {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "GICv2, target bits {:?}", self.targets)
    }
}

impl Controller {
    /// Takes the registers over.
    ///
    /// # Safety
    ///
    /// Both pointers are mappings of the registers GICD and GICC as Device memory that stay, and nothing else
    /// uses them.
    pub(super) unsafe fn new(distributor: NonNull<u8>, cpu_interface: NonNull<u8>) -> Self {
        // SAFETY: GICD_ITARGETSR0 lies within the 4 KiB of GICD.
        let targets = unsafe { distributor.add(TARGETS_OFFSET) };
        // SAFETY: GICC_CTLR lies within the 4 KiB of GICC.
        let control = unsafe { cpu_interface.add(CONTROL_OFFSET) };
        // SAFETY: the caller gives the only mappings in use. Of `GicV2` no function reaches GICD_ITARGETSR, and only
        // `setup`, which is not called, GICC_CTLR, so that its pointers and these never meet.
        let registers = unsafe {
            Registers {
                gic: GicV2::new(distributor.as_ptr().cast(), cpu_interface.as_ptr().cast()),
                targets: UniqueMmioPointer::new(targets.cast()),
                control: UniqueMmioPointer::new(control.cast()),
            }
        };
        Self { registers: Lock::new(registers), targets: [const { AtomicU8::new(0) }; CPU_INTERFACES] }
    }

    /// Sets up the distributor, and the registers that this CPU has for itself.
    ///
    /// The first 32 interrupts are each CPU's own; the others are written by the first CPU. Registers of interrupts that
    /// the controller has not are left alone (GICD_TYPER.ITLinesNumber; GICv2 specification, 4.3.2).
    pub(super) fn init_this_cpu(&self, cpu: CpuIndex, timer: IntId) -> Result<(), InterruptError> {
        let own_target = self.targets.get(cpu.0).ok_or(InterruptError::NoCpuInterface(cpu))?;
        let mut registers = self.registers.lock();
        let gic = &mut registers.gic;
        let typer = gic.typer();
        let end = if cpu == CpuIndex(0) { typer.num_irqs() } else { PRIVATE };
        for interrupt in IntId::private().chain(IntId::spis()).filter(|id| id.raw_value() < end) {
            let refused = |_| InterruptError::NotEnabled(InterruptId(interrupt.raw_value()));
            gic.enable_interrupt(interrupt, false).map_err(refused)?;
            // With the Security Extensions the groups are the Secure side's (GICv2 specification, 4.3.4).
            if !typer.has_security_extension() {
                gic.set_group(interrupt, GROUP);
            }
        }
        // To Non-secure software the enable of its group is bit 0, too (GICv2 specification, 4.3.1).
        gic.enable_group0(true);
        gic.set_priority_mask(u8::MAX);
        registers.control.write(SIGNAL);
        let gic = &mut registers.gic;
        for interrupt in [super::WAKE, timer] {
            gic.set_interrupt_priority(interrupt, PRIORITY);
            let refused = |_| InterruptError::NotEnabled(InterruptId(interrupt.raw_value()));
            gic.enable_interrupt(interrupt, true).map_err(refused)?;
        }
        // The first registers read as the reader's own bit, and as zero where it is the only CPU.
        let [own_bit, ..] = registers.targets.read().to_le_bytes();
        own_target.store(if own_bit == 0 { 1 } else { own_bit }, Relaxed);
        Ok(())
    }

    /// Takes the interrupt that is signalled to this CPU.
    pub(super) fn acknowledge(&self) -> Option<IntId> {
        self.registers.lock().gic.get_and_acknowledge_interrupt(GROUP)
    }

    /// Ends an interrupt that this CPU has taken.
    pub(super) fn end(&self, token: IntId) {
        self.registers.lock().gic.end_interrupt(token, GROUP);
    }

    /// Sends a software-generated interrupt; returns whether the CPU can take it.
    pub(super) fn send(&self, interrupt: IntId, cpu: CpuIndex) -> bool {
        let target = self.targets.get(cpu.0).map_or(0, |target| target.load(Relaxed));
        if target != 0 {
            let target_list_filter = SgiTargetListFilter::CPUTargetList;
            let target = SgiTarget::List { target_list_filter, target_list: u16::from(target) };
            self.registers.lock().gic.send_sgi(interrupt, target);
        }
        target != 0
    }
}
