//! The function of a module that stands behind an aggregate's name.

use std::fmt;

use super::module::{AggregateModule, Signature};
use crate::guest::digest::Digest;

/// A function of a version of a module, under the name that SQL calls it by.
pub(super) struct Used {
    pub(super) module: AggregateModule,
    /// Among those of the module.
    pub(super) function: usize,
    pub(super) called: String,
}

impl Used {
    pub(super) fn new(module: AggregateModule, function: usize, called: &str) -> Self {
        Self {
            module,
            function,
            called: called.to_owned(),
        }
    }

    pub(super) fn signature(&self) -> &Signature {
        self.module.signature(self.function)
    }

    /// Which function of which module: equal for equal code.
    pub(super) fn identity(&self) -> (&str, &Digest, usize) {
        (&self.called, self.module.digest(), self.function)
    }
}

/// `` `p95` (p95@3fa9c1)``.
impl fmt::Display for Used {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ({})", self.called, self.module)
    }
}
