use super::{emulator::Emulator, liberty::Temper, plain, small};
use crate::product::{Dropped, Judge, Source, Status, Tally};
use oracle::{Architecture, predict};

#[test]
fn a_prepared_row_asks_and_allows_what_each_combination_of_it_does() {
    let mut machine = Emulator::new(Temper::LAZY, None);
    let mut judge = Judge::new(&mut machine);
    let (mut tally, mut run) = (Tally::default(), 0);
    for slice in [small(), plain()] {
        let leaves = slice.leaves() as u64;
        for row in (0..slice.len() / leaves).step_by(23) {
            for combination in slice.from(row * leaves).take(slice.leaves()) {
                let asked = judge.query(&combination);
                let mut told = Err(Dropped::NoMemory);
                let source = Source::One(Some(combination));
                judge.judge_all(source, &mut [Status::NOT_RUN], &mut tally, Some(&mut told));
                assert_eq!(told.as_ref().err(), asked.as_ref().err(), "{combination}");
                let (Ok(query), Ok(told)) = (asked, told) else { continue };
                let allowed = predict(Architecture, &query);
                assert_eq!((told.query, &told.allowed), (query, &allowed), "{combination}");
                assert_eq!(told.allowed.before, allowed.before, "{combination}");
                let of_both = told.allowed.alternatives().iter().zip(allowed.alternatives());
                for (prepared, alone) in of_both {
                    assert_eq!(prepared.clause, alone.clause, "{combination}");
                }
                run += 1;
            }
        }
    }
    assert!(run > 10_000, "{run} combinations");
}
