//! Sites: where the product makes its accesses, one for each shape of leaf, with tables of its own.
//!
//! A CPU's [`Grounds`] are one root (level 0, T0SZ = 16) with an entry for each site, and a second one for the page
//! that follows where accesses cross. Within a table the leaf, or its group of 16, has a canary on each side.

use super::layout::PAGE_SIZE;
use super::{frames, linear};
use afdbm::address::{Asid, PhysicalAddress, VirtualAddress};
use afdbm::descriptor::{Descriptor, Level, Shareability};
use afdbm::geometry::Geometry;
use afdbm::stage::Stage;
use afdbm::tables::Table;
use alloc::vec::Vec;
use cases::product::{GEOMETRY, Placement, Purpose, Shape};
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The ASID of the grounds; the cases' own come around to it, but run at other times.
pub const ASID: Asid = Asid(1);
/// How many shapes there are: three levels, alone or in a group, three purposes.
pub const SHAPES: usize = 18;
/// Words of memory around an access that are looked at.
pub const WINDOW: usize = 8;
/// Where in its frame an access goes that crosses nothing: a multiple of every block that DC ZVA may zero.
const OFFSET: u64 = 2048;
/// What one entry of the root covers.
const ROOT_STEP: u64 = GEOMETRY.size(GEOMETRY.start_level());
/// The most members that a contiguous group has.
const GROUP: u64 = group(Level::L3) as u64;

/// Returns the members of a contiguous group at `level`.
const fn group(level: Level) -> usize {
    GEOMETRY.contiguous_entries(level).expect("the product's leaves can be contiguous")
}

/// A canary: a cell that nothing may change, and what it holds.
#[derive(Clone, Copy, Debug)]
pub struct Canary {
    /// The cell.
    pub cell: &'static AtomicU64,
    /// What it holds.
    pub word: u64,
}

/// The live descriptors of one walk.
#[derive(Clone, Copy, Debug)]
pub struct Walk {
    /// The Table descriptors from level 0; as many as the leaf's level.
    pub tables: [&'static AtomicU64; 3],
    /// The leaf's cells: its group, or itself alone.
    pub leaves: &'static [AtomicU64],
    /// Which of them is accessed.
    pub member: usize,
    /// The cells beside them.
    pub canaries: [Option<Canary>; 2],
    /// The words of memory around the access.
    pub words: &'static [AtomicU64],
}

/// Where accesses of one shape go.
#[derive(Clone, Copy, Debug)]
pub struct Site {
    /// What is done here.
    pub purpose: Purpose,
    /// As the product wants it.
    pub placement: Placement,
    /// The (first) page.
    pub first: Walk,
    /// The second page, of a crossing access.
    pub second: Option<Walk>,
}

/// All that one CPU needs for the product.
#[derive(Debug)]
pub struct Grounds {
    /// The root for TTBR0_EL1.
    pub root: PhysicalAddress,
    /// The sites, by [`index`]; `None` where there is no memory at such an address.
    pub sites: [Option<Site>; SHAPES],
}

/// Returns the place of a shape.
#[must_use]
pub const fn index(shape: Shape) -> usize {
    ((shape.level.position() - Level::L1.position()) * 2 + shape.contiguous as usize) * 3 + shape.purpose as usize
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

/// A frame that is a table from now on.
fn table() -> Option<(PhysicalAddress, &'static Table)> {
    let frame = frames::allocate().ok()?;
    // SAFETY: the frame was just taken, zeroed, and goes back when the case is over, which keeps no reference then: a
    // table, used through atomics.
    Some((frame, unsafe { linear::table(frame) }))
}

/// The tables of a walk to `address`, whose leaf is at `level`, below `root`.
struct Path {
    next: [PhysicalAddress; 3],
    cells: [&'static AtomicU64; 3],
    leaf_table: &'static Table,
}

fn path(root: &'static Table, address: VirtualAddress, level: Level) -> Option<Path> {
    let mut next = [PhysicalAddress(0); 3];
    let mut cells = [root.cell(0); 3];
    let (mut current, mut at) = (root, GEOMETRY.start_level());
    for (next, cell) in next.iter_mut().zip(&mut cells) {
        if at == level {
            break;
        }
        *cell = current.cell(GEOMETRY.index(at, address.0));
        (*next, current) = table()?;
        at = at.next()?;
    }
    Some(Path { next, cells, leaf_table: current })
}

/// The words of RAM from `start` on.
fn window(start: PhysicalAddress) -> &'static [AtomicU64] {
    // SAFETY: callers name the inside of frames that they took for the whole case, as data used through atomics only; the
    // words are aligned, in RAM, and in the linear map.
    unsafe { core::slice::from_raw_parts(linear::pointer(start).cast(), WINDOW) }
}

/// Writes a canary: a clean leaf for EL1, young, or old and invalid.
fn plant(table: &'static Table, place: Option<usize>, word: u64, valid: bool) -> Option<Canary> {
    let cell = table.cells().get(place?)?;
    let word = word | if valid { Descriptor::VALID | Descriptor::AF } else { 0 };
    cell.store(word, Relaxed);
    Some(Canary { cell, word })
}

fn walk(
    path: &Path,
    address: VirtualAddress,
    shape: Shape,
    output: PhysicalAddress,
    words: &'static [AtomicU64],
) -> Walk {
    let page = if shape.level == Level::L3 { Descriptor::TABLE_OR_PAGE } else { 0 };
    let inner = (Shareability::Inner as u64) << Descriptor::SHAREABILITY.trailing_zeros();
    let canary = Descriptor::DBM
        | Stage::One.dirty_bit().clean()
        | Descriptor::PXN
        | Descriptor::UXN
        | output.0
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
struct Memory {
    data: PhysicalAddress,
    code: PhysicalAddress,
    second: PhysicalAddress,
}

impl Memory {
    fn take() -> Option<Self> {
        Some(Self {
            data: frames::allocate_run(GROUP, GROUP * PAGE_SIZE).ok()?,
            code: frames::allocate_run(GROUP, GROUP * PAGE_SIZE).ok()?,
            second: frames::allocate().ok()?,
        })
    }
}

fn site(root: &'static Table, shape: Shape, memory: &Memory, geometry: Geometry) -> Option<Site> {
    let size = GEOMETRY.size(shape.level);
    let span = if shape.contiguous { size * group(shape.level) as u64 } else { size };
    let base = VirtualAddress((2 + 2 * index(shape) as u64) * ROOT_STEP);
    let (frame, offset) = match shape.purpose {
        // A member in the middle, so that the group has others on both sides.
        Purpose::Data => (memory.data.offset(5 * PAGE_SIZE), OFFSET),
        Purpose::Code => (memory.code.offset(5 * PAGE_SIZE), OFFSET),
        Purpose::Crossing => {
            let frame =
                if span == PAGE_SIZE { memory.data } else { frames::allocate_run_before(1, span).ok()? };
            (frame, PAGE_SIZE - 8 * WINDOW as u64)
        }
    };
    let within = if shape.purpose == Purpose::Crossing {
        // The last bytes before the next entry of the root.
        ROOT_STEP - PAGE_SIZE
    } else {
        // As the physical address: a machine that takes a reserved encoding at level 0 for a block of 512 GiB then
        // accesses the same memory, and not some device.
        frame.0 & (ROOT_STEP - 1)
    };
    let address = base.offset(within + offset);
    let path_first = path(root, address, shape.level)?;
    let output = frame.align_down(size);
    let first = walk(&path_first, address, shape, output, window(frame.offset(offset)));
    let (mut second, mut second_place) = (None, (PhysicalAddress(0), [PhysicalAddress(0); 3]));
    let mut access = address;
    if shape.purpose == Purpose::Crossing {
        let next = base.offset(ROOT_STEP);
        let path_second = path(root, next, Level::L3)?;
        let page = Shape { level: Level::L3, contiguous: false, purpose: Purpose::Crossing };
        second = Some(walk(&path_second, next, page, memory.second, window(memory.second)));
        second_place = (memory.second, path_second.next);
        access = VirtualAddress(next.0 - 4);
    }
    let placement =
        Placement { address: access, output, tables: path_first.next, second: second_place, geometry };
    Some(Site { purpose: shape.purpose, placement, first, second })
}

impl Grounds {
    /// Makes the grounds of one CPU; they go back with all that the case has taken.
    ///
    /// Returns `None` for want of memory altogether; a shape for which there is none at the right address is left out.
    #[must_use]
    pub fn new(output_bits: u8) -> Option<Self> {
        let geometry = GEOMETRY.with_output_bits(output_bits)?;
        let (root, root_table) = table()?;
        let memory = Memory::take()?;
        let mut sites = [None; SHAPES];
        for shape in shapes() {
            sites[index(shape)] = site(root_table, shape, &memory, geometry);
        }
        Some(Self { root, sites })
    }

    /// Makes the grounds of `count` CPUs alike: a shape that one of them lacks, all lack.
    #[must_use]
    pub fn for_all(count: usize, output_bits: u8) -> Option<Vec<Self>> {
        let mut all: Vec<Self> = (0..count).map(|_| Self::new(output_bits)).collect::<Option<_>>()?;
        for place in 0..SHAPES {
            if all.iter().any(|grounds| grounds.sites[place].is_none()) {
                all.iter_mut().for_each(|grounds| grounds.sites[place] = None);
            }
        }
        Some(all)
    }

    /// Takes every site out of the root, so that no walk reaches a descriptor.
    pub fn unhang(&self) {
        for site in self.sites.iter().flatten() {
            for walk in core::iter::once(&site.first).chain(&site.second) {
                walk.tables[0].store(0, Relaxed);
            }
        }
    }
}
