//! The translation regime's controls of one CPU, behind one guard.
//!
//! HA, HD and WXN reach the kernel's own mappings too; those are insensitive to them (AF=1, DBM=0, EL1 only,
//! never writable and executable). SCTLR_EL1.SPAN stays 1 throughout; EPAN and A are 0 unless a case sets them:
//! nothing of the kernel is EL0's but the pages of the stubs, and its code makes aligned accesses only.

use super::registers::fields::{SCTLR_EPAN, TCR_E0PD0, TCR_HPD0};
use super::registers::{
    self, Extended, set_extended, set_privileged_access_never, set_regime, set_user_root,
};
use super::{format, image, layout, planted, resident};
use aarch64_cpu::registers::{SCTLR_EL1, TCR_EL1};
use afdbm::address::{Asid, PhysicalAddress};
use afdbm::geometry::{Geometry, Granule};
use core::fmt;
use core::marker::PhantomData;
use tock_registers::fields::FieldValue;

/// Bits of output address that every case can do with where all that is mapped lies within, so that an output address can
/// be too large on every CPU.
pub const NARROW: u8 = 44;

/// How walks through TTBR0 access memory; TTBR1's do so as [`WalkMemory::WriteBack`] always.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum WalkMemory {
    /// Write-Back, Inner Shareable: what hardware updates need (row G01, Arm ARM R_WLTNL).
    #[default]
    WriteBack,
    /// Write-Back, Non-shareable (row G02).
    NonShareable,
    /// Write-Through, Inner Shareable (row G03).
    WriteThrough,
    /// Non-cacheable (row G03).
    NonCacheable,
}

impl WalkMemory {
    /// Returns TCR_EL1.IRGN0, ORGN0 and SH0 (Arm ARM D24.2.194).
    fn fields(self) -> FieldValue<u64, TCR_EL1::Register> {
        let (cacheability, shareability) = match self {
            Self::WriteBack => (0b01, 0b11),
            Self::NonShareable => (0b01, 0b00),
            Self::WriteThrough => (0b10, 0b11),
            Self::NonCacheable => (0b00, 0b11),
        };
        TCR_EL1::IRGN0.val(cacheability) + TCR_EL1::ORGN0.val(cacheability) + TCR_EL1::SH0.val(shareability)
    }

    /// Tells whether walks see what is in the caches, as software does: no maintenance is needed.
    #[must_use]
    pub const fn is_coherent(self) -> bool {
        matches!(self, Self::WriteBack)
    }

    /// Tells whether TCR_EL1 of this CPU says so.
    #[must_use]
    pub fn is_set(self) -> bool {
        self.fields().matches_all(registers::translation_control())
    }
}

impl fmt::Display for WalkMemory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::WriteBack => "Write-Back, Inner Shareable",
            Self::NonShareable => "Write-Back, Non-shareable",
            Self::WriteThrough => "Write-Through, Inner Shareable",
            Self::NonCacheable => "Non-cacheable",
        })
    }
}

/// Controls of TTBR0's range, and of the regime, that few cases set. The default is none of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Particular {
    /// TCR_EL1.TG0, T0SZ and IPS; `None` for those of [`layout::CASE`]. A geometry that the CPU has, in the format that the
    /// kernel's own tables have, with bits of output address within which all lies that is mapped.
    pub geometry: Option<Geometry>,
    /// TCR_EL1.IRGN0, ORGN0 and SH0; the tables are at the Point of Coherency wherever it is not the default.
    pub walk: WalkMemory,
    /// TCR_EL1.HPD0; only with FEAT_HPDS.
    pub hierarchy_disabled: bool,
    /// TCR_EL1.E0PD0; only with FEAT_E0PD.
    pub unprivileged_refused: bool,
    /// TCR_EL1.TBI0.
    pub top_byte_ignored: bool,
    /// TCR_EL1.EPD0.
    pub walks_disabled: bool,
    /// SCTLR_EL1.A.
    pub alignment_checked: bool,
    /// SCTLR_EL1.EPAN; only with FEAT_PAN3.
    pub executable_access_never: bool,
    /// TCR2_EL1, PIR_EL1 and PIRE0_EL1; nothing is on outside a guard.
    pub extended: Extended,
}

/// The hardware management that a CPU is set to: TCR_EL1.HA and HD.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Management {
    /// TCR_EL1.HA.
    pub access_flag: bool,
    /// TCR_EL1.HD; without HA it has no effect (row A06).
    pub dirty_state: bool,
}

impl Management {
    /// HA=0, HD=0: software manages both.
    pub const NONE: Self = Self { access_flag: false, dirty_state: false };
    /// HA=1, HD=0.
    pub const ACCESS_FLAG: Self = Self { access_flag: true, dirty_state: false };
    /// HA=1, HD=1.
    pub const FULL: Self = Self { access_flag: true, dirty_state: true };
}

impl fmt::Display for Management {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "HA={} HD={}", u8::from(self.access_flag), u8::from(self.dirty_state))
    }
}

/// Leaves the identity mapping of the boot code: from now on TTBR0 belongs to the cases, and maps nothing
/// between them.
///
/// EPD0, which no TLB caches (Arm ARM D24.2.194), keeps walks out while root and size change.
pub fn leave_identity_map() {
    let translation =
        TCR_EL1::T0SZ.val(layout::CASE.geometry.size_field()).modify(registers::translation_control());
    let system = registers::system_control();
    // SAFETY: the kernel runs in TTBR1's range, whose fields stay as they are; nothing uses TTBR0 any more.
    unsafe {
        set_regime(TCR_EL1::EPD0::SET.modify(translation), system);
        set_user_root(image::empty_root(), Asid(0));
        set_regime(translation, system);
    }
}

/// What a CPU's regime is set to while work runs on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settings {
    /// HA and HD.
    pub management: Management,
    /// SCTLR_EL1.WXN.
    pub write_implies_execute_never: bool,
    /// PSTATE.PAN; only on a CPU with FEAT_PAN.
    pub privileged_access_never: bool,
    /// What few cases set.
    pub particular: Particular,
    /// The tables of TTBR0 and their ASID; `None` keeps what is there.
    pub user: Option<(PhysicalAddress, Asid)>,
}

impl Settings {
    /// Software management, nothing else on, TTBR0 as it is.
    pub const PLAIN: Self = Self {
        management: Management::NONE,
        write_implies_execute_never: false,
        privileged_access_never: false,
        particular: Particular {
            geometry: None,
            walk: WalkMemory::WriteBack,
            hierarchy_disabled: false,
            unprivileged_refused: false,
            top_byte_ignored: false,
            walks_disabled: false,
            alignment_checked: false,
            executable_access_never: false,
            extended: Extended::NONE,
        },
        user: None,
    };

    /// Returns TCR_EL1 and SCTLR_EL1 with the bits that the settings ask for.
    fn registers(&self, translation: u64, system: u64) -> (u64, u64) {
        let particular = self.particular;
        let in_other_format = |geometry: Geometry| {
            geometry.granule() != Granule::Size64K && geometry.has_shareability_field() == format::is_large()
        };
        assert!(!particular.geometry.is_some_and(in_other_format), "the kernel's tables have another format");
        let of_translation = fields_of_geometry(particular.geometry.unwrap_or(layout::CASE.geometry))
            + particular.walk.fields()
            + TCR_EL1::HA.val(self.management.access_flag.into())
            + TCR_EL1::HD.val(self.management.dirty_state.into())
            + TCR_EL1::EPD0.val(particular.walks_disabled.into())
            + TCR_EL1::TBI0.val(particular.top_byte_ignored.into())
            + TCR_HPD0.val(particular.hierarchy_disabled.into())
            + TCR_E0PD0.val(particular.unprivileged_refused.into());
        let of_system = SCTLR_EL1::WXN.val(self.write_implies_execute_never.into())
            + SCTLR_EL1::A.val(particular.alignment_checked.into())
            + SCTLR_EPAN.val(particular.executable_access_never.into());
        (of_translation.modify(translation), of_system.modify(system))
    }
}

/// Returns TCR_EL1.TG0, T0SZ, and IPS as far as the CPU has as many bits (Arm ARM D24.2.194).
fn fields_of_geometry(geometry: Geometry) -> FieldValue<u64, TCR_EL1::Register> {
    let granule = match geometry.granule() {
        Granule::Size4K => TCR_EL1::TG0::KiB_4,
        Granule::Size16K => TCR_EL1::TG0::KiB_16,
        Granule::Size64K => TCR_EL1::TG0::KiB_64,
    };
    let most = match geometry.output_bits() {
        ..36 => 0b000,
        36..40 => 0b001,
        40..42 => 0b010,
        42..44 => 0b011,
        44..48 => 0b100,
        48..52 => 0b101,
        52.. => 0b110,
    };
    granule
        + TCR_EL1::T0SZ.val(geometry.size_field())
        + TCR_EL1::IPS.val(registers::physical_address_range().min(most))
}

/// The controls of this CPU as `Settings` ask, until the guard is dropped.
#[derive(Debug)]
#[must_use = "the controls go back when the guard is dropped"]
pub struct Controls {
    translation: u64,
    system: u64,
    user: Option<(PhysicalAddress, Asid)>,
    privileged_access_never: bool,
    extended: Extended,
    /// The registers are this CPU's.
    not_send: PhantomData<*const ()>,
}

impl Controls {
    /// Applies `settings` to this CPU, with the barriers and the invalidation that the change needs (row A09).
    ///
    /// What is already so is not written again: a write to TCR_EL1 would empty the TLB.
    pub fn apply(settings: &Settings) -> Self {
        let translation = registers::translation_control();
        let system = registers::system_control();
        let before = Self {
            translation,
            system,
            user: settings.user.map(|_| registers::user_root()),
            privileged_access_never: settings.privileged_access_never,
            extended: settings.particular.extended,
            not_send: PhantomData,
        };
        let (translation, system) = settings.registers(translation, system);
        switch(translation, system, settings.user);
        extend(Extended::NONE, settings.particular.extended);
        if settings.privileged_access_never {
            // SAFETY: a case asks for PAN only where the ID register has it (`requires`).
            unsafe { set_privileged_access_never(true) };
        }
        before
    }

    /// Changes what is set, TTBR0 only if it was set at first, until the guard is dropped or changed again.
    ///
    /// The registers are written, and the TLB emptied, only where they differ.
    ///
    /// # Panics
    ///
    /// If TTBR0 is to change that would not go back.
    pub fn change(&mut self, settings: &Settings) {
        let (translation, system) =
            settings.registers(registers::translation_control(), registers::system_control());
        assert!(
            self.user.is_some() || settings.user.is_none(),
            "TTBR0 would stay as it is set: {settings:?}"
        );
        switch(translation, system, settings.user);
        extend(self.extended, settings.particular.extended);
        self.extended = settings.particular.extended;
        if settings.privileged_access_never != self.privileged_access_never {
            // SAFETY: a case asks for PAN only where the ID register has it; it is set, so it may be cleared.
            unsafe { set_privileged_access_never(settings.privileged_access_never) };
            self.privileged_access_never = settings.privileged_access_never;
        }
    }

    /// Puts this CPU back to [`Settings::PLAIN`] and the empty tables, after work that was abandoned without
    /// dropping its guard: the tables of the case are about to be freed, and may then be walked by nobody.
    pub fn reset() {
        let user = Some((image::empty_root(), Asid(0)));
        core::mem::forget(Self::apply(&Settings { user, ..Settings::PLAIN }));
        registers::clear_extended();
        format::restore();
        resident::stage_2::leave();
    }
}

impl Drop for Controls {
    fn drop(&mut self) {
        if self.privileged_access_never {
            // SAFETY: `apply` has set the same field before.
            unsafe { set_privileged_access_never(false) };
        }
        extend(self.extended, Extended::NONE);
        switch(self.translation, self.system, self.user);
    }
}

/// Writes TCR2_EL1 and its like if they are to change.
fn extend(now: Extended, wanted: Extended) {
    if now != wanted {
        // SAFETY: a case asks for what the ID registers have, and for permissions that keep the kernel's own indexes.
        unsafe { set_extended(wanted) };
    }
}

/// Writes the regime's registers, and TTBR0 if it is to change; while its size changes too, or the memory of its
/// walks, EPD0, which no TLB caches (Arm ARM D24.2.194), keeps walks out.
fn switch(translation: u64, system: u64, user: Option<(PhysicalAddress, Asid)>) {
    let now = registers::translation_control();
    let of_walks = fields_of_geometry(layout::CASE.geometry) + WalkMemory::default().fields();
    if (translation ^ now) & of_walks.mask() != 0 {
        write_regime(TCR_EL1::EPD0::SET.modify(now), registers::system_control());
        write_regime(TCR_EL1::EPD0::SET.modify(translation), system);
    }
    if let Some((root, asid)) = user {
        // SAFETY: TTBR0 maps nothing of the kernel; the tables stay while the guard, or what was before it, lives.
        unsafe { set_user_root(root, asid) };
    }
    write_regime(translation, system);
}

fn write_regime(translation: u64, system: u64) {
    let translation = planted::translation_control(translation);
    if (translation, system) != (registers::translation_control(), registers::system_control()) {
        // SAFETY: both values come from the registers, with only bits changed that the kernel is insensitive to.
        unsafe { set_regime(translation, system) };
    }
}
