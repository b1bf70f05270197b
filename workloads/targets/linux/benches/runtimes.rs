//! A round trip under criterion's own executors: what the cells build anew for every call
//! lives here through all samples.
//!
//! ```text
//! cargo bench -p runner-linux --bench runtimes
//! ```
//!
//! A cell makes its runtime inside the call that is timed, in the adapters' `block_on`.
//! Criterion's way is to hand a future to an executor that is there already
//! (`AsyncExecutor`), tokio's and smol's in its own implementation. The two should agree on a
//! round trip; where they do not, an adapter's `block_on` is not what its users run.
//!
//! Two programs are enough, because there are two ways into a foreign runtime: as a
//! future of it, for which the facades of `poll`, `owned` and `scoped` call one `block_on` of
//! `prototypes/runtimes`, and as an island, as `completion` and `rent` are. A peer has no adapter
//! that could be wrong: it is written for one runtime and builds that as its users do.
//!
//! Criterion has no implementation for async-std, which is discontinued upstream; the one
//! below is ours and shows it in the name. The round trips are those of `tcp-echo`'s control:
//! one connection, one task, 64 bytes.

use std::future::Future;
use std::hint::black_box;
use std::time::Duration;

use criterion::Criterion;
use criterion::async_executor::{AsyncExecutor, SmolExecutor};
use runner_linux::clock::{Clock, Kernel};

/// Bytes of a message, as in `tcp-echo`.
const BYTES: usize = 64;

/// async-std as criterion's executor.
struct AsyncStdExecutor;

impl AsyncExecutor for AsyncStdExecutor {
    fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        async_std::task::block_on(future)
    }
}

/// Round trips of one connection in the names of a design; their time, without setting up.
macro_rules! round_trips {
    ($name:ident, $design:ident) => {
        #[$design::task_fn]
        async fn $name(rounds: u64) -> Duration {
            use $design as d;
            let (mut listener, port) = d::listen().expect("loopback has a free port");
            let (server, client) = d::join(d::accept(&mut listener), d::connect(port)).await;
            let mut server = server.expect("accepted");
            let mut client = client.expect("connected");
            let (mut here, mut there) = (d::buf(BYTES), d::buf(BYTES));
            let start = Kernel.wall_ns();
            for _ in 0..rounds {
                d::write_all(&mut client, &mut here, BYTES).await.expect("sent");
                d::read_exact(&mut server, &mut there, BYTES).await.expect("received");
                d::write_all(&mut server, &mut there, BYTES).await.expect("sent back");
                d::read_exact(&mut client, &mut here, BYTES).await.expect("received back");
            }
            let taken = Duration::from_nanos(Kernel.wall_ns() - start);
            black_box(&here);
            taken
        }
    };
}

round_trips!(on_tokio, design_poll_tokio);
round_trips!(on_smol, design_poll_smol);
round_trips!(on_async_std, design_poll_async_std);
// The program of an island, which brings its own executor and driver.
round_trips!(must_complete, design);

/// Times `program` on an executor, as `<who>@<runtime>`.
fn time<E: AsyncExecutor, F: Future<Output = Duration>>(
    criterion: &mut Criterion,
    who: &str,
    runtime: &str,
    executor: impl Fn() -> E,
    program: impl Fn(u64) -> F + Copy,
) {
    criterion.bench_function(&format!("{who}@{runtime}"), |bencher| {
        bencher.to_async(executor()).iter_custom(program);
    });
}

fn tokio() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_io().build().expect("epoll and an eventfd can be had")
}

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2))
        .without_plots()
        .configure_from_args();
    let criterion = &mut criterion;
    let (smol, async_std) = (|| SmolExecutor, || AsyncStdExecutor);
    let discontinued = "async-std (discontinued upstream)";

    time(criterion, "poll", "tokio", tokio, on_tokio);
    time(criterion, "poll", "smol", smol, on_smol);
    time(criterion, "poll", discontinued, async_std, on_async_std);

    let none = "there is a driver";
    time(criterion, "completion", "tokio", tokio, async |n| {
        design_completion_tokio::island(must_complete(n)).await.expect(none)
    });
    time(criterion, "completion", "smol", smol, async |n| {
        design_completion_smol::island(must_complete(n)).await.expect(none)
    });
    time(criterion, "completion", discontinued, async_std, async |n| {
        design_completion_async_std::island(must_complete(n)).await.expect(none)
    });
    criterion.final_summary();
}
