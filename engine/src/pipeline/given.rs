//! What planning gets besides the pipeline and the process: modules that are loaded already, and what time it is.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::clock::{Clock, SystemClock};
use crate::guest::{AggregateModule, Module};

use super::Mode;

/// Modules that are loaded already. What the pipeline names is not opened where there is one.
#[derive(Clone, Default)]
pub struct LoadedModules {
    /// By the guest's name.
    pub guests: BTreeMap<String, Module>,
    /// By the aggregate's name, in lower case, as SQL's functions are called.
    pub aggregates: BTreeMap<String, AggregateModule>,
}

/// What is given to planning.
pub(super) struct Given {
    pub(super) modules: LoadedModules,
    /// What `current_timestamp()` goes by.
    pub(super) clock: Arc<dyn Clock>,
    /// As what the options of sources are looked at, if not as those of the plan: a stream that is tried as a batch may well begin at
    /// the newest record.
    pub(super) sources_of: Option<Mode>,
}

impl Default for Given {
    /// No modules, and the system's clock.
    fn default() -> Self {
        Self {
            modules: LoadedModules::default(),
            clock: Arc::new(SystemClock),
            sources_of: None,
        }
    }
}
