//! `wasmill demo`: the lab from end to end, as the notebook shows it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::broker::Broker;
use crate::clock::{Clock, SystemClock};
use crate::error::{Fault, Result};
use crate::lab::{Generator, Kind};
use crate::pipeline::{Output, Pipeline, Resources};
use crate::sink::show::{ShowOptions, Truncate};
use crate::source::{Admin, ClientSettings, Created, KafkaOptions, Producer, Replay};

use tokio::sync::watch;

use super::args::DemoArgs;
use super::open::{self, Teller};
use super::topics::{self, notices};
use super::{Failure, address, produce, run, show, stop, term};

/// How many orders a second the live stream gets.
const LIVE_RATE: u32 = 5;

/// What each table of the notebook shows.
const TITLES: [(&str, &str); 9] = [
    ("commandes", "the parsed orders"),
    ("items", "a row for each item of an order"),
    ("ventes", "sales by product"),
    ("logs", "the parsed log lines"),
    ("niveaux", "log lines by level"),
    ("modules", "log lines by module"),
    ("metrics", "the parsed measurements"),
    ("serveurs", "the busiest servers"),
    ("fenetres", "the servers by windows of 30 seconds"),
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
    live(&transforms, &client, &resources, &teller, &args, stop).await?;

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
         wasmill run transforms/commandes/stream.toml{at}\n\
         Then change transforms/commandes/src/lib.rs, and run it again."
    )
}

/// The folder of the lab's modules: here or above, or above the binary, which stands in the checkout's target folder.
fn find_transforms() -> Result<PathBuf> {
    let here = std::env::current_dir().ok();
    let binary = std::env::current_exe().ok();
    let starts = [here.as_deref(), binary.as_deref()];
    let places = starts
        .into_iter()
        .flatten()
        .flat_map(Path::ancestors)
        .map(|folder| folder.join("transforms"));
    places
        .into_iter()
        .find(|place| place.join("commandes/batch.toml").is_file())
        .ok_or_else(|| {
            Fault::usage("the lab's modules are not here: no folder `transforms/commandes`")
                .hint("run the demo inside a checkout of wasmill")
        })
}

/// Where the demo's Parquet goes.
struct Place(String);

impl Place {
    fn of(output: Option<&str>) -> Result<Self> {
        let output = match output {
            Some(url) if url.contains("://") => url.trim_end_matches('/').to_owned(),
            // From where the user stands, not from the pipeline file.
            Some(path) => std::path::absolute(path)
                .map_err(|error| Fault::usage(format!("`{path}` can't be a folder")).because(error))?
                .to_string_lossy()
                .into_owned(),
            None => std::env::temp_dir().join("wasmill-demo").to_string_lossy().into_owned(),
        };
        Ok(Self(output))
    }

    fn commandes(&self) -> String {
        format!("{}/commandes", self.0)
    }

    fn items(&self) -> String {
        format!("{}/items", self.0)
    }

    fn overrides(&self) -> Vec<String> {
        vec![
            format!("sink.bronze_commandes.parquet={}", self.commandes()),
            format!("sink.bronze_items.parquet={}", self.items()),
        ]
    }
}

async fn open(path: &Path, overrides: Vec<String>, resources: &Resources) -> Result<crate::pipeline::Plan, Failure> {
    let pipeline = Pipeline::read(path, overrides)?;
    let mode = pipeline.mode(false);
    Ok(pipeline.plan(mode, resources).await?)
}

async fn make_topic(client: &ClientSettings, embedded: Option<&Broker>, kind: Kind, teller: &Teller) -> Result<()> {
    let topic = kind.topic();
    if let Some(broker) = embedded {
        return broker.create_topic(topic, 3);
    }
    // Kept for ever: the records of a file may be older than a broker keeps records otherwise.
    let forever = [("retention.ms".to_owned(), "-1".to_owned())];
    if topics::create(client, topic, 3, &forever).await? == Created::AlreadyThere {
        let records = Admin::new(client, notices())?.topic(topic).await?.records();
        teller.say(&format!(
            "topic `{topic}` is there already, with {records} records; the demo's come on top"
        ));
    }
    Ok(())
}

async fn produce_file(client: &ClientSettings, kind: Kind, path: &Path) -> Result<()> {
    let mut producer = Producer::connect(client, notices()).await?;
    for record in Replay::open(path)? {
        producer.send_replayed(kind.topic(), &record?).await?;
    }
    producer.flush().await.map(drop)
}

/// Records of the last minutes, the last of them just now.
async fn produce_made(client: &ClientSettings, kind: Kind, seed: u64, count: u64) -> Result<()> {
    let mut producer = Producer::connect(client, notices()).await?;
    let mut spaces = Generator::new(kind, seed);
    let gaps: Vec<i64> = (0..count).map(|_| spaces.gap_us()).collect();
    let mut at_us = SystemClock.now_ms().saturating_mul(1000) - gaps.iter().sum::<i64>();
    let mut generator = Generator::new(kind, seed);
    for gap in gaps {
        at_us += gap;
        producer
            .send_replayed(kind.topic(), &produce::made(&mut generator, at_us))
            .await?;
    }
    producer.flush().await.map(drop)
}

/// The stream of orders, with new ones arriving while it runs.
async fn live(
    transforms: &Path,
    client: &ClientSettings,
    resources: &Resources,
    teller: &Arc<Teller>,
    args: &DemoArgs,
    stop: watch::Receiver<bool>,
) -> Result<(), Failure> {
    if args.seconds == 0 || *stop.borrow() {
        return Ok(());
    }
    let seconds = Duration::from_secs(args.seconds);
    teller.say(&format!(
        "\nthe live stream: {LIVE_RATE} orders a second, for {} seconds",
        args.seconds
    ));
    let plan = open(&transforms.join("commandes/stream.toml"), Vec::new(), resources).await?;
    let mut producer = Producer::connect(client, notices()).await?;
    let mut generator = Generator::new(Kind::Orders, args.seed.wrapping_add(1));
    let orders = tokio::spawn(async move {
        let mut ticks = tokio::time::interval(Duration::from_secs(1) / LIVE_RATE);
        loop {
            ticks.tick().await;
            let record = produce::made(&mut generator, SystemClock.now_ms().saturating_mul(1000));
            if let Err(fault) = producer.send_replayed(Kind::Orders.topic(), &record).await {
                term::say_line(&format!("no more orders: {fault}"));
                return;
            }
        }
    });
    let ran = run::run_plan(plan, Output::Table, stop::or_after(stop, seconds), teller).await;
    orders.abort();
    ran.map(drop)
}
