//! The senders are shared by counting: each child owns one share of all of them.

use contract::{Case, Params, Role, World};
use design as d;
use portable::borrowed_fanout::{ALL, SENDER, SENDERS, Sender, judge_concurrent, send};

type Senders = [Sender; SENDERS];

/// The cases of this workload.
pub const CASES: &[Case] =
    &[Case { id: "borrowed", role: Role::Hazard, run, judge: judge_concurrent }];

fn run(world: &'static World, _: &Params) {
    d::block_on(world, children(world));
}

async fn children(world: &'static World) {
    d::own!(senders = core::array::from_fn(|_| Sender::default()));
    d::scope!(cap = 16, bytes = 8192, |scope| {
        for number in 0..SENDERS {
            let _child = scope.spawn(child(world, d::share(&senders), number));
        }
    })
    .await;
    world.log(SENDER, ALL, 0, 0);
}

async fn child(world: &'static World, senders: d::Shared<'static, Senders>, number: usize) {
    send(world, &senders[number], number).await;
}
