//! A resource whose clean-up has to await, on each way out of its use.
//!
//! `refresh`: a database allows one connection; connecting takes 1 ms, work 10 ms, closing 5 ms.
//! Each refresh is ended after 3 ms. The connection is closed by `cleanup!`; what is dropped
//! open begins its close in its destructor, which cannot wait for it, so that the next refresh
//! may find the database still open.
//!
//! `exits` leaves a use in seven ways: by its end, by an error, by a limit, by a lost race, by the
//! cancel of a child, by the end of a scope, and by a cancel that is itself cancelled, and counts
//! on how many the clean-up has finished when the run goes on.
//!
//! `twice`: the clean-up itself is cancelled at each millisecond of its time; every one of its
//! steps happens once, or the outcome is a fault.
//!
//! The control closes explicitly, and nothing is cancelled.
//!
//! After "Alan finds database drops hard" (wg-async, 2021), and embassy's reports of buses that
//! are left in the middle of a transaction, which is the same on a microcontroller.

use core::cell::Cell;

use contract::{Case, Judged, Ledger, Metric, Metrics, Params, Role, World};
use design as d;

/// Use `item` of the resource began.
pub const BEGAN: u16 = 1;
/// The clean-up of use `item` finished.
pub const CLEANED: u16 = 2;
/// The resource refused use `item`: it was still in use.
pub const REFUSED: u16 = 3;
/// The run went on after use `item`.
pub const WENT_ON: u16 = 4;

/// Actor: uses the resource.
pub const USER: u16 = 1;

/// Connecting takes this long.
pub const CONNECT_MS: u32 = 1;
/// The work with a connection.
pub const WORK_MS: u32 = 10;
/// Closing takes this long.
pub const CLOSE_MS: u32 = 5;
/// A refresh is ended after this long.
pub const LIMIT_MS: u32 = 3;
/// Ways out of a use.
pub const EXITS: u32 = 7;
/// Steps of a clean-up, 2 ms each.
const STEPS: u32 = 3;
/// Instants at which a clean-up is cancelled.
const INSTANTS: u32 = 8;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "refresh", role: Role::Hazard, run: refresh, judge: judge_refused },
    Case { id: "exits", role: Role::Hazard, run: exits, judge: judge_exits },
    Case { id: "twice", role: Role::Hazard, run: twice, judge: judge_steps },
    Case { id: "control", role: Role::Control, run: control, judge: judge_refused },
];

fn refresh(world: &'static World, params: &Params) {
    d::block_on(world, refreshes(world, params.n));
}

fn exits(world: &'static World, _: &Params) {
    d::block_on(world, each_exit(world));
}

fn twice(world: &'static World, _: &Params) {
    d::block_on(world, cancelled_twice(world));
}

fn control(world: &'static World, params: &Params) {
    d::block_on(world, patient(world, params.n));
}

/// A resource that one user at a time may have.
#[derive(Debug)]
pub struct Resource {
    world: &'static World,
    held: Cell<bool>,
    /// A close that nothing waits for is over then.
    free_ms: Cell<u32>,
}

impl Resource {
    /// Nothing has it.
    #[must_use]
    pub fn new(world: &'static World) -> Resource {
        Resource { world, held: Cell::new(false), free_ms: Cell::new(0) }
    }

    /// Begins use `item`, unless it is still in use: logs which.
    #[must_use]
    pub fn take(&self, item: u32) -> Option<Use<'_>> {
        if self.held.get() || self.world.now_ms() < self.free_ms.get() {
            self.world.log(USER, REFUSED, item, 0);
            return None;
        }
        self.held.set(true);
        self.world.log(USER, BEGAN, item, 0);
        Some(Use { resource: self, item })
    }
}

/// A use of a resource. Dropped before its end, it can only begin the close.
#[derive(Debug)]
pub struct Use<'r> {
    resource: &'r Resource,
    item: u32,
}

impl Use<'_> {
    /// The clean-up is over.
    pub fn end(&self) {
        if self.resource.held.replace(false) {
            self.resource.world.log(USER, CLEANED, self.item, 0);
        }
    }
}

impl Drop for Use<'_> {
    fn drop(&mut self) {
        if self.resource.held.replace(false) {
            self.resource.free_ms.set(self.resource.world.now_ms() + CLOSE_MS);
        }
    }
}

#[d::task_fn]
async fn refreshes(world: &'static World, n: u32) {
    let database = Resource::new(world);
    for item in 0..n {
        let started_ms = world.now_ms();
        let _limited = d::timeout(LIMIT_MS, use_once(&database, item)).await;
        went_on(world, item, started_ms, LIMIT_MS);
    }
}

#[d::task_fn]
async fn patient(world: &'static World, n: u32) {
    let database = Resource::new(world);
    for item in 0..n {
        use_once(&database, item).await;
        world.log(USER, WENT_ON, item, 0);
    }
}

/// Connects, works, and closes on the way out.
#[d::task_fn]
async fn use_once(database: &Resource, item: u32) {
    if d::sleep(CONNECT_MS).await.is_err() {
        return;
    }
    let Some(connection) = database.take(item) else { return };
    let _worked = d::cleanup!(d::sleep(WORK_MS).await, {
        let _closed = d::sleep(CLOSE_MS).await;
        connection.end();
    })
    .await;
}

/// A use of a resource that is free; ready with how its work ended.
#[d::task_fn]
async fn work(resource: &Resource, item: u32, work_ms: u32) -> Result<(), d::Error> {
    let Some(used) = resource.take(item) else { return Ok(()) };
    d::cleanup!(d::sleep(work_ms).await, {
        let _closed = d::sleep(CLOSE_MS).await;
        used.end();
    })
    .await
}

#[d::task_fn]
async fn work_of_a_child(resource: d::Shared<'_, Resource>, item: u32) {
    let _ended = work(&resource, item, WORK_MS).await;
}

/// Leaves with an error in the middle of its use.
#[d::task_fn]
async fn failing_work(resource: &Resource, item: u32) {
    let Some(used) = resource.take(item) else { return };
    let _failed: Result<(), d::Error> = d::cleanup!(fail_after(1).await, {
        let _closed = d::sleep(CLOSE_MS).await;
        used.end();
    })
    .await;
}

#[d::task_fn]
async fn fail_after(ms: u32) -> Result<(), d::Error> {
    d::sleep(ms).await?;
    Err(d::Error::Elapsed)
}

#[d::task_fn]
async fn each_exit(world: &'static World) {
    straight_exits(world).await;
    let resource = Resource::new(world);
    let _limited = d::timeout(LIMIT_MS, work(&resource, 2, WORK_MS)).await;
    world.log(USER, WENT_ON, 2, 0);

    let resource = Resource::new(world);
    let _first = d::race(d::sleep(LIMIT_MS), work(&resource, 3, WORK_MS)).await;
    world.log(USER, WENT_ON, 3, 0);

    let resource = Resource::new(world);
    let limited = d::timeout(LIMIT_MS, work(&resource, 4, WORK_MS));
    let _limited_twice = d::timeout(LIMIT_MS + 1, limited).await;
    world.log(USER, WENT_ON, 4, 0);
    exits_of_children(world).await;
}

/// The end of the work, and an error in it.
#[d::task_fn]
async fn straight_exits(world: &'static World) {
    let resource = Resource::new(world);
    let _ended = work(&resource, 0, 1).await;
    world.log(USER, WENT_ON, 0, 0);

    let resource = Resource::new(world);
    failing_work(&resource, 1).await;
    world.log(USER, WENT_ON, 1, 0);
}

/// A child that is cancelled, and a scope that is ended with a child in it.
#[d::task_fn]
async fn exits_of_children(world: &'static World) {
    d::own!(resource = Resource::new(world));
    d::scope!(cap = 1, bytes = 1024, |scope| {
        let child = scope.spawn(work_of_a_child(d::share(&resource), 5));
        let _first = d::race(d::sleep(LIMIT_MS), child).await;
        scope.cancel_all();
    })
    .await;
    world.log(USER, WENT_ON, 5, 0);

    d::own!(resource = Resource::new(world));
    let scope = d::scope!(cap = 1, bytes = 1024, |scope| {
        let child = scope.spawn(work_of_a_child(d::share(&resource), 6));
        let _ended = child.await;
    });
    let _limited = d::timeout(LIMIT_MS, scope).await;
    world.log(USER, WENT_ON, 6, 0);
}

#[d::task_fn]
async fn cancelled_twice(world: &'static World) {
    for instant in 0..INSTANTS {
        let limited = d::timeout(LIMIT_MS, steps(world, instant));
        let _limited_twice = d::timeout(LIMIT_MS + instant, limited).await;
        world.log(USER, WENT_ON, instant, 0);
    }
}

/// A use whose clean-up has several steps.
#[d::task_fn]
async fn steps(world: &'static World, instant: u32) {
    world.log(USER, BEGAN, instant, 0);
    let _worked = d::cleanup!(d::sleep(WORK_MS).await, {
        for step in 0..STEPS {
            let _waited = d::sleep(2).await;
            world.log(USER, CLEANED, instant * STEPS + step, 0);
        }
    })
    .await;
}

fn went_on(world: &'static World, item: u32, started_ms: u32, limit_ms: u32) {
    let late_ms = world.now_ms().saturating_sub(started_ms + limit_ms);
    world.log(USER, WENT_ON, item, i32::try_from(late_ms).unwrap_or(i32::MAX));
}

/// No use was refused. Severity: those that were, and one if nothing was ever used.
pub fn judge_refused(ledger: &Ledger, params: &Params, metrics: &Metrics) -> Judged {
    let refused = ledger.count(REFUSED);
    let longest = ledger.of_kind(WENT_ON).map(|event| event.value.unsigned_abs()).max();
    metrics.set(Metric::Refused, refused.into());
    metrics.set(Metric::CancelMsMax, longest.unwrap_or(0).into());
    let missing = params.n.saturating_sub(ledger.count(WENT_ON));
    Judged::from_severity(refused + missing + u32::from(ledger.count(BEGAN) == 0))
}

/// On every way out the clean-up had finished when the run went on. Severity: those where not.
pub fn judge_exits(ledger: &Ledger, _: &Params, metrics: &Metrics) -> Judged {
    let place =
        |kind, item| ledger.events().position(|event| event.kind == kind && event.item == item);
    let cleaned = (0..EXITS)
        .filter(|exit| place(CLEANED, *exit).zip(place(WENT_ON, *exit)).is_some_and(|(a, b)| a < b))
        .count();
    metrics.set(Metric::CleanupExits, cleaned as u64);
    let missing = EXITS as usize - cleaned;
    Judged::from_severity(u32::try_from(missing).unwrap_or(u32::MAX))
}

/// Every step of every clean-up happened once. Severity: those that did not.
pub fn judge_steps(ledger: &Ledger, _: &Params, metrics: &Metrics) -> Judged {
    let once =
        |step: &u32| ledger.of_kind(CLEANED).filter(|event| event.item == *step).count() == 1;
    let wrong = (0..INSTANTS * STEPS).filter(|step| !once(step)).count();
    metrics.set(Metric::UnmatchedEffects, wrong as u64);
    Judged::from_severity(u32::try_from(wrong).unwrap_or(u32::MAX))
}
