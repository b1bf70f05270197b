//! An operation that is kept as a task, and a window of tasks.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::Spawn;

/// The frame's part of `hold!`: the handle. Dropped at the end of the body, with what the
/// runtime makes of that.
pub struct Held<T: 'static, S: Spawn> {
    task: RefCell<S::Task<T>>,
}

impl<T, S: Spawn> fmt::Debug for Held<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").finish_non_exhaustive()
    }
}

impl<T, S: Spawn> Held<T, S> {
    /// Spawns an operation.
    ///
    /// # Panics
    /// Outside of the runtime.
    pub fn new(op: impl Future<Output = T> + 'static) -> Held<T, S> {
        Held { task: RefCell::new(S::spawn(op)) }
    }

    /// What the body names.
    pub fn handle(&self) -> Hold<'_, T, S> {
        Hold { held: self }
    }
}

/// Names a kept operation inside the body of `hold!`.
#[derive(Debug)]
pub struct Hold<'h, T: 'static, S: Spawn> {
    held: &'h Held<T, S>,
}

impl<T, S: Spawn> Hold<'_, T, S> {
    /// Waits for the output of the operation. Dropping a turn changes nothing.
    pub fn turn(&self) -> Turn<'_, T, S> {
        Turn { held: self.held }
    }
}

/// See [`Hold::turn`].
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct Turn<'h, T: 'static, S: Spawn> {
    held: &'h Held<T, S>,
}

impl<T, S: Spawn> Future for Turn<'_, T, S> {
    type Output = T;

    /// # Panics
    /// After the output was taken, as the runtime's handle does. A task that was ended with
    /// its runtime is never ready.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        match ready!(Pin::new(&mut *self.held.task.borrow_mut()).poll(cx)) {
            Some(output) => Poll::Ready(output),
            None => Poll::Pending,
        }
    }
}

/// Keeps up to `N` operations spawned and runs `body` on their outputs, in order, one at a
/// time. A free place is filled when the loop asks for the next output. What the runtime has
/// ended has no output and is passed over.
///
/// # Cancellation
/// Dropping it drops up to `N` handles, with what the runtime makes of that.
pub async fn buffered<S: Spawn, const N: usize, I, F, B>(ops: I, mut body: F)
where
    I: IntoIterator<Item: Future<Output: 'static> + 'static>,
    F: FnMut(<I::Item as Future>::Output) -> B,
    B: Future<Output = ()>,
{
    const { assert!(N > 0, "a window of no operations gets nowhere") };
    let mut ops = ops.into_iter().map(S::spawn);
    let mut window = VecDeque::with_capacity(N);
    loop {
        window.extend(ops.by_ref().take(N - window.len()));
        let Some(oldest) = window.pop_front() else { return };
        if let Some(output) = oldest.await {
            body(output).await;
        }
    }
}
