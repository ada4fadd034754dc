//! A report as Prometheus reads it: `wasmill_<name>_<unit>`, and `_total` for what only grows.

use std::fmt::{Display, Write};

use crate::error::{Fault, Result};
use crate::monitor::Document;

use super::reload::{ModuleReport, ModuleState, VersionReport};
use super::report::{PartitionReport, StateReport, TableReport};

impl Document for StateReport {
    fn json(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|error| Fault::internal("can't write the state as JSON").because(error))
    }

    fn metrics(&self) -> String {
        let mut text = Metrics {
            text: String::new(),
            pipeline: &self.pipeline,
        };
        run(self, &mut text);
        sources(self, &mut text);
        tables(self, &mut text);
        watermarks(self, &mut text);
        text.text
    }
}

/// What modules of a running pipeline did, version by version.
pub fn module_metrics(pipeline: &str, modules: &[ModuleReport]) -> String {
    let mut metrics = Metrics {
        text: String::new(),
        pipeline,
    };
    let each = |value: fn(&VersionReport) -> u64| {
        // Of an aggregate nothing is counted.
        let guests = modules.iter().filter(|module| module.kind == "guest");
        guests.flat_map(move |module| {
            let versions = module.versions.iter();
            versions.map(move |version| {
                let mut labels = of_module(module);
                labels.push(("version", version.version.to_string()));
                (labels, value(version))
            })
        })
    };
    metrics.counter(
        "module_records_total",
        "Records that went through a version of a module.",
        each(|version| version.records),
    );
    metrics.counter(
        "module_errors_total",
        "Records that failed in it.",
        each(|version| version.errors),
    );
    metrics.counter("module_rows_total", "Rows that it made.", each(|version| version.rows));
    metrics.counter("module_fuel_total", "Fuel that it took.", each(|version| version.fuel));
    let live = modules
        .iter()
        .filter_map(|module| Some((module, module.versions.first()?)));
    metrics.gauge(
        "module_version",
        "The number of the version in use.",
        live.map(|(module, version)| {
            let mut labels = of_module(module);
            labels.push(("digest", version.digest.clone()));
            (labels, version.version)
        }),
    );
    metrics.gauge(
        "module_held",
        "Whether the stream waits for another version.",
        modules
            .iter()
            .map(|module| (of_module(module), u8::from(module.state == ModuleState::Held))),
    );
    metrics.gauge(
        "module_set_aside_versions",
        "Versions that are known and were set aside.",
        modules.iter().map(|module| {
            let versions = module.versions.iter();
            let set_aside = versions.filter(|version| version.set_aside.is_some());
            (of_module(module), set_aside.count())
        }),
    );
    metrics.text
}

fn of_module(module: &ModuleReport) -> Vec<(&'static str, String)> {
    vec![("kind", module.kind.clone()), ("module", module.name.clone())]
}

/// The text so far.
struct Metrics<'r> {
    text: String,
    pipeline: &'r str,
}

/// A value and the labels beside the pipeline's.
type Sample<V> = (Vec<(&'static str, String)>, V);

impl Metrics<'_> {
    /// Something that only grows while the run lasts.
    fn counter<V: Display>(&mut self, name: &str, help: &str, samples: impl IntoIterator<Item = Sample<V>>) {
        self.family(name, "counter", help, samples);
    }

    /// Something that goes up and down.
    fn gauge<V: Display>(&mut self, name: &str, help: &str, samples: impl IntoIterator<Item = Sample<V>>) {
        self.family(name, "gauge", help, samples);
    }

    fn family<V: Display>(&mut self, name: &str, kind: &str, help: &str, samples: impl IntoIterator<Item = Sample<V>>) {
        let mut samples = samples.into_iter().peekable();
        if samples.peek().is_none() {
            return;
        }
        let out = &mut self.text;
        let _infallible = write!(out, "# HELP wasmill_{name} {help}\n# TYPE wasmill_{name} {kind}\n");
        for (labels, value) in samples {
            let _infallible = write!(out, "wasmill_{name}{{pipeline=\"{}\"", escaped(self.pipeline));
            for (label, text) in labels {
                let _infallible = write!(out, ",{label}=\"{}\"", escaped(&text));
            }
            let _infallible = writeln!(out, "}} {value}");
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// The one sample of a run.
fn alone<V>(value: V) -> [Sample<V>; 1] {
    [(Vec::new(), value)]
}

fn run(report: &StateReport, metrics: &mut Metrics<'_>) {
    let started = report.started_ms as f64 / 1000.0;
    metrics.gauge("start_time_seconds", "When the run was started.", alone(started));
    let batches = report.batch.map_or(0, |batch| batch + 1);
    metrics.counter("batches_total", "Batches that ended.", alone(batches));
    metrics.counter(
        "output_rows_total",
        "Rows that reached the sinks.",
        alone(report.rows_out),
    );
    let limit = report.limit_bytes.map(|limit| (Vec::new(), limit));
    metrics.gauge("state_limit_bytes", "What tables may keep together.", limit);
}

fn sources(report: &StateReport, metrics: &mut Metrics<'_>) {
    let each = |value: fn(&super::report::SourceReport) -> u64| {
        let sources = report.sources.iter();
        sources.map(move |source| (vec![("source", source.name.clone())], value(source)))
    };
    metrics.counter("source_records_total", "Records read.", each(|source| source.records));
    metrics.gauge(
        "source_waiting_records",
        "Records not read yet.",
        each(|source| source.waiting),
    );
}

fn tables(report: &StateReport, metrics: &mut Metrics<'_>) {
    let each = |value: fn(&TableReport) -> u64| {
        let tables = report.tables.iter();
        tables.map(move |table| (of_table(table), value(table)))
    };
    metrics.counter(
        "table_input_rows_total",
        "Rows that reached a table.",
        each(|table| table.rows_in),
    );
    metrics.counter(
        "table_output_rows_total",
        "Rows that came out of a table.",
        each(|table| table.rows_out),
    );
    metrics.counter(
        "table_late_rows_total",
        "Rows that came too late.",
        each(|table| table.late_rows),
    );
    metrics.counter(
        "table_timeless_rows_total",
        "Rows without an event time.",
        each(|table| table.rows_without_time),
    );
    metrics.counter(
        "table_ahead_rows_total",
        "Rows too far ahead of the clock.",
        each(|table| table.rows_ahead),
    );
    metrics.gauge(
        "state_windows",
        "Windows that can still change.",
        each(|table| table.open_windows),
    );
    metrics.gauge("state_groups", "Groups kept.", each(|table| table.groups));
    metrics.gauge("state_bytes", "Bytes kept.", each(|table| table.bytes));
}

fn watermarks(report: &StateReport, metrics: &mut Metrics<'_>) {
    let reached = || {
        let tables = report.tables.iter();
        tables.filter_map(|table| Some((table, table.watermark.as_ref()?.micros?)))
    };
    metrics.gauge(
        "watermark_timestamp_seconds",
        "Up to where event time is final.",
        reached().map(|(table, micros)| (of_table(table), seconds(micros))),
    );
    let ended = report.batch_ended_ms.map(|ended| ended.saturating_mul(1000));
    metrics.gauge(
        "watermark_lag_seconds",
        "How far the watermark was behind the clock when the last batch ended.",
        ended.into_iter().flat_map(|ended| {
            reached().map(move |(table, micros)| (of_table(table), seconds(ended.saturating_sub(micros))))
        }),
    );
    let partitions = || {
        let tables = report.tables.iter();
        tables.flat_map(|table| {
            let watermark = table.watermark.iter();
            watermark.flat_map(move |watermark| watermark.partitions.iter().map(move |partition| (table, partition)))
        })
    };
    metrics.gauge(
        "partition_event_timestamp_seconds",
        "The greatest event time in a partition.",
        partitions().filter_map(|(table, partition)| {
            Some((of_partition(table, partition), seconds(partition.greatest_micros?)))
        }),
    );
    metrics.counter(
        "partition_late_rows_total",
        "Rows of a partition that came too late.",
        partitions().map(|(table, partition)| (of_partition(table, partition), partition.late_rows)),
    );
}

fn of_table(table: &TableReport) -> Vec<(&'static str, String)> {
    vec![("table", table.table.clone())]
}

fn of_partition(table: &TableReport, partition: &PartitionReport) -> Vec<(&'static str, String)> {
    vec![
        ("table", table.table.clone()),
        ("input", partition.input.to_string()),
        ("topic", partition.topic.clone().unwrap_or_default()),
        ("partition", partition.partition.to_string()),
    ]
}

fn seconds(micros: i64) -> f64 {
    micros as f64 / 1e6
}

#[cfg(test)]
#[path = "metrics_test.rs"]
mod tests;
