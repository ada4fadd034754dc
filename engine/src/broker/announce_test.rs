use super::*;
use crate::broker::Broker;

fn announced(folder: &Path, broker: &Broker) -> Announcement {
    announce(folder, broker.address(), broker.orders()).unwrap()
}

#[test]
fn a_broker_is_found_while_it_is_announced() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("wasmill");
    assert!(running_in(&folder).is_none());

    let broker = Broker::start().unwrap();
    let announcement = announced(&folder, &broker);
    let found = running_in(&folder).unwrap();
    assert_eq!(found.address(), broker.address());
    assert_eq!(found.pid(), std::process::id());

    found.create_topic("orders", 3).unwrap();
    assert_eq!(
        found.create_topic("orders", 3).unwrap_err().to_string(),
        "topic `orders` is there already"
    );
    assert!(found.create_topic("no good", 3).is_err());
    let fault = announce(&folder, "elsewhere", broker.orders()).err().unwrap();
    assert!(
        fault
            .to_string()
            .starts_with("a broker is running already: `127.0.0.1:"),
        "{fault}"
    );

    drop(announcement);
    assert!(running_in(&folder).is_none());
    assert!(!folder.join(FILE).exists());
}

#[test]
fn the_file_of_a_killed_broker_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("wasmill");
    let contents = Contents {
        address: "127.0.0.1:1".to_owned(),
        pid: 1,
        control_port: 1,
        token: String::new(),
    };
    let _left = announce::publish(&folder, FILE, "", &contents).unwrap();
    assert!(folder.join(FILE).exists());
    assert!(running_in(&folder).is_none());
    assert!(!folder.join(FILE).exists());
}

#[test]
fn a_wrong_token_is_turned_away() {
    let broker = Broker::start().unwrap();
    let control = Control::start(broker.orders(), "right".to_owned()).unwrap();
    assert!(control::ask(control.port(), "right", Wish::Ping).unwrap().is_ok());
    let fault = control::ask(control.port(), "wrong", Wish::Ping).unwrap().unwrap_err();
    assert_eq!(fault.to_string(), "wrong token");
}
