//! Stage 2 of the EL1&0 regime, which EL1 asks the resident part to set.

use super::super::barriers;
use super::super::registers::physical_address_range;
use super::is_present;
use super::vectors::{CALL_INVALIDATE, CALL_STAGE_2, CALL_TRANSLATE};
use aarch64_cpu::registers::{HCR_EL2, VTCR_EL2, VTTBR_EL2};
use afdbm::address::{PhysicalAddress, VirtualAddress, Vmid};
use afdbm::geometry::{Granule, Level};
use afdbm::operations::{Scope, Stage2Invalidation, Stage2Tlbi};
use afdbm::tlbi::Operand;
use core::arch::asm;
use oracle::{AccessKind, Par, Stage2Controls};

/// HCR_EL2.VM: stage 2 is on.
pub(super) const HCR_VM: u64 = HCR_EL2::VM::SET.value;
/// HCR_EL2.PTW.
pub(super) const HCR_PTW: u64 = HCR_EL2::PTW::SET.value;

/// VTCR_EL2.S2PIE: permissions are indirect, by S2PIR_EL2.
pub(super) const VTCR_S2PIE: u64 = 1 << 36;

/// What stage 2 is set to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Registers {
    table: u64,
    translation: u64,
    hypervisor: u64,
    permissions: u64,
}

impl Registers {
    /// Stage 2 is off.
    const OFF: Self =
        Self { table: 0, translation: VTCR_EL2::RES1::SET.value, hypervisor: 0, permissions: 0 };

    /// Makes the registers for tables at `root`.
    #[must_use]
    pub fn new(root: PhysicalAddress, vmid: Vmid, controls: &Stage2Controls) -> Self {
        let geometry = controls.geometry;
        // SL0 by granule: 4K counts from level 2, the others from level 3 (Arm ARM D24.2.224).
        let last = match geometry.granule() {
            Granule::Size4K => Level::L2,
            Granule::Size16K | Granule::Size64K => Level::L3,
        };
        let start = last.position() - geometry.start_level().position();
        let granule = match geometry.granule() {
            Granule::Size4K => 0b00,
            Granule::Size64K => 0b01,
            Granule::Size16K => 0b10,
        };
        let translation = VTCR_EL2::RES1::SET
            + VTCR_EL2::T0SZ.val(geometry.size_field())
            + VTCR_EL2::SL0.val(start as u64)
            + VTCR_EL2::IRGN0.val(0b01)
            + VTCR_EL2::ORGN0.val(0b01)
            + VTCR_EL2::SH0.val(0b11)
            + VTCR_EL2::TG0.val(granule)
            + VTCR_EL2::PS.val(physical_address_range().min(0b110))
            + VTCR_EL2::HA.val(controls.hardware_access_flag.into())
            + VTCR_EL2::HD.val(controls.hardware_dirty_state.into());
        let table = VTTBR_EL2::VMID.val(vmid.0.into()).value | root.0;
        let hypervisor = HCR_VM | if controls.protected_walk { HCR_PTW } else { 0 };
        let (indirect, permissions) = (controls.indirect.is_some(), controls.indirect.unwrap_or(0));
        let translation = translation.value | if indirect { VTCR_S2PIE } else { 0 };
        Self { table, translation, hypervisor, permissions }
    }
}

/// The CPU does not translate the kernel's own code by these tables, though they have it: stage 2 is off.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Untranslated {
    /// PAR_EL1 of the address.
    pub report: u64,
}

/// Sets stage 2 of this CPU, and leaves its TLB without an entry of the regime.
///
/// # Errors
///
/// [`Untranslated`], if the CPU does not accept the tables.
///
/// # Safety
///
/// The tables translate all that the kernel uses to itself, with every permission, and stay as long as they are set. The CPU has
/// FEAT_S2PIE where permissions are to be indirect.
///
/// # Panics
///
/// Where there is no resident part.
pub unsafe fn set(registers: &Registers) -> Result<(), Untranslated> {
    assert!(is_present(), "stage 2 without an entry at EL2");
    let Registers { table, translation, hypervisor, permissions } = *registers;
    let report: u64;
    // SAFETY: the resident part is there, and changes x0, x1 and PAR_EL1 alone; what the kernel uses stays where it is, as the
    // caller says.
    unsafe {
        asm!(
            "hvc #{call}",
            call = const CALL_STAGE_2,
            inout("x0") table => report,
            inout("x1") translation => _,
            in("x2") hypervisor,
            in("x3") permissions,
            options(nostack)
        );
    }
    if report & 1 == 0 { Ok(()) } else { Err(Untranslated { report }) }
}

/// Turns stage 2 of this CPU off, if there is a resident part that can have turned it on.
pub fn leave() {
    if is_present() {
        // SAFETY: with stage 2 off every intermediate physical address is the physical one.
        let ended = unsafe { set(&Registers::OFF) };
        assert_eq!(ended, Ok(()), "without stage 2");
    }
}

/// Invalidates the entries of three intermediate physical addresses that hold stage 2 alone on this CPU, after every change
/// of a descriptor is complete; those that join both stages are to be invalidated after that (Arm ARM R_VZZVZ).
pub fn invalidate(addresses: [Operand; 3]) {
    execute(addresses, false);
}

/// Carries out an invalidation that is owed of the machine whose VMID is set, by `sequence`.
///
/// # Panics
///
/// Where there is no resident part.
pub fn discharge(owed: Stage2Invalidation, sequence: &[Stage2Tlbi]) {
    let everywhere = match owed.scope() {
        Scope::None => return,
        Scope::ThisCpu => false,
        Scope::AllCpus => true,
    };
    for kind in sequence {
        match kind {
            Stage2Tlbi::StageTwo => {
                let mut operands = owed.operands();
                while let Some(first) = operands.next() {
                    let mut or_first = || operands.next().unwrap_or(first);
                    execute([first, or_first(), or_first()], everywhere);
                }
            }
            Stage2Tlbi::BothStages if everywhere => barriers::sequence_invalidate_everything_all(),
            Stage2Tlbi::BothStages => barriers::sequence_invalidate_everything_local(),
        }
    }
}

/// Executes IPAS2E1, or IPAS2E1IS, and waits for it.
fn execute(addresses: [Operand; 3], everywhere: bool) {
    assert!(is_present(), "stage 2 without an entry at EL2");
    let [first, second, third] = addresses;
    // SAFETY: the resident part is there and changes x0 alone; an invalidation too many costs time only.
    unsafe {
        asm!(
            "hvc #{call}",
            call = const CALL_INVALIDATE,
            inout("x0") first.0 => _,
            in("x1") second.0,
            in("x2") third.0,
            in("x3") u64::from(everywhere),
            options(nostack)
        );
    }
}

/// Has EL2 execute an AT instruction by both stages, and returns PAR_EL1.
///
/// # Panics
///
/// Where there is no resident part, or if `kind` is another instruction.
#[must_use]
pub fn translate(kind: AccessKind, address: VirtualAddress) -> Par {
    assert!(is_present(), "stage 2 without an entry at EL2");
    assert!(kind.translates_by_both_stages(), "{} is not EL2's to execute", kind.name());
    let which = u64::from(kind.is_for_write()) | u64::from(kind.is_unprivileged()) << 1;
    let report: u64;
    // SAFETY: the resident part is there and changes x0 and PAR_EL1 alone; no register of EL1 depends on either.
    unsafe {
        asm!(
            "hvc #{call}",
            call = const CALL_TRANSLATE,
            inout("x0") address.0 => report,
            in("x1") which,
            options(nostack)
        );
    }
    Par(report)
}
