//! What each operation leaves, returns and owes when nothing comes between.

use afdbm_model::{contract, contract_group, contract_handler, family, shipped::SHIPPED};
use history::Neighbour;

const NONE: [&str; 0] = [];

#[test]
fn the_shipped_operations_keep_their_contracts() {
    assert_eq!(contract::check(&SHIPPED.single), NONE);
    assert_eq!(contract::check(&SHIPPED.lock_free), NONE);
    assert_eq!(contract_group::check(&SHIPPED.group), NONE);
}

#[test]
fn the_shipped_handler_answers_every_fault() {
    assert_eq!(contract_handler::check(&SHIPPED.single), NONE);
    assert_eq!(contract_handler::check(&SHIPPED.lock_free), NONE);
    assert_eq!(contract_handler::check(&SHIPPED.group), NONE);
}

#[test]
fn the_wrong_ones_do_not() {
    for neighbour in Neighbour::ALL {
        assert_ne!(contract::check(&family::neighbour(*neighbour)), NONE, "{neighbour}");
    }
    assert_ne!(contract::check(&family::variant::<history::V1>()), NONE);
    assert_ne!(contract_group::check(&family::c0()), NONE);
    assert_ne!(contract_handler::check(&family::variant::<history::V4m>()), NONE);
}
