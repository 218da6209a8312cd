//! What a kernel does with this library: page-table entries of its own kind, a TLB, two CPUs without hardware
//! management, and the fault handler of the first page of the documentation.

use afdbm::{
    address::{Asid, PhysicalAddress, VirtualAddress},
    descriptor::{AccessPermission, Descriptor, LeafAttributes, Level},
    fault::{Fault, Syndrome},
    operations::{
        Closed, Handled, Invalidation, Place, Scope, Slot, Step, V4, get_and_clear, handle_fault, make_old,
        write_protect,
    },
    regime::Translation,
    stage::Stage,
};
use std::{
    cell::{Cell, RefCell},
    sync::atomic::Ordering,
};

/// What another agent makes of a descriptor.
type Interference = fn(Descriptor) -> Descriptor;

/// An entry of this kernel: a plain word, since one thread plays all CPUs, and what interferes before a step.
struct Entry {
    word: Cell<u64>,
    before_exchange: Cell<Option<Interference>>,
    steps: RefCell<Vec<Step>>,
}

impl Entry {
    fn get(&self) -> Descriptor {
        Descriptor(self.word.get())
    }
}

impl Slot for Entry {
    fn load(&self, _order: Ordering, step: Step) -> Descriptor {
        self.steps.borrow_mut().push(step);
        self.get()
    }

    fn compare_exchange_weak(
        &self,
        current: Descriptor,
        new: Descriptor,
        _success: Ordering,
        _failure: Ordering,
        step: Step,
    ) -> Result<Descriptor, Descriptor> {
        self.steps.borrow_mut().push(step);
        if let Some(interfere) = self.before_exchange.take() {
            self.word.set(interfere(self.get()).0);
        }
        let found = self.get();
        if found != current {
            return Err(found);
        }
        self.word.set(new.0);
        Ok(found)
    }

    fn swap(&self, new: Descriptor, _order: Ordering, step: Step) -> Descriptor {
        self.steps.borrow_mut().push(step);
        Descriptor(self.word.replace(new.0))
    }

    fn store(&self, new: Descriptor, _order: Ordering, step: Step) {
        self.steps.borrow_mut().push(step);
        self.word.set(new.0);
    }
}

/// One page, and what each CPU's TLB holds of it.
struct Kernel {
    entry: Entry,
    tlbs: [Cell<Option<Descriptor>>; 2],
}

const PLACE: Place = Place {
    address: VirtualAddress(0x40_0000),
    asid: Some(Asid(7)),
    level: Level::L3,
    translation: Translation::EL10_4K,
};

/// A fault cap: more than this and the handler does not make progress.
const CAP: usize = 4;

/// How an access ended: after so many faults, or refused.
#[derive(PartialEq, Eq, Debug)]
enum Access {
    Passed { faults: usize },
    Refused,
}

impl Kernel {
    /// Maps a page of EL0 that may be written and was not yet: writable-clean, young.
    fn new() -> Self {
        let attributes = LeafAttributes {
            permission: AccessPermission::ReadOnly,
            dirty_bit_modifier: true,
            ..LeafAttributes::KERNEL_DATA
        };
        let page = Descriptor::leaf(
            PLACE.translation.geometry,
            PLACE.level,
            PhysicalAddress(0x8000_0000),
            attributes,
        );
        let entry = Entry {
            word: Cell::new(page.0),
            before_exchange: Cell::new(None),
            steps: RefCell::new(Vec::new()),
        };
        Self { entry, tlbs: [const { Cell::new(None) }; 2] }
    }

    /// What a CPU without hardware management does: its TLB first, then the table (Arm ARM D8.2).
    fn translate(&self, cpu: usize, write: bool) -> Result<(), Fault> {
        let found = self.tlbs[cpu].get().unwrap_or_else(|| self.entry.get());
        // DFSC of a level 3 fault: Translation 0x07, Access flag 0x0b, Permission 0x0f (Arm ARM D24.2.45).
        let status = if !found.is_valid() {
            0x07
        } else if !found.is_young() {
            0x0b
        } else {
            // With AF=1 the entry may be cached, though the access is refused (R_JVXRH).
            self.tlbs[cpu].set(Some(found));
            if !write || !found.is_read_only() {
                return Ok(());
            }
            0x0f
        };
        let syndrome = Syndrome(0x24 << 26 | 1 << 25 | u64::from(write) << 6 | status);
        Err(Fault { syndrome, address: PLACE.address })
    }

    /// Carries out an invalidation: DSB, TLBI, DSB.
    fn discharge(&self, cpu: usize, owed: Invalidation) {
        match owed.scope() {
            Scope::None => {}
            Scope::ThisCpu => self.tlbs[cpu].set(None),
            Scope::AllCpus => self.tlbs.iter().for_each(|tlb| tlb.set(None)),
        }
    }

    /// An access from EL0, with its faults.
    fn access(&self, cpu: usize, write: bool) -> Access {
        for faults in 0..CAP {
            let Err(fault) = self.translate(cpu, write) else { return Access::Passed { faults } };
            match handle_fault::<V4, _, _>(&fault, &self.entry, PLACE, &Closed) {
                Handled::Resolved(change) | Handled::Spurious(change) => self.discharge(cpu, change.owed),
                Handled::NotOurs(_) => return Access::Refused,
            }
        }
        panic!("more than {CAP} faults for one access")
    }
}

#[test]
fn a_page_that_was_aged_is_read_and_then_written_without_a_loop() {
    // The sequence that froze userspace in 2016 (Linux 66dbd6e61a52).
    let kernel = Kernel::new();
    assert_eq!(kernel.access(0, true), Access::Passed { faults: 1 });
    kernel.discharge(0, make_old(&kernel.entry, PLACE).owed);
    assert_eq!(kernel.access(0, false), Access::Passed { faults: 1 });
    assert_eq!(kernel.access(0, true), Access::Passed { faults: 0 });
    assert!(kernel.entry.get().is_dirty() && kernel.entry.get().is_young());
}

#[test]
fn a_stale_read_only_entry_of_another_cpu_costs_one_fault() {
    let kernel = Kernel::new();
    assert_eq!(kernel.access(1, false), Access::Passed { faults: 0 });
    // The grant invalidates on this CPU alone.
    assert_eq!(kernel.access(0, true), Access::Passed { faults: 1 });
    assert_eq!(kernel.access(1, true), Access::Passed { faults: 1 });
}

#[test]
fn what_hardware_records_before_the_exchange_is_kept() {
    let kernel = Kernel::new();
    kernel.discharge(0, make_old(&kernel.entry, PLACE).owed);
    kernel.entry.steps.borrow_mut().clear();
    // Another CPU, with hardware management, writes the page between the handler's load and its exchange.
    kernel.entry.before_exchange.set(Some(|found| Stage::One.with_dirty(found.with(Descriptor::AF))));
    assert_eq!(kernel.access(0, false), Access::Passed { faults: 1 });
    assert!(kernel.entry.get().is_dirty());
    assert_eq!(*kernel.entry.steps.borrow(), [Step::Snapshot, Step::Load, Step::Exchange]);
}

#[test]
fn a_withdrawn_write_is_refused_and_stays_known() {
    let kernel = Kernel::new();
    assert_eq!(kernel.access(1, true), Access::Passed { faults: 1 });
    let change = write_protect(&kernel.entry, PLACE);
    kernel.discharge(0, change.owed);
    assert!(change.left.is_dirty());
    assert_eq!(kernel.access(1, true), Access::Refused);
    assert_eq!(kernel.access(1, false), Access::Passed { faults: 0 });
}

#[test]
fn a_page_that_is_taken_out_is_gone_for_every_cpu() {
    let kernel = Kernel::new();
    assert_eq!(kernel.access(0, true), Access::Passed { faults: 1 });
    assert_eq!(kernel.access(1, false), Access::Passed { faults: 0 });
    let change = get_and_clear(&kernel.entry, PLACE);
    assert!(change.found.is_dirty());
    kernel.discharge(0, change.owed);
    for cpu in 0..2 {
        assert_eq!(kernel.access(cpu, false), Access::Refused);
    }
    assert_eq!(kernel.entry.get(), Descriptor::INVALID);
}
