//! The order of boot, on one page.

use crate::description;
use crate::machine::arrival::{self, NoInterrupt};
use crate::machine::layout::PAGE_SIZE;
use crate::machine::per_cpu::CpuIndex;
use crate::machine::smp::NotReady;
use crate::machine::{
    console, controls, cpus, efi, fatal, image, interrupts, maker, power, registers, resident, smp, stacks,
    timer, watchdog,
};
use crate::memory::{self, mapping};
use crate::suites::{self, BootReport};
use afdbm::address::PhysicalAddress;
use alloc::string::String;
use core::fmt::{Display, Write};
use platform::device_tree::{Console, EnableMethod, PhysicalRange, Platform, VirtioDevices};
use platform::efi::free_memory;
use record::options::BootArguments;
use spin::Once;

/// Where QEMU's `virt` has its console: for the one message that there is no device tree to ask for another.
const LAST_RESORT_CONSOLE: PhysicalRange = PhysicalRange { start: 0x0900_0000, end: 0x0900_1000 };
/// The GiB in which its memory begins, and the image stands.
const LAST_RESORT_MEMORY: PhysicalRange = PhysicalRange { start: 0x4000_0000, end: 0x8000_0000 };

/// The command line that a UEFI has started the kernel with; it outlives the boot.
static COMMAND_LINE: Once<String> = Once::new();

/// What a CPU needs of memory before it starts.
const MEMORY: smp::Memory =
    smp::Memory { make_stacks: mapping::make_stacks, map_device: mapping::map_device };

/// What boot has found; it outlives the boot stack.
static MACHINE: Once<BootReport<'static>> = Once::new();

/// The first CPU's first Rust: on the boot stack, with the image mapped and nothing else.
///
/// `tree` is x0 as the boot loader left it, `level` the Exception level of entry, `start` where the image stands.
#[allow(unsafe_code, reason = "the boot code calls it by name; it makes the one step between two stacks")]
#[unsafe(no_mangle)]
extern "C" fn start_first_cpu(tree: PhysicalAddress, level: u64, start: PhysicalAddress) -> ! {
    let born = timer::now();
    power::entered_at(level);
    resident::entered_at(level);
    fatal::without_console(start_last_resort);
    image::set_physical_start(start);
    let description = or_refuse(description::find(tree, start));
    let console = start_console(description.console, &description.virtio);
    let arguments = description.platform.as_ref().map_or("", |platform| platform.boot_arguments);
    if BootArguments::parse(arguments).is_ok_and(|arguments| arguments.options.semihosting) {
        // Where nobody answers the UART stays, and the log says so.
        let _ = console::init_semihosting();
    }
    if efi::memory_map().is_some() {
        // A firmware's console may stand anywhere in a line.
        let _ = writeln!(console::lock());
    }
    if level > 2 {
        refuse(&format_args!("entered at EL{level}, expected EL1 or EL2, below a firmware with PSCI"));
    }
    let mut platform = or_refuse(description.platform);
    if !console::is_initialized() {
        refuse(
            &"the firmware names no UART that is driven, and no console of virtio answers: nobody would hear the kernel",
        );
    }
    if let Some(map) = efi::memory_map() {
        platform.memory.keep(&free_memory(map.bytes, map.stride));
    }
    for cpu in platform.cpus.iter() {
        if let EnableMethod::SpinTable(address) = cpu.enable_method {
            // The page is its own: it is written as a device is.
            let page = PhysicalAddress(address).align_down(PAGE_SIZE);
            platform.memory.remove(PhysicalRange::saturating(page.0, PAGE_SIZE));
        }
    }
    if let Some(psci) = platform.psci {
        power::init(psci);
    }
    maker::identify(platform.maker);
    cpus::identify();
    let bytes = or_refuse(memory::initialize(&platform.memory, description.tree, platform.module));
    stacks::adopt(CpuIndex(0), or_refuse(mapping::make_stacks()));
    or_refuse(timer::init(platform.timer.and_then(|timer| timer.clock_frequency)));
    start_interrupts(&platform);
    MACHINE.call_once(|| BootReport { platform, console, bytes, level, born });
    // SAFETY: interrupts are masked since the first instruction, this CPU's stacks were adopted above, and what
    // is needed later stands in `MACHINE`.
    unsafe { stacks::continue_on_own(run) }
}

/// The first CPU, on its own stack.
fn run() -> ! {
    controls::leave_identity_map();
    or_refuse(take_interrupts());
    let Some(machine) = MACHINE.get() else { refuse(&"boot has found no machine") };
    let of_efi: &str = COMMAND_LINE.call_once(|| or_refuse(efi::command_line()));
    let text = if of_efi.is_empty() { machine.platform.boot_arguments } else { of_efi };
    let arguments = or_refuse(BootArguments::parse(text));
    let missing = smp::start_all(&machine.platform, &MEMORY);
    fatal::end_boot();
    suites::run(machine, &arguments, &missing)
}

/// Every other CPU's first Rust, on its own stack.
#[allow(unsafe_code, reason = "the boot code calls it by name")]
#[unsafe(no_mangle)]
extern "C" fn start_next_cpu() -> ! {
    match set_up_next_cpu() {
        Ok(()) => cpus::serve(),
        Err(reason) => smp::give_up(reason),
    }
}

fn set_up_next_cpu() -> Result<(), NotReady> {
    cpus::require_likeness()?;
    interrupts::init_this_cpu()?;
    controls::leave_identity_map();
    take_interrupts()?;
    cpus::identify();
    Ok(())
}

/// Lets this CPU take interrupts, and awaits the first ones.
fn take_interrupts() -> Result<(), NoInterrupt> {
    watchdog::watch();
    registers::unmask_interrupts();
    arrival::await_own()
}

/// Starts the console: the UART, unless `stdout-path` names a console of virtio; where there is none, one of virtio.
fn start_console(
    uart: Option<Console<'static>>,
    virtio: &VirtioDevices<'static>,
) -> Option<Console<'static>> {
    let uart = || uart.filter(start_uart);
    if virtio.are_named() {
        start_virtio(virtio).or_else(uart)
    } else {
        uart().or_else(|| start_virtio(virtio))
    }
}

#[allow(unsafe_code, reason = "the firmware vouches for the registers")]
fn start_uart(console: &Console<'_>) -> bool {
    // All of a UART's registers, whatever is said of their size.
    let all = PhysicalRange::saturating(console.registers.start, PAGE_SIZE);
    memory::map_device_early(all).is_ok_and(|mapped| {
        // SAFETY: 4 KiB were just mapped as Device memory, for good, and nobody else drives the console.
        unsafe { console::init(console.device, mapped, PAGE_SIZE as usize, console.has_speed) }
    })
}

/// Starts the first device of virtio that is a console.
#[allow(unsafe_code, reason = "the firmware vouches for the registers")]
fn start_virtio(devices: &VirtioDevices<'static>) -> Option<Console<'static>> {
    let window = devices.window()?;
    let mapped = memory::map_device_early(window).ok()?;
    let within = devices.registers().iter().filter(|registers| registers.end <= window.end);
    within.map(|registers| devices.console(*registers)).find(|console| {
        let Console { registers, device, has_speed, .. } = *console;
        // SAFETY: the registers lie within the window, which was just mapped as Device memory, for good; nobody else
        // drives them.
        unsafe {
            let registers_start = mapped.add((registers.start - window.start) as usize);
            console::init(device, registers_start, registers.size() as usize, has_speed)
        }
    })
}

#[allow(
    unsafe_code,
    reason = "a device that nothing vouches for is asked what it is before it is written to"
)]
fn start_last_resort() {
    if !LAST_RESORT_MEMORY.contains(image::whole().start) {
        // Some other machine, on which something else may stand there.
        return;
    }
    if let Ok(mapped) = memory::map_device_early(LAST_RESORT_CONSOLE) {
        // SAFETY: 4 KiB were just mapped as Device memory, for good, and nobody else drives a console.
        unsafe { console::init_if_identified(mapped) };
    }
}

#[allow(unsafe_code, reason = "the firmware vouches for the registers")]
fn start_interrupts(platform: &Platform<'_>) {
    let (Some(controller), Some(timer)) = (&platform.interrupt_controller, platform.timer) else {
        refuse(&"the firmware describes no GIC, or no timer that interrupts through it");
    };
    let map = |range: PhysicalRange| or_refuse(mapping::map_device(range));
    // SAFETY: the firmware describes the controller, `map` maps whole ranges for good, and nobody else uses them.
    or_refuse(unsafe { interrupts::init(controller, timer.virtual_interrupt, map) });
    or_refuse(interrupts::init_this_cpu());
}

/// Unwraps, or ends a run that cannot begin.
fn or_refuse<T, E: Display>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| refuse(&error))
}

/// Ends a run that cannot begin.
fn refuse(error: &dyn Display) -> ! {
    fatal::refuse(format_args!("{error}"))
}
