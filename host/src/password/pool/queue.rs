//! A bounded queue between async requesters, who never wait to put something in, and threads, who wait to take it out.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// First in, first out.
pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    filled: Condvar,
    capacity: usize,
}

struct State<T> {
    waiting: VecDeque<T>,
    /// Threads that wait for something.
    idle: usize,
    is_closed: bool,
}

/// What a thread gets.
pub(super) enum Next<T> {
    Job(T),
    /// Nothing came in time.
    Nothing,
    Closed,
}

impl<T> Queue<T> {
    /// Room for `capacity` jobs beside those that idle threads are about to take.
    pub(super) fn new(capacity: usize) -> Self {
        Self { state: Mutex::new(State { waiting: VecDeque::new(), idle: 0, is_closed: false }), filled: Condvar::new(), capacity }
    }

    /// Whether there was room, and how many jobs were dropped to make some: a full queue keeps only those that `is_wanted`.
    pub(super) fn push(&self, job: T, is_wanted: impl FnMut(&T) -> bool) -> (bool, u64) {
        let mut state = self.lock();
        let room = self.capacity.saturating_add(state.idle);
        let before = state.waiting.len();
        if before >= room {
            state.waiting.retain(is_wanted);
        }
        let purged = (before - state.waiting.len()) as u64;
        if state.is_closed || state.waiting.len() >= room {
            return (false, purged);
        }
        state.waiting.push_back(job);
        drop(state);
        self.filled.notify_one();
        (true, purged)
    }

    /// Waits for a job; for ever without `patience`.
    pub(super) fn next(&self, patience: Option<Duration>) -> Next<T> {
        let mut state = self.lock();
        state.idle += 1;
        let is_empty = |state: &mut State<T>| state.waiting.is_empty() && !state.is_closed;
        state = match patience {
            None => self.filled.wait_while(state, is_empty).unwrap_or_else(PoisonError::into_inner),
            Some(patience) => self.filled.wait_timeout_while(state, patience, is_empty).unwrap_or_else(PoisonError::into_inner).0,
        };
        state.idle -= 1;
        if state.is_closed {
            return Next::Closed;
        }
        state.waiting.pop_front().map_or(Next::Nothing, Next::Job)
    }

    /// Drops what waits and ends the threads.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        state.waiting.clear();
        drop(state);
        self.filled.notify_all();
    }

    /// Whether another job would find no room.
    pub(super) fn is_full(&self) -> bool {
        let state = self.lock();
        state.waiting.len() >= self.capacity.saturating_add(state.idle)
    }

    pub(super) fn len(&self) -> usize {
        self.lock().waiting.len()
    }

    /// No code panics while it holds the lock, and every state is a good one.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
