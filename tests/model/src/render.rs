//! Counter-examples as tables.

use crate::{
    descriptors::show,
    explore::{CounterExample, Doing, End, What},
    scenario::Touch,
    tape::Live,
    world::FaultKind,
};
use afdbm::operations::{Scope, Step};
use std::fmt;

const fn fault(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::AccessFlag => "Access flag fault",
        FaultKind::Permission => "Permission fault",
    }
}

impl fmt::Display for What {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Access { touch, entry, through_tlb, updates, end } => {
                let touch = match touch {
                    Touch::Read => "read",
                    Touch::Write => "write",
                    Touch::FailingCas => "failing CAS",
                };
                let page = if *entry == 0 { String::new() } else { format!(" page {entry}") };
                let tlb = if *through_tlb { " through the TLB" } else { "" };
                let separator = if updates.is_empty() { "" } else { ": " };
                write!(formatter, "{touch}{page}{tlb}{separator}{updates}")?;
                match end {
                    End::Done => Ok(()),
                    End::Fault(kind) => write!(formatter, ": {}", fault(*kind)),
                    End::Restart => write!(formatter, ", walks again"),
                    End::Wait => write!(formatter, ": Translation fault, waits"),
                    End::Refused => write!(formatter, ": Translation fault, gives up"),
                }
            }
            Self::Speculation => write!(formatter, "speculation: sets AF"),
            Self::Software { doing, live, done } => {
                match doing {
                    Doing::Handler(_, write) => {
                        write!(formatter, "{} handler: ", if *write { "write" } else { "read" })?;
                    }
                    Doing::Operation(operation) => write!(formatter, "{}: ", operation.name())?,
                }
                match live {
                    Some(live) => write!(formatter, "{}", step(*live))?,
                    None => write!(formatter, "no step")?,
                }
                if *done { write!(formatter, ", returns") } else { Ok(()) }
            }
            Self::Discharge(Scope::AllCpus) => write!(formatter, "TLBI on all CPUs, DSB"),
            Self::Discharge(_) => write!(formatter, "TLBI on this CPU, DSB"),
            Self::Control(hd) => write!(formatter, "HD={}", u8::from(*hd)),
        }
    }
}

fn step(live: Live) -> String {
    match live {
        Live::Discharge(scope) => What::Discharge(scope).to_string(),
        Live::Access { entry, step, before, after, spurious } => {
            let page = if entry == 0 { String::new() } else { format!(" page {entry}") };
            let failed = match (step, spurious, before == after) {
                (Step::Exchange, true, _) => " fails without a reason",
                (Step::Exchange, false, true) => " fails",
                _ => "",
            };
            format!("{step}{page}{failed}")
        }
    }
}

/// A table: one column an agent, and the descriptor after each step.
impl fmt::Display for CounterExample {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scenario = &self.scenario;
        writeln!(formatter, "invariant {}: {}", self.violation.invariant, self.violation.message)?;
        writeln!(formatter, "{scenario}")?;
        let mut rows = vec![Vec::new()];
        for (index, agent) in scenario.agents.iter().enumerate() {
            rows[0].push(format!("agent {index} (HA={} HD={})", u8::from(agent.ha), u8::from(agent.hd)));
        }
        rows[0].push("descriptor after".into());
        for (event, world) in &self.steps {
            let mut row = vec![String::new(); scenario.agents.len()];
            row[event.agent] = event.what.to_string();
            row.push(scenario.cells(&world.memory).iter().copied().map(show).collect::<Vec<_>>().join(" | "));
            rows.push(row);
        }
        let widths: Vec<_> = (0..rows[0].len())
            .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
            .collect();
        let mut next = 0;
        while next < rows.len() {
            let (length, times) = repetition(&rows[next..]);
            for row in &rows[next..next + length] {
                let cells: Vec<_> =
                    row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
                writeln!(formatter, "  {}", cells.join("  ").trim_end())?;
            }
            if times > 1 {
                writeln!(formatter, "  ... these {length} steps, {times} times")?;
            }
            next += length * times;
        }
        Ok(())
    }
}

/// Returns the length of the block with which `rows` start and how often it stands there in a row; 1 and 1 unless
/// it stands there three times.
fn repetition(rows: &[Vec<String>]) -> (usize, usize) {
    for length in 1..=8.min(rows.len() / 3) {
        let block = &rows[..length];
        let times = rows.chunks(length).take_while(|chunk| chunk == &block).count();
        if times > 2 {
            return (length, times);
        }
    }
    (1, 1)
}
