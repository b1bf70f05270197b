//! Load from outside: connections that say nothing, and requests at intended times.
//!
//! A case that serves says so with [`World::serving`]. Idle connections come from a process
//! of their own, because the limit of open files is one process's and both ends of ten
//! thousand connections would not fit. An open loop is a thread of this process over plain
//! non-blocking sockets, because its times have to be compared with nothing but each other.
//! Everything is on loopback and bounded in count and time.
//!
//! A request of the open loop is [`MESSAGE`] bytes, and so is its answer.

use std::cell::{Cell, RefCell};
use std::io::{self, Read, Write};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use contract::{Load, World};
use record::Schedule;

pub use crate::connect::{Ask, MESSAGE};

use crate::connect::connect;
use crate::open_loop::{self, Answers};

/// What an open loop does where none was asked for a latency: so much that a run has something
/// to serve, the same every time.
const TASTE: Ask = Ask { rate: 2_000, seconds_milli: 100, seed: 1, schedule: Schedule::Fixed };

/// Load that is running.
enum Running {
    Idle(Child),
    OpenLoop(JoinHandle<Result<Answers, String>>),
}

thread_local! {
    static ASKED: Cell<Ask> = const { Cell::new(TASTE) };
    static RUNNING: RefCell<Option<Running>> = const { RefCell::new(None) };
}

/// Makes runs that serve on this world get their load.
pub fn arm(world: &World) {
    world.on_serving(Some(serve));
}

/// Sets what the next open loops do; without one, a small fixed number of requests.
pub fn ask(ask: Option<Ask>) {
    ASKED.set(ask.unwrap_or(TASTE));
}

fn serve(_: &World, port: u16, load: Load) {
    drop(finish());
    let running = match load {
        Load::Idle(connections) => idle_process(port, connections).map(Running::Idle),
        Load::OpenLoop(connections) => {
            let ask = ASKED.get();
            std::thread::Builder::new()
                .name("open loop".to_owned())
                .spawn(move || open_loop::run(port, connections, ask))
                .map(Running::OpenLoop)
        }
    };
    match running {
        Ok(running) => RUNNING.set(Some(running)),
        // Nothing connects then, and the run is ended by the tool's timeout unless this is.
        Err(error) => panic!("no load can be brought: {error}"),
    }
}

/// Ends what load there is. Of an open loop, what it saw.
///
/// # Errors
/// Why the open loop did not do what it was asked.
pub fn finish() -> Option<Result<Answers, String>> {
    match RUNNING.take()? {
        Running::Idle(mut child) => {
            // It ends when its input does; then it is gone before the next run begins.
            drop(child.stdin.take());
            drop(child.wait());
            None
        }
        Running::OpenLoop(thread) => {
            Some(thread.join().unwrap_or_else(|_| Err("the open loop panicked".to_owned())))
        }
    }
}

fn idle_process(port: u16, connections: u32) -> io::Result<Child> {
    let arguments = ["load", "--idle", "--port", &port.to_string()];
    Command::new(std::env::current_exe()?)
        .args(arguments)
        .args(["--connections", &connections.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
}

/// The whole of an idle load: connects, and stays until standard input ends.
///
/// # Errors
/// When a connection is refused, or more than [`connect`] makes are asked for.
pub fn idle(port: u16, connections: u32) -> io::Result<()> {
    let held = connect(port, connections)?;
    writeln!(io::stdout(), "{} connections", held.len())?;
    io::stdin().read_to_end(&mut Vec::new())?;
    drop(held);
    Ok(())
}

/// Lets this process, and those that it starts, open as many files as the system allows.
pub fn raise_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, ..limit };
    // Where it cannot be raised, what needs it fails with the system's own words.
    let _ = setrlimit(Resource::Nofile, raised);
}
