//! What can go wrong with a text output.

use std::error::Error;
use std::io;

use crate::error::Fault;

/// The output can't be written to. A pipe whose reader went away is told apart by [`is_broken_pipe`].
pub(super) fn output_fault(error: io::Error) -> Fault {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Fault::machine("nobody reads the output any more").because(error);
    }
    Fault::machine("can't write the output").because(error)
}

/// Whether the reader of an output went away (`wasmill run ... | head`): the end of the run, but nothing to complain about.
pub fn is_broken_pipe(fault: &Fault) -> bool {
    let mut cause = fault.source();
    while let Some(error) = cause {
        if error
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
        {
            return true;
        }
        cause = error.source();
    }
    false
}
