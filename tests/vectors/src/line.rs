//! One line of a file of vectors: an input, and the outcomes that the specification reaches for it.

use afdbm::descriptor::Descriptor;
use core::{fmt, num::ParseIntError};
use oracle::{AccessKind, Bytes, ExceptionLevel, TlbState};

/// The kinds of access, by their numbers in the files.
pub(crate) const KINDS: [AccessKind; 32] = [
    AccessKind::Load,
    AccessKind::Store,
    AccessKind::LoadPair,
    AccessKind::StorePair,
    AccessKind::LoadUnprivileged,
    AccessKind::StoreUnprivileged,
    AccessKind::LoadExclusive,
    AccessKind::StoreExclusivePass,
    AccessKind::StoreExclusiveFail,
    AccessKind::CompareAndSwap,
    AccessKind::CompareAndSwapMismatch,
    AccessKind::CompareAndSwapPair,
    AccessKind::CompareAndSwapPairMismatch,
    AccessKind::Swap,
    AccessKind::FetchAdd,
    AccessKind::FetchAddZero,
    AccessKind::Fetch,
    AccessKind::ZeroBlock,
    AccessKind::Clean,
    AccessKind::CleanInvalidate,
    AccessKind::Invalidate,
    AccessKind::InvalidateInstruction,
    AccessKind::PrefetchLoad,
    AccessKind::PrefetchStore,
    AccessKind::TranslateRead,
    AccessKind::TranslateWrite,
    AccessKind::TranslateUserRead,
    AccessKind::TranslateUserWrite,
    AccessKind::TranslateReadPan,
    AccessKind::TranslateWritePan,
    AccessKind::LoadCrossing,
    AccessKind::StoreCrossing,
];

/// The descriptors of one page, from the walk's first level to the leaf.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    /// The level of the leaf, 1 to 3.
    pub leaf_level: u8,
    /// The descriptors, the leaf last.
    pub descriptors: Vec<Descriptor>,
}

/// What the specification changes in a leaf.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Change {
    /// AF goes from 0 to 1.
    pub accessed: bool,
    /// AP\[2\] goes from 1 to 0.
    pub dirtied: bool,
}

/// How an access ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    /// An abort to EL1.
    Fault {
        /// ESR_EL1.
        syndrome: u64,
        /// FAR_EL1.
        address: u64,
    },
    /// AT: PAR_EL1.F=0 with this output page.
    Output(u64),
    /// AT: PAR_EL1\[9:0\] with F=1.
    TranslationFault(u64),
    /// It returned what memory held.
    Returned,
    /// STXR returned this.
    Status(u64),
    /// It completed.
    Completed,
}

/// One outcome that the specification reaches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reached {
    /// How the access ends.
    pub ending: Ending,
    /// What changes in each page's leaf, and how the accessed bytes there stand; one page or two.
    pub pages: [Option<(Change, Bytes)>; 2],
}

/// One line of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// The access.
    pub kind: AccessKind,
    /// Where it is executed.
    pub level: ExceptionLevel,
    /// PSTATE.PAN.
    pub privileged_access_never: bool,
    /// PSTATE.UAO.
    pub user_access_override: bool,
    /// What went before.
    pub before: TlbState,
    /// The address lies in the range of TTBR1_EL1.
    pub upper_range: bool,
    /// The address in the register.
    pub address: u64,
    /// TCR_EL1.
    pub translation_control: u64,
    /// SCTLR_EL1.
    pub system_control: u64,
    /// What the PE implements, as bits; bits 23:16 are the bits of a physical address.
    pub features: u64,
    /// The accessed pages.
    pub pages: Vec<Page>,
    /// Every outcome that the specification reaches.
    pub outcomes: Vec<Reached>,
}

/// Why a line cannot be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LineError {
    /// A field is missing.
    Missing(&'static str),
    /// A number cannot be read.
    Number(String, ParseIntError),
    /// A field has a value that the format does not know.
    Unknown(&'static str, String),
}

impl fmt::Display for LineError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(field) => write!(formatter, "no {field}"),
            Self::Number(text, error) => write!(formatter, "{text:?}: {error}"),
            Self::Unknown(field, text) => write!(formatter, "{text:?} is no {field}"),
        }
    }
}

pub(crate) fn hexadecimal(text: &str) -> Result<u64, LineError> {
    u64::from_str_radix(text, 16).map_err(|error| LineError::Number(text.into(), error))
}

impl Line {
    /// Reads a line.
    ///
    /// # Errors
    ///
    /// Names what is not of the format.
    pub fn parse(text: &str) -> Result<Self, LineError> {
        let (input, outcomes) = text.split_once(" : ").ok_or(LineError::Missing("outcomes"))?;
        let mut parts = input.split(" / ");
        let mut fields = parts.next().unwrap_or_default().split(' ');
        let mut field = |name| fields.next().ok_or(LineError::Missing(name));
        let kind = field("kind")?;
        let known = kind.parse::<usize>().ok().and_then(|number| KINDS.get(number));
        let level = field("Exception level")?;
        let control = hexadecimal(field("control")?)?;
        let mut line = Self {
            kind: *known.ok_or_else(|| LineError::Unknown("kind", kind.into()))?,
            level: match level {
                "0" => ExceptionLevel::El0,
                "1" => ExceptionLevel::El1,
                _ => return Err(LineError::Unknown("Exception level", level.into())),
            },
            privileged_access_never: control & 1 != 0,
            user_access_override: control & 2 != 0,
            before: match control >> 2 & 3 {
                0 => TlbState::Cold,
                1 => TlbState::AfterLoad,
                2 => TlbState::AfterStore,
                _ => return Err(LineError::Unknown("control", format!("{control:x}"))),
            },
            upper_range: control & 16 != 0,
            address: hexadecimal(field("address")?)?,
            translation_control: hexadecimal(field("TCR_EL1")?)?,
            system_control: hexadecimal(field("SCTLR_EL1")?)?,
            features: hexadecimal(field("features")?)?,
            pages: Vec::new(),
            outcomes: Vec::new(),
        };
        line.pages.push(page(fields)?);
        for more in parts {
            line.pages.push(page(more.split(' '))?);
        }
        for outcome in outcomes.split_whitespace() {
            line.outcomes.push(Reached::parse(outcome, line.address)?);
        }
        Ok(line)
    }
}

fn page<'t>(mut fields: impl Iterator<Item = &'t str>) -> Result<Page, LineError> {
    let level = fields.next().ok_or(LineError::Missing("leaf's level"))?;
    let leaf_level = level.parse().map_err(|error| LineError::Number(level.into(), error))?;
    let descriptors: Result<Vec<_>, _> = fields.map(|field| hexadecimal(field).map(Descriptor)).collect();
    Ok(Page { leaf_level, descriptors: descriptors? })
}

impl Reached {
    /// Reads one outcome of an access to `address`.
    fn parse(text: &str, address: u64) -> Result<Self, LineError> {
        let mut parts = text.split('/');
        let ending = parts.next().unwrap_or_default();
        let number = |text: &str| hexadecimal(text);
        let ending = match ending.split_at_checked(1) {
            Some(("f", rest)) => match rest.split_once('@') {
                Some((syndrome, at)) => Ending::Fault { syndrome: number(syndrome)?, address: number(at)? },
                None => Ending::Fault { syndrome: number(rest)?, address },
            },
            Some(("o", rest)) => Ending::Output(number(rest)?),
            Some(("p", rest)) => Ending::TranslationFault(number(rest)?),
            Some(("s", rest)) => Ending::Status(number(rest)?),
            Some(("r", "")) => Ending::Returned,
            Some(("c", "")) => Ending::Completed,
            _ => return Err(LineError::Unknown("ending", text.into())),
        };
        let mut pages = [None; 2];
        for page in &mut pages {
            let Some(change) = parts.next() else { break };
            let bytes = parts.next().ok_or(LineError::Missing("bytes"))?;
            let change = match change {
                "-" => Change { accessed: false, dirtied: false },
                "A" => Change { accessed: true, dirtied: false },
                "D" => Change { accessed: false, dirtied: true },
                "AD" => Change { accessed: true, dirtied: true },
                _ => return Err(LineError::Unknown("change", text.into())),
            };
            let bytes = match bytes {
                "o" => Bytes::Old,
                "n" => Bytes::New,
                "m" => Bytes::Mixed,
                _ => return Err(LineError::Unknown("state of the bytes", text.into())),
            };
            *page = Some((change, bytes));
        }
        Ok(Self { ending, pages })
    }
}
