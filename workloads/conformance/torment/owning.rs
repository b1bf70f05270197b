//! Children and windows with foreign code inside, for designs over `core::Future` whose children
//! are tasks.

use std::future::Future;
use std::ops::Deref;

use real::{Child, Scope};

use crate::torment::foreign::foreign;
use crate::torment::visits::{Kind, visit};

/// Lets every foreign call reach the handles: they are values of the heap.
macro_rules! everywhere {
    ($deeds:expr) => {
        crate::torment::visits::reach($deeds.clone());
    };
}

/// A scope whose children are foreign code.
#[derive(Clone, Copy)]
pub(crate) struct Around(pub(crate) Scope);

impl Deref for Around {
    type Target = Scope;

    fn deref(&self) -> &Scope {
        &self.0
    }
}

impl Around {
    pub(crate) fn spawn<F>(&self, future: F) -> Child<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        self.0.spawn(foreign(future))
    }
}

pub(crate) fn buffered<const N: usize, I, F, B>(ops: I, mut body: F) -> impl Future<Output = ()>
where
    I: IntoIterator<Item: Future<Output: 'static> + 'static>,
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
