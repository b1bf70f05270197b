//! Reads and connections that are dropped where their run is not looking: by a waker that the
//! driver calls, between two polls of an island, in another run. Their numbers are given away at
//! once, and the bytes of the next owner are its own.
#![cfg(feature = "io")]

use std::cell::RefCell;
use std::future::Future;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::pin::Pin;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use contract::World;
use design_rent as d;
use kernel::Instant;
use kernel::driver::select::{self, Backend};
use kernel::run::island::{Host, Island};

/// Numbers are the process's: one test at a time opens and closes.
static NUMBERS: Mutex<()> = Mutex::new(());

type Leaf = Pin<Box<dyn Future<Output = ()>>>;

fn world() -> &'static World {
    Box::leak(Box::new(World::new()))
}

fn on_each(test: impl Fn(Backend)) {
    let _alone = NUMBERS.lock().unwrap_or_else(PoisonError::into_inner);
    LazyLock::force(&LISTENER);
    for driver in [Backend::Epoll, Backend::Uring] {
        if select::probe(driver).is_ok() {
            select::select(driver);
            test(driver);
            select::select(Backend::Sim);
        }
    }
}

async fn pair() -> (d::Conn, d::Conn) {
    let (mut listener, port) = d::listen().expect("loopback");
    let (here, there) = d::join(d::accept(&mut listener), d::connect(port)).await;
    (here.expect("accepted"), there.expect("connected"))
}

/// A read that owns its connection and was begun.
fn begun(conn: d::Conn) -> Leaf {
    let mut leaf: Leaf = Box::pin(async move {
        let _ = conn.read(Vec::with_capacity(16)).await;
    });
    assert!(leaf.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    leaf
}

/// Open before anything else, so that the next number is that of a connection.
static LISTENER: LazyLock<TcpListener> =
    LazyLock::new(|| TcpListener::bind("127.0.0.1:0").expect("loopback"));

/// Connections of another, on both ends of which six bytes have arrived. There are enough
/// of them for one to have the number that was given back last.
fn foreign() -> Vec<TcpStream> {
    let connect = |_| {
        let near = TcpStream::connect(LISTENER.local_addr().expect("bound")).expect("listening");
        let (far, _) = LISTENER.accept().expect("connected");
        (&near).write_all(b"theirs").expect("open");
        (&far).write_all(b"theirs").expect("open");
        [near, far]
    };
    (0..8).flat_map(connect).collect()
}

fn assert_theirs(foreign: Vec<TcpStream>, on: Backend) {
    for mut stream in foreign {
        stream.set_nonblocking(true).expect("a socket");
        let mut bytes = [0; 16];
        let read = stream.read(&mut bytes).unwrap_or_else(|error| panic!("{on}: {error}"));
        assert_eq!(&bytes[..read], b"theirs", "{on}");
    }
}

std::thread_local! {
    static LEAF: RefCell<Option<Leaf>> = const { RefCell::new(None) };
    static THEIRS: RefCell<Option<Vec<TcpStream>>> = const { RefCell::new(None) };
}

/// Drops the leaf of this thread and lets something else have its number.
struct Drops;

impl Wake for Drops {
    fn wake(self: Arc<Self>) {
        if let Some(leaf) = LEAF.take() {
            drop(leaf);
            THEIRS.set(Some(foreign()));
        }
    }
}

#[test]
fn a_waker_that_the_driver_calls_drops_a_read_and_its_connection() {
    on_each(|on| {
        d::block_on(world(), async {
            let (mut listener, port) = d::listen().expect("loopback");
            let mut far = TcpStream::connect(("127.0.0.1", port)).expect("listening");
            let woken = d::accept(&mut listener).await.expect("connected");
            let (conn, _peer) = pair().await;
            let drops = Waker::from(Arc::new(Drops));
            let mut read = Box::pin(woken.read(Vec::with_capacity(16)));
            assert!(read.as_mut().poll(&mut Context::from_waker(&drops)).is_pending());
            // The driver has the first read, and its end; the second was not handed over.
            let _ = d::sleep(2).await;
            far.write_all(b"wake").expect("open");
            LEAF.set(Some(begun(conn)));
            let _ = d::sleep(20).await;
            assert_theirs(THEIRS.take().expect("the driver has called the waker"), on);
            assert_eq!(d::orphans().orphaned, 1, "{on}");
        });
    });
}

/// A host that looks and never waits.
struct Spin;

impl Host for Spin {
    fn poll_readable(&mut self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }

    fn poll_deadline(&mut self, _: &mut Context<'_>, at: Instant, now: Instant) -> Poll<()> {
        if now >= at { Poll::Ready(()) } else { Poll::Pending }
    }
}

#[test]
fn another_run_drops_a_read_and_its_connection() {
    on_each(|on| {
        d::block_on(world(), async {
            let (conn, _peer) = pair().await;
            let leaf = begun(conn);
            let op = async move {
                drop(leaf);
                THEIRS.set(Some(foreign()));
            };
            d::island(|_| Ok(Spin), op).await.expect("probed");
            let _ = d::sleep(5).await;
            assert_theirs(THEIRS.take().expect("made in the island"), on);
            assert_eq!(d::orphans().orphaned, 1, "{on}");
        });
    });
}

#[test]
fn a_read_outlives_the_end_of_its_island_and_is_dropped_outside_of_all_runs() {
    on_each(|on| {
        let mut op = Box::pin(async { LEAF.set(Some(begun(pair().await.0))) });
        let root = move |cx: &mut Context<'_>| op.as_mut().poll(cx);
        let driver = kernel::run::island::open(None).expect("probed");
        let mut island = Box::pin(Island::new(driver, Spin, root));
        while island.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {}
        drop(LEAF.take());
        let theirs = foreign();
        drop(island);
        assert_theirs(theirs, on);
    });
}

/// A waker that panics, in the driver's hands.
struct Panics;

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        std::panic::panic_any("waker");
    }
}

#[test]
fn a_waker_that_panics_in_the_driver_ends_the_run_and_nothing_stays_in_flight() {
    on_each(|on| {
        let peers = RefCell::new(Vec::new());
        let run = std::panic::AssertUnwindSafe(|| {
            d::block_on(world(), async {
                let panics = Waker::from(Arc::new(Panics));
                let mut reads = Vec::new();
                for at in 0..3 {
                    let (conn, far) = pair().await;
                    peers.borrow_mut().push(far);
                    let mut read = Box::pin(async move { conn.read(vec![0; 16]).await.0 });
                    let waker = if at == 1 { &panics } else { Waker::noop() };
                    assert!(read.as_mut().poll(&mut Context::from_waker(waker)).is_pending());
                    reads.push(read);
                }
                let _ = d::sleep(2).await;
                let mut peer = peers.borrow_mut().remove(1);
                d::write_all(&mut peer, &mut d::buf(4), 4).await.expect("open");
                peers.borrow_mut().push(peer);
                let _ = d::sleep(1000).await;
                unreachable!("the driver has called the waker");
            });
        });
        let panic = std::panic::catch_unwind(run).expect_err("the waker panics");
        assert_eq!(panic.downcast_ref(), Some(&"waker"), "{on}");
        // The other ends were closed with the frames, which nothing in flight keeps open.
        d::block_on(world(), async {
            for mut peer in peers.take() {
                let mut bytes = d::buf(4);
                let read = d::timeout(5000, d::read(&mut peer, &mut bytes)).await;
                assert!(matches!(read, Ok(Ok(0) | Err(_))), "{on}: {read:?}");
            }
        });
    });
}
