//! An executor of ours as one future inside a foreign runtime, here a loop of forty lines.
#![cfg(feature = "io")]

mod io_support;

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::os::fd::{AsFd, OwnedFd};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use io_support::{Op, both, driver, once, pair, recv_exact, send_all};
use kernel::Instant;
use kernel::driver::select::Backend;
use kernel::leaf::borrowed::Borrowed;
use kernel::leaf::sleep::sleep;
use kernel::run::context;
use kernel::run::island::{Host, Island};
use kernel::wake::notifier::Notifier;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

const BACKENDS: [Backend; 2] = [Backend::Epoll, Backend::Uring];

/// What the foreign loop knows about the island's wishes.
struct Watch {
    fd: OwnedFd,
    wait_us: Rc<Cell<Option<u64>>>,
}

impl Host for Watch {
    fn poll_readable(&mut self, _: &mut Context<'_>) -> Poll<()> {
        let mut fds = [PollFd::new(&self.fd, PollFlags::IN)];
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        match poll(&mut fds, Some(&now)).expect("a descriptor can be polled") {
            0 => Poll::Pending,
            _ => Poll::Ready(()),
        }
    }

    fn poll_deadline(&mut self, _: &mut Context<'_>, at: Instant, now: Instant) -> Poll<()> {
        let wait_us = at.0.saturating_sub(now.0);
        self.wait_us.set(Some(wait_us));
        if wait_us == 0 { Poll::Ready(()) } else { Poll::Pending }
    }
}

struct Ring(Arc<Notifier>);

impl Wake for Ring {
    fn wake(self: Arc<Self>) {
        self.0.ring();
    }
}

/// The foreign runtime: polls its one task, and waits for the task's descriptor, for its
/// waker and for its deadline.
struct Foreign {
    fd: OwnedFd,
    wait_us: Rc<Cell<Option<u64>>>,
    notifier: Arc<Notifier>,
    polls: u32,
}

type Root<T> = Box<dyn FnMut(&mut Context<'_>) -> Poll<T>>;
type Ours<T> = Island<T, Watch, Root<T>>;

/// An island around a future, and the loop that it is to run in.
fn island<F: Future + 'static>(backend: Backend, root: F) -> (Foreign, Ours<F::Output>) {
    let driver = driver(backend);
    let fd = driver.waitable().expect("a real driver").as_fd().try_clone_to_owned();
    let fd = fd.expect("a descriptor");
    let wait_us = Rc::new(Cell::new(None));
    let watch = Watch { fd: fd.try_clone().expect("a descriptor"), wait_us: wait_us.clone() };
    let mut root = Box::pin(root);
    let root: Root<F::Output> = Box::new(move |cx| root.as_mut().poll(cx));
    let island = Island::new(driver, watch, root);
    let notifier = Arc::new(Notifier::take().expect("a notifier"));
    (Foreign { fd, wait_us, notifier, polls: 0 }, island)
}

impl Foreign {
    fn poll<T>(&mut self, task: Pin<&mut impl Future<Output = T>>) -> Poll<T> {
        let waker = Waker::from(Arc::new(Ring(self.notifier.clone())));
        self.polls += 1;
        self.wait_us.set(None);
        task.poll(&mut Context::from_waker(&waker))
    }

    fn wait(&self) {
        let mut fds =
            [PollFd::new(&self.fd, PollFlags::IN), PollFd::new(&self.notifier, PollFlags::IN)];
        let timeout = self.wait_us.get().map(|us| Timespec {
            tv_sec: i64::try_from(us / 1_000_000).expect("short"),
            tv_nsec: i64::try_from(us % 1_000_000 * 1000).expect("short"),
        });
        poll(&mut fds, timeout.as_ref()).expect("descriptors can be polled");
        let mut count = [0; 8];
        let _rung = rustix::io::read(&self.notifier, &mut count);
    }

    fn run<T>(&mut self, mut task: Pin<&mut impl Future<Output = T>>) -> T {
        loop {
            match self.poll(task.as_mut()) {
                Poll::Ready(output) => return output,
                Poll::Pending => self.wait(),
            }
        }
    }
}

#[test]
fn sockets_and_timers_work_inside_a_foreign_loop() {
    for backend in BACKENDS {
        let (mut foreign, island) = island(backend, async {
            let (client, server) = pair().await;
            let mut back = [0; 4];
            for round in 0..20 {
                let echo = async {
                    let mut buffer = [0; 4];
                    recv_exact(&server, &mut buffer).await?;
                    send_all(&server, &buffer).await
                };
                let ask = async {
                    send_all(&client, &[round; 4]).await?;
                    recv_exact(&client, &mut back).await
                };
                let (echoed, asked) = both(echo, ask).await;
                echoed.and(asked).unwrap();
                assert_eq!(back, [round; 4]);
                sleep(1).await;
            }
            "done"
        });
        assert_eq!(foreign.run(pin!(island)), "done");
    }
}

#[test]
fn a_wake_from_another_thread_reaches_the_host() {
    for backend in BACKENDS {
        let mut threads = Vec::new();
        let mut polls = 0;
        let (mut foreign, island) = island(
            backend,
            std::future::poll_fn(move |cx| {
                polls += 1;
                if polls > 50 {
                    return Poll::Ready(());
                }
                let waker = cx.waker().clone();
                threads.push(std::thread::spawn(move || waker.wake()));
                Poll::Pending
            }),
        );
        foreign.run(pin!(island));
    }
}

/// Reads until it is cancelled, then says goodbye to the device in peace.
async fn cancellable(log: Rc<RefCell<Vec<&'static str>>>) {
    let (_client, server) = pair().await;
    let mut buffer = [0; 4];
    let mut recv = pin!(Op(Borrowed::recv(server.fd(), &mut buffer)));
    let result = std::future::poll_fn(|cx| {
        let polled = recv.as_mut().poll(cx);
        if polled.is_pending() && context::cancelling() {
            recv.as_mut().cancel();
        }
        polled
    })
    .await;
    assert_eq!(result, contract::CANCELLED);
    log.borrow_mut().push("cancelled");
    sleep(2).await;
    log.borrow_mut().push("cleaned up");
}

/// T7, T13: dropping the island ends what is in flight before the frames go.
#[test]
fn t07_dropping_an_island_cancels_and_drains() {
    for backend in BACKENDS {
        let log = Rc::new(RefCell::new(Vec::new()));
        let (mut foreign, island) = island(backend, cancellable(log.clone()));
        let mut island = Box::pin(island);
        for _ in 0..10 {
            assert!(foreign.poll(island.as_mut()).is_pending());
        }
        assert!(log.borrow().is_empty());
        drop(island);
        assert_eq!(*log.borrow(), ["cancelled", "cleaned up"]);
    }
}

#[test]
fn an_island_that_was_never_polled_runs_nothing() {
    for backend in BACKENDS {
        let log = Rc::new(RefCell::new(Vec::new()));
        drop(island(backend, cancellable(log.clone())));
        assert!(log.borrow().is_empty());
    }
}

#[test]
fn t06_a_root_that_panics_leaves_nothing_in_flight() {
    for backend in BACKENDS {
        let (mut foreign, island) = island(backend, async {
            let (_client, server) = pair().await;
            let mut buffer = [0; 4];
            let mut recv = pin!(Op(Borrowed::recv(server.fd(), &mut buffer)));
            assert!(once(recv.as_mut()).await.is_pending());
            panic!("the root's own");
        });
        let mut island = Box::pin(island);
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            foreign.run(island.as_mut());
        }));
        assert!(panicked.is_err());
        drop(island);
    }
}

#[test]
fn a_root_that_never_rests_lets_the_host_run() {
    for backend in BACKENDS {
        let mut left = 1000;
        let (mut foreign, island) = island(
            backend,
            std::future::poll_fn(move |cx| {
                left -= 1;
                cx.waker().wake_by_ref();
                if left == 0 { Poll::Ready(()) } else { Poll::Pending }
            }),
        );
        foreign.run(pin!(island));
        assert!(foreign.polls > 10, "{} polls", foreign.polls);
    }
}
