//! The machine of the space of both stages: this CPU.

use super::site::{Memory, Site};
use crate::machine::lean::Exchange;
use crate::machine::registers::Identification;
use crate::machine::resident::{self, stage_2};
use crate::memory::case_memory::CaseMemory;
use crate::memory::stage_2::Stage2Tables;
use crate::probe::Entry;
use crate::support::granules::El10;
use crate::support::granules::regime::{ASID, Regime};
use crate::support::product::access::{self, DATA, Span};
use crate::support::product::machine::{features, implemented};
use crate::support::space;
use afdbm::address::{IntermediatePhysicalAddress, PhysicalAddress};
use afdbm::fault::Fault;
use afdbm::tlbi::Operand;
use alloc::vec::Vec;
use cases::nested::{BothStages, Place, Placement, STAGE_1, Shape};
use cases::product::Purpose;
use cases::space::{Implemented, Machine};
use oracle::{
    Access, AccessKind, Bytes, Controls, Event, Features, LeafPlace, Leaves, NestedOutcome, NestedQuery,
    Outcome, Pages, RangeControls, Siblings, Stage2Controls, Stage2Seen, TlbState,
};

/// The purposes that a site is built for.
const PURPOSES: [Purpose; 2] = [Purpose::Data, Purpose::Code];

/// The tables of one setting, and where accesses go through them, for data and for code.
struct Built<'a> {
    tables: Stage2Tables<'a>,
    sites: [Site<'a>; 2],
}

/// What was needed so far, and what it is made of.
pub struct Sites<'a> {
    memory: &'a CaseMemory,
    data: Memory<'a>,
    built: Vec<(Place, Option<Built<'a>>)>,
    /// An empty table, for stage 1 to begin and to end with.
    empty: PhysicalAddress,
}

impl<'a> space::Sites<'a> for Sites<'a> {
    type Space = BothStages;

    fn new(memory: &'a CaseMemory) -> Option<Self> {
        let (empty, _) = memory.table()?;
        let data = Memory::take(memory)?;
        for purpose in PURPOSES {
            let (_, words) = data.words(purpose);
            access::fill(words, purpose);
        }
        Some(Self { memory, data, built: Vec::new(), empty })
    }

    fn machine(&mut self, cpu: Identification) -> impl Machine<BothStages> {
        let regime = El10::new(cpu, self.empty);
        let mut features = features(&cpu);
        features.extensions.hypervisor = true;
        ThisCpu { sites: self, regime, cpu, features, exchange: Exchange::default(), now: None }
    }
}

impl<'a> Sites<'a> {
    /// Returns where a setting stands in the list, built if it is not there yet.
    fn find(&mut self, place: Place, implemented: &Implemented) -> usize {
        let known = self.built.iter().position(|(built, _)| *built == place);
        known.unwrap_or_else(|| {
            self.built.push((place, self.build(place, implemented)));
            self.built.len() - 1
        })
    }

    fn build(&self, place: Place, implemented: &Implemented) -> Option<Built<'a>> {
        let geometry = place.geometry(implemented);
        let mut tables = Stage2Tables::new(self.memory, geometry)?;
        let mut site = |purpose| Site::new(self.memory, &self.data, &mut tables, (place, geometry), purpose);
        let sites = [site(Purpose::Data)?, site(Purpose::Code)?];
        Some(Built { tables, sites })
    }

    fn site(&self, index: usize, purpose: Purpose) -> Option<&Site<'a>> {
        let (_, built) = &self.built[index];
        built.as_ref().map(|built| &built.sites[usize::from(purpose == Purpose::Code)])
    }
}

/// What is set: the setting and purpose, and the controls of both stages.
type Set = (usize, Purpose, Controls, Stage2Controls);

/// This CPU, with stage 2 on, until the value is dropped.
struct ThisCpu<'s, 'a> {
    sites: &'s mut Sites<'a>,
    regime: El10,
    cpu: Identification,
    features: Features,
    exchange: Exchange,
    now: Option<Set>,
}

impl ThisCpu<'_, '_> {
    /// Sets the controls: stage 2 first, through which the tables of stage 1 are found.
    fn control(&mut self, wanted: Set) {
        self.detach();
        let (index, purpose, stage_1, stage_2) = &wanted;
        if let (_, Some(built)) = &self.sites.built[*index] {
            built.tables.enter(stage_2);
        }
        if let Some(site) = self.sites.site(*index, *purpose) {
            self.regime.control(stage_1, site.root);
        }
        self.now = Some(wanted);
    }

    /// Takes stage 1 away from the sites, then turns stage 2 off.
    fn detach(&mut self) {
        if self.now.take().is_some() {
            let range = RangeControls { geometry: STAGE_1, ..RangeControls::default() };
            self.regime.control(&Controls { range, ..Controls::default() }, self.sites.empty);
            stage_2::leave();
        }
    }
}

/// Makes an access with what is in the registers; returns the exception that ended it, and HPFAR_EL2 if that was EL2's.
fn perform(
    regime: &mut El10,
    exchange: &mut Exchange,
    Access { kind, level, address }: Access,
) -> (Option<Fault>, Option<PhysicalAddress>) {
    if kind.translates_by_both_stages() {
        exchange.registers[2] = stage_2::translate(kind, address).0;
        return (None, None);
    }
    let fault = regime.access(exchange, level, Entry::of(kind), address, None);
    (fault, fault.and_then(|_| resident::take_handed()))
}

impl Drop for ThisCpu<'_, '_> {
    fn drop(&mut self) {
        self.detach();
    }
}

impl Machine<BothStages> for ThisCpu<'_, '_> {
    fn features(&self) -> Features {
        self.features
    }

    fn implemented(&self) -> Implemented {
        implemented(&self.cpu)
    }

    fn place(&mut self, shape: Shape) -> Option<Placement> {
        let implemented = self.implemented();
        let index = self.sites.find(shape.place, &implemented);
        let site = self.sites.site(index, shape.purpose)?;
        Some(site.placement(shape.walked.leaf_level()))
    }

    fn run(&mut self, shape: Shape, query: &NestedQuery) -> NestedOutcome {
        let implemented = self.implemented();
        let index = self.sites.find(shape.place, &implemented);
        let wanted = (index, shape.purpose, query.stage_1.controls, query.controls);
        if self.now != Some(wanted) {
            self.control(wanted);
        }
        let Some(site) = self.sites.site(index, shape.purpose) else {
            unreachable!("a combination without a site is dropped")
        };
        let access = &query.stage_1.access;
        let in_tlb = Operand::of_address(STAGE_1, access.address, ASID, None);
        let pages = super::site::PAGES.map(|page| {
            let address = IntermediatePhysicalAddress(query.walks[page].address.0);
            Operand::of_intermediate(query.controls.geometry, address, None)
        });
        site.program(query);
        stage_2::invalidate(pages);
        self.regime.invalidate(in_tlb);
        let (kind, image) = (access.kind, access::image(shape.purpose));
        let before = match query.stage_1.tlb {
            TlbState::Cold => None,
            TlbState::AfterLoad => Some(AccessKind::Load),
            TlbState::AfterStore => Some(AccessKind::Store),
        };
        if let Some(before) = before {
            // It stores what is there.
            self.exchange.registers[1] = image[0];
            perform(&mut self.regime, &mut self.exchange, Access { kind: before, ..*access });
        }
        let found = access::found(kind, image, &DATA, 0);
        access::prepare(&mut self.exchange, kind, found);
        let (fault, abort) = perform(&mut self.regime, &mut self.exchange, *access);
        let event = access::event(&self.exchange, kind, found, fault);
        self.regime.complete_and_invalidate(in_tlb);
        let (leaf, tables_changed, leaves) = site.read(query);
        let bytes = access::inspect(site.words, image, kind, found, Span { start: 0, skip: 0 });
        let stage_1 = Outcome {
            event,
            exceptions: u8::from(matches!(event, Event::Faulted(_))),
            leaves: Leaves::stage_1(leaf, query.stage_1.paths[LeafPlace::SECOND].leaf()),
            siblings: Siblings::default(),
            tables_accessed: Pages::default(),
            tables_changed,
            neighbours_changed: site.neighbours(),
            bytes: Pages([bytes, Bytes::Old]),
        };
        NestedOutcome { stage_1, stage_2: Stage2Seen { abort, leaves } }
    }
}
