//! The TLB invalidation instructions of EL1, and what stands in their register.

mod instruction;
mod operand;
mod request;

pub use instruction::{Domain, Feature, Form, Instruction};
pub use operand::{Operand, RangeSize};
pub use request::Request;
