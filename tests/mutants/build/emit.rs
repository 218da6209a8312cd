//! A mutant as a module.

use crate::rules::Mutation;

/// The predicates that `invariant/predicates.rs` defines.
const PREDICATES: &str = "commutes, encoding, encoding_at, invalid_stays, monotone, monotone_at, \
                          no_invented_permission, no_invented_permission_at, no_lost_dirty, \
                          no_lost_dirty_at, no_over_dirty, no_over_dirty_at, progress, return_value, tlb";

/// The functions and constants that each file gives to the others.
const GIVES: [(&str, &str); 12] = [
    ("update", "update, granted_scope"),
    ("set_access_flags", "set_access_flags, build_entry, join"),
    ("lock_free", "set_access_flags_lock_free"),
    ("age", "made_old, make_old, test_and_clear_young"),
    ("clean", "made_clean, make_clean, make_old_and_clean"),
    ("write_protect", "write_protect, write_protected"),
    ("grant", "made_dirty, made_writable, make_dirty, make_writable"),
    ("modify", "modified, modify"),
    ("remove", "break_before_make, get_and_clear"),
    ("contiguous", "set_access_flags_contiguous, test_and_clear_young_contiguous, write_protect_contiguous"),
    ("fold", "unfold, refold"),
    ("handler", "handle_fault, handle_group_fault"),
];

/// The same of each file of the operations of stage 2.
const STAGE_2_GIVES: [(&str, &str); 4] = [
    ("young", "made_young, make_young"),
    ("write_protect", "write_protect, write_protected"),
    ("relax", "relax, relaxed"),
    ("hardware_log", "log_by_hardware, logged_by_hardware, made_clean, make_clean"),
];

/// Types that a file defines and that must stay the shipped ones, since the checker names them.
const SHIPPED_TYPES: [(&str, &str); 3] = [
    ("modify", "use afdbm::operations::{Access, Protection};\n"),
    ("fold", "use afdbm::operations::FoldError;\n"),
    ("relax", "use afdbm::operations::stage_2::Permissions;\n"),
];

/// Returns the module of a mutant of `file`, together with the files that build on it.
pub(crate) fn module(name: &str, file: &str, text: &str, dependents: &[(&str, String)]) -> String {
    let mut module = format!("#[allow(warnings, clippy::all)]\nmod {name} {{\n");
    module += "pub use afdbm::{address, descriptor, fault, geometry, regime, stage, tables};\n";
    module += "pub mod operations {\npub use afdbm::operations::*;\n";
    let files =
        [(file, text)].into_iter().chain(dependents.iter().map(|(name, text)| (*name, text.as_str())));
    for (file, _) in files.clone() {
        let given = GIVES.iter().find(|(name, _)| *name == file).map_or("", |(_, given)| *given);
        module += &format!("pub use super::{file}::{{{given}}};\n");
    }
    module += "}\n";
    for (file, text) in files {
        module += &format!("mod {file} {{\n{}}}\n", without_types(file, text));
    }
    module +=
        "pub const FAMILIES: afdbm_model::shipped::Families = afdbm_model::families!(self::operations);\n}\n";
    module
}

/// Returns the module of a mutant of `file`, of the operations of stage 2.
pub(crate) fn stage_2(name: &str, file: &str, text: &str) -> String {
    let given = STAGE_2_GIVES.iter().find(|(name, _)| *name == file).map_or("", |(_, given)| *given);
    format!(
        "#[allow(warnings, clippy::all)]\nmod {name} {{\n\
         pub use afdbm::{{address, descriptor, geometry, stage}};\n\
         pub mod operations {{\npub use afdbm::operations::*;\n\
         pub mod stage_2 {{\npub use afdbm::operations::stage_2::*;\n\
         pub use super::super::{file}::{{{given}}};\n}}\n}}\n\
         mod {file} {{\n{}}}\n\
         pub const FAMILY: afdbm_model::stage_2::family::Family = afdbm_model::stage_2_family!(self::operations);\n}}\n",
        without_types(file, text)
    )
}

/// Returns the module of a mutant of the predicates, whose evidence and breaches stay the shipped ones.
pub(crate) fn predicates(name: &str, text: &str) -> String {
    format!(
        "#[allow(warnings, clippy::all)]\nmod {name} {{\n\
         pub use afdbm::{{descriptor, geometry, operations, stage}};\n\
         mod predicates {{\n{text}}}\n\
         use predicates::{{{PREDICATES}}};\n\
         pub const PREDICATES: crate::Predicates = crate::Predicates {{{PREDICATES}}};\n}}\n"
    )
}

/// Takes out the types that a file defines, and imports the shipped ones.
fn without_types(file: &str, text: &str) -> String {
    let Some((_, imports)) = SHIPPED_TYPES.iter().find(|(name, _)| *name == file) else {
        return text.into();
    };
    let mut kept = String::from(*imports);
    let mut skipping = false;
    for line in text.lines() {
        let starts = [
            "pub enum ",
            "pub struct ",
            "impl Permissions {",
            "impl fmt::Display for ",
            "impl core::error::Error for ",
        ];
        if starts.iter().any(|start| line.starts_with(start)) {
            skipping = !line.ends_with("{}");
            continue;
        }
        if line.starts_with("#[derive(") {
            continue;
        }
        if !skipping {
            kept += line;
            kept += "\n";
        }
        skipping &= line != "}";
    }
    kept
}

/// Returns the line in the list of a mutant of the operations.
pub(crate) fn of_operations(module: &str, mutation: &Mutation) -> String {
    format!("Mutant {{ name: {:?}, accused: Accused::Operations({module}::FAMILIES) }},\n", mutation.name)
}

/// Returns the line in the list of a mutant of the operations of stage 2.
pub(crate) fn of_stage_2(module: &str, mutation: &Mutation) -> String {
    format!("Mutant {{ name: {:?}, accused: Accused::Stage2({module}::FAMILY) }},\n", mutation.name)
}

/// Returns the line in the list of a mutant of the predicates.
pub(crate) fn of_predicates(module: &str, mutation: &Mutation) -> String {
    format!("Mutant {{ name: {:?}, accused: Accused::Predicates({module}::PREDICATES) }},\n", mutation.name)
}
