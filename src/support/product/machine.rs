//! The kernel's machine of the product: this CPU.

use super::access::{self, DATA, Image, Span};
use super::site::{self, ASID, CpuSites, Site, WINDOW};
use super::stages::{Clock, Stage};
use super::walks::{program, read};
use crate::machine::barriers;
use crate::machine::caches;
use crate::machine::controls::{Controls, Management, NARROW, Particular, Settings};
use crate::machine::lean::{Before, Exchange, ProcessState};
use crate::machine::registers::{Identification, MaskedInterrupts};
use crate::machine::resident::{self, ProbeState, Regime};
use crate::memory::mapping;
use crate::probe::{Entry, ExceptionLevel, Stub};
use crate::support::calibration;
use afdbm::address::VirtualAddress;
use afdbm::descriptor::Descriptor;
use afdbm::regime;
use afdbm::tlbi::Operand;
use cases::product::{
    Calibration, Circumstance, Combination, GEOMETRY, Placement, ProductMachine, Shape, Variant,
};
use cases::space::Implemented;
use core::sync::atomic::Ordering::Relaxed;
use oracle::{
    self, AccessKind, Bytes, Event, Extensions, Features, HardwareManagement, Outcome, PrivilegedAccessNever,
    Query, TlbState,
};
use oracle::{LeafPlace, Page};
use oracle::{Leaves, Pages};

/// Combinations after which interrupts are taken: within it the timer has to wait.
const BURST: u32 = 64;

/// This CPU, set up for the product until the value is dropped.
pub struct ThisCpu<'a> {
    cpu_sites: &'a CpuSites<'a>,
    cpu: Identification,
    features: Features,
    controls: Controls,
    settings: Settings,
    now: Option<(oracle::Controls, Circumstance)>,
    /// The bits of the leaf that the product leaves alone, as they are now.
    attributes: u64,
    /// The registers of the regime, if it is one of EL2's, and the PSTATE there.
    of_el2: Option<(Regime, ProbeState)>,
    /// The next probe there empties the TLB of the regime first.
    empties: bool,
    state: ProcessState,
    exchange: Exchange,
    /// The stub of each kind of the product's.
    stubs: [Entry; AccessKind::PRODUCT.len()],
    masked: Option<MaskedInterrupts>,
    burst: u32,
    /// Counts for each step of a combination, if it was started.
    pub clock: Clock,
}

/// Returns the bits of output address that the product runs with: [`NARROW`] where that is enough, or fewer.
pub fn output_bits(cpu: &Identification) -> u8 {
    let most = if mapping::lies_within(NARROW) { NARROW } else { GEOMETRY.output_bits() };
    cpu.output_bits().min(most)
}

/// Returns the ID registers that tell which tables a CPU can walk.
pub fn implemented(cpu: &Identification) -> Implemented {
    Implemented { mmfr0: cpu.mmfr0, mmfr1: cpu.mmfr1, mmfr2: cpu.mmfr2, mmfr3: cpu.mmfr3 }
}

/// Returns what the CPU implements, of all that changes a prediction.
#[must_use]
pub fn features(cpu: &Identification) -> Features {
    Features {
        hardware_management: HardwareManagement::from_field(cpu.hafdbs() as u8),
        privileged_access_never: PrivilegedAccessNever::from_field(cpu.pan() as u8),
        atomics: cpu.lse(),
        read_check_write: cpu.the(),
        tags: cpu.mte() >= 2,
        misaligned_atomics: cpu.lse2(),
        user_access_override: cpu.uao(),
        unprivileged_refusal: cpu.e0pd(),
        cache_before_coherency: cpu.levels_of_coherency() != 0,
        zeroing: cpu.zero_block().is_some(),
        hierarchy_disables: cpu.hpds(),
        extensions: Extensions {
            atomics_128: cpu.lse128(),
            limited_ordering: cpu.limited_ordering(),
            acquire_pc: cpu.acquire_pc(),
            persistence: cpu.persistence(),
            hypervisor: false,
            translate_any: cpu.translates_any(),
            scalable_vectors: cpu.sve(),
            memory_operations: cpu.mops(),
        },
    }
}

impl<'a> ThisCpu<'a> {
    /// Takes this CPU's controls over.
    pub fn new(cpu_sites: &'a CpuSites<'a>, cpu: Identification) -> Self {
        let settings = Settings {
            particular: Particular {
                geometry: GEOMETRY.with_output_bits(output_bits(&cpu)),
                ..Particular::default()
            },
            user: Some((cpu_sites.root, ASID)),
            ..Settings::PLAIN
        };
        cpu_sites.detach();
        for site in cpu_sites.sites.iter().flatten() {
            fill(site);
        }
        Self {
            cpu_sites,
            cpu,
            features: features(&cpu),
            controls: Controls::apply(&settings),
            settings,
            now: None,
            attributes: 0,
            of_el2: None,
            empties: true,
            state: ProcessState::default(),
            exchange: Exchange::default(),
            stubs: AccessKind::PRODUCT.map(Entry::of),
            masked: None,
            burst: 0,
            clock: Clock::default(),
        }
    }

    /// Tells whether the controls are set, and the attributes of the leaf.
    fn is_set(&self, controls: &oracle::Controls, circumstance: Circumstance, attributes: u64) -> bool {
        self.attributes == attributes
            && self.now.as_ref().is_some_and(|(now, before)| *before == circumstance && now == controls)
    }

    /// Sets the controls, which differ from those of the combination before, or the attributes of the leaf do.
    #[inline(never)]
    fn control(&mut self, wanted: (oracle::Controls, Circumstance), attributes: u64) {
        if self.now.is_none_or(|(_, before)| before != wanted.1) || self.attributes != attributes {
            // Memory type, output address or validity of tables change: break before make (Arm ARM R_WHZWS).
            self.attributes = attributes;
            self.cpu_sites.detach();
            barriers::sequence_invalidate_everything_local();
        }
        let (controls, _) = wanted;
        self.now = Some(wanted);
        if controls.regime != regime::Regime::El10 {
            let registers = Regime::new(self.cpu_sites.root, &controls, &self.cpu);
            let state = ProbeState {
                unprivileged: false,
                privileged_access_never: controls.privileged_access_never && self.cpu.pan() > 0,
                user_access_override: controls.user_access_override && self.cpu.uao(),
            };
            self.of_el2 = Some((registers, state));
            return;
        }
        self.of_el2 = None;
        self.settings = Settings {
            management: Management {
                access_flag: controls.hardware_access_flag,
                dirty_state: controls.hardware_dirty_state,
            },
            write_implies_execute_never: controls.write_execute_never,
            privileged_access_never: controls.privileged_access_never,
            particular: Particular {
                geometry: Some(controls.range.geometry),
                hierarchy_disabled: controls.range.hierarchy_disabled,
                unprivileged_refused: controls.range.unprivileged_refused,
                top_byte_ignored: controls.range.top_byte_ignored,
                walks_disabled: controls.range.walks_disabled,
                alignment_checked: controls.alignment_checked,
                executable_access_never: controls.executable_access_never,
                ..Particular::default()
            },
            user: None,
        };
        self.controls.change(&self.settings);
        self.state =
            ProcessState::new(&self.cpu, controls.privileged_access_never, controls.user_access_override);
    }

    /// Takes interrupts now and then; the accesses between are made without.
    fn pace(&mut self) {
        if self.burst == 0 {
            self.masked = None;
            self.burst = BURST;
        }
        self.burst -= 1;
        self.masked.get_or_insert_with(MaskedInterrupts::new);
    }

    fn call(
        &mut self,
        level: oracle::ExceptionLevel,
        stub: Entry,
        address: VirtualAddress,
        before: Option<Before>,
    ) -> Option<afdbm::fault::Fault> {
        if self.of_el2.is_some() {
            return self.call_el2(level, stub, address, before);
        }
        let level = match level {
            oracle::ExceptionLevel::El0 => ExceptionLevel::El0,
            oracle::ExceptionLevel::El1 => ExceptionLevel::El1,
            oracle::ExceptionLevel::El2 => unreachable!("EL2 has no part in EL1&0"),
        };
        let masked = self.masked.get_or_insert_with(MaskedInterrupts::new);
        self.exchange.access(level, stub, address, before, self.state, masked)
    }

    /// The same in a regime of EL2, where the access before is a probe of its own.
    fn call_el2(
        &mut self,
        level: oracle::ExceptionLevel,
        stub: Entry,
        address: VirtualAddress,
        before: Option<Before>,
    ) -> Option<afdbm::fault::Fault> {
        let Some((regime, state)) = self.of_el2 else { unreachable!("the regime is one of EL2's") };
        let state = ProbeState { unprivileged: level == oracle::ExceptionLevel::El0, ..state };
        let masked = self.masked.get_or_insert_with(MaskedInterrupts::new);
        let mut call = |stub, registers: &mut [u64; 8]| {
            let cold = core::mem::take(&mut self.empties);
            match resident::probe(&regime, state, stub, registers, cold, masked) {
                Ok(fault) => fault,
                Err(interrupted) => panic!("{interrupted}"),
            }
        };
        if let Some(Before { stores, address }) = before {
            let stub = if stores.is_some() { Stub::Store } else { Stub::Load };
            let mut registers = [0; 8];
            (registers[0], registers[1]) = (address.0, stores.unwrap_or(0));
            call(stub.into(), &mut registers);
        }
        self.exchange.registers[0] = address.0;
        call(stub, &mut self.exchange.registers)
    }

    /// Returns what access goes before; makes it to the first page of an access that crosses, where another one follows.
    fn before(&mut self, query: &Query, images: (&Image, &Image), offset: usize) -> Option<Before> {
        let stores = match query.tlb {
            TlbState::Cold => return None,
            TlbState::AfterLoad => false,
            TlbState::AfterStore => true,
        };
        let value = |value| stores.then_some(value);
        let first = query.access.address.align_down(8);
        if !query.access.kind.is_crossing() {
            return Some(Before { address: first, stores: value(images.0[offset / 8]) });
        }
        self.exchange.registers[1] = images.0[offset / 8];
        let stub = self.stubs[if stores { AccessKind::Store } else { AccessKind::Load } as usize];
        self.call(query.access.level, stub, first, None);
        Some(Before { address: query.access.second_page(GEOMETRY), stores: value(images.1[0]) })
    }
}

impl Drop for ThisCpu<'_> {
    fn drop(&mut self) {
        self.cpu_sites.detach();
        barriers::sequence_invalidate_everything_local();
    }
}

/// Writes what the memory of a site holds before every access.
fn fill(site: &Site<'_>) {
    access::fill(site.first.words, site.purpose);
    if let Some(second) = site.second {
        for (word, value) in second.words.iter().zip(DATA) {
            word.store(value, Relaxed);
        }
    }
}

/// Takes what a site has in this CPU's TLB out of it, address by address.
fn invalidate(site: &Site<'_>, by: impl Fn(Operand)) {
    by(Operand::of_address(GEOMETRY, site.placement.address, ASID, None));
    if site.second.is_some() {
        by(Operand::of_address(GEOMETRY, site.placement.address.offset(4), ASID, None));
    }
}

impl ProductMachine for ThisCpu<'_> {
    fn features(&self) -> Features {
        self.features
    }

    fn regime(&self) -> regime::Regime {
        self.cpu_sites.regime
    }

    fn calibration(&self) -> Calibration {
        calibration::found()
    }

    fn place(&self, shape: Shape) -> Option<Placement> {
        self.cpu_sites.sites[site::index(shape)].map(|site| site.placement)
    }

    fn run(&mut self, combination: &Combination, query: &Query) -> Outcome {
        let cpu_sites = self.cpu_sites;
        let shape = Shape::of(combination);
        let Some(site) = &cpu_sites.sites[site::index(shape)] else {
            unreachable!("a combination without a site is dropped")
        };
        self.pace();
        self.clock.end(Stage::Judging);
        let attributes = query.paths[LeafPlace::FIRST].leaf().0 & Variant::LEAF;
        if !self.is_set(&query.controls, combination.circumstance, attributes) {
            self.control((query.controls, combination.circumstance), attributes);
        }
        let kind = query.access.kind;
        let images = (access::image(site.purpose), &DATA);
        // The window begins at a multiple of 64, and the tag takes no part.
        let offset = query.access.address.0 as usize % (8 * WINDOW);
        program(&site.first, &query.paths[LeafPlace::FIRST]);
        if let Some(second) = &site.second {
            program(second, &query.paths[LeafPlace::SECOND]);
        }
        // The first memory type alone is that of the kernel's own mapping.
        let past_caches = attributes & Descriptor::ATTRIBUTE_INDEX != 0 || kind.invalidates();
        if past_caches {
            caches::clean_and_invalidate_all(site.first.words);
        }
        self.clock.end(Stage::Writing);
        invalidate(site, |address| barriers::sequence_invalidate_address_local(address));
        self.empties = true;
        self.clock.end(Stage::Invalidating);
        let before = self.before(query, images, offset);
        let found = access::found(kind, images.0, images.1, offset);
        access::prepare(&mut self.exchange, kind, found);
        let stub = match (query.controls.regime, kind) {
            (regime::Regime::El2, AccessKind::TranslateRead) => Stub::TranslateReadEl2.into(),
            (regime::Regime::El2, AccessKind::TranslateWrite) => Stub::TranslateWriteEl2.into(),
            _ => self.stubs.get(kind as usize).copied().unwrap_or_else(|| Entry::of(kind)),
        };
        let fault = self.call(query.access.level, stub, query.access.address, before);
        self.clock.end(match (query.access.level, fault) {
            _ if before.is_some() => Stage::Warm,
            (oracle::ExceptionLevel::El0, _) => Stage::AtEl0,
            (_, None) => Stage::Completing,
            (_, Some(_)) => Stage::Faulting,
        });
        let event = access::event(&self.exchange, kind, found, fault);
        // The TLBI is not needed for what is seen: sites compete for the same entries of QEMU's TLB, which counts an entry
        // out twice that was displaced before it is invalidated, and then grows its TLB without bound.
        invalidate(site, |address| barriers::sequence_complete_and_queue_address_local(address));
        if past_caches {
            caches::clean_and_invalidate_all(site.first.words);
        }
        let first = read(&site.first, &query.paths[LeafPlace::FIRST]);
        let span = Span { start: offset, skip: 0 };
        let first_bytes = access::inspect(site.first.words, images.0, kind, found, span);
        let mut outcome = Outcome {
            event,
            exceptions: u8::from(matches!(event, Event::Faulted(_))),
            leaves: Leaves::stage_1(first.leaf, query.paths[LeafPlace::SECOND].leaf()),
            siblings: first.siblings,
            tables_accessed: Pages::default(),
            tables_changed: first.tables,
            neighbours_changed: first.neighbours,
            bytes: Pages([first_bytes, Bytes::Old]),
        };
        if let Some(walk) = &site.second {
            let second = read(walk, &query.paths[LeafPlace::SECOND]);
            // Half of the access lies in each page.
            let span = Span { start: 0, skip: kind.size() as usize / 2 };
            outcome.leaves[LeafPlace::SECOND] = second.leaf;
            outcome.tables_changed |= second.tables;
            outcome.neighbours_changed |= second.neighbours;
            outcome.bytes[Page::Second] = access::inspect(walk.words, images.1, kind, found, span);
        }
        self.clock.end(Stage::Reading);
        outcome
    }
}
