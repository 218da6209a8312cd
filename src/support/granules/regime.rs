//! The regime that walks the tables: how its controls are set, its TLB is emptied, and an access is made in it.

use crate::machine::controls::{Controls, Management, Particular, Settings};
use crate::machine::lean::{Before, Exchange, ProcessState};
use crate::machine::registers::{Extended, Identification, Indirect, MaskedInterrupts};
use crate::machine::{barriers, boot, format};
use crate::memory::large::LargeTables;
use crate::memory::mapping;
use crate::probe::{Entry, ExceptionLevel};
use afdbm::address::{Asid, PhysicalAddress, VirtualAddress};
use afdbm::descriptor::Descriptor;
use afdbm::fault::Fault;
use afdbm::geometry::Geometry;
use afdbm::tlbi::Operand;
use cases::extended::Granted;
use oracle::{PermissionScheme, permission_index};

/// The ASID of the sites; the cases' own come around to it, but run at other times.
pub const ASID: Asid = Asid(1);

/// A translation regime of this CPU, whose lower range belongs to the case while the value lives.
pub trait Regime {
    /// Gives the kernel's tables the format that `geometry` has, since both ranges have one TCR_EL1.DS; `large` are those for
    /// DS=1. TTBR0 maps nothing afterwards if the format has changed.
    fn format(&mut self, geometry: Geometry, large: Option<LargeTables<'_>>);

    /// Sets the controls, and the first table.
    fn control(&mut self, controls: &oracle::Controls, root: PhysicalAddress);

    /// Empties this CPU's TLB.
    fn invalidate_everything(&self);

    /// Invalidates an address, and waits for it.
    fn invalidate(&self, address: Operand);

    /// Waits for every update of a descriptor, and begins to invalidate an address.
    fn complete_and_invalidate(&self, address: Operand);

    /// Makes an access; returns the exception that ended it.
    fn access(
        &mut self,
        exchange: &mut Exchange,
        level: oracle::ExceptionLevel,
        stub: Entry,
        address: VirtualAddress,
        before: Option<Before>,
    ) -> Option<Fault>;
}

/// EL1&0, through the guard of its controls.
pub struct El10 {
    cpu: Identification,
    empty: PhysicalAddress,
    controls: Controls,
    state: ProcessState,
}

impl El10 {
    /// Takes this CPU's controls over, with the table at `empty` in TTBR0.
    pub fn new(cpu: Identification, empty: PhysicalAddress) -> Self {
        let controls = Controls::apply(&plain(empty));
        Self { cpu, empty, controls, state: ProcessState::default() }
    }
}

impl Drop for El10 {
    fn drop(&mut self) {
        self.controls.change(&plain(self.empty));
        format::restore();
    }
}

/// Nothing on, with an empty table.
const fn plain(empty: PhysicalAddress) -> Settings {
    Settings { user: Some((empty, ASID)), ..Settings::PLAIN }
}

// The kernel's own leaves have the indexes whose meaning stays.
const _: () = {
    let [user_code, code, data] = Granted::KEPT;
    assert!(
        permission_index(Descriptor(mapping::USER_CODE.bits())) == user_code.index,
        "code that EL0 executes"
    );
    assert!(permission_index(Descriptor(boot::TEXT)) == code.index, "code");
    assert!(permission_index(Descriptor(boot::DATA)) == data.index, "data");
    assert!(permission_index(Descriptor(boot::RODATA)) == data.index, "constants");
};

/// Returns TCR2_EL1 and its like as the controls ask for them.
fn extended(controls: &oracle::Controls) -> Extended {
    let indirect = match controls.permissions {
        PermissionScheme::Direct => None,
        PermissionScheme::Indirect { privileged, unprivileged } => {
            Some(Indirect { privileged, unprivileged })
        }
    };
    Extended { indirect, table_access_flag: controls.table_access_flag }
}

impl Regime for El10 {
    fn format(&mut self, geometry: Geometry, large: Option<LargeTables<'_>>) {
        let wanted = !geometry.has_shareability_field();
        if wanted == format::is_large() {
            return;
        }
        self.controls.change(&plain(self.empty));
        if wanted {
            large.expect("a geometry with TCR_EL1.DS=1 has the kernel's tables").enter();
        } else {
            format::restore();
        }
    }

    fn control(&mut self, controls: &oracle::Controls, root: PhysicalAddress) {
        self.controls.change(&Settings {
            management: Management {
                access_flag: controls.hardware_access_flag,
                dirty_state: controls.hardware_dirty_state,
            },
            write_implies_execute_never: controls.write_execute_never,
            privileged_access_never: controls.privileged_access_never,
            particular: Particular {
                geometry: Some(controls.range.geometry),
                extended: extended(controls),
                ..Particular::default()
            },
            user: Some((root, ASID)),
        });
        self.state = ProcessState::new(&self.cpu, controls.privileged_access_never, false);
    }

    fn invalidate_everything(&self) {
        barriers::sequence_invalidate_everything_local();
    }

    fn invalidate(&self, address: Operand) {
        barriers::sequence_invalidate_address_local(address);
    }

    fn complete_and_invalidate(&self, address: Operand) {
        barriers::sequence_complete_and_queue_address_local(address);
    }

    fn access(
        &mut self,
        exchange: &mut Exchange,
        level: oracle::ExceptionLevel,
        stub: Entry,
        address: VirtualAddress,
        before: Option<Before>,
    ) -> Option<Fault> {
        let level = match level {
            oracle::ExceptionLevel::El0 => ExceptionLevel::El0,
            oracle::ExceptionLevel::El1 => ExceptionLevel::El1,
            oracle::ExceptionLevel::El2 => unreachable!("EL1&0 has no access of EL2"),
        };
        exchange.access(level, stub, address, before, self.state, &MaskedInterrupts::new())
    }
}
