//! How a fault is reported: ESR_EL1 and FAR_EL1 of an abort (Arm ARM D24.2.45; pseudocode `AArch64.FaultSyndrome`).

use super::{
    Access, Clause, Controls, Ending, Family, Par, PermissionScheme, Rules, SyndromePattern, refusal::Refusal,
};
use afdbm::address::VirtualAddress;
use afdbm::fault::{FaultStatus, Syndrome};

const CLASS: u64 = 0x3f << 26;
const LOWER_OR_SAME: u64 = 1 << 26;
const DATA_OR_INSTRUCTION: u64 = 1 << 28;
const STATUS: u64 = 0x3f;
const LEVEL: u64 = 0b11;
const WRITE: u64 = 1 << 6;
const MAINTENANCE: u64 = 1 << 8;
const LENGTH: u64 = 1 << 25;
/// ISS2.DirtyBit.
const DIRTY_BIT: u64 = 1 << 37;

/// What ESR_EL1.WnR says.
enum Write {
    Is(bool),
    /// Either value: the rule names Permission, Translation and Access flag faults only.
    Either,
}

fn write<R: Rules>(rules: R, access: &Access, refusal: &Refusal, readable: bool) -> Write {
    let or_either = |clause, value| if rules.holds(clause) { Write::Is(value) } else { Write::Either };
    match access.kind.family() {
        // Which of the pair takes it is as open as whether it is taken.
        Family::Write
            if access.kind.is_passing_exclusive()
                && matches!(
                    refusal.clause,
                    Clause::MisalignedOutsideMayFault | Clause::MisalignedMayFaultByType
                ) =>
        {
            Write::Either
        }
        // All but a Permission fault for want of write permission is that of the pair's LDXR.
        Family::Write if access.kind.is_passing_exclusive() && (refusal.read_too || refusal.early) => {
            or_either(Clause::LoadReportsRead, false)
        }
        Family::Write => or_either(Clause::StoreReportsWrite, true),
        Family::Atomic if refusal.status == FaultStatus::Alignment => Write::Either,
        Family::Atomic if refusal.read_too || !readable => or_either(Clause::AtomicReportsRead, false),
        Family::Atomic => or_either(Clause::AtomicReportsWrite, true),
        Family::DataMaintenance | Family::InstructionMaintenance => Write::Is(true),
        Family::Fetch => Write::Is(false),
        Family::Read | Family::Optional(_) | Family::Translation => or_either(Clause::LoadReportsRead, false),
    }
}

/// Returns the ending of an access that stage 2 ends: an abort to EL2. `write` is WnR, where it is told, `on_walk` S1PTW, and
/// `dirty_bit` ISS2.DirtyBit, where it is told.
pub(super) fn stage_2_abort<R: Rules>(
    rules: R,
    controls: &Controls,
    access: &Access,
    status: FaultStatus,
    write: Option<bool>,
    on_walk: bool,
    dirty_bit: Option<bool>,
) -> Ending {
    const ON_WALK: u64 = 1 << 7;
    /// ISV, SAS, SSE, SRT, SF and AR of a Data Abort: which instruction it was, or not (D24.2.45 ISV).
    const INSTRUCTION: u64 = 0x01ff_c000;
    let mut value = 0x20 << 26 | LENGTH | u64::from(status.code());
    let mut mask = 0xffff_ffff;
    if access.kind.family() != Family::Fetch {
        value |= DATA_OR_INSTRUCTION;
        mask &= if on_walk { !0 } else { !INSTRUCTION };
    }
    match write {
        Some(true) => value |= WRITE,
        Some(false) => {}
        None => mask &= !WRITE,
    }
    if let Some(dirty_bit) = dirty_bit {
        mask |= DIRTY_BIT;
        value |= if dirty_bit { DIRTY_BIT } else { 0 };
    }
    if access.kind.family() == Family::Translation {
        value |= MAINTENANCE | WRITE;
        if !rules.holds(Clause::MaintenanceReportsItself) {
            mask &= !(MAINTENANCE | WRITE);
        }
    }
    if on_walk {
        value |= ON_WALK;
    }
    if !rules.holds(Clause::Stage2FaultOfWalk) {
        mask &= !ON_WALK;
    }
    if !rules.holds(Clause::FaultNamesLevel) && status.level().is_some() {
        mask &= !LEVEL;
    }
    if !rules.holds(Clause::ExceptionComesFrom) {
        mask &= !LOWER_OR_SAME;
    }
    if access.kind.family() == Family::Fetch && !rules.holds(Clause::FetchIsInstructionAbort) {
        mask &= !DATA_OR_INSTRUCTION;
    }
    let untagged = access.kind.family() == Family::Fetch && controls.range.top_byte_ignored;
    let held = if untagged { VirtualAddress(access.address.0 & !(0xff << 56)) } else { access.address };
    Ending::Faults {
        syndrome: SyndromePattern { value: Syndrome(value), mask },
        address: held,
        address_mask: if rules.holds(Clause::FaultAddress) { !0 } else { 0 },
    }
}

/// Returns the ending of an AT instruction by both stages that stage 2 refuses.
pub(super) fn stage_2_report<R: Rules>(rules: R, status: FaultStatus, on_walk: bool) -> Ending {
    let mut mask = Par::STATUS;
    if rules.holds(Clause::TranslationReportsStage) {
        mask |= Par::STAGE_2 | Par::ON_STAGE_1_WALK;
    }
    if !rules.holds(Clause::FaultNamesLevel) && status.level().is_some() {
        mask &= !(LEVEL << 1);
    }
    Ending::ReportsStage2Fault { report: Par::fault_of_stage_2(status, on_walk), mask }
}

/// Returns the ending of an access that takes this fault at `address`.
pub(super) fn abort<R: Rules>(
    rules: R,
    controls: &Controls,
    access: &Access,
    refusal: &Refusal,
    readable: bool,
    address: VirtualAddress,
) -> Ending {
    let fetch = access.kind.family() == Family::Fetch;
    let maintenance =
        matches!(access.kind.family(), Family::DataMaintenance | Family::InstructionMaintenance);
    let mut value = 0x20 << 26 | LENGTH | u64::from(refusal.status.code());
    let mut mask = 0xffff_ffff;
    if controls.permissions != PermissionScheme::Direct && rules.holds(Clause::IndirectReportsDirtyBit) {
        mask |= DIRTY_BIT;
        value |= if refusal.for_dirty_state { DIRTY_BIT } else { 0 };
    }
    if !fetch {
        value |= DATA_OR_INSTRUCTION;
    }
    if access.level as u8 >= controls.regime.exception_level() {
        value |= LOWER_OR_SAME;
    }
    match write(rules, access, refusal, readable) {
        Write::Is(true) => value |= WRITE,
        Write::Is(false) => {}
        Write::Either => mask &= !WRITE,
    }
    if maintenance {
        value |= MAINTENANCE;
    }
    if maintenance && !rules.holds(Clause::MaintenanceReportsItself) {
        mask &= !(MAINTENANCE | WRITE);
    }
    if !rules.holds(Clause::ExceptionComesFrom) {
        mask &= !LOWER_OR_SAME;
    }
    if fetch && !rules.holds(Clause::FetchIsInstructionAbort) {
        mask &= !DATA_OR_INSTRUCTION;
    }
    if !rules.holds(Clause::FaultNamesLevel) && refusal.status.level().is_some() {
        mask &= !LEVEL;
    }
    if !rules.holds(Clause::SyndromeIsComplete) {
        mask &= CLASS | STATUS | WRITE | MAINTENANCE;
    }
    let untagged = fetch && controls.range.top_byte_ignored;
    let held = if untagged { VirtualAddress(address.0 & !(0xff << 56)) } else { address };
    let mut address_mask = if rules.holds(Clause::FaultAddress) { !0 } else { 0 };
    if untagged && !rules.holds(Clause::FetchAddressHasNoTag) {
        address_mask &= !(0xff << 56);
    }
    Ending::Faults { syndrome: SyndromePattern { value: Syndrome(value), mask }, address: held, address_mask }
}
