//! The machine's fingerprint: what it was seen to choose where the architecture leaves a choice.

use super::{
    Access, Allowed, Alternative, Bytes, Change, Choice, Ending, Event, Family, LeafPlace, Outcome, Page,
    Query, Requirement, TlbState, choices::COUNT,
};
use afdbm::descriptor::Descriptor;
use afdbm::fault::FaultStatus;
use afdbm::stage::Stage;
use core::fmt;

/// How often a choice was seen to be made one way and the other: never, or at least once.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Answers {
    /// The answer was yes at least once.
    pub yes: bool,
    /// The answer was no at least once.
    pub no: bool,
}

impl fmt::Display for Answers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match (self.yes, self.no) {
            (true, true) => "both",
            (true, false) => "yes",
            (false, true) => "no",
            (false, false) => "not observed",
        })
    }
}

/// Every choice with what was seen of it. Shown one line each, so that two logs can be compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fingerprint {
    seen: [Answers; COUNT],
}

impl Default for Fingerprint {
    fn default() -> Self {
        Self { seen: [Answers { yes: false, no: false }; COUNT] }
    }
}

impl Fingerprint {
    /// Returns what was seen of `choice`.
    #[must_use]
    pub const fn seen(&self, choice: Choice) -> Answers {
        self.seen[choice as usize]
    }

    /// Records one answer.
    pub const fn record(&mut self, choice: Choice, yes: bool) {
        let seen = &mut self.seen[choice as usize];
        if yes {
            seen.yes = true;
        } else {
            seen.no = true;
        }
    }

    /// Takes in what another CPU saw.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.seen.iter_mut().zip(other.seen) {
            mine.yes |= theirs.yes;
            mine.no |= theirs.no;
        }
    }

    /// Records the choices of an outcome that `allowed` allows; one access alone, since what went before
    /// hides who set a flag: with a warm TLB nothing is recorded.
    pub fn observe(&mut self, query: &Query, allowed: &Allowed, outcome: &Outcome) {
        if query.tlb == TlbState::Cold {
            self.observe_ending(query, allowed, outcome);
            let ending = allowed.alternatives().iter().find(|one| agrees(one, &outcome.event));
            if let Some(alternative) = ending {
                self.observe_update(query, alternative, outcome);
            }
        }
    }

    fn observe_ending(&mut self, query: &Query, allowed: &Allowed, outcome: &Outcome) {
        let alternatives = allowed.alternatives();
        if alternatives.len() < 2 {
            return;
        }
        let Event::Faulted(fault) = outcome.event else {
            self.record_fault(&query.access, alternatives, None);
            return;
        };
        if query.access.kind.is_crossing() {
            let second = fault.address == query.access.second_page(query.controls.range.geometry);
            self.record(Choice::SecondPageReports, second);
        } else {
            self.record_fault(&query.access, alternatives, Some(fault.syndrome.status()));
        }
    }

    fn record_fault(&mut self, access: &Access, alternatives: &[Alternative], status: Option<FaultStatus>) {
        let by_flag = |status: FaultStatus| matches!(status, FaultStatus::AccessFlag(_));
        let possible = |flag: bool| {
            alternatives.iter().any(|one| match one.ending {
                Ending::Faults { syndrome, .. } => by_flag(syndrome.value.status()) == flag,
                _ => false,
            })
        };
        let (flag_choice, other_choice) = match (access.kind, access.kind.family()) {
            (kind, _) if kind.is_failing_exclusive() => {
                (Choice::FailingExclusiveFaults, Choice::FailingExclusiveFaults)
            }
            (kind, _) if kind.invalidates() => {
                (Choice::DataMaintenanceFaultsOnFlag, Choice::InvalidateFaults)
            }
            (_, Family::InstructionMaintenance) => {
                (Choice::InstructionMaintenanceFaultsOnFlag, Choice::InstructionMaintenanceTranslates)
            }
            _ => (Choice::DataMaintenanceFaultsOnFlag, Choice::InvalidateFaults),
        };
        if possible(true) {
            self.record(flag_choice, status.is_some_and(by_flag));
        }
        if possible(false) && !status.is_some_and(by_flag) && (flag_choice != other_choice || !possible(true))
        {
            let counts = other_choice != Choice::InvalidateFaults || access.kind.invalidates();
            if counts {
                self.record(other_choice, status.is_some());
            }
        }
    }

    fn observe_update(&mut self, query: &Query, alternative: &Alternative, outcome: &Outcome) {
        let before = query.paths[LeafPlace::FIRST].leaf();
        let changed = before.0 ^ outcome.leaves[LeafPlace::FIRST].0;
        let second_faults =
            fault_address_is(alternative, query.access.second_page(query.controls.range.geometry).0)
                && query.access.kind.is_crossing();
        if alternative.updates[LeafPlace::FIRST].accessed == Change::May && !before.is_young() {
            let choice =
                if second_faults { Some(Choice::FlagBesideFault) } else { flag_choice(query, alternative) };
            if let Some(choice) = choice {
                self.record(choice, changed & Descriptor::AF != 0);
            }
        }
        if alternative.updates[LeafPlace::FIRST].dirtied == Change::May {
            let choice = match query.access.kind {
                _ if second_faults => Choice::DirtyBesideFault,
                kind if kind.compare_fails() && kind.requires() == Requirement::ReadCheckWrite => {
                    Choice::DirtyOnFailedReadCheckWrite
                }
                kind if kind.compare_fails() && kind.registers() == 2 => Choice::DirtyOnFailedPair,
                kind if kind.compare_fails() => Choice::DirtyOnFailedCompare,
                kind if kind.is_failing_exclusive() => Choice::DirtyOnFailingExclusive,
                kind if kind.writes_tags_only() => Choice::DirtyOnIgnoredTags,
                _ => Choice::DirtyOnAlignment,
            };
            self.record(choice, changed & Stage::One.dirty_bit().mask() != 0);
        }
        if query.access.kind.is_crossing() {
            let faults = matches!(alternative.ending, Ending::Faults { .. });
            let second = query.paths[LeafPlace::SECOND].leaf();
            let changed = second.0 ^ outcome.leaves[LeafPlace::SECOND].0;
            if faults
                && !second_faults
                && alternative.updates[LeafPlace::SECOND].accessed == Change::May
                && !second.is_young()
            {
                self.record(Choice::FlagBesideFault, changed & Descriptor::AF != 0);
            }
            if faults && !second_faults && alternative.updates[LeafPlace::SECOND].dirtied == Change::May {
                self.record(Choice::DirtyBesideFault, changed & Stage::One.dirty_bit().mask() != 0);
            }
            for (set, bytes) in [
                (alternative.bytes[Page::First], outcome.bytes[Page::First]),
                (alternative.bytes[Page::Second], outcome.bytes[Page::Second]),
            ] {
                if set.contains(Bytes::Old) && set.contains(Bytes::New) {
                    self.record(Choice::WrittenBesideFault, bytes != Bytes::Old);
                }
            }
        }
        if before.has(Descriptor::CONTIGUOUS | Descriptor::VALID) {
            if alternative.updates[LeafPlace::FIRST].accessed != Change::Never && !before.is_young() {
                self.record(Choice::FlagOfGroup, outcome.siblings.changed & Descriptor::AF != 0);
            }
            if alternative.updates[LeafPlace::FIRST].dirtied == Change::Must {
                self.record(Choice::DirtyOfGroup, outcome.siblings.dirtied > 0);
            }
        }
    }
}

fn fault_address_is(alternative: &Alternative, address: u64) -> bool {
    matches!(alternative.ending, Ending::Faults { address: held, .. } if held.0 == address)
}

fn agrees(alternative: &Alternative, event: &Event) -> bool {
    match (alternative.ending, event) {
        (Ending::Faults { syndrome, address, .. }, Event::Faulted(fault)) => {
            syndrome.matches(fault.syndrome) && fault.address == address
        }
        (Ending::Faults { .. }, _) | (_, Event::Faulted(_)) => false,
        _ => true,
    }
}

/// Which choice an Access flag that may be set belongs to.
fn flag_choice(query: &Query, alternative: &Alternative) -> Option<Choice> {
    if let Ending::Faults { syndrome, .. } = alternative.ending {
        return match (syndrome.value.status(), query.access.kind.family()) {
            (_, _) if query.access.kind.is_failing_exclusive() => Some(Choice::FlagOnFailingExclusive),
            (_, Family::DataMaintenance) => Some(Choice::FlagOnDataMaintenance),
            (_, Family::InstructionMaintenance) => Some(Choice::FlagOnInstructionMaintenance),
            (FaultStatus::Permission(_), Family::Fetch) => Some(Choice::FlagOnFetchPermissionFault),
            (FaultStatus::Permission(_), Family::Read) => Some(Choice::FlagOnReadPermissionFault),
            (FaultStatus::Permission(_), _) => Some(Choice::FlagOnWritePermissionFault),
            (FaultStatus::Alignment, _) if is_device(query) => Some(Choice::FlagOnMemoryTypeAlignment),
            (FaultStatus::Alignment, _) => Some(Choice::FlagOnCheckedAlignment),
            _ => Some(Choice::FlagOnRefusedAddress),
        };
    }
    match (query.access.kind, query.access.kind.family()) {
        (kind, Family::Optional(_)) if kind.is_for_write() => Some(Choice::FlagOnPrefetchStore),
        (_, Family::Optional(_)) => Some(Choice::FlagOnPrefetchLoad),
        (kind, _) if kind.is_failing_exclusive() => Some(Choice::FlagOnFailingExclusive),
        (_, Family::Translation) => Some(Choice::FlagOnTranslation),
        (_, Family::DataMaintenance) => Some(Choice::FlagOnDataMaintenance),
        (_, Family::InstructionMaintenance) => Some(Choice::FlagOnInstructionMaintenance),
        _ => None,
    }
}

fn is_device(query: &Query) -> bool {
    query.paths[LeafPlace::FIRST].leaf().0 & Descriptor::ATTRIBUTE_INDEX != 0
}

impl fmt::Display for Fingerprint {
    /// Shows one line a choice: `af-on-at: yes`, in the order of [`Choice::ALL`], no line break at the end.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, choice) in Choice::ALL.iter().enumerate() {
            let separator = if place == 0 { "" } else { "\n" };
            write!(formatter, "{separator}{}: {}", choice.slug(), self.seen(*choice))?;
        }
        Ok(())
    }
}
