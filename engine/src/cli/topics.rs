//! `wasmill topics`: list, create, delete.

use std::sync::Arc;

use crate::broker;
use crate::error::{Fault, Result};
use crate::source::{Admin, ClientSettings, Created, Notice};

use super::args::{KafkaArgs, TopicsAction, TopicsArgs};
use super::{Failure, address, term};

pub(super) async fn topics(args: TopicsArgs) -> Result<(), Failure> {
    match args.action {
        None => list(&args.kafka).await?,
        Some(TopicsAction::Create {
            names,
            partitions,
            config,
        }) => {
            let client = address::client(&args.kafka)?;
            for name in names {
                let created = create(&client, &name, partitions, &config).await?;
                match created {
                    Created::New => {
                        let partitions = term::count(partitions, "partition");
                        term::say_line(&format!("created topic `{name}` with {partitions}"));
                    }
                    Created::AlreadyThere => {
                        let fault = Fault::refused(format!("topic `{name}` is there already"));
                        return Err(fault
                            .hint("`wasmill topics` lists them; `wasmill topics delete` deletes one")
                            .into());
                    }
                }
            }
        }
        Some(TopicsAction::Delete { names }) => {
            let client = address::client(&args.kafka)?;
            let admin = Admin::new(&client, notices())?;
            for name in names {
                admin.delete(&name).await?;
                term::say_line(&format!("deleted topic `{name}`"));
            }
        }
    }
    Ok(())
}

/// Makes a topic, on the embedded broker through its own door.
pub(super) async fn create(
    client: &ClientSettings,
    name: &str,
    partitions: i32,
    config: &[(String, String)],
) -> Result<Created> {
    let embedded = broker::running().filter(|running| Some(running.address()) == client.address());
    match embedded {
        Some(running) => {
            if !config.is_empty() {
                term::say_line("the embedded broker has no settings of topics: `--config` is left out");
            }
            let topics = Admin::new(client, notices())?.topics().await?;
            if topics.iter().any(|topic| topic.name == name) {
                return Ok(Created::AlreadyThere);
            }
            running.create_topic(name, partitions).map(|()| Created::New)
        }
        None => Admin::new(client, notices())?.create(name, partitions, config).await,
    }
}

async fn list(kafka: &KafkaArgs) -> Result<()> {
    let admin = Admin::new(&address::client(kafka)?, notices())?;
    let topics = admin.topics().await?;
    if topics.is_empty() {
        term::say_line("no topics; `wasmill topics create NAME` makes one");
    }
    let width = topics.iter().map(|topic| topic.name.len()).max().unwrap_or(0).max(5);
    let mut text = String::new();
    for (at, topic) in topics.iter().enumerate() {
        if at == 0 {
            text.push_str(&format!("{:width$}  partitions  records\n", "topic"));
        }
        text.push_str(&format!(
            "{:width$}  {:>10}  {:>7}\n",
            topic.name,
            topic.partitions.len(),
            topic.records()
        ));
    }
    term::print(&text)
}

/// What the client has to say goes to stderr.
pub(super) fn notices() -> crate::source::Notify {
    Arc::new(|notice: Notice| term::say_line(&notice.to_string()))
}
