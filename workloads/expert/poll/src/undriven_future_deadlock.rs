//! Never keep a half of a protocol unpolled: both halves are branches of one join.

use contract::{Case, Params, Role, World};
use design as d;
use suite::undriven_future_deadlock::{
    ARRIVED, Body, RECEIVER, ROOM, answer, drain, judge, judge_drains,
};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "drains", role: Role::Hazard, run: drains, judge: judge_drains },
    Case { id: "connection", role: Role::Hazard, run: connection, judge },
];

fn drains(world: &'static World, params: &Params) {
    d::block_on(world, joined(world, params.n));
}

fn connection(world: &'static World, params: &Params) {
    d::block_on(world, beside(world, params.n));
}

async fn joined(world: &'static World, chunks: u32) {
    d::chan!(one: u32, ROOM);
    d::chan!(two: u32, ROOM);
    d::chan!(three: u32, ROOM);
    let bodies = [one, two, three];
    let send = async {
        for chunk in 0..chunks {
            for body in bodies {
                let _sent = body.send(chunk).await;
            }
        }
        bodies.into_iter().for_each(Body::close);
    };
    let drains = d::join(drain(world, one), d::join(drain(world, two), drain(world, three)));
    d::join(send, drains).await;
}

async fn beside(world: &'static World, n: u32) {
    d::chan!(requests: u32, 1);
    d::chan!(replies: u32, 1);
    let ask = async {
        for number in 0..n {
            let _asked = requests.send(number).await;
            if let Ok(Some(reply)) = replies.recv().await {
                world.log(RECEIVER, ARRIVED, reply, 0);
            }
        }
        requests.close();
    };
    d::join(answer(requests, replies), ask).await;
}
