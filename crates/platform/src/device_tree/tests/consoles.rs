//! UARTs of every kind that is driven, and some that are not.

use super::{limits::Writer, message, range};
use crate::device_tree::{ConsoleChoice, ConsoleDevice, Platform, RegisterWidth, VirtioDevices};
extern crate std;
use std::{string::ToString, vec::Vec};

const WORD: RegisterWidth = RegisterWidth::Word;
const BYTE: RegisterWidth = RegisterWidth::Byte;

/// A machine whose standard output is a UART with these properties, behind a PL011 that is not.
fn with(compatible: &str, cells: &[(&str, u32)]) -> Vec<u8> {
    let mut tree = Writer::machine(1, 1);
    tree.begin("serial@1000");
    tree.property("compatible", b"arm,pl011\0arm,primecell\0");
    tree.property("reg", &[0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0x10, 0]);
    tree.end();
    tree.begin("uart@2004");
    tree.property("compatible", compatible.as_bytes());
    tree.property("reg", &[0, 0, 0, 0, 0, 0, 0x20, 4, 0, 0, 1, 0]);
    for (name, cell) in cells {
        tree.property(name, &cell.to_be_bytes());
    }
    tree.end();
    tree.begin("chosen");
    tree.property("stdout-path", b"/uart@2004:115200\0");
    tree.end();
    tree.end();
    tree.blob()
}

#[test]
fn drives_what_the_standard_output_is() {
    for (compatible, cells, uart) in [
        ("arm,sbsa-uart\0", &[][..], ConsoleDevice::Sbsa),
        ("arm,sbsa-uart\0arm,pl011\0", &[], ConsoleDevice::Pl011),
        ("ns16550a\0", &[], ConsoleDevice::Ns16550 { shift: 0, width: BYTE }),
        ("vendor,uart\0ns16550\0", &[("reg-shift", 2)], ConsoleDevice::Ns16550 { shift: 2, width: BYTE }),
        (
            "rockchip,rk3399-uart\0snps,dw-apb-uart\0",
            &[("reg-shift", 2), ("reg-io-width", 4)],
            ConsoleDevice::Ns16550 { shift: 2, width: WORD },
        ),
        ("brcm,bcm2835-aux-uart\0", &[], ConsoleDevice::Ns16550 { shift: 2, width: WORD }),
        ("fsl,imx8mp-uart\0fsl,imx6q-uart\0", &[], ConsoleDevice::Imx),
        ("amlogic,meson-g12a-uart\0amlogic,meson-gx-uart\0", &[], ConsoleDevice::Meson),
    ] {
        let blob = with(compatible, cells);
        let console = Platform::parse(&blob).unwrap().console.unwrap();
        assert_eq!((console.device, console.choice), (uart, ConsoleChoice::StandardOutput), "{compatible}");
        assert_eq!((console.registers, console.has_speed), (range(0x2004, 0x100), true));
    }
    let blob = with("ns16550a\0", &[("reg-offset", 0x40)]);
    let console = Platform::parse(&blob).unwrap().console.unwrap();
    assert_eq!(console.registers, range(0x2044, 0xc0));
    assert_eq!(console.to_string(), "16550 at 0x2044, as stdout-path says");
}

#[test]
fn what_is_not_driven_is_named() {
    let blob = with("qcom,geni-debug-uart\0", &[]);
    let console = Platform::parse(&blob).unwrap().console.unwrap();
    assert_eq!(
        (console.device, console.registers.start, console.has_speed),
        (ConsoleDevice::Pl011, 0x1000, false)
    );
    assert_eq!(
        console.to_string(),
        "PL011 at 0x1000, the first that is driven: stdout-path names uart@2004, which is not"
    );
}

#[test]
fn registers_that_nobody_could_access_are_refused() {
    for (cells, expected) in [
        (&[("reg-shift", 5)][..], "reg-shift = <0x5>, expected 0 to 4"),
        (&[("reg-io-width", 4)], "reg-io-width = <0x4>, expected 1, or 4 where reg-shift is 2 or more"),
        (&[("reg-io-width", 2)], "reg-io-width = <0x2>"),
        (&[("reg-offset", 0x100)], "reg-offset = <0x100>, expected an offset within the registers"),
    ] {
        let text = message(&with("ns16550a\0", cells));
        assert!(text.contains(expected), "{text}");
    }
}

/// A machine with devices of virtio, with a PL011 or not, and with this `stdout-path`.
fn with_virtio(has_uart: bool, output: &str) -> Vec<u8> {
    let mut tree = Writer::machine(1, 1);
    if has_uart {
        tree.begin("serial@1000");
        tree.property("compatible", b"arm,pl011\0arm,primecell\0");
        tree.property("reg", &[0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0x10, 0]);
        tree.end();
    }
    for (name, address) in
        [("virtio_mmio@a000", 0xa0), ("virtio_mmio@a200", 0xa2), ("virtio_mmio@a400", 0xa4)]
    {
        tree.begin(name);
        tree.property("compatible", b"virtio,mmio\0");
        tree.property("reg", &[0, 0, 0, 0, 0, 0, address, 0, 0, 0, 2, 0]);
        tree.end();
    }
    if !output.is_empty() {
        tree.begin("chosen");
        tree.property("stdout-path", output.as_bytes());
        tree.end();
    }
    tree.end();
    tree.blob()
}

#[test]
fn devices_of_virtio_are_told_with_that_of_the_standard_output_first() {
    let all = [0xa000, 0xa200, 0xa400].map(|start| range(start, 0x200));
    let named = [all[1], all[0], all[2]];
    for (has_uart, output, order, is_named, told) in [
        (true, "", all, false, "PL011 at 0x1000, the first, as stdout-path names none"),
        (
            true,
            "/virtio_mmio@a200\0",
            named,
            true,
            "PL011 at 0x1000, the first that is driven: stdout-path names virtio_mmio@a200, which is not",
        ),
        (false, "", all, false, ""),
        (false, "/virtio_mmio@a200\0", named, true, ""),
    ] {
        let blob = with_virtio(has_uart, output);
        let platform = Platform::parse(&blob).unwrap();
        assert_eq!(platform.console.map_or_else(Default::default, |console| console.to_string()), told);
        assert_eq!(
            (platform.virtio.registers(), platform.virtio.are_named()),
            (&order[..], is_named),
            "{output}"
        );
        assert_eq!(VirtioDevices::find(&blob).unwrap(), platform.virtio);
        let choices = order.map(|registers| platform.virtio.console(registers).choice);
        let expected = match is_named {
            false => [ConsoleChoice::First; 3],
            true => {
                let other = ConsoleChoice::Instead { of: "virtio_mmio@a200" };
                [ConsoleChoice::StandardOutput, other, other]
            }
        };
        assert_eq!(choices, expected);
    }
}
