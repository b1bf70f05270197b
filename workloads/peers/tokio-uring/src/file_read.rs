//! `File::read_exact_at` with owned buffers that are passed in and returned.

use std::cell::Cell;
use std::io;
use std::rc::Rc;

use contract::{Case, Params, Role, World};
use oracles::file_read::{BLOCK, READERS, is_block, judge, offset, path};
use oracles::{done, failed};
use tokio_uring::fs::File;

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
    // As a task: a turn of what is given to `block_on` goes by way of epoll once more.
    let program = async move { tokio_uring::spawn(read(world, n, readers)).await };
    let read = block_on(program).and_then(|joined| joined.map_err(io::Error::other)?);
    match read {
        Ok((blocks, wrong)) => done(world, blocks, wrong),
        Err(error) => failed(world, error.raw_os_error().unwrap_or(-1)),
    }
}

/// Reads `n` blocks; how many were read, and how many had other bytes than they should.
async fn read(world: &'static World, n: u32, readers: u32) -> io::Result<(u32, u32)> {
    let file = Rc::new(File::open(path().map_err(io::Error::other)?).await?);
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
            let spawn =
                |buf| tokio_uring::spawn(reader(Rc::clone(&file), buf, Rc::clone(&next), n));
            let tasks: Vec<_> = buffers.into_iter().chain(last).map(spawn).collect();
            // None of them has run: this task has not given way yet.
            begin(world);
            let mut counts = (0, 0);
            for task in tasks {
                let (blocks, wrong) = task.await.map_err(io::Error::other)??;
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
    file: Rc<File>,
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

async fn read_block(file: &File, buf: Vec<u8>, item: u32) -> io::Result<Vec<u8>> {
    let (read, buf) = file.read_exact_at(buf, offset(item)).await;
    read?;
    Ok(buf)
}
