//! How wasmill's commands find a broker that another of them runs: a file that only its owner can read.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::cluster::Orders;
use super::control::{self, Control, Wish};
use crate::announce::{self, Announced};
use crate::error::{Fault, Result};

const FILE: &str = "broker.json";

/// What the file says.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Contents {
    address: String,
    pid: u32,
    control_port: u16,
    token: String,
}

/// A broker that is made known to other commands, until this is dropped.
pub struct Announcement {
    _file: Announced,
    _control: Control,
}

/// A broker that another command runs.
#[derive(Debug, Clone)]
pub struct Running(Contents);

/// The broker that is running on this machine for this user, if there is one. It is asked whether it lives; the file of one
/// that was killed is removed.
pub fn running() -> Option<Running> {
    running_in(&announce::folder())
}

impl Running {
    /// Where clients find it: `127.0.0.1:PORT`.
    pub fn address(&self) -> &str {
        &self.0.address
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.0.pid
    }

    /// Makes a topic.
    ///
    /// # Errors
    /// `Refused`: it is there already, or can't be named so. `Unavailable`: the broker has stopped.
    pub fn create_topic(&self, topic: &str, partitions: i32) -> Result<()> {
        let wish = Wish::CreateTopic {
            topic: topic.to_owned(),
            partitions,
        };
        control::ask(self.0.control_port, &self.0.token, wish)
            .unwrap_or_else(|| Err(Fault::unavailable("the embedded broker has stopped")))
    }
}

pub(super) fn running_in(folder: &Path) -> Option<Running> {
    let contents: Contents = announce::read(folder, FILE)?;
    if let Some(Ok(())) = control::ask(contents.control_port, &contents.token, Wish::Ping) {
        return Some(Running(contents));
    }
    // Left behind by one that was killed.
    announce::remove(folder, FILE, &contents.token);
    None
}

pub(super) fn announce(folder: &Path, address: &str, orders: Orders) -> Result<Announcement> {
    if let Some(other) = running_in(folder) {
        return Err(Fault::usage(format!(
            "a broker is running already: `{}` (process {})",
            other.address(),
            other.pid()
        )));
    }
    let token = announce::token();
    let control = Control::start(orders, token.clone())?;
    let contents = Contents {
        address: address.to_owned(),
        pid: std::process::id(),
        control_port: control.port(),
        token: token.clone(),
    };
    let file = announce::publish(folder, FILE, &token, &contents).map_err(|error| {
        Fault::machine("the broker can't be announced")
            .at(format!("`{}`", folder.join(FILE).display()))
            .because(error)
    })?;
    Ok(Announcement {
        _file: file,
        _control: control,
    })
}

#[cfg(test)]
#[path = "announce_test.rs"]
mod tests;
