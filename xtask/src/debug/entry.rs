//! Where the kernel's code of a case begins.

use cases::{Body, Case, SUITES};
use object::{Object, ObjectSection, ObjectSymbol, SectionKind, SymbolKind, read::elf::ElfFile64};
use rustc_demangle::demangle;

/// Finds the functions that carry out these cases, as (suite, case), each once, by the names that a debugger takes; of a
/// case that is carried out by a function of its own, that one.
pub(super) fn functions(kernel: &[u8], selected: &[(&str, &str)]) -> Vec<String> {
    let mut functions = Vec::new();
    for (suite, name) in selected {
        let declared = SUITES.iter().filter(|one| one.name == *suite).flat_map(|suite| suite.cases);
        let Some(case) = declared.into_iter().find(|case| case.name == *name) else { continue };
        let function = match of_body(&case.body) {
            Some(path) => Some(format!("afdbm_kernel::suites::{path}")),
            None => of_its_own(kernel, case),
        };
        functions.extend(function.filter(|function| !functions.contains(function)));
    }
    functions
}

/// Names the function that knows how to carry out such a case; nothing where the case has one of its own.
const fn of_body(body: &Body) -> Option<&'static str> {
    Some(match body {
        Body::Function => return None,
        Body::Combinations(_) => "product::run_all",
        Body::Varied { .. } => "product::varied::run_varied",
        Body::Race { .. } => "races::carry_out",
        Body::Schedules { .. } => "sweep::carry_out",
        Body::Trials { .. } => "set_access_flags::trial::carry_out",
        Body::GroupTrials { .. } => "set_access_flags::contiguous::carry_out",
        Body::Operation { .. } => "set_access_flags::neighbours::carry_out",
        Body::Swapping { .. } => "swap::table::fill",
        Body::Geometries(_) => "spaces::run_geometries",
        Body::Extended(_) => "spaces::run_extended",
        Body::Nested(_) => "spaces::run_nested",
        Body::Invalidating(_) => "invalidations::carry_out",
        Body::Litmus(_) => "herd::run",
    })
}

/// Finds the function that stands beside a case's name in one of the kernel's tables: the address of the name, its length,
/// and the address of the function.
fn of_its_own(kernel: &[u8], case: &Case) -> Option<String> {
    let file: ElfFile64<'_> = ElfFile64::parse(kernel).ok()?;
    let constants: Vec<(u64, &[u8])> = file
        .sections()
        .filter(|section| matches!(section.kind(), SectionKind::ReadOnlyData | SectionKind::ReadOnlyString))
        .filter_map(|section| Some((section.address(), section.data().ok()?)))
        .collect();
    let name = case.name.as_bytes();
    let is_name = |address: u64| {
        let mut sections = constants.iter();
        sections.any(|(first, data)| {
            let begin = address.checked_sub(*first).and_then(|begin| usize::try_from(begin).ok());
            begin.and_then(|begin| data.get(begin..)).is_some_and(|data| data.starts_with(name))
        })
    };
    let function = |address: u64| {
        let mut symbols = file.symbols();
        let found = symbols.find(|one| one.kind() == SymbolKind::Text && one.address() == address)?;
        Some(format!("{:#}", demangle(found.name().ok()?)))
    };
    constants.iter().find_map(|(_, data)| {
        let (words, _) = data.as_chunks::<8>();
        words.windows(3).find_map(|row| {
            let [place, length, code] = [row[0], row[1], row[2]].map(u64::from_le_bytes);
            if length == name.len() as u64 && is_name(place) { function(code) } else { None }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::of_body;
    use crate::toolchain::root;
    use cases::SUITES;
    use std::fs;

    /// No compiler holds these names against the kernel.
    #[test]
    fn every_function_is_where_its_name_says() {
        let cases = SUITES.iter().flat_map(|suite| suite.cases);
        let mut paths: Vec<&str> = cases.filter_map(|case| of_body(&case.body)).collect();
        paths.sort_unstable();
        paths.dedup();
        assert!(paths.len() > 8, "{paths:?}");
        for path in paths {
            let (module, function) = path.rsplit_once("::").unwrap();
            let file = root().join("src/suites").join(module.replace("::", "/"));
            let text = fs::read_to_string(file.with_extension("rs"))
                .or_else(|_| fs::read_to_string(file.join("mod.rs")))
                .unwrap();
            assert!(text.contains(&format!("\npub fn {function}(")), "{path}");
        }
    }
}
