//! The arguments of every command, and the help that explains them.

mod checkpoint;
mod running;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(super) use checkpoint::{
    CheckpointAction, CheckpointArgs, CheckpointFormat, CheckpointShowArgs, ClearArgs, ListArgs, OrphansArgs,
    PlaceArgs, RewindArgs,
};
pub(super) use running::{
    LogsArgs, LogsFormat, LogsLevel, ModulesArgs, ModulesFormat, RollbackArgs, RunningArgs, StateArgs, StateFormat,
};

/// Kafka in, WebAssembly transforms, SQL; tables and Parquet out.
#[derive(Debug, Parser)]
#[command(
    name = "wasmill",
    version,
    propagate_version = true,
    disable_help_subcommand = true,
    arg_required_else_help = true,
    after_help = "`wasmill demo` shows the whole on made-up data, with nothing installed."
)]
pub(super) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show the lab from end to end on made-up records
    Demo(DemoArgs),
    /// Make a crate for a module of your own, with its tests, samples and pipeline
    New(NewArgs),
    /// Write a transform: its rows on sample records, and again with what changed whenever it is saved
    Dev(DevArgs),
    /// Run a pipeline until Ctrl-C, or once over all there is
    Run(RunArgs),
    /// Show what a running pipeline keeps: its windows, its watermark, its largest groups
    State(StateArgs),
    /// Show the modules of a running pipeline: what is live and since when, what it did, what was live before
    Modules(ModulesArgs),
    /// Show what the modules of a running pipeline logged, and when they were changed
    Logs(LogsArgs),
    /// Put the version of a module into use that was live before, without stopping the stream
    Rollback(RollbackArgs),
    /// Look at what the next run of a pipeline goes on from, go back to before it, or begin anew
    Checkpoint(CheckpointArgs),
    /// Find every mistake in a pipeline file without reading a record
    Check(CheckArgs),
    /// Write records to a topic
    Produce(ProduceArgs),
    /// List, create or delete topics
    Topics(TopicsArgs),
    /// Show a topic: its count, its schema and its first records
    Show(ShowArgs),
    /// Run the cases of a transform: records in, rows out, compared with what is expected
    Test(TestArgs),
    /// Measure what a record costs a transform: time, fuel, memory; against the last run
    Bench(BenchArgs),
    /// Build a guest crate into a module
    Build(BuildArgs),
    /// Find out what is missing to build modules and run a pipeline, with the commands that mend it
    Doctor(DoctorArgs),
    /// Run the embedded broker in the foreground
    Broker(BrokerArgs),
    /// Compile a module for the process that started this one
    #[command(hide = true)]
    CompileModule(CompileModuleArgs),
}

/// Where Kafka is.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct KafkaArgs {
    /// The broker; default: the pipeline's `[kafka]`, else the embedded broker that runs (`wasmill broker`)
    #[arg(long, global = true, value_name = "HOST:PORT", env = "WASMILL_KAFKA")]
    pub kafka: Option<String>,
    /// A setting for the Kafka client, such as `security.protocol=SASL_SSL`; may be given several times
    #[arg(long = "kafka-setting", global = true, value_name = "NAME=VALUE", value_parser = key_value)]
    pub settings: Vec<(String, String)>,
}

/// Which pipeline.
#[derive(Debug, Clone, Args)]
pub(super) struct PipelineArgs {
    /// The pipeline file
    #[arg(value_name = "PIPELINE.toml")]
    pub pipeline: PathBuf,
    /// Put another value at a key of the file, such as `source.raw.subscribe=orders`; may be given several times
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
    #[command(flatten)]
    pub kafka: KafkaArgs,
}

/// `wasmill run`.
#[derive(Debug, Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    pub pipeline: PipelineArgs,
    /// A batch: read everything up to now, then stop
    #[arg(long)]
    pub once: bool,
    /// What console sinks print to stdout
    #[arg(long, value_enum, default_value_t = OutputFormat::Table)]
    pub output: OutputFormat,
    /// What to say of each batch on stderr; default: a line that is kept up to date if stderr is a terminal, else nothing
    #[arg(long, value_enum)]
    pub progress: Option<ProgressFormat>,
    /// Stop after this long, as Ctrl-C would
    #[arg(long, value_name = "SECONDS", conflicts_with = "once", value_parser = seconds)]
    pub stop_after: Option<Duration>,
    /// Say on stderr after each batch what the stream keeps and waits for: the watermark, the windows, when the next one closes
    #[arg(long, conflicts_with = "once")]
    pub why: bool,
    /// Watch the modules: one that changes takes over between two batches, if it is in order; else the one before stays
    #[arg(long, conflicts_with = "once")]
    pub watch: bool,
    /// Don't listen on a port of the loopback address for `wasmill state`, `modules`, `logs` and `rollback`
    #[arg(long)]
    pub no_monitor: bool,
}

/// What console sinks print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum OutputFormat {
    /// Tables, exactly as Spark's `show` and console sink print them
    Table,
    /// Each row as a JSON line: {"batch", "table", "row"}
    Json,
}

/// How a run tells of its batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ProgressFormat {
    /// A line a batch
    Lines,
    /// A JSON object a batch, in the field names of Spark's StreamingQueryProgress
    Json,
    /// Nothing
    None,
}

/// `wasmill dev`.
#[derive(Debug, Args)]
#[command(after_help = DEV_HELP)]
pub(super) struct DevArgs {
    /// The crate's folder, or a pipeline file
    #[arg(value_name = "CRATE|PIPELINE.toml", default_value = ".")]
    pub project: PathBuf,
    /// Take the sample records of the crate, and no stream, whether there is a broker or not
    #[arg(long)]
    pub samples: bool,
    /// About how many of the last records of each topic are the sample
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub records: usize,
    /// Put another value at a key of the pipeline file; may be given several times
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
    /// Stop after this long, as Ctrl-C would
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub stop_after: Option<Duration>,
    #[command(flatten)]
    pub kafka: KafkaArgs,
}

const DEV_HELP: &str = "\
The sample is the last records of the pipeline's topics, where a broker has some; else `samples.jsonl` of the crate. With a broker
the pipeline runs as a stream beside it, from the newest records on; whatever its sinks are, rows go to the console. A module that
does not build, does not type or fails on the last records is not taken: the version before stays live.";

/// `wasmill check`.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    pub pipeline: PipelineArgs,
    /// Check it as a batch (`run --once`), which may sort and join
    #[arg(long)]
    pub once: bool,
    /// Print the schema of every table that a sink needs
    #[arg(long)]
    pub schema: bool,
    /// Print the limits that each module runs within, as the pipeline file has them
    #[arg(long)]
    pub limits: bool,
}

/// `wasmill produce`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true))]
pub(super) struct ProduceArgs {
    /// The topic
    pub topic: String,
    /// A file of records, a JSON object a line: either each line is a value, or each has `value` beside `key`, `partition`
    /// or `timestamp` (milliseconds)
    #[arg(long, value_name = "FILE.jsonl", group = "what")]
    pub from: Option<PathBuf>,
    /// Records of the lab, made from a seed
    #[arg(long, value_enum, group = "what")]
    pub generate: Option<Generator>,
    /// Records per second; default: as fast as the broker takes them
    #[arg(long, value_name = "N", value_parser = positive)]
    pub rate: Option<f64>,
    /// Stop after this many records; default: all of the file, or until Ctrl-C
    #[arg(long, value_name = "N")]
    pub count: Option<u64>,
    /// The seed of `--generate`
    #[arg(long, value_name = "N", default_value_t = 42)]
    pub seed: u64,
    #[command(flatten)]
    pub kafka: KafkaArgs,
}

/// The lab's generators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Generator {
    /// Orders of 1 to 4 items, keyed by customer
    Orders,
    /// Log lines of an application, keyed by module
    Logs,
    /// Measurements of servers, keyed by host
    Metrics,
}

/// `wasmill topics`.
#[derive(Debug, Args)]
pub(super) struct TopicsArgs {
    /// What to do; default: list them
    #[command(subcommand)]
    pub action: Option<TopicsAction>,
    #[command(flatten)]
    pub kafka: KafkaArgs,
}

/// What to do with topics.
#[derive(Debug, Subcommand)]
pub(super) enum TopicsAction {
    /// Create topics
    Create {
        /// Their names
        #[arg(required = true)]
        names: Vec<String>,
        /// How many partitions each gets
        #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(i32).range(1..))]
        partitions: i32,
        /// A setting of the topic, such as `retention.ms=-1`; may be given several times
        #[arg(long, value_name = "NAME=VALUE", value_parser = key_value)]
        config: Vec<(String, String)>,
    },
    /// Delete topics and all their records
    Delete {
        /// Their names
        #[arg(required = true)]
        names: Vec<String>,
    },
}

/// `wasmill show`.
#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// The topic
    pub topic: String,
    /// How many records to show
    #[arg(short = 'n', long = "num-rows", value_name = "N", default_value_t = 5)]
    pub num_rows: usize,
    /// Cut cells to this many characters; 0 cuts none
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub truncate: usize,
    /// A line a cell instead of a line a record
    #[arg(long)]
    pub vertical: bool,
    #[command(flatten)]
    pub kafka: KafkaArgs,
}

/// `wasmill test`.
#[derive(Debug, Args)]
#[command(after_help = TEST_HELP)]
pub(super) struct TestArgs {
    /// The crate's folder, or a pipeline file
    #[arg(value_name = "CRATE|PIPELINE.toml", default_value = ".")]
    pub project: PathBuf,
    /// Only cases with this in their name; may be given several times
    #[arg(long = "case", value_name = "NAME")]
    pub cases: Vec<String>,
    /// Write what comes out into the files of what is expected, and say which
    #[arg(long)]
    pub bless: bool,
    /// What to print to stdout
    #[arg(long, value_enum, default_value_t = TestFormat::Text)]
    pub output: TestFormat,
    /// Put another value at a key of the pipeline file; may be given several times
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
}

/// How a test is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TestFormat {
    /// A line a case, and what differs as a table
    Text,
    /// All of it as one JSON object: {"passed", "failed", "cases": [{"case", "result", "tables", ...}], ...}
    Json,
}

const TEST_HELP: &str = "\
A case is a folder in `cases`, with these files:
  records.jsonl       the records, a line each: a value as it stands, or
                      {\"key\", \"value\", \"partition\", \"timestamp\", ...}
                      (SOURCE.jsonl for each, where there are several sources)
  TABLE.jsonl         the rows that are expected of a table, an object a line,
                      as the JSON sink prints them
  GUEST_errors.jsonl  the records that are expected to fail:
                      {\"topic\", \"partition\", \"offset\", \"reason\"}
A column that a file does not name is not compared. A crate without
`pipeline.toml` has one guest, `rows`. The cases of another pipeline `NAME.toml`
are in `NAME.cases`.";

/// `wasmill bench`.
#[derive(Debug, Args)]
#[command(after_help = BENCH_HELP)]
pub(super) struct BenchArgs {
    /// The crate's folder, or a pipeline file
    #[arg(value_name = "CRATE|PIPELINE.toml", default_value = ".")]
    pub project: PathBuf,
    /// How many records go through in a round: the samples over and over, in whole rounds of them
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = at_least_one)]
    pub records: usize,
    /// How many rounds count, behind one that does not
    #[arg(long, value_name = "N", default_value_t = 11, value_parser = at_least_one)]
    pub rounds: usize,
    /// What to print to stdout
    #[arg(long, value_enum, default_value_t = BenchFormat::Text)]
    pub output: BenchFormat,
    /// Put another value at a key of the pipeline file; may be given several times
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
}

/// How a measurement is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum BenchFormat {
    /// Lines of figures, each with its change since the last run
    Text,
    /// All of it as one JSON object: {"project", "now": {"records", "guests", ...}, "last"}
    Json,
}

const BENCH_HELP: &str = "\
The records are those of `samples.jsonl`, a line each: a value as it stands, or
{\"key\", \"value\", ...} (where there are several sources, `samples/SOURCE.jsonl`).
Each guest is measured by itself on one thread, then the whole pipeline without
its sinks. The figures are kept in the crate's target folder, for the next run.";

/// `wasmill build`.
#[derive(Debug, Args)]
pub(super) struct BuildArgs {
    /// The crate's folder
    #[arg(value_name = "CRATE", default_value = ".")]
    pub crate_dir: PathBuf,
}

/// `wasmill new`.
#[derive(Debug, Args)]
pub(super) struct NewArgs {
    /// The folder to make; the crate is called as it is
    #[arg(value_name = "PATH")]
    pub path: PathBuf,
    /// What to begin with
    #[arg(long, value_enum, value_name = "TEMPLATE", default_value_t = TemplateName::Orders)]
    pub from: TemplateName,
    /// The SDK's folder; default: that of the checkout around the crate, else a copy that is written into the crate
    #[arg(long, value_name = "FOLDER")]
    pub sdk: Option<PathBuf>,
}

/// What a new crate begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TemplateName {
    /// Orders in JSON, a row each; what can't be right is refused
    Orders,
    /// Log lines, some of which are left out
    Logs,
    /// Measurements of servers, several rows a record
    Metrics,
    /// An aggregate: a function for SQL
    Aggregate,
    /// Lines of text: the least there can be
    Blank,
}

/// `wasmill doctor`.
#[derive(Debug, Args)]
pub(super) struct DoctorArgs {
    /// The pipeline whose broker, topics, stores and folders are looked at too; or the folder of a crate
    #[arg(value_name = "PIPELINE")]
    pub pipeline: Option<PathBuf>,
    /// Put another value at a key of the file, such as `source.raw.subscribe=orders`; may be given several times
    #[arg(long = "set", value_name = "KEY=VALUE", requires = "pipeline")]
    pub overrides: Vec<String>,
    /// What to print to stdout
    #[arg(long, value_enum, default_value_t = DoctorFormat::Table)]
    pub output: DoctorFormat,
    #[command(flatten)]
    pub kafka: KafkaArgs,
}

/// How the findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum DoctorFormat {
    /// A line a thing: `ok`, `missing` or `optional` (not there, and not needed)
    Table,
    /// All of it as one JSON object: {"ok", "findings": [{"name", "state", "found", "mend"}]}
    Json,
}

/// `wasmill compile-module`, which only wasmill itself calls.
#[derive(Debug, Args)]
pub(super) struct CompileModuleArgs {
    /// What to do, as wasmill itself says it
    #[arg(value_name = "JOB")]
    pub job: String,
}

/// `wasmill broker`.
#[derive(Debug, Args)]
pub(super) struct BrokerArgs {
    /// Create these topics, each with `--partitions`
    #[arg(long = "topic", value_name = "NAME")]
    pub topics: Vec<String>,
    /// How many partitions topics get
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(i32).range(1..))]
    pub partitions: i32,
}

/// `wasmill demo`.
#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    #[command(flatten)]
    pub kafka: KafkaArgs,
    /// Where Parquet goes: a folder, `file://...` or `s3://bucket/prefix`; default: a folder of its own in the temporary folder
    #[arg(long, value_name = "URL")]
    pub output: Option<String>,
    /// How many orders are made; of logs and of metrics there are half as many
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..=5000))]
    pub records: u64,
    /// A folder with orders.jsonl, logs.jsonl and metrics.jsonl instead of made-up records
    #[arg(long, value_name = "FOLDER", conflicts_with = "records")]
    pub from: Option<PathBuf>,
    /// The seed of the records
    #[arg(long, value_name = "N", default_value_t = 42)]
    pub seed: u64,
    /// How long each of the three live streams at the end runs; 0 leaves them out
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub seconds: u64,
}

fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err("expected a whole number above 0".to_owned()),
    }
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        // A wait of up to a year: what is longer, or shorter than a clock counts, is a slip.
        Ok(number) if (1.0 / 31_536_000.0..1e12).contains(&number) => Ok(number),
        _ => Err("expected a number above 0, within reason".to_owned()),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = positive(text)?;
    Duration::try_from_secs_f64(seconds).map_err(|_| "that is too long".to_owned())
}
