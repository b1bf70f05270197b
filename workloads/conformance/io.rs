//! Conformance of sockets and files: what every design promises on every runtime, written once
//! in the dialect. Nothing here measures; both ends of a connection are in one program, on
//! loopback, bounded in number and time.
//!
//! Mounted by a test of each facade and, once for each driver, of each design:
//!
//! ```text
//! extern crate design_poll_tokio as design;
//! #[path = "../../../../../workloads/conformance/io.rs"]
//! mod io;
//! /// Called before each run; chooses the driver where there is a choice.
//! fn enter() {}
//! ```
//!
//! What the network does is a value: an end, an error number, a limit that was reached. It is
//! never a hang and never a panic. `run` bounds every test, so that a hang is a failure.

use std::cell::Cell;
use std::sync::{Mutex, PoisonError};

use contract::World;
use design as d;

use super::enter;

/// What waits as long waits for ever. A run takes a second, so that no load brings it near.
const BOUND_MS: u32 = 300_000;
/// A limit that is meant to be reached.
const SHORT_MS: u32 = 20;

/// A reserved port, which no other test can be given and no connection starts from.
const NOBODYS_PORT: u16 = 1;

const REFUSED: i32 = 111;
const RESET: i32 = 104;
const NO_SUCH_FILE: i32 = 2;

/// Runs one operation, which must end by itself.
fn run(op: impl d::Op<Output = ()>) {
    enter();
    d::block_on(kept_world(), bounded(op));
}

/// A world is `'static` by its type. Its address is kept, so that a leak checker tells what is
/// kept on purpose from what is not.
pub(crate) fn kept_world() -> &'static World {
    static KEPT: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    let world: &'static World = Box::leak(Box::new(World::new()));
    KEPT.lock().unwrap_or_else(PoisonError::into_inner).push(core::ptr::from_ref(world).addr());
    world
}

#[d::task_fn]
async fn bounded(op: impl d::Op<Output = ()>) {
    let ended = d::timeout(BOUND_MS, op).await;
    assert_eq!(ended, Ok(()), "nothing may wait for ever");
}

/// Both ends of a new connection: server, client.
#[d::task_fn]
async fn pair() -> (d::Conn, d::Conn) {
    let (mut listener, port) = d::listen().expect("loopback has a free port");
    let (server, client) = d::join(d::accept(&mut listener), d::connect(port)).await;
    (server.expect("accepted"), client.expect("connected"))
}

/// A buffer that holds these bytes.
fn filled(bytes: &[u8]) -> d::Buf {
    let mut buffer = d::buf(bytes.len());
    buffer.as_mut().copy_from_slice(bytes);
    buffer
}

/// Writes all of `bytes`.
#[d::task_fn]
async fn send(stream: &mut d::Conn, bytes: &[u8]) {
    let mut buffer = filled(bytes);
    let written = d::write_all(stream, &mut buffer, bytes.len()).await;
    assert_eq!(written, Ok(()));
}

/// Reads `bytes.len()` bytes, which must be these.
#[d::task_fn]
async fn expect(stream: &mut d::Conn, bytes: &[u8]) {
    let mut buffer = d::buf(bytes.len());
    let read = d::read_exact(stream, &mut buffer, bytes.len()).await;
    assert_eq!(read, Ok(()));
    assert_eq!(buffer.as_ref(), bytes);
}

/// Writes back what comes, until the peer closes; its output is how much that was.
#[d::task_fn]
async fn echo(mut stream: d::Conn, chunk: usize) -> usize {
    let mut buffer = d::buf(chunk);
    let mut total = 0;
    loop {
        let read = d::read(&mut stream, &mut buffer).await;
        let read = read.expect("the peer closes when it is through");
        if read == 0 {
            return total;
        }
        let written = d::write_all(&mut stream, &mut buffer, read).await;
        assert_eq!(written, Ok(()));
        total += read;
    }
}

/// Bytes that differ from their neighbours and from those of another seed.
fn pattern(len: usize, seed: usize) -> Vec<u8> {
    (0..len).map(|at| u8::try_from((at * 7 + seed * 13) % 251).expect("below 251")).collect()
}

#[test]
fn what_is_written_comes_back() {
    for (len, chunk) in [(1, 1), (64, 64), (64, 7), (16 * 1024, 16 * 1024), (100_003, 4096)] {
        run(comes_back(len, chunk));
    }
}

#[d::task_fn]
async fn comes_back(len: usize, chunk: usize) {
    let (server, client) = pair().await;
    let (echoed, ()) = d::join(echo(server, chunk), write_then_read(client, len)).await;
    assert_eq!(echoed, 3 * len);
}

#[d::task_fn]
async fn write_then_read(mut client: d::Conn, len: usize) {
    for round in 0..3 {
        let message = pattern(len, round);
        send(&mut client, &message).await;
        expect(&mut client, &message).await;
    }
}

#[test]
fn more_than_the_sockets_hold_passes_through_both_ways() {
    run(floods());
}

#[d::task_fn]
async fn floods() {
    let (mut server, mut client) = pair().await;
    let message = pattern(8 << 20, 1);
    d::join(send(&mut client, &message), expect(&mut server, &message)).await;
    d::join(send(&mut server, &message), expect(&mut client, &message)).await;
}

#[test]
fn a_read_is_ready_with_what_is_there() {
    run(reads_what_is_there());
}

#[d::task_fn]
async fn reads_what_is_there() {
    let (mut server, mut client) = pair().await;
    let mut buffer = d::buf(64);
    for len in [3, 64, 1] {
        let message = pattern(len, len);
        send(&mut client, &message).await;
        let read = d::read(&mut server, &mut buffer).await;
        assert_eq!(read, Ok(len), "a short read does not wait for more");
        assert_eq!(&buffer.as_ref()[..len], message);
    }
    send(&mut client, &pattern(100, 5)).await;
    let first = d::read(&mut server, &mut buffer).await;
    assert_eq!(first, Ok(64), "at most the buffer's length");
    let second = d::read(&mut server, &mut buffer).await;
    assert_eq!(second, Ok(36), "and the rest afterwards");
}

#[test]
fn a_write_is_ready_with_what_was_taken() {
    run(writes_what_is_taken());
}

#[d::task_fn]
async fn writes_what_is_taken() {
    let (mut server, mut client) = pair().await;
    let mut buffer = filled(b"abcdef");
    let written = d::write(&mut client, &mut buffer, 4).await;
    assert_eq!(written, Ok(4), "the first four of six");
    expect(&mut server, b"abcd").await;
    drop(client);
    let read = d::read(&mut server, &mut buffer).await;
    assert_eq!(read, Ok(0), "nothing more was written");
}

#[test]
fn a_peer_that_closes_within_a_frame_is_an_end() {
    run(closes_at_each_byte());
}

const FRAME: usize = 12;

#[d::task_fn]
async fn closes_at_each_byte() {
    for cut in 0..=FRAME {
        let (mut server, mut client) = pair().await;
        if cut > 0 {
            send(&mut client, &pattern(cut, cut)).await;
        }
        drop(client);
        let mut buffer = d::buf(FRAME);
        let read = d::read_exact(&mut server, &mut buffer, FRAME).await;
        let expected = if cut == FRAME { Ok(()) } else { Err(d::IoError::Eof) };
        assert_eq!(read, expected, "closed after {cut} bytes");
        let after = d::read(&mut server, &mut buffer).await;
        assert_eq!(after, Ok(0), "an end stays an end");
    }
}

#[test]
fn a_reset_is_an_error() {
    run(resets());
}

/// Closing a socket with unread bytes in it resets the connection.
#[d::task_fn]
async fn resets() {
    let (mut server, mut client) = pair().await;
    send(&mut client, b"never read").await;
    // Until they have come.
    let mut one = d::buf(1);
    let first = d::read(&mut server, &mut one).await;
    assert_eq!(first, Ok(1));
    drop(server);
    let read = d::read(&mut client, &mut one).await;
    assert_eq!(read, Err(d::IoError::Os(RESET)));
    let written = d::write_all(&mut client, &mut one, 1).await;
    assert!(matches!(written, Err(d::IoError::Os(_))), "{written:?}");
}

#[test]
fn a_reset_ends_a_read_that_waits() {
    run(resets_under_a_read());
}

#[d::task_fn]
async fn resets_under_a_read() {
    let (server, mut client) = pair().await;
    send(&mut client, b"never read").await;
    let mut buffer = d::buf(4);
    let (read, ()) = d::join(d::read(&mut client, &mut buffer), close_later(server)).await;
    assert_eq!(read, Err(d::IoError::Os(RESET)));
}

#[d::task_fn]
async fn close_later(mut stream: d::Conn) {
    let mut one = d::buf(1);
    let first = d::read(&mut stream, &mut one).await;
    assert_eq!(first, Ok(1), "the rest stays unread");
    let slept = d::sleep(SHORT_MS).await;
    assert_eq!(slept, Ok(()));
}

#[test]
fn half_a_frame_and_a_stall_end_at_the_limit() {
    run(stalls());
}

#[d::task_fn]
async fn stalls() {
    let (mut server, mut client) = pair().await;
    send(&mut client, b"half").await;
    let mut buffer = d::buf(8);
    let framed = d::timeout(SHORT_MS, d::read_exact(&mut server, &mut buffer, 8)).await;
    assert_eq!(framed, Err(d::Error::Elapsed));
    // The connection is as good as before.
    send(&mut client, b"more").await;
    let mut next = d::buf(4);
    let read = d::read_exact(&mut server, &mut next, 4).await;
    assert_eq!(read, Ok(()));
    // The half went with the frame, or is kept for the next one.
    if next.as_ref() == b"half" {
        expect(&mut server, b"more").await;
    } else {
        assert_eq!(next.as_ref(), b"more");
    }
}

#[test]
fn an_accept_that_nobody_answers_ends_at_the_limit() {
    run(accepts_nobody());
}

#[d::task_fn]
async fn accepts_nobody() {
    let (mut listener, port) = d::listen().expect("loopback has a free port");
    for _ in 0..3 {
        let accepted = d::timeout(SHORT_MS, d::accept(&mut listener)).await;
        assert!(matches!(accepted, Err(d::Error::Elapsed)));
    }
    let (server, client) = d::join(d::accept(&mut listener), d::connect(port)).await;
    let (mut server, mut client) = (server.expect("accepted"), client.expect("connected"));
    send(&mut client, b"hello").await;
    expect(&mut server, b"hello").await;
}

#[test]
fn a_read_of_a_silent_peer_ends_at_the_limit() {
    run(reads_silence());
}

#[d::task_fn]
async fn reads_silence() {
    let (mut server, mut client) = pair().await;
    let mut buffer = d::buf(8);
    for _ in 0..3 {
        let read = d::timeout(SHORT_MS, d::read(&mut server, &mut buffer)).await;
        assert_eq!(read, Err(d::Error::Elapsed));
        buffer = d::buf(8);
    }
    send(&mut client, b"at last").await;
    expect(&mut server, b"at last").await;
}

#[test]
fn a_write_to_a_peer_that_does_not_read_ends_at_the_limit() {
    run(writes_to_nobody());
}

#[d::task_fn]
async fn writes_to_nobody() {
    let (server, mut client) = pair().await;
    let len = 32 << 20;
    let mut buffer = d::buf(len);
    let written = d::timeout(SHORT_MS, d::write_all(&mut client, &mut buffer, len)).await;
    assert_eq!(written, Err(d::Error::Elapsed), "no socket holds that much");
    drop(server);
}

#[test]
fn a_port_without_a_listener_refuses() {
    run(refuses());
}

#[d::task_fn]
async fn refuses() {
    let connected = d::connect(NOBODYS_PORT).await;
    assert!(matches!(connected, Err(d::IoError::Os(REFUSED))), "{connected:?}");
}

#[test]
fn a_listener_that_closes_resets_who_was_not_accepted() {
    run(closes_the_listener());
}

#[d::task_fn]
async fn closes_the_listener() {
    let (listener, port) = d::listen().expect("loopback has a free port");
    // The system connects; nothing has accepted.
    let mut client = d::connect(port).await.expect("the backlog has room");
    drop(listener);
    let mut one = d::buf(1);
    let read = d::read(&mut client, &mut one).await;
    assert_eq!(read, Err(d::IoError::Os(RESET)));
}

#[test]
fn who_loses_a_race_loses_nothing_that_comes_later() {
    run(races());
}

#[d::task_fn]
async fn races() {
    let (mut a, mut a_peer) = pair().await;
    let (mut b, mut b_peer) = pair().await;
    for _ in 0..3 {
        send(&mut b_peer, b"b").await;
        let (mut from_a, mut from_b) = (d::buf(1), d::buf(1));
        let first = d::race(d::read(&mut a, &mut from_a), d::read(&mut b, &mut from_b)).await;
        assert_eq!(first, d::Either::B(Ok(1)), "only b has something");
        send(&mut a_peer, b"a").await;
        expect(&mut a, b"a").await;
    }
}

#[test]
fn a_hundred_connections_at_once() {
    run(hundred());
}

const CONNECTIONS: usize = 100;

#[d::task_fn]
async fn hundred() {
    let (mut listener, port) = d::listen().expect("loopback has a free port");
    d::own!(ended = Cell::new(0));
    let _all = d::scope!(cap = 200, bytes = 1024, |scope| {
        for number in 0..CONNECTIONS {
            let (server, client) = d::join(d::accept(&mut listener), d::connect(port)).await;
            let (server, client) = (server.expect("accepted"), client.expect("connected"));
            let _child = scope.spawn(serves(server, d::share(&ended)));
            let _child = scope.spawn(asks(client, number, d::share(&ended)));
        }
    })
    .await;
    assert_eq!(ended.get(), 2 * CONNECTIONS);
}

#[d::task_fn]
async fn serves(stream: d::Conn, ended: d::Shared<'_, Cell<usize>>) {
    let echoed = echo(stream, 32).await;
    assert_eq!(echoed, 4 * 33);
    ended.set(ended.get() + 1);
}

#[d::task_fn]
async fn asks(mut stream: d::Conn, number: usize, ended: d::Shared<'_, Cell<usize>>) {
    for round in 0..4 {
        let message = pattern(33, number + round);
        send(&mut stream, &message).await;
        expect(&mut stream, &message).await;
    }
    ended.set(ended.get() + 1);
}

#[test]
fn a_file_is_read_at_any_place() {
    let path = std::env::temp_dir().join(format!("io-conformance-{}", std::process::id()));
    let contents = pattern(10_000, 3);
    std::fs::write(&path, &contents).expect("the folder for temporary files can be written");
    let name = path.to_str().expect("a path of ours is text").to_owned();
    run(reads_places(&name, &contents));
    std::fs::remove_file(&path).expect("it was made just now");
}

#[d::task_fn]
async fn reads_places(name: &str, contents: &[u8]) {
    let mut file = d::open(name).expect("it was made just now");
    let mut buffer = d::buf(4096);
    for offset in [0, 4096, 1, 5000, 0] {
        let read = d::read_at(&mut file, &mut buffer, offset).await;
        let from = usize::try_from(offset).expect("small");
        assert_eq!(read, Ok(4096));
        assert_eq!(buffer.as_ref(), &contents[from..from + 4096]);
    }
    let last = d::read_at(&mut file, &mut buffer, 9_000).await;
    assert_eq!(last, Ok(1_000), "up to the end");
    assert_eq!(&buffer.as_ref()[..1_000], &contents[9_000..]);
    let beyond = d::read_at(&mut file, &mut buffer, 10_000).await;
    assert_eq!(beyond, Ok(0), "the end");
}

#[test]
fn a_file_that_is_not_there_is_an_error() {
    run(opens_nothing());
}

#[d::task_fn]
async fn opens_nothing() {
    let opened = d::open("/no/such/file");
    assert!(matches!(opened, Err(d::IoError::Os(NO_SUCH_FILE))), "{opened:?}");
}
