//! A dirty log of a guest, held against what was written, page by page and round by round.
//!
//! CPU 0 is the hypervisor, and a CPU of the guest like all others: each loads from every page and stores to those that the
//! seed gives it, while CPU 0 harvests. A round's log is what its harvests found, the last one after all stores.

mod method;
mod rounds;

use super::{Conclusion, Context, Function};
use crate::machine::resident;
use crate::support::context::Answer;
use crate::support::guest::SETTING;
use crate::support::product::machine::implemented;
use method::Method;
use rounds::Found;

/// What carries out each case that is a function.
pub const FUNCTIONS: &[(&str, Function)] = &[
    ("log-by-hardware", |context| acquit(context, &Method::HARDWARE)),
    ("log-by-faults", |context| acquit(context, &Method::FAULTS)),
    ("log-of-unlike-cpus", |context| acquit(context, &Method::UNLIKE)),
    ("harvest-without-invalidation", |context| convict(context, &Method::WITHOUT_INVALIDATION)),
    ("harvest-of-stage-2-entries-alone", |context| convict(context, &Method::STAGE_2_ALONE)),
    ("harvest-as-in-stage-1", |context| convict(context, &Method::AS_IN_STAGE_1)),
    ("log-that-leaves-pages-writable", |context| convict(context, &Method::LEAVES_WRITABLE)),
    ("write-protection-that-keeps-dbm", |context| convict(context, &Method::KEEPS_DBM)),
];

/// Runs a log, unless the machine cannot be asked; tells how it went.
fn run(context: &mut Context<'_>, method: &Method) -> Result<Found, Conclusion> {
    if !resident::is_present() {
        return Err(Answer::skip("stage 2 takes an entry at EL2: --el 2 asks an emulator for one"));
    }
    let implemented = implemented(&context.cpu());
    if let Some(lacking) = SETTING.lacking(&implemented) {
        return Err(Answer::skip(format_args!("this CPU has {lacking}")));
    }
    let found = rounds::run(context, method, &implemented).map_err(Err)?;
    context.say(format_args!("{found}"));
    Ok(found)
}

/// A right log has to be that of the stores.
fn acquit(context: &mut Context<'_>, method: &Method) -> Conclusion {
    match run(context, method) {
        Err(conclusion) => conclusion,
        Ok(found) => {
            found.examples.iter().for_each(|example| context.say(format_args!("{example}")));
            match (found.lost, found.unwritten, found.others) {
                (0, 0, 0) => Ok(Answer::PASS),
                (lost, unwritten, others) => Answer::fail(format_args!(
                    "{lost} written pages are not in the log, {unwritten} are that nobody wrote; {others} other failures"
                )),
            }
        }
    }
}

/// A wrong log has to be seen as such.
fn convict(context: &mut Context<'_>, method: &Method) -> Conclusion {
    let found = match run(context, method) {
        Err(conclusion) => return conclusion,
        Ok(found) => found,
    };
    let seen = if method.loses { found.lost } else { found.unwritten };
    match seen {
        _ if found.others > 0 => {
            found.examples.iter().for_each(|example| context.say(format_args!("{example}")));
            Answer::fail(format_args!("{} failures that have nothing to do with the log", found.others))
        }
        0 if method.needs_stale_entries => Answer::skip(
            "permitted, and not observed: no TLB held a writable entry from one round to the next (Arm ARM D8.17)",
        ),
        0 => Answer::fail("the log is wrong, and nothing tells"),
        _ => Ok(Answer::PASS),
    }
}
