//! What a store's or a disk's answer means for the user.

use std::error::Error;
use std::io;

use object_store::client::HttpError;

use super::target::Account;
use crate::error::{Fault, Kind};

/// The fault behind an answer of a store. `place` is the object or folder it was about.
pub(crate) fn store_fault(account: &Account, place: &str, error: object_store::Error) -> Fault {
    let answer = Answer::read(&error);
    let bucket = &account.bucket;
    let fault = match answer.code.as_deref() {
        Some("NoSuchBucket") => {
            Fault::refused(format!("there is no bucket `{bucket}`")).hint(match &account.endpoint {
                Some(endpoint) => {
                    format!("create it there, or correct the address; asked was {endpoint} (AWS_ENDPOINT_URL)")
                }
                None => format!(
                    "create it (`aws s3 mb s3://{bucket}`), or set AWS_ENDPOINT_URL if it is in a store of your own"
                ),
            })
        }
        Some(
            code @ ("InvalidAccessKeyId"
            | "SignatureDoesNotMatch"
            | "InvalidToken"
            | "ExpiredToken"
            | "TokenRefreshRequired"),
        ) => refused_credentials(code),
        Some("PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException") => {
            Fault::refused(format!("bucket `{bucket}` is in another region"))
                .hint("set AWS_REGION to the bucket's region")
        }
        Some("NoSuchUpload") => Fault::refused("the store has forgotten the upload")
            .hint("something removes unfinished uploads too soon: see the bucket's lifecycle rules"),
        _ => match (answer.status, &error) {
            (Some(401), _) | (_, object_store::Error::Unauthenticated { .. }) => refused_credentials("401"),
            (Some(403), _) | (_, object_store::Error::PermissionDenied { .. }) => {
                Fault::refused(format!("these credentials have no right to this in bucket `{bucket}`"))
                    .hint("they need to list the bucket, get, put and delete objects, and abort uploads")
            }
            (Some(429 | 500..), _) => {
                Fault::unavailable("the store is busy").hint("try again later; the store's own log may say why")
            }
            (Some(_), _) | (_, object_store::Error::NotFound { .. }) => {
                Fault::refused("the store refused").hint("the store's own log may say why")
            }
            (None, _) if !account.has_credentials => Fault::refused("no credentials")
                .hint("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_ENDPOINT_URL for a store of your own"),
            (None, _) => no_answer(account),
        },
    };
    fault.at(format!("`{place}`")).because(io::Error::other(answer.message))
}

fn refused_credentials(code: &str) -> Fault {
    Fault::refused(format!("the store refused the credentials (`{code}`)"))
        .hint("check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, for temporary ones, AWS_SESSION_TOKEN")
}

fn no_answer(account: &Account) -> Fault {
    match &account.endpoint {
        Some(endpoint) => Fault::unavailable(format!("no answer from {endpoint}"))
            .hint("is the store running, and is AWS_ENDPOINT_URL its address?"),
        None => Fault::unavailable("no answer from Amazon S3")
            .hint("is this machine online? For a store of your own set AWS_ENDPOINT_URL"),
    }
}

/// What can be read out of an error of `object_store`, whose own types for it are private.
struct Answer {
    status: Option<u16>,
    /// S3's name of the error: `NoSuchBucket`.
    code: Option<String>,
    message: String,
}

impl Answer {
    fn read(error: &object_store::Error) -> Self {
        let whole = error.to_string();
        let between = |from: &str, until: &str| {
            let (_, rest) = whole.split_once(from)?;
            Some(rest.split_once(until)?.0.to_owned())
        };
        let status = between("status code: ", " ").and_then(|digits| digits.parse().ok());
        let said = between("<Message>", "</Message>");
        let message = said
            .or_else(|| status.map(|status: u16| format!("status {status}")))
            .unwrap_or_else(|| innermost(error));
        Self {
            // A connection's error has no status, whatever its text says.
            status: status.filter(|_| !is_connection(error)),
            code: between("<Code>", "</Code>"),
            message,
        }
    }
}

fn is_connection(error: &object_store::Error) -> bool {
    let mut cause: Option<&dyn Error> = Some(error);
    while let Some(error) = cause {
        if error.is::<HttpError>() {
            return true;
        }
        cause = error.source();
    }
    false
}

fn innermost(error: &object_store::Error) -> String {
    let mut last: &dyn Error = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}

/// The fault behind an error of the file system.
pub(crate) fn disk_fault(doing: &str, path: &std::path::Path, error: io::Error) -> Fault {
    let hint = match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            Some("the folder must be writable for the user that runs wasmill")
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Some("make room, or write to another disk"),
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => Some("a file stands where a folder is needed"),
        _ => None,
    };
    let fault = Fault::new(Kind::Machine, format!("can't {doing}"))
        .at(format!("`{}`", path.display()))
        .because(error);
    match hint {
        Some(hint) => fault.hint(hint),
        None => fault,
    }
}

#[cfg(test)]
#[path = "fault_test.rs"]
mod tests;
