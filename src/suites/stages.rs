//! Accesses that both stages of the EL1&0 regime translate, against the oracle.

use super::{Conclusion, Context};
use crate::machine::resident;
use crate::support::context::Answer;
use crate::support::{nested, space};
use cases::nested::Selection;

/// Carries out a case of the suite.
pub fn carry_out(context: &mut Context<'_>, selection: Selection) -> Conclusion {
    if !resident::is_present() {
        return Answer::skip("stage 2 takes an entry at EL2: --el 2 asks an emulator for one");
    }
    space::carry_out::<nested::Sites<'_>, _>(context, selection)
}
