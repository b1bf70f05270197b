//! The other end of an operation: sockets of the standard library that do not block.

use std::cell::{Cell, RefCell};
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::rc::Rc;
use std::time::Duration;

use super::operation::{BOUND_MS, Operation};

/// What the peer sends at the end of a check.
pub(super) const NEXT: &[u8] = b"\x01next";

/// The peers of all rigs of a run, which outlive it.
pub(super) type Kept = RefCell<Vec<Rc<Peer>>>;

/// A peer and what has passed between it and the operation.
#[derive(Debug)]
pub(super) struct Peer {
    operation: Operation,
    /// The listener of an operation that accepts.
    pub(super) port: u16,
    pub(super) stream: Option<TcpStream>,
    /// The listener of an operation that connects. Its queue is full.
    pub(super) listener: Option<TcpListener>,
    /// Connections to the operation's listener, each of which says its number first.
    pub(super) made: RefCell<Vec<TcpStream>>,
    /// Bytes that were sent.
    pub(super) sent: Cell<usize>,
    /// Bytes that came.
    pub(super) came: RefCell<Vec<u8>>,
}

/// The byte that is sent at a place.
pub(super) fn sent_at(at: usize) -> u8 {
    u8::try_from(at % 199 + 1).expect("below 200")
}

impl Peer {
    pub(super) fn new(operation: Operation, port: u16) -> Peer {
        Peer {
            operation,
            port,
            stream: None,
            listener: None,
            made: RefCell::default(),
            sent: Cell::new(0),
            came: RefCell::default(),
        }
    }

    /// Does what the operation waits for, or a part of it.
    pub(super) fn step(&self) {
        match self.operation {
            Operation::Write => self.take(),
            // Far less than what the operation still has.
            Operation::WriteAll => self.take_some(16 * 1024),
            Operation::Accept(_) => self.connect(),
            Operation::Read | Operation::ReadExact | Operation::Limited | Operation::Extra => {
                self.send(1);
            }
            _ => {}
        }
    }

    /// Sends some bytes. The operation may have closed its end.
    pub(super) fn send(&self, bytes: usize) {
        let Some(mut stream) = self.stream.as_ref() else { return };
        for _ in 0..bytes {
            if stream.write_all(&[sent_at(self.sent.get())]).is_ok() {
                self.sent.set(self.sent.get() + 1);
            }
        }
    }

    /// Takes what has come.
    pub(super) fn take(&self) {
        self.take_some(usize::MAX);
    }

    fn take_some(&self, mut most: usize) {
        let Some(mut stream) = self.stream.as_ref() else { return };
        let mut chunk = [0; 64 * 1024];
        while most > 0 {
            let chunk = &mut chunk[..most.min(64 * 1024)];
            match stream.read(chunk) {
                Ok(0) => return,
                Ok(bytes) => {
                    self.came.borrow_mut().extend_from_slice(&chunk[..bytes]);
                    most -= bytes;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    }

    /// Connects to the operation's listener.
    pub(super) fn connect(&self) {
        let mut made = self.made.borrow_mut();
        let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)) else { return };
        let number = u8::try_from(made.len()).expect("few");
        stream.write_all(&[number]).expect("a new connection takes a byte");
        stream.set_nonblocking(true).expect("a socket may not block");
        made.push(stream);
    }

    /// Sends the last bytes, and the end.
    pub(super) fn finish(&self) {
        let mut stream = self.stream.as_ref().expect("it has a connection");
        stream.write_all(NEXT).expect("there is room for a few bytes");
        stream.shutdown(Shutdown::Write).expect("it is connected");
    }

    /// All that has come until the other end closed.
    pub(super) fn until_the_end(&self) -> Vec<u8> {
        let mut stream = self.stream.as_ref().expect("it has a connection");
        stream.set_nonblocking(false).expect("a socket may block");
        let bound = Duration::from_millis(BOUND_MS.into());
        stream.set_read_timeout(Some(bound)).expect("a limit is set");
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).expect("the other end is closed, with all its descriptors");
        self.came.borrow_mut().append(&mut rest);
        self.came.take()
    }

    /// What comes when the run is gone: nothing may be there whom it reaches.
    pub(super) fn afterwards(&self) {
        self.send(8);
        self.take();
        if matches!(self.operation, Operation::Accept(_)) {
            self.connect();
            self.made.borrow_mut().clear();
        }
    }
}
