//! Why a run of the memory manager ends before its work is done.

use crate::suites::Trouble;
use afdbm::address::VirtualAddress;
use afdbm::fault::Fault;
use afdbm::operations::Refusal;
use alloc::format;
use core::fmt;
use swap::Found;

/// What ended a thread's work.
#[derive(Clone, Copy, Debug)]
pub enum Stop {
    /// The same access faulted again and again.
    FaultLoop {
        /// The page.
        page: u32,
        /// The last fault.
        fault: Fault,
        /// How many there were.
        times: u32,
    },
    /// A read found an older version than was written last.
    LostWrite {
        /// The page.
        page: u32,
        /// Where it was read.
        address: VirtualAddress,
        /// What was expected.
        expected: u32,
        /// What was there.
        found: Found,
    },
    /// The store is full, and so are the frames.
    OutOfSwap {
        /// The store's slots.
        slots: u32,
    },
    /// No frame could be freed, though the store has room.
    NoFrame,
    /// More faults than any work needs: the frames are too few.
    Thrashing {
        /// The page.
        page: u32,
        /// How many faults.
        faults: u64,
    },
    /// A fault that the manager does not know.
    Unexpected(Fault, Option<Refusal>),
    /// A store to a clean page faulted on a CPU that manages the dirty state.
    Unmanaged {
        /// The page.
        page: u32,
        /// The fault.
        fault: Fault,
    },
    /// The store gave back what is no page.
    Damaged(u32),
    /// The case's budget is spent.
    TimedOut,
    /// Another thread has stopped.
    Other,
}

impl fmt::Display for Stop {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FaultLoop { page, fault, times } => {
                write!(formatter, "page-fault loop: page {page} faulted {times} times on one access: {fault}")
            }
            Self::LostWrite { page, address, expected, found } => write!(
                formatter,
                "lost write: page {page} at {address} should be version {expected}, and is {found}"
            ),
            Self::OutOfSwap { slots } => {
                write!(formatter, "out of swap: all {slots} slots are in use, and no frame is free")
            }
            Self::NoFrame => write!(formatter, "no frame could be freed"),
            Self::Thrashing { page, faults } => {
                write!(formatter, "{faults} faults from page {page} on, and no end: the frames are too few")
            }
            Self::Unexpected(fault, refusal) => write!(formatter, "unexpected fault: {fault}, {refusal:?}"),
            Self::Unmanaged { page, fault } => {
                write!(
                    formatter,
                    "a store to the clean page {page} faulted at HA=HD=1: {fault}; D01 (Arm ARM R_RNMLQ)"
                )
            }
            Self::Damaged(page) => write!(formatter, "page {page}: what the store kept is no page"),
            Self::TimedOut => write!(formatter, "the budget is spent"),
            Self::Other => write!(formatter, "another thread has stopped"),
        }
    }
}

impl From<Stop> for Trouble {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::TimedOut => Self::TimedOut,
            stop => Self::Other(format!("{stop}")),
        }
    }
}
