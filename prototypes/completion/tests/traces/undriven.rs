//! What is this mode's own: children move while a handle or the scope's end is awaited.

use crate::common::Trace;
use design as d;

#[test]
fn children_move_only_while_the_scope_drives() {
    let trace = Trace::new();
    d::block_on(
        trace.world,
        d::task!(async {
            d::scope!(cap = 1, bytes = 512, |s| {
                let child = s.spawn(d::task!(async { trace.log("child") }));
                let _ = d::sleep(10).await;
                trace.log("body awaits it");
                let _ = child.await;
            })
            .await;
        }),
    );
    assert_eq!(trace.events(), [(10, "body awaits it"), (10, "child")]);
}
