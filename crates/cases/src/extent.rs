//! How much a case asks of the combinations that it is about.

use crate::space::Part;
use crate::{Body, Case};

/// How much a case asks of the combinations that it is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extent {
    /// A sample, which the seed draws.
    Sample,
    /// A covering set, or all.
    Covering,
    /// What its declaration lists.
    Declared,
}

impl Case {
    /// Returns how much the case asks. A function's name says it.
    #[must_use]
    pub fn extent(&self) -> Extent {
        match self.body {
            Body::Geometries(part) => Extent::of(part),
            Body::Extended(part) => Extent::of(part),
            Body::Nested(part) => Extent::of(part),
            Body::Function if self.name.starts_with("sampled-") => Extent::Sample,
            Body::Function if self.name.starts_with("covering-") || self.name == "every-combination" => {
                Extent::Covering
            }
            _ => Extent::Declared,
        }
    }
}

impl Extent {
    fn of(part: impl Part) -> Self {
        if part.is_covering() { Self::Covering } else { Self::Sample }
    }
}
