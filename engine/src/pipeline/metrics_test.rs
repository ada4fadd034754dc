use super::super::samples::*;
use super::*;

#[test]
fn a_report_as_prometheus_reads_it() {
    let mut report = running(vec![by_minute()]);
    report.pipeline = "a \"b\"\\\nc".to_owned();
    report.tables[0].late_rows = 3;
    insta::assert_snapshot!(report.metrics(), @r#"
    # HELP wasmill_start_time_seconds When the run was started.
    # TYPE wasmill_start_time_seconds gauge
    wasmill_start_time_seconds{pipeline="a \"b\"\\\nc"} 1768730400
    # HELP wasmill_batches_total Batches that ended.
    # TYPE wasmill_batches_total counter
    wasmill_batches_total{pipeline="a \"b\"\\\nc"} 8
    # HELP wasmill_output_rows_total Rows that reached the sinks.
    # TYPE wasmill_output_rows_total counter
    wasmill_output_rows_total{pipeline="a \"b\"\\\nc"} 0
    # HELP wasmill_state_limit_bytes What tables may keep together.
    # TYPE wasmill_state_limit_bytes gauge
    wasmill_state_limit_bytes{pipeline="a \"b\"\\\nc"} 1073741824
    # HELP wasmill_source_records_total Records read.
    # TYPE wasmill_source_records_total counter
    wasmill_source_records_total{pipeline="a \"b\"\\\nc",source="raw"} 1200
    # HELP wasmill_source_waiting_records Records not read yet.
    # TYPE wasmill_source_waiting_records gauge
    wasmill_source_waiting_records{pipeline="a \"b\"\\\nc",source="raw"} 34
    # HELP wasmill_table_input_rows_total Rows that reached a table.
    # TYPE wasmill_table_input_rows_total counter
    wasmill_table_input_rows_total{pipeline="a \"b\"\\\nc",table="par_client"} 1200
    # HELP wasmill_table_output_rows_total Rows that came out of a table.
    # TYPE wasmill_table_output_rows_total counter
    wasmill_table_output_rows_total{pipeline="a \"b\"\\\nc",table="par_client"} 0
    # HELP wasmill_table_late_rows_total Rows that came too late.
    # TYPE wasmill_table_late_rows_total counter
    wasmill_table_late_rows_total{pipeline="a \"b\"\\\nc",table="par_client"} 3
    # HELP wasmill_table_timeless_rows_total Rows without an event time.
    # TYPE wasmill_table_timeless_rows_total counter
    wasmill_table_timeless_rows_total{pipeline="a \"b\"\\\nc",table="par_client"} 0
    # HELP wasmill_table_ahead_rows_total Rows too far ahead of the clock.
    # TYPE wasmill_table_ahead_rows_total counter
    wasmill_table_ahead_rows_total{pipeline="a \"b\"\\\nc",table="par_client"} 0
    # HELP wasmill_state_windows Windows that can still change.
    # TYPE wasmill_state_windows gauge
    wasmill_state_windows{pipeline="a \"b\"\\\nc",table="par_client"} 3
    # HELP wasmill_state_groups Groups kept.
    # TYPE wasmill_state_groups gauge
    wasmill_state_groups{pipeline="a \"b\"\\\nc",table="par_client"} 40
    # HELP wasmill_state_bytes Bytes kept.
    # TYPE wasmill_state_bytes gauge
    wasmill_state_bytes{pipeline="a \"b\"\\\nc",table="par_client"} 5120
    # HELP wasmill_watermark_timestamp_seconds Up to where event time is final.
    # TYPE wasmill_watermark_timestamp_seconds gauge
    wasmill_watermark_timestamp_seconds{pipeline="a \"b\"\\\nc",table="par_client"} 1768730457
    # HELP wasmill_watermark_lag_seconds How far the watermark was behind the clock when the last batch ended.
    # TYPE wasmill_watermark_lag_seconds gauge
    wasmill_watermark_lag_seconds{pipeline="a \"b\"\\\nc",table="par_client"} 123
    # HELP wasmill_partition_event_timestamp_seconds The greatest event time in a partition.
    # TYPE wasmill_partition_event_timestamp_seconds gauge
    wasmill_partition_event_timestamp_seconds{pipeline="a \"b\"\\\nc",table="par_client",input="0",topic="metrics",partition="0"} 1768730517
    wasmill_partition_event_timestamp_seconds{pipeline="a \"b\"\\\nc",table="par_client",input="0",topic="metrics",partition="1"} 1768730500
    # HELP wasmill_partition_late_rows_total Rows of a partition that came too late.
    # TYPE wasmill_partition_late_rows_total counter
    wasmill_partition_late_rows_total{pipeline="a \"b\"\\\nc",table="par_client",input="0",topic="metrics",partition="0"} 0
    wasmill_partition_late_rows_total{pipeline="a \"b\"\\\nc",table="par_client",input="0",topic="metrics",partition="1"} 0
    "#);
}

#[test]
fn what_is_not_there_has_no_lines() {
    insta::assert_snapshot!(begun().metrics(), @r#"
    # HELP wasmill_start_time_seconds When the run was started.
    # TYPE wasmill_start_time_seconds gauge
    wasmill_start_time_seconds{pipeline="essai"} 1768730400
    # HELP wasmill_batches_total Batches that ended.
    # TYPE wasmill_batches_total counter
    wasmill_batches_total{pipeline="essai"} 0
    # HELP wasmill_output_rows_total Rows that reached the sinks.
    # TYPE wasmill_output_rows_total counter
    wasmill_output_rows_total{pipeline="essai"} 0
    # HELP wasmill_source_records_total Records read.
    # TYPE wasmill_source_records_total counter
    wasmill_source_records_total{pipeline="essai",source="raw"} 0
    # HELP wasmill_source_waiting_records Records not read yet.
    # TYPE wasmill_source_waiting_records gauge
    wasmill_source_waiting_records{pipeline="essai",source="raw"} 0
    "#);
}

#[test]
fn every_line_is_a_comment_or_a_sample() {
    let text = running(vec![by_minute()]).metrics();
    for line in text.lines().filter(|line| !line.starts_with("# ")) {
        let (name, rest) = line.split_once('{').unwrap();
        let (_, value) = rest.rsplit_once("} ").unwrap();
        assert!(name.starts_with("wasmill_"), "{line}");
        assert!(value.parse::<f64>().is_ok(), "{line}");
        let is_counter = text.contains(&format!("# TYPE {name} counter\n"));
        assert_eq!(is_counter, name.ends_with("_total"), "{line}");
    }
}

#[test]
fn modules_as_prometheus_reads_them() {
    let version = |version, set_aside: Option<&str>| VersionReport {
        version,
        module: "commandes".to_owned(),
        digest: format!("{version}fa9"),
        since_ms: 1,
        since: std::collections::BTreeMap::new(),
        set_aside: set_aside.map(str::to_owned),
        records: 10,
        records_since: 4,
        errors: 1,
        rows: 9,
        fuel: 1000,
    };
    let module = |kind: &str, name: &str, state, versions| ModuleReport {
        name: name.to_owned(),
        kind: kind.to_owned(),
        path: "m.wasm".to_owned(),
        state,
        held: None,
        versions,
    };
    let modules = [
        module(
            "guest",
            "a \"b\"",
            ModuleState::Live,
            vec![version(2, None), version(3, Some("it traps"))],
        ),
        module("aggregate", "p95", ModuleState::Held, vec![version(1, None)]),
    ];
    assert_eq!(module_metrics("essai", &[]), "");
    insta::assert_snapshot!(module_metrics("essai", &modules), @r#"
    # HELP wasmill_module_records_total Records that went through a version of a module.
    # TYPE wasmill_module_records_total counter
    wasmill_module_records_total{pipeline="essai",kind="guest",module="a \"b\"",version="2"} 10
    wasmill_module_records_total{pipeline="essai",kind="guest",module="a \"b\"",version="3"} 10
    # HELP wasmill_module_errors_total Records that failed in it.
    # TYPE wasmill_module_errors_total counter
    wasmill_module_errors_total{pipeline="essai",kind="guest",module="a \"b\"",version="2"} 1
    wasmill_module_errors_total{pipeline="essai",kind="guest",module="a \"b\"",version="3"} 1
    # HELP wasmill_module_rows_total Rows that it made.
    # TYPE wasmill_module_rows_total counter
    wasmill_module_rows_total{pipeline="essai",kind="guest",module="a \"b\"",version="2"} 9
    wasmill_module_rows_total{pipeline="essai",kind="guest",module="a \"b\"",version="3"} 9
    # HELP wasmill_module_fuel_total Fuel that it took.
    # TYPE wasmill_module_fuel_total counter
    wasmill_module_fuel_total{pipeline="essai",kind="guest",module="a \"b\"",version="2"} 1000
    wasmill_module_fuel_total{pipeline="essai",kind="guest",module="a \"b\"",version="3"} 1000
    # HELP wasmill_module_version The number of the version in use.
    # TYPE wasmill_module_version gauge
    wasmill_module_version{pipeline="essai",kind="guest",module="a \"b\"",digest="2fa9"} 2
    wasmill_module_version{pipeline="essai",kind="aggregate",module="p95",digest="1fa9"} 1
    # HELP wasmill_module_held Whether the stream waits for another version.
    # TYPE wasmill_module_held gauge
    wasmill_module_held{pipeline="essai",kind="guest",module="a \"b\""} 0
    wasmill_module_held{pipeline="essai",kind="aggregate",module="p95"} 1
    # HELP wasmill_module_set_aside_versions Versions that are known and were set aside.
    # TYPE wasmill_module_set_aside_versions gauge
    wasmill_module_set_aside_versions{pipeline="essai",kind="guest",module="a \"b\""} 1
    wasmill_module_set_aside_versions{pipeline="essai",kind="aggregate",module="p95"} 0
    "#);
}
