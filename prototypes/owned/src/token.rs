//! A token: a request to end that the program passes on and looks at, in the places that it
//! chooses. In spirit the `CancellationToken` of tokio-util, for tasks of one thread.

use core::cell::Cell;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use design_poll::{Chan, Either, Race, Recv, race};

use crate::share::{Shared, TaskRc};

/// What all clones of a token share.
struct Gate {
    cancelled: Cell<bool>,
    /// Nothing is ever sent; closing it wakes all that wait.
    line: Chan<(), 1>,
}

/// A request to end, or the absence of one. Clones share it, and every clone is counted.
///
/// It ends nothing: what does not look at it goes on. A program looks between steps
/// ([`is_cancelled`](Token::is_cancelled)), waits for it beside something else
/// ([`cancelled`](Token::cancelled)), or gives an operation up for it
/// ([`run_until`](Token::run_until)), which drops the operation where it stands.
///
/// ```
/// # extern crate design_owned as design;
/// use design as d;
///
/// let world: &'static contract::World = Box::leak(Box::new(contract::World::new()));
/// d::block_on(world, async {
///     let token = d::Token::new();
///     let of_the_task = token.clone();
///     let steps = d::spawn(async move {
///         let mut steps = 0;
///         while of_the_task.run_until(d::sleep(10)).await.is_some() {
///             steps += 1;
///         }
///         steps
///     });
///     let _meanwhile = d::sleep(25).await;
///     token.cancel();
///     assert_eq!(steps.await.ok(), Some(2));
/// });
/// ```
pub struct Token {
    gate: Shared<'static, Gate>,
}

impl Token {
    /// A token that nothing has cancelled.
    ///
    /// # Panics
    /// When a build without a heap has no room.
    #[must_use]
    pub fn new() -> Token {
        let gate = TaskRc::new(Gate { cancelled: Cell::new(false), line: Chan::new() });
        Token { gate: gate.into_shared() }
    }

    /// Cancels it, for all clones and for good. Runs no code of a task; who waits is woken.
    pub fn cancel(&self) {
        if !self.gate.cancelled.replace(true) {
            self.gate.line.close();
        }
    }

    /// Whether it was cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.gate.cancelled.get()
    }

    /// Waits until it is cancelled.
    ///
    /// # Cancellation
    /// Dropping it loses nothing.
    pub fn cancelled(&self) -> TokenCancelled<'_> {
        TokenCancelled { line: self.gate.line.recv() }
    }

    /// Runs an operation until it ends or the token is cancelled, which is looked at first:
    /// after that the operation is not begun, or dropped where it stands, and this is `None`.
    ///
    /// # Cancellation
    /// Drops the operation.
    pub fn run_until<F: Future>(&self, op: F) -> RunUntil<'_, F> {
        RunUntil { race: race(self.cancelled(), op) }
    }
}

impl Clone for Token {
    fn clone(&self) -> Token {
        Token { gate: self.gate.clone() }
    }
}

impl Default for Token {
    fn default() -> Token {
        Token::new()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("is_cancelled", &self.is_cancelled()).finish()
    }
}

/// See [`Token::cancelled`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct TokenCancelled<'t> {
    line: Recv<'t, (), 1>,
}

impl Future for TokenCancelled<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // SAFETY: the only field of a pinned struct without `Drop`; never moved.
        unsafe { self.map_unchecked_mut(|this| &mut this.line) }.poll(cx).map(|_closed| ())
    }
}

/// See [`Token::run_until`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct RunUntil<'t, F: Future> {
    race: Race<TokenCancelled<'t>, F>,
}

impl<F: Future> Future for RunUntil<'_, F> {
    type Output = Option<F::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        // SAFETY: the only field of a pinned struct without `Drop`; never moved.
        let race = unsafe { self.map_unchecked_mut(|this| &mut this.race) };
        race.poll(cx).map(|first| match first {
            Either::A(()) => None,
            Either::B(output) => Some(output),
        })
    }
}
