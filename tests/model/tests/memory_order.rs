//! The orderings of the operations, under loom: every execution that the C11 memory model allows.

use afdbm::descriptor::Descriptor;
use afdbm::operations::{
    Change, Outcome, Slot, Step, V4, Variant, break_before_make, build_entry, get_and_clear, make_clean,
    set_access_flags, set_access_flags_lock_free, write_protect,
};
use afdbm_model::descriptors::{AF, D, PLACE, RO, W, page};
use loom::{
    cell::UnsafeCell,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
};
use std::panic::catch_unwind;

/// A cell under loom, whose exchange may fail without a reason: once, since loom's own never does.
struct LoomSlot {
    word: AtomicU64,
    fail: AtomicBool,
    /// The ordering of writes, if not the operation's own: for a negative control.
    weakened: Option<Ordering>,
}

impl LoomSlot {
    fn new(page: Descriptor) -> Self {
        Self { word: AtomicU64::new(page.0), fail: AtomicBool::new(false), weakened: None }
    }

    fn failing(self) -> Self {
        Self { fail: AtomicBool::new(true), ..self }
    }

    fn read(&self) -> Descriptor {
        Descriptor(self.word.load(Ordering::SeqCst))
    }
}

impl Slot for LoomSlot {
    fn load(&self, order: Ordering, _step: Step) -> Descriptor {
        Descriptor(self.word.load(order))
    }

    fn compare_exchange_weak(
        &self,
        current: Descriptor,
        new: Descriptor,
        success: Ordering,
        failure: Ordering,
        _step: Step,
    ) -> Result<Descriptor, Descriptor> {
        if self.fail.swap(false, Ordering::Relaxed) {
            return Err(Descriptor(self.word.load(failure)));
        }
        let success = self.weakened.unwrap_or(success);
        let result = self.word.compare_exchange(current.0, new.0, success, failure);
        result.map(Descriptor).map_err(Descriptor)
    }

    fn swap(&self, new: Descriptor, order: Ordering, _step: Step) -> Descriptor {
        Descriptor(self.word.swap(new.0, order))
    }

    fn store(&self, new: Descriptor, order: Ordering, _step: Step) {
        self.word.store(new.0, self.weakened.unwrap_or(order));
    }
}

/// The walker of a CPU that manages both: sets AF and clears RO in one update, as a relaxed read-modify-write.
fn walker_writes(slot: &LoomSlot) -> bool {
    let update = |word: u64| {
        let found = Descriptor(word);
        let writes = found.is_valid() && found.is_writable();
        writes.then(|| found.with(AF).without(RO).0)
    };
    slot.word.fetch_update(Ordering::Relaxed, Ordering::Relaxed, update).is_ok()
}

/// Runs an operation beside a walker that writes, and judges memory after both.
fn beside_a_write(
    start: u64,
    operation: impl Fn(&LoomSlot) -> Change + Sync + Send + Copy + 'static,
    holds: impl Fn(Descriptor, bool, Change) -> bool + Sync + Send + 'static,
) {
    loom::model(move || {
        let slot = Arc::new(LoomSlot::new(page(0, start)).failing());
        let other = Arc::clone(&slot);
        let walker = thread::spawn(move || walker_writes(&other));
        let change = operation(&slot);
        let wrote = walker.join().expect("the walker does not panic");
        let left = slot.read();
        assert!(holds(left, wrote, change), "left {left}, wrote {wrote}");
    });
}

#[test]
fn set_access_flags_keeps_a_write() {
    let entry = build_entry(PLACE.stage(), page(0, W | RO), false);
    let keeps = |left: Descriptor, wrote: bool, _| wrote && left.is_dirty() && left.is_young();
    beside_a_write(W | RO, move |slot| set_access_flags(slot, entry, PLACE), keeps);
    beside_a_write(W | RO, move |slot| set_access_flags_lock_free(slot, entry, false, PLACE), keeps);
}

#[test]
fn v0_loses_a_write() {
    let lost = catch_unwind(|| {
        let entry = history::V0::build_entry(PLACE.stage(), page(0, W | RO), false);
        let v0 = move |slot: &LoomSlot| history::V0::set_access_flags(slot, entry, false, PLACE);
        beside_a_write(W | RO, v0, |left, wrote, _| !wrote || left.is_dirty());
    });
    assert!(lost.is_err(), "v0 kept every write");
}

#[test]
fn taking_away_keeps_a_write() {
    beside_a_write(
        W | RO | AF,
        |slot| write_protect(slot, PLACE),
        |left, wrote, _| !left.is_writable() && left.has(D) == wrote,
    );
    beside_a_write(
        W | RO | AF,
        |slot| make_clean(slot, PLACE),
        |left, wrote, change| !wrote || left.is_dirty() || change.found.is_dirty(),
    );
    beside_a_write(
        W | RO | AF,
        |slot| get_and_clear(slot, PLACE),
        |left, wrote, change| left == Descriptor::INVALID && change.found.is_dirty() == wrote,
    );
}

#[test]
fn two_faults_join() {
    loom::model(|| {
        let start = page(0, W | RO);
        let slot = Arc::new(LoomSlot::new(start));
        let other = Arc::clone(&slot);
        let (read, write) =
            (V4::build_entry(PLACE.stage(), start, false), V4::build_entry(PLACE.stage(), start, true));
        let writer = thread::spawn(move || set_access_flags(&*other, write, PLACE).outcome);
        let _ = set_access_flags(&*slot, read, PLACE);
        let outcome = writer.join().expect("the writer does not panic");
        assert_eq!((outcome, slot.read()), (Outcome::Changed, page(0, W | D | AF)));
    });
}

/// Replaces the page beside a reader that follows the descriptor; `weakened` takes the make's ordering away.
fn replace_beside_a_reader(weakened: Option<Ordering>) {
    loom::model(move || {
        let slot = Arc::new(LoomSlot { weakened, ..LoomSlot::new(page(0, W | AF)) });
        let contents = Arc::new(UnsafeCell::new(0));
        let (reader_slot, reader_contents) = (Arc::clone(&slot), Arc::clone(&contents));
        let reader = thread::spawn(move || {
            // The address dependency of a walk orders as an acquire does (Arm ARM B2.3).
            let found = Descriptor(reader_slot.word.load(Ordering::Acquire));
            if found == page(1, W | AF) {
                // SAFETY: the descriptor of the new page is published after its contents were written.
                reader_contents.with(|contents| assert_eq!(unsafe { *contents }, 1));
            }
        });
        let change = break_before_make(
            &*slot,
            PLACE,
            |owed| {
                assert!(owed.is_owed());
                // SAFETY: no descriptor leads to the new page before the make.
                contents.with_mut(|contents| unsafe { *contents = 1 });
            },
            |_| page(1, W | AF),
        );
        assert_eq!(change.outcome, Outcome::Changed);
        reader.join().expect("the reader finds what was written");
    });
}

#[test]
fn a_make_publishes_the_new_page() {
    replace_beside_a_reader(None);
}

#[test]
fn a_relaxed_make_does_not() {
    let raced = catch_unwind(|| replace_beside_a_reader(Some(Ordering::Relaxed)));
    assert!(raced.is_err(), "a relaxed make published the new page");
}
