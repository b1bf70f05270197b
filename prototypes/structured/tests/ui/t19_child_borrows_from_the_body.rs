//! A child may borrow what outlives the scope, and nothing of the body, in the memory of the
//! caller as well.
extern crate design_structured as design;
use design as d;

fn main() {
    let _ = d::task!(async {
        let memory = core::pin::pin!(d::ScopeMem::<256>::new());
        let scope = d::scope_in(memory, d::Policy::AllOrFail, |s| {
            d::task!(async move {
                let local = 7;
                let borrowed = &local;
                let _ = s.spawn(d::task!(async move {
                    let _ = d::sleep(1).await;
                    assert_eq!(*borrowed, 7);
                }));
            })
        });
        scope.await
    });
}
