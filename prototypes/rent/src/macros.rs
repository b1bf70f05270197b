//! What islands of this design are declared by.

/// Declares this design inside a foreign runtime: `facade!(runtime_tokio)`. The operation brings
/// its executor and its driver, and the names that depend on that shadow those of the design.
#[doc(hidden)]
#[macro_export]
macro_rules! facade {
    ($runtime:ident) => {
        pub use $crate::*;

        /// Runs an operation to its end as the root of this runtime.
        ///
        /// # Panics
        /// With the operation's own panic. Inside of another call, and when runtime or driver
        /// cannot be had.
        pub fn block_on(world: &'static ::contract::World, op: impl Op<Output = ()>) {
            // The island is told of its driver through a descriptor.
            let drivers = ::contract::Drivers { sockets: true, ..world.drivers() };
            let run = |program: ::core::pin::Pin<&mut (dyn Future<Output = ()> + '_)>| {
                ::$runtime::block_on(drivers, program);
            };
            block_on_host(world, ::$runtime::Host::new, run, op);
        }

        /// Runs an operation inside a program of this runtime.
        ///
        /// # Errors
        /// Those of the system, when there is no driver. The operation was not begun then.
        ///
        /// # Cancellation
        /// Dropping it drops the operation, and blocks the thread until what it had in flight has
        /// ended.
        ///
        /// # Panics
        /// With the operation's own panic.
        pub fn island<F>(op: F) -> impl Future<Output = Result<F::Output, IoError>>
        where
            F: Future + 'static,
        {
            $crate::island(::$runtime::Host::new, op)
        }
    };
}
