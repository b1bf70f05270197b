//! What a test of the suite has said, with the time.

use std::cell::RefCell;

use contract::World;

/// The world of one test and what happened in it.
pub(crate) struct Log {
    pub(crate) world: &'static World,
    lines: RefCell<Vec<String>>,
}

impl Log {
    pub(crate) fn new() -> &'static Log {
        Box::leak(Box::new(Log::on(Box::leak(Box::new(World::new())))))
    }

    pub(crate) fn on(world: &'static World) -> Log {
        Log { world, lines: RefCell::default() }
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.borrow().clone()
    }

    pub(crate) fn say(&self, what: &str) {
        self.lines.borrow_mut().push(format!("{} {what}", self.world.now_ms()));
    }

    #[track_caller]
    pub(crate) fn expect(&self, lines: &[&str]) {
        assert_eq!(self.lines(), lines);
    }
}
