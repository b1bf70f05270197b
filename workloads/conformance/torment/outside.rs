//! The conformance suite and the workloads on virtual time, tormented from outside.
//!
//! A test program is the design that they are written for: its crate root is called `design`, takes
//! all names of the design and shadows those that `plain.rs` or `sealed.rs` declare. There every
//! leaf, operand, child, kept operation, window and root is wrapped in foreign code, so that wakers
//! and destructors that misbehave stand at each place where the design calls foreign code, and the
//! programs are as they are.
//!
//! A program runs once as it is, and then again and again, each time with one foreign call that
//! panics, wakes all that was ever polled, or starts a run. Afterwards:
//!
//! - the design itself has not panicked: a panic is the one that was injected, or of the program;
//! - after a deed other than a panic everything has happened that happens without it; after a wake
//!   it may have happened at other times;
//! - after a panic the run has ended with a panic, or everything has happened all the same. Where
//!   tasks hold panics back ([`HoldsPanics`]) others may wait for what a panic has ended;
//! - what runs beside a root that panics ends as ever;
//! - a program that goes on for ever is ended, and may do so only after a panic;
//! - values are dropped, nodes are back, and wakers that are kept wake nothing.

use std::cell::{Cell, RefCell};
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use contract::{Params, Workload, World};

use super::trial::{WORLD, fresh, left_over, quiet_run, visited};
use super::visits::{self, Deed};
use super::{enough, is_tried, panics, share};

/// What a panic of a task is in a design: an outcome of the task, or on its way to the root.
pub(crate) type HoldsPanics = bool;

type Digest = (usize, u64);

/// A program, and what happened in it, in any order.
pub(crate) struct Program {
    name: String,
    run: Box<dyn Fn(&'static World) -> Digest>,
    /// Whether it survives a panic, as a program.
    panics: bool,
}

/// Programs in whose names one of the words is must not panic where cancelling waits: they shield
/// a party that then waits for ever for the one that has panicked, which ends the process and says
/// so.
#[expect(clippy::allow_attributes, reason = "where cancelling does not wait it is not used")]
#[allow(dead_code, reason = "as above")]
pub(crate) fn without_panics(mut programs: Vec<Program>, words: &[&str]) -> Vec<Program> {
    programs
        .iter_mut()
        .for_each(|it| it.panics &= !words.iter().any(|word| it.name.contains(word)));
    programs
}

fn digest<T: Hash>(events: impl IntoIterator<Item = T>) -> Digest {
    events.into_iter().fold((0, 0), |(count, sum), event| {
        let mut hasher = DefaultHasher::new();
        event.hash(&mut hasher);
        (count + 1, sum.wrapping_add(hasher.finish()))
    })
}

/// A program of the suite and its name.
type Named<L> = (&'static str, fn(&'static L));

/// The programs of `suite.rs`; `run` makes a log, runs one, and has the lines.
pub(crate) fn traces<L: 'static>(
    programs: &[Named<L>],
    log: fn(&'static World) -> L,
    lines: fn(&L) -> Vec<String>,
) -> Vec<Program> {
    let program = |&(name, run): &Named<L>| Program {
        name: format!("suite/{name}"),
        run: Box::new(move |world| {
            let log: &'static L = visits::lend(log(world));
            // A panic of the program says nothing of the lines before it.
            run(log);
            digest(lines(log))
        }),
        panics: true,
    };
    programs.iter().map(program).collect()
}

/// The programs of `scope_traps.rs`, which have a world of their own. Left out are the one that
/// forgets, because what it leaves is as it should be; the one whose own destructor panics, because
/// a second panic ends the process; and the one that wakes on another thread, where nothing counts.
#[expect(clippy::allow_attributes, reason = "designs that own their children have none")]
#[allow(dead_code, reason = "as above")]
pub(crate) fn traps(programs: &[(&'static str, fn())]) -> Vec<Program> {
    let left_out = ["t01_forgotten", "t05_panic_in_a_destructor", "t11_"];
    let kept = programs.iter().filter(|(name, _)| !left_out.iter().any(|it| name.starts_with(it)));
    let program = |&(name, run): &(&str, fn())| Program {
        name: format!("traps/{name}"),
        run: Box::new(move |_| {
            run();
            (0, 0)
        }),
        panics: true,
    };
    kept.map(program).collect()
}

/// All cases of workloads, at the size that their description has for virtual time, or the largest
/// that is wanted.
pub(crate) fn cases(workloads: &[Workload]) -> Vec<Program> {
    let all = workloads.iter().flat_map(|workload| {
        let params = Params { n: size(workload.id) };
        workload.cases.iter().map(move |case| Program {
            name: format!("{}/{}", workload.id, case.id),
            run: Box::new(move |world| {
                (case.run)(world, &params);
                digest(world.ledger().all().map(contract::Event::to_bytes))
            }),
            panics: true,
        })
    });
    all.collect()
}

fn description(file: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let tree = path.ancestors().find(|folder| folder.join("workloads/suite").is_dir());
    let path = tree.expect("a design is in the tree").join("workloads/suite").join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn size(id: &str) -> u32 {
    let text = description(&format!("{}.toml", id.replace('-', "_")));
    let sizes = text.split_once("[params.sim]\nn = [").expect("it runs on virtual time").1;
    let digits: String = sizes.chars().take_while(char::is_ascii_digit).collect();
    let size: u32 = digits.parse().expect("a size is a number");
    size.min(most())
}

/// The largest size of a workload; a small one under an interpreter.
fn most() -> u32 {
    let text = std::env::var("TORMENT_SIZE").ok();
    let usual = if cfg!(miri) { 4 } else { u32::MAX };
    text.map_or(usual, |text| text.parse().expect("a number"))
}

thread_local! {
    static BESIDE: RefCell<Option<Rc<Beside>>> = const { RefCell::new(None) };
}

/// What a trial knows of its root and of what runs beside it.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    pub(crate) root_ended: Cell<bool>,
    pub(crate) root_panicked: Cell<bool>,
    pub(crate) ended: Cell<bool>,
}

/// Asked for by the root of each run of a trial.
pub(crate) fn beside() -> Rc<Beside> {
    let beside = Rc::<Beside>::default();
    BESIDE.set(Some(beside.clone()));
    beside
}

/// Milliseconds between the turns of what runs beside the root, and how many it has at most
/// while the root runs, and after it.
pub(crate) const TURNS: (u32, u32, u32) = (7, 40, 2);

/// What a run without misbehaviour is like.
struct Usual {
    digest: Option<Digest>,
    hangs: bool,
    panics: bool,
    calls: u32,
}

fn usual(program: &Program) -> Usual {
    let world = fresh(&WORLD);
    visits::begin(u32::MAX, Deed::Nothing, quiet_run);
    let run = catch_unwind(AssertUnwindSafe(|| (program.run)(world)));
    let calls = visits::count();
    visits::disarm();
    visits::end();
    let _usual = panics::taken();
    let hangs = world.ledger().watchdog_fired();
    Usual { digest: run.as_ref().ok().copied(), hangs, panics: run.is_err(), calls }
}

fn trial(
    program: &Program,
    usual: &Usual,
    at: u32,
    deed: Deed,
    holds_panics: HoldsPanics,
) -> Option<String> {
    let nodes = kernel::wake::handle::taken();
    let world = fresh(&WORLD);
    if std::env::var_os("TORMENT_SHOW").is_some() {
        println!("{} {deed:?} at {at}", program.name);
    }
    BESIDE.set(None);
    visits::begin(at, deed, quiet_run);
    visits::limit(usual.calls.saturating_mul(10).saturating_add(10_000));
    let run = catch_unwind(AssertUnwindSafe(|| (program.run)(world)));
    visits::disarm();
    let hangs = world.ledger().watchdog_fired();
    let mut wrong: Vec<String> = panics::taken().into_iter().collect();
    // Who is polled for nothing may begin its next step earlier: as much happens, at other times.
    let seen = |digest: &Digest| (digest.0, (deed != Deed::Wake).then_some(digest.1));
    let same =
        run.as_ref().ok().map(seen) == usual.digest.as_ref().map(seen) && hangs == usual.hangs;
    let excused = deed == Deed::Panic && (run.is_err() || holds_panics);
    if !same && !excused {
        wrong.push(match run {
            Err(panic) if panic.is::<visits::Endless>() => String::from("it does not end"),
            Err(_) if !usual.panics => String::from("it panicked"),
            _ if hangs && !usual.hangs => String::from("a wake was lost"),
            _ => String::from("something else has happened"),
        });
    }
    if BESIDE.take().is_some_and(|beside| beside.root_panicked.get() && !beside.ended.get()) {
        wrong.push(String::from("what runs beside the root has not ended"));
    }
    left_over(nodes, &mut wrong);
    (!wrong.is_empty()).then(|| format!("{} {deed:?} at {at}: {}", program.name, wrong.join("; ")))
}

/// How many foreign calls the trials of one program may make together.
fn budget() -> u64 {
    let text = std::env::var("TORMENT_CALLS").ok();
    let usual = if cfg!(miri) { 600 } else { 60_000 };
    text.map_or(usual, |text| text.parse().expect("a number"))
}

/// Torments programs from outside.
///
/// # Panics
/// With all that is wrong.
pub(crate) fn torment(design: &str, programs: &[Program], holds_panics: HoldsPanics) {
    if super::process::in_one_of_its_own() {
        return;
    }
    let (mut trials, mut calls, mut pair, mut wrong) = (0_u64, 0_u64, 0, Vec::new());
    let only = std::env::var("TORMENT_ONLY").unwrap_or_default();
    panics::note();
    for program in programs.iter().filter(|program| program.name.contains(&only)) {
        let deeds = [Deed::Panic, Deed::Wake, Deed::Run].map(|deed| (deed, is_tried(&mut pair)));
        if deeds.iter().all(|(_, is_tried)| !is_tried) {
            continue;
        }
        let usual = usual(program);
        calls += u64::from(usual.calls);
        // A trial makes about as many calls as the run that is usual.
        let each = budget() / u64::from(usual.calls.max(1)) / deeds.len() as u64;
        let stride = u64::from(usual.calls).div_ceil(each.max(1)).max(1);
        let stride = u32::try_from(stride).unwrap_or(u32::MAX);
        let wanted =
            |(deed, is_tried): &(Deed, bool)| *is_tried && (program.panics || *deed != Deed::Panic);
        for (number, (deed, _)) in (0..).zip(deeds.into_iter().filter(wanted)) {
            // Each deed at other calls.
            let mut at = 1 + number * stride / 3;
            while at <= usual.calls && wrong.len() <= enough() {
                wrong.extend(trial(program, &usual, at, deed, holds_panics));
                trials += 1;
                at += stride;
            }
        }
    }
    panics::report();
    println!(
        "{design}: {} programs from outside, of which a share of one in {}, with {calls} foreign \
         calls, {trials} trials of at most {} calls a program; foreign calls: {}",
        programs.len(),
        share(),
        budget(),
        visited()
    );
    assert!(wrong.is_empty(), "{design}:\n{}", wrong.join("\n"));
    assert!(trials > 0 && calls > 0, "{design}: nothing was tormented");
}

/// The workloads whose clock is virtual, by their descriptions.
#[expect(clippy::allow_attributes, reason = "a design that lists its workloads does without")]
#[allow(dead_code, reason = "as above")]
pub(crate) fn on_virtual_time(workloads: &[Workload]) -> Vec<Workload> {
    let is_virtual = |workload: &&Workload| {
        let file = format!("{}.toml", workload.id.replace('-', "_"));
        description(&file).contains("clock = \"virtual\"")
    };
    workloads.iter().filter(is_virtual).copied().collect()
}

/// Wants every workload on virtual time to be among those that are tormented, but for those that
/// the design says it cannot express.
pub(crate) fn is_whole(design: &str, workloads: &[Workload]) {
    let tree = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let tree = tree.ancestors().find(|folder| folder.join("workloads/suite").is_dir());
    let tree = tree.expect("a design is in the tree");
    // What a mode cannot express its design says.
    let folder = design.split('/').next().unwrap_or(design);
    let declared =
        std::fs::read_to_string(tree.join("prototypes").join(folder).join("design.toml"));
    let declared = declared.expect("a design has a description");
    let unsupported = declared.split_once("[unsupported]").map_or("", |(_, rest)| rest);
    for entry in std::fs::read_dir(tree.join("workloads/suite")).expect("a folder") {
        let name = entry.expect("a file").file_name().to_string_lossy().into_owned();
        let Some(stem) = name.strip_suffix(".toml") else { continue };
        let id = stem.replace('_', "-");
        let virtual_time = description(&name).contains("clock = \"virtual\"");
        let expected = virtual_time && !unsupported.contains(&format!("{id} = "));
        let there = workloads.iter().any(|workload| workload.id == id);
        assert_eq!(
            there, expected,
            "{design}: is {id} tormented? The lists are in workloads/conformance/torment/all_*.rs"
        );
    }
}
