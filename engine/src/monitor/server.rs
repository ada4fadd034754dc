//! The server: few connections at a time, each for one request and a short while.

use std::convert::Infallible;
use std::fmt;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use super::answers::Answers;
use super::client::running_in;
use super::run_file::{self, Contents, RunName};
use crate::announce::{self, Announced};
use crate::error::{Fault, Result};

/// Connections at once: those that come on top wait in the system's queue.
const MOST_CONNECTIONS: usize = 8;
/// How long a request's head may take.
const HEAD_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a connection may take in all.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long what was asked to be done may take besides: the batch at hand has to end first.
const LONGEST_DEED: Duration = Duration::from_secs(120);
/// Longer heads are refused.
const LONGEST_HEAD: usize = 16 * 1024;
/// Before another try to accept a connection, when there was no descriptor left for one.
const PAUSE: Duration = Duration::from_millis(200);

/// What is served. Asked only when somebody asks, on a thread that the stream may need: it must be quick.
pub trait Document: Send + Sync + 'static {
    /// The whole, as a JSON object.
    ///
    /// # Errors
    /// If it can't be written as JSON.
    fn json(&self) -> Result<String>;
    /// Its numbers, in the text format of Prometheus.
    fn metrics(&self) -> String;
}

/// What a run tells besides its document, and what it can be told to do. As for documents, whatever is told must be quick.
#[async_trait]
pub trait Control: Send + Sync + 'static {
    /// Its modules, as a JSON object.
    ///
    /// # Errors
    /// If it can't be written as JSON.
    fn modules(&self) -> Result<String>;
    /// The numbers of its modules, in the text format of Prometheus.
    fn metrics(&self) -> String;
    /// The lines of its log that are kept and have a number above this one, as a JSON object.
    ///
    /// # Errors
    /// If it can't be written as JSON.
    fn logs(&self, after: u64) -> Result<String>;
    /// Whether it has a module of this name.
    fn has_module(&self, name: &str) -> bool;
    /// Puts the version of a module into use that was live before the one in use. Gives what to say of it. May take as long as a
    /// batch does.
    ///
    /// # Errors
    /// Why it can't.
    async fn rollback(&self, name: &str) -> Result<String>;
}

/// Serves a run's documents and makes the run known to other commands of this user, until it is dropped.
pub struct Monitor {
    latest: watch::Sender<Arc<dyn Document>>,
    server: JoinHandle<()>,
    port: u16,
    _file: Announced,
}

impl fmt::Debug for Monitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Monitor")
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

impl Monitor {
    /// Listens on a free port of the loopback address. `first` is served until there is another document.
    ///
    /// # Errors
    /// `Machine`: no port is free, or the run can't be announced.
    pub async fn start(run: RunName, first: Arc<dyn Document>, control: Arc<dyn Control>) -> Result<Self> {
        Self::start_in(&announce::folder(), run, first, control).await
    }

    pub(super) async fn start_in(
        folder: &Path,
        run: RunName,
        first: Arc<dyn Document>,
        control: Arc<dyn Control>,
    ) -> Result<Self> {
        let failed = |error: std::io::Error| Fault::machine("no port for `wasmill state`").because(error);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        let contents = Contents {
            run,
            process_id: std::process::id(),
            port,
            token: announce::token(),
        };
        let (latest, receiver) = watch::channel(first);
        let answers = Answers::new(port, &contents.token, receiver, control);
        let file = run_file::publish(folder, &contents)?;
        let folder = folder.to_owned();
        // Files of runs that were killed go with the next one that starts.
        tokio::spawn(async move { drop(running_in(&folder).await) });
        Ok(Self {
            latest,
            server: tokio::spawn(serve(listener, Arc::new(answers))),
            port,
            _file: file,
        })
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What is served from now on.
    pub fn show(&self, document: Arc<dyn Document>) {
        self.latest.send_replace(document);
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Ends with its connections when it is aborted.
async fn serve(listener: TcpListener, answers: Arc<Answers>) {
    let mut connections = JoinSet::new();
    loop {
        if connections.len() >= MOST_CONNECTIONS {
            connections.join_next().await;
        }
        while connections.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, _)) => drop(connections.spawn(connection(stream, Arc::clone(&answers)))),
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

async fn connection(stream: TcpStream, answers: Arc<Answers>) {
    let is_deed = Arc::new(AtomicBool::new(false));
    let service = service_fn(|request: Request<Incoming>| {
        is_deed.store(Answers::is_deed(&request), Ordering::Relaxed);
        let answers = Arc::clone(&answers);
        async move { Ok::<_, Infallible>(answers.to(&request).await) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(LONGEST_HEAD)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    let mut served = std::pin::pin!(served);
    // Whoever breaks off, or takes too long, gets no answer.
    let is_over = tokio::time::timeout(TIMEOUT, &mut served).await.is_ok();
    if !is_over && is_deed.load(Ordering::Relaxed) {
        drop(tokio::time::timeout(LONGEST_DEED, served).await);
    }
}

#[cfg(test)]
#[path = "server_test.rs"]
pub(super) mod tests;
