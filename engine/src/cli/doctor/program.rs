//! Asking another program, for no longer than one waits in front of a terminal.

use std::io::{ErrorKind, Read};
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

/// How long a program may take to say its version. Rustup may be fetching a toolchain: that is not waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long its last words may take once it has ended.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// How often one looks whether it has ended.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// What a program answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// What it printed on stdout.
    Said(String),
    /// It failed; what it printed on stderr.
    Failed(String),
    /// There is no such program.
    NotFound,
    /// It can't be run.
    NotRun(String),
    /// It did not end in time, and was ended.
    Silent,
}

/// Runs a program to its end, or ends it.
pub(super) async fn ask(command: Command) -> Answer {
    ask_for(command, PATIENCE).await
}

async fn ask_for(mut command: Command, patience: Duration) -> Answer {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == ErrorKind::NotFound => return Answer::NotFound,
        Err(error) => return Answer::NotRun(error.to_string()),
    };
    let (stdout, stderr) = (read(child.stdout.take()), read(child.stderr.take()));
    let ended = timeout(patience, async {
        loop {
            match child.try_wait() {
                Ok(None) => sleep(LOOK_AGAIN).await,
                other => return other,
            }
        }
    });
    match ended.await {
        Ok(Ok(Some(status))) if status.success() => Answer::Said(words(stdout).await),
        Ok(Ok(status)) => {
            let said = words(stderr).await;
            match status {
                Some(status) if said.is_empty() => Answer::Failed(status.to_string()),
                _ => Answer::Failed(said),
            }
        }
        Ok(Err(error)) => Answer::NotRun(error.to_string()),
        Err(_) => {
            // It may have ended by itself meanwhile.
            let _nothing_left_to_do = child.kill().and_then(|()| child.wait());
            Answer::Silent
        }
    }
}

/// Both ends are read beside each other, or the program stops when one is full. Each by a thread that nobody waits for.
fn read(pipe: Option<impl Read + Send + 'static>) -> oneshot::Receiver<Vec<u8>> {
    /// Nobody has a longer version.
    const MOST: u64 = 64 << 10;
    let (done, reading) = oneshot::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(pipe) = pipe {
            // What came before an error is what there is.
            let _ = pipe.take(MOST).read_to_end(&mut bytes);
        }
        // Nobody may be there any more.
        let _ = done.send(bytes);
    });
    reading
}

/// A child of its own may hold the pipe open for ever.
async fn words(reading: oneshot::Receiver<Vec<u8>>) -> String {
    let bytes = match timeout(LAST_WORDS, reading).await {
        Ok(Ok(bytes)) => bytes,
        _ => Vec::new(),
    };
    String::from_utf8_lossy(&bytes).trim().to_owned()
}

#[cfg(all(test, unix))]
#[path = "program_test.rs"]
mod tests;
