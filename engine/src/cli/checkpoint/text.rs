//! Words that several of the commands say.

use std::time::Duration;

use serde_json::{Value, json};

use crate::checkpoint::{Life, Owner, Survey};
use crate::text::one_line;

use super::super::columns::time;

/// How long is listened for an owner of whom nothing is known: a run tells every two seconds that it lives.
pub(super) const PATIENCE: Duration = Duration::from_millis(2_500);

/// What names of other processes may have, in bytes.
const MOST_BYTES: usize = 1024;

/// What another process wrote.
pub(super) fn shown(text: &str) -> String {
    one_line(text, MOST_BYTES)
}

/// `checkpoint ... of pipeline ...`
pub(super) fn heading(survey: &Survey) -> String {
    match survey.newest() {
        Some(newest) => format!("{} of pipeline `{}`\n", survey.place, shown(&newest.pipeline)),
        None => format!("{}\n", survey.place),
    }
}

/// Whether a run owns it.
pub(super) fn owned(owner: &Owner, life: Life) -> String {
    let owner = shown(&owner.to_string());
    match life {
        Life::Runs => format!("a run owns it: {owner}\n"),
        Life::Ended => format!("no run owns it; the last one has ended: {owner}\n"),
        Life::Died => format!("no run owns it; the last one has died: {owner}\n"),
        Life::Silent => format!(
            "whether a run owns it is not known; nothing was heard for {} s of the last one: {owner}\n",
            PATIENCE.as_secs_f64()
        ),
    }
}

/// The same for machines.
pub(super) fn owned_json(owner: &Owner, life: Life) -> Value {
    let life = match life {
        Life::Runs => "runs",
        Life::Ended => "ended",
        Life::Died => "died",
        Life::Silent => "silent",
    };
    let mut owner = owner_json(owner);
    if let Value::Object(owner) = &mut owner {
        owner.insert("run".to_owned(), life.into());
    }
    owner
}

/// Who wrote a manifest, for machines.
pub(super) fn owner_json(owner: &Owner) -> Value {
    json!({
        "id": owner.id,
        "epoch": owner.epoch,
        "host": owner.host,
        "processId": owner.process,
        "sinceMs": owner.since_ms,
    })
}

/// `process 12 on `host`, epoch 3`
pub(super) fn by(owner: &Owner) -> String {
    shown(&format!(
        "process {} on `{}`, epoch {}",
        owner.process, owner.host, owner.epoch
    ))
}

/// `2026-01-18 10:00:57 UTC`
pub(super) fn utc(ms: i64) -> String {
    format!("{} UTC", time(ms))
}
