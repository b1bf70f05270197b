//! What children borrow outlives the scope, wherever the scope goes.
extern crate design_structured as design;
use design as d;

fn main() {
    let _ = d::task!(async {
        let memory = core::pin::pin!(d::ScopeMem::<256>::new());
        let scope = {
            let local = 7;
            let borrowed = &local;
            d::scope_in(memory, d::Policy::AllOrFail, |s| {
                d::task!(async move {
                    let _ = s.spawn(d::task!(async move {
                        let _ = d::sleep(1).await;
                        assert_eq!(*borrowed, 7);
                    }));
                })
            })
        };
        scope.await
    });
}
