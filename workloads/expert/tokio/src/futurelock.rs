//! Never leave a future unpolled: what is kept across a `select!` is driven beside the
//! handler, by `join!` instead of an await; and what should go on by itself is a task.

use core::pin::pin;

use contract::{Case, Params, Role, World};
use futures_util::stream::{self, StreamExt};
use peer_tokio::futurelock::{held_in_background, receive_three, use_lock};
use peer_tokio::{Env, block_on};
use suite::futurelock::{judge_three, judge_two};
use tokio::sync::mpsc;
use tokio::task::spawn_local;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "a", role: Role::Hazard, run: lock, judge: judge_two },
    Case { id: "b", role: Role::Hazard, run: send, judge: judge_three },
    Case { id: "c", role: Role::Hazard, run: window, judge: judge_two },
];

fn lock(world: &'static World, _: &Params) {
    block_on(world, case_a);
}

fn send(world: &'static World, _: &Params) {
    block_on(world, case_b);
}

fn window(world: &'static World, _: &Params) {
    block_on(world, case_c);
}

async fn case_a(env: Env) {
    let lock = held_in_background(env);
    env.sleep(1).await;
    let first = use_lock(env, &lock, 1);
    tokio::pin!(first);
    tokio::select! {
        biased;
        () = &mut first => {}
        () = env.sleep(500) => {
            tokio::join!(biased; first, use_lock(env, &lock, 2));
        }
    }
}

async fn case_b(env: Env) {
    let (items, mut received) = mpsc::channel(1);
    let _filled = items.send(0).await;
    let consumer = spawn_local(async move { receive_three(env, &mut received).await });
    let first = items.send(1);
    tokio::pin!(first);
    tokio::select! {
        biased;
        _ = &mut first => {}
        () = env.sleep(10) => {
            let _sent = tokio::join!(biased; first, items.send(2));
        }
    }
    consumer.await.expect("the consumer does not panic");
}

/// The items of the window are tasks, so the window only waits for them.
async fn case_c(env: Env) {
    let lock = &held_in_background(env);
    env.sleep(1).await;
    let window = stream::iter(0..2).map(|item| {
        let lock = lock.clone();
        spawn_local(async move {
            match item {
                0 => env.sleep(500).await,
                _ => use_lock(env, &lock, 1).await,
            }
            item
        })
    });
    let mut window = pin!(window.buffered(2));
    while let Some(item) = window.next().await {
        if item.expect("no item panics") == 0 {
            use_lock(env, lock, 2).await;
        }
    }
}
