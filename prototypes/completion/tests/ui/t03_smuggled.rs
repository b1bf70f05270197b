//! Sealed tokens moved into another `async` block do not find their label: what an
//! attribute macro could do to the body of a `task_fn`, written out.
extern crate design_completion as design;
use design as d;

fn main() {
    let _ = d::task!(async {
        smuggle!();
        d::sleep(1).await
    });
}

// What `task!` emits, inside a frame that something else drops.
#[macro_export]
macro_rules! smuggle {
    () => {
        let _stolen = async {
            let seal = {
                if false {
                    break 'mc (::core::unreachable!())
                }
                unsafe { ::design::__private::AwaitToken::new() }
            };
            ::design::__private::leaf(::design::sleep(1), seal).await
        };
    };
}
