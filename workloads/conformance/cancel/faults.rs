//! Peers and systems that fail: each is an error value, within bounds, and nothing is left.

use std::cell::Cell;
use std::fs::File;
use std::io::Write;
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::os::unix::process::ExitStatusExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::time::Duration;

use design as d;
use kernel::driver::select::{self, Backend};
use kernel::driver::uring::Uring;
use rustix::net::sockopt::set_socket_linger;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::super::root;
use super::operation::BACKENDS;
use super::points::{message, pause};
use super::{alone, descriptors, run, settle, world};

const FRAME: usize = 12;
/// More than sockets hold.
const BULK: usize = 8 << 20;

const BROKEN: i32 = 32;
const RESET: i32 = 104;
const NO_DESCRIPTOR: i32 = 24;

/// Runs it on both drivers; nothing may be open afterwards that was not before.
fn each(test: Test) {
    let _alone = alone();
    settle();
    for backend in BACKENDS {
        let before = descriptors();
        run(backend, one(test));
        let after = descriptors();
        assert!(after.iter().all(|open| before.contains(open)), "{backend}: {after:?}");
    }
}

/// What `each` runs, by name, because it runs on two drivers.
#[derive(Clone, Copy, Debug)]
enum Test {
    Ends,
    Writes,
}

#[d::task_fn]
async fn one(test: Test) {
    match test {
        Test::Ends => ends_at_each_byte().await,
        Test::Writes => nobody_takes_it().await,
    }
}

/// A new connection, whose other end is a socket of the standard library.
#[d::task_fn]
async fn connection() -> (d::Conn, TcpStream) {
    let (mut listener, port) = d::listen().expect("loopback has a free port");
    let peer = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("it listens");
    let conn = d::accept(&mut listener).await.expect("something connected");
    (conn, peer)
}

/// How a peer leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// It says that nothing more comes.
    Closes,
    /// It closes with something unread, or so that the other side hears of an error.
    Resets,
}

impl End {
    fn of(self, peer: TcpStream) {
        match self {
            End::Closes => peer.shutdown(Shutdown::Both).expect("it is connected"),
            End::Resets => {
                set_socket_linger(&peer, Some(Duration::ZERO)).expect("a socket lingers");
            }
        }
        drop(peer);
    }

    fn error(self) -> d::IoError {
        match self {
            End::Closes => d::IoError::Eof,
            End::Resets => d::IoError::Os(RESET),
        }
    }
}

/// A frame of which the peer sends so many bytes and leaves: before anything reads, or under the
/// read that waits for the rest.
#[test]
fn a_peer_that_goes_at_each_byte_of_a_frame() {
    each(Test::Ends);
}

#[d::task_fn]
async fn ends_at_each_byte() {
    for end in [End::Closes, End::Resets] {
        for cut in 0..FRAME {
            for under in [false, true] {
                let (mut conn, mut peer) = connection().await;
                peer.write_all(&[7; FRAME][..cut]).expect("there is room");
                let mut buffer = d::buf(FRAME);
                let read = if under {
                    let read = d::read_exact(&mut conn, &mut buffer, FRAME);
                    d::join(read, goes_later(peer, end)).await.0
                } else {
                    end.of(peer);
                    d::read_exact(&mut conn, &mut buffer, FRAME).await
                };
                assert_eq!(read, Err(end.error()), "{end:?} after {cut} bytes, under: {under}");
                // What comes then is an answer, too.
                let mut buffer = d::buf(FRAME);
                let after = d::read(&mut conn, &mut buffer).await;
                assert_eq!(after, Ok(0), "{end:?}");
            }
        }
    }
}

#[d::task_fn]
async fn goes_later(peer: TcpStream, end: End) {
    pause(2).await;
    end.of(peer);
}

/// The code that writes more than sockets hold learns that the peer has gone.
#[test]
fn a_peer_that_goes_under_a_write() {
    each(Test::Writes);
}

#[d::task_fn]
async fn nobody_takes_it() {
    for end in [End::Closes, End::Resets] {
        let (mut conn, peer) = connection().await;
        let mut buffer = d::buf(BULK);
        let writes = d::write_all(&mut conn, &mut buffer, BULK);
        let (written, ()) = d::join(writes, goes_later(peer, end)).await;
        let failed = matches!(written, Err(d::IoError::Os(BROKEN | RESET)));
        assert!(failed, "{end:?}: {written:?}");
        let mut buffer = d::buf(1);
        let again = d::write_all(&mut conn, &mut buffer, 1).await;
        assert!(matches!(again, Err(d::IoError::Os(_))), "{end:?}: {again:?}");
    }
}

/// A ring of two entries, and more operations at once than that, half of which are given up.
#[test]
fn a_ring_that_is_full() {
    let _alone = alone();
    settle();
    let before = descriptors();
    let ended = Cell::new(0);
    let ring = Uring::with_entries(2, None).expect("there was a ring before");
    assert!(root(Box::new(ring), crowd(&ended), u32::MAX, true), "it ends by itself");
    assert_eq!(ended.get(), 32);
    let after = descriptors();
    assert!(after.iter().all(|open| before.contains(open)), "{after:?}");
}

#[d::task_fn]
async fn crowd(ended: &Cell<u32>) {
    for _ in 0..2 {
        d::own!(served = Cell::new(0));
        let _all = d::scope!(cap = 40, bytes = 1024, |scope| {
            for _ in 0..16 {
                let _child = scope.spawn(one_of_the_crowd(d::share(&served)));
            }
        })
        .await;
        ended.set(ended.get() + served.get());
    }
}

#[d::task_fn]
async fn one_of_the_crowd(served: d::Shared<'_, Cell<u32>>) {
    let (mut listener, port) = d::listen().expect("loopback has a free port");
    let mut unused = d::listen().expect("loopback has a free port").0;
    let (server, client) = d::join(d::accept(&mut listener), d::connect(port)).await;
    let (mut server, mut client) = (server.expect("accepted"), client.expect("connected"));
    let (mut sent, mut came) = (d::buf(64 * 1024), d::buf(64 * 1024));
    let writes = d::write_all(&mut client, &mut sent, 64 * 1024);
    let reads = d::read_exact(&mut server, &mut came, 64 * 1024);
    let (written, read) = d::join(writes, reads).await;
    assert_eq!((written, read), (Ok(()), Ok(())));
    // Nothing comes and nothing sends: both are given up while others are in the queue.
    let gone = d::timeout(1, d::accept(&mut unused)).await;
    assert!(gone.is_err(), "nothing connects");
    let gone = d::timeout(1, d::read(&mut server, &mut came)).await;
    assert!(gone.is_err(), "nothing sends");
    served.set(served.get() + 1);
}

/// Runs this test once more in a process of its own, where the environment says so. True there.
fn in_a_child(test: &str) -> bool {
    const CHILD: &str = "CONFORMANCE_CHILD";
    if std::env::var_os(CHILD).is_some() {
        return true;
    }
    // Without the name of the crate, as the test runner wants it.
    let module = module_path!().split_once("::").expect("a module of a test").1;
    let status = Command::new(std::env::current_exe().expect("a program has a path"))
        .args(["--exact", &format!("{module}::{test}"), "--test-threads=1"])
        .env(CHILD, "1")
        .status()
        .expect("a program can be started again");
    assert_eq!((status.code(), status.signal()), (Some(0), None), "in the child");
    false
}

/// No descriptor left: opening says so, what is open goes on, and who connected meanwhile is
/// accepted when there is a number again. In a process of its own, because the limit is that of
/// the process.
#[test]
fn descriptors_that_run_out() {
    if !in_a_child("descriptors_that_run_out") {
        return;
    }
    settle();
    for backend in BACKENDS {
        run(backend, few());
        let limits = getrlimit(Resource::Nofile);
        let (taken, _) = take_all();
        let reason = select::probe(backend).expect_err("a driver needs descriptors");
        assert!(reason.contains("descriptor") || reason.contains("Too many"), "{reason}");
        let refused = catch_unwind(AssertUnwindSafe(|| run(backend, pause(1))));
        assert!(refused.is_err(), "and no driver is no run");
        drop(taken);
        setrlimit(Resource::Nofile, limits).expect("the limit was that before");
    }
}

/// Lowers the limit and takes all numbers below it. Also the limits before.
fn take_all() -> (Vec<File>, Rlimit) {
    let before = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: Some(64), maximum: before.maximum })
        .expect("a lower limit");
    (std::iter::from_fn(|| File::open("/dev/null").ok()).collect(), before)
}

#[d::task_fn]
async fn few() {
    let (mut listener, port) = d::listen().expect("loopback has a free port");
    let mut client = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("it listens");
    client.write_all(b"x").expect("there is room");
    let (mut taken, before) = take_all();
    let accepted = d::accept(&mut listener).await;
    assert!(matches!(accepted, Err(d::IoError::Os(NO_DESCRIPTOR))), "{accepted:?}");
    let connected = d::connect(port).await;
    assert!(matches!(connected, Err(d::IoError::Os(NO_DESCRIPTOR))), "{connected:?}");
    let listens = d::listen();
    assert!(matches!(listens, Err(d::IoError::Os(NO_DESCRIPTOR))), "{listens:?}");
    let opened = d::open("/dev/null");
    assert!(matches!(opened, Err(d::IoError::Os(NO_DESCRIPTOR))), "{opened:?}");
    taken.pop();
    let mut conn = d::accept(&mut listener).await.expect("who connected is not lost");
    let mut buffer = d::buf(1);
    let read = d::read_exact(&mut conn, &mut buffer, 1).await;
    assert_eq!((read, buffer.as_ref()), (Ok(()), &b"x"[..]));
    drop(taken);
    setrlimit(Resource::Nofile, before).expect("the limit was that before");
}

/// A system that refuses rings: a filter of system calls, which cannot be taken off again, so in
/// a process of its own. The reason is said, and readiness works as ever.
#[test]
fn a_system_without_io_uring() {
    const REFUSALS: [(u32, &str); 2] = [(1, "not permitted"), (38, "not implemented")];
    if !in_a_child("a_system_without_io_uring") {
        return;
    }
    for (errno, word) in REFUSALS {
        // Filters are one thread's, so the second one is not asked after the first.
        let refuses = move || {
            refuse_rings(errno);
            let reason = select::probe(Backend::Uring).expect_err("the filter refuses it");
            assert!(reason.contains("io_uring_setup"), "{reason}");
            assert!(reason.to_lowercase().contains(word), "{reason}");
            let _same_thread = world();
            let refused = catch_unwind(AssertUnwindSafe(|| run(Backend::Uring, pause(1))));
            let panic = refused.expect_err("no driver is no run");
            assert!(message(&*panic).contains("own-uring"), "{}", message(&*panic));
            run(Backend::Epoll, one(Test::Ends));
        };
        std::thread::spawn(refuses).join().expect("the thread ends");
    }
}

/// From now on this thread's `io_uring_setup` fails with `errno`.
fn refuse_rings(errno: u32) {
    let statement = |code: u32, jump_false, value| libc::sock_filter {
        code: u16::try_from(code).expect("codes are short"),
        jt: 0,
        jf: jump_false,
        k: value,
    };
    let number = u32::try_from(libc::SYS_io_uring_setup).expect("numbers are small");
    let mut filter = [
        statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0),
        statement(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 1, number),
        statement(libc::BPF_RET | libc::BPF_K, 0, libc::SECCOMP_RET_ERRNO | errno),
        statement(libc::BPF_RET | libc::BPF_K, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let program = libc::sock_fprog {
        len: u16::try_from(filter.len()).expect("four"),
        filter: filter.as_mut_ptr(),
    };
    // SAFETY: takes numbers only; gives up privileges that no test needs.
    let given_up = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
    assert_eq!(given_up, 0);
    // SAFETY: the program is copied within the call; it lets pass all that it does not name.
    let set = unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &program) };
    assert_eq!(set, 0, "{}", std::io::Error::last_os_error());
}
