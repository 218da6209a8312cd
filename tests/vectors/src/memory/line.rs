//! One line of a file that lists memory: registers and descriptors, and after each outcome the descriptors that changed.

use crate::line::{KINDS, LineError, hexadecimal};
use afdbm::descriptor::Descriptor;
use oracle::{AccessKind, Bytes};

/// Which registers and descriptors a line of a file has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Space {
    /// Stage 1 of EL1&0 in the granules of 16K and 64K.
    Granule,
    /// The EL2 regime.
    El2,
    /// The EL2&0 regime.
    El20,
    /// EL1&0 with the Access flag of tables (FEAT_HAFT).
    TableFlag,
    /// EL1&0 with indirect permissions (FEAT_S1PIE).
    Indirect,
    /// EL1&0 with both stages.
    BothStages,
}

impl Space {
    /// Returns how many registers a line has.
    const fn registers(self) -> usize {
        match self {
            Self::Granule | Self::El2 | Self::El20 => 1,
            Self::TableFlag => 2,
            Self::BothStages => 3,
            Self::Indirect => 4,
        }
    }
}

/// How an access ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MemoryEnding {
    /// An abort.
    Fault {
        /// The Exception level that takes it.
        exception_level: u8,
        /// ESR_ELx of it.
        syndrome: u64,
        /// FAR_ELx of it.
        address: u64,
        /// HPFAR_EL2 as an address, where EL2 takes it from EL1&0.
        page: Option<u64>,
    },
    /// AT: PAR_EL1.F=0 with this output page.
    Output(u64),
    /// AT: PAR_EL1\[9:0\] with F=1.
    TranslationFault(u64),
    /// It completed, and read what memory held if it reads.
    Completed,
}

/// One outcome that the specification reaches.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MemoryReached {
    /// How the access ends.
    pub ending: MemoryEnding,
    /// How the accessed bytes stand.
    pub bytes: Bytes,
    /// The descriptors of the line as they stand afterwards.
    pub words: Vec<Descriptor>,
}

/// One line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MemoryLine {
    /// What the fields mean.
    pub space: Space,
    /// The access.
    pub kind: AccessKind,
    /// Where it is executed: 0 to 2.
    pub exception_level: u8,
    /// PSTATE.PAN.
    pub privileged_access_never: bool,
    /// The address in the register.
    pub address: u64,
    /// The registers that the space names.
    pub registers: Vec<u64>,
    /// The descriptors in memory.
    pub words: Vec<Descriptor>,
    /// Every outcome that the specification reaches.
    pub outcomes: Vec<MemoryReached>,
}

impl MemoryLine {
    /// Reads a line of a file about `space`.
    ///
    /// # Errors
    ///
    /// Names what is not of the format.
    pub fn parse(space: Space, text: &str) -> Result<Self, LineError> {
        let (input, outcomes) = text.split_once(" : ").ok_or(LineError::Missing("outcomes"))?;
        let (query, words) = input.split_once(" | ").ok_or(LineError::Missing("descriptors"))?;
        let mut fields = query.split(' ');
        let mut field = |name| fields.next().ok_or(LineError::Missing(name));
        let kind = field("kind")?;
        let known = kind.parse::<usize>().ok().and_then(|number| KINDS.get(number));
        let level = field("Exception level")?;
        let level_and_pan: u8 = level.parse().map_err(|error| LineError::Number(level.into(), error))?;
        if level_and_pan >> 2 > 1 || level_and_pan & 3 > 2 {
            return Err(LineError::Unknown("Exception level", level.into()));
        }
        let mut line = Self {
            space,
            kind: *known.ok_or_else(|| LineError::Unknown("kind", kind.into()))?,
            exception_level: level_and_pan & 3,
            privileged_access_never: level_and_pan >> 2 != 0,
            address: hexadecimal(field("address")?)?,
            registers: fields.map(hexadecimal).collect::<Result<_, _>>()?,
            words: words
                .split(' ')
                .map(|word| hexadecimal(word).map(Descriptor))
                .collect::<Result<_, _>>()?,
            outcomes: Vec::new(),
        };
        if line.registers.len() != space.registers() {
            return Err(LineError::Missing("register"));
        }
        for outcome in outcomes.split_whitespace() {
            let reached = line.reached(outcome)?;
            line.outcomes.push(reached);
        }
        Ok(line)
    }

    /// Reads one outcome.
    fn reached(&self, text: &str) -> Result<MemoryReached, LineError> {
        let mut parts = text.split('/');
        let ending = parts.next().unwrap_or_default();
        let ending = match ending.split_at_checked(1) {
            Some(("f", rest)) => self.fault(rest)?,
            Some(("o", rest)) => MemoryEnding::Output(hexadecimal(rest)?),
            Some(("p", rest)) => MemoryEnding::TranslationFault(hexadecimal(rest)?),
            Some(("c", "")) => MemoryEnding::Completed,
            _ => return Err(LineError::Unknown("ending", text.into())),
        };
        let bytes = match parts.next().ok_or(LineError::Missing("bytes"))? {
            "o" => Bytes::Old,
            "n" => Bytes::New,
            other => return Err(LineError::Unknown("state of the bytes", other.into())),
        };
        let mut words = self.words.clone();
        for part in parts {
            let changed = part.strip_prefix('w').and_then(|rest| rest.split_once('='));
            let (place, value) = changed.ok_or_else(|| LineError::Unknown("change", part.into()))?;
            let place: usize = place.parse().map_err(|error| LineError::Number(place.into(), error))?;
            *words.get_mut(place).ok_or_else(|| LineError::Unknown("descriptor", part.into()))? =
                Descriptor(hexadecimal(value)?);
        }
        Ok(MemoryReached { ending, bytes, words })
    }

    fn fault(&self, text: &str) -> Result<MemoryEnding, LineError> {
        let mut fields = text.split(':');
        let level = fields.next().unwrap_or_default();
        let exception_level = level.parse().map_err(|error| LineError::Number(level.into(), error))?;
        let syndrome = fields.next().ok_or(LineError::Missing("syndrome"))?;
        let (syndrome, address) = match syndrome.split_once('@') {
            Some((syndrome, at)) => (syndrome, hexadecimal(at)?),
            None => (syndrome, self.address),
        };
        let page = match fields.next() {
            None => None,
            Some(field) => {
                let held = field.strip_prefix('h').ok_or_else(|| LineError::Unknown("page", field.into()))?;
                // FIPA, from bit 4: bits of the address from 12.
                Some(hexadecimal(held)? << 8)
            }
        };
        Ok(MemoryEnding::Fault { exception_level, syndrome: hexadecimal(syndrome)?, address, page })
    }
}
