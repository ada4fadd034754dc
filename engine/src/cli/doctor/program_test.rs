use std::time::Instant;

use super::*;

async fn shell(script: &str, patience: Duration) -> Answer {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    ask_for(command, patience).await
}

#[tokio::test]
async fn a_program_says_something_or_fails() {
    assert_eq!(
        shell("echo hello; echo no >&2", PATIENCE).await,
        Answer::Said("hello".into())
    );
    assert_eq!(
        shell("echo hello; echo no >&2; exit 3", PATIENCE).await,
        Answer::Failed("no".into())
    );
    assert_eq!(shell("exit 3", PATIENCE).await, Answer::Failed("exit status: 3".into()));
    assert_eq!(ask(Command::new("no-such-program-here")).await, Answer::NotFound);
    assert!(matches!(ask(Command::new("/")).await, Answer::NotRun(_)));
}

#[tokio::test]
async fn one_that_does_not_end_is_ended() {
    let started = Instant::now();
    assert_eq!(shell("exec sleep 60", Duration::from_millis(50)).await, Answer::Silent);
    // Nor does one whose child holds the pipe.
    assert_eq!(shell("sleep 60 & exit 0", PATIENCE).await, Answer::Said(String::new()));
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[tokio::test]
async fn one_that_says_much_does_not_get_stuck() {
    let said = shell("yes | head -c 10000000; exit 1", PATIENCE).await;
    assert!(matches!(said, Answer::Failed(_) | Answer::Said(_)), "{said:?}");
}
