//! Which answer a request gets.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;

use super::server::Document;

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";
/// The version of Prometheus's text format.
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What is said to whoever comes without knowing what to ask for.
const HELP: &str = "wasmill: GET /state is what the pipeline keeps, as JSON; GET /metrics is for Prometheus. Both want the header \
                    `Authorization: Bearer TOKEN` with the token of this run's file, as `wasmill state` sends it.\n";

pub(super) type Answer = Response<Full<Bytes>>;

/// Answers requests by the latest document.
pub(super) struct Answers {
    port: u16,
    token: [u8; 32],
    latest: watch::Receiver<Arc<dyn Document>>,
}

impl Answers {
    pub(super) fn new(port: u16, token: &str, latest: watch::Receiver<Arc<dyn Document>>) -> Self {
        Self {
            port,
            token: Sha256::digest(token).into(),
            latest,
        }
    }

    /// The answer to a request, whose body nobody reads.
    pub(super) fn to<B>(&self, request: &Request<B>) -> Answer {
        let headers = request.headers();
        // A page of the web may have a name of its own resolve to this machine; a browser then sends that name.
        if !self.is_ours(headers.get(header::HOST)) {
            let text = format!("this port answers as `127.0.0.1:{}` only\n", self.port);
            return answer(StatusCode::MISDIRECTED_REQUEST, TEXT, text);
        }
        if ![Method::GET, Method::HEAD].contains(request.method()) {
            let mut refused = answer(StatusCode::METHOD_NOT_ALLOWED, TEXT, "there is only GET\n");
            let allowed = HeaderValue::from_static("GET, HEAD");
            refused.headers_mut().insert(header::ALLOW, allowed);
            return refused;
        }
        let path = request.uri().path();
        let is_open = path == "/" && !headers.contains_key(header::AUTHORIZATION);
        if !is_open && !self.has_token(headers) {
            let mut refused = answer(StatusCode::UNAUTHORIZED, TEXT, HELP);
            let scheme = HeaderValue::from_static("Bearer");
            refused.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
            return refused;
        }
        // Not a borrow of the channel: the stream would wait for it with its next document.
        let document = Arc::clone(&self.latest.borrow());
        match path {
            "/" => answer(StatusCode::OK, TEXT, HELP),
            "/state" => match document.json() {
                Ok(json) => answer(StatusCode::OK, JSON, json),
                Err(fault) => answer(StatusCode::INTERNAL_SERVER_ERROR, TEXT, format!("{fault}\n")),
            },
            "/metrics" => answer(StatusCode::OK, METRICS, document.metrics()),
            _ => answer(StatusCode::NOT_FOUND, TEXT, HELP),
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
