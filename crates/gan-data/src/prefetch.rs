//! Batches made ahead of time on another thread.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{Builder, JoinHandle};

use crate::{Batch, Batches, Error, Result};

/// Batches that wait in the queue; one more may wait in the thread's hands.
const QUEUE: usize = 2;

/// Batches `first`, `first + 1`, … made ahead on another thread, at most three at a time.
///
/// What comes out is what [`Batches::get`] gives, whatever the timing. Dropping it stops the thread
/// after the batch in hand and waits for it.
pub struct Prefetch {
    queue: Option<Receiver<Result<Batch>>>,
    thread: Option<JoinHandle<()>>,
    reason: String,
}

impl Prefetch {
    /// Starts to make batches, beginning with number `first`.
    ///
    /// A thread that cannot be started shows as an error of the first [`next`](Self::next).
    pub fn start(batches: Batches, first: u64) -> Self {
        let (sender, queue) = sync_channel(QUEUE);
        let work = move || {
            for n in first.. {
                let batch = batches.get(n);
                let failed = batch.is_err();
                if sender.send(batch).is_err() || failed {
                    return;
                }
            }
        };
        match Builder::new().name("gan-data".to_owned()).spawn(work) {
            Ok(thread) => Self {
                queue: Some(queue),
                thread: Some(thread),
                reason: "an earlier batch failed".to_owned(),
            },
            Err(error) => Self { queue: None, thread: None, reason: error.to_string() },
        }
    }

    /// The next batch; waits until it is there.
    ///
    /// # Errors
    ///
    /// The error of [`Batches::get`], after which the thread has stopped and every further call
    /// fails; or [`Error::Stopped`] when the thread panicked or never started.
    #[allow(clippy::should_implement_trait)] // an endless stream of results is no Iterator: `for` would never end
    pub fn next(&mut self) -> Result<Batch> {
        if let Some(Ok(batch)) = self.queue.as_ref().map(Receiver::recv) {
            return batch;
        }
        self.queue = None;
        if let Some(Err(panic)) = self.thread.take().map(JoinHandle::join) {
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
            self.reason =
                format!("it panicked: {}", text.unwrap_or_else(|| "no message".to_owned()));
        }
        Err(Error::Stopped { reason: self.reason.clone() })
    }
}

impl Drop for Prefetch {
    fn drop(&mut self) {
        self.queue = None; // a sender without a receiver gives up
        if let Some(thread) = self.thread.take() {
            // A panic has nobody left to tell: whoever drops the queue no longer wants batches.
            let _ = thread.join();
        }
    }
}
