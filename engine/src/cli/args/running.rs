//! The arguments of the commands that ask a pipeline in another process.

use clap::{Args, ValueEnum};

/// Which of the pipelines that run.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct RunningArgs {
    /// The pipeline, by its file or its name; default: the one that is running
    #[arg(value_name = "PIPELINE")]
    pub pipeline: Option<String>,
    /// The process, if several run the pipeline
    #[arg(long, value_name = "PROCESS")]
    pub pid: Option<u32>,
}

/// `wasmill state`.
#[derive(Debug, Args)]
pub(in crate::cli) struct StateArgs {
    #[command(flatten)]
    pub running: RunningArgs,
    /// What to print to stdout
    #[arg(long, value_enum, default_value_t = StateFormat::Table)]
    pub output: StateFormat,
}

/// How the state is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum StateFormat {
    /// Text and tables
    Table,
    /// All of it as one JSON object, event times in microseconds since the epoch
    Json,
}

/// `wasmill modules`.
#[derive(Debug, Args)]
pub(in crate::cli) struct ModulesArgs {
    #[command(flatten)]
    pub running: RunningArgs,
    /// What to print to stdout
    #[arg(long, value_enum, default_value_t = ModulesFormat::Table)]
    pub output: ModulesFormat,
}

/// How modules are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ModulesFormat {
    /// Text, and a table of its versions for each module
    Table,
    /// All of it as one JSON object, times in milliseconds since the epoch
    Json,
}

/// `wasmill logs`.
#[derive(Debug, Args)]
pub(in crate::cli) struct LogsArgs {
    #[command(flatten)]
    pub running: RunningArgs,
    /// Go on with the lines that come, until the run ends or Ctrl-C
    #[arg(short = 'f', long)]
    pub follow: bool,
    /// Only the last so many lines; default: all that the run keeps, which are the last 1000
    #[arg(short = 'n', long = "lines", value_name = "N")]
    pub lines: Option<usize>,
    /// Only the lines of this module, and what happened to it
    #[arg(long, value_name = "NAME")]
    pub module: Option<String>,
    /// Only lines as weighty as this or more
    #[arg(long, value_enum, default_value_t = LogsLevel::Trace)]
    pub level: LogsLevel,
    /// What to print to stdout
    #[arg(long, value_enum, default_value_t = LogsFormat::Text)]
    pub output: LogsFormat,
}

/// How weighty a line is, the weightiest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(in crate::cli) enum LogsLevel {
    /// Something failed, or was set aside
    Error,
    /// Something looks wrong, or was refused
    Warn,
    /// Something is worth knowing
    Info,
    /// For whoever looks for a mistake
    Debug,
    /// All of it
    Trace,
}

/// How log lines are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum LogsFormat {
    /// A line of text each: its time (UTC), its level, its module
    Text,
    /// A JSON object a line: {"number", "timeMs", "module", "level", "source", "text"}
    Json,
}

/// `wasmill rollback`.
#[derive(Debug, Args)]
pub(in crate::cli) struct RollbackArgs {
    /// The module, as the pipeline file names it: `orders`, or `guest.orders` if there is an aggregate of that name too
    #[arg(value_name = "NAME")]
    pub module: String,
    #[command(flatten)]
    pub running: RunningArgs,
}
