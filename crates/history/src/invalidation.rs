//! TLB invalidations that went wrong: left out, of too few CPUs, or with a wrong operand.

use crate::UnknownVariant;
use afdbm::address::Asid;
use afdbm::tlbi::{Domain, Form, Instruction, Operand, Request};
use core::fmt;

/// A way in which an invalidation missed what it was for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum WrongInvalidation {
    /// Nothing is executed.
    LeftOut,
    /// The form for this PE alone stands where one for a domain is needed (Zephyr until pull request 97887, 2025).
    ThisCpuOnly,
    /// The operand names another address space.
    AnotherAsid,
    /// The address is shifted by the size of a page, not by 12, so that 16K and 64K granules miss (Zephyr until pull
    /// request 115712, 2026).
    ShiftedByPage,
    /// The address stands in the operand as it is (Unikraft until pull request 1149, 2023).
    Unshifted,
    /// Bits of the address above 55 reach the level, so that with FEAT_TTL an address of the upper range may miss (Little
    /// Kernel until pull request 386, 2023).
    LevelFromAddress,
    /// A range whose NUM is 31 is taken for none: its 32 units are masked to 0 (Linux until e3ba51ab24fd, 2024: KVM lost
    /// dirty pages in live migration).
    LongestRangeMasked,
}

impl WrongInvalidation {
    /// Every wrong invalidation.
    pub const ALL: &'static [Self] = &[
        Self::LeftOut,
        Self::ThisCpuOnly,
        Self::AnotherAsid,
        Self::ShiftedByPage,
        Self::Unshifted,
        Self::LevelFromAddress,
        Self::LongestRangeMasked,
    ];
    /// The name of each, in that order.
    pub const NAMES: &'static [&'static str] = &[
        Self::LeftOut.name(),
        Self::ThisCpuOnly.name(),
        Self::AnotherAsid.name(),
        Self::ShiftedByPage.name(),
        Self::Unshifted.name(),
        Self::LevelFromAddress.name(),
        Self::LongestRangeMasked.name(),
    ];

    /// Returns the name by which it is selected.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LeftOut => "tlbi-left-out",
            Self::ThisCpuOnly => "tlbi-of-this-cpu-only",
            Self::AnotherAsid => "tlbi-of-another-asid",
            Self::ShiftedByPage => "tlbi-address-shifted-by-page",
            Self::Unshifted => "tlbi-address-unshifted",
            Self::LevelFromAddress => "tlbi-level-from-address",
            Self::LongestRangeMasked => "tlbi-longest-range-masked",
        }
    }

    /// Returns the wrong invalidation of this name.
    ///
    /// # Errors
    ///
    /// [`UnknownVariant`], which lists the known ones.
    pub fn by_name(name: &str) -> Result<Self, UnknownVariant<'_>> {
        let found = Self::ALL.iter().copied().find(|wrong| wrong.name() == name);
        found.ok_or(UnknownVariant { name, known: Self::NAMES })
    }

    /// Returns what is executed where `request` should be: the instruction with its operand, or `None` for nothing.
    #[must_use]
    pub fn executed(self, request: &Request) -> Option<(Instruction, Operand)> {
        let Request { instruction, geometry, address, .. } = *request;
        let right = request.operand()?;
        let address_field = geometry.tlbi_address(address);
        let by_address = instruction.form() == Form::Address;
        let rest = Operand(right.0 & !address_field);
        match self {
            Self::LeftOut => None,
            Self::ThisCpuOnly => Some((instruction.in_domain(Domain::Local), right)),
            Self::AnotherAsid => {
                let other = Request { asid: Asid(request.asid.0 ^ 1), ..*request };
                other.operand().map(|operand| (instruction, operand))
            }
            Self::ShiftedByPage if by_address => {
                let shifted = address.0 >> geometry.page_size().trailing_zeros();
                Some((instruction, Operand(rest.0 | shifted)))
            }
            Self::Unshifted if by_address => Some((instruction, Operand(rest.0 | address.0))),
            Self::LevelFromAddress if by_address => Some((instruction, Operand(rest.0 | address.0 >> 12))),
            Self::LongestRangeMasked if instruction.form() == Form::Range && request.size.number() == 31 => {
                None
            }
            Self::ShiftedByPage | Self::Unshifted | Self::LevelFromAddress | Self::LongestRangeMasked => {
                Some((instruction, right))
            }
        }
    }
}

impl fmt::Display for WrongInvalidation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::WrongInvalidation;
    use afdbm::address::{Asid, VirtualAddress};
    use afdbm::geometry::{Geometry, Granule};
    use afdbm::tlbi::{Instruction, Operand, RangeSize, Request};

    const LOWER: VirtualAddress = VirtualAddress(0x10_0001_0000);
    const UPPER: VirtualAddress = VirtualAddress(0xffff_ffe0_0001_0000);

    fn request(name: &str, granule: Granule, address: VirtualAddress) -> Request {
        Request {
            instruction: Instruction::by_name(name).expect("an instruction"),
            geometry: Geometry::new(granule, 48, 48, false).expect("sizes of the granule"),
            address,
            size: RangeSize::SHORTEST,
            asid: Asid(3),
            leaf: None,
        }
    }

    /// The operand that a wrong invalidation executes, and the right one.
    fn operands(wrong: WrongInvalidation, request: &Request) -> (Option<Operand>, Option<Operand>) {
        (wrong.executed(request).map(|(_, operand)| operand), request.operand())
    }

    #[test]
    fn a_shift_by_the_page_misses_with_all_granules_but_4k() {
        for (granule, misses) in
            [(Granule::Size4K, false), (Granule::Size16K, true), (Granule::Size64K, true)]
        {
            for name in ["VAE1", "VALE1IS", "VAAE1OS"] {
                let (wrong, right) =
                    operands(WrongInvalidation::ShiftedByPage, &request(name, granule, LOWER));
                assert_eq!(wrong != right, misses, "{granule:?} {name}");
            }
        }
        let request = request("VAE1", Granule::Size64K, LOWER);
        let (wrong, right) = operands(WrongInvalidation::ShiftedByPage, &request);
        assert_eq!(wrong, Some(Operand(0x0003_0000_0010_0001)));
        assert_eq!(right, Some(Operand(0x0003_0000_0100_0010)));
    }

    #[test]
    fn an_address_as_it_is_misses_with_every_granule() {
        for granule in [Granule::Size4K, Granule::Size16K, Granule::Size64K] {
            let (wrong, right) = operands(WrongInvalidation::Unshifted, &request("VAE1", granule, LOWER));
            assert_ne!(wrong, right, "{granule:?}");
        }
    }

    #[test]
    fn the_upper_range_alone_tells_a_level_by_mistake() {
        let of = |address| {
            operands(WrongInvalidation::LevelFromAddress, &request("VAAE1IS", Granule::Size4K, address))
        };
        let (wrong, right) = of(LOWER);
        assert_eq!(wrong, right);
        assert_eq!(of(UPPER), (Some(Operand(0x000f_ffff_fe00_0010)), Some(Operand(0x0000_0fff_fe00_0010))));
    }

    #[test]
    fn what_is_not_executed_as_asked() {
        let range = Request {
            size: RangeSize::new(3, 31).expect("a size"),
            ..request("RVAE1IS", Granule::Size4K, LOWER)
        };
        assert_eq!(WrongInvalidation::LongestRangeMasked.executed(&range), None);
        let shorter = Request { size: RangeSize::new(3, 30).expect("a size"), ..range };
        let right = shorter.operand().map(|operand| (shorter.instruction, operand));
        assert_eq!(WrongInvalidation::LongestRangeMasked.executed(&shorter), right);
        assert_eq!(WrongInvalidation::LeftOut.executed(&range), None);
        let other = WrongInvalidation::AnotherAsid.executed(&request("ASIDE1", Granule::Size4K, LOWER));
        assert_eq!(other.map(|(_, operand)| operand), Some(Operand(0x0002_0000_0000_0000)));
        let local = WrongInvalidation::ThisCpuOnly.executed(&range);
        assert_eq!(local.map(|(instruction, _)| instruction), Instruction::by_name("RVAE1"));
    }
}
