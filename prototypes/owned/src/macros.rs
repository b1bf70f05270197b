//! The macros of the dialect that differ from those of `poll`. Those that spawn name the mode
//! that the crate they are called through is bound to.

/// Keeps an operation as a task and awaits it in turns: `hold!(op, |h| body).await`.
///
/// In `body`, [`h.turn()`](crate::Hold::turn) waits for the output of `op`; it may lose a race
/// and be tried again. `op` is `'static` and moves all the time, whatever the body awaits. `body`
/// is an expression that may await and borrows from its surroundings; `?`, `break` and `return`
/// do not cross it. At the end the handle of `op` is dropped: it goes on, or is aborted at its
/// next turn, as the mode says.
#[macro_export]
macro_rules! hold {
    ($op:expr, |$h:ident| $body:expr $(,)?) => {
        $crate::__hold!(($crate::Bound) $op, |$h| $body)
    };
}

/// A scope for tasks: `scope!(cap = 4, bytes = 1024, |s| body).await`.
///
/// In `body`, [`s.spawn(op)`](crate::Scope::spawn) makes a child, which is a task: it is
/// `'static`, lives on the heap and moves by itself. The scope waits for its children after the
/// body. `cap` and `bytes` are for designs whose children live in the frame. `body` borrows from
/// its surroundings; `?`, `break` and `return` do not cross it. Dropping the scope aborts the
/// children, which are dropped at their next turns.
#[macro_export]
macro_rules! scope {
    (cap = $cap:expr, bytes = $bytes:expr, |$s:ident| $body:expr $(,)?) => {
        $crate::__scope!(($crate::Bound) $cap, $bytes, |$s| $body)
    };
}

/// [`hold!`](crate::hold) for a mode.
#[doc(hidden)]
#[macro_export]
macro_rules! __hold {
    (($mode:ty) $op:expr, |$h:ident| $body:expr) => {
        async {
            let held = $crate::__private::Held::<_, $mode>::new($op);
            let $h = held.handle();
            async { $body }.await
        }
    };
}

/// [`scope!`](crate::scope) for a mode.
#[doc(hidden)]
#[macro_export]
macro_rules! __scope {
    (($mode:ty) $cap:expr, $bytes:expr, |$s:ident| $body:expr) => {
        async {
            let _: (usize, usize) = ($cap, $bytes);
            let children = ::core::pin::pin!($crate::__private::Children::<$mode>::new());
            let children = children.into_ref();
            let $s = $crate::__private::Children::open(children);
            let output = async { $body }.await;
            $crate::__private::Children::ended(children).await;
            output
        }
    };
}

/// Declares a value that tasks may share.
#[macro_export]
macro_rules! own {
    ($name:ident = $value:expr) => {
        let $name = $crate::TaskRc::new($value);
    };
}

/// Declares a channel of `N` items of type `T` that tasks may share: `chan!(ch: T, N)`.
#[macro_export]
macro_rules! chan {
    ($name:ident : $item:ty, $capacity:expr) => {
        let $name = &$crate::TaskRc::new($crate::Chan::<$item, { $capacity }>::new());
    };
}

/// Declares a lock that tasks may share: `lock!(l = value)`.
#[macro_export]
macro_rules! lock {
    ($name:ident = $value:expr) => {
        let $name = &$crate::TaskRc::new($crate::Lock::new($value));
    };
}

/// Declares a semaphore that tasks may share: `sem!(s = permits)`.
#[macro_export]
macro_rules! sem {
    ($name:ident = $permits:expr) => {
        let $name = &$crate::TaskRc::new($crate::Sem::new($permits));
    };
}

/// Binds the names of a crate to a mode: what it starts, runs and waits for is of that mode.
/// A facade of a mode says `bind!(Cancel, $)` and nothing else of its own; the dollar is for the
/// macros that this one declares.
#[macro_export]
macro_rules! bind {
    ($mode:ident, $d:tt) => {
        $crate::bind_functions!($mode);

        /// A task of this mode.
        pub type Task<T> = $crate::Task<T, $mode>;
        /// A set of tasks of this mode; made by `new_in`.
        pub type JoinSet<T> = $crate::JoinSet<T, $mode>;
        /// A scope of this mode.
        pub type Scope = $crate::Scope<$mode>;
        /// A child of a scope of this mode.
        pub type Child<T> = $crate::Child<T, $mode>;

        $crate::bind_macros!($d $mode);
    };
}

/// The part of [`bind!`](crate::bind) that is macros, which name the mode through the design: what
/// `$crate` means in a macro that a macro declares is where the outer one stands.
#[doc(hidden)]
#[macro_export]
macro_rules! bind_macros {
    ($d:tt $mode:ident) => {
        /// Keeps an operation as a task of this mode and awaits it in turns:
        /// `hold!(op, |h| body).await`.
        #[macro_export]
        macro_rules! hold {
            ($d op:expr, |$d h:ident| $d body:expr $d(,)?) => {
                $crate::__hold!(($crate::$mode) $d op, |$d h| $d body)
            };
        }

        /// A scope for tasks of this mode: `scope!(cap = 4, bytes = 1024, |s| body).await`.
        #[macro_export]
        macro_rules! scope {
            (cap = $d cap:expr, bytes = $d bytes:expr, |$d s:ident| $d body:expr $d(,)?) => {
                $crate::__scope!(($crate::$mode) $d cap, $d bytes, |$d s| $d body)
            };
        }
    };
}

/// The part of [`bind!`](crate::bind) that the design itself has too: its types are of every
/// mode, its functions are of one.
#[doc(hidden)]
#[macro_export]
macro_rules! bind_functions {
    ($mode:ident) => {
        /// The mode that this crate's names are bound to.
        pub type Bound = $mode;

        /// Starts a task: `spawn_in` with this crate's mode.
        ///
        /// # Panics
        /// As `spawn_in`.
        pub fn spawn<F>(future: F) -> $crate::Task<F::Output, $mode>
        where
            F: ::core::future::Future + 'static,
            F::Output: 'static,
        {
            $crate::spawn_in(future)
        }

        /// Starts a task whose program gets a token: `spawn_with_in` with this crate's mode.
        ///
        /// # Panics
        /// As `spawn_with_in`.
        pub fn spawn_with<F>(
            program: impl FnOnce($crate::Token) -> F,
        ) -> $crate::Task<F::Output, $mode>
        where
            F: ::core::future::Future + 'static,
            F::Output: 'static,
        {
            $crate::spawn_with_in(program)
        }

        /// Runs an operation to its end: `block_on_in` with this crate's mode.
        ///
        /// # Panics
        /// As `block_on_in`.
        pub fn block_on(world: &'static ::contract::World, op: impl $crate::Op<Output = ()>) {
            $crate::block_on_in::<$mode>(world, op);
        }

        /// A window of tasks: `buffered_in` with this crate's mode.
        pub fn buffered<const N: usize, I, F, B>(
            ops: I,
            body: F,
        ) -> $crate::Buffered<N, I::IntoIter, F, B, $mode>
        where
            I: IntoIterator<Item: $crate::Op<Output: 'static> + 'static>,
            F: FnMut(<I::Item as ::core::future::Future>::Output) -> B,
            B: $crate::Op<Output = ()>,
        {
            $crate::buffered_in(ops, body)
        }
    };
}
