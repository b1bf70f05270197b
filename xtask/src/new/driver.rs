//! A driver of the kernel: one file beside the others, its name, and the runtime that it is.
//!
//! As written it keeps time and is woken by other threads, and has no operations: sockets and files
//! over it are errors. What it waits for besides is the author's.

use std::fs;

use anyhow::{Context, Result, bail};
use xtask_bench::{InputError, Tree};

use super::skeleton::{Skeleton, camel, insert};

/// Where drivers lie.
const HOME: &str = "prototypes/kernel/src/driver";
/// The list of runtimes.
const RUNTIMES: &str = "prototypes/runtimes/runtimes.toml";

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
    let file = root.join(HOME).join(format!("{module}.rs"));
    let read = |path: &str| -> Result<String> {
        fs::read_to_string(root.join(path)).with_context(|| path.to_owned())
    };
    let kind_path = format!("{HOME}/kind.rs");
    let select_path = format!("{HOME}/select.rs");
    let mod_path = format!("{HOME}/mod.rs");
    let mut list = read(RUNTIMES)?;
    // Beside the other drivers of ours: that is the order of tables.
    let last = list
        .rfind("ours = true\n")
        .map_or(list.len(), |at| list[at..].find("\n\n").map_or(list.len(), |gap| at + gap + 2));
    list.insert_str(last, &format!("[[runtime]]\nid = \"{word}\"\nours = true\n\n"));
    let changed = vec![
        (root.join(&kind_path), kind(&read(&kind_path)?, &name, &word)?),
        (root.join(&select_path), select(&read(&select_path)?, &module, &name)?),
        (root.join(&mod_path), listed(&read(&mod_path)?, &module)?),
        (root.join(RUNTIMES), list),
    ];
    Ok((vec![(file, driver(&name, &word))], changed))
}

/// The enumeration of drivers, with one more.
fn kind(text: &str, name: &str, word: &str) -> Result<String> {
    let text = insert(
        text,
        "}\n\nimpl Backend {",
        &format!("    /// Say here what it waits for: runtime `{word}`.\n    {name},\n"),
    )?;
    let text = insert(
        &text,
        "        })\n    }\n}\n",
        &format!("            Backend::{name} => \"{word}\",\n"),
    )?;
    let text = insert(
        &text,
        "            _ => Err(UnknownBackend),",
        &format!("            \"{word}\" => Ok(Backend::{name}),\n"),
    )?;
    let (before, rest) = text.split_once("pub const ALL: [Backend; ").context("a list of all")?;
    let (number, rest) = rest.split_once(']').context("its length")?;
    let (drivers, rest) = rest.split_once("];").context("its end")?;
    let number: usize = number.parse().context("a number")?;
    let text = format!(
        "{before}pub const ALL: [Backend; {}]{drivers}, Backend::{name}];{rest}",
        number + 1
    );
    insert(&text, "\")\n    }\n}\n\nimpl core::error::Error", &format!(", {word}"))
}

/// How a driver is opened and whether it can be had, with one more.
fn select(text: &str, module: &str, name: &str) -> Result<String> {
    let mark = "    match backend {\n";
    let parts: Vec<&str> = text.splitn(3, mark).collect();
    let [first, second, third] = parts[..] else {
        bail!("select.rs has no two matches of a backend any more");
    };
    let import = format!("use crate::driver::{module}::{name};\n");
    let first = insert(first, "use crate::driver::sim::Sim;\n", &import)?;
    let probe = format!(
        "        Backend::{name} => \
         {name}::new(None).map(drop).map_err(|error| say(\"eventfd\", error)),\n"
    );
    let open = format!("        Backend::{name} => Ok(Box::new({name}::new(world)?)),\n");
    Ok(format!("{first}{mark}{probe}{second}{mark}{open}{third}"))
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

use contract::World;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

use crate::Instant;
use crate::driver::clock::{monotonic_us, timespec};
use crate::driver::kind::Backend;
use crate::driver::{Driver, Idle, OpHeader, Parked, UNSUPPORTED};
use crate::io_error::IoErr;
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
    pub fn new(world: Option<&'static World>) -> Result<@NAME@, IoErr> {
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

    fn backend(&self) -> Backend {
        Backend::@NAME@
    }
}
"#;

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: &str = "pub enum Backend {\n    A,\n}\n\nimpl Backend {\n    /// All.\n    \
        pub const ALL: [Backend; 1] = [Backend::A];\n}\nimpl Display {\n    fn fmt() {\n        \
        f.write_str(match self {\n            Backend::A => \"own\",\n        })\n    }\n}\n\
        impl Display {\n    fn fmt() {\n        f.write_str(\"not one of own\")\n    }\n}\n\n\
        impl core::error::Error for UnknownBackend {}\nmatch word {\n            \"own\" => \
        Ok(Backend::A),\n            _ => Err(UnknownBackend),\n}\n";

    #[test]
    fn a_driver_is_named_wherever_the_others_are() {
        let text = kind(KIND, "MyDriver", "own-my-driver").expect("the anchors are there");
        for part in [
            "    A,\n    /// Say here what it waits for: runtime `own-my-driver`.\n    MyDriver,\n}",
            "ALL: [Backend; 2] = [Backend::A, Backend::MyDriver];",
            "Backend::MyDriver => \"own-my-driver\",\n        })",
            "\"own-my-driver\" => Ok(Backend::MyDriver),\n            _ =>",
            "\"not one of own, own-my-driver\")",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }

    #[test]
    fn a_file_that_lost_its_anchors_is_an_error() {
        assert!(kind("pub enum Backend {}\n", "A", "own-a").is_err());
        assert!(select("match backend {\n}\n", "a", "A").is_err());
    }
}
