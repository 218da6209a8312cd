//! The table of options: one row each.

use super::{
    Accelerator, Amount, Count, CpuModel, EntryLevel, Error, GranuleName, ImageForm, MachineOptions, Number,
    Paths, Pattern, RegimeName, Seed, SerialLine, Size, Suites, Text,
    value::{Field, Next},
};
use crate::report::Atomics;
use cases::swapping::CpuManagement;
use core::fmt;
use history::Substitute;

/// Who an option is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// The host alone, in this run alone: neither handed to the kernel nor part of a rerun line.
    Host,
    /// The run: handed to the kernel and part of a rerun line, whoever obeys it.
    Run,
}

macro_rules! options {
    ($lifetime:lifetime $($field:ident: $type:ty = $name:literal $placeholder:literal, $scope:ident, $help:literal;)+) => {
        /// What a run is asked for. A field that is false or `None` was not given.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
        pub struct Options<$lifetime> {
            $(
                #[doc = concat!("`", $name, " ", $placeholder, "`: ", $help, ".")]
                pub $field: $type,
            )+
        }

        impl<$lifetime> Options<$lifetime> {
            /// Name, placeholder of the value, and help of each option.
            pub(super) const ROWS: &'static [(&'static str, &'static str, &'static str)] =
                &[$(($name, $placeholder, $help)),+];

            /// Returns the name, the placeholder of the value, and the help of each option.
            pub fn rows() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
                Self::ROWS.iter().copied()
            }

            pub(super) fn set(
                &mut self,
                option: &$lifetime str,
                value: Next<'_, $lifetime>,
            ) -> Result<(), Error<$lifetime>> {
                match option {
                    $($name => Field::set(&mut self.$field, option, value),)+
                    _ => Err(Error::Unknown { option }),
                }
            }

            pub(super) fn is_option(option: &str) -> bool {
                Self::ROWS.iter().any(|(name, ..)| *name == option)
            }

            pub(super) fn is_flag(option: &str) -> bool {
                match option {
                    $($name => <$type as Field<$lifetime>>::FLAG,)+
                    _ => false,
                }
            }
        }

        /// Shows the normalised form: what was given and is of [`Scope::Run`], in the order of the table.
        impl fmt::Display for Options<'_> {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut separator = "";
                $(
                    if Scope::$scope == Scope::Run {
                        self.$field.show($name, formatter, &mut separator)?;
                    }
                )+
                Ok(())
            }
        }
    };
}

options! { 'a
    list: bool = "--list" "", Host, "print the suites and their cases, and boot nothing";
    suites: Option<Suites<'a>> = "--suite" "NAME[,NAME]", Run, "run these suites only";
    case: Option<Pattern<'a>> = "--case" "NAME", Run, "run the cases of this name; * and ? stand for other characters";
    seed: Option<Seed> = "--seed" "N", Run, "the seed of everything random";
    rounds: Option<Number<1, 1_000_000_000>> = "--rounds" "N", Run, "how many rounds a race takes";
    regime: Option<RegimeName> = "--regime" "NAME", Run, "only the cases of a regime: el1, el2 or el20";
    granule: Option<GranuleName> = "--granule" "SIZE", Run, "run the cases of this granule only: 4K, 16K or 64K";
    full: bool = "--full" "", Run, "let suite product run every combination";
    from: Option<Count> = "--from" "N", Run, "begin --full with this combination";
    hazards: bool = "--hazards" "", Run, "run suite table-memory on silicon, too: it may end the run";
    coverage: bool = "--coverage" "", Run, "print every row with its rule, its cases and their outcome";
    fingerprint: bool = "--fingerprint" "", Run, "print the choices that the machine made";
    variant: Option<Substitute> = "--variant" "NAME", Run, "run this version in the place of ours";
    working_set: Option<Amount> = "--working-set" "SIZE", Run, "suite swap: the memory that the threads use";
    swap: Option<Amount> = "--swap" "SIZE", Run, "suite swap: the store, before compression";
    frames: Option<Amount> = "--frames" "SIZE", Run, "suite swap: the memory that the threads may take";
    threads: Option<Number<1, 8>> = "--threads" "N", Run, "suite swap: how many threads";
    incompressible: Option<Number<0, 100>> = "--incompressible" "N", Run, "suite swap: of 100 pages";
    management: Option<CpuManagement> = "--management" "KIND", Run, "suite swap: none, access, full or mixed";
    litmus: Option<Paths<'a>> = "--litmus" "PATH[,PATH]", Run, "run these litmus files, and the files of these folders";
    semihosting: bool = "--semihosting" "", Run, "write the log by semihosting, and not on a UART";
    replay: bool = "--replay" "", Run, "the same image and seed give the same log, to the byte";
    sweep: Option<Number<1, 1_000_000>> = "--sweep" "N", Run, "as --replay; N schedules, one a seed: suite sweep, --litmus";
    atomics: Option<Atomics> = "--atomics" "llsc|lse", Run, "how the atomics are compiled, llsc if not given";
    cpu: Option<CpuModel<'a>> = "--cpu" "MODEL", Run, "the CPU model, max if not given";
    smp: Option<Number<1, 512>> = "--smp" "N", Run, "how many CPUs, 4 if not given";
    memory: Option<Size> = "--memory" "SIZE", Run, "how much memory, 256M if not given";
    level: Option<EntryLevel> = "--el" "1|2", Run, "the Exception level of the entry, 1 if not given";
    machine: Option<MachineOptions<'a>> = "--machine" "OPTS", Run, "more options of the machine, such as gic-version=3";
    accelerator: Option<Accelerator> = "--accel" "tcg|kvm|hvf", Run, "what executes the instructions, tcg if not given";
    qemu: Option<Text<'a>> = "--qemu" "PATH", Run, "the emulator, qemu-system-aarch64 if not given";
    image: Option<ImageForm> = "--image" "elf|raw", Run, "the form of the image, elf if not given";
    emulator_options: Option<Text<'a>> = "--emulator-options" "WORDS", Run, "more words for the emulator";
    timeout: Option<Number<1, 86_400>> = "--timeout" "S", Run, "end the run after so many seconds";
    expectations: Option<Text<'a>> = "--expectations" "DIR", Run, "the known deviations, expectations/ if not given";
    strict: bool = "--strict" "", Run, "let known deviations count as failures";
    retry: Option<Number<1, 1000>> = "--retry" "N", Host, "run new failures N times again: firm, or flaky?";
    serial: Option<SerialLine<'a>> = "--serial" "DEVICE[,BAUD]", Host, "boot nothing; listen to a machine on this line";
    machines: bool = "--machines" "", Host, "scripts/test: boot other machines, all or those named";
    log: Option<Text<'a>> = "--log" "FILE", Host, "write the log to this file, too";
    find: Option<Text<'a>> = "--find" "WORD", Host, "with --list: the cases that name, show or make this alone";
    json: Option<Text<'a>> = "--json" "FILE", Host, "write the run as JSON; with --list the list, - for the screen";
    html: Option<Text<'a>> = "--html" "FILE", Host, "write a page for a browser";
    junit: Option<Text<'a>> = "--junit" "FILE", Host, "write JUnit XML";
    tap: Option<Text<'a>> = "--tap" "FILE", Host, "write TAP, in which known deviations are TODO";
    ktap: Option<Text<'a>> = "--ktap" "FILE", Host, "write KTAP, as KernelCI reads it";
    lava: Option<Text<'a>> = "--lava" "FILE", Host, "write RESULT lines, as LAVA reads them";
    github: bool = "--github" "", Host, "print annotations, and write the summary of a GitHub step";
    no_install: bool = "--no-install" "", Host, "install nothing; name what is missing instead";
    help: bool = "--help" "", Host, "print this help";
}

/// Shows the options, one a line, as `--help` does.
#[derive(Clone, Copy, Debug)]
pub struct Help;

impl fmt::Display for Help {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = |(name, placeholder, _): &(&str, &str, &str)| name.len() + 1 + placeholder.len();
        let width = Options::ROWS.iter().map(columns).max().unwrap_or(0);
        for row @ (name, placeholder, help) in Options::ROWS {
            let padding = width - columns(row);
            writeln!(formatter, "  {name} {placeholder}{:padding$}  {help}", "")?;
        }
        Ok(())
    }
}
