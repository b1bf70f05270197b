//! A plain `async` block cannot await a must-complete operation.
extern crate design_structured as design;
use design as d;

fn main() {
    let mut buffer = [0; 4];
    let future = async {
        let _ = d::device_read(&mut buffer, 1).await;
    };
    std::mem::forget(future);
}
