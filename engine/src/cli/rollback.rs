//! `wasmill rollback`: the version before, back into use while the stream goes on.

use crate::text::one_line;

use super::args::RollbackArgs;
use super::chosen::the_one;
use super::{Failure, term};

/// What is said of a version may name partitions, which are few.
const MOST_BYTES: usize = 4096;

pub(super) async fn rollback(args: RollbackArgs) -> Result<(), Failure> {
    let run = the_one(&args.running).await?;
    let said = run.rollback(&args.module).await?;
    Ok(term::print(&format!("{}\n", one_line(&said, MOST_BYTES)))?)
}
