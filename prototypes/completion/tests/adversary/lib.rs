//! Attribute macros that see a function after `task_fn`, when its body is in a `task!`, and try
//! to carry its awaits into a frame that is not completed.

use proc_macro::{Delimiter, Group, TokenStream, TokenTree};

/// Puts the body into an `async` block of its own.
#[proc_macro_attribute]
pub fn smuggle(_: TokenStream, item: TokenStream) -> TokenStream {
    rewrite(item, &|body| format!("let stolen = async {{ {body} }};"))
}

/// As [`macro@smuggle`], and plants a label of the same name around it.
#[proc_macro_attribute]
pub fn plant(_: TokenStream, item: TokenStream) -> TokenStream {
    rewrite(item, &|body| format!("let stolen = async {{ 'mc: {{ {body} }} }};"))
}

/// Marks where the body goes, so that its tokens keep their spans.
const PLACE: &str = "__body__";

fn rewrite(tokens: TokenStream, around: &dyn Fn(&str) -> String) -> TokenStream {
    let mut block = 0;
    tokens
        .into_iter()
        .map(|token| {
            block = match &token {
                TokenTree::Ident(name) if name.to_string() == "async" => 1,
                TokenTree::Ident(name) if block == 1 && name.to_string() == "move" => 2,
                TokenTree::Group(_) if block > 0 => 3,
                _ => 0,
            };
            let TokenTree::Group(group) = token else { return token };
            let inner = if block == 3 {
                let template = around(PLACE).parse().expect("it is Rust");
                fill(template, &group.stream())
            } else {
                rewrite(group.stream(), around)
            };
            let mut new = Group::new(group.delimiter(), inner);
            new.set_span(group.span());
            TokenTree::Group(new)
        })
        .collect()
}

fn fill(template: TokenStream, body: &TokenStream) -> TokenStream {
    template
        .into_iter()
        .flat_map(|token| match token {
            TokenTree::Ident(name) if name.to_string() == PLACE => body.clone(),
            TokenTree::Group(group) => {
                let inner = fill(group.stream(), body);
                debug_assert!(group.delimiter() == Delimiter::Brace, "only blocks are nested");
                TokenTree::Group(Group::new(group.delimiter(), inner)).into()
            }
            other => other.into(),
        })
        .collect()
}
