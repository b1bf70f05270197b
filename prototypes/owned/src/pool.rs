//! Tasks of one type in a static: no heap, no arena, and a full pool is an answer.
//!
//! A place holds the whole block of a task, so a spawn allocates nothing. It is free again
//! when the task has ended *and* nothing asks for its output any more. Unlike a task of
//! embassy, one has a handle with its output; a stale waker does not disturb the next task in
//! the place, because wakers name a slot with a generation and not the place.

use core::cell::UnsafeCell;
use core::fmt;
use core::future::Future;
use core::mem::MaybeUninit;
use core::ptr::{self, NonNull};

use kernel::sync::{AtomicUsize, Ordering};

use crate::block::Block;
use crate::mode::{Detach, Mode};
use crate::store::{Place, Pool};
use crate::task::Task;

/// Room for `N` tasks of the type `F`, in a static.
///
/// [`static_pool!`](crate::static_pool) makes one for an async function, whose type has no
/// name.
///
/// ```
/// # extern crate design_owned as design;
/// use design as d;
///
/// static NAPS: d::StaticPool<d::Sleep, 2> = d::StaticPool::new();
///
/// let world: &'static contract::World = Box::leak(Box::new(contract::World::new()));
/// d::block_on(world, async {
///     let a = NAPS.spawn(d::sleep(10)).expect("room for two");
///     let _b = NAPS.spawn(d::sleep(20)).expect("room for two");
///     assert!(NAPS.spawn(d::sleep(30)).is_err());
///     assert!(a.await.is_ok());
///     assert!(NAPS.spawn(d::sleep(30)).is_ok());
/// });
/// ```
pub struct StaticPool<F: Future + 'static, const N: usize, M: Mode = Detach> {
    places: [Room<F, M>; N],
}

/// The block first: [`Pool`] finds the flag behind it.
#[repr(C)]
struct Room<F: Future, M: Mode> {
    block: UnsafeCell<MaybeUninit<Block<F, M, Pool>>>,
    /// One from the claim to the return, else zero.
    taken: AtomicUsize,
}

// SAFETY: a place is claimed by one exchange and returned by one store. In between only the
// thread that claimed it touches the block: handle and executor are of that thread, and the
// future is made, polled and dropped there, so it need not be `Send`.
unsafe impl<F: Future + 'static, const N: usize, M: Mode> Sync for StaticPool<F, N, M> {}

/// No place was free; the future comes back.
pub struct Busy<F>(pub F);

impl<F> fmt::Debug for Busy<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Busy").finish_non_exhaustive()
    }
}

impl<F> fmt::Display for Busy<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("all places of the pool are taken")
    }
}

impl<F: Future + 'static, const N: usize, M: Mode> fmt::Debug for StaticPool<F, N, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaticPool").field("free", &self.free()).finish()
    }
}

impl<F: Future + 'static, const N: usize, M: Mode> Default for StaticPool<F, N, M> {
    fn default() -> Self {
        StaticPool::new()
    }
}

impl<F: Future + 'static, const N: usize, M: Mode> StaticPool<F, N, M> {
    /// A pool whose places are free.
    #[must_use]
    pub const fn new() -> StaticPool<F, N, M> {
        StaticPool {
            places: [const {
                Room { block: UnsafeCell::new(MaybeUninit::uninit()), taken: AtomicUsize::new(0) }
            }; N],
        }
    }

    /// Places that are free, as far as this thread knows.
    #[must_use]
    pub fn free(&self) -> usize {
        self.places.iter().filter(|place| place.taken.load(Ordering::Relaxed) == 0).count()
    }

    /// Starts a task in a free place. Otherwise as [`spawn_in`](crate::spawn_in).
    ///
    /// # Errors
    /// [`Busy`] with the future when all places are taken.
    ///
    /// # Panics
    /// Outside a run, and when the waker table is full.
    pub fn spawn(&'static self, future: F) -> Result<Task<F::Output, M>, Busy<F>> {
        let claim = |room: &&Room<F, M>| {
            room.taken.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_ok()
        };
        let Some(room) = self.places.iter().find(claim) else { return Err(Busy(future)) };
        // From the whole room, so that the flag behind the block can be reached.
        let block = ptr::from_ref(room).cast_mut().cast::<Block<F, M, Pool>>();
        let block = NonNull::new(block).expect("a place of a static");
        // SAFETY: no set.
        let head = unsafe { Block::spawn(Place::taken(block), future, None, || Some(ptr::null())) };
        Ok(Task::new(head))
    }
}

/// A function that makes the tasks of a pool; says the type of its future.
#[doc(hidden)]
pub trait Makes<Arguments> {
    type Future: Future + 'static;
}

macro_rules! makes {
    ($($argument:ident)*) => {
        impl<Fun, Fut, $($argument),*> Makes<($($argument,)*)> for Fun
        where
            Fun: Fn($($argument),*) -> Fut,
            Fut: Future + 'static,
        {
            type Future = Fut;
        }
    };
}

makes!();
makes!(A);
makes!(A B);
makes!(A B C);
makes!(A B C D);

/// Memory for a pool of a type that has no name.
#[doc(hidden)]
#[repr(C, align(16))]
pub struct PoolMemory<const BYTES: usize>(UnsafeCell<[u8; BYTES]>);

// SAFETY: used only as the pool that `pool_of` makes of it, which is `Sync`.
unsafe impl<const BYTES: usize> Sync for PoolMemory<BYTES> {}

impl<const BYTES: usize> fmt::Debug for PoolMemory<BYTES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PoolMemory").finish_non_exhaustive()
    }
}

impl<const BYTES: usize> PoolMemory<BYTES> {
    /// Zeros, which are a pool whose places are free.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "part of a macro's expansion")]
    pub const fn new() -> PoolMemory<BYTES> {
        PoolMemory(UnsafeCell::new([0; BYTES]))
    }
}

/// Bytes of a pool of `N` tasks that a function makes.
#[doc(hidden)]
#[must_use]
pub const fn pool_bytes<const N: usize, M: Mode, A, T: Makes<A>>(_: &T) -> usize {
    assert!(align_of::<StaticPool<T::Future, N, M>>() <= 16, "memory for pools is aligned to 16");
    size_of::<StaticPool<T::Future, N, M>>()
}

/// The pool in a memory.
///
/// # Panics
/// When the memory has fewer than `pool_bytes` for these arguments.
///
/// # Safety
/// The memory is used for no other pool.
#[doc(hidden)]
#[must_use]
pub unsafe fn pool_of<const N: usize, M: Mode, A, T: Makes<A>, const BYTES: usize>(
    memory: &'static PoolMemory<BYTES>,
    task: &T,
) -> &'static StaticPool<T::Future, N, M> {
    // The macro's arguments are expanded once for the memory and once for the pool, and a macro
    // among them need not say the same twice.
    assert!(BYTES >= pool_bytes::<N, M, A, T>(task), "a pool and its memory are of one size");
    // SAFETY: large and aligned enough, looked at above; by the caller's promise no other pool is
    // in it; zeros are a pool whose places are free, and whatever is written later is written as
    // this pool.
    unsafe { &*ptr::from_ref(memory).cast() }
}

/// A pool for the tasks of an async function, and the function that spawns them:
/// `static_pool!(fn spawn_blink(ms: u32) -> () = blink, 2)`.
///
/// The function returns `Result<Task<_>, Busy<_>>`; at most four arguments.
#[macro_export]
macro_rules! static_pool {
    ($(#[$doc:meta])* $vis:vis fn $name:ident($($arg:ident: $ty:ty),* $(,)?) -> $out:ty
     = $task:path, $n:expr $(,)?) => {
        $(#[$doc])*
        $vis fn $name($($arg: $ty),*) -> ::core::result::Result<
            $crate::Task<$out>,
            $crate::Busy<impl ::core::future::Future<Output = $out> + 'static>,
        > {
            static MEMORY: $crate::__private::PoolMemory<{
                $crate::__private::pool_bytes::<{ $n }, $crate::Bound, _, _>(&$task)
            }> = $crate::__private::PoolMemory::new();
            // SAFETY: the memory was made for this pool, and its name ends here.
            let pool = unsafe {
                $crate::__private::pool_of::<{ $n }, $crate::Bound, _, _, _>(&MEMORY, &$task)
            };
            pool.spawn($task($($arg),*))
        }
    };
}
