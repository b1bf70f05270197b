//! A window of operations in order, and a body for each output. The operations are children:
//! they move, and are followed by others, while a body runs.

use core::array;
use core::fmt;
use core::pin::Pin;
use core::ptr::{self, NonNull};
use core::task::{Context, Poll};

use design_completion::__parts::{Panic, Part, caught};
use design_completion::Completion;
use kernel::run::context;
use kernel::run::drive::Bell;
use kernel::wake::handle::{List, Slot};

/// Keeps up to `N` operations begun, and runs `body` on their outputs, in order, one at a
/// time. Ready when the last body is. The operations move while a body runs, and a free place
/// of the window is filled at once.
///
/// # Cancellation
/// No further operation is begun. Those that are begun end under cancellation, and `body` runs,
/// under cancellation too, on what they are ready with: nothing that was taken is lost. That
/// holds for a window that loses a race, too: bodies run on the outputs that wait in it.
///
/// # Panics
/// When the waker table is full. If an operation or a body panics, the others are cancelled and
/// drained, then the first panic goes on. Outputs that no body has seen are dropped.
pub fn buffered<const N: usize, I, F, B>(ops: I, body: F) -> Buffered<N, I::IntoIter, F, B>
where
    I: IntoIterator<Item: Completion>,
    F: FnMut(<I::Item as Completion>::Output) -> B,
    B: Completion<Output = ()>,
{
    const { assert!(N > 0, "a window of no operations gets nowhere") };
    let list = List::new().expect("the waker table has room for a window");
    Buffered {
        ops: Some(ops.into_iter()),
        make_body: body,
        window: [const { Part::gone() }; N],
        slots: array::from_fn(|place| {
            // SAFETY: slots are declared before their list, and so dropped before it; if one is
            // not to be had, those before it go first as well.
            let slot = unsafe { list.slot(user_of(place)) };
            slot.expect("the waker table has room for a window")
        }),
        list,
        head: 0,
        begun: 0,
        body: Part::gone(),
        bell: Bell::new(),
        cancelled: false,
        panic: None,
    }
}

/// The place as what a list hands back; never followed.
fn user_of(place: usize) -> NonNull<()> {
    let user = NonNull::new(ptr::without_provenance_mut(place + 1));
    user.expect("a place plus one is not null")
}

/// See [`buffered`].
pub struct Buffered<const N: usize, I: Iterator<Item: Completion>, F, B: Completion> {
    /// `None` once there is nothing more to begin.
    ops: Option<I>,
    make_body: F,
    /// A ring: `begun` operations, or their outputs, from `head` on.
    window: [Part<I::Item>; N],
    /// One for each place. Dropped before their list.
    slots: [Slot; N],
    list: List,
    head: usize,
    begun: usize,
    body: Part<B>,
    /// Rings when the body is woken; a window that is woken does not poll the body.
    bell: Bell,
    cancelled: bool,
    panic: Option<Panic>,
}

impl<const N: usize, I: Iterator<Item: Completion>, F, B: Completion> fmt::Debug
    for Buffered<N, I, F, B>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buffered")
            .field("head", &self.head)
            .field("begun", &self.begun)
            .finish_non_exhaustive()
    }
}

/// What one step led to.
enum Step {
    /// Something moved; go on.
    Moved,
    /// Everything waits.
    Waits,
    /// Nothing is left.
    Over,
}

impl<const N: usize, I, F, B> Buffered<N, I, F, B>
where
    I: Iterator<Item: Completion>,
    F: FnMut(<I::Item as Completion>::Output) -> B,
    B: Completion<Output = ()>,
{
    fn part(self: Pin<&mut Self>, place: usize) -> Pin<&mut Part<I::Item>> {
        // SAFETY: the parts are pinned with this and never moved out.
        unsafe { self.map_unchecked_mut(|this| &mut this.window[place]) }
    }

    fn body(self: Pin<&mut Self>) -> Pin<&mut Part<B>> {
        // SAFETY: pinned with this and never moved out.
        unsafe { self.map_unchecked_mut(|this| &mut this.body) }
    }

    /// What is not pinned: all but window and body.
    fn rest(self: Pin<&mut Self>) -> &mut Self {
        // SAFETY: no caller moves window or body.
        unsafe { self.get_unchecked_mut() }
    }

    /// From the first poll under cancellation on nothing is begun, and everything is polled
    /// once more, whatever it waits for.
    fn look_at_mode(self: Pin<&mut Self>) {
        if context::cancelling() && !self.cancelled {
            let this = self.rest();
            this.cancelled = true;
            this.ops = None;
            this.slots.iter().for_each(Slot::wake);
            this.bell.ring();
        }
    }

    /// Puts operations into the free places.
    fn fill(mut self: Pin<&mut Self>) {
        while self.begun < N {
            let this = self.as_mut().rest();
            let Some(op) = this.ops.as_mut().and_then(Iterator::next) else {
                this.ops = None;
                return;
            };
            let place = (this.head + this.begun) % N;
            this.begun += 1;
            self.as_mut().part(place).refill(op);
            self.slots[place].wake();
        }
    }

    /// Polls the operations that were woken, once each.
    ///
    /// # Safety
    /// As for [`Completion::poll`].
    unsafe fn drive(mut self: Pin<&mut Self>, cx: &Context<'_>) {
        self.list.adopt(cx.waker());
        let mut collected = false;
        while let Some(user) = self.list.next(&mut collected) {
            let place = user.addr().get() - 1;
            if self.window[place].is_gone() {
                continue;
            }
            let waker = self.slots[place].waker();
            // SAFETY: the caller's promise.
            unsafe { self.as_mut().part(place).poll(&mut Context::from_waker(&waker)) };
        }
    }

    /// Polls the body if it was woken. True if there is none, or none any more.
    ///
    /// # Safety
    /// As for [`Completion::poll`].
    unsafe fn poll_body(mut self: Pin<&mut Self>, cx: &Context<'_>) -> bool {
        let rang = self.bell.rang(cx.waker());
        if self.body.is_gone() {
            return true;
        }
        let waker = self.bell.waker();
        // SAFETY: the caller's promise.
        if !rang || !unsafe { self.as_mut().body().poll(&mut Context::from_waker(&waker)) } {
            return false;
        }
        self.body().forget();
        true
    }

    /// # Safety
    /// As for [`Completion::poll`].
    unsafe fn step(mut self: Pin<&mut Self>, cx: &Context<'_>) -> Step {
        self.as_mut().look_at_mode();
        self.as_mut().fill();
        // SAFETY: the caller's promise.
        unsafe { self.as_mut().drive(cx) };
        // SAFETY: the caller's promise.
        if !unsafe { self.as_mut().poll_body(cx) } {
            return Step::Waits;
        }
        if self.begun == 0 {
            return Step::Over;
        }
        let head = self.head;
        let Some(output) = self.as_mut().part(head).take() else {
            return Step::Waits;
        };
        let this = self.as_mut().rest();
        this.head = (head + 1) % N;
        this.begun -= 1;
        let body = (this.make_body)(output);
        this.bell.ring();
        self.body().refill(body);
        Step::Moved
    }

    /// Brings everything that is left after a panic to its end, and drops it. Polls all of it
    /// every time: it is rare. Does not unwind: later panics are not the first.
    ///
    /// # Safety
    /// As for [`Completion::poll`].
    unsafe fn drain(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Panic> {
        // Out of its place while the parts are borrowed.
        let mut panic = self.as_mut().rest().panic.take();
        // SAFETY: the caller's promise.
        let mut ended = unsafe { self.as_mut().body().drain(cx, &mut panic) };
        for place in 0..N {
            // SAFETY: the caller's promise.
            let part = unsafe { self.as_mut().part(place).drain(cx, &mut panic) };
            ended = if part.is_pending() { part } else { ended };
        }
        if ended.is_pending() {
            self.rest().panic = panic;
            return Poll::Pending;
        }
        self.as_mut().body().discard(&mut panic);
        for place in 0..N {
            self.as_mut().part(place).discard(&mut panic);
        }
        let this = self.rest();
        if let Err(unwound) = caught(|| this.ops = None) {
            unwound.keep_first(&mut panic);
        }
        Poll::Ready(panic.expect("only a panic leads here"))
    }
}

// SAFETY: ready only when nothing is begun; panicking only after everything was drained;
// abandonable if nothing is in flight.
unsafe impl<const N: usize, I, F, B> Completion for Buffered<N, I, F, B>
where
    I: Iterator<Item: Completion>,
    F: FnMut(<I::Item as Completion>::Output) -> B,
    B: Completion<Output = ()>,
{
    type Output = ();

    unsafe fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        while self.panic.is_none() {
            // SAFETY: the caller's promise.
            match caught(|| unsafe { self.as_mut().step(cx) }) {
                Ok(Step::Moved) => {}
                Ok(Step::Waits) => return Poll::Pending,
                Ok(Step::Over) => return Poll::Ready(()),
                Err(panic) => self.as_mut().rest().panic = Some(panic),
            }
        }
        // SAFETY: the caller's promise.
        core::task::ready!(unsafe { self.drain(cx) }).resume()
    }

    fn abandonable(&self) -> bool {
        !self.body.in_flight() && !self.window.iter().any(Part::in_flight)
    }

    fn holds_output(&self) -> bool {
        self.body.holds_output() || self.window.iter().any(Part::holds_output)
    }
}
