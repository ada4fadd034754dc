//! Which answer a request gets.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Body;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio::sync::{Semaphore, watch};

use super::server::{Control, Document};
use crate::error::{Fault, Result};

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";
/// The version of Prometheus's text format.
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What is said to whoever comes without knowing what to ask for.
const HELP: &str = "wasmill: GET /state is what the pipeline keeps, GET /modules what is live, GET /logs?after=0 what modules logged, \
                    all as JSON; GET /metrics is for Prometheus; POST /modules/NAME/rollback puts the version before into use. They want \
                    the header `Authorization: Bearer TOKEN` with the token of this run's file, as `wasmill state` sends it.\n";

/// How long a rollback is waited for. It takes place all the same, later.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) type Answer = Response<Full<Bytes>>;

/// Answers requests: by the latest document, and by what the run tells.
pub(super) struct Answers {
    port: u16,
    token: [u8; 32],
    latest: watch::Receiver<Arc<dyn Document>>,
    control: Arc<dyn Control>,
    /// One rollback at a time: those that wait hold a connection each.
    is_rolling_back: Arc<Semaphore>,
    patience: Duration,
}

/// Why a module was not rolled back, as the answer says it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Refusal {
    pub(super) error: String,
    pub(super) hint: Option<String>,
}

/// What a path stands for.
enum Place {
    Help,
    State,
    Metrics,
    Modules,
    Logs,
    /// `/modules/NAME/rollback`; none if the name is no text.
    Rollback(Option<String>),
    Nowhere,
}

impl Place {
    fn of(path: &str) -> Self {
        match path {
            "/" => Self::Help,
            "/state" => Self::State,
            "/metrics" => Self::Metrics,
            "/modules" => Self::Modules,
            "/logs" => Self::Logs,
            _ => {
                let name = path
                    .strip_prefix("/modules/")
                    .and_then(|rest| rest.strip_suffix("/rollback"))
                    .filter(|name| !name.is_empty() && !name.contains('/'));
                name.map_or(Self::Nowhere, |name| {
                    let name = percent_decode_str(name).decode_utf8();
                    Self::Rollback(name.ok().map(Cow::into_owned))
                })
            }
        }
    }

    /// The methods that it knows, as the header lists them.
    fn methods(&self) -> (&'static [Method], &'static str) {
        match self {
            Self::Rollback(_) => (&[Method::POST], "POST"),
            _ => (&[Method::GET, Method::HEAD], "GET, HEAD"),
        }
    }
}

impl Answers {
    pub(super) fn new(
        port: u16,
        token: &str,
        latest: watch::Receiver<Arc<dyn Document>>,
        control: Arc<dyn Control>,
    ) -> Self {
        Self {
            port,
            token: Sha256::digest(token).into(),
            latest,
            control,
            is_rolling_back: Arc::new(Semaphore::new(1)),
            patience: PATIENCE,
        }
    }

    /// Whether the request asks for something to be done, which may take a while.
    pub(super) fn is_deed<B>(request: &Request<B>) -> bool {
        request.method() == Method::POST
    }

    /// The answer to a request. No body is read: whoever sends one is refused.
    pub(super) async fn to<B: Body>(&self, request: &Request<B>) -> Answer {
        let headers = request.headers();
        // A page of the web may have a name of its own resolve to this machine; a browser then sends that name.
        if !self.is_ours(headers.get(header::HOST)) {
            let text = format!("this port answers as `127.0.0.1:{}` only\n", self.port);
            return answer(StatusCode::MISDIRECTED_REQUEST, TEXT, text);
        }
        let place = Place::of(request.uri().path());
        let (methods, allowed) = place.methods();
        if !methods.contains(request.method()) {
            let mut refused = answer(
                StatusCode::METHOD_NOT_ALLOWED,
                TEXT,
                format!("there is only {allowed} here\n"),
            );
            refused
                .headers_mut()
                .insert(header::ALLOW, HeaderValue::from_static(allowed));
            return refused;
        }
        let is_open = matches!(place, Place::Help) && !headers.contains_key(header::AUTHORIZATION);
        if !is_open && !self.has_token(headers) {
            let mut refused = answer(StatusCode::UNAUTHORIZED, TEXT, HELP);
            let scheme = HeaderValue::from_static("Bearer");
            refused.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
            return refused;
        }
        if !request.body().is_end_stream() {
            return answer(StatusCode::PAYLOAD_TOO_LARGE, TEXT, "no request has a body here\n");
        }
        // Not a borrow of the channel: the stream would wait for it with its next document.
        let document = Arc::clone(&self.latest.borrow());
        match place {
            Place::Help => answer(StatusCode::OK, TEXT, HELP),
            Place::State => json(document.json()),
            Place::Metrics => answer(StatusCode::OK, METRICS, document.metrics() + &self.control.metrics()),
            Place::Modules => json(self.control.modules()),
            Place::Logs => match after(request.uri().query()) {
                Some(after) => json(self.control.logs(after)),
                None => answer(
                    StatusCode::BAD_REQUEST,
                    TEXT,
                    "`after` is the number of a line: `/logs?after=0`\n",
                ),
            },
            Place::Rollback(Some(name)) => self.rollback(name).await,
            Place::Rollback(None) => answer(StatusCode::BAD_REQUEST, TEXT, "the name is no UTF-8\n"),
            Place::Nowhere => answer(StatusCode::NOT_FOUND, TEXT, HELP),
        }
    }

    /// Goes on when whoever asked has gone: half a rollback is none.
    async fn rollback(&self, name: String) -> Answer {
        let Ok(turn) = Arc::clone(&self.is_rolling_back).try_acquire_owned() else {
            let fault = Fault::usage("another rollback waits for the batch at hand to end")
                .hint("`wasmill modules` shows what is live");
            return refusal(StatusCode::CONFLICT, &fault);
        };
        let control = Arc::clone(&self.control);
        let refused = match control.has_module(&name) {
            true => StatusCode::CONFLICT,
            false => StatusCode::NOT_FOUND,
        };
        let asked = name.clone();
        let done = tokio::spawn(async move {
            let done = control.rollback(&asked).await;
            drop(turn);
            done
        });
        match tokio::time::timeout(self.patience, done).await {
            Ok(Ok(Ok(text))) => answer(StatusCode::OK, TEXT, text),
            Ok(Ok(Err(fault))) => refusal(refused, &fault),
            Ok(Err(error)) => {
                let fault = Fault::internal("the rollback broke off").because(error);
                refusal(StatusCode::INTERNAL_SERVER_ERROR, &fault)
            }
            Err(_) => {
                let seconds = self.patience.as_secs();
                let fault = Fault::unavailable(format!(
                    "the batch at hand has not ended for {seconds} seconds; `{name}` is rolled back when it does"
                ))
                .hint("`wasmill modules` shows what is live");
                refusal(StatusCode::GATEWAY_TIMEOUT, &fault)
            }
        }
    }

    fn is_ours(&self, host: Option<&HeaderValue>) -> bool {
        let Some(Ok(host)) = host.map(HeaderValue::to_str) else {
            return false;
        };
        ["127.0.0.1", "localhost"]
            .iter()
            .any(|name| host.eq_ignore_ascii_case(&format!("{name}:{}", self.port)))
    }

    /// Digests are compared, so that how long it takes says nothing of the token.
    fn has_token(&self, headers: &HeaderMap) -> bool {
        let given = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
        given.is_some_and(|given| <[u8; 32]>::from(Sha256::digest(given)) == self.token)
    }
}

/// The number of a line that is asked for; 0 if nothing is.
fn after(query: Option<&str>) -> Option<u64> {
    let mut pairs = query.unwrap_or_default().split('&');
    pairs
        .find_map(|pair| pair.strip_prefix("after="))
        .map_or(Some(0), |number| number.parse().ok())
}

fn json(text: Result<String>) -> Answer {
    match text {
        Ok(json) => answer(StatusCode::OK, JSON, json),
        Err(fault) => answer(StatusCode::INTERNAL_SERVER_ERROR, TEXT, format!("{fault}\n")),
    }
}

fn refusal(status: StatusCode, fault: &Fault) -> Answer {
    let refusal = Refusal {
        error: fault.to_string(),
        hint: fault.advice().map(str::to_owned),
    };
    match serde_json::to_string(&refusal) {
        Ok(json) => answer(status, JSON, json),
        Err(error) => answer(StatusCode::INTERNAL_SERVER_ERROR, TEXT, format!("{error}\n")),
    }
}

fn answer(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(body.into()));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

#[cfg(test)]
#[path = "answers_test.rs"]
mod tests;
