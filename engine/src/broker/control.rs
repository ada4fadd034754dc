//! The control port: requests and answers are one JSON object a line, on the loopback address.
//!
//! Every request has the token of the announcement, which only its owner can read: any user of the machine can reach a port.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::cluster::Orders;
use crate::error::{Fault, Result};

/// How long either side waits for the other.
const TIMEOUT: Duration = Duration::from_secs(2);
/// More than any request or answer has.
const LONGEST: u64 = 4096;

#[derive(Debug, Serialize, Deserialize)]
struct Request {
    token: String,
    #[serde(flatten)]
    wish: Wish,
}

/// What can be asked for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "wish")]
pub(super) enum Wish {
    /// An answer: the broker lives.
    Ping,
    /// A topic.
    CreateTopic { topic: String, partitions: i32 },
}

#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    /// What went wrong, if anything.
    error: Option<String>,
}

/// The listening side; ends when it is dropped.
pub(super) struct Control {
    port: u16,
    stop: Arc<AtomicBool>,
}

impl Control {
    pub(super) fn start(orders: Orders, token: String) -> Result<Self> {
        let failed = |error: std::io::Error| Fault::machine("the embedded broker has no control port").because(error);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        std::thread::Builder::new()
            .name("broker-control".to_owned())
            .spawn(move || {
                // One after the other: requests are rare, and each is over in two timeouts at most.
                for stream in listener.incoming().flatten() {
                    if stopped.load(Ordering::Relaxed) {
                        return;
                    }
                    // A caller that breaks off has no answer to get.
                    drop(serve(&stream, &orders, &token));
                }
            })
            .map_err(failed)?;
        Ok(Self { port, stop })
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Wakes the thread up.
        drop(TcpStream::connect_timeout(&local(self.port), TIMEOUT));
    }
}

fn local(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

fn serve(stream: &TcpStream, orders: &Orders, token: &str) -> std::io::Result<()> {
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let mut line = String::new();
    BufReader::new(stream.take(LONGEST)).read_line(&mut line)?;
    let error = match serde_json::from_str::<Request>(&line) {
        Err(error) => Some(format!("no request: {error}")),
        Ok(request) if request.token != token => Some("wrong token".to_owned()),
        Ok(Request { wish: Wish::Ping, .. }) => None,
        Ok(Request {
            wish: Wish::CreateTopic { topic, partitions },
            ..
        }) => orders
            .create_topic(&topic, partitions)
            .err()
            .map(|fault| fault.to_string()),
    };
    let mut answer = serde_json::to_string(&Answer { error })?;
    answer.push('\n');
    let mut stream = stream;
    stream.write_all(answer.as_bytes())
}

/// Asks a broker's control port; `None` if nobody is there.
pub(super) fn ask(port: u16, token: &str, wish: Wish) -> Option<Result<()>> {
    let mut stream = TcpStream::connect_timeout(&local(port), TIMEOUT).ok()?;
    stream.set_read_timeout(Some(TIMEOUT)).ok()?;
    stream.set_write_timeout(Some(TIMEOUT)).ok()?;
    let mut request = serde_json::to_string(&Request {
        token: token.to_owned(),
        wish,
    })
    .ok()?;
    request.push('\n');
    stream.write_all(request.as_bytes()).ok()?;
    let mut line = String::new();
    BufReader::new((&stream).take(LONGEST)).read_line(&mut line).ok()?;
    let answer: Answer = serde_json::from_str(&line).ok()?;
    Some(match answer.error {
        Some(error) => Err(Fault::refused(error)),
        None => Ok(()),
    })
}
