//! A log of lines with virtual milliseconds, and operations that write it.

#![allow(dead_code, reason = "every test file uses a part of it")]

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;

use contract::World;
use design_owned as d;

pub(crate) fn world() -> &'static World {
    Box::leak(Box::new(World::new()))
}

/// Runs a root in mode `M`.
pub(crate) fn run_in<M: d::Mode>(root: impl Future<Output = ()>) {
    d::block_on_in::<M>(world(), root);
}

/// Runs a root; dropped handles detach.
pub(crate) fn run(root: impl Future<Output = ()>) {
    run_in::<d::Detach>(root);
}

/// Lines that tasks share.
#[derive(Clone, Default)]
pub(crate) struct Log(Rc<RefCell<Vec<String>>>);

impl Log {
    pub(crate) fn say(&self, what: impl Into<String>) {
        self.0.borrow_mut().push(what.into());
    }

    /// Says it when it is dropped.
    pub(crate) fn at_drop(&self, what: &'static str) -> Gone {
        Gone(self.clone(), what)
    }

    #[track_caller]
    pub(crate) fn expect(&self, lines: &[&str]) {
        assert_eq!(*self.0.borrow(), lines);
    }
}

pub(crate) struct Gone(Log, &'static str);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.say(self.1);
    }
}

/// Sleeps, says its name; says `<name> gone` when its frame is dropped before.
pub(crate) async fn nap(log: Log, name: &'static str, ms: u32) -> u32 {
    let gone = log.at_drop(name);
    let _slept = d::sleep(ms).await;
    std::mem::forget(gone);
    log.say(format!("{name} slept"));
    ms
}
