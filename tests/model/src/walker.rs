//! The hardware: translation, its TLB, and what it updates by itself.

use crate::{
    descriptors::{AF, RO},
    explore::{End, Successor, What},
    scenario::{Scenario, Touch, Updates},
    world::{Cached, FaultKind, Phase, Violation, World},
};
use afdbm::descriptor::Descriptor;
use afdbm::operations::{AccessEnd, Attempt, Passage, Rewrite, encoding, progress, tlb};

/// One translation to be made.
#[derive(Clone, Copy, Debug)]
struct Access {
    agent: usize,
    touch: Touch,
    entry: u8,
    through_tlb: bool,
}

/// Adds every way in which `agent` may go on with an access to page `entry`.
pub fn touch(
    scenario: &Scenario,
    world: &World,
    agent: usize,
    touch: Touch,
    entry: u8,
    successors: &mut Vec<Successor>,
) {
    let mut world = world.clone();
    world.past.attempted |= touch != Touch::Read;
    let state = &world.agents[agent];
    let access = Access { agent, touch, entry, through_tlb: false };
    if let Some(cached) = state.tlb[usize::from(entry)] {
        let hit = Access { through_tlb: true, ..access };
        if touch == Touch::Read || !cached.descriptor.is_read_only() {
            successors.push(hit.complete(scenario, world.clone(), "", vec![]));
        } else if !(cached.descriptor.is_writable() && cached.hd) {
            successors.push(hit.fault(scenario, world.clone(), "", FaultKind::Permission));
        } else if cached.hd != state.hd {
            // The update itself reads the descriptor anew (Arm ARM R_SGJBL), with the control that was cached.
            hit.walk(scenario, &world, cached.hd, successors);
        }
    }
    access.walk(scenario, &world, state.hd, successors);
}

/// Adds the speculative Access flag updates of `agent` (Arm ARM R_LHQRX).
pub fn speculate(scenario: &Scenario, world: &World, agent: usize, successors: &mut Vec<Successor>) {
    if world.agents[agent].speculation == 0 || !scenario.agents[agent].ha {
        return;
    }
    for entry in 0..scenario.entries {
        let found = world.memory[entry];
        if found.is_valid() && !found.is_young() {
            let mut after = world.clone();
            after.agents[agent].speculation -= 1;
            after.memory[entry] = found.with(AF);
            let cached = Cached { descriptor: found.with(AF), hd: after.agents[agent].hd };
            after.agents[agent].tlb[entry] = Some(cached);
            successors.push(Successor::new(agent, What::Speculation, after, vec![]));
        }
    }
}

impl Access {
    fn walk(self, scenario: &Scenario, world: &World, hd: bool, successors: &mut Vec<Successor>) {
        let found = world.memory[usize::from(self.entry)];
        let agent = &scenario.agents[self.agent];
        if !found.is_valid() {
            successors.push(self.untranslated(world.clone()));
            return;
        }
        if !found.is_young() && !agent.ha {
            successors.push(self.fault(scenario, world.clone(), "", FaultKind::AccessFlag));
            return;
        }
        let writes = self.touch != Touch::Read;
        if writes && found.is_read_only() && !(found.is_writable() && hd) {
            // The Access flag may be set or not where the permission is missing (Arm ARM R_QSPMS).
            let [kept, set] = [0, AF].map(|flag| self.updated(world, found.with(flag), hd));
            successors.push(self.fault(scenario, kept.0, "", FaultKind::Permission));
            if !found.is_young() {
                successors.push(self.fault(scenario, set.0, "sets AF", FaultKind::Permission));
            }
            return;
        }
        let needs_flag = !found.is_young();
        let needs_dirty = writes && found.is_read_only();
        if needs_flag && needs_dirty && agent.updates == Updates::DirtyFirst {
            let (after, violations) = self.updated(world, found.without(RO), hd);
            let what = self.what("clears RO", End::Restart);
            successors.push(Successor::new(self.agent, what, after, violations));
        }
        if needs_flag && needs_dirty && agent.updates != Updates::One || self.touch == Touch::FailingCas {
            // AF alone: as a first update, or as all that an access which writes nothing is bound to.
            let (after, violations) = self.updated(world, found.with(AF), hd);
            if self.touch == Touch::FailingCas {
                successors.push(self.complete(scenario, after, "sets AF if clear", violations));
            } else {
                let what = self.what("sets AF", End::Restart);
                successors.push(Successor::new(self.agent, what, after, violations));
            }
        }
        if !(needs_flag && needs_dirty && agent.updates == Updates::Two) {
            let dirty = if needs_dirty { found.without(RO) } else { found };
            let (after, violations) = self.updated(world, dirty.with(AF), hd);
            let text = match (needs_flag, needs_dirty) {
                (false, false) => "",
                (true, false) => "sets AF",
                (false, true) => "clears RO",
                (true, true) => "sets AF, clears RO",
            };
            successors.push(self.complete(scenario, after, text, violations));
        }
    }

    /// Writes what the walker leaves, fills the TLB with it, and checks the update.
    fn updated(self, world: &World, left: Descriptor, hd: bool) -> (World, Vec<Violation>) {
        let index = usize::from(self.entry);
        let found = world.memory[index];
        let mut after = world.clone();
        after.memory[index] = left;
        let state = &mut after.agents[self.agent];
        state.tlb[index] = left.is_young().then_some(Cached { descriptor: left, hd });
        let cleared = found.is_read_only() && !left.is_read_only();
        let mut violations = vec![];
        if let Some(breach) = encoding(&Rewrite { before: found, after: left, by_hardware: true }) {
            violations.push(Violation::of(breach, breach.to_string()));
        }
        let recorded_without_management = cleared && state.hd_gone;
        let record = Passage { recorded_without_management, ..Passage::by_walk(left, false) };
        if let Some(breach) = tlb(&record) {
            violations.push(Violation::of(breach, breach.to_string()));
        }
        (after, violations)
    }

    fn what(self, updates: &'static str, end: End) -> What {
        What::Access { touch: self.touch, entry: self.entry, through_tlb: self.through_tlb, updates, end }
    }

    fn complete(
        self,
        scenario: &Scenario,
        mut world: World,
        updates: &'static str,
        mut violations: Vec<Violation>,
    ) -> Successor {
        let past = &mut world.past;
        let writes = self.touch == Touch::Write;
        past.landed |= writes;
        let index = usize::from(self.entry);
        let state = &mut world.agents[self.agent];
        let passage = Passage {
            cached: state.tlb[index].filter(|_| self.through_tlb).map(|cached| cached.descriptor),
            write_withdrawn: past.withdrawn,
            removed: past.freed,
            ..Passage::by_walk(world.memory[index], writes)
        };
        if let Some(breach) = tlb(&passage) {
            violations.push(Violation::of(breach, breach.to_string()));
        }
        state.action += 1;
        state.faults = 0;
        world.check(scenario, &mut violations);
        Successor::new(self.agent, self.what(updates, End::Done), world, violations)
    }

    fn fault(
        self,
        scenario: &Scenario,
        mut world: World,
        updates: &'static str,
        kind: FaultKind,
    ) -> Successor {
        let state = &mut world.agents[self.agent];
        state.faults += 1;
        state.phase = Phase::Handling(kind, vec![]);
        let mut violations = vec![];
        let (faults, cap) = (u32::from(state.faults), u32::from(scenario.cap));
        if let Some(breach) = progress(&Attempt { faults, cap, end: AccessEnd::Passed }) {
            violations.push(Violation::of(breach, breach.to_string()));
        }
        Successor::new(self.agent, self.what(updates, End::Fault(kind)), world, violations)
    }

    /// A Translation fault: tried again when whoever holds the lock has let go of it, given up else.
    fn untranslated(self, mut world: World) -> Successor {
        let end = if world.lock.is_some() { End::Wait } else { End::Refused };
        if end == End::Refused {
            world.agents[self.agent].action += 1;
            world.agents[self.agent].faults = 0;
        }
        Successor::new(self.agent, self.what("", end), world, vec![])
    }
}
