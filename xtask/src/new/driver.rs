//! A driver of the kernel: a folder, its `mod` line, its row in the table of drivers, and the
//! runtime that it is.
//!
//! As written it keeps time and is woken by other threads, and has no operations: sockets and files
//! over it are errors. What it waits for besides is the author's.

use std::fs;

use anyhow::{Context, Result};
use xtask_bench::{InputError, Tree};
use xtask_judge::runtimes::RUNTIMES;

use super::skeleton::{Skeleton, camel, insert};

/// Where drivers lie.
const HOME: &str = "prototypes/kernel/src/driver";

/// The new file, and the files that name it, changed.
pub(super) fn skeleton(tree: &Tree, id: &str) -> Result<(Skeleton, Skeleton)> {
    let root = &tree.root;
    let word = format!("own-{id}");
    if tree.runtimes().contains(word.as_str()) {
        return Err(
            InputError::new(format!("`{word}` is a runtime already; choose another")).into()
        );
    }
    let (module, name) = (id.replace('-', "_"), camel(id));
    let file = root.join(HOME).join(&module).join("mod.rs");
    let read = |path: &str| -> Result<String> {
        fs::read_to_string(root.join(path)).with_context(|| path.to_owned())
    };
    let kind_path = format!("{HOME}/kind.rs");
    let mod_path = format!("{HOME}/mod.rs");
    let mut list = read(RUNTIMES)?;
    // Beside the other drivers of ours: that is the order of tables.
    let last = list
        .rfind("ours = true\n")
        .map_or(list.len(), |at| list[at..].find("\n\n").map_or(list.len(), |gap| at + gap + 2));
    list.insert_str(last, &format!("[[runtime]]\nid = \"{word}\"\nours = true\n\n"));
    let changed = vec![
        (root.join(&kind_path), kind(&read(&kind_path)?, &module, &name, &word)?),
        (root.join(&mod_path), listed(&read(&mod_path)?, &module)?),
        (root.join(RUNTIMES), list),
    ];
    Ok((vec![(file, driver(&name, &word))], changed))
}

/// The table of drivers, with one more at its end: islands ask for it last.
fn kind(text: &str, module: &str, name: &str, word: &str) -> Result<String> {
    let (before, rest) = text.split_once("\ndrivers! {\n").context("kind.rs has no table")?;
    let (rows, after) = rest.split_once("}\n").context("the table in kind.rs does not end")?;
    let row = format!("    {name}, \"{word}\", crate::driver::{module}::{name};\n");
    Ok(format!("{before}\ndrivers! {{\n{rows}{row}}}\n{after}"))
}

/// The list of modules, with one more.
fn listed(text: &str, module: &str) -> Result<String> {
    insert(text, "pub mod isr;\n", &format!("#[cfg(feature = \"io\")]\npub mod {module};\n"))
}

fn driver(name: &str, word: &str) -> String {
    TEMPLATE.replace("@NAME@", name).replace("@WORD@", word)
}

/// A driver of real time without operations.
const TEMPLATE: &str = r#"//! The driver `@WORD@`: say here what it waits for.
//!
//! As written it keeps time and is woken by other threads. It has no operations: what is submitted
//! ends at once as unsupported, so sockets and files over it are errors.

use core::ptr::NonNull;
use core::task::Waker;
use std::format;
use std::string::String;

use contract::World;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

use crate::Instant;
use crate::driver::clock::{monotonic_us, timespec};
use crate::driver::real::Real;
use crate::driver::{Driver, Idle, OpHeader, Parked, UNSUPPORTED};
use crate::io_error::IoError;
use crate::wake::notifier::Notifier;

/// The driver.
#[derive(Debug)]
pub struct @NAME@ {
    notifier: Notifier,
    /// Microseconds of the system's clock at our epoch.
    epoch_us: u64,
    world: Option<&'static World>,
}

impl @NAME@ {
    /// A driver for one run. `world` is where the run publishes what it counted.
    ///
    /// # Errors
    /// No descriptor left.
    pub fn new(world: Option<&'static World>) -> Result<@NAME@, IoError> {
        Ok(@NAME@ { notifier: Notifier::take()?, epoch_us: monotonic_us(), world })
    }

    /// Blocks until a wake of another thread, or until the time is over.
    fn wait(&self, left_us: Option<u64>) {
        let mut watched = [PollFd::new(&self.notifier, PollFlags::IN)];
        match poll(&mut watched, left_us.map(timespec).as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => panic!("poll: {errno}"),
        }
        // Readable for as long as it is not read; empty where the time was over.
        let mut count = [0; 8];
        let _empty = rustix::io::read(&self.notifier, &mut count);
    }
}

impl Driver for @NAME@ {
    fn now(&self) -> Instant {
        Instant(monotonic_us() - self.epoch_us)
    }

    fn deadline(&self, ms: u32) -> Instant {
        Instant(self.now().0.saturating_add(u64::from(ms) * 1000))
    }

    unsafe fn submit(&self, op: NonNull<OpHeader>) {
        // SAFETY: alive by the caller's promise.
        unsafe { op.as_ref() }.complete(UNSUPPORTED);
    }

    fn cancel(&self, _: &OpHeader) {}

    fn edges(&self, _: usize) -> u32 {
        0
    }

    fn register(&self, _: usize, _: &Waker) {}

    fn park(&self, deadline: Option<Instant>, idle: Idle<'_>) -> Parked {
        match idle.sleep(&self.notifier) {
            None => Parked::Woken,
            Some(_asleep) => {
                self.wait(deadline.map(|at| at.0.saturating_sub(self.now().0)));
                Parked::Progress
            }
        }
    }

    fn world(&self) -> Option<&'static World> {
        self.world
    }

    fn stuck(&self) -> ! {
        unreachable!("a real driver has no watchdog")
    }
}

impl Real for @NAME@ {
    fn open(world: Option<&'static World>) -> Result<@NAME@, IoError> {
        @NAME@::new(world)
    }

    fn probe() -> Result<(), String> {
        @NAME@::new(None).map(drop).map_err(|error| format!("eventfd: {error}"))
    }
}
"#;

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: &str = "macro_rules! drivers {}\n\ndrivers! {\n    A, \"own-a\", \
        crate::driver::a::A;\n}\n\nimpl Backend {}\n";

    #[test]
    fn a_driver_is_a_row_behind_the_others() {
        let text = kind(KIND, "my_driver", "MyDriver", "own-my-driver").expect("a table");
        let row = "    MyDriver, \"own-my-driver\", crate::driver::my_driver::MyDriver;\n}\n\nimpl";
        assert!(text.contains(&format!("crate::driver::a::A;\n{row}")), "{text}");
        assert_eq!(text.lines().count(), KIND.lines().count() + 1);
    }

    #[test]
    fn a_file_that_lost_its_table_is_an_error() {
        assert!(kind("pub enum Backend {}\n", "a", "A", "own-a").is_err());
        assert!(listed("pub mod sim;\n", "a").is_err());
    }
}
