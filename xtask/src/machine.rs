//! The machine that a run is asked for, as arguments of the emulator.

use crate::failure::Failure;
use record::options::{
    Accelerator, Amount, BootArguments, CpuModel, EntryLevel, ImageForm, MachineOptions, Number, Options,
    Size,
};
use record::report::{Atomics, Environment};
use std::path::Path;
use swap::Request;

const DEFAULT_CPU: CpuModel<'_> = CpuModel("max");
const DEFAULT_CPUS: u32 = 4;
const DEFAULT_MEBIBYTES: u32 = 256;

/// The CPU models of the emulator that are Armv8.0, without the atomic instructions of FEAT_LSE.
const WITHOUT_LSE: [&str; 4] = ["cortex-a35", "cortex-a53", "cortex-a57", "cortex-a72"];

/// The most CPUs that the kernel runs on; it names those that it leaves out.
const MOST_CPUS: u32 = 64;

/// The longest command line that the kernel is given: several times what Linux takes.
const LONGEST_COMMAND_LINE: usize = 1 << 14;

/// The most CPUs that a machine with a GICv2 has.
const GICV2_CPUS: u32 = 8;

/// The machine, with every default filled in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct VirtualMachine<'a> {
    /// What executes the instructions.
    pub(crate) accelerator: Accelerator,
    /// The CPU model.
    pub(crate) cpu: CpuModel<'a>,
    cpus: u32,
    mebibytes: u32,
    level: EntryLevel,
    /// One thread, time that follows the instructions, nothing random.
    replay: bool,
    extra: Option<MachineOptions<'a>>,
    /// The options as the kernel is to know them.
    options: Options<'a>,
}

impl<'a> VirtualMachine<'a> {
    /// Describes the machine that the options ask for.
    ///
    /// # Errors
    ///
    /// Where options exclude each other, or this host cannot have the machine; each is named.
    pub(crate) fn new(options: &Options<'a>) -> Result<Self, Failure> {
        let property = |name| options.machine.and_then(|machine| machine.get(name));
        let virtualization = property("virtualization");
        let level = match (options.level, virtualization) {
            (None, Some("on")) => EntryLevel::El2,
            (level, _) => level.unwrap_or(EntryLevel::El1),
        };
        let cpu = options.cpu.unwrap_or(DEFAULT_CPU);
        let machine = Self {
            accelerator: options.accelerator.unwrap_or(Accelerator::Tcg),
            replay: options.replay || options.sweep.is_some(),
            cpu,
            cpus: options.smp.map_or(DEFAULT_CPUS, Number::get),
            mebibytes: options.memory.map_or(DEFAULT_MEBIBYTES, Size::mebibytes),
            level,
            extra: options.machine,
            options: Options { cpu: Some(cpu), ..*options },
        };
        let conflict = |first: String, second: String, reason: &str| {
            Err(Failure::Conflict { first, second, reason: reason.to_owned() })
        };
        // A raw image is taken for Linux, which the emulator enters below EL3 itself.
        if property("secure") == Some("on") && options.image != Some(ImageForm::Raw) {
            return Err(Failure::Usage {
                message:
                    "--machine secure=on: the machine would enter at EL3, which the kernel has no part for; \
                          --el takes 1 or 2, and --image raw lets the emulator leave EL3"
                        .into(),
            });
        }
        if options.atomics == Some(Atomics::Lse) && WITHOUT_LSE.contains(&machine.model()) {
            let (first, second) = ("--atomics lse".into(), format!("--cpu {}", machine.cpu));
            return conflict(first, second, "this CPU has no FEAT_LSE, and could not even say so");
        }
        match (options.level, virtualization) {
            (Some(EntryLevel::El1), Some("on")) => {
                let (first, second) = ("--el 1".into(), "--machine virtualization=on".into());
                return conflict(first, second, "a machine with virtualization enters at EL2");
            }
            (Some(EntryLevel::El2), Some("off")) => {
                let (first, second) = ("--el 2".into(), "--machine virtualization=off".into());
                return conflict(first, second, "only a machine with virtualization enters at EL2");
            }
            _ => {}
        }
        if let (Some(version @ ("2" | "host")), true) = (property("gic-version"), machine.cpus > GICV2_CPUS) {
            let (first, second) =
                (format!("--smp {}", machine.cpus), format!("--machine gic-version={version}"));
            return conflict(first, second, "more than 8 CPUs take gic-version=3 or later");
        }
        let length = machine.options.to_string().len();
        if length > LONGEST_COMMAND_LINE {
            return Err(Failure::Usage {
                message: format!(
                    "the options have {length} characters together, more than the {LONGEST_COMMAND_LINE} that a kernel takes"
                ),
            });
        }
        machine.accelerator_of_this_host()?;
        machine.sizes_that_fit()?;
        machine.replayable()
    }

    /// Returns the CPU model without its properties.
    fn model(&self) -> &'a str {
        self.cpu.0.split(',').next().unwrap_or_default()
    }

    /// Puts all CPUs in one thread where the run is to be repeatable.
    fn replayable(self) -> Result<Self, Failure> {
        match self.accelerator {
            _ if !self.replay => Ok(self),
            Accelerator::Tcg | Accelerator::TcgSingle => {
                Ok(Self { accelerator: Accelerator::TcgSingle, ..self })
            }
            Accelerator::TcgMulti | Accelerator::Kvm | Accelerator::Hvf => {
                let first = if self.options.replay { "--replay" } else { "--sweep" };
                let (first, second) = (first.into(), format!("--accel {}", self.accelerator));
                let reason =
                    "only CPUs in one thread of the translator take turns in the same order each time"
                        .to_owned();
                Err(Failure::Conflict { first, second, reason })
            }
        }
    }

    /// Refuses sizes of suite swap that this machine cannot hold.
    fn sizes_that_fit(&self) -> Result<(), Failure> {
        let options = &self.options;
        let request = Request {
            memory: self.mebibytes,
            working_set: options.working_set.map(Amount::mebibytes),
            swap: options.swap.map(Amount::mebibytes),
            frames: options.frames.map(Amount::mebibytes),
            threads: options.threads.map(Number::get),
            cpus: self.cpus,
        };
        request.check().map_err(|error| Failure::Usage { message: error.to_string() })
    }

    /// Refuses an accelerator that this host cannot have.
    fn accelerator_of_this_host(&self) -> Result<(), Failure> {
        let (system, needs) = match self.accelerator {
            Accelerator::Kvm => ("linux", "a Linux host with arm64 CPUs and /dev/kvm"),
            Accelerator::Hvf => ("macos", "a macOS host with arm64 CPUs"),
            Accelerator::Tcg | Accelerator::TcgSingle | Accelerator::TcgMulti => return Ok(()),
        };
        let device = self.accelerator != Accelerator::Kvm || Path::new("/dev/kvm").exists();
        if cfg!(target_arch = "aarch64") && std::env::consts::OS == system && device {
            return Ok(());
        }
        let message = format!("--accel {} needs {needs}", self.accelerator);
        Err(Failure::Usage { message })
    }

    /// Returns in what the machine that answers is not the one that was asked for, if in anything.
    pub(crate) fn difference(&self, found: &Environment<'_>) -> Option<String> {
        let asked = Options {
            smp: Number::new(self.cpus),
            memory: Size::from_mebibytes(self.mebibytes),
            level: Some(self.level),
            cpu: Some(self.cpu),
            seed: Some(self.options.seed.unwrap_or_default()),
            ..self.options
        };
        difference(&asked, found)
    }

    /// Returns the arguments that describe the machine, with the image and its command line.
    pub(crate) fn arguments(&self, image: &Path) -> Vec<String> {
        let mut machine = String::from("virt");
        let given = |name| self.extra.is_some_and(|extra| extra.get(name).is_some());
        if self.level == EntryLevel::El2 && !given("virtualization") {
            machine.push_str(",virtualization=on");
        }
        if self.cpus > GICV2_CPUS && !given("gic-version") {
            machine.push_str(",gic-version=3");
        }
        if self.replay && !given("dtb-randomness") {
            machine.push_str(",dtb-randomness=off");
        }
        if let Some(extra) = self.extra {
            machine.push_str(&format!(",{extra}"));
        }
        let pairs = [
            ("-M", machine),
            ("-accel", self.accelerator.to_string()),
            ("-cpu", self.cpu.to_string()),
            ("-smp", self.cpus.to_string()),
            ("-m", format!("{}M", self.mebibytes)),
            ("-nic", "none".into()),
            ("-kernel", image.display().to_string()),
            ("-append", format!("{} {}", BootArguments::MARKER, self.options)),
        ];
        let mut arguments = vec!["-nographic".to_owned(), "-no-reboot".to_owned()];
        if self.options.semihosting {
            // Its console is what the UART's would be.
            let words =
                "-serial null -monitor none -chardev stdio,id=log -semihosting-config enable=on,chardev=log";
            arguments.extend(words.split(' ').map(str::to_owned));
        }
        if self.replay {
            arguments.extend(["-icount", "shift=0,sleep=off"].map(str::to_owned));
        }
        arguments.extend(pairs.into_iter().flat_map(|(name, value)| [name.to_owned(), value]));
        let more = self.options.emulator_options.map_or("", |words| words.0);
        arguments.extend(more.split_whitespace().map(str::to_owned));
        arguments
    }
}

/// Returns in what the machine that answers is not as the options say, as far as they say anything.
pub(crate) fn difference(asked: &Options<'_>, found: &Environment<'_>) -> Option<String> {
    let answers = [
        ("cpus", asked.smp.map(|cpus| cpus.get().min(MOST_CPUS).to_string()), found.cpus.to_string()),
        ("memory", asked.memory.map(|size| mebibytes(size.mebibytes())), mebibytes(found.memory)),
        ("el", asked.level.map(|level| level.to_string()), found.entry_level.to_string()),
        ("cpu", asked.cpu.map(|cpu| cpu.to_string()), found.cpu.to_owned()),
        ("seed", asked.seed.map(|seed| seed.to_string()), format!("{:#x}", found.seed)),
        ("atomics", asked.atomics.map(|atomics| atomics.to_string()), found.atomics.to_string()),
    ];
    answers.into_iter().find_map(|(what, asked, found)| {
        let asked = asked.filter(|asked| *asked != found)?;
        Some(format!("it has {what}={found}, where {what}={asked} was asked for"))
    })
}

fn mebibytes(count: impl std::fmt::Display) -> String {
    format!("{count}MiB")
}

#[cfg(test)]
mod tests {
    use super::VirtualMachine;
    use record::options::Options;
    use std::path::Path;

    fn arguments(text: &str) -> Result<String, String> {
        let options = Options::from_text(text).unwrap();
        let machine = VirtualMachine::new(&options).map_err(|failure| failure.to_string())?;
        Ok(machine.arguments(Path::new("k")).join(" "))
    }

    #[test]
    fn defaults_are_spelled_out() {
        let expected = "-nographic -no-reboot -M virt -accel tcg -cpu max -smp 4 -m 256M -nic none -kernel k \
                        -append -- --cpu max";
        assert_eq!(arguments("").unwrap(), expected);
    }

    #[test]
    fn the_machine_follows_the_options() {
        let machine = |text| {
            let arguments = arguments(text).unwrap();
            arguments.split(' ').skip_while(|word| *word != "-M").nth(1).unwrap().to_owned()
        };
        assert_eq!(machine("--el 2"), "virt,virtualization=on");
        assert_eq!(machine("--el 2 --machine virtualization=on"), "virt,virtualization=on");
        assert_eq!(machine("--smp 8"), "virt");
        assert_eq!(machine("--smp 9"), "virt,gic-version=3");
        assert_eq!(machine("--smp 16 --machine gic-version=max,its=off"), "virt,gic-version=max,its=off");
        assert_eq!(machine("--machine secure=on --image raw"), "virt,secure=on");
        assert!(arguments("--emulator-options=-d_int").unwrap().ends_with("-d_int"));
        let text = "--cpu cortex-a57 --smp 1 --memory 1G --accel tcg,thread=single --seed 3 --log x";
        let expected = "-accel tcg,thread=single -cpu cortex-a57 -smp 1 -m 1024M";
        assert!(arguments(text).unwrap().contains(expected));
        let normalised = "--seed 0x3 --cpu cortex-a57 --smp 1 --memory 1G --accel tcg,thread=single";
        assert!(arguments(text).unwrap().ends_with(&format!("-append -- {normalised}")));
    }

    #[test]
    fn semihosting_takes_the_place_of_the_uart() {
        let arguments = arguments("--semihosting").unwrap();
        assert!(
            arguments.contains("-serial null") && arguments.contains("enable=on,chardev=log"),
            "{arguments}"
        );
    }

    #[test]
    fn a_replay_leaves_nothing_to_chance() {
        let expected = "-nographic -no-reboot -icount shift=0,sleep=off -M virt,dtb-randomness=off \
                        -accel tcg,thread=single -cpu max -smp 4 -m 256M -nic none -kernel k -append -- ";
        for (text, given) in
            [("--replay", "--replay --cpu max"), ("--accel tcg --sweep 9", "--sweep 9 --cpu max --accel tcg")]
        {
            assert_eq!(arguments(text).unwrap(), format!("{expected}{given}"));
        }
        assert!(!arguments("").unwrap().contains("icount"));
    }

    #[test]
    fn what_makes_no_sense_together_is_named() {
        for (text, named) in [
            ("--el 1 --machine virtualization=on", ["--el 1", "virtualization=on"]),
            ("--el 2 --machine virtualization=off", ["--el 2", "virtualization=off"]),
            ("--smp 9 --machine gic-version=2", ["--smp 9", "gic-version=2"]),
            ("--machine secure=on", ["secure=on", "EL3"]),
            ("--replay --accel tcg,thread=multi", ["--replay", "tcg,thread=multi"]),
            ("--sweep 2 --accel tcg,thread=multi", ["--sweep", "tcg,thread=multi"]),
            ("--atomics lse --cpu cortex-a57,pmu=off", ["--atomics lse", "cortex-a57"]),
        ] {
            let error = arguments(text).unwrap_err();
            assert!(named.iter().all(|name| error.contains(name)), "{error}");
        }
        #[cfg(not(target_arch = "aarch64"))]
        for text in ["--accel kvm", "--accel hvf"] {
            assert!(arguments(text).unwrap_err().contains("arm64 CPUs"));
        }
    }
}
