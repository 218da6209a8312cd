//! The machine of the space of geometries: this CPU.

use super::regime::{ASID, El10, Regime};
use super::site::{Memory, Site};
use crate::machine::lean::{Before, Exchange};
use crate::machine::registers::Identification;
use crate::memory::case_memory::CaseMemory;
use crate::memory::large::LargeTables;
use crate::probe::Entry;
use crate::support::product::access::{self, DATA, Span};
use crate::support::product::machine::{features, implemented};
use crate::support::space;
use afdbm::address::PhysicalAddress;
use afdbm::descriptor::Descriptor;
use afdbm::tlbi::Operand;
use alloc::vec::Vec;
use cases::geometries::{OneStage, Placement, Shape};
use cases::space::{Implemented, Machine};
use oracle::{Bytes, Event, Features, LeafPlace, Leaves, Levels, Outcome, Pages, Query, TlbState};

/// The sites that were needed so far, and what they are made of.
pub struct Sites<'a> {
    memory: &'a CaseMemory,
    data: Memory<'a>,
    built: Vec<(Shape, Option<Site<'a>>)>,
    /// The kernel's tables in the format of DS=1, once a shape needs them.
    large: Option<Option<LargeTables<'a>>>,
    /// An empty table, for a regime to begin with.
    empty: PhysicalAddress,
}

impl<'a> space::Sites<'a> for Sites<'a> {
    type Space = OneStage;

    fn new(memory: &'a CaseMemory) -> Option<Self> {
        let (empty, _) = memory.table()?;
        Some(Self { memory, data: Memory::take(memory)?, built: Vec::new(), large: None, empty })
    }

    fn machine(&mut self, cpu: Identification) -> impl Machine<OneStage> {
        let regime = El10::new(cpu, self.empty);
        ThisCpu {
            sites: self,
            regime,
            cpu,
            features: features(&cpu),
            exchange: Exchange::default(),
            now: None,
        }
    }
}

impl<'a> Sites<'a> {
    /// Returns where the site of a shape is, built if it is not there yet.
    fn find(&mut self, shape: Shape, implemented: &Implemented) -> usize {
        if let Some(place) = self.built.iter().position(|(built, _)| *built == shape) {
            return place;
        }
        let tables = shape.place.tables;
        let geometry = tables.geometry(implemented, tables.usual_output_bits());
        let memory = self.memory;
        let is_ready =
            !tables.is_ds() || self.large.get_or_insert_with(|| LargeTables::new(memory)).is_some();
        let site = if is_ready { Site::new(memory, &self.data, geometry, shape) } else { None };
        if let Some(site) = &site {
            access::fill(site.words, shape.purpose);
        }
        self.built.push((shape, site));
        self.built.len() - 1
    }
}

/// This CPU, in a regime, until the value is dropped.
struct ThisCpu<'s, 'a, R: Regime> {
    sites: &'s mut Sites<'a>,
    regime: R,
    cpu: Identification,
    features: Features,
    exchange: Exchange,
    /// The site, the controls and the memory type that are set.
    now: Option<(usize, oracle::Controls, u64)>,
}

impl<R: Regime> ThisCpu<'_, '_, R> {
    /// Sets the controls for a site; break before make, since memory type or output address may change (Arm ARM R_WHZWS).
    fn control(&mut self, wanted: (usize, oracle::Controls, u64)) {
        self.detach();
        if let (_, Some(site)) = &self.sites.built[wanted.0] {
            self.regime.format(wanted.1.range.geometry, self.sites.large.flatten());
            self.regime.control(&wanted.1, site.root);
        }
        self.now = Some(wanted);
    }

    /// Leaves the site that is set without a valid descriptor, and the TLB without an entry.
    fn detach(&mut self) {
        if let Some((place, ..)) = self.now.take()
            && let (_, Some(site)) = &self.sites.built[place]
        {
            site.detach();
        }
        self.regime.invalidate_everything();
    }
}

impl<R: Regime> Drop for ThisCpu<'_, '_, R> {
    fn drop(&mut self) {
        self.detach();
    }
}

impl<R: Regime> Machine<OneStage> for ThisCpu<'_, '_, R> {
    fn features(&self) -> Features {
        self.features
    }

    fn implemented(&self) -> Implemented {
        implemented(&self.cpu)
    }

    fn place(&mut self, shape: Shape) -> Option<Placement> {
        let implemented = self.implemented();
        let place = self.sites.find(shape, &implemented);
        let (_, site) = &self.sites.built[place];
        site.as_ref().map(|site| site.placement)
    }

    fn run(&mut self, shape: Shape, query: &Query) -> Outcome {
        let place = self.sites.find(shape, &self.implemented());
        let path = &query.paths[LeafPlace::FIRST];
        let wanted = (place, query.controls, path.leaf().0 & Descriptor::ATTRIBUTE_INDEX);
        if self.now != Some(wanted) {
            self.control(wanted);
        }
        let (_, Some(site)) = &self.sites.built[place] else {
            unreachable!("a combination without a site is dropped")
        };
        let address = query.access.address;
        let in_tlb = Operand::of_address(query.controls.range.geometry, address, ASID, None);
        site.program(path);
        self.regime.invalidate(in_tlb);
        let (kind, image) = (query.access.kind, access::image(shape.purpose));
        let before = match query.tlb {
            TlbState::Cold => None,
            TlbState::AfterLoad => Some(Before { address, stores: None }),
            TlbState::AfterStore => Some(Before { address, stores: Some(image[0]) }),
        };
        let found = access::found(kind, image, &DATA, 0);
        access::prepare(&mut self.exchange, kind, found);
        let fault =
            self.regime.access(&mut self.exchange, query.access.level, Entry::of(kind), address, before);
        let event = access::event(&self.exchange, kind, found, fault);
        self.regime.complete_and_invalidate(in_tlb);
        let read = site.read(path);
        let bytes = access::inspect(site.words, image, kind, found, Span { start: 0, skip: 0 });
        Outcome {
            event,
            exceptions: u8::from(matches!(event, Event::Faulted(_))),
            leaves: Leaves::stage_1(read.leaf, query.paths[LeafPlace::SECOND].leaf()),
            siblings: read.siblings,
            tables_accessed: Pages([read.tables_accessed, Levels::NONE]),
            tables_changed: read.tables,
            neighbours_changed: read.neighbours,
            bytes: Pages([bytes, Bytes::Old]),
        }
    }
}
