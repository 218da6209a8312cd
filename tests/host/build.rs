//! How the kernel is built, and of which checkout, with a stand-in for cargo.

use crate::bench::Bench;
use std::fs;

#[test]
fn the_kernel_is_built_as_it_was_locked() {
    let bench = Bench::new("locked");
    let called = bench.path("called");
    let commands = format!(
        "echo \"$PWD $*\" > '{}'; echo '{{\"executable\":\"{}\"}}'",
        called.display(),
        bench.path("kernel").display()
    );
    let output = bench.xtask(&commands, &["build"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let called = fs::read_to_string(called).unwrap();
    assert!(called.contains(" build --locked "), "{called}");
}

#[test]
fn a_checkout_that_was_copied_builds_itself() {
    let bench = Bench::new("copied");
    let called = bench.path("called");
    let copy = bench.path("copy");
    fs::create_dir_all(copy.join("xtask/src")).unwrap();
    fs::write(copy.join("xtask/Cargo.toml"), "").unwrap();
    let commands = format!(
        "pwd > '{}'; echo '{{\"executable\":\"{}\"}}'",
        called.display(),
        bench.path("kernel").display()
    );
    for (directory, manifest) in [(copy.join("xtask/src"), None), (bench.path("."), Some(copy.join("xtask")))]
    {
        let mut command = bench.xtask(&commands, &["build"]);
        command.current_dir(directory).env_remove("CARGO_MANIFEST_DIR");
        if let Some(manifest) = manifest {
            command.env("CARGO_MANIFEST_DIR", manifest);
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(fs::read_to_string(&called).unwrap().trim(), copy.to_str().unwrap());
    }
}
