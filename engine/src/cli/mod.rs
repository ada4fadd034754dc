//! The command line: one file a command. Data goes to stdout, everything else to stderr.

mod address;
mod args;
mod bench;
mod broker;
mod build;
mod check;
mod checkpoint;
mod chosen;
mod columns;
mod control;
mod demo;
mod dev;
mod difference;
mod doctor;
mod explain;
mod limits_text;
mod log_book;
mod logs;
mod modules;
mod modules_text;
mod new;
mod open;
mod produce;
mod rollback;
mod run;
mod show;
mod state;
mod state_text;
mod stop;
mod term;
mod test;
mod topics;

use std::process::ExitCode;

use clap::Parser;

use crate::error::Fault;
use crate::guest::compile_for_parent;
use crate::pipeline::Invalid;
use crate::sink::is_broken_pipe;

use args::{Cli, Command};

/// Why a command ended without doing what it was asked for.
enum Failure {
    /// Something failed; the text says what.
    Fault(Fault),
    /// The pipeline file is wrong in one or more places.
    Invalid(Box<Invalid>),
    /// What failed has been told: cases that are not as expected.
    Told,
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Invalid> for Failure {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(Box::new(invalid))
    }
}

/// Runs the command of the process's arguments. Status 0: done; 1: it failed, and stderr says why; 2: the arguments are
/// wrong.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    // Before anything is started that such a process has no use for.
    if let Command::CompileModule(args) = &cli.command {
        return compile_for_parent(&args.job).unwrap_or_else(|fault| report(&fault.into()));
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return report(
                &Fault::machine("can't start the threads to work with")
                    .because(error)
                    .into(),
            );
        }
    };
    let outcome = runtime.block_on(async {
        match cli.command {
            Command::Demo(args) => demo::demo(args).await,
            Command::New(args) => new::new(&args),
            Command::Dev(args) => dev::dev(args).await,
            Command::Run(args) => run::run(args).await,
            Command::State(args) => state::state(args).await,
            Command::Modules(args) => modules::modules(args).await,
            Command::Logs(args) => logs::logs(args).await,
            Command::Rollback(args) => rollback::rollback(args).await,
            Command::Checkpoint(args) => checkpoint::checkpoint(args).await,
            Command::Check(args) => check::check(args).await,
            Command::Produce(args) => produce::produce(args).await,
            Command::Topics(args) => topics::topics(args).await,
            Command::Show(args) => show::show(args).await,
            Command::Test(args) => test::test(args).await,
            Command::Bench(args) => bench::bench(args).await,
            Command::Build(args) => build::build(&args).await,
            Command::Doctor(args) => doctor::doctor(args).await,
            Command::Broker(args) => broker::broker(args).await,
            Command::CompileModule(_) => Ok(()),
        }
    });
    // A thread that still waits for a broker must not hold the process.
    runtime.shutdown_background();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => report(&failure),
    }
}

fn report(failure: &Failure) -> ExitCode {
    match failure {
        // Whoever read our output has seen enough, as `head` does.
        Failure::Fault(fault) if is_broken_pipe(fault) => return ExitCode::SUCCESS,
        Failure::Fault(fault) => term::say(&fault.report()),
        Failure::Told => {}
        Failure::Invalid(invalid) => term::say_coloured(&invalid.report(term::colour())),
    }
    ExitCode::FAILURE
}
