//! The walk of an address, for a report.

use super::mapping::{KernelFrames, kernel_space};
use crate::machine::{layout, registers};
use afdbm::address::VirtualAddress;
use afdbm::regime::Range;
use afdbm::tables::{AddressSpace, Frames, InputRange};
use core::fmt;

/// Says what each level of the walk of `address` holds, on this CPU's tables.
pub fn of(address: VirtualAddress, say: &mut dyn FnMut(fmt::Arguments<'_>)) {
    if address.0 >> 55 & 1 != 0 {
        tell(&kernel_space(KernelFrames), address, say);
    } else {
        let range = InputRange { range: Range::Lower, translation: layout::CASE };
        let (root, asid) = registers::user_root();
        tell(&AddressSpace::adopt(KernelFrames, root, range, Some(asid)), address, say);
    }
}

fn tell<F: Frames>(
    space: &AddressSpace<F>,
    address: VirtualAddress,
    say: &mut dyn FnMut(fmt::Arguments<'_>),
) {
    match space.walk(address) {
        Ok(walk) => {
            for step in walk.steps() {
                say(format_args!("walk of {address}, level {}: {}", step.level, step.descriptor));
            }
        }
        Err(error) => say(format_args!("walk of {address}: {error}")),
    }
}
