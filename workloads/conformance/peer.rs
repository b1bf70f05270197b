//! What every peer passes on the machine's clock. A peer's own tests say what its runtime makes
//! of operations that are given up.

use std::cell::Cell;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use contract::{Case, Load, Metric, Outcome, Params, Workload, World};

/// What gives operations up while the kernel works on them, and may lose something.
fn gives_up(workload: &Workload) -> bool {
    workload.id.starts_with("socket-")
}

/// Enough for a full window of tasks, and small enough for sockets.
fn size(workload: &str) -> u32 {
    if workload == "tcp-echo" { 4 } else { 64 }
}

/// One test at a time: open descriptors are counted, and they are the process's.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Load from outside, which ends when it is answered, or when the peer closes.
fn load(_: &World, port: u16, load: Load) {
    let brought = std::thread::spawn(move || bring(port, load));
    LOAD.set(Some(brought));
}

thread_local! {
    /// Of the run of this thread.
    static LOAD: Cell<Option<JoinHandle<io::Result<()>>>> = const { Cell::new(None) };
}

fn bring(port: u16, load: Load) -> io::Result<()> {
    let connect = |n| (0..n).map(|_| TcpStream::connect((Ipv4Addr::LOCALHOST, port))).collect();
    match load {
        Load::OpenLoop(n) => {
            let streams: io::Result<Vec<TcpStream>> = connect(n);
            for (mut stream, byte) in streams?.into_iter().zip(0..) {
                // A short one after a long one: what is left of that is not answered again.
                for requests in [2, 1] {
                    let sent = vec![byte + requests; 64 * usize::from(requests)];
                    let mut came = vec![0; sent.len()];
                    stream.write_all(&sent)?;
                    stream.read_exact(&mut came)?;
                    assert_eq!(came, sent);
                }
                stream.shutdown(Shutdown::Write)?;
                assert_eq!(stream.read(&mut [0])?, 0, "an answer that was not asked for");
            }
        }
        Load::Idle(n) => {
            let streams: io::Result<Vec<TcpStream>> = connect(n);
            for mut stream in streams? {
                // Whether it ends in order or not is the peer's.
                let _ended = stream.read(&mut [0]);
            }
        }
    }
    Ok(())
}

fn outcome(world: &'static World, case: &Case, n: u32) -> Outcome {
    world.reset();
    world.on_serving(Some(load));
    let params = Params { n };
    (case.run)(world, &params);
    if let Some(load) = LOAD.take() {
        load.join().expect("answers as they should be").expect("the peer serves until its end");
    }
    (case.judge)(world.ledger(), &params, world.metrics()).outcome
}

/// Everything that is asked of the peer is done, in a measured part that begins and ends; a
/// server of requests has none, because how long it serves is its load's.
/// `on_virtual_time` are workloads that are no matter of this clock.
pub(crate) fn every_operation_is_made(peer: &[Workload], on_virtual_time: &[&str]) {
    let _alone = alone();
    let world: &'static World = Box::leak(Box::new(World::new()));
    let skipped = |one: &Workload| gives_up(one) || on_virtual_time.contains(&one.id);
    for workload in peer.iter().filter(|one| !skipped(one)) {
        for case in workload.cases {
            let name = format!("{}/{}", workload.id, case.id);
            assert_eq!(outcome(world, case, size(workload.id)), Outcome::Absent, "{name}");
            if workload.id != "tcp-serve" {
                assert!(world.had_region(), "{name}");
                assert!(world.metrics().get(Metric::Ops) > Some(0), "{name}");
            }
        }
    }
}

/// What becomes of a read and of an accept that are given up is `then`, and what of those whose
/// result is there by then is `late`, where a peer has them; of the controls, and of an operation
/// that is told to end and waited for where a peer can do that, nothing.
pub(crate) fn given_up(peer: &[Workload], then: Outcome, late: &[(&str, Outcome)]) {
    let _alone = alone();
    let world: &'static World = Box::leak(Box::new(World::new()));
    let (mut seen, mut expected) = (Vec::new(), Vec::new());
    for workload in peer.iter().filter(|one| gives_up(one)) {
        for case in workload.cases {
            let dropped = ["cancels", "ignore"].contains(&case.id);
            let of_late = late.iter().find(|(id, _)| *id == case.id).map(|(_, outcome)| *outcome);
            let of_early = if dropped { then } else { Outcome::Absent };
            let wanted = of_late.unwrap_or(of_early);
            // Whether a byte meets the operation that was dropped is a matter of time where the
            // machine is busy: what occurs may do so in a later try, what does not must in none.
            let tries = if wanted == Outcome::Occurs { 10 } else { 1 };
            let found = (0..tries).map(|_| outcome(world, case, 4)).find(|found| *found == wanted);
            let found = found.unwrap_or_else(|| outcome(world, case, 4));
            seen.push((workload.id, case.id, found));
            expected.push((workload.id, case.id, wanted));
        }
    }
    assert_eq!(seen, expected);
    let late = late.iter().map(|(id, _)| *id);
    for case in ["cancels", "ignore"].into_iter().chain(late) {
        let leak = case.starts_with("ignore");
        let wanted = (if leak { "socket-op-leak" } else { "socket-buffer-cancel" }, case);
        assert!(seen.iter().any(|(workload, case, _)| (*workload, *case) == wanted), "{wanted:?}");
    }
}
