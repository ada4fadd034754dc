//! Which broker a command talks to: the one it is told, else the embedded one that runs.

use crate::broker;
use crate::error::{Fault, Result};
use crate::source::ClientSettings;

use super::args::KafkaArgs;

/// The command line's settings for the Kafka client.
pub(super) fn settings(args: &KafkaArgs) -> Vec<(String, String)> {
    let address = args
        .kafka
        .iter()
        .map(|address| ("bootstrap.servers".to_owned(), address.clone()));
    args.settings.iter().cloned().chain(address).collect()
}

/// The embedded broker that another command runs, if any.
pub(super) fn embedded() -> Option<String> {
    broker::running().map(|running| running.address().to_owned())
}

/// A client's settings for a command without a pipeline.
pub(super) fn client(args: &KafkaArgs) -> Result<ClientSettings> {
    let mut settings = ClientSettings::default();
    for (name, value) in self::settings(args) {
        settings.set(name, value);
    }
    if settings.address().is_none() {
        let address = embedded().ok_or_else(|| {
            Fault::usage("no broker is named, and no embedded one runs")
                .hint("name one: `--kafka HOST:PORT`; or start one in another terminal: `wasmill broker`")
        })?;
        settings.set("bootstrap.servers", address);
    }
    if let Some(problem) = settings.problems().into_iter().next() {
        let fault = Fault::usage(problem.message);
        return Err(match problem.hint {
            Some(hint) => fault.hint(hint),
            None => fault,
        });
    }
    Ok(settings)
}
