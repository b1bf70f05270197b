//! A world, and a trace of what happened when.

use std::cell::RefCell;
use std::fmt::Debug;

use contract::World;

/// `assert_eq!` for what was awaited: an await in a macro's arguments is not sealed, so it does
/// not compile.
#[track_caller]
pub(crate) fn same<T: PartialEq + Debug>(got: T, expected: T) {
    assert_eq!(got, expected);
}

/// `assert!` for what was awaited.
#[track_caller]
pub(crate) fn holds(condition: bool) {
    assert!(condition);
}

pub(crate) fn world() -> &'static World {
    Box::leak(Box::new(World::new()))
}

/// Events in order: virtual milliseconds and a name.
pub(crate) struct Trace {
    pub(crate) world: &'static World,
    events: RefCell<Vec<(u32, &'static str)>>,
}

impl Trace {
    pub(crate) fn new() -> Trace {
        Trace { world: world(), events: RefCell::default() }
    }

    pub(crate) fn log(&self, event: &'static str) {
        self.events.borrow_mut().push((self.world.now_ms(), event));
    }

    pub(crate) fn events(&self) -> Vec<(u32, &'static str)> {
        self.events.borrow().clone()
    }
}
