//! Children and windows with foreign code inside, for designs over `core::Future` whose children
//! borrow.

use std::future::Future;
use std::ops::Deref;

use real::Child;

use crate::Scope;
use crate::torment::foreign::{Foreign, foreign};
use crate::torment::visits::{Kind, visit};

/// Lets every foreign call reach what may be reached from there: here children borrow, and only
/// what they capture can.
macro_rules! everywhere {
    ($deeds:expr) => {
        let _ = &$deeds;
    };
}

/// A scope whose children are foreign code.
pub(crate) struct Around<'s, 'env: 's, const BYTES: usize>(pub(crate) &'s Scope<'s, 'env, BYTES>);

impl<const BYTES: usize> Clone for Around<'_, '_, BYTES> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<const BYTES: usize> Copy for Around<'_, '_, BYTES> {}

impl<'s, 'env: 's, const BYTES: usize> Deref for Around<'s, 'env, BYTES> {
    type Target = Scope<'s, 'env, BYTES>;

    fn deref(&self) -> &Self::Target {
        self.0
    }
}

impl<'s, 'env: 's, const BYTES: usize> Around<'s, 'env, BYTES> {
    pub(crate) fn spawn<F: Future + 's>(&self, future: F) -> Child<'s, F::Output, BYTES> {
        self.0.spawn::<Foreign<F>>(foreign(future))
    }
}

pub(crate) fn buffered<const N: usize, I, F, B>(ops: I, mut body: F) -> impl Future<Output = ()>
where
    I: IntoIterator<Item: Future>,
    F: FnMut(<I::Item as Future>::Output) -> B,
    B: Future<Output = ()>,
{
    let ops = ops.into_iter().inspect(|_| visit(Kind::Closure, None)).map(foreign);
    let body = move |output| {
        visit(Kind::Closure, None);
        foreign(body(output))
    };
    foreign(real::buffered::<N, _, _, _>(ops, body))
}
