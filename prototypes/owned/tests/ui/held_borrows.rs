// What is held is a task. The shape of the workloads that this design cannot express.

use design_owned as d;

async fn raced_by_reference(lock: &d::Lock<u32>) {
    d::hold!(lock.lock(), |first| {
        let _lost = d::race(first.turn(), d::sleep(500)).await;
    })
    .await;
}

fn main() {
    d::lock!(lock = 0);
    drop(raced_by_reference(lock));
}
