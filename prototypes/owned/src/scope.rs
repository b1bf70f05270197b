//! The scope of the dialect: a set of spawned tasks, and a name for it that may be copied.

use core::cell::Cell;
use core::fmt;
use core::future::Future;
use core::marker::PhantomData;
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll};

use kernel::run::context;
use kernel::wake::handle::{Handle, Name};

use crate::Error;
use crate::block::Block;
use crate::mode::{Detach, Mode};
use crate::set::Members;
use crate::store::Heap;
use crate::task::TaskRef;
use crate::token::Token;

/// The frame's part of [`scope!`](crate::scope): the set. Dropping it aborts the children,
/// which are dropped at their next turns, after the scope is gone.
#[doc(hidden)]
pub struct Children<M: Mode> {
    /// Found by [`Scope`] until the set is dropped; declared, and so dropped, before it.
    name: Cell<Option<Name>>,
    members: Members,
    _mode: PhantomData<M>,
}

impl<M: Mode> fmt::Debug for Children<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Children").finish_non_exhaustive()
    }
}

impl<M: Mode> Children<M> {
    /// No children.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "part of a macro's expansion")]
    pub fn new() -> Children<M> {
        Children { name: Cell::new(None), members: Members::new(false), _mode: PhantomData }
    }

    /// What the body names.
    ///
    /// # Panics
    /// Outside a run, and when the waker table is full.
    pub fn open(self: Pin<&Self>) -> Scope<M> {
        let this = self.get_ref();
        let members = NonNull::from(&this.members).cast();
        // SAFETY: a set, as all that is published; pinned, and the name is dropped before it.
        let name = context::with(|runtime| unsafe { runtime.tasks.publish(members) });
        let handle = name.handle();
        this.name.set(Some(name));
        Scope { handle, _mode: PhantomData }
    }

    /// Waits until all children have ended.
    pub fn ended(self: Pin<&Self>) -> ChildrenEnded<'_> {
        ChildrenEnded { members: &self.get_ref().members }
    }
}

/// See `Children::ended`.
#[doc(hidden)]
#[must_use = "futures do nothing unless polled"]
pub struct ChildrenEnded<'s> {
    members: &'s Members,
}

impl fmt::Debug for ChildrenEnded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChildrenEnded").finish_non_exhaustive()
    }
}

impl Future for ChildrenEnded<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.members.poll_empty(cx)
    }
}

/// Names the scope inside the body of [`scope!`](crate::scope). An integer: it may be copied
/// into children and kept for ever, and is refused once the scope has ended.
pub struct Scope<M: Mode = Detach> {
    handle: Handle,
    /// Not `Send`: a scope belongs to the executor of its thread.
    _mode: PhantomData<*mut M>,
}

impl<M: Mode> Clone for Scope<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Mode> Copy for Scope<M> {}

impl<M: Mode> fmt::Debug for Scope<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Scope").field(&self.handle).finish()
    }
}

impl<M: Mode> Scope<M> {
    /// The set, unless the scope has ended, and none outside a run, as in the destructor of a root
    /// that is dropped after it. Alive until foreign code runs, which may end it.
    fn members(self) -> Option<NonNull<Members>> {
        if !context::is_entered() {
            return None;
        }
        // Only `Children::open` publishes, and it publishes sets; the name is dropped before the
        // set is, on this thread.
        context::with(|runtime| runtime.tasks.find(self.handle)).map(NonNull::cast)
    }

    /// Starts a child. It is polled for the first time after everything that is queued now, and
    /// moves by itself from then on. When the scope has ended, or the run is ending, the future
    /// is dropped unpolled and the child is ready with [`Error::Cancelled`].
    ///
    /// # Panics
    /// As [`spawn_in`](crate::spawn_in).
    pub fn spawn<F>(&self, future: F) -> Child<F::Output, M>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        self.start(future, None)
    }

    /// Starts a child whose program gets a token: [`spawn_with_in`](crate::spawn_with_in) in the
    /// scope.
    ///
    /// # Panics
    /// As there.
    pub fn spawn_with<F>(&self, program: impl FnOnce(Token) -> F) -> Child<F::Output, M>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let token = Token::new();
        self.start(program(token.clone()), Some(token))
    }

    fn start<F>(&self, future: F, token: Option<Token>) -> Child<F::Output, M>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let hold = |head| Child { hold: TaskRef::new(head), _mode: PhantomData };
        let Some(found) = self.members() else { return hold(None) };
        let set = || {
            let members = if M::HAS_HOOKS { self.members()? } else { found };
            Some(members.as_ptr().cast_const())
        };
        // SAFETY: found when it is asked for, or before, if no foreign code has run since.
        hold(unsafe { Block::<F, M, Heap>::spawn(Heap::place(), future, token, set) })
    }

    /// Asks for the end of all children.
    pub fn cancel_all(&self) {
        if let Some(members) = self.members() {
            // SAFETY: found just now, and aborting runs no foreign code.
            unsafe { members.as_ref() }.abort_all();
        }
    }
}

/// A child of a scope: await it for its output. Dropping it leaves the child to its scope, in
/// every mode.
pub struct Child<T, M: Mode = Detach> {
    hold: TaskRef<T>,
    _mode: PhantomData<M>,
}

impl<T, M: Mode> fmt::Debug for Child<T, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Child").field("is_finished", &self.hold.is_finished()).finish()
    }
}

impl<T, M: Mode> Child<T, M> {
    /// Asks for the end of the child, whose future is dropped at its next turn, or told then.
    pub fn cancel(&self) {
        self.hold.abort();
    }

    /// Whether the child has ended.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.hold.is_finished()
    }
}

impl<T, M: Mode> Unpin for Child<T, M> {}

impl<T, M: Mode> Future for Child<T, M> {
    type Output = Result<T, Error>;

    /// # Panics
    /// After it was ready.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T, Error>> {
        self.hold.poll_outcome::<M>(cx).map(|outcome| outcome.map_err(|_| Error::Cancelled))
    }
}
