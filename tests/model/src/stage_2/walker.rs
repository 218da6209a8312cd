//! The hardware: translation by both stages, its TLB, and what it updates by itself.

use crate::{
    descriptors::RO,
    stage_2::{
        AF, DBM, READ, WRITE,
        explore::Successor,
        scenario::{Agent, FAULT_CAP, Scenario, Touch},
        world::{Phase, World},
    },
    world::{FaultKind, Violation},
};
use afdbm::descriptor::{Descriptor, Stage2Attributes};
use afdbm::operations::{AccessEnd, Attempt, Passage, Rewrite, encoding_at, progress, tlb};
use afdbm::stage::Stage;

/// What an access needs stage 2 to grant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Need {
    Read,
    Write,
    Execute,
}

impl Need {
    /// Tells whether a descriptor grants it, without an update.
    pub(crate) const fn is_met(self, descriptor: Descriptor) -> bool {
        match self {
            Self::Read => descriptor.has(READ),
            Self::Write => descriptor.has(READ | WRITE),
            Self::Execute => Stage2Attributes::from_descriptor(descriptor).user_executable,
        }
    }
}

/// One access to the page.
#[derive(Clone, Copy, Debug)]
struct Access<'a> {
    agent: usize,
    spec: &'a Agent,
    need: Need,
    /// The stage 1 leaf that the access leaves in the page.
    leaf: Descriptor,
    /// The walker of stage 1 makes it, by no entry that joins both stages.
    by_walker: bool,
    through_tlb: Option<Descriptor>,
}

/// Returns what `touch` needs of the page and the stage 1 leaf that it leaves there, or `None` where stage 1 itself faults.
pub(crate) fn need(agent: &Agent, touch: Touch, leaf: Descriptor) -> Option<(Need, Descriptor)> {
    let writes = match touch {
        Touch::Read => return Some((Need::Read, leaf)),
        Touch::Write => return Some((Need::Write, leaf)),
        Touch::Fetch => return Some((Need::Execute, leaf)),
        Touch::WalkForRead => false,
        Touch::WalkForWrite => true,
    };
    let (ha, hd) = agent.stage_1;
    let granted = !leaf.is_read_only() || leaf.is_writable() && hd;
    if !leaf.is_young() && !ha || writes && !granted {
        return None;
    }
    let recorded = if writes { leaf.without(RO) } else { leaf }.with(AF);
    // The update is a write to the page (Arm ARM R_BDJJL); without one the walker reads (row H11).
    Some((if recorded == leaf { Need::Read } else { Need::Write }, recorded))
}

/// Adds every way in which `agent` may go on with an access to the page.
pub(crate) fn access(
    scenario: &Scenario,
    world: &World,
    agent: usize,
    touch: Touch,
    successors: &mut Vec<Successor>,
) {
    let spec = &scenario.agents[agent];
    let mut world = world.clone();
    let Some((need, leaf)) = need(spec, touch, world.memory[1]) else {
        successors.push(ended(agent, "stage 1 faults: the guest's own affair", world));
        return;
    };
    let by_walker = matches!(touch, Touch::WalkForRead | Touch::WalkForWrite);
    world.past.attempted |= need == Need::Write;
    let access = Access { agent, spec, need, leaf, by_walker, through_tlb: None };
    if by_walker && spec.stage_1.0 {
        access.record_early(&world, successors);
    }
    let state = &world.agents[agent];
    let joined = state.joined_entry.filter(|_| !by_walker);
    for (cached, text) in
        [(joined, "through the TLB, both stages"), (state.stage_2_entry, "through the TLB, stage 2")]
    {
        let Some(cached) = cached else { continue };
        let hit = Access { through_tlb: Some(cached), ..access };
        if need.is_met(cached) {
            let mut after = world.clone();
            if !by_walker {
                after.agents[agent].joined_entry = Some(cached);
            }
            successors.push(hit.complete(text, after, vec![]));
        } else if !hit.is_recordable(cached) {
            successors.push(hit.fault(text, world.clone(), FaultKind::Permission));
        }
        // Else the update reads the descriptor anew (Arm ARM R_SGJBL): that is the walk.
    }
    access.walk(&world, successors);
}

/// Adds the speculative Access flag update of `agent` (Arm ARM R_LHQRX).
pub(crate) fn speculate(scenario: &Scenario, world: &World, agent: usize, successors: &mut Vec<Successor>) {
    let found = world.memory[0];
    let may = world.agents[agent].speculation > 0 && scenario.agents[agent].stage_2.0;
    if may && found.is_valid() && !found.is_young() {
        let mut after = world.clone();
        after.memory[0] = found.with(AF);
        let state = &mut after.agents[agent];
        state.speculation -= 1;
        (state.stage_2_entry, state.joined_entry) = (Some(found.with(AF)), Some(found.with(AF)));
        successors.push(Successor::new(agent, "speculation sets AF", after, vec![]));
    }
}

/// The access is over, whatever became of it.
fn ended(agent: usize, what: &'static str, mut world: World) -> Successor {
    let state = &mut world.agents[agent];
    state.action += 1;
    state.faults = 0;
    Successor::new(agent, what, world, vec![])
}

impl Access<'_> {
    /// Tells whether hardware may record the write in this descriptor, and so grant it.
    const fn is_recordable(&self, descriptor: Descriptor) -> bool {
        let (_, hd) = self.spec.stage_2;
        matches!(self.need, Need::Write) && descriptor.has(READ | DBM) && hd
    }

    /// With hardware updates on in stage 1, its walker may mark the table page dirty without one (Arm ARM R_JCXVS).
    fn record_early(self, world: &World, successors: &mut Vec<Successor>) {
        let found = world.memory[0];
        let writes = Access { need: Need::Write, ..self };
        if found.is_valid() && found.is_young() && !found.has(WRITE) && writes.is_recordable(found) {
            let (mut after, violations) = self.updated(world, found.with(WRITE));
            after.past.attempted = true;
            successors.push(Successor::new(
                self.agent,
                "stage 1 walker sets S2AP[1] early",
                after,
                violations,
            ));
        }
    }

    fn walk(self, world: &World, successors: &mut Vec<Successor>) {
        let found = world.memory[0];
        let (ha, _) = self.spec.stage_2;
        if !found.is_valid() {
            successors.push(ended(self.agent, "Translation fault: gives up", world.clone()));
            return;
        }
        if !found.is_young() && !ha {
            successors.push(self.fault("walks", world.clone(), FaultKind::AccessFlag));
            return;
        }
        if !self.need.is_met(found) && !self.is_recordable(found) {
            // The Access flag may be set or not where the permission is missing (Arm ARM R_QSPMS).
            let [kept, set] = [0, AF].map(|flag| self.updated(world, found.with(flag)).0);
            successors.push(self.fault("walks", kept, FaultKind::Permission));
            if !found.is_young() {
                successors.push(self.fault("walks, sets AF", set, FaultKind::Permission));
            }
            return;
        }
        let records = !self.need.is_met(found);
        if records && !found.is_young() {
            // In two updates, or in one (Arm ARM R_PRHKD).
            let (flag, what) =
                if self.spec.dirty_first { (WRITE, "sets S2AP[1] first") } else { (AF, "sets AF first") };
            let (after, violations) = self.updated(world, found.with(flag));
            successors.push(Successor::new(self.agent, what, after, violations));
        }
        let left = found.with(if records { AF | WRITE } else { AF });
        let (after, violations) = self.updated(world, left);
        let what = match (found.is_young(), records) {
            (true, false) => "walks",
            (false, false) => "walks, sets AF",
            (true, true) => "walks, sets S2AP[1]",
            (false, true) => "walks, sets AF and S2AP[1]",
        };
        successors.push(self.complete(what, after, violations));
    }

    /// Writes what the walker leaves, fills the TLB with it, and checks the update.
    fn updated(self, world: &World, left: Descriptor) -> (World, Vec<Violation>) {
        let mut after = world.clone();
        let before = after.memory[0];
        after.memory[0] = left;
        let cached = left.is_young().then_some(left);
        let state = &mut after.agents[self.agent];
        state.stage_2_entry = cached;
        if !self.by_walker {
            state.joined_entry = cached;
        }
        let breach = encoding_at(Stage::Two, &Rewrite { before, after: left, by_hardware: true });
        (after, breach.map(|breach| Violation::of(breach, breach.to_string())).into_iter().collect())
    }

    fn complete(self, what: &'static str, mut world: World, mut violations: Vec<Violation>) -> Successor {
        let write = self.need == Need::Write;
        world.past.landed |= write;
        world.memory[1] = self.leaf;
        let passage = Passage {
            cached: self.through_tlb,
            write_withdrawn: world.past.withdrawn,
            removed: world.past.freed,
            ..Passage::by_walk(world.memory[0], write)
        };
        violations.extend(tlb(&passage).map(|breach| Violation::of(breach, breach.to_string())));
        let mut over = ended(self.agent, what, world);
        over.world.check(&mut violations);
        over.violations = violations;
        over
    }

    fn fault(self, what: &'static str, mut world: World, kind: FaultKind) -> Successor {
        let state = &mut world.agents[self.agent];
        state.faults += 1;
        state.phase = Phase::Handling(kind, false, vec![]);
        let (faults, cap) = (u32::from(state.faults), u32::from(FAULT_CAP));
        let breach = progress(&Attempt { faults, cap, end: AccessEnd::Passed });
        let violations = breach.map(|breach| Violation::of(breach, breach.to_string()));
        let what = match (kind, what) {
            (FaultKind::AccessFlag, _) => "Access flag fault",
            (FaultKind::Permission, "walks" | "walks, sets AF") => "Permission fault",
            (FaultKind::Permission, _) => "Permission fault, through the TLB",
        };
        Successor::new(self.agent, what, world, violations.into_iter().collect())
    }
}
