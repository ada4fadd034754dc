//! `wasmill build`: a guest crate into a module.

use crate::error::Fault;
use crate::guest;

use super::args::BuildArgs;
use super::open::Teller;
use super::{Failure, term};
use crate::pipeline::Observer;

pub(super) async fn build(args: &BuildArgs) -> Result<(), Failure> {
    let teller = Teller::new(None);
    let (folder, observer) = (args.crate_dir.clone(), teller.clone());
    let built = tokio::task::spawn_blocking(move || guest::build(&folder, |said| observer.building(said)))
        .await
        .map_err(|error| Fault::internal("the build broke off").because(error))?;
    teller.clear();
    let built = built?;
    teller.say(&format!(
        "built `{}`: {} bytes, digest {}",
        built.name, built.bytes, built.digest
    ));
    Ok(term::print(&format!("{}\n", built.component.display()))?)
}
