use super::*;

fn shell(script: &str) -> Command {
    Command::other("sh", ["-c", script])
}

#[test]
fn both_outputs_and_the_status_are_kept() {
    let output = shell("echo out; echo err >&2; exit 3").fail();
    assert_eq!(
        (output.code, output.stdout.as_str(), output.stderr.as_str()),
        (Some(3), "out\n", "err\n")
    );
}

#[test]
fn more_output_than_a_pipe_holds_does_not_stop_a_command() {
    let output = shell("yes 0123456789 | head -c 300000; yes abcdefghi | head -c 300000 >&2").succeed();
    assert_eq!((output.stdout.len(), output.stderr.len()), (300_000, 300_000));
}

#[test]
fn a_running_command_can_be_watched_and_interrupted() {
    let running = shell("trap 'echo bye; exit 0' INT; echo ready; while :; do sleep 0.1; done").start();
    let found = running.wait_for_stdout("`ready`", |text| text.contains("ready").then(|| text.to_owned()));
    assert_eq!(found, "ready\n");
    running.interrupt();
    let output = running.finish();
    assert_eq!((output.code, output.stdout.as_str()), (Some(0), "ready\nbye\n"));
}

#[test]
#[should_panic(expected = "waited for `never`, but it ended")]
fn what_never_comes_is_not_waited_for() {
    shell("echo something")
        .start()
        .wait_for_stdout("`never`", |text| text.contains("never").then_some(()));
}

#[test]
#[should_panic(expected = "should have failed with an error of its own")]
fn a_panic_is_no_error_of_its_own() {
    shell("exit 101").fail();
}
