//! A console of virtio (Virtual I/O Device Version 1.2, 5.3), by registers in memory (4.2).
//!
//! The crate's own console waits for the device without a bound; this one has a buffer that is on its way, or not.

use super::image;
use super::relax::relax;
use afdbm::tables::Table;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use safe_mmio::fields::ReadPure;
use virtio_drivers::queue::VirtQueue;
use virtio_drivers::transport::mmio::{MmioTransport, VirtIOHeader};
use virtio_drivers::transport::{DeviceStatus, DeviceType, Transport};
use virtio_drivers::{BufferDirection, Hal, PhysAddr, UniqueMmioPointer};

/// Where the registers say what they are of (4.2.2): `virt`, the version, the kind of device.
const MAGIC: u32 = 0x7472_6976;
/// The kind of a console (5.3.1).
const CONSOLE: u32 = DeviceType::Console as u32;
/// The queue of what its first port prints (5.3.2).
const TRANSMIT: u16 = 1;
/// How many buffers the queue has room for: one is on its way at a time.
const ENTRIES: usize = 2;
/// Bytes that go on their way together, if no line ends before.
const BUFFER: usize = 128;
/// VIRTIO_F_VERSION_1 (6): the device is no legacy device. Nothing else is asked for.
const VERSION_1: u64 = 1 << 32;
/// How often a device that was reset is looked at before it is none.
const PATIENCE: u32 = 1_000_000;

/// The memory of the queue: two pages in either layout (2.7, 2.7.2).
static POOL: [Table; 2] = [const { Table::new() }; 2];
static TAKEN: AtomicUsize = AtomicUsize::new(0);

/// A console of virtio that sends.
pub(super) struct Virtio {
    transport: MmioTransport<'static>,
    queue: VirtQueue<Memory, ENTRIES>,
    buffer: [u8; BUFFER],
    /// Bytes in the buffer.
    length: usize,
    /// What the queue calls the buffer while the device has it.
    on_its_way: Option<u16>,
}

impl Virtio {
    /// Takes over the device with these registers, if it is a console and can be started.
    ///
    /// # Safety
    ///
    /// `registers` is the mapping of the `size` bytes of registers of a device of virtio as Device memory; it stays, nothing
    /// else uses them, and it is aligned to 4 bytes. What is returned lies in the kernel's image while it sends.
    pub(super) unsafe fn new(registers: NonNull<u8>, size: usize) -> Option<Self> {
        let header = registers.cast::<VirtIOHeader>();
        // SAFETY: the identification is there in every version, as words at 0 and 8; the caller gives the mapping.
        let [magic, kind] = [0, 8].map(|offset| unsafe {
            UniqueMmioPointer::<ReadPure<u32>>::new(registers.add(offset).cast()).read()
        });
        if magic != MAGIC || kind != CONSOLE {
            return None;
        }
        // SAFETY: as the caller says.
        let mut transport = unsafe { MmioTransport::new(header, size) }.ok()?;
        transport.set_status(DeviceStatus::empty());
        let mut patience = PATIENCE;
        while transport.get_status() != DeviceStatus::empty() {
            patience = patience.checked_sub(1)?;
            relax();
        }
        // What a driver does before it uses a device (3.1.1).
        let mut status = DeviceStatus::ACKNOWLEDGE | DeviceStatus::DRIVER;
        transport.set_status(status);
        let features = transport.read_device_features() & VERSION_1;
        transport.write_driver_features(features);
        status |= DeviceStatus::FEATURES_OK;
        transport.set_status(status);
        if features == VERSION_1 && !transport.get_status().contains(DeviceStatus::FEATURES_OK) {
            return None;
        }
        transport.set_guest_page_size(virtio_drivers::PAGE_SIZE as u32);
        let mut queue = VirtQueue::new(&mut transport, TRANSMIT, false, false).ok()?;
        queue.set_dev_notify(false);
        transport.set_status(status | DeviceStatus::DRIVER_OK);
        Some(Self { transport, queue, buffer: [0; BUFFER], length: 0, on_its_way: None })
    }

    /// Tells whether it takes a byte.
    pub(super) fn can_send(&mut self) -> bool {
        // A register is read, which takes the time that a look at a UART takes.
        let _ = self.transport.ack_interrupt();
        let Some(token) = self.on_its_way else { return true };
        // SAFETY: the buffer is the one that was added for this token, as long as it was then.
        let popped = unsafe { self.queue.pop_used(token, &[&self.buffer[..self.length]], &mut []) };
        if popped.is_ok() {
            self.on_its_way = None;
            self.length = 0;
        }
        popped.is_ok()
    }

    /// Takes a byte, which is lost unless [`can_send`](Self::can_send), and sends a line that it ends.
    pub(super) fn send(&mut self, byte: u8) {
        if self.on_its_way.is_some() {
            return;
        }
        self.buffer[self.length] = byte;
        self.length += 1;
        if byte == b'\n' || self.length == BUFFER {
            self.submit();
        }
    }

    /// Tells whether every byte has left, and sends what has not been sent.
    pub(super) fn is_drained(&mut self) -> bool {
        if self.on_its_way.is_none() && self.length > 0 {
            self.submit();
        }
        self.can_send()
    }

    /// Gives the buffer to the device.
    fn submit(&mut self) {
        // SAFETY: the buffer lies in the image, and is left alone until it was popped.
        self.on_its_way = unsafe { self.queue.add(&[&self.buffer[..self.length]], &mut []) }.ok();
        if self.on_its_way.is_none() {
            self.length = 0;
        } else if self.queue.should_notify() {
            self.transport.notify(TRANSMIT);
        }
    }
}

/// The memory that a device shares: all of it in the kernel's image, which is Normal Write-Back to the device, too.
struct Memory;

// SAFETY: each page of the pool is handed out once, zeroed as the image's memory is, at a multiple of its size.
unsafe impl Hal for Memory {
    fn dma_alloc(pages: usize, _direction: BufferDirection) -> (PhysAddr, NonNull<u8>) {
        let first = TAKEN.fetch_add(pages, Relaxed);
        match POOL.get(first..first + pages).and_then(<[Table]>::first) {
            Some(page) => {
                let page = NonNull::from(page).cast();
                (image::physical(page.as_ptr()).0, page)
            }
            // 0 says that there is none.
            None => (0, NonNull::dangling()),
        }
    }

    unsafe fn dma_dealloc(_physical: PhysAddr, _page: NonNull<u8>, _pages: usize) -> i32 {
        0
    }

    unsafe fn mmio_phys_to_virt(physical: PhysAddr, _size: usize) -> NonNull<u8> {
        panic!("the registers at {physical:#x} are of no bus that is used")
    }

    unsafe fn share(buffer: NonNull<[u8]>, _direction: BufferDirection) -> PhysAddr {
        image::physical(buffer.as_ptr().cast()).0
    }

    unsafe fn unshare(_physical: PhysAddr, _buffer: NonNull<[u8]>, _direction: BufferDirection) {}
}
