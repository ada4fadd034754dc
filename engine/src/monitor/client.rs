//! Those who ask: which pipelines run, and what they have to say.

use std::io::ErrorKind;
use std::net::Ipv4Addr;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use futures::future::join_all;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::client::conn::http1;
use hyper::{Method, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::net::TcpStream;

use super::answers::Refusal;
use super::run_file::{self, Contents};
use crate::announce;
use crate::error::{Fault, Result};

/// How long an answer may take in all.
const TIMEOUT: Duration = Duration::from_secs(3);
/// How long a rollback may take in all: longer than the run waits for it itself.
const ROLLBACK_TIMEOUT: Duration = Duration::from_secs(90);
/// From a connection that breaks off to a port that nobody listens on.
const MOMENT: Duration = Duration::from_millis(100);
/// More than any document has.
const LONGEST: usize = 64 * 1024 * 1024;

/// A pipeline that runs in another process.
#[derive(Debug, Clone)]
pub struct Running(Contents);

/// Why there is no answer.
#[derive(Debug)]
enum Silence {
    /// The process is gone.
    Gone,
    /// It takes the connection, and nothing comes.
    Late,
    /// It can't even be asked: this process may have too many files open.
    Unasked(std::io::Error),
    /// What comes is no answer.
    Broken(Box<dyn std::error::Error + Send + Sync>),
}

type Answered = std::result::Result<(StatusCode, Bytes), Silence>;

/// The pipelines that run on this machine for this user, in the order of their processes. Each is asked whether it lives; the
/// files of those that were killed are removed.
pub async fn running() -> Vec<Running> {
    running_in(&announce::folder()).await
}

pub(super) async fn running_in(folder: &Path) -> Vec<Running> {
    let asked = run_file::all(folder).into_iter().map(|(file, contents)| async move {
        match ask(&contents, Method::GET, "/", TIMEOUT).await {
            // One that is stopped or too busy is there all the same; and of one that can't be asked nothing is known.
            Ok((StatusCode::OK, _)) | Err(Silence::Late | Silence::Unasked(_)) => Some(Running(contents)),
            // Its port may be another process's by now, which does not know the token.
            Ok(_) | Err(Silence::Gone | Silence::Broken(_)) => {
                announce::remove(folder, &file, &contents.token);
                None
            }
        }
    });
    let mut found: Vec<Running> = join_all(asked).await.into_iter().flatten().collect();
    found.sort_by_key(Running::process_id);
    found
}

impl Running {
    /// The pipeline's name.
    pub fn pipeline(&self) -> &str {
        &self.0.run.pipeline
    }

    /// The pipeline's file.
    pub fn file(&self) -> &Path {
        &self.0.run.file
    }

    /// Its process.
    pub fn process_id(&self) -> u32 {
        self.0.process_id
    }

    /// When it was started, in milliseconds since the epoch.
    pub fn started_ms(&self) -> i64 {
        self.0.run.started_ms
    }

    /// The latest document, as JSON.
    ///
    /// # Errors
    /// `Unavailable`: it has ended, or does not answer in time.
    pub async fn state(&self) -> Result<Bytes> {
        self.document("/state").await
    }

    /// Its modules, as JSON.
    ///
    /// # Errors
    /// As [`Running::state`].
    pub async fn modules(&self) -> Result<Bytes> {
        self.document("/modules").await
    }

    /// The lines of its log that have a number above this one, as JSON; none if it has ended.
    ///
    /// # Errors
    /// As [`Running::state`].
    pub async fn logs(&self, after: u64) -> Result<Option<Bytes>> {
        let path = format!("/logs?after={after}");
        let mut answered = ask(&self.0, Method::GET, &path, TIMEOUT).await;
        if matches!(answered, Err(Silence::Broken(_) | Silence::Unasked(_))) {
            // One that ends breaks off: it is gone a moment later.
            tokio::time::sleep(MOMENT).await;
            answered = ask(&self.0, Method::GET, &path, TIMEOUT).await;
        }
        match answered {
            Ok((StatusCode::OK, body)) => Ok(Some(body)),
            Err(Silence::Gone) => Ok(None),
            other => Err(self.failed(other, TIMEOUT)),
        }
    }

    /// Puts the version of a module into use that was live before the one in use, and gives what the run says of it.
    ///
    /// # Errors
    /// `Usage`: it can't, and the text says why. `Unavailable`: as [`Running::state`], or the batch at hand does not end.
    pub async fn rollback(&self, module: &str) -> Result<String> {
        let name = utf8_percent_encode(module, NON_ALPHANUMERIC);
        let path = format!("/modules/{name}/rollback");
        match ask(&self.0, Method::POST, &path, ROLLBACK_TIMEOUT).await {
            Ok((StatusCode::OK, body)) => Ok(String::from_utf8_lossy(&body).into_owned()),
            Ok((status, body)) => match serde_json::from_slice::<Refusal>(&body) {
                Ok(Refusal { error, hint }) => {
                    let fault = match status {
                        StatusCode::GATEWAY_TIMEOUT => Fault::unavailable(error),
                        _ => Fault::usage(error),
                    };
                    Err(match hint {
                        Some(hint) => fault.hint(hint),
                        None => fault,
                    })
                }
                Err(_) => Err(self.failed(Ok((status, body)), ROLLBACK_TIMEOUT)),
            },
            silence => Err(self.failed(silence, ROLLBACK_TIMEOUT)),
        }
    }

    async fn document(&self, path: &str) -> Result<Bytes> {
        match ask(&self.0, Method::GET, path, TIMEOUT).await {
            Ok((StatusCode::OK, body)) => Ok(body),
            other => Err(self.failed(other, TIMEOUT)),
        }
    }

    /// What is wrong with an answer that is not the one hoped for.
    fn failed(&self, answered: Answered, timeout: Duration) -> Fault {
        let failed = |what: &str| {
            let (name, process) = (self.pipeline(), self.process_id());
            Fault::unavailable(format!("`{name}` (process {process}) {what}"))
        };
        match answered {
            Ok((status, body)) => {
                let said = String::from_utf8_lossy(&body).trim_end().to_owned();
                failed(&format!("answers with status {status}")).because(said)
            }
            Err(Silence::Gone) => failed("has ended"),
            Err(Silence::Late) => {
                let seconds = timeout.as_secs();
                failed(&format!("has not answered for {seconds} seconds"))
                    .hint("is it stopped, or the machine too busy?")
            }
            Err(Silence::Unasked(error)) => failed("can't be asked").because(error),
            Err(Silence::Broken(error)) => failed("does not answer").because(error),
        }
    }
}

/// Asks for a path, with the token.
async fn ask(of: &Contents, method: Method, path: &str, timeout: Duration) -> Answered {
    let answered = tokio::time::timeout(timeout, ask_slowly(of, method, path)).await;
    answered.unwrap_or(Err(Silence::Late))
}

/// Why there is no connection. Only a refused one says that nobody is there, or one that was waiting when who listened went.
fn silence_of_connect(error: std::io::Error) -> Silence {
    match error.kind() {
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset => Silence::Gone,
        _ => Silence::Unasked(error),
    }
}

async fn ask_slowly(of: &Contents, method: Method, path: &str) -> Answered {
    let broken = |error: hyper::Error| Silence::Broken(error.into());
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, of.port))
        .await
        .map_err(silence_of_connect)?;
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, format!("127.0.0.1:{}", of.port))
        .header(header::AUTHORIZATION, format!("Bearer {}", of.token))
        .body(Empty::<Bytes>::new())
        .map_err(|error| Silence::Broken(error.into()))?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let exchange = async move {
        let answer = sender.send_request(request).await.map_err(broken)?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), LONGEST).collect();
        Ok((status, body.await.map_err(Silence::Broken)?.to_bytes()))
    };
    // The connection does the work that the exchange waits for, and ends with it.
    let (answer, _) = tokio::join!(exchange, connection);
    answer
}

#[cfg(test)]
#[path = "client_test.rs"]
mod tests;
