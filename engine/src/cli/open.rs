//! From the arguments to a plan: the pipeline read, the runtime started, the modules opened.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::guest::{BuildOutput, Compiler, CompilerProgram, EngineOptions, GuestEngine, HostLog, LogLine};
use crate::pipeline::{Observer, Pipeline, Plan, Progress, ReloadEvent, Resources};
use crate::text::for_terminal;

use super::args::{KafkaArgs, PipelineArgs, ProgressFormat};
use super::log_book::LogBook;
use super::{Failure, address, term};

/// Tells the user what goes on, on stderr: a line that is kept up to date where somebody looks, lines of text elsewhere.
pub(super) struct Teller {
    format: Option<ProgressFormat>,
    bar: Option<ProgressBar>,
    /// Whether the line is there: one that is not must not be drawn again behind a text.
    busy: AtomicBool,
    /// The line of cargo said last, so that a repeated one is not said again.
    last: Mutex<String>,
    /// What to say above the rows of a sink, instead of its name.
    titles: BTreeMap<&'static str, &'static str>,
    /// Keeps what modules log and what happens to them.
    book: Arc<LogBook>,
}

impl Teller {
    pub(super) fn new(format: Option<ProgressFormat>) -> Arc<Self> {
        let bar = (format.is_none() && term::is_terminal()).then(|| {
            let bar = ProgressBar::new_spinner();
            bar.set_style(
                ProgressStyle::with_template("{spinner} {wide_msg}")
                    .unwrap_or_else(|_| ProgressStyle::default_spinner()),
            );
            bar
        });
        let last = Mutex::new(String::new());
        let titles = BTreeMap::new();
        Arc::new(Self {
            format,
            bar,
            busy: AtomicBool::new(false),
            last,
            titles,
            book: Arc::default(),
        })
    }

    /// The same with titles for the sinks that print.
    pub(super) fn with_titles(
        self: Arc<Self>,
        titles: impl IntoIterator<Item = (&'static str, &'static str)>,
    ) -> Arc<Self> {
        Arc::new(Self {
            format: self.format,
            bar: self.bar.clone(),
            busy: AtomicBool::new(false),
            last: Mutex::default(),
            titles: titles.into_iter().collect(),
            book: Arc::clone(&self.book),
        })
    }

    /// What modules logged and what happened to them so far.
    pub(super) fn book(&self) -> &Arc<LogBook> {
        &self.book
    }

    /// What is being done, until something else is.
    pub(super) fn doing(&self, text: &str) {
        match &self.bar {
            Some(bar) => {
                if !self.busy.swap(true, Ordering::Relaxed) {
                    bar.reset();
                }
                bar.enable_steady_tick(Duration::from_millis(100));
                bar.set_message(for_terminal(text).into_owned());
            }
            None if self.format.is_none() => term::say_line(text),
            None => {}
        }
    }

    /// A line that stays.
    pub(super) fn say(&self, text: &str) {
        self.beside_the_bar(|| term::say_line(text));
    }

    fn beside_the_bar(&self, say: impl FnOnce()) {
        match &self.bar {
            Some(bar) if self.busy.load(Ordering::Relaxed) => bar.suspend(say),
            _ => say(),
        }
    }

    /// Nothing is going on any more.
    pub(super) fn clear(&self) {
        if let Some(bar) = &self.bar {
            self.busy.store(false, Ordering::Relaxed);
            bar.disable_steady_tick();
            bar.finish_and_clear();
        }
    }
}

impl Observer for Teller {
    fn building(&self, said: BuildOutput<'_>) {
        let line = match said {
            BuildOutput::Step(line) => line,
            // Coloured where the user told cargo to.
            BuildOutput::Compiler(text) => {
                return self.beside_the_bar(|| term::say_coloured(&format!("{}\n", text.trim_end())));
            }
        };
        // Where lines can't be written over, that nothing was to do is not worth one.
        let is_work = ["Compiling", "Downloading", "Adding"]
            .iter()
            .any(|verb| line.trim_start().starts_with(verb));
        if self.bar.is_none() && !is_work {
            return;
        }
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if *last != line {
            self.doing(line);
            line.clone_into(&mut last);
        }
    }

    fn notice(&self, text: &str) {
        self.say(text);
    }

    fn before_output(&self, sink: &str, titled: bool) {
        self.clear();
        match self.titles.get(sink) {
            Some(title) => term::say_line(&format!("\n{title}")),
            None if titled => term::say_line(&format!("sink `{sink}`")),
            None => {}
        }
    }

    fn reload(&self, event: &ReloadEvent<'_>) {
        self.book.event(event);
        match event {
            ReloadEvent::Changed { .. } if self.bar.is_none() => {}
            ReloadEvent::Changed { .. } => self.doing(&event.to_string()),
            _ => self.say(&event.to_string()),
        }
    }

    fn batch(&self, progress: &Progress) {
        match self.format {
            Some(ProgressFormat::Json) => match serde_json::to_string(progress) {
                Ok(json) => term::say_json(&json),
                Err(error) => term::say_line(&format!("can't write the progress as JSON: {error}")),
            },
            Some(ProgressFormat::Lines) => term::say_line(&line(progress)),
            Some(ProgressFormat::None) => {}
            None if self.bar.is_some() => self.doing(&line(progress)),
            None => {}
        }
    }
}

impl HostLog for Teller {
    fn line(&self, line: &LogLine<'_>) {
        self.book.guest(line);
        self.say(&line.to_string());
    }
}

/// `batch 7: 1200 records in 0.3 s (4000/s), 1180 rows out, 0 behind`
fn line(progress: &Progress) -> String {
    let behind: i64 = progress
        .sources
        .iter()
        .filter_map(|source| source.metrics.get("maxOffsetsBehindLatest")?.parse::<i64>().ok())
        .max()
        .unwrap_or(0);
    format!(
        "batch {}: {} records in {} ms ({:.0}/s), {} rows out, {behind} behind",
        progress.batch_id,
        progress.num_input_rows,
        progress.batch_duration,
        progress.processed_rows_per_second,
        progress.sink.num_output_rows,
    )
}

/// What pipelines need of this process.
pub(super) fn resources(kafka: &KafkaArgs, teller: &Arc<Teller>) -> Result<Resources, Failure> {
    let log: Arc<dyn HostLog> = teller.clone();
    Ok(Resources {
        guest_engine: GuestEngine::new(EngineOptions {
            log,
            compiler: Compiler::Child(CompilerProgram::this(["compile-module"])?),
            ..EngineOptions::default()
        })?,
        kafka: address::settings(kafka),
        default_broker: address::embedded(),
        observer: teller.clone(),
    })
}

/// A pipeline that can run, and what it was made of.
pub(super) struct Planned {
    pub(super) pipeline: Pipeline,
    pub(super) plan: Plan,
    pub(super) resources: Resources,
}

/// A pipeline that can run, or all that is wrong with it.
pub(super) async fn plan(args: PipelineArgs, once: bool, teller: &Arc<Teller>) -> Result<Planned, Failure> {
    let resources = resources(&args.kafka, teller)?;
    let (pipeline, plan) = plan_with(args, once, &resources, teller).await?;
    Ok(Planned {
        pipeline,
        plan,
        resources,
    })
}

/// The same without a broker: one is named nowhere, and none is asked for anything.
pub(super) async fn plan_offline(args: PipelineArgs, once: bool, teller: &Arc<Teller>) -> Result<Plan, Failure> {
    let mut resources = resources(&args.kafka, teller)?;
    resources
        .default_broker
        .get_or_insert_with(|| "localhost:9092".to_owned());
    Ok(plan_with(args, once, &resources, teller).await?.1)
}

async fn plan_with(
    args: PipelineArgs,
    once: bool,
    resources: &Resources,
    teller: &Arc<Teller>,
) -> Result<(Pipeline, Plan), Failure> {
    let pipeline = Pipeline::read(&args.pipeline, args.overrides)?;
    let mode = pipeline.mode(once);
    let plan = pipeline.plan(mode, resources).await;
    teller.clear();
    Ok((pipeline, plan?))
}
