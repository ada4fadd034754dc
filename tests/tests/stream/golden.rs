//! The golden streams without an aggregate, step by step: as runs that each go on where the last one ended, and as one
//! process that is fed while it runs.

use serde_json::Value;
use wasmill_tests::golden::text;
use wasmill_tests::rows::{Comparison, Row};

use super::lab::{Lab, Printed, guest, interrupt, printed, wait_for_rows};

/// A case of `stream/NAME.json`.
struct Case {
    name: &'static str,
    golden: Value,
}

impl Case {
    fn of(name: &'static str) -> Self {
        let golden = serde_json::from_str(&text(&format!("stream/{name}.json"))).unwrap();
        Self { name, golden }
    }

    fn lab(&self) -> Lab {
        Lab::new(
            self.golden["topic"].as_str().unwrap(),
            self.golden["partitions"].as_i64().unwrap(),
        )
    }

    fn steps(&self) -> impl Iterator<Item = (Vec<Value>, Vec<Row>)> {
        self.golden["steps"].as_array().unwrap().iter().map(|step| {
            let batches = step["batches"].as_array().unwrap();
            let rows = batches.iter().flat_map(|batch| batch["rows"].as_array().unwrap());
            let rows = rows.map(|row| row.as_object().unwrap().clone()).collect();
            (step["records"].as_array().unwrap().clone(), rows)
        })
    }

    /// The case's query over `t`, which has the parsed fields and some of Kafka's.
    fn tables(&self) -> String {
        let topic = self.golden["topic"].as_str().unwrap();
        let parsed = match topic {
            "commandes-json" => "order_id, customer_id, timestamp, items, total, status",
            "metrics" => "timestamp, host, metrics, try_to_timestamp(timestamp) AS event_time",
            other => panic!("no table for topic {other}"),
        };
        let sql = self.golden["sql"].as_str().unwrap().replace("explode(", "unnest(");
        format!(
            "[table.t]\nsql = \"\"\"\nSELECT {parsed}, kafka_partition AS partition, kafka_offset AS offset, kafka_timestamp\nFROM parsed\n\"\"\"\n\n\
             [table.result]\nsql = \"\"\"\n{sql}\n\"\"\"\n\n[sink.result]\nfrom = \"result\"\nconsole = {{}}\n"
        )
    }

    fn guest(&self) -> String {
        let module = match self.golden["topic"].as_str().unwrap() {
            "commandes-json" => "commandes",
            other => other,
        };
        format!("{}\non_error = \"null\"", guest(module))
    }

    fn compare(&self, step: usize, expected: &[Row], actual: &[Printed]) {
        let rows: Vec<Row> = actual.iter().map(|printed| printed.row.clone()).collect();
        if let Err(report) = Comparison::default().compare(expected, &rows) {
            panic!("{} step {step}: {report}", self.name);
        }
    }

    /// Each step is produced, then read by a run of its own that goes on from the checkpoint of the one before.
    fn in_runs(&self) {
        let lab = self.lab();
        for (at, (records, expected)) in self.steps().enumerate() {
            lab.produce(&records);
            let pipeline = lab.pipeline("starting_offsets = \"earliest\"", &self.guest(), &self.tables());
            let output = lab.available_now(pipeline).succeed();
            let rows = printed(&output.stdout);
            let batches: Vec<u64> = rows.iter().map(|printed| printed.batch).collect();
            assert!(batches.windows(2).all(|pair| pair[0] == pair[1]), "{output}");
            self.compare(at, &expected, &rows);
        }
    }

    /// One run, which gets the records of a step when the rows of the step before are out.
    fn in_one_run(&self) {
        let lab = self.lab();
        let pipeline = lab.pipeline("starting_offsets = \"earliest\"", &self.guest(), &self.tables());
        let running = lab.run(pipeline).start();
        let mut seen = 0;
        let mut batch = None;
        for (at, (records, expected)) in self.steps().enumerate() {
            lab.produce(&records);
            let rows = wait_for_rows(&running, seen + expected.len());
            let new = &rows[seen..];
            self.compare(at, &expected, new);
            // How a step's records fall into batches is the broker's timing; the numbers go up by one all the same.
            for printed in new {
                let last = batch.replace(printed.batch);
                // A stream that begins before there is anything begins with a batch of nothing.
                let last = last.unwrap_or(0);
                let follows = (last..=last + 1).contains(&printed.batch);
                assert!(follows, "batch {} behind {last}", printed.batch);
            }
            seen = rows.len();
        }
        let output = interrupt(running);
        assert_eq!(printed(&output.stdout).len(), seen, "{output}");
    }
}

macro_rules! golden_streams {
    ($($module:ident: $name:literal),+ $(,)?) => {$(
        mod $module {
            #[test]
            fn in_runs() {
                super::Case::of($name).in_runs();
            }

            #[test]
            fn in_one_run() {
                super::Case::of($name).in_one_run();
            }
        }
    )+};
}

golden_streams! {
    cell_14: "cell-14",
    items_stream: "items-stream",
    null_time_append_rows: "null-time-append-rows",
}

#[test]
fn no_golden_stream_without_an_aggregate_is_left_out() {
    let folder = wasmill_tests::golden::path("stream");
    let mut stateless = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let golden: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let Some(sql) = golden.get("sql").and_then(Value::as_str) else {
            continue;
        };
        let sql = sql.to_lowercase();
        if !["group by", "count(", "sum(", "distinct"]
            .iter()
            .any(|part| sql.contains(part))
        {
            stateless.push(path.file_stem().unwrap().to_string_lossy().into_owned());
        }
    }
    stateless.sort();
    assert_eq!(stateless, ["cell-14", "items-stream", "null-time-append-rows"]);
}
