use super::*;

fn only_problem(name: &str, value: &str) -> Problem {
    let mut settings = ClientSettings::new("localhost:9092");
    settings.set(name, value);
    let mut problems = settings.problems();
    assert_eq!(problems.len(), 1, "{name}: {problems:?}");
    problems.remove(0)
}

#[test]
fn what_the_engine_owns_is_refused() {
    let problem = only_problem("group.id", "mine");
    assert_eq!(problem.option, "kafka.group.id");
    assert_eq!(problem.message, "`kafka.group.id` is the engine's own");
    for (name, _) in ENGINE_OWNED {
        only_problem(name, "1");
    }
}

#[test]
fn a_misspelt_setting_is_guessed_at() {
    let problem = only_problem("sasl.pasword", "x");
    assert_eq!(problem.message, "the kafka client has no setting `sasl.pasword`");
    assert_eq!(problem.hint.as_deref(), Some("did you mean `kafka.sasl.password`?"));
}

#[test]
fn a_wrong_value_is_said() {
    let problem = only_problem("security.protocol", "sasl_tls");
    assert!(
        problem
            .message
            .starts_with("`kafka.security.protocol` can't be `sasl_tls`: "),
        "{}",
        problem.message
    );
}

#[test]
fn settings_of_the_jvm_get_their_counterpart() {
    let problem = only_problem("ssl.truststore.location", "/ca.jks");
    assert_eq!(
        problem.hint.as_deref(),
        Some("give the CA's certificate as PEM: `kafka.ssl.ca.location`")
    );
}

#[test]
fn security_settings_pass() {
    let mut settings = ClientSettings::new("a:1,b:2");
    settings
        .set("security.protocol", "SASL_SSL")
        .set("sasl.mechanism", "SCRAM-SHA-512")
        .set(
            "sasl.jaas.config",
            r#"org.apache.kafka.common.security.scram.ScramLoginModule required username="u" password="p q";"#,
        );
    assert_eq!(settings.problems(), []);
    let config = settings.client_config().unwrap();
    assert_eq!(config.get("sasl.username"), Some("u"));
    assert_eq!(config.get("sasl.password"), Some("p q"));
    config.create_native_config().unwrap();
}

#[test]
fn without_an_address_there_is_a_hint() {
    let fault = ClientSettings::default().client_config().unwrap_err();
    assert!(fault.advice().unwrap().contains("wasmill broker"));
}
