//! What a design may offer. Its file is read by `xtask_judge::design`, which claims need too.

/// What a design may offer and a workload may need, each with its meaning.
pub(crate) const CAPABILITIES: [(&str, &str); 7] = [
    ("BORROW_SPAWN", "a child may borrow from the frames around its scope"),
    ("PROGRESS", "a child moves while its parent awaits something else"),
    ("ASYNC_CLEANUP", "clean-up may await, also when it is cancelled"),
    ("BORROWED_IO", "an operation in flight may use borrowed memory"),
    ("NO_ALLOC", "everything but boxed forms works without an allocator"),
    ("DYNAMIC_SPAWN", "the number of children need not be known beforehand"),
    ("IO", "sockets and files of the system"),
];
