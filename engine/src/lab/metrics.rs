//! `{"timestamp", "host", "metrics": {"cpu_percent", "memory_percent", "disk_percent", "response_time_ms"}}`

use super::random::Random;
use super::{LabRecord, text};

pub(super) fn record(random: &mut Random, at_us: i64) -> LabRecord {
    let host = format!("server-{:02}", random.between(1, 5));
    // Drawn as integers: a quotient of them is the double nearest to its decimal text, as Python's `round` gives it.
    let mut percent = |least: i64, most: i64| text::float(random.between(least * 100, most * 100) as f64 / 100.0);
    let (cpu, memory, disk) = (percent(5, 95), percent(20, 95), percent(30, 80));
    let response = text::float(random.between(1_000, 300_000) as f64 / 1000.0);
    let value = format!(
        "{{\"timestamp\": \"{}\", \"host\": \"{host}\", \"metrics\": {{\"cpu_percent\": {cpu}, \
         \"memory_percent\": {memory}, \"disk_percent\": {disk}, \"response_time_ms\": {response}}}}}",
        text::time(at_us),
    );
    LabRecord { key: host, value }
}
