//! A task is what async-std spawns on this thread.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use runtime_tasks::Spawn;

/// async-std's `spawn_local`.
#[derive(Debug)]
pub enum AsyncStd {}

/// A handle of async-std. Dropping it lets the task go on.
#[derive(Debug)]
pub struct Task<T>(runtime_async_std::Task<T>);

impl<T> Future for Task<T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        Pin::new(&mut self.0).poll(cx).map(Some)
    }
}

impl Spawn for AsyncStd {
    type Task<T: 'static> = Task<T>;

    fn spawn<F: Future<Output: 'static> + 'static>(future: F) -> Task<F::Output> {
        Task(runtime_async_std::spawn_local(future))
    }

    fn detach<T: 'static>(task: Task<T>) {
        drop(task);
    }
}
