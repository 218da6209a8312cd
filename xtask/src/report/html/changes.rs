//! What differs between runs, as tables.

use crate::report::compare::{Change, Difference};
use maud::{Markup, html};

/// Shows a table for each kind of difference.
pub(super) fn table(differences: &[Difference], several: bool) -> Markup {
    html! {
        h2 { "What differs" }
        @if differences.is_empty() { p { "Nothing." } }
        @for change in Change::ALL {
            @let of_change: Vec<_> = differences.iter().filter(|one| one.change == change).collect();
            @if !of_change.is_empty() {
                h3 { (change.words()) " (" (of_change.len()) ")" }
                div.scroll tabindex="0" {
                    table.changes {
                        thead { tr {
                            th scope="col" { "case" } th scope="col" { "was" } th scope="col" { "is" }
                            @if several { th scope="col" { "since" } }
                        } }
                        tbody {
                            @for one in of_change {
                                tr {
                                    th scope="row" { code { (one.what) } }
                                    td { (one.before) } td { (one.after) }
                                    @if several { td { (one.since) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
