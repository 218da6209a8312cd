//! The console: the UART of the SPCR (Serial Port Console Redirection Table, revision 2 and later).

use super::error::AcpiError;
use super::fields::Fields;
use crate::device_tree::{Console, ConsoleChoice, ConsoleDevice, PhysicalRange, RegisterWidth};

/// Where the fields stand: the type of the UART, the generic address of its registers (ACPI 5.2.3.2), its speed.
const INTERFACE: usize = 36;
const ADDRESS: usize = 40;
const SPEED: usize = 58;

/// Reads the table; `None` where its address is 0, which says that there is no console.
pub(super) fn read<'a>(table: Fields<'a>) -> Result<Option<Console<'a>>, AcpiError> {
    let [space, bits, _, access] = table.array(ADDRESS)?;
    let start = table.long(ADDRESS + 4)?;
    if start == 0 {
        return Ok(None);
    }
    if space != 0 {
        return Err(table.wrong("address space", space.into(), "0, the memory"));
    }
    // The types of the Debug Port Table 2, which this table shares from its second revision on.
    let device = match table.byte(INTERFACE)? {
        0x03 => ConsoleDevice::Pl011,
        0x0d | 0x0e => ConsoleDevice::Sbsa,
        0x00 | 0x01 | 0x12 => {
            let shift = match bits {
                0 | 8 => 0,
                16 => 1,
                32 => 2,
                64 => 3,
                _ => return Err(table.wrong("register bit width", bits.into(), "8, 16, 32 or 64")),
            };
            match access {
                0 if bits == 32 => ConsoleDevice::Ns16550 { shift, width: RegisterWidth::Word },
                0 | 1 => ConsoleDevice::Ns16550 { shift, width: RegisterWidth::Byte },
                3 => ConsoleDevice::Ns16550 { shift: shift.max(2), width: RegisterWidth::Word },
                _ => return Err(table.wrong("access size", access.into(), "1 or 3")),
            }
        }
        other => {
            let expected = "a 16550 (0, 1, 0x12), a PL011 (3) or an SBSA UART (0xd, 0xe)";
            return Err(table.wrong("interface type", other.into(), expected));
        }
    };
    if !start.is_multiple_of(device.alignment()) {
        return Err(table.wrong("base address", start, "a multiple of 4"));
    }
    Ok(Some(Console {
        registers: PhysicalRange::saturating(start, 0x1000),
        device,
        choice: ConsoleChoice::Acpi,
        has_speed: table.byte(SPEED)? != 0,
    }))
}
