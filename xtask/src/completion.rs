//! Completion for shells, and a page for `man`, from the table of options.

use crate::{
    EXITS, TIME, USAGE,
    failure::{Exit, Failure},
    screen::print,
};
use cases::SUITES;
use record::options::Options;
use std::fmt::Write;

/// What can follow `cargo xtask`.
const COMMANDS: [&str; 16] = [
    "run",
    "matrix",
    "report",
    "compare",
    "explain",
    "deviations",
    "expect",
    "build",
    "boot",
    "judge",
    "bench",
    "debug",
    "soak",
    "test",
    "disk",
    "release",
];

/// The scripts that take the options of a run.
const SCRIPTS: [&str; 4] = ["scripts/run", "scripts/matrix", "scripts/debug", "scripts/soak"];

/// Prints the completion for a shell.
///
/// # Errors
///
/// Where the shell is none of the three.
pub(crate) fn completion(shell: &str) -> Result<Exit, Failure> {
    let text = match shell {
        "bash" => bash(),
        "zsh" => zsh(),
        "fish" => fish(),
        _ => {
            return Err(Failure::Usage {
                message: format!("completion is for bash, zsh or fish, not {shell:?}"),
            });
        }
    };
    print(text)?;
    Ok(Exit::Pass)
}

/// What an option's value can be.
enum Values {
    /// It has none.
    None,
    /// One of these.
    Words(Vec<&'static str>),
    /// A file or a folder.
    Path,
    /// Anything.
    Free,
}

fn values(name: &str, placeholder: &'static str) -> Values {
    match (name, placeholder) {
        (_, "") => Values::None,
        ("--suite", _) => Values::Words(SUITES.iter().map(|suite| suite.name).collect()),
        ("--case", _) => {
            Values::Words(SUITES.iter().flat_map(|suite| suite.cases.iter().map(|case| case.name)).collect())
        }
        (_, "FILE" | "DIR" | "PATH" | "PATH[,PATH]") => Values::Path,
        (_, alternatives) if alternatives.contains('|') => Values::Words(alternatives.split('|').collect()),
        _ => Values::Free,
    }
}

fn bash() -> String {
    let mut cases = String::new();
    let mut names = Vec::new();
    for (name, placeholder, _) in Options::rows() {
        names.push(name);
        let reply = match values(name, placeholder) {
            Values::None => continue,
            Values::Words(words) => format!("compgen -W '{}' -- \"$word\"", words.join(" ")),
            Values::Path => "compgen -f -- \"$word\"".to_owned(),
            Values::Free => ":".to_owned(),
        };
        let _ = writeln!(cases, "    {name}) COMPREPLY=($({reply})); return ;;");
    }
    let scripts = SCRIPTS.join(" ");
    let names = names.join(" ");
    format!(
        "_afdbm() {{\n  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}}\n  case $before in\n{cases}  esac\n  \
         COMPREPLY=($(compgen -W '{names}' -- \"$word\") $(compgen -f -- \"$word\"))\n}}\ncomplete -F _afdbm {scripts} ./scripts/run run matrix\n"
    )
}

fn zsh() -> String {
    let mut text = String::from("#compdef run matrix scripts/run scripts/matrix\n_arguments -s \\\n");
    for (name, placeholder, help) in Options::rows() {
        let help = help.replace(['[', ']', ':'], " ").replace('\'', "'\\''");
        let action = match values(name, placeholder) {
            Values::None => String::new(),
            Values::Words(words) => format!(":value:({})", words.join(" ")),
            Values::Path => ":file:_files".to_owned(),
            Values::Free => ":value: ".to_owned(),
        };
        let _ = writeln!(text, "  '{name}[{help}]{action}' \\");
    }
    text + "  '*:file:_files'\n"
}

fn fish() -> String {
    let mut text = String::new();
    for (name, placeholder, help) in Options::rows() {
        let long = name.trim_start_matches('-');
        let help = help.replace('\'', "\\'");
        let action = match values(name, placeholder) {
            Values::None => String::new(),
            Values::Words(words) => format!(" -x -a '{}'", words.join(" ")),
            Values::Path => " -r -F".to_owned(),
            Values::Free => " -x".to_owned(),
        };
        for script in ["run", "matrix"] {
            let _ = writeln!(text, "complete -c {script} -l {long}{action} -d '{help}'");
        }
    }
    text + "complete -c cargo -n '__fish_seen_subcommand_from xtask' -a '" + &COMMANDS.join(" ") + "'\n"
}

/// Prints the page.
///
/// # Errors
///
/// Where it cannot be written.
pub(crate) fn man() -> Result<Exit, Failure> {
    print(page())?;
    Ok(Exit::Pass)
}

/// The page, in the macros of man.
fn page() -> String {
    let escaped = |text: &str| text.replace('\\', "\\e").replace('-', "\\-").replace("\n.", "\n\\&.");
    let mut text = format!(".TH AFDBM 1 \"\" \"afdbm {}\"\n.SH NAME\n", env!("CARGO_PKG_VERSION"));
    text += "afdbm \\- judge how a machine manages the Access flag and the dirty state by hardware\n";
    let _ = writeln!(text, ".SH SYNOPSIS\n.nf\n{}\n.fi\n.SH OPTIONS", escaped(USAGE));
    for (name, placeholder, help) in Options::rows() {
        let _ =
            writeln!(text, ".TP\n.B {} \\fI{}\\fR\n{}.", escaped(name), escaped(placeholder), escaped(help));
    }
    let _ = writeln!(
        text,
        ".SH TIME\n.nf\n{}\n.fi\n.SH EXIT STATUS\n.nf\n{}\n.fi",
        escaped(TIME),
        escaped(EXITS)
    );
    text
}

#[cfg(test)]
mod tests {
    use super::{bash, fish, page, zsh};
    use record::options::Options;

    #[test]
    fn every_option_is_completed_and_described() {
        for text in [bash(), zsh()] {
            assert!(Options::rows().all(|(name, _, _)| text.contains(name)));
        }
        let (fish, page) = (fish(), page());
        for (name, _, _) in Options::rows() {
            assert!(fish.contains(&format!(" -l {}", name.trim_start_matches('-'))), "{name}");
            assert!(page.contains(&format!(".B {}", name.replace('-', "\\-"))), "{name}");
        }
        assert!(bash().contains("--image) COMPREPLY=($(compgen -W 'elf raw'"));
        assert!(zsh().contains("'--el[") && zsh().contains(":value:(1 2)"));
    }
}
