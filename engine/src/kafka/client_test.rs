use super::*;

fn health() -> (Arc<Health>, Arc<Mutex<Vec<String>>>) {
    let said = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&said);
    let notify: Notify = Arc::new(move |notice: Notice| kept.lock().unwrap().push(notice.to_string()));
    (Health::new(&ClientSettings::new("h:1"), notify), said)
}

#[test]
fn a_broker_that_is_away_is_said_once_and_once_when_it_is_back() {
    let (health, said) = health();
    health.hear(
        Code::BrokerTransportFailure,
        "h:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: Connection refused (after 0ms in state CONNECT)",
    );
    health.no_answer("timed out");
    health.no_answer("timed out");
    health.answered();
    health.answered();
    assert_eq!(
        *said.lock().unwrap(),
        [
            "no answer from the broker at `h:1` (h:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: Connection refused); \
             trying again until it is back",
            "the broker at `h:1` is back",
        ]
    );
}

#[test]
fn refused_credentials_are_a_fault() {
    let (health, _) = health();
    assert!(health.turned_away().is_ok());
    health.hear(
        Code::Authentication,
        "sasl_plaintext://h:1/bootstrap: Authentication failed: Invalid username or password",
    );
    let fault = health.turned_away().unwrap_err();
    assert_eq!(
        fault.to_string(),
        "the broker at `h:1` refused us: Authentication failed: Invalid username or password"
    );
    assert!(fault.advice().unwrap().contains("kafka.sasl.password"));
}
