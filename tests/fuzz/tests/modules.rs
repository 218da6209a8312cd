//! Modules of litmus tests: any bytes are a module, or are refused.

use afdbm_fuzz::{cases, inputs, litmus_files, measured};
use litmus::module::{self, Entry, ModelVerdict};
use proptest::prelude::{prop_assert, proptest};

/// What the reader may hold, over and above a few bytes for each byte of its input.
const ROOM: usize = 64 << 10;

/// Modules of a few litmus files each.
fn modules() -> Vec<Vec<u8>> {
    let files = litmus_files();
    let entries: Vec<Entry<'_>> = files
        .iter()
        .zip(0..)
        .map(|(text, number)| Entry {
            case: "case",
            path: "path/of/it",
            text,
            verdict: if number % 2 == 0 {
                ModelVerdict::Kind("Allowed")
            } else {
                ModelVerdict::States("x=1;\nx=2;\n")
            },
            enhanced: ModelVerdict::None,
            source: "the model",
            waiver: "",
            skip: "",
            code: vec![vec![0xd503_201f; 3]; 2],
        })
        .collect();
    entries.chunks(3).map(module::write).collect()
}

proptest! {
    #![proptest_config(cases(4000))]

    #[test]
    fn bytes_are_a_module_or_are_refused(bytes in inputs(modules())) {
        let (read, held) = measured(|| {
            let entries = match module::read(&bytes) {
                Ok(entries) => entries,
                Err(error) => return Err(error),
            };
            for entry in entries {
                // One at a time, as the kernel does.
                entry?;
            }
            Ok(())
        });
        prop_assert!(held < ROOM + 4 * bytes.len(), "{held} bytes for {}", bytes.len());
        if let Err(error) = read {
            prop_assert!(error.to_string().len() > 10);
        }
    }
}
