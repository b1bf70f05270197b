//! Cases that serve, and the load that is brought to them.

use base64::Engine as _;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;
use record::{Kind, Latency, Request, Schedule};

use crate::ask::{ask, exact, only, toys};

fn latency(cell: &str, schedule: Schedule) -> Request {
    let cell = cell.parse().expect(cell);
    Request::Latency { cell, launch: 1, rate: 500, seconds: 1, seed: 9, schedule }
}

fn histogram(text: &str) -> Histogram<u64> {
    let bytes = base64::engine::general_purpose::STANDARD.decode(text).expect("base64");
    Deserializer::new().deserialize(&mut bytes.as_slice()).expect("a histogram")
}

#[test]
fn every_request_of_an_open_loop_has_a_latency() {
    for schedule in [Schedule::Fixed, Schedule::Poisson] {
        let line = only(latency("serves/echo,n=4@alpha:own", schedule));
        assert!(line.status.is_ok(), "{}", line.status);
        assert_eq!((line.kind, line.launch), (Kind::Latency, 1));
        let seen: &Latency = line.latency.as_ref().expect("a latency");
        assert_eq!((seen.rate, seen.seconds, seen.connections), (500, 1, 4));
        assert_eq!((seen.schedule, seen.seed, seen.answered), (schedule, 9, 500));
        let (intended, service) = (histogram(&seen.intended), histogram(&seen.service));
        assert_eq!((intended.len(), service.len()), (500, 500));
        // Sending is never early, so that what counts from the intended start is longer.
        for share in [0.1, 0.5, 0.99, 1.0] {
            assert!(intended.value_at_quantile(share) >= service.value_at_quantile(share));
        }
        assert_eq!(line.values["latency_ns_p50"], intended.value_at_quantile(0.5));
        assert_eq!(line.values["latency_ns_p99"], intended.value_at_quantile(0.99));
    }
}

#[test]
fn a_case_that_serves_has_something_to_serve_in_every_way_to_run_it() {
    let answer = ask(&[
        exact("serves/echo,n=2@alpha:own"),
        latency("serves/echo,n=2@alpha:own", Schedule::Fixed),
    ]);
    assert!(answer.lines.iter().all(|line| line.status.is_ok()));
    assert_eq!(answer.lines[0].receipt, answer.lines[1].receipt);
}

#[test]
fn a_load_that_is_not_served_is_a_failure_with_its_reason() {
    let status = |cell: &str| only(latency(cell, Schedule::Fixed)).status.to_string();
    assert_eq!(status("plain/fires,n=1@alpha:own"), "failed: the case does not serve");
    let hung_up = status("serves/hangs-up,n=2@alpha:own");
    assert!(hung_up.starts_with("failed: open loop: "), "{hung_up}");
}

#[test]
fn idle_connections_come_from_another_process_and_their_memory_counts() {
    let line = only(exact("serves/idle,n=40@alpha:own"));
    assert!(line.status.is_ok(), "{}", line.status);
    assert_eq!((line.values["ops"], line.values["live_bytes"]), (40, 40 * (16 << 10)));
    // The kernel counts resident pages for each processor and adds them up late, so one reading
    // may lack a few.
    let grown = (0..3).map(|_| {
        let (code, out, errors) = toys(&["rss", "serves/idle,n=400@alpha:own"], "");
        assert_eq!((code, errors.as_str()), (Some(0), ""));
        out.trim().parse::<u64>().expect("a number")
    });
    let grown = grown.max().expect("three readings");
    let held = 400 * (16 << 10);
    // What the process needs besides is far less than what it holds.
    assert!((held..2 * held).contains(&grown), "{grown} for {held}");
}

#[test]
fn a_run_that_fails_has_no_resident_memory() {
    let (code, out, errors) = toys(&["rss", "ends/control-fires,n=3@alpha:own"], "");
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(errors.contains("control fired"), "{errors}");
    let (_, out, _) = toys(&["probe"], "");
    assert!(out.starts_with("own: available\nown-epoll: available\nown-uring: "), "{out}");
}
