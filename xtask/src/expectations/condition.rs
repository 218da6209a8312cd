//! On what a deviation depends.

use record::report::Environment;

/// A comparison with a number of the environment line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Condition {
    quantity: Quantity,
    relation: Relation,
    number: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Quantity {
    Cpus,
    /// Threads of the host that execute the CPUs: 1 under `tcg,thread=single`.
    Threads,
    Level,
    Hafdbs,
    Memory,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Relation {
    Equal,
    NotEqual,
    AtLeast,
    AtMost,
}

impl Condition {
    /// Reads `cpus>=2`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let relations = [
            (">=", Relation::AtLeast),
            ("<=", Relation::AtMost),
            ("!=", Relation::NotEqual),
            ("=", Relation::Equal),
        ];
        relations.into_iter().find_map(|(sign, relation)| {
            let (name, number) = text.split_once(sign)?;
            let quantity = match name {
                "cpus" => Quantity::Cpus,
                "threads" => Quantity::Threads,
                "el" => Quantity::Level,
                "HAFDBS" => Quantity::Hafdbs,
                "memory" => Quantity::Memory,
                _ => return None,
            };
            Some(Self { quantity, relation, number: number.parse().ok()? })
        })
    }

    /// Tells whether the environment is as the condition says.
    pub(crate) fn holds(&self, environment: &Environment<'_>, single_threaded: bool) -> bool {
        let found = match self.quantity {
            Quantity::Threads if single_threaded => 1,
            Quantity::Cpus | Quantity::Threads => environment.cpus as u64,
            Quantity::Level => environment.entry_level.into(),
            Quantity::Hafdbs => environment.hafdbs.into(),
            Quantity::Memory => environment.memory,
        };
        match self.relation {
            Relation::Equal => found == self.number,
            Relation::NotEqual => found != self.number,
            Relation::AtLeast => found >= self.number,
            Relation::AtMost => found <= self.number,
        }
    }
}
