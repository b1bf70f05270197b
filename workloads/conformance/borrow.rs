//! Conformance of designs whose children may borrow: event traces, beside `suite.rs` and on top
//! of it. A design whose children own what they use cannot mount it, and says so with a test
//! that must not compile. Mounted after `#[macro_use] mod suite;`.

use design as d;

use super::suite::{Log, nap};

trace!(
    children_borrow_what_lives_outside,
    borrowers,
    &["10 a", "10 a gone", "10 b", "10 b gone", "10 sum 3"]
);

#[d::task_fn]
async fn borrowers(log: &'static Log) {
    d::own!(values = [1_u32, 2]);
    let values = d::share(&values);
    let sum = d::scope!(cap = 2, bytes = 1024, |scope| {
        let a = scope.spawn(value_after_nap(log, "a", &values[0]));
        let b = scope.spawn(value_after_nap(log, "b", &values[1]));
        a.await.unwrap_or(0) + b.await.unwrap_or(0)
    })
    .await;
    log.say(&format!("sum {sum}"));
}

#[d::task_fn]
async fn value_after_nap(log: &'static Log, name: &'static str, value: &u32) -> u32 {
    nap(log, name, 10).await;
    *value
}
