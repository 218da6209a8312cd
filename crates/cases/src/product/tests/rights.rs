//! What the emulator's pages permit, and what its instructions want.

use super::{
    defect::Defect,
    emulator::{State, Want},
    liberty::Liberty,
};
use afdbm::descriptor::Descriptor;
use afdbm::stage::Stage;
use oracle::{AccessKind as Kind, Controls, ExceptionLevel, Family, PrivilegedAccessNever};

const AP2: u64 = Stage::One.dirty_bit().mask();

impl State<'_> {
    /// Readable, and everything that is wanted.
    pub(super) fn rights(&self, leaf: u64, tables: u64, clean: bool, want: Want, kind: Kind) -> (bool, bool) {
        let controls: &Controls = &self.query.controls;
        let bit = |mask: u64| leaf & mask != 0;
        let below = !controls.range.hierarchy_disabled || self.is(Defect::HpdIgnored);
        let table = |mask: u64, ignored: Defect| below && tables & mask != 0 && !self.is(ignored);
        let aptable1 = table(Descriptor::AP_TABLE_READ_ONLY, Defect::ApTableReadOnlyIgnored);
        let aptable0 = table(Descriptor::AP_TABLE_NO_EL0, Defect::ApTableNoUserIgnored);
        let uxn = bit(Descriptor::UXN) && !self.is(Defect::UxnIgnored)
            || table(Descriptor::UXN_TABLE, Defect::UxnTableIgnored);
        let pxn = bit(Descriptor::PXN) && !self.is(Defect::PxnIgnored)
            || table(Descriptor::PXN_TABLE, Defect::PxnTableIgnored);
        let user = bit(Descriptor::AP1) && !aptable0;
        let writable = (!bit(AP2) || clean) && !aptable1;
        let truly = writable && !bit(AP2);
        let (mut read, mut write) = if want.user { (user, user && writable) } else { (true, writable) };
        let mut execute = if want.user {
            !uxn
        } else {
            let user_writes =
                if self.is(Defect::UserCleanExecutes) { user && truly } else { user && writable };
            let early = self.is(Defect::PxnBeforeTables) && bit(Descriptor::AP1) && (!bit(AP2) || clean);
            !pxn && !((user_writes || early) && !self.is(Defect::UserWritableExecutes))
        };
        let mut for_wxn = write;
        if self.is(Defect::WxnIgnoresClean) {
            for_wxn &= !bit(AP2);
        }
        if self.is(Defect::WxnBeforeTables) {
            for_wxn |= (!bit(AP2) || clean) && (!want.user || bit(Descriptor::AP1));
        }
        if controls.write_execute_never && for_wxn && !self.is(Defect::WxnIgnored) {
            execute = false;
        }
        let pan_features = self.query.features.privileged_access_never;
        let epan = controls.executable_access_never
            && pan_features == PrivilegedAccessNever::Pan3
            && !self.is(Defect::EpanIgnored);
        let open_to_user = user || epan && !uxn || self.is(Defect::PanBeforeTables) && bit(Descriptor::AP1);
        let pan =
            controls.privileged_access_never && !want.user && open_to_user && !self.is(Defect::PanIgnored);
        if pan && (want.pan || kind == Kind::Fetch && self.is(Defect::PanOnFetch)) {
            (read, write) = (false, false);
            execute &= !self.is(Defect::PanOnFetch);
        }
        (read, (!want.read || read) && (!want.write || write) && (!want.execute || execute))
    }

    pub(super) fn want(&self, kind: Kind) -> Want {
        let controls = &self.query.controls;
        let at_el0 = self.query.access.level == ExceptionLevel::El0;
        let uao = controls.user_access_override && !self.is(Defect::UaoIgnored);
        let plain = Want { read: false, write: false, execute: false, user: at_el0, pan: true, marks: true };
        let marks = self.takes(match kind.family() {
            Family::Optional(_) => Liberty::FlagByPrefetch,
            Family::Translation => Liberty::FlagByTranslation,
            _ => Liberty::FlagByMaintenance,
        });
        let hint = Want { pan: false, marks, ..plain };
        match kind.family() {
            Family::Read | Family::Write if kind.is_unprivileged() => Want {
                read: kind.family() == Family::Read,
                write: kind.family() == Family::Write,
                user: at_el0 || !uao && !self.is(Defect::UnprivilegedIsPrivileged),
                ..plain
            },
            Family::Read => Want { read: true, ..plain },
            Family::Write => Want { write: true, ..plain },
            Family::Atomic => {
                let compares = matches!(
                    kind,
                    Kind::CompareAndSwapMismatch
                        | Kind::CompareAndSwapPairMismatch
                        | Kind::ReadCheckWriteMismatch
                );
                Want { read: true, write: !(compares && self.is(Defect::CompareNeedsNoWrite)), ..plain }
            }
            Family::Fetch => Want { execute: true, pan: false, ..plain },
            Family::DataMaintenance if kind == Kind::Invalidate => Want { write: true, ..hint },
            Family::DataMaintenance => Want {
                read: at_el0 && !self.is(Defect::UserCleanNeedsNothing),
                write: !at_el0 && self.is(Defect::CleanNeedsWriteAtEl1),
                ..hint
            },
            Family::InstructionMaintenance => {
                Want { read: at_el0, write: self.overdoes(Liberty::MaintenanceTranslates), ..hint }
            }
            Family::Optional(_) => {
                Want { read: kind == Kind::PrefetchLoad, write: kind == Kind::PrefetchStore, ..hint }
            }
            Family::Translation => {
                let write = kind.is_for_write() && !self.is(Defect::TranslationIsRead);
                let user = matches!(kind, Kind::TranslateUserRead | Kind::TranslateUserWrite);
                let pan = matches!(kind, Kind::TranslateReadPan | Kind::TranslateWritePan);
                Want {
                    read: !write,
                    write,
                    user: user && !self.is(Defect::TranslationIsPrivileged),
                    pan: pan && !self.is(Defect::PanIgnoredByTranslation),
                    ..hint
                }
            }
        }
    }
}
