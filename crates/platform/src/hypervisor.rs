//! Which hypervisor a machine is a guest of, as it says itself (SMC Calling Convention 1.4, 6.2: Call UID).

use core::fmt;

/// The call that asks for it: Call UID Query of the vendor-specific hypervisor services.
pub const CALL_UID: u32 = 0x8600_ff01;

/// What a hypervisor answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HypervisorUid([u32; 4]);

impl HypervisorUid {
    /// KVM (Linux, include/linux/arm-smccc.h).
    const KVM: Self = Self([0xb66f_b428, 0xe911_c52e, 0x564b_caa9, 0x743a_004d]);

    /// Takes the answer's four registers; `None` where the first says that the call is not known.
    #[must_use]
    pub const fn new(answer: [u32; 4]) -> Option<Self> {
        if answer[0] == u32::MAX { None } else { Some(Self(answer)) }
    }
}

/// Shows the name as an expectations file has it, or the identifier of one that is not known here.
impl fmt::Display for HypervisorUid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::KVM {
            return formatter.write_str("kvm");
        }
        let [a, b, c, d] = self.0;
        write!(formatter, "uid-{a:08x}-{b:08x}-{c:08x}-{d:08x}")
    }
}

#[cfg(test)]
mod tests {
    use super::HypervisorUid;
    extern crate std;
    use std::string::ToString;

    #[test]
    fn names_what_is_known_and_shows_the_rest() {
        let shown = |answer| HypervisorUid::new(answer).map(|uid| uid.to_string());
        assert_eq!(shown([u32::MAX, 0, 0, 0]), None);
        assert_eq!(shown([0xb66f_b428, 0xe911_c52e, 0x564b_caa9, 0x743a_004d]).as_deref(), Some("kvm"));
        let other = shown([0xb66f_b428, 0xe911_c52e, 0x564b_caa9, 0x743a_004e]);
        assert_eq!(other.as_deref(), Some("uid-b66fb428-e911c52e-564bcaa9-743a004e"));
    }
}
