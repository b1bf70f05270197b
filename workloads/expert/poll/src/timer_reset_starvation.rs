//! The timer is created once and raced by reference.

use core::pin::pin;

use contract::{Case, Params, Role, World};
use design as d;
use suite::timer_reset_starvation::{EVENT_MS, Events, FIRED, HANDLED, LOOP, TIMER_MS, judge};

/// The cases of this workload.
pub const CASES: &[Case] = &[Case { id: "recreated", role: Role::Hazard, run, judge }];

fn run(world: &'static World, params: &Params) {
    d::block_on(world, hoisted(world, params.n));
}

async fn hoisted(world: &'static World, n: u32) {
    d::chan!(events: u32, 1);
    let arrive = async {
        for event in 0..n {
            let _waited = d::sleep(EVENT_MS).await;
            let _sent = events.send(event).await;
        }
        events.close();
    };
    d::join(arrive, handle(world, events)).await;
}

async fn handle(world: &'static World, events: &Events) {
    let mut timer = pin!(d::sleep(TIMER_MS));
    let mut fired = false;
    loop {
        let event = if fired {
            events.recv().await
        } else {
            match d::race(events.recv(), timer.as_mut()).await {
                d::Either::A(event) => event,
                d::Either::B(_) => {
                    world.log(LOOP, FIRED, 0, 0);
                    fired = true;
                    continue;
                }
            }
        };
        let Ok(Some(event)) = event else { break };
        world.log(LOOP, HANDLED, event, 0);
    }
}
