//! What options hold: texts, numbers, durations, partitions, offsets. Each reader takes the value itself or its text, and
//! says what is wrong with it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::options::{EARLIEST, Positions};
use crate::batch::TopicPartition;
use crate::kafka::Problem;

pub(super) fn text(name: &str, value: &Value) -> Result<String, Problem> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Ok(text.trim().to_owned()),
        Value::String(_) => Err(Problem::new(name, format!("`{name}` is empty"))),
        _ => Err(Problem::new(name, format!("`{name}` takes a text, not `{value}`"))),
    }
}

pub(super) fn boolean(name: &str, value: &Value) -> Result<bool, Problem> {
    let flag = match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => text.trim().to_ascii_lowercase().parse().ok(),
        _ => None,
    };
    flag.ok_or_else(|| Problem::new(name, format!("`{name}` is `true` or `false`, not `{}`", shown(value))))
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

pub(super) fn count(name: &str, value: &Value) -> Result<u64, Problem> {
    integer(value)
        .and_then(|count| u64::try_from(count).ok())
        .filter(|count| *count > 0)
        .ok_or_else(|| Problem::new(name, format!("`{name}` is a positive number, not `{}`", shown(value))))
}

pub(super) fn timestamp(name: &str, value: &Value) -> Result<i64, Problem> {
    integer(value).filter(|ms| *ms >= 0).ok_or_else(|| {
        Problem::new(
            name,
            format!("`{name}` is a time in milliseconds since 1970, not `{}`", shown(value)),
        )
    })
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Spark's durations: `15m`, `30s`, `500ms`, a bare number of milliseconds, and as in a trigger `10 seconds`.
pub(super) fn duration(name: &str, value: &Value) -> Result<Duration, Problem> {
    let written = shown(value);
    let lower = written.trim().to_ascii_lowercase();
    let digits = lower
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(lower.len());
    let (number, unit) = lower.split_at(digits);
    let millis = match unit.trim().trim_end_matches('s') {
        // `s` and `ms` lose their last letter above, `seconds` becomes `second`.
        "" if unit.trim() == "s" => Some(1000),
        "" | "m" if unit.trim() != "m" => Some(1),
        "milli" | "millisecond" => Some(1),
        "sec" | "second" => Some(1000),
        "m" | "min" | "minute" => Some(60_000),
        "h" | "hour" => Some(3_600_000),
        "d" | "day" => Some(86_400_000),
        _ => None,
    };
    match (number.parse::<u64>(), millis) {
        (Ok(number), Some(millis)) => Ok(Duration::from_millis(number.saturating_mul(millis))),
        _ => Err(Problem::new(name, format!("`{name}` is a duration, not `{written}`"))
            .hint("for example `15m`, `30 seconds` or `500ms`")),
    }
}

pub(super) fn topics(name: &str, value: &Value) -> Result<Vec<String>, Problem> {
    let names: Vec<String> = match value {
        Value::Array(all) => all.iter().map(|one| text(name, one)).collect::<Result<_, _>>()?,
        _ => text(name, value)?.split(',').map(|one| one.trim().to_owned()).collect(),
    };
    if names.is_empty() || names.iter().any(String::is_empty) {
        return Err(Problem::new(name, format!("`{name}` has an empty topic name")));
    }
    Ok(names)
}

/// A JSON value, given as such or as text.
fn json(name: &str, value: &Value, example: &str) -> Result<Value, Problem> {
    let parsed = match value {
        Value::String(text) => serde_json::from_str(text).ok(),
        other => Some(other.clone()),
    };
    parsed.filter(Value::is_object).ok_or_else(|| {
        Problem::new(name, format!("`{name}` is not `{}`", shown(value))).hint(format!("for example `{example}`"))
    })
}

pub(super) fn assigned(name: &str, value: &Value) -> Result<BTreeSet<TopicPartition>, Problem> {
    const EXAMPLE: &str = r#"{"orders": [0, 1]}"#;
    let wrong = || {
        Problem::new(name, format!("`{name}` names the partitions of each topic"))
            .hint(format!("for example `{EXAMPLE}`"))
    };
    let mut partitions = BTreeSet::new();
    for (topic, numbers) in json(name, value, EXAMPLE)?.as_object().into_iter().flatten() {
        let topic: Arc<str> = Arc::from(topic.as_str());
        for number in numbers.as_array().ok_or_else(wrong)? {
            let partition = partition_number(number).ok_or_else(wrong)?;
            partitions.insert(TopicPartition {
                topic: Arc::clone(&topic),
                partition,
            });
        }
    }
    if partitions.is_empty() {
        return Err(wrong());
    }
    Ok(partitions)
}

fn partition_number(value: &Value) -> Option<i32> {
    integer(value)
        .and_then(|number| i32::try_from(number).ok())
        .filter(|number| *number >= 0)
}

fn by_partition(
    name: &str,
    value: &Value,
    example: &str,
    least: i64,
) -> Result<BTreeMap<TopicPartition, i64>, Problem> {
    let wrong = |what: String| Problem::new(name, what).hint(format!("for example `{example}`"));
    let mut all = BTreeMap::new();
    for (topic, partitions) in json(name, value, example)?.as_object().into_iter().flatten() {
        let partitions = partitions
            .as_object()
            .ok_or_else(|| wrong(format!("`{name}` has no partitions for topic `{topic}`")))?;
        let topic: Arc<str> = Arc::from(topic.as_str());
        for (number, at) in partitions {
            let partition = number.parse().ok().filter(|number: &i32| *number >= 0);
            let partition = partition
                .ok_or_else(|| wrong(format!("`{name}` has `{number}` for a partition of topic `{topic}`")))?;
            let at = integer(at).filter(|at| *at >= least).ok_or_else(|| {
                wrong(format!(
                    "`{name}` has `{}` for topic `{topic}` partition {partition}",
                    shown(at)
                ))
            })?;
            all.insert(
                TopicPartition {
                    topic: Arc::clone(&topic),
                    partition,
                },
                at,
            );
        }
    }
    if all.is_empty() {
        Err(wrong(format!("`{name}` names no partition")))
    } else {
        Ok(all)
    }
}

pub(super) fn timestamps(name: &str, value: &Value) -> Result<BTreeMap<TopicPartition, i64>, Problem> {
    by_partition(
        name,
        value,
        r#"{"orders": {"0": 1768730903143, "1": 1768730903143}}"#,
        0,
    )
}

pub(super) fn positions(name: &str, value: &Value) -> Result<Positions, Problem> {
    if let Value::String(text) = value {
        match text.trim().to_ascii_lowercase().as_str() {
            "earliest" => return Ok(Positions::Earliest),
            "latest" => return Ok(Positions::Latest),
            _ => {}
        }
    }
    if let Value::String(text) = value
        && !text.trim_start().starts_with('{')
    {
        return Err(Problem::new(
            name,
            format!("`{name}` is `earliest`, `latest` or offsets by partition, not `{text}`"),
        )
        .hint(r#"for example `{"orders": {"0": 23, "1": -2}}` (-2 is the earliest, -1 the latest)"#));
    }
    by_partition(name, value, r#"{"orders": {"0": 23, "1": -2}}"#, EARLIEST).map(Positions::Offsets)
}

#[cfg(test)]
#[path = "option_values_test.rs"]
mod tests;
