use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use http_body_util::BodyExt as _;

use super::*;

struct Fixed;

impl Document for Fixed {
    fn json(&self) -> Result<String> {
        Ok("{}".to_owned())
    }

    fn metrics(&self) -> String {
        "wasmill_x 1\n".to_owned()
    }
}

/// What a run tells that has the module `o r/d%`, and how often it was told to roll it back.
#[derive(Default)]
struct Deeds {
    rollbacks: AtomicUsize,
    /// Each rollback waits for it.
    gate: Option<Arc<Semaphore>>,
}

#[async_trait]
impl Control for Deeds {
    fn modules(&self) -> Result<String> {
        Ok("[1]".to_owned())
    }

    fn metrics(&self) -> String {
        "wasmill_y 2\n".to_owned()
    }

    fn logs(&self, after: u64) -> Result<String> {
        Ok(format!("[{after}]"))
    }

    fn has_module(&self, name: &str) -> bool {
        name == "o r/d%"
    }

    async fn rollback(&self, name: &str) -> Result<String> {
        if let Some(gate) = &self.gate {
            gate.acquire().await.unwrap().forget();
        }
        if !self.has_module(name) {
            return Err(Fault::usage(format!("no `{name}`")).hint("look"));
        }
        match self.rollbacks.fetch_add(1, Ordering::Relaxed) {
            0 => Ok("v1 live".to_owned()),
            _ => Err(Fault::usage("there is no version before")),
        }
    }
}

const OURS: (&str, &str) = ("host", "127.0.0.1:4711");
const TOKEN: (&str, &str) = ("authorization", "Bearer secret");

fn answers(control: Arc<Deeds>) -> (watch::Sender<Arc<dyn Document>>, Answers) {
    let (keep, latest) = watch::channel::<Arc<dyn Document>>(Arc::new(Fixed));
    (keep, Answers::new(4711, "secret", latest, control))
}

fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &'static str) -> Request<Full<Bytes>> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Full::from(body)).unwrap()
}

/// Status and text of an answer.
async fn read(answer: Answer) -> (u16, String) {
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

/// Status and text of the answer to a request with these headers.
async fn ask(method: &str, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
    let (_keep, answers) = answers(Arc::default());
    read(answers.to(&request(method, path, headers, "")).await).await
}

#[tokio::test]
async fn documents_are_for_those_with_the_token() {
    assert_eq!(ask("GET", "/state", &[OURS, TOKEN]).await, (200, "{}".to_owned()));
    assert_eq!(
        ask("GET", "/metrics", &[OURS, TOKEN]).await,
        (200, "wasmill_x 1\nwasmill_y 2\n".to_owned())
    );
    for wrong in ["Bearer secre", "Bearer secrett", "secret", "Basic secret", ""] {
        for path in ["/", "/state", "/metrics", "/modules", "/logs", "/nowhere"] {
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
async fn what_is_only_told_can_t_be_changed() {
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        for path in ["/", "/state", "/metrics", "/modules", "/logs", "/nowhere"] {
            assert_eq!(ask(method, path, &[OURS, TOKEN]).await.0, 405, "{method} {path}");
        }
    }
    for path in ["/state", "/modules", "/logs"] {
        assert_eq!(ask("HEAD", path, &[OURS, TOKEN]).await.0, 200, "{path}");
    }
}

#[tokio::test]
async fn modules_and_lines_are_told() {
    let get = |path: &'static str| async move { ask("GET", path, &[OURS, TOKEN]).await };
    assert_eq!(get("/modules").await, (200, "[1]".to_owned()));
    assert_eq!(get("/logs").await, (200, "[0]".to_owned()));
    assert_eq!(get("/logs?after=7").await, (200, "[7]".to_owned()));
    assert_eq!(get("/logs?x=1&after=18446744073709551615").await.0, 200);
    for wrong in ["/logs?after=", "/logs?after=-1", "/logs?after=18446744073709551616"] {
        assert_eq!(get(wrong).await.0, 400, "{wrong}");
    }
    for wrong in [
        "/modules/",
        "/modules/a",
        "/modules//rollback",
        "/modules/a/b/rollback",
        "/logs/",
    ] {
        assert_eq!(get(wrong).await.0, 404, "{wrong}");
    }
}

const ROLLBACK: &str = "/modules/o%20r%2Fd%25/rollback";

#[tokio::test]
async fn a_module_is_rolled_back_by_whoever_has_the_token() {
    let deeds = Arc::<Deeds>::default();
    let (_keep, answers) = answers(Arc::clone(&deeds));
    for method in ["GET", "HEAD", "PUT"] {
        let answer = answers.to(&request(method, ROLLBACK, &[OURS, TOKEN], "")).await;
        assert_eq!(answer.headers()["allow"], "POST");
        assert_eq!(read(answer).await.0, 405);
    }
    let post = |path: &'static str, headers: Vec<(&'static str, &'static str)>, body: &'static str| {
        let answers = &answers;
        async move { read(answers.to(&request("POST", path, &headers, body)).await).await }
    };
    assert_eq!(post(ROLLBACK, vec![OURS], "").await.0, 401);
    assert_eq!(
        post(ROLLBACK, vec![OURS, ("authorization", "Bearer secre")], "")
            .await
            .0,
        401
    );
    assert_eq!(post(ROLLBACK, vec![TOKEN], "").await.0, 421);
    assert_eq!(post(ROLLBACK, vec![OURS, TOKEN], "{}").await.0, 413);
    assert_eq!(post("/modules/%ff/rollback", vec![OURS, TOKEN], "").await.0, 400);
    assert_eq!(deeds.rollbacks.load(Ordering::Relaxed), 0);

    assert_eq!(post(ROLLBACK, vec![OURS, TOKEN], "").await, (200, "v1 live".to_owned()));
    let (status, refused) = post(ROLLBACK, vec![OURS, TOKEN], "").await;
    assert_eq!(
        (status, refused.as_str()),
        (409, r#"{"error":"there is no version before","hint":null}"#)
    );
    let (status, refused) = post("/modules/%C3%A9/rollback", vec![OURS, TOKEN], "").await;
    assert_eq!((status, refused.as_str()), (404, r#"{"error":"no `é`","hint":"look"}"#));
}

#[tokio::test]
async fn a_rollback_that_waits_is_the_only_one_and_goes_on_when_nobody_waits_for_it() {
    let gate = Arc::new(Semaphore::new(0));
    let deeds = Arc::new(Deeds {
        gate: Some(Arc::clone(&gate)),
        ..Deeds::default()
    });
    let (_keep, mut answers) = answers(Arc::clone(&deeds));
    answers.patience = Duration::from_millis(20);
    let post = request("POST", ROLLBACK, &[OURS, TOKEN], "");
    let (status, said) = read(answers.to(&post).await).await;
    assert_eq!(status, 504);
    assert!(said.contains("the batch at hand has not ended for 0 seconds"), "{said}");
    let (status, said) = read(answers.to(&post).await).await;
    assert_eq!(status, 409);
    assert!(said.contains("another rollback waits"), "{said}");
    // Others are answered.
    let get = request("GET", "/modules", &[OURS, TOKEN], "");
    assert_eq!(read(answers.to(&get).await).await.0, 200);

    gate.add_permits(1);
    while deeds.rollbacks.load(Ordering::Relaxed) == 0 || answers.is_rolling_back.available_permits() == 0 {
        tokio::task::yield_now().await;
    }
    gate.add_permits(1);
    assert_eq!(read(answers.to(&post).await).await.0, 409);
}
