//! The arguments of `wasmill checkpoint`.

use clap::{Args, Subcommand, ValueEnum};

/// `wasmill checkpoint`.
#[derive(Debug, Args)]
#[command(after_help = HELP, arg_required_else_help = true)]
pub(in crate::cli) struct CheckpointArgs {
    /// What to do
    #[command(subcommand)]
    pub action: CheckpointAction,
}

const HELP: &str = "\
The checkpoint is that of a pipeline file, or the folder that `--url` names: `wasmill checkpoint show p.toml \
7`, `wasmill checkpoint show --url s3://bronze/_checkpoints/p 7`. Neither modules nor a broker are needed.";

/// What to do with a checkpoint.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum CheckpointAction {
    /// List the checkpoints that are kept, and say who owns them
    List(ListArgs),
    /// Show what a checkpoint says: positions, tables, modules, files
    Show(CheckpointShowArgs),
    /// Go back: the next run goes on from an older checkpoint, and files that were written behind it are removed
    Rewind(RewindArgs),
    /// Remove the checkpoint: the next run begins anew
    Clear(ClearArgs),
    /// List or remove what runs that died have left over
    Orphans(OrphansArgs),
}

/// Where the checkpoint is.
#[derive(Debug, Args)]
pub(in crate::cli) struct PlaceArgs {
    /// The checkpoint's folder, in place of a pipeline file: `s3://bucket/prefix`, `file:///path` or a path
    #[arg(long, value_name = "URL", conflicts_with = "overrides")]
    pub url: Option<String>,
    /// Put another value at a key of the file, such as `checkpoint=s3://bronze/x`; may be given several times
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
}

/// `wasmill checkpoint list`.
#[derive(Debug, Args)]
pub(in crate::cli) struct ListArgs {
    /// The pipeline file
    #[arg(
        value_name = "PIPELINE.toml",
        required_unless_present = "url",
        conflicts_with = "url"
    )]
    pub pipeline: Option<String>,
    #[command(flatten)]
    pub place: PlaceArgs,
    /// What to print to stdout
    #[arg(long, value_enum, default_value_t = CheckpointFormat::Table)]
    pub output: CheckpointFormat,
}

/// `wasmill checkpoint show`.
#[derive(Debug, Args)]
pub(in crate::cli) struct CheckpointShowArgs {
    /// The pipeline file; not with `--url`
    #[arg(value_name = "PIPELINE.toml")]
    pub pipeline: Option<String>,
    /// The checkpoint's number; default: the newest
    #[arg(value_name = "N")]
    pub number: Option<String>,
    #[command(flatten)]
    pub place: PlaceArgs,
    /// What to print to stdout
    #[arg(long, value_enum, default_value_t = CheckpointFormat::Table)]
    pub output: CheckpointFormat,
}

/// `wasmill checkpoint rewind`.
#[derive(Debug, Args)]
#[command(after_help = REWIND_HELP)]
pub(in crate::cli) struct RewindArgs {
    /// The pipeline file; not with `--url`
    #[arg(value_name = "PIPELINE.toml")]
    pub pipeline: Option<String>,
    /// The checkpoint's number, as `list` has it
    #[arg(value_name = "N")]
    pub number: Option<String>,
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Do it without asking
    #[arg(long)]
    pub yes: bool,
    /// What to print to stdout
    #[arg(long, value_enum, default_value_t = CheckpointFormat::Table)]
    pub output: CheckpointFormat,
}

const REWIND_HELP: &str = "\
Parquet files that checkpoints behind N named are removed, since their rows are written again. What was \
printed or produced to Kafka behind N can't be taken back: it comes a second time. A run that still lives is \
not disturbed: stop it first.";

/// `wasmill checkpoint clear`.
#[derive(Debug, Args)]
#[command(after_help = CLEAR_HELP)]
pub(in crate::cli) struct ClearArgs {
    /// The pipeline file
    #[arg(
        value_name = "PIPELINE.toml",
        required_unless_present = "url",
        conflicts_with = "url"
    )]
    pub pipeline: Option<String>,
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Do it without asking
    #[arg(long)]
    pub yes: bool,
    /// What to print to stdout
    #[arg(long, value_enum, default_value_t = CheckpointFormat::Table)]
    pub output: CheckpointFormat,
}

const CLEAR_HELP: &str = "\
The sinks' files stay. The next run reads from where `starting_offsets` says, and writes again what it reads. \
A small manifest stays in the folder for each run that there was, by which one that slept for long is told to \
end.";

/// `wasmill checkpoint orphans`.
#[derive(Debug, Args)]
#[command(after_help = ORPHANS_HELP)]
pub(in crate::cli) struct OrphansArgs {
    /// The pipeline file
    #[arg(
        value_name = "PIPELINE.toml",
        required_unless_present = "url",
        conflicts_with = "url"
    )]
    pub pipeline: Option<String>,
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Remove them; not while a run lives
    #[arg(long)]
    pub remove: bool,
    /// What to print to stdout
    #[arg(long, value_enum, default_value_t = CheckpointFormat::Table)]
    pub output: CheckpointFormat,
}

const ORPHANS_HELP: &str = "\
Leftovers cost space and do no harm: files beside the checkpoints that none of them names; of runs of this \
checkpoint, hidden files of Parquet sinks on a disk and uploads to a bucket that were never completed. Files \
of other pipelines are left alone, and so are those of a run that may go on. MinIO tells of uploads only that \
began since it was started, and removes those of a day ago by itself.";

/// How checkpoints are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum CheckpointFormat {
    /// Text and tables
    Table,
    /// All of it as one JSON object, times in milliseconds since the epoch
    Json,
}
