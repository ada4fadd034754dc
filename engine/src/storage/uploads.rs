//! The multipart uploads that nobody completed, which `object_store` does not list.

use std::time::Duration;

use object_store::ClientOptions;
use object_store::aws::{AmazonS3, AmazonS3ConfigKey, AwsAuthorizer};
use object_store::client::{HttpClient, HttpConnector, HttpRequest, HttpRequestBody, ReqwestConnector};
use object_store::path::Path;
use object_store::signer::Signer;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use url::Url;

use crate::error::{Fault, Result};

/// Lists the uploads of a bucket.
#[derive(Debug)]
pub(super) struct Uploads {
    store: AmazonS3,
    variables: Vec<(String, String)>,
}

/// What a store has of uploads.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Listed {
    /// The key and the id of each.
    pub(super) uploads: Vec<(String, String)>,
    /// Whether the store tells only of those that began since it was started, as MinIO does.
    pub(super) since_start_only: bool,
}

/// `ListMultipartUploadsResult`, as far as it is of use.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Page {
    is_truncated: bool,
    next_key_marker: String,
    next_upload_id_marker: String,
    upload: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    key: String,
    upload_id: String,
}

/// `Error`, the answer of a store that refuses.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Refusal {
    code: String,
    message: String,
}

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// Uploads on a page are 1,000: more pages than that are not gone through.
const MOST_PAGES: usize = 1000;

impl Uploads {
    /// Of the bucket that this store is, whose connection these variables made.
    pub(super) fn new(store: AmazonS3, variables: &[(String, String)]) -> Self {
        Self {
            store,
            variables: variables.to_vec(),
        }
    }

    /// All whose key begins with `prefix`.
    pub(super) async fn list(&self, prefix: &str) -> Result<Listed> {
        let (bucket, region) = self.bucket().await?;
        let client = self.client(&bucket)?;
        let mut asked_prefix = prefix;
        let mut listed = Listed::default();
        let mut markers: Option<(String, String)> = None;
        for _ in 0..MOST_PAGES {
            let mut query = format!("uploads=&prefix={}", encoded(asked_prefix));
            if let Some((key, upload)) = &markers {
                query.push_str(&format!(
                    "&key-marker={}&upload-id-marker={}",
                    encoded(key),
                    encoded(upload)
                ));
            }
            let (page, is_minio) = self.page(&client, &bucket, &region, &query).await?;
            // MinIO takes a prefix for a whole key. Without one it lists all uploads that it has heard of since it was started.
            if is_minio && !asked_prefix.is_empty() {
                (asked_prefix, markers) = ("", None);
                continue;
            }
            listed.since_start_only = is_minio;
            let found = page.upload.into_iter().filter(|entry| entry.key.starts_with(prefix));
            listed.uploads.extend(found.map(|entry| (entry.key, entry.upload_id)));
            if !page.is_truncated {
                return Ok(listed);
            }
            markers = Some((page.next_key_marker, page.next_upload_id_marker));
        }
        Ok(listed)
    }

    /// The bucket's own address and its region. Both are in an address that the store signs, and nowhere else that one could ask.
    async fn bucket(&self) -> Result<(Url, String)> {
        let any = Path::from("x");
        let signed = self.store.signed_url(hyper::Method::GET, &any, PATIENCE);
        let mut url = signed
            .await
            .map_err(|error| cannot("the store's address can't be signed").because(error))?;
        let scope = url
            .query_pairs()
            .find(|(name, _)| name == "X-Amz-Credential")
            .and_then(|(_, scope)| scope.split('/').nth_back(2).map(str::to_owned));
        let region = scope.ok_or_else(|| cannot("the store's address has no region"))?;
        let path = url.path().trim_end_matches('x').trim_end_matches('/').to_owned();
        url.set_path(&path);
        url.set_query(None);
        Ok((url, region))
    }

    fn client(&self, bucket: &Url) -> Result<HttpClient> {
        let mut options = ClientOptions::new()
            .with_connect_timeout(Duration::from_secs(5))
            .with_timeout(PATIENCE)
            .with_allow_http(bucket.scheme() == "http");
        for (name, value) in &self.variables {
            if let Ok(AmazonS3ConfigKey::Client(key)) = name.to_ascii_lowercase().parse() {
                options = options.with_config(key, value);
            }
        }
        let connected = ReqwestConnector::default().connect(&options);
        connected.map_err(|error| cannot("a client for the store can't be made").because(error))
    }

    async fn page(&self, client: &HttpClient, bucket: &Url, region: &str, query: &str) -> Result<(Page, bool)> {
        let mut url = bucket.clone();
        url.set_query(Some(query));
        let mut request = HttpRequest::new(HttpRequestBody::empty());
        *request.uri_mut() = url
            .as_str()
            .parse()
            .map_err(|error| cannot("the store's address can't be asked").because(error))?;
        let credentials = self.store.credentials().get_credential().await;
        let credentials = credentials.map_err(|error| cannot("there are no credentials").because(error))?;
        AwsAuthorizer::new(&credentials, "s3", region).authorize(&mut request, None);
        let away = |error| {
            Fault::unavailable("the store did not answer")
                .at(format!("`{bucket}`"))
                .because(error)
        };
        let response = client.execute(request).await.map_err(away)?;
        let is_minio = response
            .headers()
            .get("server")
            .is_some_and(|server| server.as_bytes().eq_ignore_ascii_case(b"minio"));
        let status = response.status();
        let bytes = response.into_body().bytes().await.map_err(away)?;
        let text = String::from_utf8_lossy(&bytes);
        if !status.is_success() {
            let Refusal { code, message } = quick_xml::de::from_str(&text).unwrap_or_default();
            return Err(
                Fault::refused(format!("the store does not list its uploads ({status}, `{code}`)"))
                    .at(format!("`{bucket}`"))
                    .because(message)
                    .hint("the right `s3:ListBucketMultipartUploads` is wanted for it"),
            );
        }
        let page = quick_xml::de::from_str(&text)
            .map_err(|error| cannot("the store's list of uploads can't be read").because(error))?;
        Ok((page, is_minio))
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn cannot(what: &str) -> Fault {
    Fault::refused(format!("uploads can't be listed: {what}"))
}

#[cfg(test)]
#[path = "uploads_test.rs"]
mod tests;
