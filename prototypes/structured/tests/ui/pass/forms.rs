//! Forms that must compile: policies by value, constants as sizes, scopes in trait methods,
//! generic children, recursion through a box.
extern crate design_structured as design;
use design as d;

const ROOM: usize = 512;

trait Job {
    fn run(&self) -> impl d::Completion<Output = u32>;
}

struct Twice(u32);

impl Job for Twice {
    #[d::task_fn]
    async fn run(&self) -> u32 {
        d::scope!(cap = 2, bytes = ROOM, |s| {
            let half = s.spawn(d::task!(async { self.0 }));
            half.await.unwrap_or(0) * 2
        })
        .await
    }
}

#[d::task_fn]
async fn all(jobs: &[impl Job], policy: d::Policy) -> u32 {
    let ended = d::scope!(policy = policy, bytes = { ROOM * 4 }, |s| {
        let mut children = Vec::new();
        for job in jobs {
            children.push(s.spawn(job.run()));
        }
        let mut sum = 0;
        for child in children {
            sum += child.await.unwrap_or(0);
        }
        sum
    })
    .await;
    ended.unwrap_or_else(|broken| broken.output)
}

#[d::task_fn]
async fn depth(n: u32) -> u32 {
    if n == 0 {
        return 0;
    }
    d::scope!(cap = 1, bytes = 0, |s| {
        let below = s.spawn(d::boxed(d::task!(async move { depth(n - 1).await })));
        below.await.unwrap_or(0) + 1
    })
    .await
}

fn main() {
    let world: &'static contract::World = Box::leak(Box::new(contract::World::new()));
    assert_eq!(d::block_on(world, all(&[Twice(1), Twice(2)], d::Policy::Supervise)), 6);
}
