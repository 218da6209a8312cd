//! Many boots, on a stand-in that is whatever machine it is asked for.

use crate::{
    bench::{Bench, CASES},
    logs::{PASSES, log},
    ran::Ran,
};
use std::collections::BTreeSet;

/// Says that it is the machine that the arguments ask for.
const ANSWER: &str = "\
el=1
while [ $# -gt 0 ]; do
    case $1 in
    -cpu) cpu=$2 ;;
    -smp) cpus=$2 ;;
    -M) case $2 in *virtualization=on*) el=2 ;; esac ;;
    -append) seed=${2#*--seed } seed=${seed%% *} ;;
    esac
    shift
done
";

#[test]
fn boots_that_do_not_pass_are_counted_and_kept() {
    let bench = Bench::new("soak");
    bench.write("log", log(&PASSES).as_bytes());
    let (asked, third) = (bench.path("asked"), bench.path("third"));
    bench.boot_does(&format!(
        "{ANSWER}echo \"$cpu $cpus $el $seed\" >> '{0}'\n\
         [ \"$(sed -n '$=' '{0}')\" != 3 ] || {{ echo \"$seed\" > '{1}'; exit 1; }}\n\
         sed \"s/cpu=max/cpu=$cpu/; s/cpus=4/cpus=$cpus/; s/el=1/el=$el/; s/seed=0x5eed/seed=$seed/\" '{2}'",
        asked.display(),
        third.display(),
        bench.path("log").display()
    ));
    let names_kernel = format!("echo '{{\"executable\":\"{}\"}}'", bench.path("kernel").display());
    let stand_in = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/support/emulator");
    let expectations = bench.path("expectations");
    let expectations = expectations.to_str().unwrap();
    let words =
        ["soak", "8", "--seed", "1", "--case", CASES, "--qemu", stand_in, "--expectations", expectations];
    let ran = Ran::of(&bench.xtask(&names_kernel, &words).output().unwrap());
    // An emulator that ends before the log begins was called wrongly, for all that one can tell.
    assert_eq!(ran.status, 2, "{}", ran.errors);

    bench.boot_does(&std::fs::read_to_string(bench.path("boot")).unwrap().replace("; exit 1", "; exit 0"));
    std::fs::remove_file(&asked).unwrap();
    let ran = Ran::of(&bench.xtask(&names_kernel, &words).output().unwrap());
    assert_eq!(ran.status, 1, "{}\n{}", ran.lines.join("\n"), ran.errors);
    assert!(ran.says("# soak: 8 boots, seed 0x1"));
    assert!(ran.says("# soak: 8 boots, 1 did not pass, 125.0 of a thousand"), "{}", ran.lines.join("\n"));
    assert!(ran.says("# soak: boot 3, status 125: ") && bench.path("soak-3.log").exists());
    let seed = std::fs::read_to_string(&third).unwrap();
    assert!(ran.says(&format!(" --seed {} ", seed.trim())), "{seed}");
    let machines = std::fs::read_to_string(&asked).unwrap();
    let machines: BTreeSet<&str> = machines.lines().collect();
    assert_eq!(machines.len(), 8);
    assert!(machines.iter().map(|line| line.split(' ').next()).collect::<BTreeSet<_>>().len() > 1);
}
