//! Makes the mutants: reads the shipped source of the operations and of the predicates that judge them, changes one
//! token or call at a time, and writes each result as a module of its own, so that what is convicted is the shipped
//! source and nothing written after it.

mod emit;
mod rules;
mod source;

use std::{env, fs, path::Path};

/// The files that are mutated, with those that build on them and must be compiled against the mutant.
const FILES: [(&str, &[&str]); 12] = [
    ("update", &["age", "clean", "grant", "remove", "write_protect", "set_access_flags", "lock_free"]),
    ("set_access_flags", &["contiguous"]),
    ("lock_free", &[]),
    ("age", &["clean", "contiguous"]),
    ("clean", &[]),
    ("write_protect", &["contiguous"]),
    ("grant", &["fold"]),
    ("modify", &[]),
    ("remove", &[]),
    ("contiguous", &[]),
    ("fold", &[]),
    ("handler", &[]),
];

/// The files of the operations of stage 2, which do not build on each other.
const STAGE_2_FILES: [&str; 4] = ["young", "write_protect", "relax", "hardware_log"];

fn main() {
    let manifest = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let operations = Path::new(&manifest).join("../../crates/afdbm/src/operations");
    println!("cargo::rerun-if-changed={}", operations.display());
    println!("cargo::rerun-if-changed=build");
    let read = |name: &str| {
        let path = operations.join(format!("{name}.rs"));
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        source::prepare(&text)
    };
    let mut modules = String::new();
    let mut list = String::new();
    for (file, dependents) in FILES {
        let text = read(file);
        let dependents: Vec<_> = dependents.iter().map(|name| (*name, read(name))).collect();
        for (number, mutation) in rules::mutations(file, &text).iter().enumerate() {
            let module = format!("{file}_{number}");
            modules += &emit::module(&module, file, &mutation.apply(&text), &dependents);
            list += &emit::of_operations(&module, mutation);
        }
    }
    for file in STAGE_2_FILES {
        let text = read(&format!("stage_2/{file}"));
        for (number, mutation) in rules::mutations(&format!("stage_2_{file}"), &text).iter().enumerate() {
            let module = format!("stage_2_{file}_{number}");
            modules += &emit::stage_2(&module, file, &mutation.apply(&text));
            list += &emit::of_stage_2(&module, mutation);
        }
    }
    let text = read("invariant/predicates");
    for (number, mutation) in rules::mutations("predicates", &text).iter().enumerate() {
        let module = format!("predicates_{number}");
        modules += &emit::predicates(&module, &mutation.apply(&text));
        list += &emit::of_predicates(&module, mutation);
    }
    let out = Path::new(&env::var("OUT_DIR").expect("cargo sets it")).join("mutants.rs");
    let all = format!("{modules}\n/// Every mutant.\npub const MUTANTS: &[Mutant] = &[\n{list}];\n");
    fs::write(&out, all).unwrap_or_else(|error| panic!("{}: {error}", out.display()));
}
