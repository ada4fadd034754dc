//! `wasmill check`: every mistake in a pipeline, without reading a record.

use crate::sink::show::schema_tree;

use super::args::CheckArgs;
use super::limits_text::limits_text;
use super::open::{self, Teller};
use super::{Failure, term};

pub(super) async fn check(args: CheckArgs) -> Result<(), Failure> {
    let teller = Teller::new(None);
    let name = args.pipeline.pipeline.display().to_string();
    let plan = open::plan_offline(args.pipeline, args.once, &teller).await?;
    if args.schema {
        for (table, schema) in plan.schemas() {
            term::print(&format!("{table}\n{}\n", schema_tree(&schema)))?;
        }
    }
    if args.limits {
        for (table, limits) in plan.limits() {
            term::print(&format!("{}\n", limits_text(&table, &limits)))?;
        }
    }
    term::say_line(&format!("`{name}` is in order: {}", plan.outline()));
    Ok(())
}
