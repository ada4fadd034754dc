use super::*;

#[test]
fn this_process_is_there() {
    let owner = Owner::this(3, 1_768_730_400_000);
    assert_eq!(owner.process, std::process::id());
    assert_eq!(owner.epoch, 3);
    assert_ne!(owner.runs(), Some(false));
    if cfg!(target_os = "linux") {
        assert_eq!(owner.runs(), Some(true));
    }
    assert_ne!(Owner::this(3, 0).id, owner.id);
}

#[cfg(target_os = "linux")]
#[test]
fn a_process_that_ended_is_dead_even_if_its_number_is_in_use_again() {
    let mut child = std::process::Command::new("true").spawn().unwrap();
    let mut owner = Owner {
        process: child.id(),
        process_start: Some(1),
        ..Owner::this(0, 0)
    };
    child.wait().unwrap();
    assert_eq!(owner.runs(), Some(false));
    // The number is ours, the start is not.
    owner.process = std::process::id();
    assert_eq!(owner.runs(), Some(false));
    assert_ne!(owner.runs(), Some(true));
}

#[test]
fn of_another_machine_nothing_is_known() {
    let elsewhere = Owner {
        space: Some("another boot".to_owned()),
        process: 1,
        ..Owner::this(0, 0)
    };
    let untold = Owner {
        space: None,
        process_start: None,
        ..elsewhere.clone()
    };
    for owner in [elsewhere, untold] {
        assert_eq!(owner.runs(), None);
    }
}

#[test]
fn an_owner_is_said_in_a_line() {
    let owner = Owner {
        process: 12,
        host: "host".to_owned(),
        ..Owner::this(0, 1_768_730_400_123)
    };
    assert_eq!(owner.to_string(), "process 12 on `host`, since 2026-01-18 10:00:00 UTC");
}
