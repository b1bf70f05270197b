//! The attribute of the dialect for designs over `core::Future`: it changes nothing.
//!
//! Workloads write `#[d::task_fn] async fn` because other designs rewrite such functions.
//! Here an async function is a task already. Without a parser on purpose: the tokens go out
//! as they came in, spans included.

use proc_macro::TokenStream;

/// Marks an async function as a task. The identity.
#[proc_macro_attribute]
pub fn task_fn(_arguments: TokenStream, function: TokenStream) -> TokenStream {
    function
}
