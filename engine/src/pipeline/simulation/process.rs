//! A process that can be killed or stopped at any of its requests, and a run inside it.

use std::future::poll_fn;
use std::sync::Mutex;
use std::task::{Poll, Waker};

use tokio::sync::watch;

/// When in a request something happens to the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// It is not sent.
    Before,
    /// It was done, and the answer does not arrive.
    After,
}

/// What happens to a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blow {
    /// `kill -9`.
    Kill,
    /// `kill -STOP`, until it is let go on.
    Stop,
}

/// A blow at one of its requests, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Strike {
    pub(super) at: u64,
    pub(super) moment: Moment,
    pub(super) blow: Blow,
}

/// Whether it lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Life {
    Running,
    Stopped,
    Dead,
}

/// A process.
#[derive(Debug)]
pub(super) struct Process {
    number: usize,
    strike: Option<Strike>,
    requests: Mutex<u64>,
    life: watch::Sender<Life>,
    /// The task that its run is polled by.
    waker: Mutex<Option<Waker>>,
}

impl Process {
    pub(super) fn new(number: usize, strike: Option<Strike>) -> Self {
        Self {
            number,
            strike,
            requests: Mutex::new(0),
            life: watch::Sender::new(Life::Running),
            waker: Mutex::new(None),
        }
    }

    /// Which one it is, from 0.
    pub(super) fn number(&self) -> usize {
        self.number
    }

    /// Counts a request; says if the strike falls on it.
    pub(super) fn count(&self) -> Option<Moment> {
        let mut requests = self.requests.lock().unwrap();
        let at = *requests;
        *requests += 1;
        self.strike.filter(|strike| strike.at == at).map(|strike| strike.moment)
    }

    /// How many requests it made.
    pub(super) fn requests(&self) -> u64 {
        *self.requests.lock().unwrap()
    }

    /// The strike falls.
    pub(super) fn strike(&self) {
        match self.strike.map(|strike| strike.blow) {
            Some(Blow::Stop) => self.become_(Life::Stopped),
            Some(Blow::Kill) | None => self.become_(Life::Dead),
        }
    }

    /// It is killed.
    pub(super) fn kill(&self) {
        self.become_(Life::Dead);
    }

    /// It goes on, if it was stopped.
    pub(super) fn go_on(&self) {
        if *self.life.borrow() == Life::Stopped {
            self.become_(Life::Running);
        }
    }

    fn become_(&self, life: Life) {
        self.life.send_if_modified(|now| {
            let changes = *now != Life::Dead && *now != life;
            if changes {
                *now = life;
            }
            changes
        });
        if let Some(waker) = self.waker.lock().unwrap().take() {
            waker.wake();
        }
    }

    pub(super) fn is_dead(&self) -> bool {
        *self.life.borrow() == Life::Dead
    }

    pub(super) fn is_stopped(&self) -> bool {
        *self.life.borrow() == Life::Stopped
    }

    /// Waits while it is stopped, and for ever once it is dead.
    pub(super) async fn alive(&self) {
        let mut life = self.life.subscribe();
        let _it_outlives_the_wait = life.wait_for(|life| *life == Life::Running).await;
    }

    /// Waits until it is stopped.
    pub(super) async fn stopped(&self) {
        let mut life = self.life.subscribe();
        let _it_outlives_the_wait = life.wait_for(|life| *life == Life::Stopped).await;
    }

    /// Runs something in it; none if it was killed before the end. While it is stopped, nothing moves.
    pub(super) async fn run<F: Future>(&self, inside: F) -> Option<F::Output> {
        let mut inside = Some(Box::pin(inside));
        poll_fn(|context| {
            *self.waker.lock().unwrap() = Some(context.waker().clone());
            let life = *self.life.borrow();
            if life == Life::Running
                && let Some(inside) = &mut inside
                && let Poll::Ready(done) = inside.as_mut().poll(context)
            {
                return Poll::Ready(Some(done));
            }
            if self.is_dead() {
                // Gone at once, whatever it still wanted to tidy up.
                inside = None;
                return Poll::Ready(None);
            }
            Poll::Pending
        })
        .await
    }
}
