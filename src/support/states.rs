//! The states of a page's descriptor that an operating system keeps.

use super::flags::Flags;
use afdbm::descriptor::Descriptor;

/// A state, by the name that the reference gives it.
#[derive(Clone, Copy, Debug)]
pub struct State {
    /// Its name.
    pub name: &'static str,
    /// The flags of a page that EL0 may use.
    pub flags: Flags,
}

const fn state(name: &'static str, flags: Flags, software_dirty: bool) -> State {
    let dirty = if software_dirty { Descriptor::SOFTWARE_DIRTY } else { 0 };
    State { name, flags: Flags(flags.user().0 | dirty) }
}

/// Neither dirty nor writable: RO.
pub const READ_ONLY: State = state("read-only", Flags::READ_ONLY, false);
/// Writable and clean, so that hardware may clear RO: W·RO.
pub const WRITABLE_CLEAN: State = state("writable-clean", Flags::CLEAN, false);
/// Dirty and no longer writable: D·RO.
pub const READ_ONLY_DIRTY: State = state("read-only, software-dirty", Flags::READ_ONLY, true);
/// Writable and dirty, as software knows: W·D.
pub const WRITABLE_DIRTY: State = state("writable-dirty", Flags::DIRTY, true);
/// Writable and dirty, as only hardware has noticed: W.
pub const HARDWARE_DIRTY: State = state("writable-dirty by hardware alone", Flags::DIRTY, false);
/// W·D·RO, which is not legal: what the `modify` of before 3c0696076aad leaves (I19).
pub const REMNANT: State = state("what the old modify leaves", Flags::CLEAN, true);

impl State {
    /// Every legal state, young.
    pub const LEGAL: [Self; 5] = [READ_ONLY, WRITABLE_CLEAN, READ_ONLY_DIRTY, WRITABLE_DIRTY, HARDWARE_DIRTY];

    /// The same with AF=0.
    #[must_use]
    pub const fn old(self) -> Self {
        Self { flags: self.flags.old(), ..self }
    }
}
