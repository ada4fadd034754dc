//! Where a golden case is found in the pipeline files and in what the command prints.

use std::collections::HashMap;

use wasmill_tests::golden::BatchCase;

/// The pipeline file that has a set's tables.
pub(crate) fn pipeline_of(set: &str) -> &'static str {
    match set {
        "logs" => "logs.toml",
        "metrics" => "metrics.toml",
        _ => "commandes.toml",
    }
}

/// The table of a case, and the console sink of the same name.
pub(crate) fn table_of(case: &BatchCase) -> &str {
    match case.short_name() {
        "raw-text" => "raw_text",
        "commandes-cell7" => "cell7",
        name => name,
    }
}

/// The columns of a case that hold sums or averages of doubles which are not rounded.
pub(crate) fn sums_of(case: &BatchCase) -> &'static [&'static str] {
    match case.short_name() {
        "produits" => &["ca_total"],
        "clients" | "total" => &["s", "a"],
        "modules" => &["duree_moyenne_ms"],
        _ => &[],
    }
}

/// The tables a console printed, one below the other.
pub(crate) fn frames(printed: &str) -> Vec<String> {
    let mut frames: Vec<String> = Vec::new();
    let mut rules = 0;
    for line in printed.lines() {
        // A table has three rules: above and below its head, and at its end.
        if line.starts_with("+-") {
            if rules % 3 == 0 {
                frames.push(String::new());
            }
            rules += 1;
        }
        if let Some(frame) = frames.last_mut().filter(|_| !line.is_empty()) {
            frame.push_str(line);
            frame.push('\n');
        }
    }
    frames
}

/// The names of a printed table's columns.
pub(crate) fn header(table: &str) -> Vec<&str> {
    let header = table.lines().find(|line| line.starts_with('|')).unwrap_or_default();
    header.trim_matches('|').split('|').map(str::trim).collect()
}

/// The schemas in what `check --schema` printed, by table: a line that names the table, then `root` and the columns.
pub(crate) fn schemas(printed: &str) -> HashMap<String, String> {
    let mut schemas = HashMap::new();
    let mut name = String::new();
    let mut lines = printed.lines().peekable();
    while let Some(line) = lines.next() {
        if line != "root" {
            name = line
                .trim_matches(|letter: char| !letter.is_alphanumeric() && letter != '_')
                .to_owned();
            continue;
        }
        let mut schema = String::from("root\n");
        while let Some(column) = lines.next_if(|line| line.starts_with(" |")) {
            schema += column;
            schema.push('\n');
        }
        schemas.insert(std::mem::take(&mut name), schema);
    }
    schemas
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmill_tests::golden::{Truncate, pipeline};

    #[test]
    fn every_case_has_a_table_and_a_sink_that_shows_it_as_spark_did() {
        for case in BatchCase::all() {
            let pipeline = std::fs::read_to_string(pipeline(pipeline_of(&case.records))).unwrap();
            let table = table_of(&case);
            let is_declared = ["source", "table"]
                .iter()
                .any(|kind| pipeline.contains(&format!("[{kind}.{table}]\n")));
            assert!(is_declared, "no table `{table}` for {}", case.name);
            let sink = format!("[sink.{table}]\nfrom = \"{table}\"\n");
            assert!(pipeline.contains(&sink), "no sink for {}", case.name);
            if let Some(show) = case.show {
                let truncate = match show.truncate {
                    Truncate::Never => "false".to_owned(),
                    Truncate::At(20) => "true".to_owned(),
                    Truncate::At(width) => width.to_string(),
                };
                let console = format!(
                    "{sink}console = {{ num_rows = {}, truncate = {truncate} }}\n",
                    show.num_rows
                );
                assert!(
                    pipeline.contains(&console),
                    "the sink for {} should be\n{console}",
                    case.name
                );
            }
        }
    }

    #[test]
    fn no_two_tables_of_a_pipeline_have_the_same_header() {
        let cases: Vec<BatchCase> = BatchCase::all()
            .into_iter()
            .filter(|case| case.records == "orders")
            .collect();
        let texts: Vec<String> = cases.iter().filter_map(BatchCase::show_text).collect();
        for (at, text) in texts.iter().enumerate() {
            assert!(
                texts[..at].iter().all(|other| header(other) != header(text)),
                "{:?}",
                header(text)
            );
        }
    }

    #[test]
    fn frames_are_told_apart() {
        let more = "+---+\n|n  |\n+---+\n|1  |\n+---+\nonly showing top 1 row\n";
        let empty = "+---+\n|s  |\n+---+\n+---+\n";
        assert_eq!(frames(&format!("{more}{empty}\n")), [more, empty]);
    }

    #[test]
    fn schemas_are_told_apart() {
        let printed =
            "`raw`:\nroot\n |-- key: binary (nullable = true)\n\ntotal\nroot\n |-- n: long (nullable = false)\n";
        let schemas = schemas(printed);
        assert_eq!(schemas["raw"], "root\n |-- key: binary (nullable = true)\n");
        assert_eq!(schemas["total"], "root\n |-- n: long (nullable = false)\n");
    }
}
