//! From frames to lines of a record.
//!
//! A boot runs all cells of its image in order. When one of them ends the boot (a panic, a
//! fault, a hang), the rest is run by another boot that begins behind it: what dies costs
//! the cell that died. Every boot is made twice, and what differs does not count.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use record::{Kind, Line, Outcome, Receipt, Role, ScheduleResult, Status};
use serde::Deserialize;

use crate::boot::{Boot, Ended, boot};
use crate::build::Built;
use crate::frame::{Frame, Tag, parse};
use crate::images::Planned;
use crate::size::Sections;

/// Real time for one boot. Images take a fraction of a second.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Why a cell failed, as the image's frame says it.
const LEDGER_OVERFLOW: u8 = 1;
const CONTROL_FIRED: u8 = 2;
const STUCK: u8 = 3;
const PANIC: u8 = 4;
const HARD_FAULT: u8 = 5;
const CALLS_DIFFER: u8 = 6;

/// Runs an image and answers with two lines per cell: `exact` with instructions, stack,
/// sections and the workload's own values, and `outcome` for the script as written.
///
/// # Errors
/// When QEMU cannot be started, when bytes arrive that are no frames, and when the
/// calibration loop is not exactly two instructions a round: no number of this machine
/// would then be right.
pub fn run(built: &Built, launch: u32) -> Result<Vec<Line>> {
    run_within(built, launch, TIMEOUT)
}

/// The same with another limit of real time.
pub(crate) fn run_within(built: &Built, launch: u32, timeout: Duration) -> Result<Vec<Line>> {
    let cells = &built.image.cells;
    let (path, sections) = match &built.artifact {
        Ok((path, sections)) => (path, *sections),
        Err(why) => {
            let status = Status::not("failed", format_args!("the image does not build: {why}"));
            return Ok(cells.iter().flat_map(|cell| both(cell, launch, &status)).collect());
        }
    };
    let image = Image { launch, sections, note: note(built, sections), metrics: registry()? };
    let mut lines = Vec::new();
    let mut done = 0;
    while done < cells.len() {
        let name = built.image.name();
        let booted = boot(path, done, timeout)?;
        let seen = Story::of(&booted).with_context(|| name.clone())?;
        // A hang is one whatever a second boot does, and costs its whole time.
        let again = match booted.ended {
            Ended::Killed => None,
            _ => Some(Story::of(&boot(path, done, timeout)?).with_context(|| name.clone())?),
        };
        let rest = &cells[done..];
        ensure!(seen.cells.len() <= rest.len(), "{name} runs more cells than planned");
        for (number, (planned, frames)) in rest.iter().zip(&seen.cells).enumerate() {
            let last = number + 1 == seen.cells.len();
            let end = if last && !seen.ended { Some(booted.ended) } else { None };
            let same = again.as_ref().is_none_or(|again| again.cells.get(number) == Some(frames));
            lines.extend(image.lines(planned, frames, end, same));
        }
        done += seen.cells.len();
        if seen.ended || seen.cells.is_empty() {
            let why = if seen.ended {
                "the image ended before this cell".to_owned()
            } else {
                format!("the boot ended before its first cell: {}", words(booted.ended, &booted))
            };
            let status = Status::not("crashed", why);
            lines.extend(cells[done..].iter().flat_map(|cell| both(cell, launch, &status)));
            break;
        }
    }
    Ok(lines)
}

fn words(ended: Ended, boot: &Boot) -> String {
    let how = match ended {
        Ended::Exited(code) => format!("exit code {code}"),
        Ended::Died => "QEMU died of a signal".to_owned(),
        Ended::Killed => "killed".to_owned(),
    };
    let said = boot.stderr.lines().next().unwrap_or_default();
    if said.is_empty() { how } else { format!("{how}: {said}") }
}

/// A boot's frames, cell by cell.
struct Story {
    cells: Vec<Vec<Frame>>,
    /// Whether the image came to its end.
    ended: bool,
}

impl Story {
    fn of(boot: &Boot) -> Result<Story> {
        let frames = parse(&boot.sent)?;
        let calibrations: Vec<Frame> =
            frames.iter().copied().filter(|frame| frame.tag == Tag::Calibration).collect();
        let ended = frames.last().is_some_and(|frame| frame.tag == Tag::End);
        if ended || !calibrations.is_empty() {
            check_calibration(&calibrations)?;
        }
        let mut cells: Vec<Vec<Frame>> = Vec::new();
        for frame in frames {
            match frame.tag {
                Tag::Calibration | Tag::End => {}
                Tag::Case => cells.push(vec![frame]),
                _ => cells.last_mut().context("a frame before the first case")?.push(frame),
            }
        }
        Ok(Story { cells, ended })
    }
}

/// The loop has two instructions: `2^k` rounds must take `2^(k+1)` and the same few for the
/// two reads of the timer.
fn check_calibration(frames: &[Frame]) -> Result<()> {
    ensure!(frames.len() >= 2, "the image sent no calibration");
    let overhead = |frame: &Frame| frame.value.checked_sub(2 << frame.id);
    let first = overhead(&frames[0]);
    for frame in frames {
        ensure!(
            first.is_some() && overhead(frame) == first,
            "calibration: 2^{} rounds of two instructions took {}; QEMU does not count as this \
             machine is set up for, and no number of it is right",
            frame.id,
            frame.value
        );
    }
    Ok(())
}

/// Metric ids in the order of the registry, which is their number in a frame.
fn registry() -> Result<Vec<String>> {
    #[derive(Deserialize)]
    struct Registry {
        metric: Vec<Entry>,
    }
    #[derive(Deserialize)]
    struct Entry {
        id: String,
    }
    let text = include_str!("../../../workloads/contract/metrics.toml");
    let registry: Registry = toml::from_str(text).context("contract/metrics.toml")?;
    Ok(registry.metric.into_iter().map(|entry| entry.id).collect())
}

fn note(built: &Built, sections: Sections) -> String {
    let Sections { world, vectors, .. } = sections;
    format!(
        "sections of the whole image, all its cases; .bss without the workbench's World ({world} B); \
         vectors {vectors} B apart; core: {}",
        built.core_origin
    )
}

/// The two lines of a cell that has nothing to say.
fn both(planned: &Planned, launch: u32, status: &Status) -> [Line; 2] {
    [Kind::Exact, Kind::Outcome].map(|kind| {
        let mut line = Line::new(kind, planned.cell.clone(), launch, status.clone());
        line.role = Some(planned.role);
        line
    })
}

struct Image {
    launch: u32,
    sections: Sections,
    note: String,
    metrics: Vec<String>,
}

/// What a cell's frames say.
#[derive(Default)]
struct Seen {
    values: BTreeMap<String, u64>,
    receipt: Option<Receipt>,
    outcome: Option<(Outcome, u32)>,
    watchdog: bool,
    failed: Option<(u8, u64)>,
}

impl Image {
    /// `end` is how the boot ended, if it ended in this cell; `same` whether the second boot
    /// did the same.
    fn lines(
        &self,
        planned: &Planned,
        frames: &[Frame],
        end: Option<Ended>,
        same: bool,
    ) -> [Line; 2] {
        let mut seen = self.seen(frames);
        let status = if frames[0].value != u64::from(planned.cell.n) {
            let n = frames[0].value;
            Status::not("failed", format_args!("the image ran size {n}"))
        } else if !same {
            Status::not("failed", "two boots differ")
        } else {
            status(planned.role, &mut seen, end)
        };
        let mut lines = both(planned, self.launch, &status);
        for line in &mut lines {
            line.receipt = seen.receipt;
        }
        let [exact, outcome] = &mut lines;
        exact.note = Some(match seen.failed {
            Some((PANIC, at)) => format!("panicked in source line {at}; {}", self.note),
            _ => self.note.clone(),
        });
        if let (Some((happened, severity)), Some(receipt)) = (seen.outcome, seen.receipt) {
            let finish_ms = seen.values.get("finish_ms").and_then(|ms| u32::try_from(*ms).ok());
            outcome.schedules.push(ScheduleResult {
                schedule: 0,
                outcome: happened,
                severity,
                receipt,
                watchdog: seen.watchdog,
                finish_ms: finish_ms.filter(|_| !seen.watchdog),
                values: BTreeMap::new(),
            });
        }
        if status.is_ok() {
            exact.values = seen.values;
            let Sections { text, rodata, data, bss, .. } = self.sections;
            for (id, bytes) in [
                ("text_bytes", text),
                ("rodata_bytes", rodata),
                ("data_bytes", data),
                ("bss_bytes", bss),
            ] {
                exact.values.insert(id.to_owned(), bytes);
            }
        }
        lines
    }

    fn seen(&self, frames: &[Frame]) -> Seen {
        let mut seen = Seen::default();
        for frame in frames {
            match frame.tag {
                Tag::Value => {
                    let id = self.metrics.get(usize::from(frame.id)).cloned();
                    let id = id.unwrap_or_else(|| format!("metric-{}", frame.id));
                    seen.values.insert(id, frame.value);
                }
                Tag::Receipt => seen.receipt = Some(Receipt(frame.value)),
                Tag::Outcome => {
                    seen.watchdog = frame.id & 2 != 0;
                    let outcome = match frame.id {
                        0 => Outcome::Absent,
                        // Nothing could move any more, and the judge did not take that for
                        // its hazard.
                        2 => Outcome::Hang,
                        _ => Outcome::Occurs,
                    };
                    let severity = u32::try_from(frame.value).unwrap_or(u32::MAX);
                    seen.outcome = Some((outcome, severity));
                }
                Tag::Failed => seen.failed = Some((frame.id, frame.value)),
                Tag::Case | Tag::Calibration | Tag::End => {}
            }
        }
        seen
    }
}

/// Whether the values count. A panic of a hazard is a result; of a control it is a fault of
/// the workload.
fn status(role: Role, seen: &mut Seen, end: Option<Ended>) -> Status {
    match seen.failed {
        Some((LEDGER_OVERFLOW, _)) => return Status::not("failed", "ledger overflow"),
        Some((CONTROL_FIRED, _)) => return Status::not("failed", "control fired"),
        Some((CALLS_DIFFER, _)) => return Status::not("failed", "two calls differ"),
        Some((HARD_FAULT, _)) => {
            return Status::not("crashed", "hard fault, or the stack ran out");
        }
        Some((PANIC, line)) => {
            seen.outcome = Some((Outcome::Panics, 0));
            if role == Role::Control {
                return Status::not(
                    "failed",
                    format_args!("control panicked in source line {line}"),
                );
            }
        }
        Some((STUCK, _)) => {
            seen.outcome = Some((Outcome::Hang, 0));
            return Status::not("hang", "a cancelled root did not drain");
        }
        Some((other, _)) => return Status::not("failed", format_args!("reason {other}")),
        None => {}
    }
    match (end, seen.receipt) {
        (Some(Ended::Killed), _) => {
            Status::not("timeout", format_args!("killed after {} s", TIMEOUT.as_secs()))
        }
        (Some(Ended::Died), _) => Status::not("crashed", "QEMU died of a signal"),
        (_, None) => Status::not("crashed", "the boot ended without a word"),
        (_, Some(_)) => Status::Ok,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calibration(values: &[u64]) -> Vec<Frame> {
        let frame = |(id, value): (usize, &u64)| Frame {
            tag: Tag::Calibration,
            id: u8::try_from(id).expect("small"),
            value: *value,
        };
        values.iter().enumerate().map(frame).collect()
    }

    #[test]
    fn the_slope_of_the_calibration_must_be_exactly_two() {
        assert!(check_calibration(&calibration(&[13, 15, 19, 27])).is_ok());
        for wrong in [&[13, 15, 19, 28][..], &[13, 14, 16, 20], &[26, 30, 38, 54], &[13], &[1, 3]] {
            assert!(check_calibration(&calibration(wrong)).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn metrics_have_the_numbers_of_the_registry() {
        let metrics = registry().expect("the registry");
        assert_eq!(metrics[0], "lost_items");
        assert_eq!(metrics[21], "instr");
        assert_eq!(metrics[27], "stack_bytes");
    }
}
