//! The stubs of the accesses that the product leaves out, made from the table of their encodings.

use oracle::{AccessKind, Family, Form, Returns};

/// Instructions of a stub, RET behind them.
const LENGTH: usize = 8;
const RET: u32 = 0xd65f_03c0;
const OTHERS: usize = AccessKind::ALL.len() - AccessKind::PRODUCT.len();

/// `mov x7, #64`: how often an exclusive pair is tried. Some hosts lose the monitor now and then.
const TRIES: u32 = 0xd280_0807;
/// `cbz w6` to the RET, `subs x7, x7, #1`, `b.ne` to the load-exclusive.
const AGAIN: [u32; 3] = [0x3400_0066, 0xf100_04e7, 0x54ff_ff81];
const CLREX: u32 = 0xd503_3f5f;
/// `sub x0, x0, #16`.
const LOWER: u32 = 0xd100_4000;
/// `mov x2, x4`, `mov x3, x5`.
const OPERANDS: [u32; 2] = [0xaa04_03e2, 0xaa05_03e3];
/// `mov v0.d[0], x4`, `mov v0.d[1], x5`, `mov v1.d[0], x5`, `mov v1.d[1], x4`.
const TO_VECTORS: [u32; 4] = [0x4e08_1c80, 0x4e18_1ca0, 0x4e08_1ca1, 0x4e18_1c81];
/// `mov x2, v0.d[0]`, and to x3 from v0.d[1], or from v1.d[0].
const FROM_VECTOR: u32 = 0x4e08_3c02;
const FROM_UPPER_HALF: u32 = 0x4e18_3c03;
const FROM_SECOND: u32 = 0x4e08_3c23;
/// ISB, which makes PAR_EL1 readable (Arm ARM D8.15.2), and `mrs x2, par_el1` between two DMB SY (Cortex-A77's erratum
/// 1508412).
const REPORT: [u32; 4] = [0xd503_3fdf, 0xd503_3fbf, 0xd538_7402, 0xd503_3fbf];

/// Instructions, one after the other.
struct Code {
    words: [u32; LENGTH],
    length: usize,
}

impl Code {
    const fn then(mut self, words: &[u32]) -> Self {
        let mut place = 0;
        while place < words.len() {
            self.words[self.length] = words[place];
            self.length += 1;
            place += 1;
        }
        self
    }
}

/// Returns the load-exclusive that goes with a store-exclusive: into X2, or X2 and X3, with no status.
const fn load_exclusive(store: u32, pair: bool) -> u32 {
    let second = if pair { 3 << 10 } else { 31 << 10 };
    store & !(31 << 16 | 31 << 10 | 31) | 1 << 22 | 31 << 16 | second | 2
}

/// Returns the stub of an access.
const fn stub(kind: AccessKind) -> [u32; LENGTH] {
    let code = Code { words: [RET; LENGTH], length: 0 };
    let instruction = kind.code();
    let pair = kind.registers() == 2;
    let reads = matches!(kind.family(), Family::Read);
    let code = match (kind.form(), kind.family(), kind.returns()) {
        (Form::PreIndexed, ..) => code.then(&[LOWER, instruction]),
        (Form::OperandsInResults, ..) => code.then(&OPERANDS).then(&[instruction]),
        (Form::Vector, Family::Read, _) => {
            code.then(&[instruction, FROM_VECTOR, if pair { FROM_SECOND } else { FROM_UPPER_HALF }])
        }
        (Form::Vector, ..) => code.then(&TO_VECTORS).then(&[instruction]),
        (Form::Plain, _, Returns::Status) if kind.is_passing_exclusive() => {
            code.then(&[TRIES, load_exclusive(instruction, pair), instruction]).then(&AGAIN)
        }
        (Form::Plain, _, Returns::Status) => code.then(&[CLREX, instruction]),
        (Form::Plain, _, Returns::Report) => code.then(&[instruction]).then(&REPORT),
        (Form::Plain, ..) if reads && kind.is_exclusive_or_atomic() => code.then(&[instruction, CLREX]),
        (Form::Plain, ..) => code.then(&[instruction]),
    };
    // One RET at least is left.
    assert!(code.length < LENGTH, "a stub is too long");
    code.words
}

#[used]
#[unsafe(link_section = ".stubs.accesses")]
static STUBS: [[u32; LENGTH]; OTHERS] = {
    let mut stubs = [[RET; LENGTH]; OTHERS];
    let mut place = 0;
    while place < OTHERS {
        stubs[place] = stub(AccessKind::ALL[AccessKind::PRODUCT.len() + place]);
        place += 1;
    }
    stubs
};

/// Returns where the stub of an access stands that is none of the product's.
pub(super) fn address(kind: AccessKind) -> u64 {
    (&raw const STUBS[kind as usize - AccessKind::PRODUCT.len()]) as u64
}
