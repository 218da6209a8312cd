//! The machines, and how many cases of each came to what.

use crate::report::{matrix::Missing, run::Run};
use maud::{Markup, html};

/// Said where a log does not tell something.
const UNTOLD: &str = "the log does not tell";

/// More machines than these show their facts where a reader opens them.
const OPEN: usize = 4;

/// Shows a card for each machine.
pub(super) fn cards(runs: &[Run], missing: &[Missing]) -> Markup {
    html! {
        h2 { "Machines" }
        div.cards {
            @for run in runs {
                section.card {
                    h3 { (run.name) }
                    (verdict(run))
                    @if runs.len() > OPEN {
                        details { summary { "What it is, and how it was run" } (facts(run)) }
                    } @else {
                        (facts(run))
                    }
                }
            }
            @for Missing { name, why } in missing {
                section.card {
                    h3 { (name) }
                    p.verdict.bad { "missing: " (why) }
                }
            }
        }
    }
}

fn facts(run: &Run) -> Markup {
    let origin = &run.origin;
    let machine = run.machine.as_ref();
    let of_machine = |show: fn(&crate::report::run::TestedMachine) -> String| machine.map(show);
    let image = origin.image_sha256.as_ref().map(|digest| digest.chars().take(16).collect::<String>() + "…");
    let facts = [
        ("emulator", origin.emulator.clone()),
        ("accelerator", origin.accelerator.clone()),
        ("host", origin.host.clone()),
        ("image, SHA-256", image),
        ("CPU", of_machine(|machine| format!("{}, MIDR_EL1 {}", machine.cpu, machine.midr))),
        ("HAFDBS", of_machine(|machine| format!("{}: {}", machine.hafdbs, managed(machine.hafdbs)))),
        ("ETS", machine.and_then(|machine| machine.ets).map(|ets| format!("{ets}: {}", synchronised(ets)))),
        ("BBM", machine.and_then(|machine| machine.bbm).map(|bbm| format!("level {bbm}"))),
        ("granules", machine.and_then(|machine| machine.granules.as_ref()).map(|names| names.join(", "))),
        ("entry", of_machine(|machine| format!("EL{}", machine.el))),
        ("CPUs, memory", of_machine(|machine| format!("{}, {} MiB", machine.cpus, machine.memory_mib))),
        ("kernel's granule", of_machine(|machine| format!("{} KiB", machine.granule_kib))),
        ("seed, atomics", of_machine(|machine| format!("{}, {}", machine.seed, machine.atomics))),
        ("kernel", of_machine(|machine| format!("afdbm {}", machine.afdbm))),
        ("suites took", run.result.suites_seconds.map(|seconds| format!("{seconds:.1} s"))),
        ("log", origin.log.clone()),
    ];
    html! {
        dl.facts {
            @for (name, value) in facts {
                div { dt { (name) } dd { @match value { Some(value) => (value), None => span.untold { (UNTOLD) } } } }
            }
        }
        @if !run.notes.is_empty() {
            details {
                summary { "What the kernel found" }
                ul { @for note in &run.notes { li { (note) } } }
            }
        }
        @if let Some(rerun) = &origin.rerun { p.rerun { code { (rerun) } } }
    }
}

/// What an ID register's HAFDBS promises (Arm ARM D24.2.89).
fn managed(hafdbs: u8) -> &'static str {
    match hafdbs {
        0 => "no hardware management",
        1 => "Access flag",
        2 => "Access flag and dirty state",
        3 => "and the Access flag of tables",
        _ => "and more",
    }
}

/// What an ID register's ETS promises of the order of a table walk (Arm ARM D24.2.89).
fn synchronised(ets: u8) -> &'static str {
    match ets {
        2 => "FEAT_ETS2",
        3 => "FEAT_ETS3",
        _ => "no enhanced synchronization",
    }
}

/// What tells machines apart at a glance; a dash where the log does not tell.
fn promised(run: &Run) -> [String; 4] {
    let machine = run.machine.as_ref();
    let number = |number: Option<u8>| number.map(|number| number.to_string());
    let granules = machine.and_then(|machine| machine.granules.as_ref()).map(|names| names.join(", "));
    let facts = [
        number(machine.map(|machine| machine.hafdbs)),
        number(machine.and_then(|machine| machine.ets)),
        number(machine.and_then(|machine| machine.bbm)),
        granules,
    ];
    facts.map(|fact| fact.unwrap_or_else(|| "–".to_owned()))
}

/// What the host makes of a run, told without its colour, too.
fn verdict(run: &Run) -> Markup {
    let is_bad = run.result.exit != 0;
    let sign = if is_bad { "✗" } else { "✓" };
    html! { p.verdict.bad[is_bad] { span aria-hidden="true" { (sign) " " } (run.result.host) } }
}

/// Shows how many cases came to what.
pub(super) fn totals(runs: &[Run]) -> Markup {
    html! {
        h2 { "Totals" }
        p { "planned = passed + failed + errors + skipped + no result" }
        div.scroll tabindex="0" {
            table.totals {
                thead { tr {
                    th scope="col" { "machine" }
                    @for head in ["comes to", "HAFDBS", "ETS", "BBM", "granules", "planned", "passed", "failed",
                                  "of them known", "errors", "skipped", "no result"] {
                        th scope="col" { (head) }
                    }
                } }
                tbody {
                    @for run in runs {
                        @let result = &run.result;
                        tr {
                            th scope="row" { (run.name) }
                            td.words { (verdict(run)) }
                            @for fact in promised(run) { td { (fact) } }
                            @for count in [result.planned, result.passed, result.failed, result.known, result.errors,
                                           result.skipped, result.lost] {
                                td { (count) }
                            }
                        }
                    }
                }
            }
        }
    }
}
