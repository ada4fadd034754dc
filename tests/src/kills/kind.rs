//! The pipelines: what each reads, does and writes.

use std::path::Path;

use super::records::WINDOW_SQL;
use crate::module::module;

/// A pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Rows to Parquet in the store, where its checkpoints are too.
    Store,
    /// Rows to Parquet on the disk, where its checkpoints are too.
    Disk,
    /// Windows when they are final, to Parquet in the store.
    Append,
    /// Groups that changed, to a topic.
    Update,
    /// All groups every time, to standard output; checkpoints on the disk.
    Complete,
    /// Rows and records that can't be read, to Parquet in the store; checkpoints on the disk.
    DeadLetters,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Store,
        Self::Disk,
        Self::Append,
        Self::Update,
        Self::Complete,
        Self::DeadLetters,
    ];

    /// What it is called on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Disk => "disk",
            Self::Append => "append",
            Self::Update => "update",
            Self::Complete => "complete",
            Self::DeadLetters => "dead-letters",
        }
    }

    /// Whether the store is of any matter to it.
    pub(super) fn uses_store(self) -> bool {
        !matches!(self, Self::Disk | Self::Complete)
    }

    /// Whether its disk may be full: all that it writes is on the run's small one.
    pub(super) fn uses_disk(self) -> bool {
        matches!(self, Self::Disk)
    }

    /// Whether a share of the records can't be read.
    pub(super) fn has_broken_records(self) -> bool {
        self == Self::DeadLetters
    }
}

/// Where a pipeline's input, output and checkpoints are.
#[derive(Debug, Clone)]
pub(super) struct Sites {
    /// The topic that it reads.
    pub(super) topic: String,
    /// The topic that it writes, if it writes one.
    pub(super) out_topic: String,
    /// The folder of its checkpoints: a URL or a path.
    pub(super) checkpoint: String,
    /// The folder of its Parquet files.
    pub(super) out: String,
    /// The folder of its dead letters' Parquet files.
    pub(super) letters: String,
}

impl Sites {
    /// Those of a run called `name`, with this folder for it in the store, and this one on the disk.
    pub(super) fn new(kind: Kind, name: &str, store: &str, disk: &Path) -> Self {
        let checkpoints = match kind {
            Kind::Store | Kind::Append | Kind::Update => store.to_owned(),
            Kind::Disk | Kind::Complete | Kind::DeadLetters => disk.display().to_string(),
        };
        let files = match kind {
            Kind::Disk => disk.display().to_string(),
            _ => store.to_owned(),
        };
        Self {
            topic: format!("{name}-in"),
            out_topic: format!("{name}-out"),
            checkpoint: format!("{checkpoints}/checkpoint"),
            out: format!("{files}/out"),
            letters: format!("{files}/letters"),
        }
    }
}

/// The text of the pipeline file.
pub(super) fn pipeline(kind: Kind, sites: &Sites) -> String {
    let Sites {
        topic,
        out_topic,
        checkpoint,
        out,
        letters,
    } = sites;
    let groups = "count(*) AS n, sum(order_id) AS total, min(order_id) AS low, max(order_id) AS high";
    let rows = format!(
        "[table.rows]\nsql = \"SELECT order_id, kafka_partition, kafka_offset FROM orders\"\n\n\
         [sink.rows]\nfrom = \"rows\"\nparquet = {out:?}\nmode = \"append\"\nroll_interval = \"1 second\"\n"
    );
    let tables = match kind {
        Kind::Store | Kind::Disk => rows,
        Kind::DeadLetters => format!(
            "{rows}\n[sink.letters]\nfrom = \"orders_errors\"\nparquet = {letters:?}\nmode = \"append\"\nroll_interval = \"1 second\"\n"
        ),
        Kind::Append => format!(
            "[table.windows]\nwatermark = {{ column = \"kafka_timestamp\", delay = \"5 seconds\" }}\n\
             sql = \"SELECT window, customer_id, {groups} FROM orders GROUP BY window(kafka_timestamp, '{WINDOW_SQL}'), customer_id\"\n\n\
             [sink.windows]\nfrom = \"windows\"\nparquet = {out:?}\nmode = \"append\"\nroll_interval = \"1 second\"\n"
        ),
        Kind::Update => {
            let value = ["count(*)", "sum(order_id)", "min(order_id)", "max(order_id)"]
                .map(|part| format!("CAST({part} AS STRING)"))
                .join(", ' ', ");
            format!(
                "[table.steps]\nsql = \"SELECT customer_id AS key, concat({value}) AS value FROM orders GROUP BY customer_id\"\n\n\
                 [sink.steps]\nfrom = \"steps\"\nkafka = {out_topic:?}\nmode = \"update\"\n"
            )
        }
        Kind::Complete => format!(
            "[table.all]\nsql = \"SELECT customer_id, {groups} FROM orders GROUP BY customer_id\"\n\n\
             [sink.all]\nfrom = \"all\"\nconsole = {{}}\nmode = \"complete\"\n"
        ),
    };
    format!(
        "name = \"kills\"\ntrigger = \"as-soon-as-possible\"\ncheckpoint = {{ url = {checkpoint:?}, interval = \"200 milliseconds\" }}\n\n\
         [source.raw]\nsubscribe = {topic:?}\nstarting_offsets = \"earliest\"\n\n\
         [guest.orders]\nfrom = \"raw\"\nmodule = {:?}\n\n{tables}",
        module("commandes")
    )
}
