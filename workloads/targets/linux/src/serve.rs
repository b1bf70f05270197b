//! Requests in, lines out.

use std::io::{BufRead, Write};

use anyhow::{Context, Result};
use contract::World;
use record::{CellKey, Kind, Line, Request, Status};

use crate::backend;
use crate::clock;
use crate::once;
use crate::registry::{Cell, Registry, role};
use crate::sampler::Settings;
use crate::{exact, latency, load, outcome, region, stuck, time};

/// A fresh world that lives as long as the process and ends it when it is stuck.
#[must_use]
pub fn world() -> &'static World {
    let world: &'static World = Box::leak(Box::new(World::new()));
    stuck::arm(world);
    region::arm(world);
    load::arm(world);
    world
}

/// Answers requests until the input ends. Every line is flushed at once, so that a process
/// that dies loses only the request it was working on.
///
/// # Errors
/// At the first request that cannot be read, with its line number, and when an answer
/// cannot be written.
pub fn serve(registry: Registry, input: impl BufRead, out: &mut impl Write) -> Result<()> {
    let world = world();
    for (index, text) in input.lines().enumerate() {
        let text = text.context("cannot read standard input")?;
        if text.trim().is_empty() {
            continue;
        }
        let request: Request = serde_json::from_str(&text).with_context(|| {
            format!("standard input:{}: not a request; see `record::Request`", index + 1)
        })?;
        for line in answer(registry, world, &request) {
            writeln!(out, "{}", line.to_json()).context("cannot write an answer")?;
            out.flush().context("cannot write an answer")?;
        }
    }
    Ok(())
}

fn answer(registry: Registry, world: &'static World, request: &Request) -> Vec<Line> {
    let (kind, launch, keys) = head(request);
    let mut lines = Vec::new();
    let mut cells = Vec::new();
    for key in keys {
        match registry.find(key).map(|cell| (backend::probe(&key.runtime), cell)) {
            Ok((Ok(()), cell)) => cells.push(cell),
            Ok((Err(why), cell)) => {
                let status = Status::not("unsupported", why);
                let mut line = Line::new(kind, key.clone(), launch, status);
                line.role = Some(role(cell.case.role));
                lines.push(line);
            }
            Err(error) => {
                lines.push(Line::new(kind, key.clone(), launch, Status::not("failed", error)));
            }
        }
    }
    stuck::begin(kind, launch, &cells);
    // A panic of a judge or of the runner itself: the cells fail, the launch goes on.
    let measured = once::caught(|| measure(world, request, &cells));
    stuck::end();
    lines.extend(measured.unwrap_or_else(|message| {
        let status = Status::not("failed", format_args!("outside of the case: {message}"));
        cells.iter().map(|c| Line::new(kind, c.key.clone(), launch, status.clone())).collect()
    }));
    lines
}

fn head(request: &Request) -> (Kind, u32, &[CellKey]) {
    match request {
        Request::Exact { cell, launch } => (Kind::Exact, *launch, std::slice::from_ref(cell)),
        Request::Outcome { cell, launch, .. } => {
            (Kind::Outcome, *launch, std::slice::from_ref(cell))
        }
        Request::Time { cells, launch, .. } => (Kind::Time, *launch, cells),
        Request::Latency { cell, launch, .. } => {
            (Kind::Latency, *launch, std::slice::from_ref(cell))
        }
    }
}

fn measure(world: &'static World, request: &Request, cells: &[Cell]) -> Vec<Line> {
    let each = |f: &dyn Fn(&Cell) -> Line| cells.iter().map(f).collect();
    match *request {
        Request::Exact { launch, .. } => each(&|cell| exact::line(world, cell, launch)),
        Request::Outcome { launch, schedules, seed, jitter, .. } => {
            let ask = outcome::Ask { schedules, seed, jitter };
            each(&|cell| outcome::line(world, cell, launch, ask))
        }
        Request::Latency { launch, rate, seconds, seed, schedule, .. } => {
            let settings = latency::Settings { rate, seconds, seed, schedule };
            each(&|cell| latency::line(world, cell, launch, settings))
        }
        Request::Time {
            ref group,
            launch,
            order_seed,
            rounds,
            block_us,
            cap_ms,
            least_rounds,
            ceiling_ms,
            ..
        } => {
            let settings =
                Settings { order_seed, rounds, block_us, cap_ms, least_rounds, ceiling_ms };
            time::lines(world, &clock::Kernel, group, cells, launch, settings)
        }
    }
}
