//! Where an operation waits, and the ways of giving it up there.

use std::any::Any;
use std::cell::Cell;

use design as d;

use super::operation::{BACKENDS, BOUND_MS, Operation};
use super::peer::Peer;
use super::rig::{Rig, Subject, operate, operate_owned};

/// How the owner of an operation gives it up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Race,
    Limit,
    Child,
    Hold,
    Panic,
}

/// Where it is given up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    /// What the peer does before; the driver gets time to see each.
    steps: usize,
    /// Turns of the executor after that; all steps are done before the operation begins.
    turns: Option<u32>,
    /// One more step in the instant of giving up.
    late: bool,
    /// Nothing is cancelled.
    last: bool,
}

/// What the sibling panics with.
pub(super) struct GivenUp;

/// What a panic says.
pub(super) fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without a text")
}

impl Point {
    /// After so many turns, everything being there.
    pub(super) fn turns(turns: u32) -> Point {
        Point { steps: 0, turns: Some(turns), late: false, last: false }
    }

    /// The end that comes by itself.
    pub(super) fn last(operation: Operation) -> Point {
        Point { steps: operation.steps(), turns: None, late: false, last: true }
    }

    pub(super) fn is_last(self) -> bool {
        self.last
    }

    /// The points of an operation.
    pub(super) fn all(operation: Operation, way: Way) -> impl Iterator<Item = Point> {
        // Who waits for a limit does nothing in its instant.
        let late: &[bool] = if way == Way::Limit { &[false] } else { &[false, true] };
        let points = (0..operation.waits()).flat_map(move |steps| {
            late.iter().map(move |&late| Point { steps, turns: None, late, last: false })
        });
        // A panic is a cancel of its own, so nothing else cancels.
        let last = way != Way::Panic && operation.ends();
        let last = last.then_some(Point::last(operation));
        points.chain(last)
    }

    /// Operations that end, over both drivers.
    pub(super) fn lasts() -> usize {
        let backends = BACKENDS.iter();
        let operations = backends.flat_map(|&backend| Operation::all(backend));
        operations.filter(|operation| operation.ends()).count()
    }

    /// How many there are, over all operations and both drivers.
    pub(super) fn count(way: Way) -> usize {
        let backends = BACKENDS.iter();
        let operations = backends.flat_map(|&backend| Operation::all(backend));
        operations
            .map(|operation| {
                let instants = if way == Way::Limit { 1 } else { 2 };
                operation.waits() * instants + usize::from(way != Way::Panic && operation.ends())
            })
            .sum()
    }
}

/// Time for the driver to see what happened.
#[d::task_fn]
pub(super) async fn pause(ms: u32) {
    // Cancelled with its owner.
    let _slept = d::sleep(ms).await;
}

/// Takes what comes, until it is cancelled.
#[d::task_fn]
pub(super) async fn drains(peer: &Peer) {
    loop {
        peer.take();
        if d::sleep(1).await.is_err() {
            return;
        }
    }
}

/// What happens until the point, seen from the peer. Ready when it is time to give up.
#[d::task_fn]
async fn until(peer: &Peer, point: Point) {
    for _ in 0..point.steps {
        peer.step();
        if d::sleep(1).await.is_err() {
            return;
        }
    }
    for _ in 0..point.turns.unwrap_or(0) {
        peer.take();
        if d::yield_now().await.is_err() {
            return;
        }
    }
    if point.last {
        drains(peer).await;
    }
    if point.late {
        peer.step();
    }
}

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// By itself.
    Ready,
    /// It was given up at its point.
    GivenUp,
    /// It was given up before it came to its point.
    Early,
}

impl End {
    fn of(ready: bool) -> End {
        if ready { End::Ready } else { End::GivenUp }
    }
}

/// Begins the operation and gives it up. A limit is `patience` times as long as the way to the
/// point takes when the machine does nothing else. What is left of the rig comes back: all of it,
/// or the peer only where the operation owned the rest.
#[d::task_fn]
pub(super) async fn given_up(
    mut rig: Rig,
    operation: Operation,
    way: Way,
    point: Point,
    patience: u32,
) -> (Rig, End) {
    if point.turns.is_some() {
        for _ in 0..operation.steps() {
            rig.peer.step();
        }
    }
    let end = match way {
        Way::Limit => limit(&mut rig, operation, point, patience).await,
        Way::Race => End::of(race(&mut rig, operation, point).await),
        Way::Panic => End::of(panics(&mut rig, operation, point).await),
        Way::Child => End::of(child(&mut rig, operation, point).await),
        Way::Hold => End::of(hold(&mut rig, operation, point).await),
    };
    (rig, end)
}

#[d::task_fn]
async fn race(rig: &mut Rig, operation: Operation, point: Point) -> bool {
    let subject = rig.subject.as_mut().expect("set up just now");
    let raced = d::race(operate(operation, subject), until(&rig.peer, point)).await;
    matches!(raced, d::Either::A(()))
}

#[d::task_fn]
async fn limit(rig: &mut Rig, operation: Operation, point: Point, patience: u32) -> End {
    let subject = rig.subject.as_mut().expect("set up just now");
    if point.last {
        let limited = d::timeout(BOUND_MS, operate(operation, subject));
        let raced = d::race(limited, until(&rig.peer, point)).await;
        return End::of(matches!(raced, d::Either::A(Ok(()))));
    }
    let steps = u32::try_from(point.steps).expect("few");
    let there = Cell::new(false);
    let limited = limited(operation, subject, (3 * steps + 2) * patience, &there);
    d::join(limited, arrives(&rig.peer, point, &there)).await.0
}

#[d::task_fn]
async fn limited(operation: Operation, subject: &mut Subject, ms: u32, there: &Cell<bool>) -> End {
    match d::timeout(ms, operate(operation, subject)).await {
        Ok(()) => End::Ready,
        Err(_) if there.get() => End::GivenUp,
        Err(_) => End::Early,
    }
}

/// Goes to the point and says that it is there.
#[d::task_fn]
async fn arrives(peer: &Peer, point: Point, there: &Cell<bool>) {
    until(peer, point).await;
    there.set(true);
}

#[d::task_fn]
async fn panics(rig: &mut Rig, operation: Operation, point: Point) -> bool {
    let subject = rig.subject.as_mut().expect("set up just now");
    let ((), ()) = d::join(operate(operation, subject), panic_at(&rig.peer, point)).await;
    true
}

#[d::task_fn]
async fn panic_at(peer: &Peer, point: Point) {
    until(peer, point).await;
    // Without the message of an unexpected one.
    std::panic::resume_unwind(Box::new(GivenUp));
}

#[d::task_fn]
async fn child(rig: &mut Rig, operation: Operation, point: Point) -> bool {
    let subject = rig.subject.take().expect("set up just now");
    let peer = &rig.peer;
    let left: Option<Subject> = d::scope!(cap = 2, bytes = 1024, |scope| {
        let handle = scope.spawn(operate_owned(operation, subject));
        let cancels = d::task!(async {
            until(peer, point).await;
            scope.cancel_all();
        });
        match d::race(handle, cancels).await {
            d::Either::A(ended) => ended.ok(),
            d::Either::B(()) => None,
        }
    })
    .await;
    rig.subject = left;
    rig.subject.is_some()
}

#[d::task_fn]
async fn hold(rig: &mut Rig, operation: Operation, point: Point) -> bool {
    let subject = rig.subject.take().expect("set up just now");
    let peer = &rig.peer;
    let left: Option<Subject> = d::hold!(operate_owned(operation, subject), |held| {
        match d::race(held.turn(), until(peer, point)).await {
            d::Either::A(subject) => Some(subject),
            d::Either::B(()) => None,
        }
    })
    .await;
    rig.subject = left;
    rig.subject.is_some()
}
