//! Device trees that are broken at random: each ends in a verdict or a refusal.

use crate::{
    booted::OFF,
    device_trees::{boot_tree, tree},
    ran::Ran,
};
use std::{env, ops::Range};

/// Returns where the values of a tree's properties stand.
fn values(tree: &[u8]) -> Vec<Range<usize>> {
    let word = |place: usize| u32::from_be_bytes(tree[place..place + 4].try_into().unwrap()) as usize;
    let (mut place, mut values) = (word(8), Vec::new());
    loop {
        let token = word(place);
        place += 4;
        match token {
            // The beginning of a node, and its name.
            1 => place += tree[place..].iter().position(|byte| *byte == 0).unwrap() + 1,
            // A property: the length of its value, and where its name stands.
            3 => {
                let length = word(place);
                values.push(place + 8..place + 8 + length);
                place += 8 + length;
            }
            9 => return values,
            _ => {}
        }
        place = place.next_multiple_of(4);
    }
}

/// Breaks a tree in one to three places, most of them in a value: a bit, a byte or a cell is another one, or the rest is
/// missing.
fn broken(tree: &[u8], values: &[Range<usize>], seed: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut tree = tree.to_vec();
    let place = |tree: &[u8], random: &mut fastrand::Rng| {
        let value = values[random.usize(..values.len())].clone();
        if value.is_empty() || random.u8(..8) == 0 { random.usize(..tree.len()) } else { random.usize(value) }
    };
    for _ in 0..random.usize(1..=3) {
        let [place, other] = [(); 2].map(|()| place(&tree, &mut random));
        let [cell, other] = [place, other].map(|place| place & !3);
        match random.u8(..16) {
            0..3 => tree[place] ^= 1 << random.u8(..8),
            3..6 => tree[place] = random.u8(..),
            6..9 => tree[cell..cell + 4].copy_from_slice(&random.u32(..).to_be_bytes()),
            9..12 => tree[cell..cell + 4].copy_from_slice(&random.u32(..16).to_be_bytes()),
            12..15 => tree.copy_within(cell..cell + 4, other),
            _ => tree[place..].fill(0),
        }
    }
    tree
}

/// `AFDBM_TREES` says how many, if not 40.
#[test]
fn a_broken_device_tree_is_never_met_with_silence() {
    let number = env::var("AFDBM_TREES").map_or(40, |number| number.parse().expect("a number of trees"));
    let mut bytes = tree("tree-to-break");
    // Behind its two blocks the emulator leaves a mebibyte of zeros.
    let header = |index: usize| u32::from_be_bytes(bytes[4 * index..][..4].try_into().unwrap()) as usize;
    let used = (header(2) + header(9)).max(header(3) + header(8));
    bytes.truncate(used.next_multiple_of(4));
    let values = values(&bytes);
    for seed in 0..number {
        let ran = boot_tree("broken", &broken(&bytes, &values, seed));
        let Ran { status, lines, .. } = &ran;
        // A verdict or a refusal, and the machine goes off: its silence would be the host's time-out.
        let told = [0, 1, 2].contains(status) && !ran.host().is_empty() && ran.says(OFF);
        assert!(told, "tree {seed}: {status}: {}", lines.join("\n"));
    }
}
