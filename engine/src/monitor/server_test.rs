use std::io::ErrorKind;
use std::path::PathBuf;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::super::client::Running;
use super::*;

/// A document that is a text.
pub(in crate::monitor) struct Text(pub(in crate::monitor) &'static str);

impl Document for Text {
    fn json(&self) -> Result<String> {
        Ok(format!("{:?}", self.0))
    }

    fn metrics(&self) -> String {
        self.0.to_owned()
    }
}

/// A run with the module `a/b é`, which has one version before the one in use.
#[derive(Default)]
struct OneModule(AtomicBool);

#[async_trait]
impl Control for OneModule {
    fn modules(&self) -> Result<String> {
        Ok(self.0.load(Ordering::Relaxed).to_string())
    }

    fn metrics(&self) -> String {
        String::new()
    }

    fn logs(&self, after: u64) -> Result<String> {
        Ok(format!("[{after}]"))
    }

    fn has_module(&self, name: &str) -> bool {
        name == "a/b é"
    }

    async fn rollback(&self, name: &str) -> Result<String> {
        match self.has_module(name) && !self.0.swap(true, Ordering::Relaxed) {
            true => Ok("v1 live".to_owned()),
            false => Err(Fault::usage(format!("`{name}` has none")).hint("look")),
        }
    }
}

pub(in crate::monitor) async fn monitor(folder: &Path, pipeline: &str) -> Monitor {
    let run = RunName {
        pipeline: pipeline.to_owned(),
        file: PathBuf::from("p.toml"),
        started_ms: 7,
    };
    let control = Arc::<OneModule>::default();
    Monitor::start_in(folder, run, Arc::new(Text("first")), control)
        .await
        .unwrap()
}

async fn the_one_in(folder: &Path) -> Running {
    let mut running = running_in(folder).await;
    assert_eq!(running.len(), 1);
    running.remove(0)
}

#[tokio::test]
async fn the_latest_document_is_served_until_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("wasmill");
    assert!(running_in(&folder).await.is_empty());

    let monitor = monitor(&folder, "essai").await;
    let run = the_one_in(&folder).await;
    assert_eq!((run.pipeline(), run.file()), ("essai", Path::new("p.toml")));
    assert_eq!((run.process_id(), run.started_ms()), (std::process::id(), 7));
    assert_eq!(run.state().await.unwrap(), "\"first\"");
    monitor.show(Arc::new(Text("second")));
    assert_eq!(run.state().await.unwrap(), "\"second\"");

    drop(monitor);
    assert!(running_in(&folder).await.is_empty());
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    // The task that listens ends a moment later.
    let mut fault = run.state().await;
    while fault.is_ok() {
        tokio::task::yield_now().await;
        fault = run.state().await;
    }
    let fault = fault.unwrap_err().to_string();
    assert!(
        fault.starts_with(&format!("`essai` (process {}) ", std::process::id())),
        "{fault}"
    );
}

#[tokio::test]
async fn modules_lines_and_rollbacks_by_way_of_the_port() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("wasmill");
    let monitor = monitor(&folder, "essai").await;
    let run = the_one_in(&folder).await;
    assert_eq!(run.modules().await.unwrap(), "false");
    assert_eq!(run.logs(41).await.unwrap().unwrap(), "[41]");
    assert_eq!(run.rollback("a/b é").await.unwrap(), "v1 live");
    assert_eq!(run.modules().await.unwrap(), "true");
    for name in ["a/b é", "../state", ".", ""] {
        let fault = run.rollback(name).await.unwrap_err();
        if !name.is_empty() {
            assert_eq!(fault.to_string(), format!("`{name}` has none"));
            assert_eq!(fault.advice(), Some("look"));
        }
    }
    drop(monitor);
    let mut ended = run.logs(0).await.unwrap();
    while ended.is_some() {
        tokio::task::yield_now().await;
        ended = run.logs(0).await.unwrap();
    }
}

async fn talk(port: u16, said: &[u8]) -> String {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
    stream.write_all(said).await.unwrap();
    let mut heard = Vec::new();
    match stream.read_to_end(&mut heard).await {
        Ok(_) => {}
        // What was left unread makes the end of a connection a hard one.
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
    }
    String::from_utf8(heard).unwrap()
}

#[tokio::test]
async fn what_is_no_request_gets_no_document() {
    let folder = tempfile::tempdir().unwrap();
    let monitor = monitor(&folder.path().join("wasmill"), "essai").await;
    let port = monitor.port();
    let first_line = |heard: String| heard.lines().next().unwrap_or_default().to_owned();
    assert_eq!(
        first_line(talk(port, b"nonsense\r\n\r\n").await),
        "HTTP/1.1 400 Bad Request"
    );
    let long = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(64 * 1024));
    let refused = first_line(talk(port, long.as_bytes()).await);
    assert!(refused.is_empty() || refused.starts_with("HTTP/1.1 431 "), "{refused}");
    let heard = talk(port, b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n").await;
    assert!(heard.starts_with("HTTP/1.1 421 "), "{heard}");
    assert!(heard.contains("connection: close"), "{heard}");
}

#[tokio::test]
async fn those_who_say_nothing_are_shown_out() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("wasmill");
    let monitor = monitor(&folder, "essai").await;
    let run = the_one_in(&folder).await;
    // As many as may be open, and more than that.
    let mut silent = Vec::new();
    for _ in 0..MOST_CONNECTIONS + 2 {
        silent.push(TcpStream::connect((Ipv4Addr::LOCALHOST, monitor.port())).await.unwrap());
    }
    let mut answer = run.state().await;
    while answer.is_err() {
        answer = run.state().await;
    }
    assert_eq!(answer.unwrap(), "\"first\"");
    let mut rest = Vec::new();
    let ended = silent[0].read_to_end(&mut rest).await;
    assert!(ended.is_err() || rest.is_empty() || rest.starts_with(b"HTTP/1.1 408"));
}
