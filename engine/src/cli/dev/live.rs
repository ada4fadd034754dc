//! With a stream: it goes on while modules change, and each version that is live is shown on the samples.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::cli::open::Teller;
use crate::cli::run::run_plan_heard;
use crate::cli::{Failure, term};
use crate::error::Result;
use crate::guest::{BuildOutput, Watch};
use crate::pipeline::{self, Mode, Modules, Observer, Output, Pipeline, Progress, Project, ReloadEvent, Resources};

use super::sample::Sample;
use super::{Ended, changed, tell};

/// Goes on until the pipeline's file changes or the user wants to stop.
pub(super) async fn run(
    project: &Project,
    pipeline: Pipeline,
    sample: Option<Sample>,
    mut resources: Resources,
    teller: &Arc<Teller>,
    mut stop: watch::Receiver<bool>,
) -> Result<Ended, Failure> {
    // Before anything is built, which takes a while.
    let watch = Watch::new(project.pipeline_file().into_iter().collect())?;
    let (tell_live, lives) = mpsc::unbounded_channel();
    let observer = Arc::new(Hearing {
        teller: Arc::clone(teller),
        lives: tell_live,
    });
    resources.observer = observer.clone();
    let planned = pipeline.plan(Mode::Stream, &resources).await;
    teller.clear();
    let mut plan = match planned {
        Ok(plan) => plan.from_now_on(),
        Err(invalid) => {
            tell(&invalid.into());
            let files = pipeline.module_paths().into_iter().chain(project.pipeline_file());
            let goes_on = changed(Watch::new(files.collect())?, teller, &mut stop).await;
            return Ok(if goes_on {
                Ended::PipelineChanged
            } else {
                Ended::Stopped
            });
        }
    };
    let (reload, _, reloader) = pipeline::reload(pipeline.clone(), &mut plan, resources.clone(), true)?;
    let mut beside = JoinSet::new();
    for (name, version) in reload.modules.live() {
        teller.say(&format!("module `{name}` {version} live"));
    }
    if let Some(sample) = sample {
        teller.say(&format!("the sample: {}", sample.origin()));
        let modules = reload.modules.clone();
        let shown = Showing {
            sample,
            pipeline: pipeline.clone(),
            modules,
            resources: resources.clone(),
        };
        let lives = shown.first(lives).await?;
        beside.spawn(lives);
    }
    teller.say("the stream goes on from here; save a module, and it takes over; Ctrl-C ends");
    beside.spawn(reloader.run());
    let (end, ended) = watch::channel(false);
    let is_changed = pipeline_changed(watch, end, stop.clone());
    let run = run_plan_heard(plan, Output::Table, ended, observer, Some(reload), None, teller);
    let (is_changed, ran) = tokio::join!(is_changed, run);
    beside.abort_all();
    ran?;
    Ok(match is_changed {
        true => Ended::PipelineChanged,
        false => Ended::Stopped,
    })
}

/// Ends the run when the pipeline's file changes, or the user wants to stop. True if it was the file.
async fn pipeline_changed(mut watch: Watch, end: watch::Sender<bool>, mut stop: watch::Receiver<bool>) -> bool {
    let is_changed = tokio::select! {
        _ = watch.next() => true,
        () = end.closed() => false,
        stopped = stop.wait_for(|stop| *stop) => {
            drop(stopped);
            false
        }
    };
    // The run may have ended by itself.
    let _ = end.send(true);
    is_changed
}

/// Shows what a version makes of the samples.
struct Showing {
    sample: Sample,
    pipeline: Pipeline,
    modules: Modules,
    resources: Resources,
}

impl Showing {
    /// Shows the first version; gives what shows the later ones.
    async fn first(
        mut self,
        mut lives: mpsc::UnboundedReceiver<()>,
    ) -> Result<impl Future<Output = ()> + Send, Failure> {
        self.show().await?;
        Ok(async move {
            while lives.recv().await.is_some() {
                // Of several at once the last one counts.
                while lives.try_recv().is_ok() {}
                if let Err(failure) = self.show().await {
                    tell(&failure);
                }
            }
        })
    }

    async fn show(&mut self) -> Result<(), Failure> {
        let modules = self.modules.loaded();
        let colour = term::colour_of_stdout();
        let shown = self.sample.run(&self.pipeline, &modules, &self.resources, colour).await;
        Ok(term::print_coloured(&shown?.0)?)
    }
}

/// A [`Teller`] that says when another version is live.
struct Hearing {
    teller: Arc<Teller>,
    lives: mpsc::UnboundedSender<()>,
}

impl Observer for Hearing {
    fn building(&self, said: BuildOutput<'_>) {
        self.teller.building(said);
    }

    fn notice(&self, text: &str) {
        self.teller.notice(text);
    }

    fn before_output(&self, sink: &str, titled: bool) {
        self.teller.before_output(sink, titled);
    }

    fn batch(&self, progress: &Progress) {
        self.teller.batch(progress);
    }

    fn reload(&self, event: &ReloadEvent<'_>) {
        self.teller.reload(event);
        if matches!(
            event,
            ReloadEvent::Live { .. } | ReloadEvent::SetAside { back: Some(_), .. }
        ) {
            // Nobody listens where there are no samples.
            let _ = self.lives.send(());
        }
    }
}
