//! The module's format.

use crate::module::{Entry, MAGIC, ModelVerdict, ModuleError, read_entry, write};

fn read(bytes: &[u8]) -> Result<Vec<Entry<'_>>, ModuleError> {
    crate::module::read(bytes)?.collect()
}

fn entries() -> Vec<Entry<'static>> {
    let one = Entry {
        case: "one",
        path: "a/one.litmus",
        text: "AArch64 one\n{}\nP0 ;\n",
        verdict: ModelVerdict::States("0:X0=1;\n"),
        enhanced: ModelVerdict::Kind("Required"),
        source: "one.litmus.expected",
        waiver: "it breaks a rule",
        skip: "",
        code: vec![vec![0xd503_201f, 0xd65f_03c0], vec![]],
    };
    let two = Entry {
        case: "two",
        verdict: ModelVerdict::Kind("Forbidden"),
        skip: "why not",
        code: vec![],
        ..one.clone()
    };
    let three = Entry { case: "three", verdict: ModelVerdict::None, ..two.clone() };
    vec![one, two, three]
}

#[test]
fn a_module_is_read_as_it_was_written() {
    let bytes = write(&entries());
    assert_eq!(read(&bytes), Ok(entries()));
    // One by one, too.
    let mut one_by_one = crate::module::read(&bytes).unwrap();
    for entry in entries() {
        let offset = one_by_one.offset();
        assert_eq!((one_by_one.next(), read_entry(&bytes, offset)), (Some(Ok(entry.clone())), Ok(entry)));
    }
    assert_eq!((one_by_one.left(), one_by_one.next()), (0, None));
    assert!(read_entry(&bytes, bytes.len() + 4).is_err());
    // A boot loader may round its size up.
    let mut padded = bytes.clone();
    padded.resize(bytes.len() + 100, 0);
    assert_eq!(read(&padded), Ok(entries()));
}

#[test]
fn every_shorter_module_is_refused() {
    let bytes = write(&entries());
    for length in 0..bytes.len() {
        assert!(read(&bytes[..length]).is_err(), "{length}");
    }
}

#[test]
fn what_is_no_module_is_named() {
    let bytes = write(&entries());
    let changed = |offset: usize, word: u32| {
        let mut bytes = bytes.clone();
        bytes[offset..offset + 4].copy_from_slice(&word.to_le_bytes());
        read(&bytes).map(|_| ()).unwrap_err()
    };
    assert_eq!(read(b"#!/bin/sh\n"), Err(ModuleError::Magic));
    assert_eq!(changed(MAGIC.len(), 9), ModuleError::Version(9));
    assert_eq!(changed(MAGIC.len() + 4, u32::MAX), ModuleError::Truncated(bytes.len()));
    // Behind magic, version and count stands the length of the first name, then the name.
    assert_eq!(changed(16, u32::MAX), ModuleError::Truncated(bytes.len()));
    assert_eq!(changed(20, u32::MAX), ModuleError::Text(20));
    // The kind follows the text, whose bytes are filled up to a multiple of 4.
    let text = entries()[0].text.as_bytes();
    let kind = bytes.windows(text.len()).position(|window| window == text).unwrap();
    let kind = kind + text.len().next_multiple_of(4);
    assert_eq!(changed(kind, 3), ModuleError::Kind(3, kind));
}
