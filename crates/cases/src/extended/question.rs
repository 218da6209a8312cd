//! What a combination asks of a machine.

use super::Combination;
use crate::geometries::{OneStage, Place, Shape, Size, Tables};
use crate::product;
use crate::space::{Dropped, Judge, Question};
use afdbm::descriptor::{Descriptor, LeafAttributes, TableAttributes};
use afdbm::geometry::{Granule, Level};
use oracle::{Access, Controls, Leaves, Path, PermissionScheme, Query, RangeControls};

/// The tables: four levels of 4K.
pub(super) const TABLES: Tables = Tables { granule: Granule::Size4K, size: Size::Usual, input_bits: 48 };

/// The permission of a guarded control stack.
const GUARDED_CONTROL_STACK: u64 = 0b1001;

impl Question for Combination {
    type Space = OneStage;

    fn shape(&self) -> Shape {
        Shape::new(Place { tables: TABLES, level: self.level }, self.leaf, self.kind)
    }

    fn index(&self) -> u64 {
        Self::index(self)
    }

    fn of_product(&self) -> product::Combination {
        Self::of_product(self)
    }

    fn query(&self, judge: &mut Judge<'_, OneStage>) -> Result<Query, Dropped> {
        let lacking = judge.implemented.lacks_granule(TABLES.granule);
        let lacking =
            lacking.or_else(|| judge.implemented.lacks_extended(self.indirect, self.table_access_flag));
        if let Some(lacking) = lacking {
            return Err(Dropped::Lacking(lacking));
        }
        match self.fields() {
            Some((GUARDED_CONTROL_STACK, _) | (_, GUARDED_CONTROL_STACK)) => {
                return Err(Dropped::GuardedControlStack);
            }
            Some((_, 0b0100 | 0b1011 | 0b1101 | 0b1111)) if self.privileged_access_never => {
                return Err(Dropped::ReservedPermission);
            }
            _ => {}
        }
        let geometry = TABLES.geometry(&judge.implemented, TABLES.usual_output_bits());
        let placement = judge.place(self.shape())?;
        let nothing = Path { descriptors: [Descriptor::INVALID; Level::ALL.len()], leaf_level: self.level };
        let mut path = nothing;
        let tables = geometry.start_level().position()..self.level.position();
        let attributes = self.place.distribute(tables.len(), self.table);
        for (place, descriptor) in path.descriptors[tables].iter_mut().enumerate() {
            let flag = if self.flags.0 >> place & 1 != 0 { Descriptor::AF } else { 0 };
            *descriptor = Descriptor::table(geometry, placement.tables[place], TableAttributes::NONE)
                .with(attributes[place] | flag);
        }
        let plain = LeafAttributes {
            accessed: false,
            privileged_execute_never: false,
            user_execute_never: false,
            ..LeafAttributes::KERNEL_DATA
        };
        *path.at(self.level) = Descriptor::leaf(geometry, self.level, placement.output, plain)
            .without(Descriptor::VALID)
            .with(self.leaf.bits());
        Ok(Query {
            controls: Controls {
                hardware_access_flag: self.hardware_access_flag,
                hardware_dirty_state: self.hardware_dirty_state,
                table_access_flag: self.table_access_flag,
                permissions: if self.indirect { self.granted.scheme() } else { PermissionScheme::Direct },
                write_execute_never: self.write_execute_never,
                privileged_access_never: self.privileged_access_never,
                range: RangeControls { geometry, ..RangeControls::default() },
                ..Controls::default()
            },
            features: judge.features,
            access: Access { kind: self.kind, level: self.exception_level, address: placement.address },
            paths: Leaves::stage_1(path, nothing),
            tlb: self.tlb,
        })
    }
}
