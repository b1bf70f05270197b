//! A positional read of `std` in `smol::unblock`, the buffer passed in and returned.
//!
//! `smol::fs::File` has no read at an offset; it seeks, reads in the same pool of threads,
//! and copies out of a pipe. The instructions of the pool's threads are not those of the
//! thread that is measured.

use std::cell::Cell;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::rc::Rc;
use std::sync::Arc;

use contract::{Case, Params, Role, World};
use oracles::file_read::{BLOCK, READERS, is_block, judge, offset, path};
use oracles::{done, failed};
use smol::{LocalExecutor, unblock};

use crate::{begin, block_on};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "sequential", role: Role::Hazard, run: sequential, judge },
    Case { id: "joined", role: Role::Hazard, run: joined, judge },
];

fn sequential(world: &'static World, params: &Params) {
    run(world, params.n, 1);
}

fn joined(world: &'static World, params: &Params) {
    run(world, params.n, READERS);
}

fn run(world: &'static World, n: u32, readers: u32) {
    let executor = LocalExecutor::new();
    match block_on(&executor, read(world, &executor, n, readers)) {
        Ok((blocks, wrong)) => done(world, blocks, wrong),
        Err(error) => failed(world, error.raw_os_error().unwrap_or(-1)),
    }
}

/// Reads `n` blocks; how many were read, and how many had other bytes than they should.
async fn read(
    world: &'static World,
    executor: &LocalExecutor<'_>,
    n: u32,
    readers: u32,
) -> io::Result<(u32, u32)> {
    let file = Arc::new(File::open(path().map_err(io::Error::other)?)?);
    let mut buffers = Vec::new();
    for _ in 0..readers {
        buffers.push(read_block(&file, vec![0; BLOCK], 0).await?);
    }
    let next = Rc::new(Cell::new(0));
    let counts = match buffers.pop() {
        Some(buf) if readers == 1 => {
            begin(world);
            reader(file, buf, next, n).await?
        }
        last => {
            let spawn = |buf| executor.spawn(reader(Arc::clone(&file), buf, Rc::clone(&next), n));
            let tasks: Vec<_> = buffers.into_iter().chain(last).map(spawn).collect();
            // None of them has run: this task has not given way yet.
            begin(world);
            let mut counts = (0, 0);
            for task in tasks {
                let (blocks, wrong) = task.await?;
                counts = (counts.0 + blocks, counts.1 + wrong);
            }
            counts
        }
    };
    world.end(n.into());
    Ok(counts)
}

/// Takes the next block until `n` were taken.
async fn reader(
    file: Arc<File>,
    mut buf: Vec<u8>,
    next: Rc<Cell<u32>>,
    n: u32,
) -> io::Result<(u32, u32)> {
    let (mut blocks, mut wrong) = (0, 0);
    while next.get() < n {
        let item = next.replace(next.get() + 1);
        buf = read_block(&file, buf, item).await?;
        blocks += 1;
        wrong += u32::from(!is_block(item, &buf));
    }
    Ok((blocks, wrong))
}

async fn read_block(file: &Arc<File>, mut buf: Vec<u8>, item: u32) -> io::Result<Vec<u8>> {
    let file = Arc::clone(file);
    unblock(move || {
        file.read_exact_at(&mut buf, offset(item))?;
        Ok(buf)
    })
    .await
}
