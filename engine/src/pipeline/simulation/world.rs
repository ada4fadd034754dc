//! What all processes of a simulation share: the store, the network, the time, and what was seen of all this.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{Error, PutOptions, PutPayload};
use tokio::time::Instant;

use super::process::Process;
use super::seed::Dice;
use super::server::Server;
use super::store::Request;
use super::weather::{Climate, Fate, Tear};
use crate::clock::Clock;

/// Looks at the store after each change, and says what should not be.
pub(super) type Guard = Box<dyn Fn(&Server, &Request) -> Result<(), String> + Send + Sync>;

/// The world of one seed.
pub(super) struct World {
    server: Server,
    climate: Climate,
    dice: Mutex<Dice>,
    began: Instant,
    guard: Guard,
    trace: Mutex<Vec<String>>,
    violation: Mutex<Option<String>>,
    torn: Mutex<Vec<String>>,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World")
            .field("climate", &self.climate)
            .finish_non_exhaustive()
    }
}

impl World {
    /// An empty store. Has to be made inside of the runtime whose time it goes by.
    pub(super) fn new(climate: Climate, dice: Dice, guard: Guard) -> Arc<Self> {
        Arc::new(Self {
            server: Server::default(),
            climate,
            dice: Mutex::new(dice),
            began: Instant::now(),
            guard,
            trace: Mutex::new(Vec::new()),
            violation: Mutex::new(None),
            torn: Mutex::new(Vec::new()),
        })
    }

    pub(super) fn server(&self) -> &Server {
        &self.server
    }

    /// When it began.
    pub(super) fn began(&self) -> Instant {
        self.began
    }

    /// Milliseconds since it began.
    pub(super) fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// What becomes of a request that is sent now.
    pub(super) fn fate(&self) -> Fate {
        let mut dice = self.dice.lock().unwrap_or_else(PoisonError::into_inner);
        self.climate.fate(&mut dice, self.now_ms())
    }

    /// Notes what happened, for whoever looks at a seed that failed.
    pub(super) fn tell(&self, text: impl std::fmt::Display) {
        let line = format!("{:>7} ms  {text}", self.now_ms());
        self.trace.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    pub(super) fn note(&self, process: &Process, request: &Request, how: &str) {
        self.tell(format_args!(
            "#{} {} {}: {how}",
            process.number(),
            request.verb,
            request.path
        ));
    }

    /// The store did what was asked for: what can be seen of it now is looked at.
    pub(super) fn done(&self, process: &Process, request: &Request, how: &str, error: Option<&Error>) {
        match error {
            Some(error) => self.note(process, request, &format!("{how}, in vain: {}", short(error))),
            None => self.note(process, request, how),
        }
        if !matches!(request.verb, "get" | "head" | "list" | "begin" | "part" | "abort") {
            self.look(request);
        }
    }

    fn look(&self, request: &Request) {
        if let Err(violation) = (self.guard)(&self.server, request) {
            self.violated(violation);
        }
    }

    /// Something is wrong: the first such thing is what is told.
    pub(super) fn violated(&self, what: String) {
        self.tell(format_args!("WRONG: {what}"));
        self.violation
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(what);
    }

    /// What should not have been.
    pub(super) fn violation(&self) -> Option<String> {
        self.violation.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// All that happened, a line each.
    pub(super) fn trace(&self) -> Vec<String> {
        self.trace.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Damages what a request wrote, some time later; only objects that are compared with a checksum.
    pub(super) fn tear_later(self: &Arc<Self>, request: &Request, later: Duration, tear: Tear) {
        if !may_be_torn(request) {
            return;
        }
        let (world, path) = (Arc::clone(self), request.path.clone());
        tokio::spawn(async move {
            tokio::time::sleep(later).await;
            world.tear(&path, tear);
        });
    }

    fn tear(&self, path: &str, tear: Tear) {
        let at = Path::from(path);
        let Some(bytes) = self.server.bytes(&at).filter(|bytes| !bytes.is_empty()) else {
            return;
        };
        let length = bytes.len() as u64;
        let mut bytes = bytes.to_vec();
        match tear {
            Tear::Cut(place) => bytes.truncate(usize::try_from(place % length).unwrap_or(0)),
            Tear::Flip(place) => bytes[usize::try_from(place % length).unwrap_or(0)] ^= 1 << (place % 7),
        }
        self.tell(format_args!("{path} is damaged: {tear:?}"));
        let damaged = PutPayload::from_bytes(Bytes::from(bytes));
        if let Err(error) = self.server.put(&at, damaged, PutOptions::default()) {
            self.tell(format_args!("{path} could not be damaged: {error}"));
        }
        self.torn
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(path.to_owned());
    }

    /// Objects that were damaged.
    pub(super) fn torn(&self) -> Vec<String> {
        self.torn.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Objects with what tables keep, which manifests name with their checksums.
fn may_be_torn(request: &Request) -> bool {
    request.path.contains("/state/") && request.verb != "delete"
}

fn short(error: &Error) -> String {
    let whole = error.to_string();
    match (whole.split_once("<Code>"), error) {
        (Some((_, rest)), _) => rest.split('<').next().unwrap_or_default().to_owned(),
        (None, Error::AlreadyExists { .. }) => "it exists".to_owned(),
        (None, Error::NotFound { .. }) => "not found".to_owned(),
        _ => whole,
    }
}

/// The clock of one process: the simulation's time from a day on, and as wrong as it is.
pub(super) struct SimClock {
    pub(super) began: Instant,
    pub(super) began_ms: i64,
}

impl Clock for SimClock {
    fn now_ms(&self) -> i64 {
        self.began_ms + i64::try_from(self.began.elapsed().as_millis()).unwrap_or(0)
    }
}
