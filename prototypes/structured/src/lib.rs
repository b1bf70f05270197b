//! Must-complete children that their scope drives.
//!
//! The fourth corner of {may be dropped, must complete} × {driven when awaited, driven by the
//! scope}. An operation is that of [`design_completion`]: once begun it runs to its end, a
//! buffer is lent, cancelling is a value. What changes is who moves a child that is not awaited:
//! its scope, whenever the task of the scope runs, in the order of [`kernel::run::drive`] that the
//! droppable scope of `design-scoped` has as well. So each of the two neighbours differs from
//! this design in one thing, and the rest is the same code.
//!
//! - [`scope!`] and [`scope_in`] run a body and its children to their ends. Children borrow
//!   what outlives the scope. There is no detaching, and forgetting a scope that has begun
//!   takes unsafe code.
//! - A [`Policy`] says what the failure of a child means for the others, a
//!   [`deadline`](Scope::deadline) when all are asked to end, [`shield`] what still runs to its
//!   end. Being asked is sticky and reaches scopes in children.
//! - [`hold!`] is a scope of one typed child: it moves between turns. [`buffered`] is a window
//!   of children: it moves while the loop body runs.
//! - Leaves, [`race`], [`join`], [`timeout()`], [`cleanup!`], sockets and files are those of
//!   `completion`.
//!
//! ```
//! # extern crate design_structured as design;
//! use design as d;
//!
//! let world: &'static contract::World = Box::leak(Box::new(contract::World::new()));
//! d::block_on(world, d::task!(async {
//!     let table = [1, 2, 3, 4];
//!     let sum = d::scope!(policy = d::Policy::AllOrFail, bytes = 1024, |s| {
//!         s.deadline(500);
//!         let low = s.spawn(d::task!(async { table[..2].iter().sum::<i32>() }));
//!         let high = s.spawn(d::task!(async { table[2..].iter().sum::<i32>() }));
//!         // Both move while the body waits for something else.
//!         let _ = d::sleep(10).await;
//!         low.await.unwrap_or(0) + high.await.unwrap_or(0)
//!     })
//!     .await;
//!     assert_eq!(sum, Ok(10));
//! }));
//! ```
//!
//! Deliberately absent: children on other threads (a mode of its own), trees of tasks that
//! outlive a scope. `DESIGN.md` has the safety case, the holes, and whose idea all this is.
//! Read next: `run.rs`, then `policy.rs`.

#![no_std]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

// The macros name this crate as its users do.
extern crate self as design;

mod buffered;
mod child;
mod hold;
mod macros;
mod mem;
mod op;
mod policy;
mod run;
mod scope;

pub use buffered::{Buffered, buffered};
pub use child::{Child, End};
pub use design_completion::__parts::Panic;
#[cfg(feature = "io")]
pub use design_completion::{
    Accepted, All, Buf, Conn, Connect, Connected, Count, File, Io, IoError, Listener, Opened,
    Orphan, Resource, accept, accept_or, buf, connect, island, listen, open, open_resource,
    provide, read, read_at, read_exact, read_provided, write, write_all,
};
pub use design_completion::{
    Acquire, Barrier, Chan, Checkpoint, Completion, Deadline, DeviceRead, Edge, Either, Error,
    Guard, Interruptible, Join, Lock, Locking, Op, Permit, Plain, Race, RaceBoth, ReadError, Recv,
    Sem, Send, SendError, Shared, Shield, Sleep, Timeout, YieldNow, barrier, chan, checkpoint,
    cleanup, deadline, device_read, edge, interruptible, join, lock, own, plain, race, race_both,
    sem, share, shield, sleep, task, task_fn, timeout, yield_now,
};
#[cfg(feature = "alloc")]
pub use design_completion::{Boxed, boxed};
pub use hold::{Hold, Turn};
pub use mem::ScopeMem;
pub use op::block_on;
#[cfg(feature = "io")]
pub use op::block_on_host;
pub use policy::{Ended, Policy, ScopeError, Why};
pub use run::scope_in;
pub use scope::{NoSpace, Scope};

kernel::measured!(awb_marker_structured, "structured");

/// What macros expand to. No part of the interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::hold::{Held, drive};
    pub use crate::run::{open, output, run};
    pub use design_completion::__private::{Completion, Opening, pin};
}
