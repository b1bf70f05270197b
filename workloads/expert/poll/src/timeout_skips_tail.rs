//! What belongs together has no wait between its parts: the cache is written before the note is
//! sent, and a destructor removes the entry of a request that is dropped.

use contract::{Case, Params, Role, World};
use design as d;
use suite::timeout_skips_tail::{
    ANSWER_MS, BEGAN, CALLEE, CALLER, ENDED, Entry, FETCH_MS, FULL_MS, LIMIT_MS, Notes, REQUEST_MS,
    RETURNED, judge,
};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "cache", role: Role::Hazard, run: cache, judge },
    Case { id: "waiters", role: Role::Hazard, run: waiters, judge },
];

fn cache(world: &'static World, _: &Params) {
    d::block_on(world, fetch(world));
}

fn waiters(world: &'static World, params: &Params) {
    d::block_on(world, requests(world, params.n));
}

async fn fetch(world: &'static World) {
    d::chan!(notes: u32, 1);
    let _filled = notes.send(0).await;
    let call = async {
        let _handled = d::timeout(LIMIT_MS, handle(world, notes)).await;
        world.log(CALLER, RETURNED, 0, 0);
        notes.close();
    };
    let drain = async {
        let _waited = d::sleep(FULL_MS).await;
        while let Ok(Some(_)) = notes.recv().await {}
    };
    d::join(call, drain).await;
}

async fn handle(world: &'static World, notes: &Notes) -> Result<(), d::Error> {
    d::sleep(FETCH_MS).await?;
    world.log(CALLEE, BEGAN, 0, 0);
    world.log(CALLEE, ENDED, 0, 0);
    let _sent = notes.send(1).await;
    Ok(())
}

async fn requests(world: &'static World, n: u32) {
    for id in 0..n {
        let request = async {
            let _entry = Entry::new(world, id);
            d::sleep(ANSWER_MS).await
        };
        let _answer = d::timeout(REQUEST_MS, request).await;
        world.log(CALLER, RETURNED, id, 0);
    }
}
