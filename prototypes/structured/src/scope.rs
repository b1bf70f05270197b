//! The handle of a scope, and how children are started.

use core::fmt;
use core::pin::Pin;

use design_completion::__parts::Stored;
use design_completion::Completion;

use crate::child::Child;
use crate::mem::ScopeMem;
use crate::policy::Counted;

/// Names a scope inside its body and its children. Children run on one thread in this mode:
///
/// ```compile_fail,E0277
/// # extern crate design_structured as design;
/// fn is_send<T: Send>() {}
/// is_send::<design::Scope<'_, 64>>();
/// ```
pub struct Scope<'m, const BYTES: usize> {
    pub(crate) memory: Pin<&'m ScopeMem<'m, BYTES>>,
}

impl<const BYTES: usize> fmt::Debug for Scope<'_, BYTES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.memory.fmt(f)
    }
}

impl<const BYTES: usize> Clone for Scope<'_, BYTES> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<const BYTES: usize> Copy for Scope<'_, BYTES> {}

/// There is no room in the memory of the scope; the operation comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSpace<C>(pub C);

impl<'m, const BYTES: usize> Scope<'m, BYTES> {
    /// Starts a child. It is polled for the first time later in the current poll of the scope,
    /// or in its next one. If the scope is over, the operation is dropped instead, and the
    /// handle says so.
    ///
    /// # Panics
    /// When the memory is full and there is no heap, or the waker table is full.
    pub fn spawn<C: Completion + 'm>(&self, operation: C) -> Child<'m, C::Output, BYTES> {
        self.start(operation, |_| false)
    }

    /// As [`Scope::spawn`], for a child that fails with an `Err`: what that means is the
    /// [`Policy`]'s.
    ///
    /// # Panics
    /// As [`Scope::spawn`].
    pub fn spawn_result<C, T, E>(&self, operation: C) -> Child<'m, Result<T, E>, BYTES>
    where
        C: Completion<Output = Result<T, E>> + 'm,
    {
        self.start(operation, Result::is_err)
    }

    /// As [`Scope::spawn`], in the memory of the scope or not at all.
    ///
    /// # Errors
    /// [`NoSpace`], with the operation.
    ///
    /// # Panics
    /// When the waker table is full.
    pub fn try_spawn<C: Completion + 'm>(
        &self,
        operation: C,
    ) -> Result<Child<'m, C::Output, BYTES>, NoSpace<C>> {
        if !self.is_closed() && !self.memory.children().has_room::<Member<C>>() {
            return Err(NoSpace(operation));
        }
        Ok(self.spawn(operation))
    }

    /// Asks all children and the body to end.
    pub fn cancel(&self) {
        self.memory.tally.ask_all(&self.memory.family);
    }

    /// Asks all children to end, also those that come later. The body goes on.
    pub fn cancel_all(&self) {
        self.memory.family.cancel();
    }

    /// Asks children and body to end in `ms` milliseconds from now; replaces an earlier
    /// deadline. A deadline of a scope around this one holds as well, so the earliest of all
    /// decides. What has not ended by then is waited for, and the scope answers
    /// [`Why::Elapsed`].
    pub fn deadline(&self, ms: u32) {
        self.memory.limit.set(Some(ms));
        // From outside of the scope's own poll it must be polled to arm it.
        self.memory.driving.ring();
    }

    /// Whether the children have been asked to end.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.memory.family.is_cancelled()
    }

    /// Whether the scope is over: nothing can be started any more.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.memory.closed.get()
    }

    /// Children that have not ended.
    #[must_use]
    pub fn live(&self) -> usize {
        self.memory.driving.live()
    }

    fn start<C>(&self, operation: C, fails: fn(&C::Output) -> bool) -> Child<'m, C::Output, BYTES>
    where
        C: Completion + 'm,
    {
        let memory = self.memory;
        if memory.closed.get() {
            return Child::refused(memory);
        }
        debug_assert!(
            cfg!(feature = "alloc") || memory.driving.live() < memory.cap,
            "more children than the scope's cap of {}",
            memory.cap
        );
        // SAFETY: the memory outlives its children.
        let counted = unsafe { Counted::new(&memory.tally, fails) };
        let id = memory.family.next_id();
        // SAFETY: as above; `run` polls them until they are ready.
        let stored: Member<C> = unsafe { Stored::new(operation, &memory.family, id, counted) };
        // SAFETY: `run` clears before the scope is ready, so before anything that outlives `'m`
        // ends; handles check `closed`.
        let raw = unsafe { memory.children().spawn(stored) };
        Child::new(memory, raw, id)
    }
}

/// A child as it lies in the memory.
type Member<C> = Stored<C, Counted<<C as Completion>::Output>>;
