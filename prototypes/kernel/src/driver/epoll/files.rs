//! File operations of the epoll driver: one helper thread makes the calls.
//!
//! The system does not say when a file is ready, so a thread has to block. The thread starts
//! with the first operation and ends with the driver. It writes straight into the lent
//! buffer and touches nothing else of the operation: the header belongs to the driver's
//! thread, which the helper wakes with the notifier.

use core::cell::RefCell;
use core::fmt;
use core::ptr::NonNull;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::vec::Vec;

use rustix::io::Errno;
use rustix::process::{Pid, getpid};

use crate::driver::OpHeader;
use crate::driver::ops::{Memory, OpKind};
use crate::wake::notifier::ring;

/// What the helper needs of an operation.
#[derive(Clone, Copy)]
struct Job {
    op: NonNull<OpHeader>,
    kind: OpKind,
    memory: Memory,
}

// SAFETY: the helper uses the buffer, which is lent to it until the operation ends, and
// hands the header's address back without looking behind it.
unsafe impl Send for Job {}

struct Done {
    op: NonNull<OpHeader>,
    result: i32,
}

// SAFETY: as for `Job`.
unsafe impl Send for Done {}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    running: Option<Job>,
    done: Vec<Done>,
    stop: bool,
}

struct Shared {
    state: Mutex<State>,
    /// The helper waits for jobs.
    work: Condvar,
    /// The driver waits for the job that runs.
    finished: Condvar,
    notifier: usize,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The helper as the driver's thread sees it.
pub(crate) struct Helper {
    shared: Arc<Shared>,
    thread: RefCell<Option<JoinHandle<()>>>,
    /// The process that has the thread; a forked child has not.
    owner: Pid,
    /// The vector that `State::done` is swapped with, so that neither is made again.
    taken: RefCell<Vec<Done>>,
}

impl fmt::Debug for Helper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Helper").finish_non_exhaustive()
    }
}

impl Helper {
    /// No thread yet. `notifier` is rung when an operation has ended.
    pub(crate) fn new(notifier: usize) -> Helper {
        let shared = Shared {
            state: Mutex::default(),
            work: Condvar::new(),
            finished: Condvar::new(),
            notifier,
        };
        Helper {
            shared: Arc::new(shared),
            thread: RefCell::new(None),
            owner: getpid(),
            taken: RefCell::new(Vec::new()),
        }
    }

    /// Takes a file operation. An answer is its end; the helper does not have it then.
    ///
    /// # Safety
    /// As [`Driver::submit`](crate::driver::Driver::submit).
    #[inline(never)]
    pub(crate) unsafe fn submit(&self, op: NonNull<OpHeader>) -> Option<i32> {
        // SAFETY: alive by the caller's promise.
        let header = unsafe { op.as_ref() };
        if let Err(errno) = self.start() {
            return Some(-errno);
        }
        let job = Job { op, kind: header.kind(), memory: header.memory().for_call() };
        self.shared.lock().jobs.push_back(job);
        self.shared.work.notify_one();
        None
    }

    /// Starts the thread unless it runs.
    fn start(&self) -> Result<(), i32> {
        let mut thread = self.thread.borrow_mut();
        if thread.is_none() {
            let shared = self.shared.clone();
            let started = std::thread::Builder::new().spawn(move || help(&shared));
            *thread = Some(started.map_err(|error| error.raw_os_error().unwrap_or(11))?);
        }
        Ok(())
    }

    /// Takes back an operation that the helper has not begun. One that runs is not
    /// interrupted, and ends by itself: false.
    pub(crate) fn cancel(&self, op: &OpHeader) -> bool {
        let mut state = self.shared.lock();
        let place = state.jobs.iter().position(|job| core::ptr::eq(job.op.as_ptr(), op));
        place.is_some_and(|place| state.jobs.remove(place).is_some())
    }

    /// Sees to it that the helper uses no descriptor of an operation in flight any more, because
    /// it is about to be closed: cancels it unless it has begun, else waits for it. So the driver
    /// blocks, for one call at most.
    pub(crate) fn settle(&self, op: &OpHeader) {
        self.settle_all(|job| core::ptr::eq(job.op.as_ptr(), op));
    }

    /// The same for all operations on a descriptor.
    pub(crate) fn closing(&self, fd: i32) {
        self.settle_all(|job| job.kind.fd() == Some(fd));
    }

    fn settle_all(&self, of_these: impl Fn(&Job) -> bool) {
        if !self.is_started() {
            return;
        }
        let mut state = self.shared.lock();
        let mut cancelled = Vec::new();
        while let Some(place) = state.jobs.iter().position(&of_these) {
            cancelled.extend(state.jobs.remove(place));
        }
        while state.running.as_ref().is_some_and(&of_these) {
            state = self.shared.finished.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        drop(state);
        complete_all(&mut cancelled.iter().map(|job| (job.op, contract::CANCELLED)));
    }

    /// Whether there is a thread. Without one nothing is in flight. A forked child has a copy of
    /// the state, perhaps locked by a thread that it has not, and must not look at it.
    fn is_started(&self) -> bool {
        self.thread.borrow().is_some() && self.owner == getpid()
    }

    /// Completes what the helper has done.
    pub(crate) fn deliver(&self) {
        let mut taken = self.taken.take();
        core::mem::swap(&mut self.shared.lock().done, &mut taken);
        complete_all(&mut taken.drain(..).map(|done| (done.op, done.result)));
        self.taken.replace(taken);
    }

    /// Cancels what has not begun, and waits for what runs.
    pub(crate) fn drain(&self) {
        if self.is_started() {
            self.settle_all(|_| true);
            self.deliver();
        }
    }
}

/// Completes operations, all of them also when a waker panics.
fn complete_all(ops: &mut dyn Iterator<Item = (NonNull<OpHeader>, i32)>) {
    struct Rest<'a>(&'a mut dyn Iterator<Item = (NonNull<OpHeader>, i32)>);
    impl Drop for Rest<'_> {
        fn drop(&mut self) {
            complete_all(self.0);
        }
    }
    let rest = Rest(ops);
    for (op, result) in &mut *rest.0 {
        // FOREIGN: wake. Nothing is borrowed or locked.
        // SAFETY: it was in flight until now, so alive by `submit`'s contract.
        unsafe { op.as_ref() }.complete(result);
    }
    core::mem::forget(rest);
}

impl Drop for Helper {
    fn drop(&mut self) {
        if !self.is_started() {
            return;
        }
        self.drain();
        self.shared.lock().stop = true;
        self.shared.work.notify_one();
        if let Some(thread) = self.thread.take() {
            // It does not panic, and if it did there would be no one to tell.
            let _ended = thread.join();
        }
    }
}

/// What the thread does.
fn help(shared: &Shared) {
    let mut state = shared.lock();
    loop {
        if let Some(job) = state.jobs.pop_front() {
            state.running = Some(job);
            drop(state);
            let result = make_call(&job);
            state = shared.lock();
            state.running = None;
            state.done.push(Done { op: job.op, result });
            shared.finished.notify_one();
            ring(shared.notifier);
        } else if state.stop {
            return;
        } else {
            state = shared.work.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// The call itself; bytes moved or a negative error.
fn make_call(job: &Job) -> i32 {
    loop {
        // SAFETY: the submitter keeps the file open until the end; the memory is lent to the
        // driver, and used by nothing else as long.
        match unsafe { job.kind.call(job.memory) } {
            Ok(moved) => return i32::try_from(moved).expect("at most what was asked for"),
            Err(Errno::INTR) => {}
            Err(errno) => return -errno.raw_os_error(),
        }
    }
}
