//! What an access of the product has in its registers, and what it leaves in memory.

use super::site::WINDOW;
use crate::machine::caches;
use crate::machine::lean::Exchange;
use crate::probe::FETCHED_CODE;
use afdbm::fault::Fault;
use cases::product::Purpose;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use oracle::{AccessKind, Bytes, Compare, Event, Operation, Par, Returns, Stores, Value};

/// What that leaves in x2.
const EXECUTED: u64 = 1;
/// What an access stores, swaps in or adds.
const STORED: u64 = 0x5a5a_1a1a_2a2a_a5a5;
/// The second word of CASP.
const STORED_SECOND: u64 = 0x6b6b_1b1b_2b2b_b6b6;

/// What a word of memory holds before: no byte of it is 0, no two words are alike, and those that are accessed are neither
/// the least nor the greatest numbers.
#[must_use]
pub const fn held(word: usize) -> u64 {
    (0x0123_4567_89ab_cd2f ^ (0x1010_1010_1010_1010 * (word as u64 + 1))) | 0x0101_0101_0101_0101
}

/// The memory around an access before, as words.
pub type Image = [u64; WINDOW];

/// The memory of data.
pub const DATA: Image = {
    let mut image = [0; WINDOW];
    let mut word = 0;
    while word < WINDOW {
        image[word] = held(word);
        word += 1;
    }
    image
};

/// The memory of code: instructions first.
pub const INSTRUCTIONS: Image = {
    let mut image = DATA;
    image[0] = FETCHED_CODE;
    image
};

/// Returns what the memory for a purpose holds before every access.
#[must_use]
pub fn image(purpose: Purpose) -> &'static Image {
    if purpose == Purpose::Code { &INSTRUCTIONS } else { &DATA }
}

/// Fills the memory for a purpose, so that fetches find what was written.
pub fn fill(words: &[AtomicU64], purpose: Purpose) {
    words.iter().zip(image(purpose)).for_each(|(word, value)| word.store(*value, Relaxed));
    caches::publish_code(&words[0]);
}

/// Returns 8 bytes of an image from byte `offset` on.
fn word_at(image: &Image, offset: usize) -> u64 {
    let (place, shift) = (offset / 8, offset % 8 * 8);
    if shift == 0 {
        image[place]
    } else {
        image[place] >> shift | image.get(place + 1).map_or(0, |next| next << (64 - shift))
    }
}

/// The words that an access finds where it reads: of one that crosses, out of both pages.
#[must_use]
pub fn found(kind: AccessKind, image: &Image, second: &Image, offset: usize) -> [u64; 2] {
    if kind.is_crossing() {
        return [image[WINDOW - 1] >> 32 | second[0] << 32, 0];
    }
    let element = |at: usize| extended(kind, word_at(image, offset + at));
    // Of two vectors, the lower half of each.
    let next = if kind.registers() == 1 { 8 } else { kind.element() };
    [element(0), element(next)]
}

/// Returns what a register holds that the low bytes of a word are loaded into.
fn extended(kind: AccessKind, word: u64) -> u64 {
    let above = 64 - 8 * kind.element().min(8) as u32;
    match kind.sign_extends_to() {
        0 => word << above >> above,
        to => {
            let outside = 64 - 8 * to as u32;
            let signed = ((word << above).cast_signed() >> above).cast_unsigned();
            signed << outside >> outside
        }
    }
}

/// Returns what an atomic instruction makes of two elements.
fn computed(kind: AccessKind, held: u64, operand: u64) -> u64 {
    let above = 64 - 8 * kind.element() as u32;
    let (held, operand) = (held << above, operand << above);
    let signed = u64::cast_signed;
    let result = match kind.operation() {
        Operation::Replace => operand,
        Operation::Add => held.wrapping_add(operand),
        Operation::Clear => held & !operand,
        Operation::ExclusiveOr => held ^ operand,
        Operation::Set => held | operand,
        Operation::SignedMaximum => signed(held).max(signed(operand)).cast_unsigned(),
        Operation::SignedMinimum => signed(held).min(signed(operand)).cast_unsigned(),
        Operation::UnsignedMaximum => held.max(operand),
        Operation::UnsignedMinimum => held.min(operand),
    };
    result >> above
}

/// Returns what an access has in its registers to store, or to compute with: something that changes memory.
fn operands(kind: AccessKind, found: [u64; 2]) -> [u64; 2] {
    let usual = [STORED, STORED_SECOND];
    if kind.stores() != Stores::Computed {
        return usual;
    }
    let above = 64 - 8 * kind.element() as u32;
    // The least and the greatest, signed.
    let (least, greatest) = (1 << (63 - above), u64::MAX >> above >> 1);
    core::array::from_fn(|place| {
        let changes = |operand: &u64| computed(kind, found[place], *operand) != found[place];
        let candidates = [usual[place], !usual[place], 0, u64::MAX, least, greatest];
        candidates.into_iter().find(changes).unwrap_or(usual[place])
    })
}

/// Fills x1 to x6 for a kind that finds `found`.
pub fn prepare(exchange: &mut Exchange, kind: AccessKind, found: [u64; 2]) {
    // What an instruction returns must come from memory: only one whose comparison matches is told before.
    let compared = if kind.compare() == Compare::Matches { found } else { found.map(|word| !word) };
    let [first, second] = operands(kind, found);
    exchange.registers[1] = first;
    exchange.registers[2] = compared[0];
    exchange.registers[3] = compared[1];
    exchange.registers[4] = first;
    exchange.registers[5] = second;
    exchange.registers[6] = 0xdead;
}

/// Makes an event of what the stub came back with.
#[must_use]
pub fn event(exchange: &Exchange, kind: AccessKind, found: [u64; 2], fault: Option<Fault>) -> Event {
    if let Some(fault) = fault {
        return Event::Faulted(fault);
    }
    let (first, second) = (exchange.registers[2], exchange.registers[3]);
    let value = |held: bool| Event::Returned(if held { Value::Held } else { Value::Other(first) });
    match kind.returns() {
        Returns::Nothing => Event::Completed,
        Returns::Word => value(first == found[0]),
        Returns::Pair => value([first, second] == found),
        Returns::Execution => value(first == EXECUTED),
        Returns::Status => Event::Status(exchange.registers[6]),
        Returns::Report => Event::Reported(Par(first)),
    }
}

/// Returns the bytes that an access of this kind writes where it finds `found`, and how many: none for a read.
fn written(kind: AccessKind, found: [u64; 2]) -> ([u64; WINDOW], usize) {
    let mut words = [0; WINDOW];
    let (bytes, count) = (kind.element(), kind.registers());
    match kind.stores() {
        Stores::Nothing => return (words, 0),
        Stores::Zeros if kind.is_block() => return (words, 8 * WINDOW),
        Stores::Zeros => {}
        // The second vector has its halves the other way around.
        Stores::Pair if bytes == 16 => {
            words[..4].copy_from_slice(&[STORED, STORED_SECOND, STORED_SECOND, STORED]);
            words[2 * count..].fill(0);
        }
        Stores::Word | Stores::Pair | Stores::Computed => {
            for (place, (held, operand)) in
                found.into_iter().zip(operands(kind, found)).take(count).enumerate()
            {
                let value =
                    if kind.stores() == Stores::Computed { computed(kind, held, operand) } else { operand };
                let above = 64 - 8 * bytes as u32;
                let start = place * bytes;
                words[start / 8] |= value << above >> above << (start % 8 * 8);
            }
        }
    }
    (words, bytes * count)
}

/// Where in a window an access writes: from byte `start` on, the bytes of what it writes from `skip` on.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// The byte of the window.
    pub start: usize,
    /// The byte of what is written.
    pub skip: usize,
}

/// Compares a window with what it was, and puts it back if it differs.
pub fn inspect(words: &[AtomicU64], before: &Image, kind: AccessKind, found: [u64; 2], span: Span) -> Bytes {
    if words.iter().zip(before).fold(0, |differing, (word, was)| differing | word.load(Relaxed) ^ was) == 0 {
        return Bytes::Old;
    }
    let bytes = classify(words, before, kind, found, span);
    for (word, was) in words.iter().zip(before) {
        word.store(*was, Relaxed);
    }
    bytes
}

fn classify(words: &[AtomicU64], before: &Image, kind: AccessKind, found: [u64; 2], span: Span) -> Bytes {
    let (new, length) = written(kind, found);
    let byte = |words: &Image, place: usize| (words[place / 8] >> (place % 8 * 8)) as u8;
    let mut now = [0; WINDOW];
    for (place, word) in now.iter_mut().zip(words) {
        *place = word.load(Relaxed);
    }
    // Whole words, all of them in the window.
    let whole = span.start.is_multiple_of(8) && length.is_multiple_of(8);
    if whole && span.skip == 0 && span.start + length <= 8 * WINDOW {
        let mut wanted = *before;
        wanted[span.start / 8..][..length / 8].copy_from_slice(&new[..length / 8]);
        if now == wanted {
            return Bytes::New;
        }
    }
    let (mut all_new, mut none_foreign) = (true, true);
    for place in 0..8 * WINDOW {
        let seen = byte(&now, place);
        let is_old = seen == byte(before, place);
        let written = place.checked_sub(span.start).map(|at| at + span.skip).filter(|at| *at < length);
        match written {
            Some(at) => {
                let is_new = seen == byte(&new, at);
                all_new &= is_new;
                none_foreign &= is_old || is_new;
            }
            None => none_foreign &= is_old,
        }
    }
    match (none_foreign, all_new) {
        (false, _) => Bytes::Foreign,
        (true, true) => Bytes::New,
        (true, false) => Bytes::Mixed,
    }
}
