//! What the tests of the real ring share.

#![allow(dead_code, reason = "not every test file uses all of it")]
#![allow(clippy::unwrap_used, reason = "test code, but not in functions marked as tests")]

use std::future::Future;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Mutex;
use std::task::{Context, Poll};

use kernel::driver::Driver;
use kernel::driver::uring::Uring;
use kernel::leaf::borrowed::Borrowed;
use kernel::leaf::runtime_owned::OpSlots;
use kernel::run::context;
use kernel::run::executor::{self, OnWatchdog};

/// Says that it is known that this machine has no io_uring.
const KNOWN: &str = "KERNEL_WITHOUT_URING";

/// A ring. Where there is none the test fails and says why, unless the environment says
/// that it is known: then the whole file is not run, and says so.
pub(crate) fn ring(entries: u32) -> Uring {
    if let Err(reason) = kernel::driver::uring::probe() {
        assert!(std::env::var_os(KNOWN).is_some(), "{reason}; if that is known, set {KNOWN}");
        let _nobody_reads = writeln!(std::io::stderr(), "not run: {reason}");
        std::process::exit(0);
    }
    Uring::with_entries(entries, None).expect("probed just now")
}

/// Runs a future on a driver of ours.
pub(crate) fn block<T>(driver: &dyn Driver, future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    executor::run(driver, OnWatchdog::Drop, |cx| future.as_mut().poll(cx))
        .expect("a real driver has no watchdog")
}

/// A borrowed operation as a future. The tests keep the promise that the type cannot: what was
/// polled is polled until it is ready.
pub(crate) struct Must<'b>(pub(crate) Borrowed<'b>);

impl Must<'_> {
    pub(crate) fn cancel(self: Pin<&mut Self>) {
        // SAFETY: the only field, pinned with this.
        unsafe { self.map_unchecked_mut(|must| &mut must.0) }.request_cancel();
    }
}

impl Future for Must<'_> {
    type Output = i32;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<i32> {
        // SAFETY: the only field, pinned with this.
        let lent = unsafe { self.map_unchecked_mut(|must| &mut must.0) };
        // SAFETY: see the type.
        unsafe { lent.poll(cx) }
    }
}

pub(crate) fn recv<'b>(socket: &impl AsRawFd, buffer: &'b mut [u8]) -> Must<'b> {
    Must(Borrowed::recv(socket.as_raw_fd(), buffer))
}

pub(crate) fn send<'b>(socket: &impl AsRawFd, buffer: &'b [u8]) -> Must<'b> {
    Must(Borrowed::send(socket.as_raw_fd(), buffer))
}

/// Two ends of a connection over loopback.
pub(crate) fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (server, _) = listener.accept().unwrap();
    client.set_nodelay(true).unwrap();
    server.set_nodelay(true).unwrap();
    (client, server)
}

/// Lets everything else that is runnable run once, and the driver look once.
pub(crate) async fn turn() {
    kernel::leaf::sleep::sleep(0).await;
}

/// `None` where ten seconds pass first: for what would wait for ever.
pub(crate) async fn within<F: Future>(mut future: Pin<&mut F>) -> Option<F::Output> {
    let mut sleep = pin!(kernel::leaf::sleep::sleep(10_000));
    std::future::poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => sleep.as_mut().poll(cx).map(|()| None),
    })
    .await
}

/// Polls both until both are ready.
pub(crate) async fn both<A: Future, B: Future>(a: A, b: B) -> (A::Output, B::Output) {
    let (mut a, mut b) = (pin!(a), pin!(b));
    let (mut x, mut y) = (None, None);
    std::future::poll_fn(|cx| {
        if x.is_none()
            && let Poll::Ready(output) = a.as_mut().poll(cx)
        {
            x = Some(output);
        }
        if y.is_none()
            && let Poll::Ready(output) = b.as_mut().poll(cx)
        {
            y = Some(output);
        }
        if x.is_some() && y.is_some() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    (x.expect("polled until ready"), y.expect("polled until ready"))
}

/// Polls all until all are ready.
pub(crate) async fn all<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.into_iter().map(|f| (Box::pin(f), None)).collect();
    std::future::poll_fn(|cx| {
        let mut waiting = false;
        for (future, output) in &mut futures {
            if output.is_none() {
                match future.as_mut().poll(cx) {
                    Poll::Ready(ready) => *output = Some(ready),
                    Poll::Pending => waiting = true,
                }
            }
        }
        if waiting { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    futures.into_iter().map(|(_, output)| output.expect("polled until ready")).collect()
}

/// The runtime-owned operations of this run.
pub(crate) fn op_slots() -> Rc<OpSlots> {
    context::with(|runtime| Rc::clone(runtime.op_slots()))
}

/// Forgets a value. Its address is kept, so that a leak checker tells what is forgotten on
/// purpose from what is not.
pub(crate) fn forget<'a, T: ?Sized>(value: Box<T>) -> &'a mut T {
    static FORGOTTEN: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    let value = Box::leak(value);
    FORGOTTEN.lock().unwrap().push(std::ptr::from_mut(value).addr());
    value
}

/// Polls once; whether it is ready then.
pub(crate) async fn once<F: Future>(mut future: Pin<&mut F>) -> Option<F::Output> {
    std::future::poll_fn(|cx| {
        Poll::Ready(match future.as_mut().poll(cx) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        })
    })
    .await
}
