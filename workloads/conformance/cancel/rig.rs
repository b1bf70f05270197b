//! What operations work on, and the operations themselves.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::BorrowedFd;
use std::rc::Rc;
use std::sync::OnceLock;

use design as d;
use kernel::IoError;
use kernel::leaf::runtime_owned::Totals;
use rustix::net::{getsockname, sockopt};

use super::super::{extra, prepare};
use super::full::fill;
use super::operation::{BOUND_MS, FRAME, Operation};
use super::peer::{Kept, Peer, sent_at};

/// Bytes of a write that no socket takes at once.
const BULK: usize = 1024 * 1024;
/// Longer than any point is away.
const LONG_MS: u32 = 10 * BOUND_MS;

/// This program, a file that is always there, and what it begins with.
const PROGRAM: &str = "/proc/self/exe";
pub(super) const BEGINNING: [u8; FRAME] = *b"\x7fELF\x02\x01";

/// No byte of any stream.
pub(super) const UNTOUCHED: u8 = 0xff;
/// What is put where a write was, when it was given up.
pub(super) const SPOILT: u8 = 0xee;

/// What a write sends.
pub(super) fn bulk() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| (0..BULK).map(|at| sent_at(at) | 0x20).collect())
}

/// What an operation works on.
#[derive(Debug)]
pub(super) struct Subject {
    pub(super) on: On,
    pub(super) buffer: d::Buf,
    pub(super) accepted: usize,
}

#[derive(Debug)]
pub(super) enum On {
    Conn(d::Conn),
    Listener(d::Listener),
    File(d::File),
    Port(u16),
    Nothing,
}

/// A subject and its peer. The subject is dropped with an operation that owns it.
#[derive(Debug)]
pub(super) struct Rig {
    pub(super) subject: Option<Subject>,
    pub(super) peer: Rc<Peer>,
    /// What operations of this run have lost before.
    pub(super) totals: Totals,
}

/// What is open, by number and name.
pub(super) fn descriptors() -> Vec<String> {
    let folder = std::fs::read_dir("/proc/self/fd").expect("the system tells what is open");
    let entries = folder.filter_map(|entry| {
        let path = entry.expect("a descriptor of ours").path();
        // The folder's own is closed afterwards.
        let name = std::fs::read_link(&path).ok()?;
        let name = name.to_string_lossy().into_owned();
        (!name.ends_with("/fd")).then(|| format!("{} {name}", path.display()))
    });
    entries.collect()
}

pub(super) fn totals() -> Totals {
    kernel::run::context::with(|runtime| runtime.op_slots().totals())
}

/// Makes both ends of this connection hold little, and fills the operation's where it is to be
/// full. The end of the operation is the one that its peer names.
fn narrow(open_before: &[String], peer: &TcpStream, full: bool) {
    let other = peer.peer_addr().expect("it is connected");
    let mut filled = 0;
    for open in descriptors() {
        if open_before.contains(&open) || !open.contains("socket:") {
            continue;
        }
        let number = open.split_once(' ').expect("a number and a name").0;
        let number = number.rsplit_once('/').expect("a path").1;
        let number = number.parse().expect("its name is a number");
        // SAFETY: one of the sockets that were opened just now, all of which stay open.
        let socket = unsafe { BorrowedFd::borrow_raw(number) };
        // Who receives keeps room for a segment of loopback: with less, it says only after 200
        // milliseconds that there is room again.
        sockopt::set_socket_send_buffer_size(socket, 32 * 1024).expect("it is a socket");
        let name = SocketAddr::try_from(getsockname(socket).expect("it is a socket"));
        if full && name.is_ok_and(|name| name == other) {
            fill(socket, peer);
            filled += 1;
        }
    }
    assert_eq!(filled, usize::from(full), "one end is the operation's");
}

/// Sets an operation up, inside the run; `None` if that was cancelled.
#[d::task_fn]
pub(super) async fn rig(kept: &Kept, operation: Operation) -> Option<Rig> {
    prepare();
    let before = descriptors();
    let mut buffer = d::buf(if operation.is_write() { BULK } else { FRAME });
    buffer.as_mut().fill(UNTOUCHED);
    let (on, peer) = match operation {
        Operation::Accept(_) => {
            let (listener, port) = d::listen().expect("loopback has a free port");
            (On::Listener(listener), Peer::new(operation, port))
        }
        Operation::Connect | Operation::Unanswered => connectable(operation),
        Operation::ReadAt => {
            let file = d::open(PROGRAM).expect("this program can be read");
            (On::File(file), Peer::new(operation, 0))
        }
        Operation::Sleep | Operation::LongSleep => (On::Nothing, Peer::new(operation, 0)),
        _ => {
            let (mut listener, port) = d::listen().expect("loopback has a free port");
            let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("it listens");
            let conn = fine(d::accept(&mut listener).await)?;
            drop(listener);
            stream.set_nonblocking(true).expect("a socket may not block");
            stream.set_nodelay(true).expect("a socket sends at once");
            narrow(&before, &stream, operation == Operation::Write);
            let mut peer = Peer::new(operation, port);
            peer.stream = Some(stream);
            (On::Conn(conn), peer)
        }
    };
    let mut subject = Subject { on, buffer, accepted: 0 };
    if operation.is_write() {
        subject.buffer.as_mut().copy_from_slice(bulk());
    }
    let peer = Rc::new(peer);
    kept.borrow_mut().push(peer.clone());
    Some(Rig { subject: Some(subject), peer, totals: totals() })
}

/// A listener that something else has, with room for a connection or without.
pub(super) fn connectable(operation: Operation) -> (On, Peer) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
    let port = listener.local_addr().expect("it is bound").port();
    let mut peer = Peer::new(operation, port);
    if operation == Operation::Unanswered {
        // One fits; what comes then is not answered until something is accepted.
        rustix::net::listen(&listener, 0).expect("it listens already");
        peer.connect();
    }
    peer.listener = Some(listener);
    (On::Port(port), peer)
}

/// The result, or `None` where cancelling is a value.
fn fine<T: core::fmt::Debug>(result: Result<T, IoError>) -> Option<T> {
    match result {
        Ok(output) => Some(output),
        Err(IoError::Cancelled) => None,
        Err(_) => panic!("{result:?}"),
    }
}

/// The operation.
#[d::task_fn]
pub(super) async fn operate(operation: Operation, subject: &mut Subject) {
    let Subject { on, buffer, accepted } = subject;
    match (operation, on) {
        (Operation::Read, On::Conn(conn)) => {
            let _read = fine(d::read(conn, buffer).await);
        }
        (Operation::ReadExact, On::Conn(conn)) => {
            let _read = fine(d::read_exact(conn, buffer, FRAME).await);
        }
        (Operation::Limited, On::Conn(conn)) => {
            if let Ok(read) = d::timeout(LONG_MS, d::read(conn, buffer)).await {
                let _read = fine(read);
            }
        }
        (Operation::Extra, On::Conn(conn)) => {
            let _read = fine(extra(conn, buffer).await);
        }
        (Operation::Write, On::Conn(conn)) => {
            let _written = fine(d::write(conn, buffer, BULK).await);
        }
        (Operation::WriteAll, On::Conn(conn)) => {
            let _written = fine(d::write_all(conn, buffer, BULK).await);
        }
        (Operation::Accept(orphan), On::Listener(listener)) => {
            let conn = fine(d::accept_or(listener, orphan).await);
            *accepted += usize::from(conn.is_some());
        }
        (Operation::Connect | Operation::Unanswered, On::Port(port)) => {
            let _conn = fine(d::connect(*port).await);
        }
        (Operation::ReadAt, On::File(file)) => {
            let _read = fine(d::read_at(file, buffer, 0).await);
        }
        (Operation::Sleep, On::Nothing) => {
            let _slept = d::sleep(1).await;
        }
        (Operation::LongSleep, On::Nothing) => {
            let _slept = d::sleep(LONG_MS).await;
        }
        _ => unreachable!("a rig is made for its operation"),
    }
}

/// The operation with all that it works on, which comes back when it has ended.
#[d::task_fn]
pub(super) async fn operate_owned(operation: Operation, mut subject: Subject) -> Subject {
    operate(operation, &mut subject).await;
    subject
}
