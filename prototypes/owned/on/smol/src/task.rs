//! A task is what smol spawns on this thread.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use runtime_tasks::Spawn;

/// `LocalExecutor::spawn`.
#[derive(Debug)]
pub enum Smol {}

/// A handle of smol. Dropping it cancels the task.
#[derive(Debug)]
pub struct Task<T>(runtime_smol::Task<T>);

impl<T> Future for Task<T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        Pin::new(&mut self.0).poll(cx).map(Some)
    }
}

impl Spawn for Smol {
    type Task<T: 'static> = Task<T>;

    fn spawn<F: Future<Output: 'static> + 'static>(future: F) -> Task<F::Output> {
        Task(runtime_smol::spawn_local(future))
    }

    fn detach<T: 'static>(task: Task<T>) {
        task.0.detach();
    }
}
