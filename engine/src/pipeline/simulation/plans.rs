//! Plans of made up pipelines, each made once: to plan costs more than to run.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};

use super::expected::{Rows, counted, rows_of};
use super::scenario::Scenario;
use super::tables::Block;
use crate::batch::Records;
use crate::pipeline::given::LoadedModules;
use crate::pipeline::testing::{Heard, pipeline, resources};
use crate::pipeline::{Mode, Plan, Resources, Trial};

/// A process without modules, for all plans.
static RESOURCES: LazyLock<Resources> = LazyLock::new(|| resources(Arc::new(Heard::default())));

static PLANS: LazyLock<Mutex<HashMap<String, Plan>>> = LazyLock::new(Mutex::default);

thread_local! {
    static TRIALS: std::cell::RefCell<HashMap<&'static str, Trial>> = std::cell::RefCell::default();
}

/// The plan of a pipeline file.
pub(super) async fn stream(text: &str) -> Plan {
    if let Some(plan) = PLANS.lock().unwrap().get(text) {
        return plan.clone();
    }
    let pipeline = pipeline(Path::new(""), text, &[]);
    let planned = pipeline.plan(Mode::Stream, &RESOURCES).await;
    let plan = planned.unwrap_or_else(|invalid| panic!("{}", invalid.report(false)));
    PLANS.lock().unwrap().insert(text.to_owned(), plan.clone());
    plan
}

/// What a batch over all records gives for a table.
pub(super) async fn oracle(scenario: &Scenario, block: &Block) -> Rows {
    let topic = if block.closes {
        &scenario.before_close
    } else {
        &scenario.topic
    };
    let cached = TRIALS.with(|trials| trials.borrow_mut().remove(block.name));
    let mut trial = match cached {
        Some(trial) => trial,
        None => {
            let pipeline = pipeline(Path::new(""), &scenario.text, &[]);
            let tables = [block.name.to_owned()];
            let planned = Trial::plan(&pipeline, &tables, &LoadedModules::default(), &RESOURCES).await;
            planned.unwrap_or_else(|invalid| panic!("{}", invalid.report(false)))
        }
    };
    let records: Vec<Records> = topic.all();
    let report = trial.run(&BTreeMap::from([("raw".to_owned(), records)])).await;
    assert!(report.failure.is_none(), "the oracle failed: {:?}", report.failure);
    let rows = report.tables.iter().flat_map(|table| rows_of(&table.rows));
    let rows = counted(rows, block.kind);
    TRIALS.with(|trials| trials.borrow_mut().insert(block.name, trial));
    rows
}
