//! What a litmus test runs in: its threads' code, and its variables' pages and descriptors, once for each instance.

use super::case_space::{ADDRESS, CasePage, CaseSpace};
use crate::machine::caches;
use crate::machine::controls::{Management, Settings};
use crate::machine::layout::{CASE, PAGE_SIZE};
use crate::machine::probe_state::ExceptionLevel;
use crate::machine::thread::{self, Program, REGISTERS, ThreadFault};
use afdbm::address::VirtualAddress;
use afdbm::descriptor::Descriptor;
use afdbm::fault::{ExceptionClass, FaultStatus};
use afdbm::geometry::Level;
use afdbm::stage::Stage;
use afdbm::tables::TableError;
use alloc::vec::Vec;
use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use litmus::assembly::Layout;
use litmus::{Fault, FaultKind, Test, Value};

/// Where the first thread's code is mapped, and bytes from one thread's to the next.
const CODE: VirtualAddress = VirtualAddress(0x20_0000_0000);
const CODE_STEP: u64 = 1 << 16;
/// How far into a page a test may reach, as a rule: that much is set to 0 again.
const FURTHER: u64 = 64;
/// How much of a frame an instance has of which no instruction reaches further than its first word: no two share a line of
/// a cache.
const SLOT: u64 = 64;
/// So many instances then share a frame. An emulator's TLB holds nothing larger than a page, and every frame that is set up
/// and read back misses there.
const SHARING: usize = (PAGE_SIZE / SLOT) as usize;
/// What no page of a variable lets anybody do: execute.
const DATA: u64 = Descriptor::PXN | Descriptor::UXN;
/// Read-only, or clean where DBM is set: AP[2].
const READ_ONLY: u64 = Stage::One.dirty_bit().mask();
/// What a descriptor of a test says.
const FIELDS: u64 = Descriptor::VALID | Descriptor::AF | READ_ONLY | Descriptor::DBM | Descriptor::AP1;

/// Why a test has nothing to run in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LitmusSpaceError {
    /// A page could not be mapped.
    Table(TableError),
    /// The code is not that of the test.
    Code {
        /// The thread; as many as the test has where the number of threads is wrong.
        thread: usize,
        /// Bytes, or threads, of code that there are.
        found: usize,
        /// Bytes, or threads, that the test has.
        expected: usize,
    },
}

impl From<TableError> for LitmusSpaceError {
    fn from(error: TableError) -> Self {
        Self::Table(error)
    }
}

impl fmt::Display for LitmusSpaceError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table(error) => write!(formatter, "{error}"),
            Self::Code { thread, found, expected } => {
                write!(formatter, "the module's code of thread {thread} is {found} long, {expected} expected")
            }
        }
    }
}

/// A test, mapped.
#[derive(Debug)]
pub struct LitmusSpace<'a> {
    test: &'a Test,
    space: &'a CaseSpace,
    programs: Vec<Program>,
    layouts: Vec<Layout>,
    /// Every variable of the first instance, then of the next.
    pages: Vec<CasePage<'a>>,
    /// What each page's first word holds at first, and its descriptor.
    first: Vec<[u64; 2]>,
    /// Instructions reach beyond the first word of a page.
    reaches_further: bool,
    /// Instances that share their frames.
    sharing: usize,
    /// The registers of every thread of the first instance, then of the next.
    registers: Vec<[u64; REGISTERS]>,
}

impl<'a> LitmusSpace<'a> {
    /// Maps so many instances of a test, with the code of its threads.
    ///
    /// # Errors
    ///
    /// [`LitmusSpaceError`].
    pub fn new(
        space: &'a CaseSpace,
        test: &'a Test,
        code: &[Vec<u32>],
        instances: usize,
    ) -> Result<Self, LitmusSpaceError> {
        let threads = test.threads.len();
        if code.len() != threads {
            return Err(LitmusSpaceError::Code { thread: threads, found: code.len(), expected: threads });
        }
        let layouts: Vec<Layout> = test.threads.iter().map(Layout::of).collect();
        let reaches_further = test.reaches_further();
        let mut mapped = Self {
            test,
            space,
            programs: Vec::new(),
            layouts,
            pages: Vec::new(),
            first: Vec::new(),
            reaches_further,
            sharing: if reaches_further { 1 } else { SHARING },
            registers: Vec::new(),
        };
        for (number, words) in code.iter().enumerate() {
            let program = mapped.map_code(number, words)?;
            mapped.programs.push(program);
        }
        let mut frames = Vec::new();
        for instance in 0..instances {
            if instance.is_multiple_of(mapped.sharing) {
                frames = test.variables.iter().map(|_| space.frame()).collect::<Result<_, _>>()?;
            }
            for frame in &frames {
                let address = ADDRESS.offset(mapped.pages.len() as u64 * PAGE_SIZE);
                mapped.pages.push(space.map(address, Level::L3, *frame, Descriptor::VALID | DATA)?);
            }
        }
        for instance in 0..instances {
            for (memory, descriptor) in test.memory.iter().zip(&test.descriptors) {
                mapped
                    .first
                    .push([mapped.word(instance, *memory), mapped.descriptor_word(instance, descriptor)]);
            }
            for thread in &test.threads {
                let mut registers = [0; REGISTERS];
                for (register, value) in &thread.registers {
                    registers[usize::from(*register)] = mapped.word(instance, *value);
                }
                mapped.registers.push(registers);
            }
        }
        Ok(mapped)
    }

    fn map_code(&self, number: usize, words: &[u32]) -> Result<Program, LitmusSpaceError> {
        let (thread, layout) = (&self.test.threads[number], self.layouts[number]);
        let (found, most) = (4 * words.len(), (CODE_STEP - PAGE_SIZE) as usize);
        if found != layout.size || found > most {
            return Err(LitmusSpaceError::Code { thread: number, found, expected: layout.size.min(most) });
        }
        // Read-only and young, for its own Exception level alone: nothing manages it.
        let only = if thread.at_el0 { Descriptor::AP1 | Descriptor::PXN } else { Descriptor::UXN };
        let flags = Descriptor::VALID | Descriptor::AF | READ_ONLY | only;
        let start = CODE.offset(number as u64 * CODE_STEP);
        for (index, words) in words.chunks(PAGE_SIZE as usize / 4).enumerate() {
            let address = start.offset(index as u64 * PAGE_SIZE);
            let page = self.space.map(address, Level::L3, self.space.frame()?, flags)?;
            for (place, pair) in (0..).step_by(8).zip(words.chunks(2)) {
                let [low, high] = [pair[0], pair.get(1).copied().unwrap_or_default()].map(u64::from);
                let word = page.word(place);
                word.store(low | high << 32, Relaxed);
                caches::publish_code(word);
            }
        }
        Ok(Program {
            level: if thread.at_el0 { ExceptionLevel::El0 } else { ExceptionLevel::El1 },
            range: (start, start.offset(found as u64)),
            handler: layout.handler.map(|offset| start.offset(offset as u64)),
            on_fault: self.test.on_fault,
        })
    }

    /// The controls of a thread's CPU.
    #[must_use]
    pub fn settings(&self, thread: usize) -> Settings {
        let thread = &self.test.threads[thread];
        self.space.settings(Management {
            access_flag: thread.manages_access_flag,
            dirty_state: thread.manages_dirty_state,
        })
    }

    fn page(&self, instance: usize, variable: u8) -> &CasePage<'a> {
        &self.pages[instance * self.test.variables.len() + usize::from(variable)]
    }

    /// The pages of an instance, by variable.
    fn pages(&self, instance: usize) -> &[CasePage<'a>] {
        let count = self.test.variables.len();
        &self.pages[instance * count..][..count]
    }

    /// Where an instance's first word stands in each of its frames.
    const fn slot(&self, instance: usize) -> u64 {
        (instance % self.sharing) as u64 * SLOT
    }

    /// The first word of a variable's frame that is the instance's.
    fn first_word<'b>(&self, instance: usize, page: &'b CasePage<'a>) -> &'b AtomicU64 {
        page.word(self.slot(instance))
    }

    /// The word that a value is in an instance.
    fn word(&self, instance: usize, value: Value) -> u64 {
        match value {
            Value::Number(number) => number,
            Value::Address(variable, offset) => {
                self.page(instance, variable).address.offset(self.slot(instance) + u64::from(offset)).0
            }
            Value::DescriptorAddress(variable) => self.page(instance, variable).cell.as_ptr() as u64,
            Value::Descriptor(descriptor) => self.descriptor_word(instance, &descriptor),
            Value::Label(thread, label) => {
                let thread = usize::from(thread);
                let offset = self.layouts[thread].label(&self.test.threads[thread], label);
                self.programs[thread].range.0.0 + offset.unwrap_or_default() as u64
            }
        }
    }

    fn descriptor_word(&self, instance: usize, descriptor: &litmus::Descriptor) -> u64 {
        let mut flags = DATA;
        for (bit, mask) in [
            (descriptor.valid, Descriptor::VALID),
            (descriptor.access_flag, Descriptor::AF),
            (!descriptor.writable, READ_ONLY),
            (descriptor.modifier, Descriptor::DBM),
            (descriptor.user, Descriptor::AP1),
        ] {
            flags |= if bit { mask } else { 0 };
        }
        let output = descriptor.output.expect("a descriptor of a file names a variable");
        self.page(instance, output).with_flags(flags).0
    }

    /// The value that a word of an instance is: an address or a descriptor where it is one of the instance's.
    #[must_use]
    pub fn value(&self, instance: usize, word: u64) -> Value {
        if word < PAGE_SIZE {
            return Value::Number(word);
        }
        for (variable, page) in (0u8..).zip(self.pages(instance)) {
            let offset = (word & (PAGE_SIZE - 1)).checked_sub(self.slot(instance));
            if let Some(offset) = offset.filter(|_| page.address.0 == word & !(PAGE_SIZE - 1)) {
                return Value::Address(variable, offset as u16);
            }
            if page.cell.as_ptr() as u64 == word {
                return Value::DescriptorAddress(variable);
            }
            if page.frame.address() == CASE.geometry.output_address(Level::L3, word) {
                let is = |mask: u64| word & mask != 0;
                return Value::Descriptor(litmus::Descriptor {
                    output: Some(variable),
                    valid: is(Descriptor::VALID),
                    access_flag: is(Descriptor::AF),
                    writable: !is(READ_ONLY),
                    modifier: is(Descriptor::DBM),
                    user: is(Descriptor::AP1),
                    other: (word ^ page.with_flags(DATA).0) & !FIELDS,
                });
            }
        }
        for (number, (program, layout)) in (0u8..).zip(self.programs.iter().zip(&self.layouts)) {
            if (program.range.0.0..program.range.1.0).contains(&word) {
                let thread = &self.test.threads[usize::from(number)];
                if let Some(label) = layout.label_at(thread, (word - program.range.0.0) as usize) {
                    return Value::Label(number, label);
                }
            }
        }
        Value::Number(word)
    }

    /// Gives an instance's variables and descriptors what they have at first; TLBs keep what they hold.
    pub fn reset(&self, instance: usize) {
        let first = &self.first[instance * self.test.variables.len()..];
        for (page, [memory, descriptor]) in self.pages(instance).iter().zip(first) {
            self.first_word(instance, page).store(*memory, Relaxed);
            page.cell.store(*descriptor, Relaxed);
            if self.reaches_further {
                (8..FURTHER).step_by(8).for_each(|offset| page.word(offset).store(0, Relaxed));
            }
        }
    }

    /// Lets this CPU's TLB have what it may have of an instance before the threads begin: where a load changes no
    /// descriptor and takes no fault.
    pub fn preload(&self, instance: usize) {
        for (page, descriptor) in self.pages(instance).iter().zip(&self.test.descriptors) {
            if descriptor.valid && descriptor.access_flag {
                // SAFETY: the page was reset to a valid, young descriptor, which EL1 may read (PAN is clear).
                unsafe { thread::preload(page.address.offset(self.slot(instance))) };
            }
        }
    }

    /// Drops an instance's variables from the caches.
    pub fn forget_lines(&self, instance: usize) {
        let pages = self.pages(instance).iter();
        pages.for_each(|page| caches::clean_and_invalidate(self.first_word(instance, page)));
    }

    /// Runs a thread of an instance on this CPU, which has the thread's [settings](Self::settings), and puts what its
    /// registers are afterwards into `registers`. Returns whether it came to its end within the case's budget.
    #[must_use]
    pub fn run(&self, instance: usize, thread: usize, registers: &mut [u64; REGISTERS]) -> bool {
        let first = &self.registers[instance * self.test.threads.len() + thread];
        // SAFETY: the code has the length of the test's, which holds only what `litmus` lets a test execute; the module
        // that it comes from is the boot loader's, as this kernel is, and made from the same text. The registers hold
        // addresses of the instance's pages, descriptors and code, and numbers.
        unsafe { thread::run(&self.programs[thread], first, registers) }
    }

    /// What a variable's frame holds.
    #[must_use]
    pub fn memory(&self, instance: usize, variable: u8) -> u64 {
        self.first_word(instance, self.page(instance, variable)).load(Relaxed)
    }

    /// What a variable's descriptor is.
    #[must_use]
    pub fn descriptor(&self, instance: usize, variable: u8) -> u64 {
        self.page(instance, variable).cell.load(Relaxed)
    }

    /// Says of a fault of an instance's thread what a condition may name.
    #[must_use]
    pub fn fault(&self, instance: usize, thread: usize, taken: &ThreadFault) -> Fault {
        let offset = taken.link.0 - self.programs[thread].range.0.0;
        let label = self.layouts[thread].label_at(&self.test.threads[thread], offset as usize);
        let page = taken.fault.address.align_down(PAGE_SIZE);
        let syndrome = taken.fault.syndrome;
        let kind = match syndrome.status() {
            _ if syndrome.class() == ExceptionClass::Unknown => FaultKind::Undefined,
            _ if !syndrome.is_data_abort() => FaultKind::Other,
            FaultStatus::Translation(_) => FaultKind::Translation,
            FaultStatus::AccessFlag(_) => FaultKind::AccessFlag,
            FaultStatus::Permission(_) => FaultKind::Permission,
            _ => FaultKind::Other,
        };
        let of = (0u8..).zip(self.pages(instance)).find(|(_, own)| own.address == page);
        let variable = of.map(|(variable, _)| variable).filter(|_| syndrome.is_data_abort());
        Fault { thread: u8::try_from(thread).expect("few threads"), label, variable, kind }
    }
}
