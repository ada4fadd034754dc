//! A pipeline that is started twice, and one that sleeps while another takes over.

use wasmill_tests::command::{Command, Running};

use super::lab::{Lab, NUMBERS, interrupt, said, wait_for_records};

#[test]
fn the_second_is_told_who_runs_it_and_the_first_goes_on() {
    let lab = Lab::new(1);
    lab.write(NUMBERS);
    lab.produce(0..5);
    let first = lab.run().start();
    wait_for_records(&first, 5);
    let second = lab.run().fail();
    let process = first.id();
    let said = said(&lab, &second);
    assert!(
        said.contains(&format!(
            "error: pipeline `pipeline` runs already: process {process} on `"
        )),
        "{second}"
    );
    assert!(said.contains("hint: stop that run first"), "{second}");
    lab.produce(5..10);
    wait_for_records(&first, 10);
    interrupt(first);
    assert_eq!(lab.numbers(), (0..10).collect::<Vec<_>>());
}

fn signal(running: &Running, signal: &str) {
    Command::other("kill", [format!("-{signal}"), running.id().to_string()]).succeed();
}

#[test]
fn one_that_slept_finds_itself_fenced() {
    let lab = Lab::new(1);
    lab.write(NUMBERS);
    lab.produce(0..5);
    let sleeper = lab.run().start();
    wait_for_records(&sleeper, 5);
    signal(&sleeper, "STOP");
    lab.produce(5..10);
    let second = lab.run().start();
    second.wait_for_stderr("that it takes over", |stderr| {
        stderr.contains("this run takes over").then_some(())
    });
    wait_for_records(&second, 5);
    signal(&sleeper, "CONT");
    lab.produce(10..20);
    let ended = sleeper.finish();
    assert_eq!(ended.code, Some(1), "{ended}");
    let taken = format!(
        "error: another run of this pipeline has taken over: process {} on `",
        second.id()
    );
    assert!(said(&lab, &ended).contains(&taken), "{ended}");
    wait_for_records(&second, 15);
    interrupt(second);
    assert_eq!(lab.numbers(), (0..20).collect::<Vec<_>>());
}
