//! Code that is kept in one piece.
//!
//! The image is small because the compiler takes what repeats out of line, and because little is inlined: many short
//! calls. Where a few hundred instructions run millions of times, an emulator pays more for the calls than for the rest,
//! and a processor pays too. The compiler leaves a function alone whose section is named.

use cases::product::Work;

/// Does `work`, whose code becomes part of this function as far as it is marked `#[inline(always)]`.
#[inline(never)]
#[unsafe(link_section = ".text.one_piece")]
pub fn call<W: Work>(work: W) -> W::Output {
    work.run()
}
