//! A task is what tokio spawns on this thread.

use std::future::Future;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use runtime_tasks::Spawn;

/// tokio's `spawn_local`.
#[derive(Debug)]
pub enum Tokio {}

/// A handle of tokio. Dropping it lets the task go on.
#[derive(Debug)]
pub struct Task<T>(runtime_tokio::Task<T>);

impl<T> Future for Task<T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        match ready!(Pin::new(&mut self.0).poll(cx)) {
            Ok(output) => Poll::Ready(Some(output)),
            Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
            Err(_) => Poll::Ready(None),
        }
    }
}

impl Spawn for Tokio {
    type Task<T: 'static> = Task<T>;

    fn spawn<F: Future<Output: 'static> + 'static>(future: F) -> Task<F::Output> {
        Task(runtime_tokio::spawn_local(future))
    }

    fn detach<T: 'static>(task: Task<T>) {
        drop(task);
    }
}
