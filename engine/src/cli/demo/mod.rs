//! `wasmill demo`: the lab from end to end, as the notebook shows it.

mod live;
mod place;
mod records;

use std::path::Path;

use crate::broker::Broker;
use crate::error::Result;
use crate::lab::Kind;
use crate::pipeline::{Output, Pipeline, Plan, Resources};
use crate::sink::show::{ShowOptions, Truncate};
use crate::source::KafkaOptions;

use super::args::DemoArgs;
use super::open::{self, Teller};
use super::{Failure, address, run, show, stop};

use place::{Place, find_transforms};
use records::{make_topic, produce_file, produce_made};

/// What each table of the notebook shows.
const TITLES: [(&str, &str); 11] = [
    ("commandes", "the parsed orders"),
    ("items", "a row for each item of an order"),
    ("ventes", "sales by product"),
    ("logs", "the parsed log lines"),
    ("niveaux", "log lines by level"),
    ("modules", "log lines by module"),
    ("metrics", "the parsed measurements"),
    ("serveurs", "the busiest servers"),
    ("fenetres", "the servers by windows of 30 seconds"),
    (
        "exercice",
        "the servers by windows of 30 seconds: what this batch changed",
    ),
    ("charges", "the busiest servers so far"),
];

pub(super) async fn demo(args: DemoArgs) -> Result<(), Failure> {
    let teller = Teller::new(None).with_titles(TITLES);
    let transforms = find_transforms()?;
    let output = Place::of(args.output.as_deref())?;

    // Lives until the end of the demo.
    let mut embedded = None;
    let mut kafka = args.kafka.clone();
    if kafka.kafka.is_none() {
        teller.doing("starting the embedded broker");
        kafka.kafka = Some(embedded.insert(Broker::start()?).address().to_owned());
    }
    let client = address::client(&kafka)?;
    teller.doing("making the topics and the lab's records");
    for kind in Kind::ALL {
        make_topic(&client, embedded.as_ref(), kind, &teller).await?;
        let count = if kind == Kind::Orders {
            args.records
        } else {
            args.records.div_ceil(2)
        };
        match &args.from {
            Some(folder) => produce_file(&client, kind, &folder.join(format!("{kind}.jsonl"))).await?,
            None => produce_made(&client, kind, args.seed, count).await?,
        }
    }

    let resources = open::resources(&kafka, &teller)?;
    teller.doing("building the lab's modules");
    let mut plans = Vec::new();
    for name in ["commandes", "logs", "metrics"] {
        let overrides = if name == "commandes" {
            output.overrides()
        } else {
            Vec::new()
        };
        plans.push(open(&transforms.join(name).join("batch.toml"), overrides, &resources).await?);
    }
    teller.clear();

    teller.say(&format!(
        "\ntopic `{}`: its records, their schema, the first of them",
        Kind::Orders.topic()
    ));
    let options = ShowOptions {
        num_rows: 5,
        truncate: Truncate::At(50),
        vertical: false,
    };
    show::show_topic(
        KafkaOptions::subscribe([Kind::Orders.topic()], client.clone()),
        &options,
    )
    .await?;
    let stop = stop::on_ctrl_c(None, "step");
    for plan in plans {
        let summary = run::run_plan(plan, Output::Table, stop.clone(), &teller).await?;
        for (name, wrote) in summary.sinks.iter().filter(|(_, wrote)| wrote.files > 0) {
            let folder = if name == "bronze_items" {
                output.items()
            } else {
                output.commandes()
            };
            teller.say(&format!(
                "Parquet: {} rows, {} bytes in {folder}",
                wrote.rows, wrote.bytes
            ));
        }
    }
    live::live(&transforms, &client, &resources, &teller, &args, stop).await?;

    teller.say(&format!(
        "\nThat was the lab. Parquet lies in {} and {}",
        output.commandes(),
        output.items()
    ));
    teller.say(&next_steps(args.kafka.kafka.as_deref()));
    Ok(())
}

/// What to type next, on the broker that the demo used if it is one that stays.
fn next_steps(kafka: Option<&str>) -> String {
    let own_broker = "\n  wasmill broker                                    a broker that stays: leave it running, in another terminal\n  \
                      wasmill topics create commandes-json";
    let (before, at) = kafka.map_or((own_broker, String::new()), |address| {
        ("", format!(" --kafka {address}"))
    });
    format!(
        "What to type next (`wasmill` is target/release/wasmill):{before}\n  \
         wasmill produce commandes-json --generate orders --rate 5{at}\n  \
         wasmill run transforms/commandes/stream.toml{at}\n  \
         wasmill run transforms/commandes/windows.toml{at}\n\
         Then `wasmill dev transforms/commandes/stream.toml`: change transforms/commandes/src/lib.rs, save, and see the rows change.\n\
         `wasmill new mine` begins a module of your own."
    )
}

/// A pipeline of the lab, ready to run.
async fn open(path: &Path, overrides: Vec<String>, resources: &Resources) -> Result<Plan, Failure> {
    let pipeline = Pipeline::read(path, overrides)?;
    let mode = pipeline.mode(false);
    Ok(pipeline.plan(mode, resources).await?)
}
