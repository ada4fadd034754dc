//! A report as text: sentences, and tables as sinks print them.

use std::sync::Arc;

use arrow::array::Int32Array;

use crate::error::Result;
use crate::monitor::Running;
use crate::pipeline::{ReportedPer, StateReport, TableReport, TableText, WatermarkReport, report_heading};

use super::columns::{counts, table, texts, time, times};

/// All of a report.
pub(super) fn text(report: &StateReport) -> Result<String> {
    let mut out = format!(
        "pipeline `{}`, process {}, since {}\n",
        report.pipeline,
        report.process_id,
        time(report.started_ms)
    );
    match report.batch_ended_ms {
        Some(ended) => out.push_str(&format!("{}; it ended {}\n", report_heading(report, None), time(ended))),
        None => out.push_str("no batch has ended yet\n"),
    }
    if !report.sources.is_empty() {
        let sources = &report.sources;
        out.push_str(&table([
            ("source", texts(sources.iter().map(|source| Some(source.name.clone())))),
            ("records", counts(sources.iter().map(|source| Some(source.records)))),
            ("waiting", counts(sources.iter().map(|source| Some(source.waiting)))),
        ])?);
    }
    if report.tables.is_empty() && report.batch.is_some() {
        out.push_str("\nno table keeps state\n");
    }
    for one in &report.tables {
        out.push('\n');
        out.push_str(&table_text(report, one)?);
    }
    Ok(out)
}

/// The pipelines that run.
pub(super) fn list(running: &[Running]) -> Result<String> {
    let micros = |run: &Running| Some(run.started_ms().saturating_mul(1000));
    table([
        (
            "pipeline",
            texts(running.iter().map(|run| Some(run.pipeline().to_owned()))),
        ),
        (
            "process",
            counts(running.iter().map(|run| Some(u64::from(run.process_id())))),
        ),
        ("since", times(running.iter().map(micros))),
        (
            "file",
            texts(running.iter().map(|run| Some(run.file().display().to_string()))),
        ),
    ])
}

fn table_text(report: &StateReport, of: &TableReport) -> Result<String> {
    let said = TableText::new(report, of, None);
    let mut out = format!("{}\n{}\n", said.heading, said.watermark);
    if let Some(watermark) = of
        .watermark
        .as_ref()
        .filter(|watermark| !watermark.partitions.is_empty())
    {
        out.push_str(&partitions(watermark)?);
    }
    out.push_str(&format!("{}\n", said.kept));
    if !of.windows.is_empty() {
        out.push_str(&windows(of)?);
    }
    if !of.top_groups.is_empty() {
        out.push_str("the groups that keep most\n");
        out.push_str(&groups(of)?);
    }
    for remark in said.remarks {
        out.push_str(&format!("{remark}\n"));
    }
    Ok(out)
}

fn partitions(watermark: &WatermarkReport) -> Result<String> {
    let partitions = &watermark.partitions;
    let role = partitions.iter().map(|partition| {
        let is_held_by = watermark.held_by.as_ref() == Some(&partition.place());
        Some(match watermark.per {
            _ if partition.idle => "silent",
            ReportedPer::All if is_held_by => "leads",
            ReportedPer::Partition if is_held_by => "holds back",
            _ => "",
        })
    });
    table([
        (
            "topic",
            texts(partitions.iter().map(|partition| partition.topic.clone())),
        ),
        (
            "partition",
            Arc::new(Int32Array::from_iter_values(
                partitions.iter().map(|partition| partition.partition),
            )),
        ),
        (
            "greatest",
            times(partitions.iter().map(|partition| partition.greatest_micros)),
        ),
        (
            "late_rows",
            counts(partitions.iter().map(|partition| Some(partition.late_rows))),
        ),
        ("role", texts(role.map(|role| role.map(str::to_owned)))),
    ])
}

fn windows(of: &TableReport) -> Result<String> {
    let windows = &of.windows;
    let mut columns = vec![
        ("start", times(windows.iter().map(|window| Some(window.start_micros)))),
        ("end", times(windows.iter().map(|window| Some(window.end_micros)))),
        ("groups", counts(windows.iter().map(|window| Some(window.groups)))),
    ];
    if windows.iter().any(|window| window.bytes.is_some()) {
        columns.push(("bytes", counts(windows.iter().map(|window| window.bytes))));
    }
    let mut out = table(columns)?;
    if of.open_windows > windows.len() as u64 {
        out.push_str(&format!("only showing the oldest {}\n", windows.len()));
    }
    Ok(out)
}

fn groups(of: &TableReport) -> Result<String> {
    let groups = &of.top_groups;
    let mut columns = vec![
        ("group", texts(groups.iter().map(|group| Some(group.key.clone())))),
        ("bytes", counts(groups.iter().map(|group| Some(group.bytes)))),
    ];
    if groups.iter().any(|group| group.records.is_some()) {
        columns.push(("records", counts(groups.iter().map(|group| group.records))));
    }
    table(columns)
}

#[cfg(test)]
#[path = "state_text_test.rs"]
mod tests;
