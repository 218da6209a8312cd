//! The entries of a case, where they are mapped, and what is done to those of a round.

use super::Trouble;
use super::round::Round;
use super::subject::{Change, Subject, Used};
use crate::machine::barriers;
use crate::machine::caches;
use crate::machine::layout::{self, PAGE_SIZE};
use crate::memory::case_space::{ADDRESS, CaseSpace};
use crate::memory::hole::Hung;
use crate::probe::FETCHED_CODE;
use afdbm::address::VirtualAddress;
use afdbm::geometry::Level;
use afdbm::tlbi::{Domain, Form};
use alloc::vec::Vec;
use cases::states::Flags;
use core::sync::atomic::Ordering::Relaxed;
use history::WrongInvalidation;

/// Entries of each group, mapped and invalid between rounds.
pub struct Site<'a> {
    space: &'a CaseSpace,
    subjects: Vec<Subject<'a>>,
    hung: Hung<'a>,
}

impl<'a> Site<'a> {
    /// Maps the entries; those that need a managed dirty state where there is one, and blocks where all of one is memory.
    pub fn new(space: &'a CaseSpace, manages_dirty_state: bool) -> Result<Self, Trouble> {
        let (data, code) = (space.frame()?, space.frame()?);
        let mut subjects = Vec::new();
        for level in [Level::L3, Level::L2, Level::L1] {
            for (place, change) in Change::OF_LEAVES.into_iter().enumerate() {
                if change.needs_dirty_state() && !manages_dirty_state {
                    continue;
                }
                let frame = if change.is_fetch() { code } else { data };
                if !CaseSpace::may_map(level, frame) {
                    continue;
                }
                let page = space.map(address(level, place), level, frame, Flags::READ_WRITE.0)?;
                subjects.push(Subject { page, change, table: None });
            }
        }
        // In a table of its own.
        let at = address(Level::L2, Change::OF_LEAVES.len());
        let page = space.map(at, Level::L3, data, Flags::READ_WRITE.0)?;
        let walk = space.tables().walk(at)?;
        let above =
            walk.steps().find(|step| step.level == Level::L2).map(|step| (step.cell, step.descriptor));
        subjects.push(Subject { page, change: Change::TableRemoved, table: above });
        let word =
            subjects.iter().find(|subject| subject.change.is_fetch()).map(|subject| subject.page.word(0));
        if let Some(word) = word {
            word.store(FETCHED_CODE, Relaxed);
            caches::publish_code(word);
        }
        subjects.iter().for_each(Subject::end);
        Ok(Self { space, subjects, hung: space.hang(ADDRESS)? })
    }

    /// The entries of a round, each with the address by which it is used.
    fn of<'s>(&'s self, round: &Round) -> impl Iterator<Item = (&'s Subject<'a>, VirtualAddress)> {
        let (group, upper) = (round.group, round.upper);
        let chosen =
            self.subjects.iter().filter(move |subject| group.has(subject.page.level, subject.change));
        chosen.map(move |subject| {
            let address = subject.page.address;
            (subject, if upper { self.hung.twin(address) } else { address })
        })
    }

    /// Writes the descriptors that are to be cached and uses each entry, on the CPU that is observed and with nothing in its
    /// TLB; two bits each tell whether it did as it should.
    pub fn begin(&self, round: &Round) -> u64 {
        // What was there is invalid since the last round: invalidated before what may be global is made (Arm ARM R_WHZWS).
        barriers::sequence_invalidate_everything_local();
        self.of(round).for_each(|(subject, _)| subject.begin(round.global));
        barriers::sequence_publish_descriptor();
        let failed =
            |(subject, at): (&Subject<'_>, _)| if subject.warm(at) { Used::New } else { Used::Neither };
        pack(self.of(round).map(failed))
    }

    /// Changes the descriptors, and invalidates what the round's instruction is for.
    pub fn change(&self, round: &Round, wrong: Option<WrongInvalidation>) {
        self.of(round).for_each(|(subject, _)| subject.change(round.global));
        let domain = round.instruction.domain();
        order(domain);
        for (_, at) in self.of(round) {
            let request = round.request(layout::CASE.geometry, at, self.space.user().1);
            let right = request.operand().map(|operand| (request.instruction, operand));
            let executed = wrong.map_or(right, |wrong| wrong.executed(&request));
            if let Some((instruction, operand)) = executed {
                barriers::sequence_begin_invalidation(instruction.word(), operand);
            }
            if matches!(round.instruction.form(), Form::None | Form::Asid) {
                break;
            }
        }
        complete(domain);
    }

    /// Uses each entry again, on the CPU that is observed, and leaves it invalid; two bits each tell what was used.
    pub fn judge(&self, round: &Round) -> u64 {
        // What this PE has fetched before may still be of the old translation (Arm ARM R_LXHLD).
        barriers::sequence_synchronize_context();
        let used = pack(self.of(round).map(|(subject, at)| subject.judge(at)));
        self.of(round).for_each(|(subject, _)| subject.end());
        barriers::sequence_publish_descriptor();
        used
    }

    /// Goes through what an answer says of each entry.
    pub fn tell<'s>(
        &'s self,
        round: &Round,
        answer: u64,
    ) -> impl Iterator<Item = (Change, Used)> + use<'s, 'a> {
        let changes: Vec<Change> = self.of(round).map(|(subject, _)| subject.change).collect();
        changes
            .into_iter()
            .enumerate()
            .map(move |(place, change)| (change, Used::from_bits(answer >> (2 * place))))
    }
}

/// Where the entries of a level stand: not side by side, so that a range of two pages covers one.
fn address(level: Level, place: usize) -> VirtualAddress {
    let place = place as u64;
    let geometry = layout::CASE.geometry;
    match level {
        Level::L3 => ADDRESS.offset(2 * place * PAGE_SIZE),
        // In the same GiB, so that the upper range has them too.
        Level::L2 => ADDRESS.offset((2 + 2 * place) * geometry.size(Level::L2)),
        _ => ADDRESS.offset((2 + 2 * place) * geometry.size(Level::L1)),
    }
}

fn pack(each: impl Iterator<Item = Used>) -> u64 {
    each.enumerate().fold(0, |answer, (place, used)| answer | (used as u64) << (2 * place))
}

/// Orders changed descriptors before the invalidations that follow.
fn order(domain: Domain) {
    match domain {
        Domain::Local => barriers::sequence_order_before_local_invalidation(),
        Domain::Inner => barriers::sequence_order_before_invalidation(),
        Domain::Outer => barriers::sequence_order_before_outer_invalidation(),
    }
}

/// Completes the invalidations: a DSB without nXS completes those with it, too (Arm ARM C6.2, DSB).
fn complete(domain: Domain) {
    match domain {
        Domain::Local => barriers::sequence_complete_local_invalidation(),
        Domain::Inner => barriers::sequence_complete_invalidation(),
        Domain::Outer => barriers::sequence_complete_outer_invalidation(),
    }
}
