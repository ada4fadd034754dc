//! `wasmill doctor`: what is missing to build modules and to run a pipeline, and the command that mends it.

mod broker;
mod finding;
mod folders;
mod program;
mod toolchain;

use std::path::{Path, PathBuf};

use crate::error::Fault;
use crate::guest::CacheFolder;
use crate::pipeline::{Needs, Pipeline};

use super::args::{DoctorArgs, DoctorFormat};
use super::{Failure, address, term};

use finding::{Finding, State};

pub(super) async fn doctor(args: DoctorArgs) -> Result<(), Failure> {
    let file = args.pipeline.map(|path| {
        if path.is_dir() {
            path.join("pipeline.toml")
        } else {
            path
        }
    });
    let mut findings = Vec::new();
    let needs = match &file {
        Some(file) => look_into(file, args.overrides, &address::settings(&args.kafka), &mut findings)?,
        None => None,
    };
    let builds = needs.as_ref().is_none_or(|needs| !needs.crates.is_empty());
    let folder = match &needs {
        Some(needs) if builds => needs.crates[0].clone(),
        _ => PathBuf::from("."),
    };
    // A server that does not answer is waited for beside the others.
    let checkpoint = needs.as_ref().and_then(|needs| needs.checkpoint.as_deref());
    let (toolchain, broker, folders, checkpoint) = tokio::join!(
        toolchain::look(&folder, builds),
        broker::look(&args.kafka, needs.as_ref().map(|needs| needs.kafka.as_slice())),
        folders::look(needs.as_ref().map_or(&[], |needs| needs.folders.as_slice())),
        folders::look_for_checkpoints(checkpoint),
    );
    findings.extend(toolchain);
    findings.push(cache());
    findings.extend(broker);
    findings.extend(folders);
    findings.extend(checkpoint);

    match args.output {
        DoctorFormat::Table => term::print(&finding::table(&findings))?,
        DoctorFormat::Json => term::print(&format!("{}\n", finding::json(&findings)))?,
    }
    match findings
        .iter()
        .filter(|finding| finding.state == State::Missing)
        .count()
    {
        0 => {
            term::say_line("nothing that is needed is missing");
            Ok(())
        }
        missing => {
            let what = if missing == 1 {
                "1 thing is missing".to_owned()
            } else {
                format!("{missing} things are missing")
            };
            let hint = "the commands that mend it stand above; then ask again";
            Err(Fault::machine(what).hint(hint).into())
        }
    }
}

/// What the pipeline needs, where its file can be understood.
fn look_into(
    file: &Path,
    overrides: Vec<String>,
    kafka: &[(String, String)],
    findings: &mut Vec<Finding>,
) -> Result<Option<Needs>, Failure> {
    let shown = format!("`{}`", file.display());
    let embedded = address::embedded();
    match Pipeline::read(file, overrides)?.needs(kafka, embedded.as_deref()) {
        Ok(needs) => {
            findings.push(Finding::ok("pipeline", shown));
            Ok(Some(needs))
        }
        Err(invalid) => {
            let mistakes = term::count(u64::try_from(invalid.len()).unwrap_or(u64::MAX), "mistake");
            let check = format!("wasmill check {}", file.display());
            findings.push(Finding::missing("pipeline", format!("{shown} has {mistakes}")).mended_by(check));
            Ok(None)
        }
    }
}

/// Without a cache everything works, only slower.
fn cache() -> Finding {
    match CacheFolder::default().usable() {
        Ok(folder) => Finding::ok("cache", format!("`{}`", folder.display())),
        Err(fault) => Finding::optional("cache", format!("each start compiles its modules anew: {fault}"))
            .maybe_mended_by(fault.advice()),
    }
}
