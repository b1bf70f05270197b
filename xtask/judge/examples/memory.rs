//! Judges this tree's claims by a record of 100 000 lines and prints its peak memory.
//!
//! The record holds the cells that the claims read and far more that they do not.
//! `cargo run --profile tool -p xtask-judge --example memory`

#![expect(clippy::print_stdout, reason = "this program's only output")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::{Context, Result};
use record::{FileEntry, Kind, Line, Outcome, Receipt, Record, Role, ScheduleResult, Status};

const LINES: u32 = 100_000;

fn main() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let dir = std::env::temp_dir().join(format!("judge-memory-{}", std::process::id()));
    fs::create_dir_all(&dir)?;
    write(&dir)?;
    let before = peak_kib()?;
    let record = Record::open(&dir)?;
    let verdicts = xtask_judge::eval_records(&root, &[record])?;
    fs::remove_dir_all(&dir)?;
    println!(
        "{LINES} lines, {} claims: peak {} MiB ({} MiB before)",
        verdicts.claims.len(),
        peak_kib()? / 1024,
        before / 1024
    );
    Ok(())
}

fn line(number: u32) -> Result<Line> {
    // Every third line is an outcome of a workload that claims read.
    let workload = if number.is_multiple_of(3) { "select-fix-matrix" } else { "await-depth-cost" };
    let cell = format!("{workload}/hoist-send,n={}@poll:own", number / 3).parse()?;
    let kind = if number.is_multiple_of(3) { Kind::Outcome } else { Kind::Exact };
    let mut line = Line::new(kind, cell, number % 3, Status::Ok);
    line.receipt = Some(Receipt(1));
    line.role = Some(Role::Hazard);
    let names = ["lost_items", "allocs", "leaf_polls", "wakes", "instr", "own_markers"];
    line.values = names.map(|name| (name.to_owned(), u64::from(number))).into_iter().collect();
    if kind == Kind::Outcome {
        line.schedules = (0..65)
            .map(|schedule| ScheduleResult {
                schedule,
                outcome: Outcome::Occurs,
                severity: 1,
                receipt: Receipt(1),
                watchdog: false,
                finish_ms: Some(1),
                values: BTreeMap::from([("lost_items".to_owned(), 1)]),
            })
            .collect();
    }
    Ok(line)
}

fn write(dir: &Path) -> Result<()> {
    // Line by line, so that the peak is that of judging.
    let mut file = BufWriter::new(fs::File::create(dir.join("poll.jsonl"))?);
    let (mut hasher, mut receipts) = (blake3::Hasher::new(), BTreeMap::new());
    for number in 0..LINES {
        let line = line(number)?;
        receipts.insert(line.cell.to_string(), Receipt(1));
        let text = format!("{}\n", line.to_json());
        hasher.update(text.as_bytes());
        file.write_all(text.as_bytes())?;
    }
    file.flush()?;
    let blake3 = hasher.finalize().to_hex().to_string();
    let files = BTreeMap::from([("poll.jsonl", FileEntry { blake3, lines: u64::from(LINES) })]);
    let run = serde_json::json!({
        "format": record::RUN_FORMAT, "run_id": "1", "target": "sim", "argv": [],
        "revision": "0", "dirty": false, "profile": "quick", "lock_hash": "", "inputs": {},
        "fingerprints": {}, "clock": "virtual", "order_seed": 1, "launches": 1,
        "toolchain": { "rustc": "rustc", "verbose": "", "settings": {} },
        "machine": { "fingerprint": "fp:0", "cpu": "", "cores": { "available": 2, "online": 2 },
            "memory_mib": 1, "kernel": "", "stable": {}, "volatile": {} },
        "started": "", "ended": "", "tools": {}, "receipts": receipts, "claims": {},
        "files": files, "artifacts": {},
    });
    fs::write(dir.join("run.json"), serde_json::to_string(&run)?)?;
    Ok(())
}

fn peak_kib() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status").context("only Linux tells its peak")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).context("no VmHWM")?;
    let number = line.split_whitespace().nth(1).context("no number")?;
    Ok(number.parse()?)
}
