//! `{"timestamp", "level", "module", "message", "request_id", "user_id", "duration_ms"}`

use super::random::Random;
use super::{LabRecord, text};

const MODULES: [(&str, &[&str]); 5] = [
    ("api", &["Request served", "Invalid request"]),
    ("auth", &["User login", "Authentication failed", "Session expired"]),
    ("cache", &["Cache hit", "Cache miss"]),
    ("database", &["Slow query", "Connection closed"]),
    ("payment", &["Payment accepted", "Payment refused"]),
];

/// Half of them say nothing is wrong.
const LEVELS: [&str; 10] = [
    "INFO", "INFO", "INFO", "INFO", "INFO", "WARNING", "WARNING", "ERROR", "ERROR", "DEBUG",
];

pub(super) fn record(random: &mut Random, at_us: i64) -> LabRecord {
    let (module, messages) = random.pick(&MODULES);
    let value = format!(
        "{{\"timestamp\": \"{}\", \"level\": \"{}\", \"module\": \"{module}\", \"message\": \"{}\", \
         \"request_id\": \"req-{}\", \"user_id\": \"user-{}\", \"duration_ms\": {}}}",
        text::time(at_us),
        random.pick(&LEVELS),
        random.pick(messages),
        random.between(10_000, 99_999),
        random.between(1, 100),
        random.between(1, 500),
    );
    LabRecord {
        key: (*module).to_owned(),
        value,
    }
}
