//! scratch
use afdbm_model::{algebra, battery, contract, family};
#[test]
fn scratch() {
    for f in family::variants() {
        println!("{}: {:#?}", f.name, contract::check(&f));
    }
    let r = battery::run(&battery::i6(), &family::variants()[5]);
    for b in &r.broken {
        println!("{b}");
    }
    let _ = algebra::check(&family::SHIPPED);
    for n in afdbm::history::Neighbour::ALL {
        println!("{n} {:?}", contract::check(&family::neighbour(*n)));
    }
}
