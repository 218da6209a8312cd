//! Every access that the product leaves out, through its covering set, against the oracle.

use super::{Conclusion, Context, Function, conclude, tell};
use crate::machine::timer;
use crate::support::product::crew::{Crew, Task};
use cases::accesses::Class;

/// What carries out each case.
pub const FUNCTIONS: &[(&str, Function)] = &[
    ("loads", |context| run(context, Class::Loads)),
    ("stores", |context| run(context, Class::Stores)),
    ("pairs", |context| run(context, Class::Pairs)),
    ("vectors", |context| run(context, Class::Vectors)),
    ("scalable-vectors", |context| run(context, Class::ScalableVectors)),
    ("memory-operations", |context| run(context, Class::MemoryOperations)),
    ("acquire-release", |context| run(context, Class::Ordered)),
    ("exclusives", |context| run(context, Class::Exclusives)),
    ("atomics-byte", |context| run(context, Class::Atomics(1))),
    ("atomics-halfword", |context| run(context, Class::Atomics(2))),
    ("atomics-word", |context| run(context, Class::Atomics(4))),
    ("atomics-doubleword", |context| run(context, Class::Atomics(8))),
    ("atomics-quadword", |context| run(context, Class::Atomics(16))),
    ("compare-and-swap", |context| run(context, Class::Compares)),
    ("tags", |context| run(context, Class::Tags)),
    ("prefetches", |context| run(context, Class::Prefetches)),
    ("maintenance", |context| run(context, Class::Maintenance)),
    ("translations", |context| run(context, Class::Translations)),
];

fn run(context: &mut Context<'_>, class: Class) -> Conclusion {
    let crew = Crew::new(context.memory, context.regime)?;
    let started = timer::now();
    let tally = crew.run(Task::Accesses(class))?;
    tell::summary(context, &crew, &tally, started);
    let kinds = crew.kinds();
    tell::accesses(context, &crew, &kinds);
    conclude(&tally, kinds.iter().count(), "kinds of failure")
}
