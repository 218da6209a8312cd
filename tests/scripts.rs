//! The scripts: what they say and install where tools are missing. The path holds nothing but the programs of a
//! small system, and stand-ins that only note how they were called.

#![cfg(unix)]

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::{Command, Output},
};

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts");

/// What the scripts take from a small system.
const SMALL_SYSTEM: [&str; 10] = ["cat", "chmod", "dirname", "env", "id", "ls", "mkdir", "mv", "rm", "sed"];

/// A directory that is the whole path of a script.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).unwrap();
        for program in SMALL_SYSTEM {
            let found = ["/usr/bin", "/bin"].map(|place| Path::new(place).join(program));
            symlink(found.iter().find(|path| path.exists()).unwrap(), directory.join(program)).unwrap();
        }
        Self(directory)
    }

    /// Adds a program that notes its arguments in the file `called`, and then runs the shell commands.
    fn add(&self, program: &str, commands: &str) {
        let called = self.0.join("called");
        let text = format!("#!/bin/sh\necho \"{program} $*\" >> '{}'\n{commands}\n", called.display());
        let path = self.0.join(program);
        // One of the system's may be linked here, and would be written over.
        let _ = fs::remove_file(&path);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn run(&self, script: &str, words: &[&str]) -> Output {
        let mut command = Command::new(Path::new(SCRIPTS).join(script));
        // What a script unpacks must not end up where this build has its own.
        command.env_clear().env("PATH", &self.0).env("CARGO_TARGET_DIR", self.0.join("target"));
        command.args(words).current_dir("/").output().unwrap()
    }

    fn called(&self) -> String {
        fs::read_to_string(self.0.join("called")).unwrap_or_default()
    }
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn what_is_missing_is_named_and_not_installed_where_that_is_refused() {
    let place = Place::new("refused-install");
    place.add("apt-get", "");
    for (script, package) in [("run", "qemu-system-arm"), ("test", "perl"), ("debug", "gdb-multiarch")] {
        let output = place.run(script, &["--no-install"]);
        assert_eq!(output.status.code(), Some(2));
        let text = errors(&output);
        assert!(text.contains("missing, and not installed as asked:"), "{text}");
        assert!(text.contains(&format!("\n  {package}: ")) && text.contains("brew install qemu"), "{text}");
    }
    assert_eq!(place.called(), "");
}

#[test]
fn without_apt_the_packages_are_named() {
    let output = Place::new("no-apt").run("run", &[]);
    assert_eq!(output.status.code(), Some(2));
    let text = errors(&output);
    assert!(text.contains("\n  qemu-system-arm: the emulator that boots the kernel"), "{text}");
    assert!(text.contains("rustup target add aarch64-unknown-none-softfloat"), "{text}");
}

#[test]
fn apt_is_asked_for_what_is_missing_and_told_why() {
    let place = Place::new("apt");
    place.add("apt-get", "");
    place.add("sudo", "exec \"$@\"");
    let output = place.run("run", &[]);
    assert_eq!(output.status.code(), Some(2));
    let text = errors(&output);
    assert!(
        text.contains("installing:\n") && text.contains("still missing after the installation:"),
        "{text}"
    );
    let called = place.called();
    assert!(called.contains("apt-get -q update"), "{called}");
    let install = called.lines().find(|line| line.starts_with("apt-get -q install")).unwrap();
    assert!(install.contains("--no-remove --no-install-recommends"), "{install}");
    assert!(install.contains("qemu-system-arm") && !install.contains("gdb-multiarch"), "{install}");
}

#[test]
fn an_installation_that_fails_is_an_error() {
    let place = Place::new("apt-fails");
    place.add("apt-get", "exit 100");
    place.add("sudo", "exec \"$@\"");
    let output = place.run("run", &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(errors(&output).contains("apt-get could not install:"));
}

/// What apt refuses to install beside the packages that are there is unpacked, and found the next time.
#[test]
fn an_emulator_that_apt_excludes_is_unpacked() {
    let place = Place::new("excluded");
    place.add("sudo", "exec \"$@\"");
    place.add(
        "apt-get",
        "case \"$*\" in\n\
         *install*qemu-system-arm*) exit 100 ;;\n\
         download*) for name in $3 $4 $5; do echo > $name.deb; done ;;\n\
         esac",
    );
    place.add("apt-cache", "printf 'qemu-system-arm\\n  Depends: libfdt1\\n  Depends: qemu-system-data\\n'");
    place.add("dpkg-deb", "mkdir -p \"$3/usr/bin\"; printf '#!/bin/sh\\necho \"$@\"' > \"$3/usr/bin/qemu-system-aarch64\"; chmod +x \"$3/usr/bin/qemu-system-aarch64\"");
    let text = errors(&place.run("run", &[]));
    assert!(text.contains("unpacking it into"), "{text}");
    let missing = text.rsplit("still missing").next().unwrap();
    assert!(missing.contains("rustc-web") && !missing.contains("\n  qemu-system-arm:"), "{text}");
    let called = place.called();
    let installs: Vec<_> = called.lines().filter(|line| line.starts_with("apt-get -q install")).collect();
    assert_eq!(installs.len(), 2, "{called}");
    assert!(installs[1].contains("rustc-web") && installs[1].ends_with(" libfdt1"), "{called}");
    let unpacked = place.0.join("target/emulator/qemu-system-aarch64");
    let started = Command::new(unpacked).arg("-version").env("PATH", &place.0).output().unwrap();
    let line = String::from_utf8(started.stdout).unwrap();
    assert!(line.starts_with("-L ") && line.trim_end().ends_with(" -version"), "{line}");
}

/// Has what apt excludes be unpacked, and holds it against what is there after each run.
fn place_that_unpacks(name: &str, before_extraction: &str) -> Place {
    let place = Place::new(name);
    place.add("sudo", "exec \"$@\"");
    place.add(
        "apt-get",
        "case \"$*\" in\n\
         *install*qemu-system-arm*) exit 100 ;;\n\
         download*) for name in $3 $4 $5; do echo > $name.deb; done ;;\n\
         esac",
    );
    place.add("apt-cache", "printf 'qemu-system-arm\\n  Depends: libfdt1\\n'");
    place.add("dpkg-deb", &format!("{before_extraction}\nmkdir -p \"$3/usr/bin\""));
    place
}

#[test]
fn a_directory_that_is_not_the_scripts_own_is_left_alone() {
    let place = place_that_unpacks("not-ours", "");
    let theirs = place.0.join("target/emulator");
    fs::create_dir_all(&theirs).unwrap();
    fs::write(theirs.join("thesis"), "years of work").unwrap();
    let text = errors(&place.run("run", &[]));
    assert!(text.contains("this script did not make it"), "{text}");
    assert_eq!(fs::read_to_string(theirs.join("thesis")).unwrap(), "years of work");
}

#[test]
fn a_first_run_that_is_slower_takes_what_the_faster_one_has_unpacked() {
    // The other run ends while this one unpacks.
    let others = "target/emulator";
    let place = place_that_unpacks("at-once", "");
    let others = place.0.join(others);
    let (directory, program) = (others.display(), others.join("qemu-system-aarch64"));
    let program = program.display();
    place.add(
        "dpkg-deb",
        &format!(
            "mkdir -p '{directory}'; : > '{directory}/unpacked-by-afdbm'; echo '#!/bin/sh' > '{program}'; \
             chmod +x '{program}'; mkdir -p \"$3/usr/bin\""
        ),
    );
    let text = errors(&place.run("run", &[]));
    let missing = text.rsplit("still missing").next().unwrap();
    assert!(!missing.contains("\n  qemu-system-arm:"), "{text}");
    assert_eq!(fs::read_to_string(others.join("qemu-system-aarch64")).unwrap(), "#!/bin/sh\n");
    let left = fs::read_dir(place.0.join("target")).unwrap().count();
    assert_eq!(left, 1, "nothing is left beside it");
}

#[test]
fn another_package_manager_is_waited_for() {
    let place = Place::new("locked-apt");
    place.add("sudo", "exec \"$@\"");
    place.add("sleep", "");
    let count = place.0.join("count");
    place.add(
        "apt-get",
        &format!(
            "case \"$*\" in *install*) ;; *) exit 0 ;; esac\n\
             echo x >> '{0}'; [ \"$(cat '{0}')\" = 'x\nx\nx' ] && exit 0\n\
             echo 'E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 7' >&2; exit 100",
            count.display()
        ),
    );
    let text = errors(&place.run("run", &[]));
    assert_eq!(text.matches("another package manager is at work").count(), 2, "{text}");
    assert!(text.contains("It is held by process 7") && text.contains("still missing"), "{text}");
}

#[test]
fn an_emulator_that_the_options_name_is_not_installed() {
    let place = Place::new("named");
    for word in ["--qemu=/opt/qemu", "--list"] {
        let text = errors(&place.run("run", &["--no-install", word]));
        assert!(!text.contains("qemu-system-arm:"), "{text}");
    }
}

/// Nothing is built, fetched or looked for to show the options.
#[test]
fn the_help_needs_nothing() {
    let place = Place::new("help");
    for script in ["run", "test", "debug", "soak", "matrix"] {
        let output = place.run(script, &["--help"]);
        assert_eq!(output.status.code(), Some(0));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.starts_with("usage: scripts/run") && text.contains("exit status: 0 pass"), "{text}");
    }
    assert_eq!(place.called(), "");
}

#[test]
fn without_the_right_to_install_the_line_to_paste_is_shown() {
    let place = Place::new("no-rights");
    place.add("apt-get", "");
    place.add("id", "echo 1000");
    let text = errors(&place.run("run", &[]));
    assert!(
        text.contains("\n  apt-get install --no-install-recommends ") && text.contains("qemu-system-arm"),
        "{text}"
    );
    assert!(!place.called().contains("apt-get"), "{}", place.called());
}

/// A distribution's compiler that is too old is named, with the cure, before anything is fetched.
#[test]
fn a_compiler_that_is_too_old_is_not_fetched() {
    let place = Place::new("old-offer");
    place.add("apt-get", "");
    place.add("apt-cache", "echo '  Candidate: 1.85.0+dfsg1-1'");
    place.add("sudo", "exec \"$@\"");
    let text = errors(&place.run("run", &[]));
    assert!(text.contains("apt has rustc-web 1.85.0+dfsg1-1, and 1.88 is needed"), "{text}");
    assert!(text.contains("bookworm-security") && !place.called().contains("install"), "{text}");
}
