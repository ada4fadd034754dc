//! `wasmill checkpoint show`: all that a checkpoint says.

use serde_json::{Value, json};

use crate::checkpoint::{KeptRows, Life, Manifest, Object, SinkState, SourceState, State, Survey, TableState};
use crate::error::{Fault, Result};
use crate::time::put_shown;

use super::super::args::{CheckpointFormat, CheckpointShowArgs};
use super::super::columns::{counts, table, texts, time};
use super::super::{Failure, term};
use super::text::{PATIENCE, by, heading, owned, owned_json, shown, utc};

/// So many files are shown.
const MOST_FILES: usize = 100;

pub(super) async fn show(args: CheckpointShowArgs) -> Result<(), Failure> {
    let (keeper, number) = super::keeper_and_number(args.pipeline, args.number, args.place)?;
    let survey = keeper.survey().await?;
    let manifest = find(&survey, number)?;
    let life = keeper.life(&survey, PATIENCE).await?;
    match args.output {
        CheckpointFormat::Table => term::print(&text(&survey, manifest, life)?)?,
        CheckpointFormat::Json => term::print_json(&as_json(&survey, manifest, life)?.to_string())?,
    }
    Ok(())
}

fn find(survey: &Survey, number: Option<u64>) -> Result<&Manifest> {
    let Some(number) = number else {
        let (chain, _) = survey.chain()?;
        return chain.first().copied().ok_or_else(|| {
            Fault::usage("there is no checkpoint to go on from: the next run begins anew")
                .at(survey.place.clone())
                .hint("`wasmill checkpoint list` has what is there")
        });
    };
    let Some(found) = survey.found.iter().find(|found| found.number == number) else {
        let numbers: Vec<String> = survey.found.iter().map(|found| found.number.to_string()).collect();
        return Err(Fault::usage(format!("there is no checkpoint {number}"))
            .at(survey.place.clone())
            .hint(format!("those that are there: {}", numbers.join(", "))));
    };
    found
        .manifest
        .as_ref()
        .map_err(|fault| Fault::data(format!("checkpoint {number} can't be read: {fault}")))
}

fn text(survey: &Survey, manifest: &Manifest, life: Life) -> Result<String> {
    let mut out = heading(survey);
    let (number, written) = (manifest.number, utc(manifest.written_ms));
    let what = match manifest.is_claim() {
        true => "claim",
        false => "checkpoint",
    };
    out.push_str(&format!(
        "{what} {number}, written {written} by {}\n",
        by(&manifest.owner)
    ));
    match manifest.previous {
        Some(previous) => out.push_str(&format!("its run goes on from checkpoint {previous}\n")),
        None => out.push_str("its run began anew\n"),
    }
    for object in survey.missing(manifest) {
        out.push_str(&format!(
            "damaged: object `{}` is gone, so that it can't be gone on from\n",
            shown(&object.path)
        ));
    }
    if let Some(state) = &manifest.state {
        out.push_str(&state_text(state)?);
    }
    out.push('\n');
    if let Some(newest) = survey.newest() {
        out.push_str(&owned(&newest.owner, life));
    }
    Ok(out)
}

fn state_text(state: &State) -> Result<String> {
    let mut out = format!("the next batch is {}\n", state.next_batch);
    if state.transactional {
        out.push_str("it stands if Kafka has committed its transaction\n");
    }
    for (name, source) in &state.sources {
        out.push_str(&format!("\nsource `{}` reads {}\n", shown(name), shown(&source.reads)));
        out.push_str(&positions(source)?);
    }
    for (name, kept) in &state.tables {
        out.push('\n');
        out.push_str(&table_text(name, kept));
    }
    if !state.modules.is_empty() {
        out.push_str("\nmodules\n");
        out.push_str(&table([
            ("module", texts(state.modules.keys().map(|name| Some(shown(name))))),
            (
                "digest",
                texts(state.modules.values().map(|digest| Some(shown(digest)))),
            ),
        ])?);
    }
    for (name, sink) in &state.sinks {
        out.push('\n');
        out.push_str(&sink_text(name, sink)?);
    }
    let taken_back: usize = state.taken_back.iter().map(|sink| sink.files.len()).sum();
    if taken_back > 0 {
        let files = term::count(taken_back, "file");
        out.push_str(&format!(
            "\nit took {files} back that checkpoints behind it had named\n"
        ));
    }
    Ok(out)
}

fn positions(source: &SourceState) -> Result<String> {
    let topics = source.topics.iter();
    let rows: Vec<_> = topics
        .flat_map(|(topic, state)| {
            state
                .partitions
                .iter()
                .map(move |(partition, range)| (topic, partition, range))
        })
        .collect();
    let number = |value: fn(&(&String, &i32, &crate::checkpoint::Range)) -> i64| {
        texts(rows.iter().map(move |row| Some(value(row).to_string())))
    };
    table([
        ("topic", texts(rows.iter().map(|(topic, _, _)| Some(shown(topic))))),
        ("partition", number(|(_, partition, _)| i64::from(**partition))),
        ("from", number(|(_, _, range)| range.from)),
        ("until", number(|(_, _, range)| range.until)),
        ("records", number(|(_, _, range)| range.until - range.from)),
    ])
}

fn table_text(name: &str, kept: &TableState) -> String {
    let mut out = format!("table `{}`\n", shown(name));
    if let Some(query) = &kept.query {
        let (objects, bytes, _) = sizes(&kept.pieces);
        out.push_str(&format!(
            "  {} in {objects}, {bytes} bytes\n",
            term::count(kept.groups, "group")
        ));
        let mut by: Vec<String> = query.window.iter().map(|window| shown(window)).collect();
        by.extend(query.keys.iter().map(|key| format!("`{}`", shown(key))));
        let by = match by.is_empty() {
            true => "nothing".to_owned(),
            false => by.join(", "),
        };
        let aggregates: Vec<String> = query
            .aggregates
            .iter()
            .map(|name| format!("`{}`", shown(name)))
            .collect();
        let aggregates = match aggregates.is_empty() {
            true => "nothing".to_owned(),
            false => aggregates.join(", "),
        };
        out.push_str(&format!(
            "  grouped by {by}; aggregates {aggregates}; mode {}\n",
            shown(&query.mode)
        ));
    }
    if let Some(watermark) = &kept.watermark {
        let column = kept.query.as_ref().and_then(|query| query.watermark.as_deref());
        let on = column.map_or_else(String::new, |column| format!(" on `{}`", shown(column)));
        match watermark.current {
            i64::MIN => out.push_str(&format!("  watermark{on}: none yet\n")),
            micros => {
                let mut text = String::new();
                put_shown(&mut text, micros);
                out.push_str(&format!("  watermark{on}: {text} UTC\n"));
            }
        }
    }
    out
}

fn sink_text(name: &str, sink: &SinkState) -> Result<String> {
    let mut out = format!("sink `{}` writes to `{}`\n", shown(name), shown(&sink.target));
    if !sink.files.is_empty() {
        let files = term::count(sink.files.len(), "file");
        out.push_str(&format!("{files} became visible with it\n"));
        let first = || sink.files.iter().take(MOST_FILES);
        out.push_str(&table([
            ("file", texts(first().map(|file| Some(shown(file.path()))))),
            ("rows", counts(first().map(|file| Some(file.rows)))),
            ("bytes", counts(first().map(|file| Some(file.bytes())))),
        ])?);
        out.push_str(&only_first(sink.files.len()));
    }
    if !sink.open.is_empty() {
        let files = term::count(sink.open.len(), "file");
        let (objects, bytes, rows) = sizes(sink.rows.iter().map(|kept: &KeptRows| &kept.object));
        let rows = term::count(rows, "row");
        out.push_str(&format!(
            "{files} being written; up to {rows} kept in {objects}, {bytes} bytes\n"
        ));
        let first = || sink.open.iter().take(MOST_FILES);
        out.push_str(&table([
            ("file", texts(first().map(|file| Some(shown(&file.path))))),
            ("begun", texts(first().map(|file| Some(time(file.opened_ms))))),
        ])?);
        out.push_str(&only_first(sink.open.len()));
    }
    Ok(out)
}

fn only_first(files: usize) -> String {
    match files > MOST_FILES {
        true => format!("only showing the first {MOST_FILES}\n"),
        false => String::new(),
    }
}

/// How many objects, their bytes and their rows.
fn sizes<'o>(objects: impl IntoIterator<Item = &'o Object>) -> (String, u64, u64) {
    let (mut count, mut bytes, mut rows) = (0_u64, 0, 0);
    for object in objects {
        count += 1;
        bytes += object.bytes;
        rows += object.rows;
    }
    (term::count(count, "object"), bytes, rows)
}

fn as_json(survey: &Survey, manifest: &Manifest, life: Life) -> Result<Value> {
    let missing = survey.missing(manifest);
    let said = serde_json::to_value(manifest)
        .map_err(|error| Fault::internal("a manifest can't be written as JSON").because(error))?;
    Ok(json!({
        "number": manifest.number,
        "missing": missing.iter().map(|object| object.path.as_str()).collect::<Vec<_>>(),
        "owner": survey.newest().map(|newest| owned_json(&newest.owner, life)),
        "manifest": said,
    }))
}
