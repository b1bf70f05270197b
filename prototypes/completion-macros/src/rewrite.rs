//! Rewrites the awaits of one frame, and of that frame only.

use proc_macro2::{Span, TokenStream as Tokens};
use quote::quote_spanned;
use syn::visit_mut::{VisitMut, visit_expr_mut};
use syn::{Block, Expr, Item, Lifetime, Macro};

/// The label of a frame. Hygienic: it resolves at the definition of this macro, so every
/// expansion has its own and nothing can write it.
pub(crate) fn label() -> Lifetime {
    Lifetime::new("'mc", Span::mixed_site())
}

/// Seals every await of the block. Returns how many there were.
pub(crate) fn seal_awaits(block: &mut Block, with: &Privileged) -> usize {
    let mut sealer = Sealer { awaits: 0, with };
    sealer.visit_block_mut(block);
    sealer.awaits
}

/// What an expansion says that only the design may say: tokens of its own `task!`, which are
/// repeated and not looked into.
pub(crate) struct Privileged {
    /// The function that makes a frame of a coroutine.
    pub(crate) frame: Tokens,
    /// The function that makes a leaf of an operation and a seal.
    pub(crate) leaf: Tokens,
    /// The expression that makes a seal.
    pub(crate) seal: Tokens,
    /// A function that does not return.
    pub(crate) never: Tokens,
}

struct Sealer<'a> {
    awaits: usize,
    with: &'a Privileged,
}

impl VisitMut for Sealer<'_> {
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        // Other frames and other bodies: an await in them is not an await of this frame.
        if matches!(expression, Expr::Async(_) | Expr::Closure(_) | Expr::Const(_) | Expr::Macro(_))
        {
            return;
        }
        visit_expr_mut(self, expression);
        if let Expr::Await(awaited) = expression {
            self.awaits += 1;
            seal(&mut awaited.base, self.with);
        }
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}

    fn visit_macro_mut(&mut self, _: &mut Macro) {}
}

/// `e` becomes `leaf(e, seal)`. The expression stays where its temporaries live as long as
/// those of a plain await, and outside the `unsafe` block.
fn seal(base: &mut Expr, with: &Privileged) {
    let label = label();
    let span = Span::mixed_site();
    let Privileged { leaf, seal, never, .. } = with;
    let sealed = quote_spanned!(span=> #leaf(#base, {
        #[allow(unreachable_code)]
        if false {
            break #label (#never())
        }
        #seal
    }));
    *base = Expr::Verbatim(sealed);
}
