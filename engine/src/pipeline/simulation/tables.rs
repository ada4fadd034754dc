//! The queries of made up pipelines, and what has to be in their sinks in the end.

use super::seed::Dice;

/// Where the rows of a table go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Parquet files, in folders by these columns.
    Files { partition_by: &'static [&'static str] },
    /// Rows on the console: each at least once.
    Printed,
    /// Rows on the console that replace those before with the same values in these columns.
    Updated { keys: &'static [&'static str] },
    /// The whole table on the console, every time.
    Whole,
}

/// A table with its sink.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    pub(super) name: &'static str,
    sql: &'static str,
    /// Whether it groups by the time, and waits by a watermark.
    watermark: bool,
    pub(super) kind: Kind,
    /// Whether its rows come out when their windows are over: then the last windows never do.
    pub(super) closes: bool,
    /// Whether its rows hang on the order in which partitions are read.
    ordered: bool,
}

const ROWS: &str = "SELECT CAST(value AS STRING) AS id, CAST(key AS STRING) AS k, partition AS p, offset AS o, timestamp AS t FROM raw";
const TUMBLING: &str = "SELECT window.start AS begin, CAST(key AS STRING) AS k, count(*) AS n, \
     sum(CAST(CAST(value AS STRING) AS BIGINT)) AS total, min(offset) AS first FROM raw \
     GROUP BY window(timestamp, '10 seconds'), CAST(key AS STRING)";
const SLIDING: &str = "SELECT window.start AS begin, window.end AS over, count(*) AS n, max(CAST(value AS STRING)) AS most FROM raw \
     GROUP BY window(timestamp, '20 seconds', '5 seconds')";
const SESSIONS: &str = "SELECT session_window.start AS begin, session_window.end AS over, CAST(key AS STRING) AS k, count(*) AS n \
     FROM raw GROUP BY session_window(timestamp, '4 seconds'), CAST(key AS STRING)";
const BUSY: &str = "SELECT window.start AS begin, partition AS p, count(*) AS n, avg(offset) AS middle FROM raw \
     GROUP BY window(timestamp, '5 seconds'), partition HAVING count(*) > 1";
const BY_KEY: &str = "SELECT CAST(key AS STRING) AS k, count(*) AS n, sum(CAST(CAST(value AS STRING) AS BIGINT)) AS total, \
     max(timestamp) AS latest FROM raw GROUP BY CAST(key AS STRING)";
const TOTAL: &str =
    "SELECT count(*) AS n, count(DISTINCT CAST(key AS STRING)) AS keys, min(CAST(value AS STRING)) AS least FROM raw";
const ODD: &str = "SELECT CAST(value AS STRING) AS id, CAST(key AS STRING) AS k FROM raw \
     WHERE CAST(CAST(value AS STRING) AS BIGINT) % 2 = 1";
const FIRST: &str = "SELECT CAST(value AS STRING) AS id FROM raw LIMIT 7";

const fn files(name: &'static str, sql: &'static str) -> Block {
    Block {
        name,
        sql,
        watermark: false,
        kind: Kind::Files { partition_by: &[] },
        closes: false,
        ordered: false,
    }
}

const fn closing(name: &'static str, sql: &'static str, partition_by: &'static [&'static str]) -> Block {
    Block {
        watermark: true,
        kind: Kind::Files { partition_by },
        closes: true,
        ..files(name, sql)
    }
}

const fn printed(name: &'static str, sql: &'static str, watermark: bool, kind: Kind) -> Block {
    Block {
        watermark,
        kind,
        ..files(name, sql)
    }
}

/// All there are.
pub(super) const BLOCKS: [Block; 15] = [
    files("rows", ROWS),
    Block {
        kind: Kind::Files { partition_by: &["k"] },
        ..files("rows_by_k", ROWS)
    },
    files("odd", ODD),
    Block {
        ordered: true,
        ..files("first", FIRST)
    },
    closing("tumbling", TUMBLING, &[]),
    closing("tumbling_by_k", TUMBLING, &["k"]),
    closing("sliding", SLIDING, &[]),
    closing("sessions", SESSIONS, &[]),
    closing("busy", BUSY, &["p"]),
    printed("seen", ODD, false, Kind::Printed),
    printed("by_key", BY_KEY, false, Kind::Updated { keys: &["k"] }),
    printed("windows", TUMBLING, true, Kind::Updated { keys: &["begin", "k"] }),
    printed("whole", BY_KEY, false, Kind::Whole),
    printed("whole_windows", SLIDING, true, Kind::Whole),
    printed("total", TOTAL, false, Kind::Whole),
];

/// Options of a pipeline that are the same for all its tables.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shared {
    /// Whether the topic has several partitions.
    pub(super) several: bool,
    /// The least of roll intervals and sizes of files.
    pub(super) roll: &'static str,
    /// How long a silent partition is waited for.
    pub(super) idle_after: &'static str,
}

impl Block {
    /// The blocks of a pipeline: one to three, which need no order that there is not.
    pub(super) fn thrown(dice: &mut Dice, several: bool) -> Vec<Self> {
        let mut blocks: Vec<Self> = Vec::new();
        for _ in 0..*dice.pick(&[1, 1, 2, 3]) {
            let block = *dice.pick(&BLOCKS);
            let is_new = blocks.iter().all(|before| before.name != block.name);
            if is_new && !(several && block.ordered) {
                blocks.push(block);
            }
        }
        if blocks.is_empty() {
            blocks.push(BLOCKS[0]);
        }
        blocks
    }

    /// As a pipeline file has it.
    pub(super) fn toml(&self, shared: Shared) -> String {
        let Self { name, sql, .. } = self;
        let watermark = match (self.watermark, shared.several) {
            (false, _) => String::new(),
            (true, false) => "watermark = { column = \"timestamp\", delay = \"5 seconds\" }\n".to_owned(),
            // Batches are cut at random: only by partition nothing is late.
            (true, true) => format!(
                "watermark = {{ column = \"timestamp\", delay = \"5 seconds\", per = \"partition\", idle_after = \"{}\" }}\n",
                shared.idle_after
            ),
        };
        let sink = match self.kind {
            Kind::Files { partition_by } => {
                format!(
                    "parquet = \"s3://lake/out/{name}\"\npartition_by = {partition_by:?}\n{}",
                    shared.roll
                )
            }
            Kind::Printed => "console = {}\n".to_owned(),
            Kind::Updated { .. } => "console = {}\nmode = \"update\"\n".to_owned(),
            Kind::Whole => "console = {}\nmode = \"complete\"\n".to_owned(),
        };
        format!("[table.{name}]\nsql = \"\"\"{sql}\"\"\"\n{watermark}[sink.{name}]\nfrom = \"{name}\"\n{sink}")
    }
}
