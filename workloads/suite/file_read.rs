//! A file in the page cache, read in blocks of 64 KiB.
//!
//! Readiness does not exist for files: a design over epoll hands a read to a helper thread,
//! one over io_uring submits it. Case `sequential` waits for each block, so that it shows
//! what one hand-over costs; case `joined` keeps eight reads in flight.
//!
//! The control reads no file: the same turns through the scope with nothing to wait for.

use core::cell::Cell;

use contract::{Case, Drivers, Params, Role, World};
use design as d;
use oracles::file_read::{BLOCK, READERS, is_block, judge, offset, path};
use oracles::{done, failed};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "sequential", role: Role::Hazard, run: sequential, judge },
    Case { id: "joined", role: Role::Hazard, run: joined, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
];

fn sequential(world: &'static World, params: &Params) {
    world.uses(Drivers::NONE);
    d::block_on(world, read(world, params.n, 1));
}

fn joined(world: &'static World, params: &Params) {
    world.uses(Drivers::NONE);
    d::block_on(world, read(world, params.n, READERS));
}

fn control(world: &'static World, params: &Params) {
    world.uses(Drivers::NONE);
    d::block_on(world, turns(world, params.n));
}

/// Which block is next, and how the last ones were.
struct Take {
    next: Cell<u32>,
    ready: Cell<u32>,
    read: Cell<u32>,
    wrong: Cell<u32>,
    blocks: u32,
    readers: u32,
}

impl Take {
    fn new(blocks: u32, readers: u32) -> Take {
        let (next, ready) = (Cell::new(0), Cell::new(0));
        let (read, wrong) = (Cell::new(0), Cell::new(0));
        Take { next, ready, read, wrong, blocks, readers }
    }

    fn next(&self) -> Option<u32> {
        let next = self.next.get();
        self.next.set(next + 1);
        (next < self.blocks).then_some(next)
    }

    /// True for the last reader that is ready.
    fn arrive(&self) -> bool {
        self.ready.set(self.ready.get() + 1);
        self.ready.get() == self.readers
    }

    fn keep(&self, fine: bool) {
        let count = if fine { &self.read } else { &self.wrong };
        count.set(count.get() + 1);
    }
}

type Gate = d::Chan<(), 1>;

#[d::task_fn]
async fn read(world: &'static World, blocks: u32, readers: u32) {
    let Ok(path) = path() else { return failed(world, -1) };
    d::own!(take = Take::new(blocks, readers));
    d::chan!(gate: (), 1);
    let _all = d::scope!(cap = 8, bytes = 16_384, |scope| {
        for _ in 0..readers {
            let (take, gate) = (d::share(&take), d::share(gate));
            let _child = scope.spawn(reader(world, path, take, gate));
        }
    })
    .await;
    d::end(world, blocks);
    done(world, take.read.get(), take.wrong.get());
}

#[d::task_fn]
async fn reader(
    world: &'static World,
    path: &'static str,
    take: d::Shared<'_, Take>,
    gate: d::Shared<'_, Gate>,
) {
    let mut file = match d::open(path) {
        Ok(file) => file,
        Err(error) => {
            failed(world, error.code());
            take.keep(false);
            return;
        }
    };
    let mut buffer = d::buf(BLOCK);
    let warm = d::read_at(&mut file, &mut buffer, 0).await;
    if warm.is_err() {
        take.keep(false);
    }
    if take.arrive() {
        d::begin(world);
        gate.close();
    } else {
        let _closed = gate.recv().await;
    }
    while let Some(item) = take.next() {
        let got = d::read_at(&mut file, &mut buffer, offset(item)).await;
        take.keep(got == Ok(BLOCK) && is_block(item, buffer.as_ref()));
    }
}

#[d::task_fn]
async fn turns(world: &'static World, blocks: u32) {
    d::begin(world);
    let mut made = 0;
    for _ in 0..blocks {
        made += u32::from(d::yield_now().await.is_ok());
    }
    d::end(world, blocks);
    done(world, made, 0);
}
