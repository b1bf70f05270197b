//! Nothing: a reason for cargo to build `core` and `alloc`.

#![no_std]
