//! The sealed await of the completion design.
//!
//! A must-complete value may be polled only by somebody who promises to poll it until it is
//! ready. A coroutine made by the compiler can keep that promise for what it awaits *if* the
//! coroutine itself is must-complete. [`macro@task`] makes such a coroutine, and the seal is
//! what keeps an await from ending up in another one:
//!
//! ```text
//! async move {                                     frame(async move { 'mc: {
//!     f(x).await;                        ──►           leaf(f(x), {
//! }                                                        if false { break 'mc (unreachable!()) }
//!                                                          unsafe { Seal::new() }
//!                                                      }).await;
//!                                                  } })
//! ```
//!
//! A label cannot be reached through an async block or a closure (E0767). So tokens that
//! were rewritten and are then moved into a nested `async {}` by any other macro do not
//! compile; and an await that was *not* rewritten does not compile either, because a
//! must-complete value is no `Future` (E0277). The label has the span of the macro's
//! definition: a label of the same name that somebody else writes is a different one.
//!
//! Three rules for the expansion: user tokens are never inside an `unsafe` block; paths
//! begin with `::design::__private`, so the crate must be a dependency named `design` (or
//! renamed with `extern crate … as design`); and a frame is made by one call, `frame(…)`,
//! which is the place for a per-frame header should a variant of the design need one.

mod rewrite;

use proc_macro::TokenStream;
use proc_macro2::{Span, TokenStream as Tokens};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Block, Error, ExprAsync, FnArg, ItemFn, Pat, ReturnType, parse_macro_input};

/// `task!(async move { … })` or `task!(async { … })`: a must-complete operation whose body
/// may await must-complete operations.
#[proc_macro]
pub fn task(input: TokenStream) -> TokenStream {
    let block = parse_macro_input!(input as ExprAsync);
    if let Some(attribute) = block.attrs.first() {
        return Error::new(attribute.span(), "attributes have no meaning here")
            .into_compile_error()
            .into();
    }
    let capture = block.capture;
    frame(block.block, &quote!(#capture), &Tokens::new()).into()
}

/// Turns `async fn f(…) -> T` into `fn f(…) -> impl Completion<Output = T>`.
///
/// Arguments are captured, not copied into locals; as in an `async fn` they live until the
/// operation has ended, also those that are not used.
#[proc_macro_attribute]
pub fn task_fn(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let function = parse_macro_input!(item as ItemFn);
    if !arguments.is_empty() {
        return Error::new(function.sig.span(), "`task_fn` takes no arguments")
            .into_compile_error()
            .into();
    }
    expand_function(function).unwrap_or_else(Error::into_compile_error).into()
}

fn expand_function(mut function: ItemFn) -> syn::Result<Tokens> {
    if function.sig.asyncness.take().is_none() {
        return Err(Error::new(function.sig.span(), "`task_fn` needs an `async fn`"));
    }
    let kept = kept_arguments(&function);
    let output = match &function.sig.output {
        ReturnType::Default => quote!(()),
        ReturnType::Type(_, output) => quote!(#output),
    };
    let span = Span::mixed_site();
    let returned = quote_spanned!(span=> -> impl ::design::__private::Completion<Output = #output>);
    function.sig.output = syn::parse2(returned)?;
    let (attributes, visibility, signature) = (&function.attrs, &function.vis, &function.sig);
    let body = frame(*function.block, &quote!(move), &kept);
    Ok(quote!(#(#attributes)* #visibility #signature { #body }))
}

/// Mentions every argument in the frame, so that an unused one is captured too and lives as
/// long as it would in an `async fn`. A mention by reference moves nothing to a local.
fn kept_arguments(function: &ItemFn) -> Tokens {
    let mut kept = Tokens::new();
    for argument in &function.sig.inputs {
        let name = match argument {
            FnArg::Receiver(receiver) => {
                let name = receiver.self_token;
                quote!(#name)
            }
            FnArg::Typed(argument) => match &*argument.pat {
                Pat::Ident(pattern) => {
                    let name = &pattern.ident;
                    quote!(#name)
                }
                _ => continue,
            },
        };
        kept.extend(quote_spanned!(Span::mixed_site()=> let _ = &#name;));
    }
    kept
}

fn frame(mut block: Block, capture: &Tokens, first: &Tokens) -> Tokens {
    let span = Span::mixed_site();
    let awaits = rewrite::seal_awaits(&mut block);
    let statements = &block.stmts;
    let body = if awaits == 0 {
        quote!(#(#statements)*)
    } else {
        let label = rewrite::label();
        quote_spanned!(span=> #label: { #(#statements)* })
    };
    quote_spanned!(span=> ::design::__private::frame(async #capture { #first #body }))
}
