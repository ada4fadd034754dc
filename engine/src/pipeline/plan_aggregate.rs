//! `[aggregate.NAME]`: the crate is built or the module file opened, and its aggregate becomes a function of SQL.

use crate::guest::{AggregateModule, GuestAggregate};
use crate::sql::Planner;

use super::Resources;
use super::given::Given;
use super::mistake::{Mistake, Mistakes};
use super::plan_guest::open;
use super::spec::AggregateSpec;

/// Plans an aggregate.
pub(super) async fn plan(
    spec: &AggregateSpec,
    given: &Given,
    resources: &Resources,
    mistakes: &mut Mistakes,
) -> Option<GuestAggregate> {
    let name = &spec.name.text;
    // SQL's functions are called in whatever case.
    let called = name.to_lowercase();
    if Planner::new().has_function(&called) {
        let message = format!("aggregate `{name}`: SQL has a function of that name");
        let hint = "choose another name, and say `function` if the module calls it by this one";
        mistakes.push(Mistake::new(message).at(spec.name.span).hint(hint));
        return None;
    }
    let opened = match given.modules.aggregates.get(&called) {
        Some(module) => Ok(module.clone()),
        None => open(&spec.module.value, &spec.limits, resources, AggregateModule::load).await,
    };
    let aggregate = match opened {
        Ok(module) => module.aggregate(&called, spec.function.as_ref().map(|function| function.value.as_str())),
        Err(fault) => Err(fault),
    };
    match aggregate {
        Ok(aggregate) => Some(aggregate),
        Err(fault) => {
            let message = format!("aggregate `{name}`: {fault}");
            let span = spec
                .function
                .as_ref()
                .map_or(spec.module.span, |function| function.span);
            let hint = fault.advice().map(str::to_owned);
            mistakes.push(Mistake::new(message).at(span).maybe_hint(hint));
            None
        }
    }
}
