//! The line of the log that says what the ID registers promise of translation, beyond the environment line.

use core::fmt;

/// What the boot CPU's ID registers say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Translation {
    /// ID_AA64MMFR1_EL1.ETS: 2 FEAT_ETS2, 3 FEAT_ETS3.
    pub ets: u8,
    /// ID_AA64MMFR2_EL1.BBM: how little of break-before-make a change of block size needs (FEAT_BBM).
    pub bbm: u8,
    /// Which granules stage 1 has: 4K, 16K and 64K.
    pub granules: [bool; 3],
}

impl Translation {
    /// What the line begins with.
    const LABEL: &str = "translation: ";
    /// The granules as the line names them.
    const GRANULES: [&str; 3] = ["4K", "16K", "64K"];

    /// Returns the names of the granules that there are.
    pub fn granules(&self) -> impl Iterator<Item = &'static str> {
        let there = Self::GRANULES.into_iter().zip(self.granules);
        there.filter_map(|(name, is_there)| is_there.then_some(name))
    }

    /// Reads back what [`Display`](fmt::Display) shows; `None` where anything differs from that form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (ets, rest) = text.strip_prefix(Self::LABEL)?.strip_prefix("ETS=")?.split_once(" BBM=")?;
        let (bbm, names) = rest.split_once(" granules=")?;
        let mut names = names.split(',').filter(|name| !name.is_empty()).peekable();
        let granules = Self::GRANULES.map(|granule| names.next_if_eq(&granule).is_some());
        if names.next().is_some() {
            return None;
        }
        Some(Self { ets: ets.parse().ok()?, bbm: bbm.parse().ok()?, granules })
    }
}

/// Shows `translation: ETS=2 BBM=2 granules=4K,16K,64K`.
impl fmt::Display for Translation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}ETS={} BBM={} granules=", Self::LABEL, self.ets, self.bbm)?;
        let mut separator = "";
        for name in self.granules() {
            write!(formatter, "{separator}{name}")?;
            separator = ",";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Translation;
    extern crate std;
    use std::string::ToString;

    #[test]
    fn the_line_reads_back() {
        for granules in [[true; 3], [false; 3], [true, false, true], [false, true, false]] {
            let line = Translation { ets: 2, bbm: 1, granules };
            assert_eq!(Translation::parse(&line.to_string()), Some(line));
        }
        for text in [
            "translation: ETS=2 BBM=2 granules=4K,8K",
            "translation: ETS=2 BBM=2 granules=16K,4K",
            "translation: ETS=x BBM=2 granules=4K",
            "translation: ETS=2 granules=4K",
            "ETS=2 BBM=2 granules=4K",
        ] {
            assert_eq!(Translation::parse(text), None, "{text}");
        }
    }
}
