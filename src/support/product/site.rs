//! Sites: where the product makes its accesses, one for each shape of leaf, with tables of its own.
//!
//! A CPU's [`CpuSites`] are one root (level 0, T0SZ = 16) with an entry for each site, and a second one for the page
//! that follows where accesses cross. Within a table the leaf, or its group of 16, has a canary on each side.

use crate::machine::layout::PAGE_SIZE;
use crate::memory::case_memory::{CaseMemory, Run};
use crate::memory::{identity, linear};
use afdbm::address::{Asid, PhysicalAddress, VirtualAddress};
use afdbm::descriptor::{Descriptor, Level, Shareability};
use afdbm::geometry::Geometry;
use afdbm::regime::{Regime, Translation};
use afdbm::stage::Stage;
use afdbm::tables::{Table, TableError};
use alloc::vec::Vec;
use cases::product::{GEOMETRY, Placement, Purpose, Shape};
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use platform::device_tree::PhysicalRange;

/// The ASID of the cpu_sites; the cases' own come around to it, but run at other times.
pub const ASID: Asid = Asid(1);
/// How many shapes there are: three levels, alone or in a group, three purposes.
pub const SHAPES: usize = 18;
/// Words of memory around an access that are looked at.
pub const WINDOW: usize = 8;
/// Where in its frame an access goes that crosses nothing: a multiple of every block that DC ZVA may zero.
const OFFSET: u64 = 2048;
/// What one entry of the root covers.
const ROOT_STEP: u64 = GEOMETRY.size(GEOMETRY.start_level());
/// Where the first site begins, and how far it is to the next: two entries of the root each.
const BASE: u64 = 2 * ROOT_STEP;
const STEP: u64 = 2 * ROOT_STEP;
/// The members of a contiguous group of pages.
const GROUP: u64 = group(Level::L3) as u64;

/// Returns the members of a contiguous group at `level`.
const fn group(level: Level) -> usize {
    GEOMETRY.contiguous_entries(level).expect("the product's leaves can be contiguous")
}

/// A canary: a cell that nothing may change, and what it holds.
#[derive(Clone, Copy, Debug)]
pub struct Canary<'a> {
    /// The cell.
    pub cell: &'a AtomicU64,
    /// What it holds.
    pub word: u64,
}

impl Canary<'_> {
    /// Returns every bit that changed, and writes back what the canary holds.
    pub fn mend(&self) -> u64 {
        let changed = self.cell.load(Relaxed) ^ self.word;
        if changed != 0 {
            self.cell.store(self.word, Relaxed);
        }
        changed
    }
}

/// The live descriptors of one walk.
#[derive(Clone, Copy, Debug)]
pub struct Walk<'a> {
    /// The Table descriptors from level 0; as many as the leaf's level.
    pub tables: [&'a AtomicU64; 3],
    /// The leaf's cells: its group, or itself alone.
    pub leaves: &'a [AtomicU64],
    /// Which of them is accessed.
    pub member: usize,
    /// The cells beside them.
    pub canaries: [Option<Canary<'a>>; 2],
    /// The words of memory around the access.
    pub words: &'a [AtomicU64],
}

/// Where accesses of one shape go.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    /// What is done here.
    pub purpose: Purpose,
    /// As the product wants it.
    pub placement: Placement,
    /// The (first) page.
    pub first: Walk<'a>,
    /// The second page, of a crossing access.
    pub second: Option<Walk<'a>>,
}

/// All that one CPU needs for the product.
#[derive(Debug)]
pub struct CpuSites<'a> {
    /// The root for TTBR0_EL1, or that of the regime.
    pub root: PhysicalAddress,
    /// The regime whose tables these are.
    pub regime: Regime,
    /// The sites, by [`index`]; `None` where there is no memory at such an address.
    pub sites: [Option<Site<'a>>; SHAPES],
}

/// Returns the place of a shape.
#[must_use]
pub const fn index(shape: Shape) -> usize {
    ((shape.level.position() - Level::L1.position()) * 2 + shape.contiguous as usize) * 3
        + shape.purpose as usize
}

fn shapes() -> impl Iterator<Item = Shape> {
    [Level::L1, Level::L2, Level::L3].into_iter().flat_map(|level| {
        [false, true].into_iter().flat_map(move |contiguous| {
            [Purpose::Data, Purpose::Code, Purpose::Crossing].map(|purpose| Shape {
                level,
                contiguous,
                purpose,
            })
        })
    })
}

/// The tables of a walk to `address`, whose leaf is at `level`, below `root`.
struct Path<'a> {
    next: [PhysicalAddress; 3],
    cells: [&'a AtomicU64; 3],
    leaf_table: &'a Table,
}

fn path<'a>(
    memory: &'a CaseMemory,
    root: &'a Table,
    address: VirtualAddress,
    level: Level,
) -> Option<Path<'a>> {
    let mut next = [PhysicalAddress(0); 3];
    let mut cells = [root.cell(0); 3];
    let (mut current, mut at) = (root, GEOMETRY.start_level());
    for (next, cell) in next.iter_mut().zip(&mut cells) {
        if at == level {
            break;
        }
        *cell = current.cell(GEOMETRY.index(at, address.0));
        (*next, current) = memory.table()?;
        at = at.next()?;
    }
    Some(Path { next, cells, leaf_table: current })
}

/// Writes a canary: a clean leaf for EL1, young, or old and invalid.
fn plant(table: &Table, place: Option<usize>, word: u64, valid: bool) -> Option<Canary<'_>> {
    let cell = table.cells().get(place?)?;
    let word = word | if valid { Descriptor::VALID | Descriptor::AF } else { 0 };
    cell.store(word, Relaxed);
    Some(Canary { cell, word })
}

fn walk<'a>(
    path: &Path<'a>,
    address: VirtualAddress,
    shape: Shape,
    output: PhysicalAddress,
    words: &'a [AtomicU64],
) -> Walk<'a> {
    let page = if shape.level == Level::L3 { Descriptor::TABLE_OR_PAGE } else { 0 };
    let inner = (Shareability::Inner as u64) << Descriptor::SHAREABILITY.trailing_zeros();
    let canary = Descriptor::DBM
        | Stage::One.dirty_bit().clean()
        | Descriptor::PXN
        | Descriptor::UXN
        | GEOMETRY.encode_address(output)
        | page
        | inner;
    let place = GEOMETRY.index(shape.level, address.0);
    let count = if shape.contiguous { group(shape.level) } else { 1 };
    let first = place - place % count;
    Walk {
        tables: path.cells,
        leaves: &path.leaf_table.cells()[first..first + count],
        member: place - first,
        canaries: [
            plant(path.leaf_table, first.checked_sub(1), canary, true),
            plant(path.leaf_table, Some(first + count), canary, false),
        ],
        words,
    }
}

/// The frames that the sites of one CPU share: those of 16 serve as single ones too.
struct Frames<'a> {
    memory: &'a CaseMemory,
    data: Run<'a>,
    code: Run<'a>,
    second: Run<'a>,
}

impl<'a> Frames<'a> {
    fn take(memory: &'a CaseMemory) -> Option<Self> {
        Some(Self {
            memory,
            data: memory.run(GROUP, GROUP * PAGE_SIZE)?,
            code: memory.run(GROUP, GROUP * PAGE_SIZE)?,
            second: memory.run(1, PAGE_SIZE)?,
        })
    }
}

/// Returns the bits of an address that lead through `entry` of each table, down to the leaf.
fn through(entry: u64, leaf: Level) -> u64 {
    let levels = [Level::L1, Level::L2, Level::L3].into_iter().filter(|level| *level <= leaf);
    levels.map(|level| entry << GEOMETRY.size(level).trailing_zeros()).sum()
}

fn site<'a>(
    root: &'a Table,
    shape: Shape,
    frames: &Frames<'a>,
    geometry: Geometry,
    entry: Option<u64>,
) -> Option<Site<'a>> {
    let size = GEOMETRY.size(shape.level);
    let span = if shape.contiguous { size * group(shape.level) as u64 } else { size };
    let base = VirtualAddress(BASE + STEP * index(shape) as u64);
    if entry.is_some() && shape.contiguous && shape.level != Level::L3 {
        // The place of a Block in its group follows from the memory's address.
        return None;
    }
    // A member in the middle, so that the group has others on both sides; else that of the entry.
    let member = entry.map_or(5, |entry| entry % GROUP);
    // Which frame of which run, and where in it.
    let (run, place, offset) = match shape.purpose {
        Purpose::Data => (frames.data, member * PAGE_SIZE, OFFSET),
        Purpose::Code => (frames.code, member * PAGE_SIZE, OFFSET),
        Purpose::Crossing => {
            let run = if span == PAGE_SIZE { frames.data } else { frames.memory.run_before(1, span)? };
            (run, 0, PAGE_SIZE - 8 * WINDOW as u64)
        }
    };
    let frame = run.start().offset(place);
    let within = if shape.purpose == Purpose::Crossing {
        // The last bytes before the next entry of the root.
        ROOT_STEP - PAGE_SIZE
    } else if let Some(entry) = entry {
        through(entry, shape.level) | frame.0 & (size - 1)
    } else {
        // As the physical address: a machine that takes a reserved encoding at level 0 for a block of 512 GiB then
        // accesses the same memory, and not some device.
        frame.0 & (ROOT_STEP - 1)
    };
    let address = base.offset(within + offset);
    let path_first = path(frames.memory, root, address, shape.level)?;
    let output = frame.align_down(size);
    if !linear::may_lead_to(PhysicalRange::saturating(frame.align_down(span).0, span)) {
        return None;
    }
    let first = walk(&path_first, address, shape, output, run.words(place + offset, WINDOW));
    let (mut second, mut second_place) = (None, (PhysicalAddress(0), [PhysicalAddress(0); 3]));
    let mut access = address;
    if shape.purpose == Purpose::Crossing {
        let next = base.offset(ROOT_STEP);
        let path_second = path(frames.memory, root, next, Level::L3)?;
        let page = Shape { level: Level::L3, contiguous: false, purpose: Purpose::Crossing };
        let frame = frames.second.start();
        second = Some(walk(&path_second, next, page, frame, frames.second.words(0, WINDOW)));
        second_place = (frame, path_second.next);
        access = VirtualAddress(next.0 - 4);
    }
    let placement =
        Placement { address: access, output, tables: path_first.next, second: second_place, geometry };
    Some(Site { purpose: shape.purpose, placement, first, second })
}

impl<'a> CpuSites<'a> {
    /// Makes the cpu_sites of one CPU.
    ///
    /// Returns `None` for want of memory altogether; a shape for which there is none at the right address is left out.
    #[must_use]
    pub fn new(memory: &'a CaseMemory, output_bits: u8) -> Option<Self> {
        Self::through(memory, output_bits, None)
    }

    /// The same, with walks through this entry of each table below the first, if one is asked for; accesses that cross
    /// stay where they are.
    #[must_use]
    pub fn through(memory: &'a CaseMemory, output_bits: u8, entry: Option<u64>) -> Option<Self> {
        let geometry = GEOMETRY.with_output_bits(output_bits)?;
        let (root, root_table) = memory.table()?;
        let frames = Frames::take(memory)?;
        let mut sites = [None; SHAPES];
        for shape in shapes() {
            sites[index(shape)] = site(root_table, shape, &frames, geometry, entry);
        }
        Some(Self { root, regime: Regime::El10, sites })
    }

    /// Makes the cpu_sites of `count` CPUs alike: a shape that one of them lacks, all lack.
    #[must_use]
    pub fn for_all(memory: &'a CaseMemory, count: usize, output_bits: u8) -> Option<Vec<Self>> {
        let mut all: Vec<Self> = (0..count).map(|_| Self::new(memory, output_bits)).collect::<Option<_>>()?;
        for place in 0..SHAPES {
            if all.iter().any(|cpu_sites| cpu_sites.sites[place].is_none()) {
                all.iter_mut().for_each(|cpu_sites| cpu_sites.sites[place] = None);
            }
        }
        Some(all)
    }

    /// Makes these the tables of `regime`: one of EL2's has the resident part and the stubs mapped beside the sites.
    ///
    /// # Errors
    ///
    /// [`TableError`] for want of memory, or where a site has an address that the kernel's image has.
    pub fn serve(&mut self, memory: &CaseMemory, regime: Regime) -> Result<(), TableError> {
        if regime != Regime::El10 {
            let used = BASE..BASE + STEP * SHAPES as u64;
            identity::map_resident(memory, self.root, Translation::stage_1(regime, GEOMETRY), used)?;
        }
        self.regime = regime;
        Ok(())
    }

    /// Takes every site out of the root, so that no walk reaches a descriptor.
    pub fn detach(&self) {
        for site in self.sites.iter().flatten() {
            for walk in core::iter::once(&site.first).chain(&site.second) {
                walk.tables[0].store(0, Relaxed);
            }
        }
    }
}
