//! A pipeline with a module that may do anything, and what became of its records.

use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use wasmill::guest::BuildOutput;
use wasmill::pipeline::{Mode, Observer, Output, Pipeline, Progress, Resources, RunOptions, Saved, run};

use super::good::{ENGINE, RUNTIME, line};

/// What is run.
pub(crate) struct Evil<'a> {
    /// The guest's name.
    pub(crate) name: &'a str,
    pub(crate) module: Vec<u8>,
    /// The values of its records.
    pub(crate) records: Vec<String>,
    /// More of the guest's part of the pipeline file.
    pub(crate) options: &'a str,
    /// Tables and sinks; by default the rows and the dead letters on the console.
    pub(crate) rest: Option<&'a str>,
}

impl<'a> Evil<'a> {
    /// These words as records, to a guest of this name.
    pub(crate) fn new(name: &'a str, module: Vec<u8>, words: &str) -> Self {
        Self {
            name,
            module,
            records: words.split(' ').map(str::to_owned).collect(),
            options: "",
            rest: None,
        }
    }

    /// Runs it to its end.
    pub(crate) fn run(self) -> Ran {
        let count = self.records.len();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("evil.wasm"), &self.module).unwrap();
        let lines: Vec<String> = self
            .records
            .iter()
            .map(|value| serde_json::json!({"partition": 0, "value": value}).to_string())
            .collect();
        std::fs::write(folder.path().join("records.jsonl"), lines.join("\n")).unwrap();
        let name = self.name;
        let screens = format!(
            "[sink.rows]\nfrom = \"{name}\"\nconsole = {{}}\n[sink.letters]\nfrom = \"{name}_errors\"\nconsole = {{}}\n"
        );
        let text = format!(
            "trigger = \"available-now\"\n[source.raw]\nreplay = \"records.jsonl\"\n[guest.{name}]\nfrom = \"raw\"\nmodule = \"evil.wasm\"\n{}\n{}",
            self.options,
            self.rest.unwrap_or(&screens),
        );
        let ran = pipeline(folder.path(), &text, None);
        ran.settled(count, self.rest.is_none());
        ran
    }
}

/// What became of it.
#[derive(Debug)]
pub(crate) struct Ran {
    /// Why it ended, if not by itself.
    pub(crate) error: Option<String>,
    /// What was printed: table and row.
    pub(crate) printed: Vec<Value>,
    /// What was printed, as it is.
    pub(crate) text: Vec<u8>,
    pub(crate) notices: Vec<String>,
    /// The record before which the source stands.
    pub(crate) position: u64,
    /// What the next run can go on from.
    pub(crate) saved: Option<Saved>,
}

impl Ran {
    /// The rows of the guest.
    pub(crate) fn rows(&self) -> Vec<&Value> {
        let rows = self.printed.iter().filter(|line| !is_letter(line));
        rows.map(|line| &line["row"]).collect()
    }

    /// Offsets of rows.
    pub(crate) fn offsets(&self) -> Vec<u64> {
        self.rows()
            .iter()
            .filter_map(|row| row["kafka_offset"].as_u64())
            .collect()
    }

    /// Offset and reason of each dead letter.
    pub(crate) fn letters(&self) -> Vec<(u64, String)> {
        let letters = self.printed.iter().filter(|line| is_letter(line));
        letters
            .map(|line| {
                let row = &line["row"];
                (
                    row["offset"].as_u64().unwrap(),
                    row["reason"].as_str().unwrap().to_owned(),
                )
            })
            .collect()
    }

    /// The reasons, one a line.
    pub(crate) fn reasons(&self) -> String {
        let reasons: Vec<String> = self
            .letters()
            .into_iter()
            .map(|(offset, reason)| format!("{offset}: {reason}"))
            .collect();
        reasons.join("\n")
    }

    /// Why it ended.
    pub(crate) fn refusal(&self) -> &str {
        self.error.as_deref().unwrap_or("it did not end with an error")
    }

    /// What a user reads of it: why it ended, or what was said besides.
    pub(crate) fn told(&self) -> String {
        self.error.clone().unwrap_or_else(|| plain(&self.notices.join("\n")))
    }

    /// Each record is in the rows or in the dead letters, once; or the run ended, and nothing of the batch came out.
    fn settled(&self, records: usize, all_shown: bool) {
        assert!(
            !self.text.contains(&0x1b) && !self.text.contains(&0),
            "raw control characters came out"
        );
        if self.error.is_some() {
            assert_eq!((self.position, self.printed.len()), (0, 0), "{self:?}");
            return;
        }
        assert_eq!(self.position, records as u64, "{:?}", self.error);
        if all_shown {
            let mut seen = self.offsets();
            seen.extend(self.letters().iter().map(|(offset, _)| *offset));
            seen.sort_unstable();
            assert_eq!(seen, (0..records as u64).collect::<Vec<_>>(), "{self:?}");
        }
    }
}

fn is_letter(line: &Value) -> bool {
    line["row"]["reason"].is_string() && line["row"]["module"].is_string()
}

/// Runs a pipeline of this text in this folder to its end, on the threads that work for the good one too.
pub(crate) fn pipeline(folder: &Path, text: &str, resume: Option<Saved>) -> Ran {
    let heard = Arc::new(Heard::default());
    let printed = Printed::default();
    let path = folder.join("evil.toml");
    let (text, observer, print) = (text.to_owned(), heard.clone(), printed.clone());
    let ended: Result<_, String> = RUNTIME.block_on(async move {
        let resources = Resources {
            guest_engine: ENGINE.clone(),
            kafka: Vec::new(),
            default_broker: None,
            observer: observer.clone(),
        };
        let pipeline = Pipeline::of_text(&path, text, Vec::new());
        let plan = pipeline.plan(Mode::Stream, &resources).await;
        let plan = plan.map_err(|invalid| invalid.report(false))?;
        let (_go_on, stop) = tokio::sync::watch::channel(false);
        let options = RunOptions {
            output: Output::Json,
            print: Arc::new(move || Box::new(print.clone())),
            resume,
            save: true,
            ..RunOptions::new(stop, observer)
        };
        run(plan, options).await.map_err(|fault| fault.report())
    });
    let folder = folder.display().to_string();
    let position = heard.position.lock().unwrap_or_else(PoisonError::into_inner);
    let notices = heard.notices.lock().unwrap_or_else(PoisonError::into_inner);
    let (error, saved) = match ended {
        Ok(summary) => (None, summary.saved),
        Err(error) => (Some(plain(&error.replace(&folder, "FOLDER"))), None),
    };
    Ran {
        error,
        saved,
        printed: printed.rows(),
        text: printed.bytes(),
        notices: notices.clone(),
        position: *position,
    }
}

/// Why a module is not taken, without the excerpt of the pipeline file.
pub(crate) fn refused(module: &[u8]) -> String {
    let evil = Evil::new("evil", module.to_vec(), "a b");
    let ran = evil.run();
    let lines = ran.refusal().lines();
    let is_excerpt = |line: &&str| {
        let line = line.trim_start();
        !(line.is_empty()
            || line.starts_with("-->")
            || line.starts_with('|')
            || line.starts_with(|c: char| c.is_ascii_digit()))
    };
    lines.filter(is_excerpt).collect::<Vec<_>>().join("\n")
}

/// Without what differs from build to build: `menagerie@3fa9c1`.
fn plain(text: &str) -> String {
    let mut parts = text.split('@');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.chars().take_while(char::is_ascii_hexdigit).count();
        // A version has fewer.
        plain += if digits >= 6 { "@DIGEST" } else { "@" };
        plain += if digits >= 6 { &part[digits..] } else { part };
    }
    plain
}

/// Keeps what is printed.
#[derive(Clone, Default)]
pub(crate) struct Printed(Arc<Mutex<Vec<u8>>>);

impl Printed {
    fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A value a line.
    pub(crate) fn rows(&self) -> Vec<Value> {
        String::from_utf8(self.bytes()).unwrap().lines().map(line).collect()
    }
}

impl Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Default)]
struct Heard {
    notices: Mutex<Vec<String>>,
    position: Mutex<u64>,
}

impl Observer for Heard {
    fn building(&self, _: BuildOutput<'_>) {}

    fn notice(&self, text: &str) {
        let mut notices = self.notices.lock().unwrap_or_else(PoisonError::into_inner);
        notices.push(text.to_owned());
    }

    fn before_output(&self, _: &str, _: bool) {}

    fn batch(&self, progress: &Progress) {
        let progress = serde_json::to_value(progress).unwrap();
        let end = line(progress["sources"][0]["endOffset"].as_str().unwrap());
        let mut position = self.position.lock().unwrap_or_else(PoisonError::into_inner);
        *position = end["raw"]["0"].as_u64().unwrap();
    }
}
