//! Cases that hold a space of combinations against the oracle, a function for each space: a debugger stops at it by its name.

use super::{Conclusion, Context};
use crate::machine::resident;
use crate::support::context::Answer;
use crate::support::product::machine::implemented;
use crate::support::{granules, nested, space};
use cases::space::Part;
use cases::{extended, geometries};

/// Carries out a case of tables of any granule, size and format of address.
pub fn run_geometries(context: &mut Context<'_>, selection: geometries::Selection) -> Conclusion {
    space::carry_out::<granules::Sites<'_>, _>(context, selection)
}

/// Carries out a case of indirect permissions or of Access flags of tables.
pub fn run_extended(context: &mut Context<'_>, selection: extended::Selection) -> Conclusion {
    space::carry_out::<granules::Sites<'_>, _>(context, selection)
}

/// Carries out a case of accesses that both stages of the EL1&0 regime translate.
pub fn run_nested(context: &mut Context<'_>, selection: cases::nested::Selection) -> Conclusion {
    // What the CPU lacks is said on each entry.
    if !resident::is_present() && selection.lacking(&implemented(&context.cpu())).is_none() {
        return Answer::skip("stage 2 takes an entry at EL2: --el 2 asks an emulator for one");
    }
    space::carry_out::<nested::Sites<'_>, _>(context, selection)
}
