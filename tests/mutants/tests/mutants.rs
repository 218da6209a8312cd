//! Every mutant is convicted, or known to be no change at all.

use afdbm_mutants::{MUTANTS, Mutant, shipped};
use libtest_mimic::{Arguments, Failed, Trial};

/// Mutants that nothing can convict, since they do what the shipped operations do, and why.
const EQUIVALENT: [(&str, &str); 2] = [
    (
        "contiguous::test_and_clear_young_contiguous: `0` becomes `1`",
        "the cell with which the loop starts decides neither which cells are aged nor what is told and owed",
    ),
    (
        "fold::check: `without` becomes `with`",
        "two descriptors are equal with these bits set exactly if they are equal with them clear",
    ),
];

/// Fewer would mean that the rules do not find the shipped source any more.
const AT_LEAST: usize = 420;

fn judge(mutant: &Mutant) -> Result<(), Failed> {
    let equivalent = EQUIVALENT.iter().find(|(name, _)| *name == mutant.name);
    match (mutant.convicted(), equivalent) {
        (Some(evidence), None) => {
            println!("{}: {evidence}", mutant.name);
            Ok(())
        }
        (None, Some((_, argument))) => {
            println!("{}: equivalent, {argument}", mutant.name);
            Ok(())
        }
        (None, None) => Err("survives: a hole to be closed, or an equivalent to be explained".into()),
        (Some(evidence), Some(_)) => {
            Err(format!("is called equivalent, and is convicted: {evidence}").into())
        }
    }
}

fn main() {
    // A mutant may well panic; that it did is told by its verdict.
    std::panic::set_hook(Box::new(|_| {}));
    let trials = MUTANTS.iter().map(|mutant| Trial::test(mutant.name, move || judge(mutant)));
    let others = [
        Trial::test("what is shipped is not convicted", || {
            let evidence = shipped().iter().find_map(Mutant::convicted);
            evidence.map_or(Ok(()), |evidence| Err(evidence.into()))
        }),
        Trial::test("the rules find every operator and operand", || {
            if MUTANTS.len() >= AT_LEAST {
                Ok(())
            } else {
                Err(format!("only {} mutants", MUTANTS.len()).into())
            }
        }),
        Trial::test("every equivalent is a mutant", || {
            let unknown =
                EQUIVALENT.iter().find(|(name, _)| !MUTANTS.iter().any(|mutant| mutant.name == *name));
            unknown.map_or(Ok(()), |(name, _)| Err(format!("there is no {name}").into()))
        }),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials.chain(others).collect()).exit();
}
