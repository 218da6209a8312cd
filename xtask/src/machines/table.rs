//! The machines, each in a line.

/// A machine that the kernel is booted on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// Its name.
    pub(super) name: &'static str,
    /// The machine, as `-M` of the emulator names it, without properties.
    pub(super) machine: &'static str,
    /// The emulator's words. What stands in braces is made or found: a file, or the words that load it.
    pub(super) words: &'static str,
    /// What the kernel is asked for.
    pub(super) options: &'static str,
    /// Whether `scripts/test` boots it each time.
    pub(super) each_time: bool,
}

const fn virt(name: &'static str, words: &'static str) -> Entry {
    Entry { name, machine: "virt", words, options: OPTIONS, each_time: false }
}

const fn each_time(entry: Entry) -> Entry {
    Entry { each_time: true, ..entry }
}

const fn board(name: &'static str, machine: &'static str, words: &'static str) -> Entry {
    Entry { machine, ..virt(name, words) }
}

/// A guest of KVM that is asked for a case in which the emulator below breaks a rule.
const fn guest(name: &'static str, options: &'static str) -> Entry {
    Entry { options, ..virt(name, GUEST) }
}

/// Linux at EL2 as the host, and in it the kernel as its guest.
const GUEST: &str = "-M virt,virtualization=on,gic-version=3 -cpu max -smp 2 -m 1G {guest-of-qemu}";

/// Words that every machine has.
pub(super) const COMMON: &str = "-nographic -no-reboot -nic none";

/// What the kernel is asked for on every machine that is for nothing else.
pub(super) const OPTIONS: &str = "--suite access-flag,dirty-state,races --rounds 2000 --timeout 300";

/// The machines.
pub(super) const TABLE: &[Entry] = &[
    // A UEFI that describes the machine by ACPI alone, as cloud VMs have, and one with a device tree alone.
    virt("uefi-acpi-gicv2-el1", "-M virt,acpi=on,gic-version=2 -cpu max -smp 2 -m 512M -bios {edk2} {disk}"),
    each_time(virt(
        "uefi-acpi-gicv3-el1",
        "-M virt,acpi=on,gic-version=3 -cpu max -smp 4 -m 512M -bios {edk2} {disk}",
    )),
    virt(
        "uefi-acpi-gicv2-el2",
        "-M virt,acpi=on,gic-version=2,virtualization=on -cpu max -smp 2 -m 512M -bios {edk2} {disk}",
    ),
    virt(
        "uefi-acpi-gicv3-el2",
        "-M virt,acpi=on,gic-version=3,virtualization=on -cpu max -smp 2 -m 512M -bios {edk2} {disk}",
    ),
    virt("uefi-tree-gicv2-el1", "-M virt,acpi=off,gic-version=2 -cpu max -smp 2 -m 512M -bios {edk2} {disk}"),
    virt("uefi-tree-gicv3-el1", "-M virt,acpi=off,gic-version=3 -cpu max -smp 2 -m 512M -bios {edk2} {disk}"),
    virt(
        "uefi-tree-gicv2-el2",
        "-M virt,acpi=off,gic-version=2,virtualization=on -cpu max -smp 2 -m 512M -bios {edk2} {disk}",
    ),
    each_time(virt(
        "uefi-tree-gicv3-el2",
        "-M virt,acpi=off,gic-version=3,virtualization=on -cpu max -smp 2 -m 512M -bios {edk2} {disk}",
    )),
    // The part that stays at EL2, where a UEFI was there before.
    Entry {
        options: "--case 'regimes/a1*' --timeout 300",
        ..virt(
            "uefi-tree-el2-regimes",
            "-M virt,acpi=off,gic-version=3,virtualization=on -cpu max -smp 2 -m 512M -bios {edk2} {disk}",
        )
    },
    virt("uefi-nvme", "-M virt,acpi=on -cpu max -smp 2 -m 512M -bios {edk2} {disk-nvme}"),
    // U-Boot: `booti` by a configuration for syslinux, `bootefi` by the loader's place on the disk.
    virt("u-boot-booti-el1", "-M virt -cpu max -smp 2 -m 512M -bios {u-boot} {disk-syslinux}"),
    virt(
        "u-boot-booti-el2",
        "-M virt,virtualization=on,gic-version=3 -cpu max -smp 2 -m 512M -bios {u-boot} {disk-syslinux}",
    ),
    virt("u-boot-bootefi-el1", "-M virt -cpu max -smp 2 -m 512M -bios {u-boot} {disk}"),
    virt(
        "u-boot-bootefi-el2",
        "-M virt,virtualization=on,gic-version=3 -cpu max -smp 2 -m 512M -bios {u-boot} {disk}",
    ),
    // GRUB, which loads the application by the firmware, or as Linux.
    virt("grub-chainloader", "-M virt,acpi=on -cpu max -smp 2 -m 512M -bios {edk2} {disk-grub-chainloader}"),
    virt("grub-linux", "-M virt,acpi=on -cpu max -smp 2 -m 512M -bios {edk2} {disk-grub-linux}"),
    // Device trees that differ from the emulator's own.
    virt("tree-reserved-by-header", "-M virt -cpu max -smp 2 -m 1G {tree-reserved-by-header} {kernel}"),
    virt("tree-40-reserved-nodes", "-M virt -cpu max -smp 2 -m 1G {tree-40-reserved-nodes} {kernel}"),
    virt(
        "tree-two-numa-nodes",
        "-M virt -cpu max -smp 2 -m 1G -object memory-backend-ram,id=near,size=512M \
         -object memory-backend-ram,id=far,size=512M -numa node,memdev=near,cpus=0 -numa node,memdev=far,cpus=1 \
         {kernel}",
    ),
    virt("tree-stdout-elsewhere", "-M virt -cpu max -smp 2 -m 1G {tree-stdout-elsewhere} {kernel}"),
    virt("tree-long-names", "-M virt -cpu max -smp 2 -m 1G {tree-long-names} {kernel}"),
    // No line but a console of virtio: where there is no UART, and where `stdout-path` prefers it to one.
    virt(
        "virtio-console",
        "-M virt -cpu max -smp 2 -m 1G {tree-without-uart} -serial none -monitor none -chardev stdio,id=line \
         -device virtio-serial-device -device virtconsole,chardev=line {kernel}",
    ),
    virt(
        "virtio-console-named",
        "-M virt -cpu max -smp 2 -m 1G {tree-stdout-virtio} -serial none -monitor none -chardev stdio,id=line \
         -global virtio-mmio.force-legacy=false -device virtio-serial-device -device virtconsole,chardev=line {kernel}",
    ),
    // Boards of the emulator, as far as this one has them.
    board("versal", "xlnx-versal-virt", "-M xlnx-versal-virt -smp 4 -m 2G {kernel}"),
    board(
        "raspberry-pi-4",
        "raspi4b",
        "-M raspi4b -smp 4 -m 2G -serial null -serial mon:stdio {tree-of-raspberry-pi-4} {kernel}",
    ),
    board(
        "imx8mp-evk",
        "imx8mp-evk",
        "-M imx8mp-evk -smp 4 -m 2G -serial null -serial mon:stdio {tree-of-imx8mp-evk} {kernel}",
    ),
    virt("kvm-qemu", GUEST),
    guest("kvm-reserved-encodings", "--case sampled-reserved-encodings --timeout 300"),
    guest("kvm-64k-outputs", "--case c04-64k-outputs --timeout 300"),
];
