//! Which steps there are.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::step::Step;

/// Minutes for a step that measures all there is.
const LIMIT_OF_RECORD: u64 = 150;

/// A step that is a command of this tool.
fn xtask(root: &Path, name: &'static str, args: &[&str]) -> Step {
    let mut step = Step::cargo(root, name, &[]);
    let own = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("xtask"));
    step.argv = std::iter::once(own.to_string_lossy().into_owned())
        .chain(args.iter().map(|&arg| arg.to_owned()))
        .collect();
    step
}

/// The steps of the ordinary gate, cheap ones first.
pub(super) fn steps(root: &Path) -> Vec<Step> {
    let cargo = |name, args: &[&str]| Step::cargo(root, name, args);
    let xtask = |name, args: &[&str]| xtask(root, name, args);
    let board = "workloads/targets/cortex-m4";
    // Package by package: the features of one image must not reach another.
    let firmware = |name, packages: &[&str], features: &[&str]| {
        let mut args = vec!["clippy", "--release", "--locked", "--target", "thumbv7em-none-eabihf"];
        args.extend(packages.iter().flat_map(|package| ["-p", package]));
        args.extend(features.iter().copied().chain(["--", "-D", "warnings"]));
        Step::cargo(root, name, &args).within(board).on("cortex-m4")
    };
    vec![
        cargo("fmt", &["fmt", "--all", "--check"]),
        cargo("fmt of the firmware", &["fmt", "--all", "--check"]).within(board).on("cortex-m4"),
        xtask("tidy", &["tidy"]),
        cargo(
            "clippy",
            &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"],
        ),
        cargo(
            "clippy of the kernel without std",
            &[
                "clippy",
                "-p",
                "kernel",
                "--no-default-features",
                "--locked",
                "--",
                "-D",
                "warnings",
            ],
        ),
        firmware("clippy of the firmware", &["board", "image-*"], &[]),
        firmware("clippy of the baselines", &["baseline-*"], &["--features", "isr"]),
        // One red test must not hide those after it.
        cargo("tests", &["test", "--workspace", "--locked", "--no-fail-fast"]),
        xtask(
            "every cell once",
            &["bench", "--profile", "smoke", "--peers", "--yes", "--out", "target/smoke"],
        ),
        xtask("reports are current", &["report", "--check"]),
        xtask("RFC text is current", &["rfc", "check"]),
    ]
}

/// Test programs that an interpreter and a sanitizer do not run where the others of a package are:
/// those on the system's sockets and files, which have steps of their own ([`leak_steps`]), and
/// what must not compile, which is compiled by the ordinary gate.
const ELSEWHERE: [&str; 8] =
    ["cancel", "io_", "uring_", "post_", "loom", "ui", "compile_fail", "names"];

/// Tests on real sockets that the sanitizer runs and no interpreter can.
const SYSTEM: [&str; 4] = ["sockets", "lent", "keep", "elsewhere"];

/// A package with the test programs that an interpreter can run.
struct Checked {
    package: String,
    tests: Vec<String>,
    system: Vec<String>,
}

/// The kernel, every design that has a description, and every mode of it that is a package.
fn checked(root: &Path) -> Vec<Checked> {
    let designs = crate::ids::designs(root);
    let mut folders = vec![root.join("prototypes/kernel")];
    for design in designs {
        let folder = root.join("prototypes").join(design);
        folders.push(folder.clone());
        folders.extend(entries(&folder.join("modes")).into_iter().filter(|mode| mode.is_dir()));
    }
    folders.iter().filter_map(|folder| checked_package(folder)).collect()
}

fn checked_package(folder: &Path) -> Option<Checked> {
    let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).ok()?;
    let package = manifest.lines().find_map(|line| line.strip_prefix("name = "))?;
    let names = entries(&folder.join("tests")).into_iter().filter_map(|path| {
        let is_test = path.extension().is_some_and(|e| e == "rs") || path.join("main.rs").is_file();
        is_test.then(|| path.file_stem().unwrap_or_default().to_string_lossy().into_owned())
    });
    let (system, rest): (Vec<String>, Vec<String>) =
        names.partition(|name| SYSTEM.contains(&name.as_str()));
    let elsewhere = |name: &String| ELSEWHERE.iter().any(|part| name.starts_with(part));
    let tests: Vec<String> = rest.into_iter().filter(|name| !elsewhere(name)).collect();
    let package = package.trim_matches('"').to_owned();
    (!tests.is_empty()).then_some(Checked { package, tests, system })
}

/// What a folder holds, by name.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// What `--deep` adds. Each needs a nightly toolchain, a sanitizer or time.
pub(super) fn deep_steps(root: &Path) -> Vec<Step> {
    let cargo = |name, args: &[&str]| Step::cargo(root, name, args);
    let mut sanitized = vec!["test", "--locked", "--target", "x86_64-unknown-linux-gnu"];
    let checked = checked(root);
    sanitized.extend(checked.iter().flat_map(|it| ["-p", it.package.as_str()]));
    let tests = checked.iter().flat_map(|it| it.tests.iter().chain(&it.system));
    let tests: BTreeSet<&str> = tests.map(String::as_str).collect();
    sanitized.extend(tests.iter().flat_map(|test| ["--test", test]));
    let mut steps = vec![
        cargo("loom: kernel", &["test", "-p", "kernel", "--release", "--test", "loom", "--locked"])
            .env("RUSTFLAGS", "--cfg loom")
            .env("CARGO_TARGET_DIR", "target/loom"),
        cargo("AddressSanitizer: kernel and designs", &sanitized)
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTFLAGS", "-Zsanitizer=address")
            .env("ASAN_OPTIONS", "detect_leaks=0")
            .env("CARGO_TARGET_DIR", "target/asan"),
    ];
    let planted: Vec<&str> = checked
        .iter()
        .filter(|it| it.tests.iter().any(|test| test == "torment"))
        .flat_map(|it| ["-p", it.package.as_str()])
        .collect();
    // The other tests of these programs run in it, once for each fault and once without one.
    let planted = [
        &["test", "--locked", "--no-fail-fast", "--test", "torment"],
        &planted[..],
        &["planted_faults_are_found", "--", "--nocapture"],
    ]
    .concat();
    steps.push(
        cargo("the tormentor finds planted faults", &planted)
            .env("RUSTFLAGS", "--cfg plant")
            .env("CARGO_TARGET_DIR", "target/plant"),
    );
    for Checked { package, tests, .. } in &checked {
        steps.push(miri(root, "Miri, stacked borrows", package, tests, ""));
        steps.push(miri(root, "Miri, tree borrows", package, tests, "-Zmiri-tree-borrows"));
    }
    let record = ["bench", "--claim", "C*", "--yes", "--out", "target/deep"];
    steps.push(xtask(root, "every claim measured", &record).minutes(LIMIT_OF_RECORD));
    steps
}

/// The tests of a package in the interpreter.
fn miri(root: &Path, name: &'static str, package: &str, tests: &[String], model: &str) -> Step {
    let mut args = vec!["+nightly", "miri", "test", "--locked", "-p", package];
    args.extend(tests.iter().flat_map(|test| ["--test", test.as_str()]));
    let flags = format!("-Zmiri-disable-isolation -Zmiri-ignore-leaks {model}");
    Step::cargo(root, name, &args)
        .env("MIRIFLAGS", flags.trim_end())
        // The interpreter initialises the whole table of wakers before every test.
        .env("KERNEL_NODES", "600")
        .env("RUST_BACKTRACE", "0")
        .env("CARGO_TARGET_DIR", "target/miri")
}

/// Cancelling and faults of real I/O under AddressSanitizer, with its search for leaks. What a
/// test leaks on purpose is listed in a file, function by function.
pub(super) fn leak_steps(root: &Path) -> [Step; 2] {
    let designs: Vec<String> =
        crate::ids::designs(root).into_iter().map(|id| format!("design-{id}")).collect();
    let known = root.join("workloads/conformance/leaks.txt");
    let step = |name, packages: &[&str], tests: &[&str]| {
        let mut args = vec!["test", "--locked", "--target", "x86_64-unknown-linux-gnu"];
        args.extend(packages.iter().flat_map(|package| ["-p", package]));
        args.extend(tests.iter().flat_map(|test| ["--test", test]));
        Step::cargo(root, name, &args)
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTFLAGS", "-Zsanitizer=address")
            .env("ASAN_OPTIONS", "detect_leaks=1")
            .env("LSAN_OPTIONS", &format!("suppressions={}", known.display()))
            .env("CARGO_TARGET_DIR", "target/asan")
    };
    let designs: Vec<&str> = designs.iter().map(String::as_str).collect();
    // A design beside it turns the kernel's I/O on.
    let drivers: Vec<&str> = ["kernel"].into_iter().chain(designs.first().copied()).collect();
    [
        step(
            "AddressSanitizer and LeakSanitizer: drivers",
            &drivers,
            &["io_*", "uring_*", "post_*"],
        ),
        step(
            "AddressSanitizer and LeakSanitizer: cancel at every suspension point",
            &designs,
            &["cancel", "io_epoll", "io_uring"],
        ),
    ]
}

/// Wakes from other threads under ThreadSanitizer. It has to know the standard library, which is
/// therefore built with it. One test at a time, because it does not see the system calls that
/// map a ring: two threads whose rings lie at one address, one after the other, look like a race.
pub(super) fn thread_step(root: &Path) -> Step {
    let mut args = vec!["+nightly", "test", "--locked", "-Zbuild-std"];
    args.extend(["--target", "x86_64-unknown-linux-gnu", "-p", "kernel", "--features", "io"]);
    for test in ["io_wake", "uring_wait", "foreign", "sim_threads"] {
        args.extend(["--test", test]);
    }
    args.extend(["--", "--test-threads=1"]);
    Step::cargo(root, "ThreadSanitizer: wakes from other threads", &args)
        .env("RUSTFLAGS", "-Zsanitizer=thread")
        .env("CARGO_TARGET_DIR", "target/tsan")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_design_and_every_mode_with_a_tormentor_is_checked() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let checked = checked(&root);
        let packages: Vec<&str> = checked.iter().map(|it| it.package.as_str()).collect();
        for design in crate::ids::designs(&root) {
            let package = format!("design-{design}");
            let found = checked.iter().find(|it| it.package == package);
            let found = found.unwrap_or_else(|| panic!("{package} is not checked: {packages:?}"));
            assert!(found.tests.iter().any(|test| test == "torment"), "{package}");
        }
        let modes = checked.iter().filter(|it| it.tests.iter().any(|test| test == "torment"));
        assert!(
            modes.count() > crate::ids::designs(&root).len(),
            "modes are packages of their own"
        );
    }
}
