//! `[guest.NAME]`: the crate is built or the module file opened, and its contract looked at.

use std::path::Path;
use std::sync::Arc;

use crate::error::{Fault, Result};
use crate::guest::{self, GuestEngine, Limits, Module, Transform};

use super::Resources;
use super::given::Given;
use super::graph::{Graph, Relation};
use super::mistake::{Mistake, Mistakes};
use super::plan::PlannedGuest;
use super::reload::Live;
use super::spec::GuestSpec;

/// Plans the guest at this position of the spec.
pub(super) async fn plan(
    position: usize,
    guest: &GuestSpec,
    graph: &Graph,
    include_headers: bool,
    given: &Given,
    resources: &Resources,
    mistakes: &mut Mistakes,
) -> Option<PlannedGuest> {
    let opened = match given.modules.guests.get(&guest.name.text) {
        Some(module) => Ok(module.clone()),
        None => open(&guest.module.value, &guest.limits, resources, Module::load).await,
    };
    let module = match opened {
        Ok(module) => module,
        Err(fault) => {
            let message = format!("guest `{}`: {fault}", guest.name.text);
            let hint = fault.advice().map(str::to_owned);
            mistakes.push(Mistake::new(message).at(guest.module.span).maybe_hint(hint));
            return None;
        }
    };
    // A guest without a source has been told; its rows can still be typed.
    let source = match graph.find(&guest.from.value) {
        Some(Relation::Source(source)) => source,
        _ => 0,
    };
    let transform = Transform::new(guest.name.text.clone(), module, guest.on_error, include_headers);
    Some(PlannedGuest {
        live: Arc::new(Live::new(transform)),
        source,
        rows: Relation::Guest(position),
        dead_letters: Relation::DeadLetters(position),
    })
}

/// Opens a module within these limits; a crate's folder is built first.
pub(super) async fn open<M: Send + 'static>(
    path: &Path,
    limits: &Limits,
    resources: &Resources,
    load: fn(&GuestEngine, &Path, Limits) -> Result<M>,
) -> Result<M> {
    let path = path.to_owned();
    let limits = limits.clone();
    let engine = resources.guest_engine.clone();
    let observer = Arc::clone(&resources.observer);
    let opened = tokio::task::spawn_blocking(move || {
        if path.is_dir() {
            let built = guest::build_within(&path, &limits, |said| observer.building(said))?;
            load(&engine, &built.component, limits)
        } else {
            load(&engine, &path, limits)
        }
    });
    opened
        .await
        .map_err(|error| Fault::internal("opening the module broke off").because(error))?
}
