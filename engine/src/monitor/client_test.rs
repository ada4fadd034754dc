use std::path::PathBuf;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use super::super::run_file::RunName;
use super::super::server::tests::monitor;
use super::*;

/// The file of a run on this port that is not there any more, or was never ours.
fn left_behind(folder: &Path, port: u16) -> announce::Announced {
    let run = RunName {
        pipeline: "killed".to_owned(),
        file: PathBuf::from("k.toml"),
        started_ms: 0,
    };
    let contents = Contents {
        run,
        process_id: 1,
        port,
        token: "0123456789".to_owned(),
    };
    run_file::publish(folder, &contents).unwrap()
}

/// A port on which nobody listens.
async fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    listener.local_addr().unwrap().port()
}

#[tokio::test]
async fn files_of_killed_runs_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("wasmill");
    let alive = monitor(&folder, "alive").await;
    let _left = left_behind(&folder, free_port().await);
    let running = running_in(&folder).await;
    assert_eq!(running.iter().map(Running::pipeline).collect::<Vec<_>>(), ["alive"]);
    assert_eq!(run_file::all(&folder).len(), 1);
    drop(alive);
}

#[tokio::test]
async fn a_port_that_another_run_has_by_now_is_not_the_old_one_s() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("wasmill");
    let alive = monitor(&folder, "alive").await;
    let _left = left_behind(&folder, alive.port());
    assert_eq!(running_in(&folder).await.len(), 1);
    assert_eq!(run_file::all(&folder).len(), 1);
}

#[tokio::test]
async fn a_port_that_speaks_something_else_is_nobody_s() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("wasmill");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let _left = left_behind(&folder, listener.local_addr().unwrap().port());
    let other = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"220 ready\r\n").await.unwrap();
    });
    assert!(running_in(&folder).await.is_empty());
    other.await.unwrap();
}

#[tokio::test]
async fn a_run_that_is_stopped_is_there_and_does_not_answer() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("wasmill");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let _file = left_behind(&folder, listener.local_addr().unwrap().port());
    // Nobody accepts: the system takes the connection, as for a process that is stopped.
    let running = running_in(&folder).await;
    assert_eq!(running.len(), 1);
    let fault = running[0].state().await.unwrap_err();
    assert_eq!(fault.to_string(), "`killed` (process 1) has not answered for 3 seconds");
    assert!(fault.advice().is_some());
}

#[test]
fn a_run_is_gone_only_if_its_port_refuses() {
    let gone = silence_of_connect(ErrorKind::ConnectionRefused.into());
    assert!(matches!(gone, Silence::Gone));
    // What a process without a descriptor left hears (EMFILE) says nothing of the run: its file has to stay.
    let unknown = silence_of_connect(std::io::Error::from_raw_os_error(24));
    assert!(matches!(unknown, Silence::Unasked(_)));
}
