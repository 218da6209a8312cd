//! Descriptors and their states as a log writes them.

/// A descriptor of a log: `0x00680000401d7fc3 (W·AF·RO·user)`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Descriptor<'t> {
    /// The raw word.
    pub(crate) bits: u64,
    /// The names within the parentheses.
    pub(crate) names: &'t str,
    /// Where it begins in its line, in bytes.
    pub(crate) begin: usize,
    /// Where it ends.
    pub(crate) end: usize,
}

/// Returns the descriptors of a line, in order. Other numbers of 16 digits, such as syndromes, have no parentheses.
pub(crate) fn descriptors(line: &str) -> Vec<Descriptor<'_>> {
    let of_match = |(begin, _): (usize, &str)| {
        let digits = line.get(begin + 2..begin + 18)?;
        let rest = line.get(begin + 18..)?.strip_prefix(" (")?;
        let names = &rest[..rest.find(')')?];
        let bits = u64::from_str_radix(digits, 16).ok()?;
        Some(Descriptor { bits, names, begin, end: begin + 18 + 2 + names.len() + 1 })
    };
    line.match_indices("0x").filter_map(of_match).collect()
}

/// The state of a descriptor, as far as the Access flag and the dirty state go.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum LeafState {
    /// Bit 0 is clear.
    Invalid,
    /// Valid.
    Valid {
        /// AF is set.
        young: bool,
        /// What it says of writes.
        writes: Writes,
    },
}

/// What a valid descriptor says of writes, by W (DBM), D (software's dirty flag) and RO (AP\[2\]).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Writes {
    /// RO without W.
    ReadOnly,
    /// W and RO: writable-clean.
    Clean,
    /// RO is clear: writable-dirty where W is set, and plainly writable where it is not.
    Dirty,
    /// W, D and RO: no state that an operating system may leave.
    DirtyAndReadOnly,
}

impl Writes {
    /// Every one, in the order in which a diagram shows them.
    pub(crate) const ALL: [Self; 4] = [Self::ReadOnly, Self::Clean, Self::Dirty, Self::DirtyAndReadOnly];

    /// Returns the words for it.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::ReadOnly => "read-only",
            Self::Clean => "clean",
            Self::Dirty => "dirty",
            Self::DirtyAndReadOnly => "W·D·RO",
        }
    }
}

impl LeafState {
    /// Reads the names of a descriptor's flags, separated by `·` or spaces: `W·AF·RO`, `W AF RO`, `invalid`, `none`.
    pub(crate) fn of_names(names: &str) -> Self {
        let has = |flag| names.split(['·', ' ']).any(|name| name == flag);
        let writes = match (has("W"), has("D"), has("RO")) {
            (_, _, false) => Writes::Dirty,
            (true, true, true) => Writes::DirtyAndReadOnly,
            (true, false, true) => Writes::Clean,
            (false, _, true) => Writes::ReadOnly,
        };
        if has("invalid") { Self::Invalid } else { Self::Valid { young: has("AF"), writes } }
    }

    /// Tells whether a text is nothing but names of flags.
    pub(crate) fn is_names(text: &str) -> bool {
        let known = ["W", "D", "AF", "RO", "invalid", "none", "user", "nG", "contiguous", "PXN", "UXN"];
        !text.is_empty() && text.split(['·', ' ']).all(|name| known.contains(&name))
    }

    /// Returns the words for it.
    pub(crate) fn words(self) -> String {
        match self {
            Self::Invalid => "invalid".into(),
            Self::Valid { young, writes } => {
                format!("{}, {}", if young { "young" } else { "old" }, writes.words())
            }
        }
    }
}

/// A value of a control register, or another number, that is no descriptor.
#[cfg(test)]
mod tests {
    use super::{LeafState, Writes, descriptors};

    #[test]
    fn descriptors_are_found_and_syndromes_are_not() {
        let line = "fault 1: 0x000000009600000b Data Abort (x); found 0x00680000401d7bc3 (W·RO·user), left 0x00680000401d7fc3 (W·AF·RO·user): Resolved";
        let found = descriptors(line);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].bits, found[0].names), (0x0068_0000_401d_7bc3, "W·RO·user"));
        assert!(line[found[1].end..].starts_with(": Resolved"));
    }

    #[test]
    fn states_follow_from_names() {
        let young = |writes| LeafState::Valid { young: true, writes };
        assert_eq!(LeafState::of_names("W·AF·RO·user"), young(Writes::Clean));
        assert_eq!(LeafState::of_names("W AF"), young(Writes::Dirty));
        assert_eq!(LeafState::of_names("AF·RO"), young(Writes::ReadOnly));
        assert_eq!(
            LeafState::of_names("W·D·RO"),
            LeafState::Valid { young: false, writes: Writes::DirtyAndReadOnly }
        );
        assert_eq!(LeafState::of_names("invalid W"), LeafState::Invalid);
        assert!(LeafState::is_names("W AF RO") && !LeafState::is_names("a store landed"));
    }
}
