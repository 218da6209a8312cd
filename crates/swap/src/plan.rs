//! The sizes of a run: what fits, and what does not.

use core::fmt;

/// The most threads: each keeps a byte of a page's versions.
pub const MAX_THREADS: u32 = 8;
/// MiB that a kernel and its tables take at least.
const KERNEL: u32 = 16;

/// What a run asks for, in MiB; `None` leaves it to the kernel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Request {
    /// The machine's memory.
    pub memory: u32,
    /// What the threads use.
    pub working_set: Option<u32>,
    /// What the store may hold, before compression.
    pub swap: Option<u32>,
    /// The memory that the working set may take.
    pub frames: Option<u32>,
    /// How many threads.
    pub threads: Option<u32>,
    /// How many CPUs.
    pub cpus: u32,
}

/// The sizes of a run, in pages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Plan {
    /// Pages that the threads use.
    pub pages: u32,
    /// Frames that they may take.
    pub frames: u32,
    /// Slots of the store.
    pub slots: u32,
    /// Threads, one on each CPU.
    pub threads: u32,
}

/// Why a run cannot be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PlanError {
    /// The store is larger than the memory that it lies in; both in MiB.
    SwapBeyondMemory {
        /// The store.
        swap: u32,
        /// The memory.
        memory: u32,
    },
    /// The frames are more than memory leaves; both in MiB.
    FramesBeyondMemory {
        /// The frames.
        frames: u32,
        /// What is left.
        left: u32,
    },
    /// The working set fits neither in memory nor in the store; all in MiB.
    WorkingSetBeyondAll {
        /// The working set.
        working_set: u32,
        /// The memory that it may take.
        frames: u32,
        /// The store.
        swap: u32,
    },
    /// A thread needs a CPU of its own.
    ThreadsBeyondCpus {
        /// The threads.
        threads: u32,
        /// The CPUs.
        cpus: u32,
    },
}

impl Request {
    /// Checks what can be checked without the machine.
    ///
    /// # Errors
    ///
    /// [`PlanError`], which names what does not fit.
    pub fn check(&self) -> Result<(), PlanError> {
        let free = self.memory.saturating_sub(KERNEL);
        self.plan(free, Defaults { pages: 0, frames: 1, slots: 0 }).map(|_| ())
    }

    /// Fills in what is not given; `free` is what the kernel has left for everything, in MiB. A run that gives no
    /// size has those of `defaults`; one that gives some has all the frames that are left.
    ///
    /// # Errors
    ///
    /// [`PlanError`], which names what does not fit.
    pub fn plan(&self, free: u32, defaults: Defaults) -> Result<Plan, PlanError> {
        const PAGES: u32 = 256;
        let threads = self.threads.unwrap_or(self.cpus.min(4));
        if threads > self.cpus {
            return Err(PlanError::ThreadsBeyondCpus { threads, cpus: self.cpus });
        }
        let swap = self.swap.unwrap_or(defaults.slots);
        if swap >= free {
            return Err(PlanError::SwapBeyondMemory { swap, memory: self.memory });
        }
        let left = free - swap;
        let sized = self.working_set.is_some() || self.swap.is_some();
        let frames = self.frames.unwrap_or(if sized { left } else { defaults.frames });
        if frames > left {
            return Err(PlanError::FramesBeyondMemory { frames, left });
        }
        let working_set = self.working_set.unwrap_or(defaults.pages);
        if working_set > frames + swap {
            return Err(PlanError::WorkingSetBeyondAll { working_set, frames, swap });
        }
        let pages = |mebibytes: u32| mebibytes.saturating_mul(PAGES);
        Ok(Plan { pages: pages(working_set), frames: pages(frames), slots: pages(swap), threads })
    }
}

/// The sizes of a run that gives none, in MiB.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Defaults {
    /// The working set.
    pub pages: u32,
    /// The memory that it may take.
    pub frames: u32,
    /// The store.
    pub slots: u32,
}

impl fmt::Display for PlanError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SwapBeyondMemory { swap, memory } => {
                write!(formatter, "a swap of {swap}M does not fit in a memory of {memory}M")
            }
            Self::FramesBeyondMemory { frames, left } => {
                write!(formatter, "frames for {frames}M, and the memory has {left}M left")
            }
            Self::WorkingSetBeyondAll { working_set, frames, swap } => write!(
                formatter,
                "a working set of {working_set}M does not fit in {frames}M of frames and {swap}M of swap"
            ),
            Self::ThreadsBeyondCpus { threads, cpus } => {
                write!(formatter, "{threads} threads on {cpus} CPUs: each thread needs a CPU of its own")
            }
        }
    }
}

impl core::error::Error for PlanError {}

#[cfg(test)]
mod tests {
    use super::{Defaults, Plan, PlanError, Request};

    const SEED: Request = Request {
        memory: 800,
        working_set: Some(700),
        swap: Some(256),
        frames: None,
        threads: Some(4),
        cpus: 4,
    };
    const DEFAULTS: Defaults = Defaults { pages: 24, frames: 16, slots: 16 };

    #[test]
    fn the_sizes_of_the_report_fit() {
        assert_eq!(SEED.check(), Ok(()));
        let plan = SEED.plan(790, DEFAULTS);
        assert_eq!(plan, Ok(Plan { pages: 700 * 256, frames: 534 * 256, slots: 256 * 256, threads: 4 }));
    }

    #[test]
    fn a_run_without_sizes_has_the_defaults() {
        let none = Request { working_set: None, swap: None, threads: None, cpus: 2, ..SEED };
        let plan = none.plan(790, DEFAULTS);
        assert_eq!(plan, Ok(Plan { pages: 24 * 256, frames: 16 * 256, slots: 16 * 256, threads: 2 }));
        assert_eq!(none.check(), Ok(()));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let check = |request: Request| request.check().unwrap_err();
        assert_eq!(
            check(Request { swap: Some(900), ..SEED }),
            PlanError::SwapBeyondMemory { swap: 900, memory: 800 }
        );
        assert_eq!(
            check(Request { frames: Some(600), ..SEED }),
            PlanError::FramesBeyondMemory { frames: 600, left: 528 }
        );
        assert_eq!(
            check(Request { frames: Some(100), ..SEED }),
            PlanError::WorkingSetBeyondAll { working_set: 700, frames: 100, swap: 256 }
        );
        assert_eq!(
            check(Request { threads: Some(5), ..SEED }),
            PlanError::ThreadsBeyondCpus { threads: 5, cpus: 4 }
        );
    }
}
