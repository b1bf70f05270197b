//! What each target needs, what is there, and the command that installs the rest.

use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::json;

use crate::command;
use crate::error::Exit;
use crate::machine;
use crate::options::DoctorArgs;
use crate::tree::Tree;

/// Format of the `--json` answer.
const FORMAT: &str = "async-eval.doctor/1";

/// One thing that a target needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Requirement {
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// Version or place, when it is there.
    pub found: Option<String>,
    /// Whether the target cannot run at all without it.
    pub required: bool,
    /// Commands that install it.
    pub install: Vec<Vec<String>>,
    /// Other commands, tried one after the other where these fail.
    pub otherwise: Vec<Vec<String>>,
}

impl Requirement {
    /// The commands as a person would type them.
    #[must_use]
    pub fn command_line(&self) -> String {
        let lines: Vec<String> = self.install.iter().map(|argv| argv.join(" ")).collect();
        lines.join(" && ")
    }
}

/// What each target needs and has.
#[must_use]
pub fn requirements(tree: &Tree) -> BTreeMap<String, Vec<Requirement>> {
    tree.targets.iter().map(|target| (target.clone(), of_target(tree, target))).collect()
}

fn of_target(tree: &Tree, target: &str) -> Vec<Requirement> {
    let mut all = vec![
        program("cargo", "builds everything", true, &[]),
        program("git", "names the revision of a record", true, &["git"]),
        program("cc", "links programs", true, &["gcc"]),
    ];
    match target {
        "linux" => {
            let mut valgrind =
                program("valgrind", "counts instructions (metric instr)", false, &["valgrind"]);
            if !cfg!(target_os = "linux") {
                valgrind.install.clear();
            }
            all.push(valgrind);
        }
        "cortex-m4" => {
            all.push(program(
                "qemu-system-arm",
                "the machine that runs the images",
                true,
                &["qemu-system-arm"],
            ));
            all.push(bare_metal_core(tree));
        }
        _ => {}
    }
    all
}

fn program(name: &str, purpose: &str, required: bool, packages: &[&str]) -> Requirement {
    Requirement {
        name: name.to_owned(),
        purpose: purpose.to_owned(),
        found: command::version(name),
        required,
        install: packages.first().map(|package| install_package(package)).unwrap_or_default(),
        otherwise: Vec::new(),
    }
}

/// `core` for the board, from wherever `xtask-embedded` finds it. It asks for QEMU first.
fn bare_metal_core(tree: &Tree) -> Requirement {
    let mut core = Requirement {
        name: xtask_embedded::TRIPLE.to_owned(),
        purpose: "core for the bare-metal target".to_owned(),
        found: None,
        required: true,
        install: Vec::new(),
        otherwise: Vec::new(),
    };
    match xtask_embedded::available(&tree.root) {
        Ok(way) => core.found = Some(way.to_string()),
        Err(missing) => {
            let words = |line: &String| line.split(' ').map(str::to_owned).collect();
            let mut ways: Vec<Vec<String>> = missing.install.iter().map(words).collect();
            ways.retain(|argv| argv.iter().all(|word| word != "qemu-system-arm"));
            if ways.is_empty() {
                ways.push(
                    ["rustup", "target", "add", xtask_embedded::TRIPLE].map(str::to_owned).into(),
                );
            }
            core.otherwise = ways.split_off(1);
            core.install = ways;
        }
    }
    core
}

/// The package manager of this machine, with what it calls a Debian package.
#[must_use]
pub fn install_package(package: &str) -> Vec<Vec<String>> {
    let managers: [(&str, &[&str], &[&str]); 5] = [
        (
            "apt-get",
            &["apt-get", "update"],
            &["apt-get", "install", "-y", "--no-install-recommends"],
        ),
        ("dnf", &[], &["dnf", "install", "-y"]),
        ("pacman", &[], &["pacman", "-S", "--noconfirm"]),
        ("apk", &[], &["apk", "add"]),
        ("brew", &[], &["brew", "install"]),
    ];
    let Some((manager, before, install)) =
        managers.into_iter().find(|(name, ..)| command::version(name).is_some())
    else {
        return Vec::new();
    };
    let name = match (manager, package) {
        ("brew", "qemu-system-arm") => "qemu",
        ("dnf", "qemu-system-arm") => "qemu-system-arm-core",
        _ => package,
    };
    let root = manager == "brew"
        || command::output(Path::new("/"), &["id", "-u"]).is_ok_and(|id| id == "0");
    let argv = |words: &[&str]| -> Vec<String> {
        let sudo: &[&str] = if root { &[] } else { &["sudo"] };
        sudo.iter().chain(words).map(|word| (*word).to_owned()).collect()
    };
    let mut commands = Vec::new();
    if !before.is_empty() {
        commands.push(argv(before));
    }
    let mut line = argv(install);
    line.push(name.to_owned());
    commands.push(line);
    commands
}

/// Installs what is missing of the given targets. Says first what it will run. Asks on a
/// terminal unless `yes`; elsewhere the flag that brought us here is consent enough.
///
/// # Errors
/// When a command fails.
pub fn install(
    needs: &BTreeMap<String, Vec<Requirement>>,
    yes: bool,
    out: &mut dyn Write,
) -> Result<()> {
    let mut missing: Vec<&Requirement> = Vec::new();
    for need in needs.values().flatten() {
        let wanted = need.found.is_none() && !need.install.is_empty();
        if wanted && !missing.iter().any(|other| other.name == need.name) {
            missing.push(need);
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    writeln!(out, "will run:")?;
    for need in &missing {
        writeln!(out, "  {}", need.command_line())?;
        for argv in &need.otherwise {
            writeln!(out, "    or, if that fails, {}", argv.join(" "))?;
        }
    }
    out.flush()?;
    if !yes && std::io::stdin().is_terminal() {
        write!(out, "go on? [y/N] ")?;
        out.flush()?;
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer)?;
        if !answer.trim().eq_ignore_ascii_case("y") {
            writeln!(out, "nothing installed")?;
            return Ok(());
        }
    }
    for need in missing {
        let mut done = true;
        for argv in &need.install {
            done = run(argv, out)?;
        }
        for argv in &need.otherwise {
            if done {
                break;
            }
            done = run(argv, out)?;
        }
    }
    Ok(())
}

/// Whether the command succeeded. The next look at what is there decides; a failed update
/// of package lists, for one, need not be fatal.
fn run(argv: &[String], out: &mut dyn Write) -> Result<bool> {
    let line = argv.join(" ");
    let (program, args) = argv.split_first().context("an empty command")?;
    let status = Command::new(program).args(args).stdout(std::io::stderr()).status();
    match status {
        Ok(status) if status.success() => return Ok(true),
        Ok(status) => writeln!(out, "`{line}` failed: {status}")?,
        Err(error) => writeln!(out, "`{line}` could not be started: {error}")?,
    }
    Ok(false)
}

/// What is needed besides the targets, by name.
pub type More<'a> = &'a dyn Fn() -> BTreeMap<String, Vec<Requirement>>;

/// `cargo xtask doctor`. Where no target is named, it also looks after `more`.
///
/// # Errors
/// An [`InputError`](crate::InputError) at an unknown target, and errors of the writer.
pub fn doctor(args: &DoctorArgs, more: More<'_>, out: &mut dyn Write) -> Result<Exit> {
    let tree = Tree::here()?;
    let bench = crate::BenchArgs { target: args.target.clone(), ..crate::BenchArgs::default() };
    let wanted = crate::plan::targets(&tree, &bench)?;
    let look = || -> BTreeMap<String, Vec<Requirement>> {
        let mut all = requirements(&tree);
        all.retain(|target, _| wanted.contains(target));
        if args.target.is_empty() {
            all.extend(more());
        }
        all
    };
    let mut needs = look();
    if args.install {
        if args.json {
            install(&needs, args.yes, &mut std::io::stderr())?;
        } else {
            install(&needs, args.yes, out)?;
        }
        needs = look();
    }
    let lacking = needs.values().flatten().any(|need| need.found.is_none());
    if args.json {
        let answer = json!({
            "format": FORMAT, "complete": !lacking, "targets": needs, "io": machine::io(),
        });
        writeln!(out, "{}", serde_json::to_string_pretty(&answer)?)?;
    } else {
        for (target, needs) in &needs {
            writeln!(out, "{target}: {}", verdict(needs))?;
            for need in needs {
                write_need(need, out)?;
            }
            if target == "linux" {
                // Not needed by the target: cells that a driver refuses say so themselves.
                for (name, text) in machine::io() {
                    writeln!(out, "  note     {name}: {text}")?;
                }
            }
        }
        if lacking {
            writeln!(out, "\n`cargo xtask doctor --install` runs these commands")?;
        }
    }
    Ok(if lacking { Exit::No } else { Exit::Done })
}

fn verdict(needs: &[Requirement]) -> &'static str {
    let lacks = |required: bool| needs.iter().any(|n| n.found.is_none() && n.required == required);
    match (lacks(true), lacks(false)) {
        (true, _) => "cannot run",
        (false, true) => "runs in part",
        (false, false) => "ready",
    }
}

fn write_need(need: &Requirement, out: &mut dyn Write) -> Result<()> {
    let Requirement { name, purpose, found, .. } = need;
    match found {
        Some(found) => writeln!(out, "  there    {name}: {found}")?,
        None if need.install.is_empty() => {
            writeln!(out, "  missing  {name} ({purpose}): install it by hand")?;
        }
        None => {
            writeln!(out, "  missing  {name} ({purpose}): {}", need.command_line())?;
        }
    }
    Ok(())
}
