//! A memory is that of one scope: handles of a first could name children of a second.
extern crate design_structured as design;
use design as d;

fn main() {
    let _ = d::task!(async {
        let mut memory = core::pin::pin!(d::ScopeMem::<256>::new());
        for _ in 0..2 {
            let scope = d::scope_in(memory.as_mut(), d::Policy::AllOrFail, |_| d::task!(async {}));
            let _ = scope.await;
        }
    });
}
