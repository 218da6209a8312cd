use super::{emulator::Emulator, liberty::Temper, plain, small};
use crate::product::Judge;
use oracle::{Architecture, predict};

#[test]
fn a_prepared_row_asks_what_each_combination_of_it_asks() {
    let mut machine = Emulator::new(Temper::LAZY, None);
    let mut judge = Judge::new(&mut machine);
    let mut run = 0;
    for slice in [small(), plain()] {
        // In steps that leave rows and come back to them.
        for combination in slice.from(0).step_by(31) {
            let asked = judge.query(&combination);
            let seen = judge.examine(&combination);
            assert_eq!(seen.as_ref().err(), asked.as_ref().err(), "{combination}");
            let (Ok(query), Ok(seen)) = (asked, seen) else { continue };
            assert_eq!(seen.query, query, "{combination}");
            assert_eq!(seen.allowed, predict(Architecture, &query), "{combination}");
            run += 1;
        }
    }
    assert!(run > 10_000, "{run} combinations");
}
