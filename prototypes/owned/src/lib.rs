//! The status quo with tasks: what is spawned owns all that it uses, and moves by itself.
//!
//! An operation is a future as it is known. Concurrency is written as tasks: [`spawn`]
//! moves a future to the heap and into the executor's ready list, beside the root and in one
//! order with it, and returns a handle. Nothing has to drive a task, so nothing stands still
//! because its parent waits for something else. The prices are what the suite measures: a task
//! is `'static`, so it borrows nothing and shares by counting; an abort takes effect at the
//! task's next turn, after the request has returned; and a dropped handle either leaves the task
//! to itself or aborts it, which no reader can see at the place where it is dropped.
//!
//! - [`spawn`], [`Task`]: await, [`abort`](Task::abort), [`cancelled`](Task::cancelled),
//!   [`detach`](Task::detach). One allocation a task: head, future and output in one block.
//! - [`JoinSet`] takes outputs in the order of their ends; its links are in the tasks.
//! - [`scope!`] is such a set in the dialect, [`hold!`] a task, [`buffered`] a window of tasks.
//! - [`StaticPool`] holds tasks of one type in a static, without a heap.
//! - [`race`], [`join`], [`timeout()`] and the leaves are those of [`design_poll`].
//!
//! What a runtime makes of handles and panics is a [`Mode`]. This crate is bound to [`Detach`]
//! (tokio's choice); `design-owned-cancel` is this dialect bound to [`Cancel`] (smol's),
//! `design-owned-token` to [`ByToken`], in which a request to end is a [`Token`] that the program
//! passes on and looks at, and `design-owned-production` to `Production`, which carries what
//! production runtimes carry.
//!
//! ```
//! # extern crate design_owned as design;
//! use design as d;
//!
//! let world: &'static contract::World = Box::leak(Box::new(contract::World::new()));
//! d::block_on(world, async {
//!     d::chan!(letters: u32, 1);
//!     let letters_of_the_task = d::share(letters);
//!     let sender = d::spawn(async move { letters_of_the_task.send(7).await });
//!     let _elsewhere = d::sleep(5).await;
//!     assert_eq!(letters.recv().await, Ok(Some(7)), "it was sent meanwhile");
//!     assert!(sender.is_finished());
//!
//!     let endless = d::spawn(std::future::pending::<()>());
//!     endless.abort();
//!     assert!(!endless.is_finished(), "it ends at its next turn");
//!     assert!(endless.await.is_err());
//! });
//! ```
//!
//! Deliberately absent: other threads (tasks are local), borrowing children, cleanup that
//! awaits. Read next: `src/block.rs`, then `src/set.rs`; `DESIGN.md` has the safety case.

#![no_std]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod aborted;
#[cfg(not(feature = "alloc"))]
mod arena;
mod block;
mod buffered;
#[cfg(feature = "std")]
pub mod coop;
mod head;
mod hold;
mod join_set;
#[macro_use]
mod macros;
mod mode;
mod op;
mod pool;
#[cfg(feature = "std")]
pub mod production;
mod scope;
mod set;
mod share;
mod store;
mod task;
mod token;

pub use aborted::Aborted;
pub use buffered::{Buffered, buffered_in};
pub use core::future::Future;
#[cfg(feature = "io")]
pub use design_poll::{
    Accept, Buf, Conn, Counted, File, IoError, Listener, OpenResource, Orphan, Read, Resource,
    Write, accept, accept_or, buf, connect, device_read, listen, open, open_resource, read,
    read_at, read_exact, write, write_all,
};
pub use design_poll::{
    Acquire, Barrier, Chan, Edge, Either, Error, Guard, Join, Lock, Locking, Op, Permit, Race,
    Recv, Sem, Send, SendError, Sleep, Timeout, YieldNow, barrier, cleanup, edge, join, race,
    shield, sleep, task, task_fn, timeout, yield_now,
};
#[cfg(feature = "alloc")]
pub use design_poll::{Boxed, boxed};
pub use hold::{Hold, Turn};
pub use join_set::{JoinNext, JoinSet};
pub use mode::{ByToken, Cancel, Detach, Mode};
pub use op::block_on_in;
pub use pool::{Busy, StaticPool};
#[cfg(feature = "std")]
pub use production::Production;
pub use scope::{Child, Scope};
pub use share::{Share, Shared, TaskRc, share};
pub use task::{Cancelled, Task, spawn_in, spawn_with_in};
pub use token::{RunUntil, Token, TokenCancelled};

bind_functions!(Detach);

kernel::measured!(awb_marker_owned, "owned");

/// What macros expand to. No part of the interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::hold::Held;
    pub use crate::pool::{PoolMemory, pool_bytes, pool_of};
    pub use crate::scope::Children;
}
