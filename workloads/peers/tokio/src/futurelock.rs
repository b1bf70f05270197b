//! The program of Oxide RFD 609 with `tokio::sync::Mutex`, the same with a full
//! `mpsc` channel, and with a buffered stream.
//!
//! What holds the lock in the background is a task, as it is there.

use std::rc::Rc;

use contract::{Case, Params, Role, World};
use futures_util::stream::{self, StreamExt};
use suite::futurelock::{
    CONSUMER, HELD_MS, SERVED, USE_MS, USER, judge_one, judge_three, judge_two,
};
use tokio::sync::{Mutex, mpsc};
use tokio::task::spawn_local;

use crate::{Env, block_on};

/// The lock that all use.
pub type Lock = Rc<Mutex<u32>>;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "a", role: Role::Hazard, run: lock_by_reference, judge: judge_two },
    Case { id: "b", role: Role::Hazard, run: send_by_reference, judge: judge_three },
    Case { id: "c", role: Role::Hazard, run: lock_in_window, judge: judge_two },
    Case { id: "control-by-value", role: Role::Control, run: lock_by_value, judge: judge_one },
    Case { id: "control-job", role: Role::Control, run: lock_as_job, judge: judge_two },
];

fn lock_by_reference(world: &'static World, _: &Params) {
    block_on(world, case_a);
}

fn send_by_reference(world: &'static World, _: &Params) {
    block_on(world, case_b);
}

fn lock_in_window(world: &'static World, _: &Params) {
    block_on(world, case_c);
}

fn lock_by_value(world: &'static World, _: &Params) {
    block_on(world, case_by_value);
}

fn lock_as_job(world: &'static World, _: &Params) {
    block_on(world, case_job);
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
            use_lock(env, &lock, 2).await;
            first.await;
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
            let _sent = items.send(2).await;
            let _sent = first.await;
        }
    }
    consumer.await.expect("the consumer does not panic");
}

/// Takes an item every 100 ms, three times.
pub async fn receive_three(env: Env, items: &mut mpsc::Receiver<u32>) {
    for _ in 0..3 {
        env.sleep(100).await;
        if let Some(item) = items.recv().await {
            env.log(CONSUMER, SERVED, item, 0);
        }
    }
}

/// The first item of the window is ready at 500 ms; the second stands in line for the lock
/// while the body of the first waits for it.
async fn case_c(env: Env) {
    let lock = &held_in_background(env);
    env.sleep(1).await;
    let window = stream::iter(0..2).map(async |item| {
        match item {
            0 => env.sleep(500).await,
            _ => use_lock(env, lock, 1).await,
        }
        item
    });
    let mut window = std::pin::pin!(window.buffered(2));
    while let Some(item) = window.next().await {
        if item == 0 {
            use_lock(env, lock, 2).await;
        }
    }
}

async fn case_by_value(env: Env) {
    let lock = held_in_background(env);
    env.sleep(1).await;
    tokio::select! {
        biased;
        () = use_lock(env, &lock, 1) => {}
        () = env.sleep(500) => use_lock(env, &lock, 2).await,
    }
}

async fn case_job(env: Env) {
    let lock = held_in_background(env);
    let user = |user, delay_ms| {
        let lock = Rc::clone(&lock);
        spawn_local(async move {
            env.sleep(delay_ms).await;
            use_lock(env, &lock, user).await;
        })
    };
    let (first, second) = (user(1, 1), user(2, 501));
    let (first, second) = tokio::join!(first, second);
    first.and(second).expect("no user panics");
}

/// A lock that a task takes first and holds for five seconds.
pub fn held_in_background(env: Env) -> Lock {
    let lock = Rc::new(Mutex::new(0));
    let held = Rc::clone(&lock);
    spawn_local(async move {
        let mut guard = held.lock().await;
        env.sleep(HELD_MS).await;
        *guard += 1;
    });
    lock
}

/// Takes the lock, holds it a little, releases it.
pub async fn use_lock(env: Env, lock: &Mutex<u32>, user: u32) {
    let mut guard = lock.lock().await;
    env.sleep(USE_MS).await;
    *guard += 1;
    env.log(USER, SERVED, user, 0);
}
