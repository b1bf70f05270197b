//! The balance of operations, each by itself: what was begun ends, once, whatever sees it.
//!
//! A driver between the run and the real one writes down every header that is submitted, and looks
//! after each call which of them have ended. Each operation has a socket of its own, by whose
//! number the test knows it again.
#![cfg(all(feature = "io", not(loom)))]

mod io_support;

use std::cell::RefCell;
use std::mem;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::pin::Pin;
use std::ptr::NonNull;
use std::rc::Rc;
use std::task::Waker;

use contract::{CANCELLED, World};
use io_support::{Op, block_on_driver, driver, once, pair, send_all};
use kernel::driver::attached::Attached;
use kernel::driver::pool::Pool;
use kernel::driver::select::Backend;
use kernel::driver::source::Sources;
use kernel::driver::{Driver, Idle, OpHeader, OpKind, Parked, ops};
use kernel::leaf::borrowed::Borrowed;
use kernel::leaf::runtime_owned::RuntimeOwned;
use kernel::leaf::sleep::sleep;
use kernel::leaf::socket::Socket;
use kernel::{Instant, IoError};

/// One operation from its begin.
#[derive(Clone, Copy, Debug)]
struct Begun {
    kind: OpKind,
    header: NonNull<OpHeader>,
    result: Option<i32>,
}

/// The driver in between.
struct Watched {
    driver: Box<dyn Driver>,
    begun: RefCell<Vec<Begun>>,
}

impl Watched {
    fn new(backend: Backend) -> Watched {
        Watched { driver: driver(backend), begun: RefCell::default() }
    }

    /// Calls the driver, and looks at what has ended by then. Nothing is polled in between, so the
    /// headers are there.
    fn call<R>(&self, f: impl FnOnce(&dyn Driver) -> R) -> R {
        let result = f(&*self.driver);
        for op in self.begun.borrow_mut().iter_mut().filter(|op| op.result.is_none()) {
            // SAFETY: in flight when it was last looked at, and alive until its result was seen.
            op.result = unsafe { op.header.as_ref() }.result();
        }
        result
    }

    /// How the receive on this socket has ended.
    fn ended(&self, fd: i32) -> i32 {
        let begun = self.begun.borrow();
        let receive = OpKind::Recv(ops::Recv { fd });
        let of_it: Vec<_> = begun.iter().filter(|op| op.kind == receive).collect();
        let [op] = of_it[..] else { panic!("one receive on {fd}: {of_it:?}") };
        op.result.unwrap_or_else(|| panic!("{op:?} has not ended"))
    }
}

impl Driver for Watched {
    unsafe fn submit(&self, op: NonNull<OpHeader>) {
        // SAFETY: the caller's promise.
        let kind = unsafe { op.as_ref() }.kind();
        let mut begun = self.begun.borrow_mut();
        let in_flight = begun.iter().find(|other| other.header == op && other.result.is_none());
        assert!(in_flight.is_none(), "the place of {in_flight:?} is used for {kind:?}");
        begun.push(Begun { kind, header: op, result: None });
        drop(begun);
        // SAFETY: the caller's promise.
        self.call(|driver| unsafe { driver.submit(op) });
    }

    fn cancel(&self, op: &OpHeader) {
        self.call(|driver| driver.cancel(op));
    }

    fn park(&self, deadline: Option<Instant>, idle: Idle<'_>) -> Parked {
        self.call(|driver| driver.park(deadline, idle))
    }

    fn poll(&self) {
        self.call(|driver| driver.poll());
    }

    fn drain(&self) {
        self.call(|driver| driver.drain());
    }

    fn hand_over(&self, op: &OpHeader) {
        self.call(|driver| driver.hand_over(op));
    }

    fn closing(&self, fd: i32) {
        self.call(|driver| driver.closing(fd));
    }

    fn attach(&self, fd: OwnedFd, streams: bool) -> Result<Attached, IoError> {
        self.driver.attach(fd, streams)
    }

    fn now(&self) -> Instant {
        self.driver.now()
    }

    fn deadline(&self, ms: u32) -> Instant {
        self.driver.deadline(ms)
    }

    fn edges(&self, line: usize) -> u32 {
        self.driver.edges(line)
    }

    fn register(&self, line: usize, waker: &Waker) {
        self.driver.register(line, waker);
    }

    fn world(&self) -> Option<&'static World> {
        self.driver.world()
    }

    fn stuck(&self) -> ! {
        self.driver.stuck()
    }

    fn sources(&self) -> Option<&Rc<Sources>> {
        self.driver.sources()
    }

    fn waitable(&self) -> Option<BorrowedFd<'_>> {
        self.driver.waitable()
    }

    fn provide(&self, count: u16, bytes: u32) -> Result<(), String> {
        self.driver.provide(count, bytes)
    }

    fn pool(&self) -> Option<Rc<Pool>> {
        self.driver.pool()
    }
}

/// Receives, each on a socket of its own, and their other ends.
struct Pairs(Vec<(Socket, Socket)>);

impl Pairs {
    async fn new() -> Pairs {
        let mut pairs = Vec::new();
        for _ in 0..EACH {
            pairs.push(pair().await);
        }
        Pairs(pairs)
    }

    async fn send(&self) {
        for (_, peer) in &self.0 {
            send_all(peer, b"four").await.expect("connected");
        }
    }

    fn numbers(&self) -> Vec<i32> {
        self.0.iter().map(|(socket, _)| socket.fd()).collect()
    }
}

const EACH: usize = 5;

/// What became of the receives, by number.
#[derive(Default)]
struct Fates {
    /// Their leaves were told this.
    told: Vec<(i32, i32)>,
    /// Their leaves went before the end.
    dropped: Vec<i32>,
    /// Their leaves stay for ever.
    forgotten: Vec<i32>,
    /// Their leaves went after the end, which nothing has looked at.
    ignored: Vec<i32>,
}

async fn receives() -> Fates {
    let (mut fates, mut kept) = (Fates::default(), Vec::new());
    for cancels in [false, true] {
        let pairs = Pairs::new().await;
        let mut buffers = [[0; 8]; EACH];
        let ops = pairs.0.iter().zip(&mut buffers);
        let ops = ops.map(|((socket, _), buffer)| Op(Borrowed::recv(socket.fd(), buffer)));
        let mut ops: Vec<_> = ops.map(Box::pin).collect();
        for op in &mut ops {
            assert!(once(op.as_mut()).await.is_pending());
            if cancels {
                op.as_mut().cancel();
            }
        }
        if !cancels {
            pairs.send().await;
        }
        for (op, number) in ops.into_iter().zip(pairs.numbers()) {
            fates.told.push((number, op.await));
        }
        kept.push(pairs);
    }
    for (sends, forgets) in [(false, false), (false, true), (true, false)] {
        let pairs = Pairs::new().await;
        {
            let mut buffers = [[0; 8]; EACH];
            let ops = pairs.0.iter().zip(&mut buffers);
            let mut ops: Vec<Pin<Box<RuntimeOwned<'_>>>> = ops
                .map(|((socket, _), buffer)| Box::pin(RuntimeOwned::recv(socket, buffer)))
                .collect();
            for op in &mut ops {
                assert!(once(op.as_mut()).await.is_pending());
            }
            if sends {
                pairs.send().await;
                sleep(20).await;
            }
            if forgets {
                ops.into_iter().for_each(mem::forget);
            }
        }
        let fates = match (sends, forgets) {
            (true, _) => &mut fates.ignored,
            (_, true) => &mut fates.forgotten,
            _ => &mut fates.dropped,
        };
        fates.extend(pairs.numbers());
        kept.push(pairs);
    }
    // Open until here, so that no number stands for two.
    sleep(5).await;
    drop(kept);
    fates
}

#[test]
fn what_was_begun_ends_once_each_by_itself() {
    for backend in Backend::REAL {
        let watched = Watched::new(backend);
        let fates = block_on_driver(&watched, receives());
        assert_eq!((fates.told.len(), fates.forgotten.len()), (2 * EACH, EACH));
        for &(fd, told) in &fates.told {
            assert!([4, CANCELLED].contains(&told), "{backend}: {told}");
            assert_eq!(watched.ended(fd), told, "{backend}: a leaf is told how its own has ended");
        }
        for &fd in &fates.dropped {
            assert_eq!(watched.ended(fd), CANCELLED, "{backend}: nothing came for it");
        }
        for &fd in &fates.forgotten {
            // The other end has closed by then, or the end of the run came first.
            assert!([0, CANCELLED].contains(&watched.ended(fd)), "{backend}: nothing came for it");
        }
        for &fd in &fates.ignored {
            assert_eq!(watched.ended(fd), 4, "{backend}: it had its bytes");
        }
        let begun = watched.begun.borrow();
        let open: Vec<_> = begun.iter().filter(|op| op.result.is_none()).collect();
        assert!(open.is_empty(), "{backend}: {open:?}");
        assert!(begun.len() > 25 + EACH, "{backend}: sends and connects were written down too");
    }
}
