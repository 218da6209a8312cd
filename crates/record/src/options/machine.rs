//! The values that describe the machine and what of it is to run.

use super::{Expected, value::Value};
use crate::report::Atomics;
use cases::swapping::CpuManagement;
use cases::{Granule, Regime};
use core::fmt;
use history::Substitute;

/// Suites by name, separated by commas.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Suites<'a>(&'a str);

impl<'a> Suites<'a> {
    /// Returns the names.
    pub fn names(self) -> impl Iterator<Item = &'a str> {
        self.0.split(',')
    }

    /// Tells whether `suite` is one of them.
    #[must_use]
    pub fn contains(self, suite: &str) -> bool {
        self.names().any(|name| name == suite)
    }
}

impl<'a> Value<'a> for Suites<'a> {
    const EXPECTED: Expected = Expected::Phrase("names of suites, separated by commas");

    fn parse(text: &'a str) -> Option<Self> {
        let valid = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        let suites = Self(text);
        suites.names().all(|name| !name.is_empty() && name.bytes().all(valid)).then_some(suites)
    }
}

impl fmt::Display for Suites<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

/// A CPU model of the emulator, with its properties: `max`, `max,pauth=off`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CpuModel<'a>(pub &'a str);

impl<'a> Value<'a> for CpuModel<'a> {
    const EXPECTED: Expected = Expected::Phrase("a CPU model, such as max or cortex-a57");

    fn parse(text: &'a str) -> Option<Self> {
        is_property_list(text).then_some(Self(text))
    }
}

impl fmt::Display for CpuModel<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

/// Properties of the emulator's machine: `gic-version=3,virtualization=on`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MachineOptions<'a>(&'a str);

impl<'a> MachineOptions<'a> {
    /// Returns the value of a property, the last one if there are several.
    #[must_use]
    pub fn get(self, property: &str) -> Option<&'a str> {
        let mut pairs = self.0.split(',').rev().filter_map(|pair| pair.split_once('='));
        pairs.find_map(|(name, value)| (name == property).then_some(value))
    }
}

impl<'a> Value<'a> for MachineOptions<'a> {
    const EXPECTED: Expected = Expected::Phrase("properties, such as gic-version=3,its=off");

    fn parse(text: &'a str) -> Option<Self> {
        let is_pair = |pair: &str| matches!(pair.split_once('='), Some((name, value)) if !name.is_empty() && !value.is_empty());
        (is_property_list(text) && text.split(',').all(is_pair)).then_some(Self(text))
    }
}

impl fmt::Display for MachineOptions<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

fn is_property_list(text: &str) -> bool {
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.=,+".contains(&byte);
    text.bytes().all(valid) && text.split(',').all(|property| !property.is_empty())
}

macro_rules! words {
    ($(#[$documentation:meta])* $name:ident, $expected:literal {
        $($(#[$variant_documentation:meta])* $variant:ident = $word:literal,)+
    }) => {
        $(#[$documentation])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum $name {
            $($(#[$variant_documentation])* $variant,)+
        }

        impl $name {
            const WORDS: &'static [(&'static str, Self)] = &[$(($word, Self::$variant)),+];

            /// Returns the word that stands for it.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl Value<'_> for $name {
            const EXPECTED: Expected = Expected::Phrase($expected);

            fn parse(text: &str) -> Option<Self> {
                Self::WORDS.iter().find_map(|(word, value)| (*word == text).then_some(*value))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(self.word())
            }
        }
    };
}

words! {
    /// The Exception level at which the machine enters the image.
    EntryLevel, "1 or 2" {
        /// EL1.
        El1 = "1",
        /// EL2, which takes a machine with virtualization.
        El2 = "2",
    }
}

words! {
    /// What executes the guest's instructions.
    Accelerator, "tcg, tcg,thread=single, tcg,thread=multi, kvm or hvf" {
        /// The emulator's translator, with the threading that it chooses.
        Tcg = "tcg",
        /// The translator, all CPUs in one thread.
        TcgSingle = "tcg,thread=single",
        /// The translator, a thread for each CPU.
        TcgMulti = "tcg,thread=multi",
        /// The kernel-based virtual machine of Linux.
        Kvm = "kvm",
        /// The hypervisor framework of macOS.
        Hvf = "hvf",
    }
}

/// A translation regime by its short name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RegimeName(pub Regime);

impl RegimeName {
    const ALL: [(&'static str, Regime); 3] =
        [("el1", Regime::El10), ("el2", Regime::El2), ("el20", Regime::El20)];
}

impl Value<'_> for RegimeName {
    const EXPECTED: Expected = Expected::OneOf(&[&[Self::ALL[0].0, Self::ALL[1].0, Self::ALL[2].0]]);

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(name, _)| *name == text).map(|(_, regime)| Self(*regime))
    }
}

impl fmt::Display for RegimeName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::ALL.iter().find(|(_, regime)| *regime == self.0).map_or("", |(name, _)| name);
        formatter.pad(name)
    }
}

/// A granule by the size of its page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GranuleName(pub Granule);

impl GranuleName {
    const ALL: [(&'static str, Granule); 3] =
        [("4K", Granule::Size4K), ("16K", Granule::Size16K), ("64K", Granule::Size64K)];
}

impl Value<'_> for GranuleName {
    const EXPECTED: Expected = Expected::OneOf(&[&[Self::ALL[0].0, Self::ALL[1].0, Self::ALL[2].0]]);

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(name, _)| *name == text).map(|(_, granule)| Self(*granule))
    }
}

impl fmt::Display for GranuleName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::ALL.iter().find(|(_, granule)| *granule == self.0).map_or("", |(name, _)| name);
        formatter.pad(name)
    }
}

impl Accelerator {
    /// Returns the word without properties: `tcg`, `kvm` or `hvf`.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Tcg | Self::TcgSingle | Self::TcgMulti => "tcg",
            Self::Kvm => "kvm",
            Self::Hvf => "hvf",
        }
    }
}

impl Value<'_> for Atomics {
    const EXPECTED: Expected = Expected::Phrase("llsc or lse");

    fn parse(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

impl Value<'_> for Substitute {
    const EXPECTED: Expected = Expected::OneOf(Self::NAMES);

    fn parse(text: &str) -> Option<Self> {
        Self::by_name(text)
    }
}

impl Value<'_> for CpuManagement {
    const EXPECTED: Expected = Expected::Phrase("none, access, full or mixed");

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|management| management.word() == text)
    }
}

words! {
    /// The form in which the emulator is given the image.
    ImageForm, "elf or raw" {
        /// The linked file.
        Elf = "elf",
        /// The flat image with the arm64 Linux header.
        Raw = "raw",
    }
}
