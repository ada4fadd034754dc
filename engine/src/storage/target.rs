//! Where a folder is: on a disk or under a prefix of a bucket.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path;
use object_store::{BackoffConfig, ClientOptions, RetryConfig};
use url::Url;

use crate::error::{Fault, Result};

/// The place of a folder of Parquet files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// A folder of the file system.
    Disk(PathBuf),
    /// A prefix in a bucket of S3 or of a store that speaks its protocol.
    S3 {
        /// The bucket's name.
        bucket: String,
        /// The prefix; empty for the whole bucket.
        prefix: Path,
    },
}

impl Target {
    /// Reads `s3://bucket/prefix` (also `s3a://`, as Hadoop has it), `file:///path` or a path, which is relative to the
    /// working directory if it is not absolute.
    ///
    /// # Errors
    /// If it is none of these.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return if text.is_empty() {
                Err(Fault::usage("the folder has no name").hint("write `s3://bucket/prefix`, `file:///path` or a path"))
            } else {
                Ok(Self::Disk(PathBuf::from(text)))
            };
        };
        match scheme.to_ascii_lowercase().as_str() {
            "s3" | "s3a" => s3(text, rest),
            "file" => file(text),
            _ => Err(Fault::usage(format!("can't write to `{scheme}://`"))
                .at(format!("`{text}`"))
                .hint("write `s3://bucket/prefix`, `file:///path` or a path")),
        }
    }
}

fn file(text: &str) -> Result<Target> {
    let path = Url::parse(text).ok().and_then(|url| url.to_file_path().ok());
    path.map(Target::Disk).ok_or_else(|| {
        Fault::usage("not the address of a folder on this machine")
            .at(format!("`{text}`"))
            .hint("three slashes, then the path from the root: `file:///data/items`; or a path alone: `data/items`")
    })
}

/// The prefix is taken as it is written, as other tools of S3 do: `%20` stands for itself.
fn s3(text: &str, rest: &str) -> Result<Target> {
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let wrong = |what: &str| {
        Fault::usage(what)
            .at(format!("`{text}`"))
            .hint("write `s3://bucket/prefix`")
    };
    let is_name = |name: &str| {
        name.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
    };
    if bucket.is_empty() {
        return Err(wrong("the bucket is missing"));
    }
    if !is_name(bucket) {
        return Err(wrong("a bucket's name has letters, digits, `-` and `.` only"));
    }
    let prefix = Path::parse(prefix).map_err(|error| wrong("the prefix can't be used").because(error))?;
    Ok(Target::S3 {
        bucket: bucket.to_owned(),
        prefix,
    })
}

impl Target {
    /// Its address, whatever folder a process works in.
    pub(crate) fn absolute(&self) -> String {
        match self {
            Self::Disk(path) => std::path::absolute(path)
                .unwrap_or_else(|_| path.clone())
                .display()
                .to_string(),
            Self::S3 { .. } => self.to_string(),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disk(path) => path.display().fmt(f),
            Self::S3 { bucket, prefix } if prefix.is_root() => write!(f, "s3://{bucket}"),
            Self::S3 { bucket, prefix } => write!(f, "s3://{bucket}/{prefix}"),
        }
    }
}

/// The `AWS_*` variables of the environment that are set to something.
pub(crate) fn aws_variables() -> Vec<(String, String)> {
    let texts =
        std::env::vars_os().filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)));
    texts
        .filter(|(key, value)| key.starts_with("AWS_") && !value.is_empty())
        .collect()
}

/// What a store's errors are explained with.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) bucket: String,
    /// `None` for Amazon's own.
    pub(crate) endpoint: Option<String>,
    /// Whether a key or a way to get one was given.
    pub(crate) has_credentials: bool,
}

/// A client for the bucket. Nothing is sent yet.
pub(crate) fn connect(bucket: &str, variables: &[(String, String)]) -> Result<(AmazonS3, Account)> {
    let value = |name: &str| {
        variables
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    // The service's own variable goes before the general one.
    let endpoint = value("AWS_ENDPOINT_URL_S3")
        .or_else(|| value("AWS_ENDPOINT_URL"))
        .or_else(|| value("AWS_ENDPOINT"));
    if let Some(endpoint) = endpoint
        && !endpoint.starts_with("http://")
        && !endpoint.starts_with("https://")
    {
        return Err(Fault::usage("the endpoint is no address")
            .at(format!("AWS_ENDPOINT_URL `{endpoint}`"))
            .hint(format!(
                "write `http://{endpoint}`, or `https://` if it has a certificate"
            )));
    }

    let client = ClientOptions::new()
        .with_connect_timeout(Duration::from_secs(5))
        .with_timeout(Duration::from_secs(120));
    let mut builder = AmazonS3Builder::new().with_client_options(client);
    for (name, value) in variables {
        // Variables that are for other tools (AWS_PROFILE, AWS_PAGER) are none of the store's keys.
        if let Ok(key) = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>() {
            builder = builder.with_config(key, value);
        }
    }
    if endpoint.is_some_and(|endpoint| endpoint.starts_with("http://")) {
        builder = builder.with_allow_http(true);
    }
    let store = builder
        .with_bucket_name(bucket)
        // A short patience here: the long one is `store::Patience`, which tells the user that it waits.
        .with_retry(RetryConfig {
            backoff: BackoffConfig::default(),
            max_retries: 2,
            retry_timeout: Duration::from_secs(10),
        })
        .build()
        .map_err(|error| {
            Fault::usage("the `AWS_*` variables don't make a connection")
                .because(error)
                .hint("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_ENDPOINT_URL for a store of your own")
        })?;
    let ways = [
        "AWS_ACCESS_KEY_ID",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    ];
    let account = Account {
        bucket: bucket.to_owned(),
        endpoint: endpoint.map(str::to_owned),
        has_credentials: ways
            .iter()
            .chain(&["AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_SKIP_SIGNATURE"])
            .any(|way| value(way).is_some()),
    };
    if account.endpoint.is_some() && !account.has_credentials {
        return Err(Fault::refused("no credentials")
            .at(format!("bucket `{bucket}`"))
            .hint("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"));
    }
    Ok((store, account))
}

#[cfg(test)]
#[path = "target_test.rs"]
mod tests;
