//! How long a server lets requests wait that come when they are due.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contract::{Metric, World};
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Serializer, V2DeflateSerializer};
use record::{Kind, Latency, Line, Schedule, Status};

use crate::load::{self, Ask};
use crate::once;
use crate::registry::{Cell, role};

/// Which load a cell is asked to bear.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Requests per second.
    pub rate: u32,
    /// Seconds of them.
    pub seconds: u32,
    /// Seed of their times.
    pub seed: u64,
    /// Kind of their times.
    pub schedule: Schedule,
}

/// Runs a cell twice under an open loop, the second time for what is asked: the first one
/// warms what grows once. The size of the cell is the number of connections.
#[must_use]
pub fn line(world: &'static World, cell: &Cell, launch: u32, settings: Settings) -> Line {
    let Settings { rate, seconds, seed, schedule } = settings;
    world.reset();
    drop(once::call(world, cell));
    load::ask(Some(Ask { rate, seconds_milli: seconds.saturating_mul(1000), seed, schedule }));
    world.reset();
    let called = once::attended(world, cell);
    load::ask(None);
    let answers = load::finish();
    let seen = once::judge(world, cell, called);

    let mut line = Line::new(Kind::Latency, cell.key.clone(), launch, seen.status(cell));
    line.receipt = Some(seen.receipt);
    line.role = Some(role(cell.case.role));
    line.note = seen.panic.map(|message| format!("panicked: {message}"));
    if !line.status.is_ok() {
        return line;
    }
    let answers = match answers {
        Some(Ok(answers)) => answers,
        Some(Err(why)) => {
            line.status = Status::not("failed", format_args!("open loop: {why}"));
            return line;
        }
        None => {
            line.status = Status::not("failed", "the case does not serve");
            return line;
        }
    };
    for (metric, share) in [(Metric::LatencyNsP50, 0.5), (Metric::LatencyNsP99, 0.99)] {
        let value = answers.intended.value_at_quantile(share);
        line.values.insert(metric.id().to_owned(), value);
    }
    line.latency = Some(Latency {
        rate,
        seconds,
        connections: cell.params.n,
        schedule,
        seed,
        answered: answers.intended.len(),
        intended: text(&answers.intended),
        service: text(&answers.service),
    });
    line
}

/// The compressed form that every HdrHistogram library reads.
fn text(histogram: &Histogram<u64>) -> String {
    let mut bytes = Vec::new();
    V2DeflateSerializer::new()
        .serialize(histogram, &mut bytes)
        .expect("a histogram of this size is written into memory");
    STANDARD.encode(bytes)
}
