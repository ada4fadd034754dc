//! Hears what a run says: into the trace, and whether there is anything left to do.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::expected::{Printed, Row};
use super::source::Through;
use super::world::World;
use crate::batch::Offsets;
use crate::guest::BuildOutput;
use crate::pipeline::progress::offsets_json;
use crate::pipeline::{Observer, Progress};
use crate::sink::Print;

/// After so long without a batch, with all records read, a run is through.
const QUIET: Duration = Duration::from_secs(11);

/// Listens to one process.
pub(super) struct Ear {
    world: Arc<World>,
    number: usize,
    /// The offsets of a batch that has read the last record.
    end: String,
    /// When the last batch ended, if all was read by then.
    through: Through,
}

impl Ear {
    pub(super) fn new(world: &Arc<World>, number: usize, end: &Offsets) -> Arc<Self> {
        Arc::new(Self {
            world: Arc::clone(world),
            number,
            end: offsets_json(end.iter().map(|(partition, offset)| (partition, *offset))),
            through: Arc::new(watch::Sender::new(None)),
        })
    }

    /// Where it is noted that all was read.
    pub(super) fn through(&self) -> &Through {
        &self.through
    }

    /// Waits until all is read and nothing more comes of it.
    pub(super) async fn quiet(&self) {
        let mut through = self.through.subscribe();
        loop {
            let since = *through.borrow_and_update();
            let silence = async {
                match since {
                    Some(since) => tokio::time::sleep_until(since + QUIET).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                changed = through.changed() => if changed.is_err() { std::future::pending::<()>().await },
                () = silence => return,
            }
        }
    }
}

impl Observer for Ear {
    fn building(&self, _: BuildOutput<'_>) {}

    fn notice(&self, text: &str) {
        self.world.tell(format_args!("#{} says: {text}", self.number));
    }

    fn before_output(&self, _: &str, _: bool) {}

    fn batch(&self, progress: &Progress) {
        let source = &progress.sources[0];
        self.world.tell(format_args!(
            "#{} batch {}: {} records up to {}, {} rows",
            self.number, progress.batch_id, progress.num_input_rows, source.end_offset, progress.sink.num_output_rows
        ));
        let is_through = source.end_offset == self.end;
        self.through.send_replace(is_through.then(Instant::now));
    }
}

/// A screen that several sinks of a process print on.
#[derive(Clone, Default)]
pub(super) struct Screen(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Screen {
    /// For a run's sinks.
    pub(super) fn print(&self) -> Print {
        let screen = self.clone();
        Arc::new(move || Box::new(screen.clone()))
    }

    /// The rows of a table.
    pub(super) fn of(&self, table: &str) -> Printed {
        #[derive(serde::Deserialize)]
        struct Line {
            batch: u64,
            table: String,
            row: Row,
        }
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = std::str::from_utf8(&bytes).unwrap().lines();
        let lines = lines.map(|line| serde_json::from_str::<Line>(line).unwrap());
        let of_table = lines.filter(|line| line.table == table);
        Printed(of_table.map(|line| (line.batch, line.row)).collect())
    }
}
