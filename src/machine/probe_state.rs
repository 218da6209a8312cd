//! The armed probe of a CPU: what lets a handler tell a probe's fault from the kernel's own.

use super::frame::{Frame, STATE_EL1T, STATE_MODE};
use afdbm::address::VirtualAddress;
use afdbm::fault::{Fault, Syndrome};
use core::fmt;
use core::sync::atomic::{AtomicPtr, AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed};

/// The Exception level that an access is made at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum ExceptionLevel {
    /// EL0, for real: through ERET and back.
    El0 = 1,
    /// EL1, where the kernel is.
    El1 = 2,
}

impl fmt::Display for ExceptionLevel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::El0 => "EL0",
            Self::El1 => "EL1",
        })
    }
}

/// Why a probe is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Ending {
    /// It came back by itself.
    Returned = 0,
    /// An exception that no handler resolved.
    Fault = 1,
    /// The handler resolved its faults, again and again, up to the cap.
    FaultLoop = 2,
    /// It overran its budget.
    TimedOut = 3,
}

impl fmt::Display for Ending {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Returned => "completed",
            Self::Fault => "ended by a fault",
            Self::FaultLoop => "a fault loop",
            Self::TimedOut => "over its budget",
        })
    }
}

/// What a handler made of a fault of the address space under test.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Resolution {
    /// Make the access again.
    Retry,
    /// Not to be resolved: the fault is the probe's result.
    Refuse,
}

/// Software that resolves faults of the address space under test, as an operating system would.
pub trait FaultHandler: Sync {
    /// Handles one fault at `fault.address`, which has interrupted what `frame` holds; runs in exception context: it
    /// prints nothing, allocates nothing and takes no lock that a case may hold.
    fn handle(&self, fault: Fault, frame: &Frame) -> Resolution;
}

/// A reference to a handler, thin enough for an atomic.
pub type HandlerReference<'a> = &'a dyn FaultHandler;

/// One CPU's probe, from armed to ended.
#[derive(Debug)]
pub struct ProbeState {
    armed: AtomicU8,
    target_start: AtomicU64,
    target_end: AtomicU64,
    stubs_start: AtomicU64,
    stubs_end: AtomicU64,
    resume: AtomicU64,
    cap: AtomicU32,
    handler: AtomicPtr<HandlerReference<'static>>,
    faults: AtomicU32,
    ending: AtomicU8,
    syndrome: AtomicU64,
    address: AtomicU64,
}

/// How a probe is to be armed.
#[derive(Clone, Copy, Debug)]
pub struct Arming {
    /// Where the access is made.
    pub level: ExceptionLevel,
    /// The addresses that it is about, first and one past the last.
    pub target: (VirtualAddress, VirtualAddress),
    /// The addresses that the stub runs at, likewise.
    pub stubs: (VirtualAddress, VirtualAddress),
    /// Where to go on, at EL1.
    pub resume: u64,
    /// Faults after which the probe is a fault loop; at least 1.
    pub cap: u32,
}

/// What became of a probe.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    /// Why it is over.
    pub ending: Ending,
    /// The last fault, of any number.
    pub fault: Option<Fault>,
    /// How many faults were taken.
    pub faults: u32,
}

impl ProbeState {
    /// A probe that is not armed.
    pub const fn new() -> Self {
        Self {
            armed: AtomicU8::new(0),
            target_start: AtomicU64::new(0),
            target_end: AtomicU64::new(0),
            stubs_start: AtomicU64::new(0),
            stubs_end: AtomicU64::new(0),
            resume: AtomicU64::new(0),
            cap: AtomicU32::new(0),
            handler: AtomicPtr::new(core::ptr::null_mut()),
            faults: AtomicU32::new(0),
            ending: AtomicU8::new(0),
            syndrome: AtomicU64::new(0),
            address: AtomicU64::new(0),
        }
    }

    /// Arms the probe.
    ///
    /// # Safety
    ///
    /// `handler`, if not null, points to a reference that stays valid until [`ProbeState::disarm`]; `resume`
    /// is the resume address of the call that is about to be made on this CPU.
    pub unsafe fn arm(&self, arming: &Arming, handler: *mut HandlerReference<'static>) {
        self.target_start.store(arming.target.0.0, Relaxed);
        self.target_end.store(arming.target.1.0, Relaxed);
        self.stubs_start.store(arming.stubs.0.0, Relaxed);
        self.stubs_end.store(arming.stubs.1.0, Relaxed);
        self.resume.store(arming.resume, Relaxed);
        self.cap.store(arming.cap, Relaxed);
        self.handler.store(handler, Relaxed);
        self.faults.store(0, Relaxed);
        self.ending.store(Ending::Returned as u8, Relaxed);
        self.armed.store(arming.level as u8, Relaxed);
    }

    /// Disarms the probe and returns what became of it.
    pub fn disarm(&self) -> Record {
        self.armed.store(0, Relaxed);
        self.handler.store(core::ptr::null_mut(), Relaxed);
        let faults = self.faults.load(Relaxed);
        Record {
            ending: match self.ending.load(Relaxed) {
                0 => Ending::Returned,
                1 => Ending::Fault,
                2 => Ending::FaultLoop,
                _ => Ending::TimedOut,
            },
            fault: (faults > 0).then(|| Fault {
                syndrome: Syndrome(self.syndrome.load(Relaxed)),
                address: VirtualAddress(self.address.load(Relaxed)),
            }),
            faults,
        }
    }

    /// Tells whether a probe is armed.
    pub fn is_armed(&self) -> bool {
        self.armed.load(Relaxed) != 0
    }

    /// Tells whether a probe is armed at `level` and `link` lies in its stub or its target.
    pub fn owns(&self, level: ExceptionLevel, link: u64) -> bool {
        let within =
            |start: &AtomicU64, end: &AtomicU64| (start.load(Relaxed)..end.load(Relaxed)).contains(&link);
        self.armed.load(Relaxed) == level as u8
            && (within(&self.stubs_start, &self.stubs_end) || within(&self.target_start, &self.target_end))
    }

    /// Ends the probe: the interrupted context goes on at the resume address.
    pub fn end(&self, ending: Ending, frame: &mut Frame) {
        self.ending.store(ending as u8, Relaxed);
        frame.return_address = self.resume.load(Relaxed);
        frame.saved_state = frame.saved_state & !STATE_MODE | STATE_EL1T;
    }

    /// Takes a fault of the armed probe: has it resolved, or ends the probe with it.
    pub fn take(&self, fault: Fault, frame: &mut Frame) {
        let faults = self.faults.load(Relaxed) + 1;
        self.faults.store(faults, Relaxed);
        self.syndrome.store(fault.syndrome.0, Relaxed);
        self.address.store(fault.address.0, Relaxed);
        let handler = self.handler.load(Relaxed);
        let targeted =
            (self.target_start.load(Relaxed)..self.target_end.load(Relaxed)).contains(&fault.address.0);
        if handler.is_null()
            || !targeted
            || !(fault.syndrome.is_data_abort() || fault.syndrome.is_instruction_abort())
        {
            self.end(Ending::Fault, frame);
            return;
        }
        // SAFETY: `arm`'s caller keeps the reference valid until `disarm`, which sets the pointer to null.
        let resolution = unsafe { *handler }.handle(fault, frame);
        match resolution {
            Resolution::Refuse => self.end(Ending::Fault, frame),
            Resolution::Retry if faults >= self.cap.load(Relaxed) => self.end(Ending::FaultLoop, frame),
            Resolution::Retry => {}
        }
    }
}
