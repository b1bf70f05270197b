//! A damaged record is refused, naming file and line; nothing is skipped.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use record::{
    Cores, FileEntry, Kind, LINE_FORMAT, Line, Machine, RUN_FORMAT, Receipt, Record, Run, Status,
    Toolchain,
};

const CELL: &str = "futurelock/a,n=2@poll:own";

fn line(launch: u32) -> Line {
    let mut line = Line::new(Kind::Exact, CELL.parse().expect("a key"), launch, Status::Ok);
    line.receipt = Some(Receipt(7));
    line.values.insert("allocs".into(), 3);
    line
}

/// Writes a record of these lines; `damage` may change the text of the lines after hashing.
fn written(dir: &Path, lines: &[String], damage: impl Fn(String) -> String) -> Record {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    fs::write(dir.join("poll.jsonl"), damage(text.clone())).expect("written");
    with_run(dir, "poll.jsonl", text.as_bytes(), lines.len())
}

/// Writes the `run.json` of a record of one file.
fn with_run(dir: &Path, name: &str, content: &[u8], lines: usize) -> Record {
    let blake3 = blake3::hash(content).to_hex().to_string();
    let entry = FileEntry { blake3, lines: lines as u64 };
    let run = Run {
        format: RUN_FORMAT.into(),
        run_id: "r".into(),
        target: "sim".into(),
        argv: vec![],
        revision: "0".into(),
        dirty: false,
        profile: "quick".into(),
        lock_hash: String::new(),
        inputs: BTreeMap::new(),
        fingerprints: BTreeMap::new(),
        toolchain: Toolchain {
            rustc: String::new(),
            verbose: String::new(),
            core_origin: None,
            settings: BTreeMap::new(),
        },
        machine: Machine {
            fingerprint: String::new(),
            cpu: String::new(),
            cores: Cores { available: 2, online: 2 },
            memory_mib: 1,
            kernel: String::new(),
            stable: BTreeMap::new(),
            volatile: BTreeMap::new(),
        },
        clock: "virtual".into(),
        order_seed: 1,
        launches: 1,
        noise: None,
        started: String::new(),
        ended: String::new(),
        attempts: Vec::new(),
        tools: BTreeMap::new(),
        receipts: [(CELL.to_owned(), Receipt(7))].into(),
        claims: BTreeMap::new(),
        files: [(name.to_owned(), entry)].into(),
        artifacts: BTreeMap::new(),
        crates: BTreeMap::new(),
    };
    fs::write(dir.join("run.json"), serde_json::to_string(&run).expect("a run")).expect("written");
    Record::open(dir).expect("run.json is fine")
}

fn refusal(lines: &[String], damage: impl Fn(String) -> String) -> String {
    let dir = tempfile::tempdir().expect("a folder");
    let record = written(dir.path(), lines, damage);
    let error = record.lines(|_| Ok(())).expect_err("a damaged record is refused");
    format!("{error:#}")
}

#[test]
fn a_whole_record_is_read_line_by_line() {
    let dir = tempfile::tempdir().expect("a folder");
    let lines = [line(0).to_json(), line(1).to_json()];
    let record = written(dir.path(), &lines, |text| text);
    let mut launches = Vec::new();
    record
        .lines(|line| {
            launches.push(line.launch);
            Ok(())
        })
        .expect("nothing is wrong with it");
    assert_eq!(launches, [0, 1]);
}

#[test]
fn packed_samples_are_read_and_refused_when_they_are_damaged() {
    const NAME: &str = "poll.samples.jsonl.gz";
    let text: String = (0..3).map(|launch| line(launch).to_json() + "\n").collect();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text.as_bytes()).expect("memory");
    let whole = encoder.finish().expect("memory");
    let read = |content: &[u8]| {
        let dir = tempfile::tempdir().expect("a folder");
        fs::write(dir.path().join(NAME), content).expect("written");
        let record = with_run(dir.path(), NAME, &whole, 3);
        let mut launches = Vec::new();
        record.lines(|_| panic!("samples are no lines of the first kind")).expect("no such file");
        let read = record.samples(|line| {
            launches.push(line.launch);
            Ok(())
        });
        read.map(|()| launches).map_err(|error| format!("{error:#}"))
    };
    assert_eq!(read(&whole), Ok(vec![0, 1, 2]));
    let behind = [&whole[..], b"more"].concat();
    for damaged in [&whole[..whole.len() / 2], &whole[1..], &behind] {
        let error = read(damaged).expect_err("it is damaged");
        assert!(error.contains(NAME), "{error}");
    }
}

#[test]
fn launches_that_say_the_same_are_one_line_and_are_read_one_by_one() {
    let mut other = line(4);
    other.values.insert("allocs".into(), 4);
    let all = [line(0), line(1), line(2), other, line(5)];
    let folded = Line::folded(&all);
    let shape: Vec<(u32, u32)> = folded.iter().map(|line| (line.launch, line.again)).collect();
    assert_eq!(shape, [(0, 2), (4, 0), (5, 0)]);
    let dir = tempfile::tempdir().expect("a folder");
    let texts: Vec<String> = folded.iter().map(Line::to_json).collect();
    assert!(!texts[1].contains("again"), "{}", texts[1]);
    let record = written(dir.path(), &texts, |text| text);
    let mut read = Vec::new();
    record
        .lines(|line| {
            read.push(line);
            Ok(())
        })
        .expect("nothing is wrong with it");
    assert_eq!(read, all);
    let endless = texts[0].replace("\"again\":2", "\"again\":4000000000");
    let error = refusal(&[endless], |text| text);
    assert!(error.contains("poll.jsonl:1") && error.contains("again"), "{error}");
}

#[test]
fn a_line_that_is_no_json_is_named() {
    let error = refusal(&[line(0).to_json(), "{".to_owned()], |text| text);
    assert!(error.contains("poll.jsonl:2"), "{error}");
}

#[test]
fn another_format_version_is_refused_before_anything_else() {
    let other = line(0).to_json().replace(LINE_FORMAT, "async-eval.raw/99");
    let error = refusal(&[other], |text| text);
    assert!(error.contains("poll.jsonl:1") && error.contains("raw/99"), "{error}");
}

#[test]
fn an_unknown_field_is_refused() {
    let odd = line(0).to_json().replacen('{', "{\"surprise\":1,", 1);
    let error = refusal(&[odd], |text| text);
    assert!(error.contains("poll.jsonl:1") && error.contains("surprise"), "{error}");
}

#[test]
fn status_ok_with_another_receipt_is_refused() {
    let mut wrong = line(1);
    wrong.receipt = Some(Receipt(8));
    let error = refusal(&[line(0).to_json(), wrong.to_json()], |text| text);
    assert!(error.contains("poll.jsonl:2") && error.contains("0000000000000008"), "{error}");
}

#[test]
fn a_line_that_failed_needs_no_receipt() {
    let mut failed = line(0);
    failed.status = Status::not("crashed", "signal 11");
    failed.receipt = None;
    let dir = tempfile::tempdir().expect("a folder");
    let record = written(dir.path(), &[failed.to_json()], |text| text);
    record.lines(|_| Ok(())).expect("a failure is a row");
}

#[test]
fn an_edited_value_is_noticed() {
    let error = refusal(&[line(0).to_json()], |text| text.replace("\"allocs\":3", "\"allocs\":2"));
    assert!(error.contains("not the one that was recorded"), "{error}");
}

#[test]
fn a_removed_line_is_noticed() {
    let lines = [line(0).to_json(), line(1).to_json()];
    let error = refusal(&lines, |text| text.lines().take(1).map(|l| format!("{l}\n")).collect());
    assert!(error.contains("not the one that was recorded"), "{error}");
}

#[test]
fn a_file_that_nobody_recorded_is_noticed() {
    let dir = tempfile::tempdir().expect("a folder");
    let record = written(dir.path(), &[line(0).to_json()], |text| text);
    fs::write(dir.path().join("scoped.jsonl"), "").expect("written");
    let error = record.lines(|_| Ok(())).expect_err("not listed").to_string();
    assert!(error.contains("scoped.jsonl"), "{error}");
}

#[test]
fn another_format_of_run_json_is_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    written(dir.path(), &[], |text| text);
    let path = dir.path().join("run.json");
    let text = fs::read_to_string(&path).expect("written above");
    fs::write(&path, text.replace(RUN_FORMAT, "async-eval.run/9")).expect("written");
    let error = Record::open(dir.path()).expect_err("another version").to_string();
    assert!(error.contains("run.json") && error.contains("run/9"), "{error}");
}
