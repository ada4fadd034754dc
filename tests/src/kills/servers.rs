//! The servers that a run is on: those of the environment, or a set of its own, whose servers it may stop.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Stdio};

use super::fault::Server;
use crate::command::Command;

/// A broker and a store.
#[derive(Debug)]
pub struct Servers {
    /// What a client has to have in its environment: `WASMILL_TEST_*` and `AWS_*`.
    variables: BTreeMap<String, String>,
    /// Of a set of our own: the process that holds it, as long as we hold its standard input.
    own: Option<(Child, Option<ChildStdin>)>,
}

impl Servers {
    /// Those that the environment names, which others use too. None if it names none.
    pub fn given() -> Option<Self> {
        let names = ["WASMILL_TEST_KAFKA", "WASMILL_TEST_S3"];
        if names.iter().any(|name| std::env::var_os(name).is_none()) {
            return None;
        }
        Some(Self {
            variables: std::env::vars().filter(|(name, _)| is_ours(name)).collect(),
            own: None,
        })
    }

    /// A set of its own. It is gone when this is dropped, and when this process ends in whatever way.
    pub fn start() -> Self {
        // The shell that shows the variables ends when it can read no more, which is when nobody holds the other end.
        let shell = "env && echo ready && exec cat >&2";
        let mut command = std::process::Command::new(script());
        command
            .args(["run", "sh", "-c", shell])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{} can't be run: {error}", script().display()));
        let stdin = child.stdin.take();
        let lines = child.stdout.take().map(|stdout| BufReader::new(stdout).lines());
        let mut variables = BTreeMap::new();
        let mut ready = false;
        for line in lines.into_iter().flatten().map_while(Result::ok) {
            if line == "ready" {
                ready = true;
                break;
            }
            if let Some((name, value)) = line.split_once('=').filter(|(name, _)| is_ours(name)) {
                variables.insert(name.to_owned(), value.to_owned());
            }
        }
        assert!(ready, "servers could not be started: their harness says why above");
        Self {
            variables,
            own: Some((child, stdin)),
        }
    }

    /// Whether they are ours alone, so that they may go.
    pub fn may_go(&self) -> bool {
        self.own.is_some()
    }

    /// `host:port` of the broker.
    pub(super) fn kafka(&self) -> &str {
        self.variable("WASMILL_TEST_KAFKA")
    }

    /// What it says of one variable; nothing if it has none of that name.
    pub(super) fn variable(&self, name: &str) -> &str {
        self.variables.get(name).map_or("", String::as_str)
    }

    /// A command in the environment that leads to these servers.
    pub(super) fn environment(&self, command: Command) -> Command {
        let command = self
            .variables
            .iter()
            .fold(command, |command, (name, value)| command.env(name, value));
        command.env("WASMILL_KAFKA", self.kafka())
    }

    /// Does something to one of them: `tests/servers WHAT SERVER`.
    pub(super) fn tell(&self, what: &str, server: Server) {
        assert!(self.may_go(), "others use these servers too");
        let name = match server {
            Server::Broker => "kafka",
            Server::Store => "minio",
        };
        let command = Command::other(script(), [what, name, self.variable("WASMILL_TEST_SERVERS")]);
        command.succeed();
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        if let Some((child, stdin)) = &mut self.own {
            drop(stdin.take());
            let _ = child.wait();
        }
    }
}

fn is_ours(name: &str) -> bool {
    name.starts_with("WASMILL_TEST_") || name.starts_with("AWS_")
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("servers")
}
