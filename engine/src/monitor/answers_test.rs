use http_body_util::BodyExt as _;

use super::*;
use crate::error::Result;

struct Fixed;

impl Document for Fixed {
    fn json(&self) -> Result<String> {
        Ok("{}".to_owned())
    }

    fn metrics(&self) -> String {
        "wasmill_x 1\n".to_owned()
    }
}

const OURS: (&str, &str) = ("host", "127.0.0.1:4711");
const TOKEN: (&str, &str) = ("authorization", "Bearer secret");

/// Status and text of the answer to a request with these headers.
async fn ask(method: &str, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
    let (_keep, latest) = watch::channel::<Arc<dyn Document>>(Arc::new(Fixed));
    let answers = Answers::new(4711, "secret", latest);
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = answers.to(&request.body(()).unwrap());
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn documents_are_for_those_with_the_token() {
    assert_eq!(ask("GET", "/state", &[OURS, TOKEN]).await, (200, "{}".to_owned()));
    assert_eq!(
        ask("GET", "/metrics", &[OURS, TOKEN]).await,
        (200, "wasmill_x 1\n".to_owned())
    );
    for wrong in ["Bearer secre", "Bearer secrett", "secret", "Basic secret", ""] {
        for path in ["/", "/state", "/metrics", "/nowhere"] {
            let (status, _) = ask("GET", path, &[OURS, ("authorization", wrong)]).await;
            assert_eq!(status, 401, "{path} with {wrong:?}");
        }
    }
    let (status, said) = ask("GET", "/state", &[OURS]).await;
    assert_eq!(status, 401);
    assert!(!said.contains("secret"), "{said}");
}

#[tokio::test]
async fn help_is_for_everybody() {
    let (status, said) = ask("GET", "/", &[OURS]).await;
    assert_eq!(status, 200);
    assert!(said.contains("/state") && said.contains("/metrics"), "{said}");
    assert_eq!(ask("GET", "/nowhere", &[OURS, TOKEN]).await, (404, said));
}

#[tokio::test]
async fn other_names_of_this_machine_are_refused() {
    let named = |host: &'static str| async move { ask("GET", "/state", &[("host", host), TOKEN]).await.0 };
    assert_eq!(named("localhost:4711").await, 200);
    assert_eq!(named("LocalHost:4711").await, 200);
    for host in [
        "evil.example:4711",
        "127.0.0.1:80",
        "127.0.0.1",
        "localhost.evil.example:4711",
        "",
    ] {
        assert_eq!(named(host).await, 421, "{host}");
    }
    assert_eq!(ask("GET", "/state", &[TOKEN]).await.0, 421);
}

#[tokio::test]
async fn nothing_can_be_changed() {
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        assert_eq!(ask(method, "/state", &[OURS, TOKEN]).await.0, 405, "{method}");
    }
    assert_eq!(ask("HEAD", "/state", &[OURS, TOKEN]).await.0, 200);
}
