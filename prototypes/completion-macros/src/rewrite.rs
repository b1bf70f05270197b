//! Rewrites the awaits of one frame, and of that frame only.

use proc_macro2::Span;
use quote::quote_spanned;
use syn::visit_mut::{VisitMut, visit_expr_mut};
use syn::{Block, Expr, Item, Lifetime, Macro};

/// The label of a frame. Hygienic: it resolves at the definition of this macro, so every
/// expansion has its own and nobody can write it.
pub(crate) fn label() -> Lifetime {
    Lifetime::new("'mc", Span::mixed_site())
}

/// Seals every await of the block. Returns how many there were.
pub(crate) fn seal_awaits(block: &mut Block) -> usize {
    let mut sealer = Sealer { awaits: 0 };
    sealer.visit_block_mut(block);
    sealer.awaits
}

struct Sealer {
    awaits: usize,
}

impl VisitMut for Sealer {
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        // Other frames and other bodies: an await in them is not an await of this frame.
        if matches!(expression, Expr::Async(_) | Expr::Closure(_) | Expr::Const(_) | Expr::Macro(_))
        {
            return;
        }
        visit_expr_mut(self, expression);
        if let Expr::Await(awaited) = expression {
            self.awaits += 1;
            seal(&mut awaited.base);
        }
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}

    fn visit_macro_mut(&mut self, _: &mut Macro) {}
}

/// `e` becomes `leaf(e, seal)`. The expression stays where its temporaries live as long as
/// those of a plain await, and outside the `unsafe` block.
fn seal(base: &mut Expr) {
    let label = label();
    let span = Span::mixed_site();
    let sealed = quote_spanned!(span=> ::design::__private::leaf(#base, {
        #[allow(unreachable_code)]
        if false {
            break #label (::core::unreachable!())
        }
        unsafe { ::design::__private::Seal::new() }
    }));
    *base = Expr::Verbatim(sealed);
}
