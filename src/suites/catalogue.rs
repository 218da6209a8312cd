//! The names of all suites and cases as text in the image, for the host to read without a boot.
//!
//! It stands in the linked file alone: the loaded image does not carry it. A line is `suite/<TAB>description`, with
//! `<TAB>hidden` where it is, or `suite/case<TAB>description`, likewise.

use super::Suite;
use super::table::SUITES;

/// What writes the text: once to count, once to keep.
struct Writer<'a> {
    text: Option<&'a mut [u8]>,
    length: usize,
}

impl Writer<'_> {
    const fn put(&mut self, part: &str) {
        let bytes = part.as_bytes();
        let mut index = 0;
        while index < bytes.len() {
            if let Some(text) = &mut self.text {
                text[self.length] = bytes[index];
            }
            self.length += 1;
            index += 1;
        }
    }

    const fn put_all(&mut self, suites: &[Suite]) {
        let mut at = 0;
        while at < suites.len() {
            let suite = &suites[at];
            self.put(suite.name);
            self.put("/\t");
            self.put(suite.about);
            self.put(if suite.hidden { "\thidden\n" } else { "\n" });
            let mut case = 0;
            while case < suite.cases.len() {
                self.put(suite.name);
                self.put("/");
                self.put(suite.cases[case].name);
                self.put("\t");
                self.put(suite.cases[case].about);
                self.put(if suite.cases[case].hidden { "\thidden\n" } else { "\n" });
                case += 1;
            }
            at += 1;
        }
    }
}

const LENGTH: usize = {
    let mut writer = Writer { text: None, length: 0 };
    writer.put_all(SUITES);
    writer.length
};

/// The catalogue.
#[used]
#[allow(unsafe_code, reason = "a section's name; the linker script keeps it in place")]
#[unsafe(link_section = ".afdbm.catalogue")]
pub static CATALOGUE: [u8; LENGTH] = {
    let mut text = [0; LENGTH];
    Writer { text: Some(&mut text), length: 0 }.put_all(SUITES);
    text
};
