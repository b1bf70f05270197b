//! The sealed await of the completion design.
//!
//! A must-complete value may be polled only by code that promises to poll it until it is
//! ready. A coroutine made by the compiler can keep that promise for what it awaits *if* the
//! coroutine itself is must-complete. [`macro@task`] makes such a coroutine, and the seal is
//! what keeps an await from ending up in another one:
//!
//! ```text
//! async move {                                     frame(async move { 'mc: {
//!     f(x).await;                        ──►           leaf(f(x), {
//! }                                                        if false { break 'mc (unreachable!()) }
//!                                                          unsafe { AwaitToken::new() }
//!                                                      }).await;
//!                                                  } })
//! ```
//!
//! A label cannot be reached through an async block or a closure (E0767). So tokens that
//! were rewritten and are then moved into a nested `async {}` by any other macro do not
//! compile; and an await that was *not* rewritten does not compile either, because a
//! must-complete value is no `Future` (E0277). The label has the span of the macro's
//! definition: a label of the same name that something else writes is a different one.
//!
//! # Whose names the expansion uses
//!
//! A proc macro has no name for the crate that it works for, and every path that it could write
//! (`::design`, `::core`) begins with a name that the user's crate may give to something else: a
//! `frame` that gives its coroutine away would be enough. So [`macro@rewrite`] writes none. The
//! design's `task!` is a `macro_rules!` macro, whose `$crate` cannot be given away; it hands in
//! whatever the expansion says of the design, the `unsafe` block that makes a seal included, and
//! the rewriter repeats these tokens without adding any of the kind. The caller of the rewriter
//! by himself has to write the `unsafe` himself, where the lints of his crate see it.
//!
//! [`macro@task_fn`] expands to a plain function around `::design::task!(…)`. What that name
//! means is up to the user, and nothing hangs on it: the awaits are still as he wrote them.
//!
//! User tokens are never inside an `unsafe` block. A frame is made by one call, `frame(…)`,
//! which is the place for a per-frame header should a variant of the design need one.

mod rewrite;

use proc_macro::TokenStream;
use proc_macro2::{Span, TokenStream as Tokens};
use quote::{quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{
    Error, ExprAsync, FnArg, ItemFn, Pat, ReturnType, Token, parenthesized, parse_macro_input,
};

use crate::rewrite::Privileged;

/// What `task!` of the design expands to: `(frame) (leaf) (seal) (never) async move { … }`.
#[doc(hidden)]
#[proc_macro]
pub fn rewrite(input: TokenStream) -> TokenStream {
    let Input { with, mut block } = parse_macro_input!(input as Input);
    if let Some(attribute) = block.attrs.first() {
        return Error::new(attribute.span(), "attributes have no meaning here")
            .into_compile_error()
            .into();
    }
    let capture = block.capture;
    let awaits = rewrite::seal_awaits(&mut block.block, &with);
    let (frame, statements) = (&with.frame, &block.block.stmts);
    let body = if awaits == 0 {
        quote!(#(#statements)*)
    } else {
        let label = rewrite::label();
        quote_spanned!(Span::mixed_site()=> #label: { #(#statements)* })
    };
    quote_spanned!(Span::mixed_site()=> #frame(async #capture { #body })).into()
}

struct Input {
    with: Privileged,
    block: ExprAsync,
}

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> syn::Result<Input> {
        let mut parts: [Tokens; 4] = core::array::from_fn(|_| Tokens::new());
        for part in &mut parts {
            let tokens;
            parenthesized!(tokens in input);
            *part = tokens.parse()?;
        }
        let [frame, leaf, seal, never] = parts;
        if !input.peek(Token![async]) {
            return Err(input.error("`task!` takes an `async` block"));
        }
        Ok(Input { with: Privileged { frame, leaf, seal, never }, block: input.parse()? })
    }
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
    let statements = &function.block.stmts;
    let body = quote_spanned!(span=> ::design::task!(async move { #kept #(#statements)* }));
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
