//! The loop around a student's aggregate: states and rows in, states out.

mod argument;
mod packed;

pub use argument::{Argument, Input, field as argument};
pub use packed::Packed;

use crate::cell::Cell;
use crate::column::{Column, Data, Field};
use crate::{Error, State};

/// An aggregate: what `#[aggregate]` makes of an `impl`. See [`macro@crate::aggregate`].
pub trait Aggregate: State + Default {
    /// What it gives for a group.
    type Finished: Cell;

    /// What SQL calls it by, if the pipeline does not say otherwise.
    const NAME: &'static str;

    /// What the bytes of its states mean.
    const VERSION: u32;

    /// Older versions that [`Aggregate::migrate_state`] reads.
    const MIGRATES_FROM: &'static [u32];

    /// The names and types of its arguments.
    fn arguments() -> Vec<Field>;

    /// Adds rows to states: row `i` to `states[groups[i]]`. The groups are there.
    fn update_rows(states: &mut [Self], groups: &[u32], arguments: &[Input]);

    /// Adds another state.
    fn merge_state(&mut self, other: &Self);

    /// The result.
    fn finish_state(&self) -> Self::Finished;

    /// A state of an older version.
    fn migrate_state(version: u32, bytes: &[u8]) -> Option<Self>;
}

/// Adds rows to groups.
///
/// # Errors
/// If the engine handed in what does not fit together, or a state that is none.
pub fn update<A: Aggregate>(states: &Packed, groups: &[u32], arguments: &[Input]) -> Result<Packed, Error> {
    let mut states = unpack::<A>(states)?;
    check_groups(groups, states.len())?;
    let wanted = A::arguments();
    if arguments.len() != wanted.len() {
        return Err(Error::new(format!(
            "{} arguments instead of {}",
            arguments.len(),
            wanted.len()
        )));
    }
    for (argument, field) in arguments.iter().zip(&wanted) {
        argument.check(field, groups.len())?;
    }
    A::update_rows(&mut states, groups, arguments);
    Ok(pack(&states))
}

/// Adds states to groups.
///
/// # Errors
/// As [`update`].
pub fn merge<A: Aggregate>(states: &Packed, groups: &[u32], others: &Packed) -> Result<Packed, Error> {
    let (mut states, others) = (unpack::<A>(states)?, unpack::<A>(others)?);
    if groups.len() != others.len() {
        return Err(Error::new(format!(
            "{} groups for {} states",
            groups.len(),
            others.len()
        )));
    }
    check_groups(groups, states.len())?;
    for (group, other) in groups.iter().zip(&others) {
        states[*group as usize].merge_state(other);
    }
    Ok(pack(&states))
}

/// The results of groups, a column and its children.
///
/// # Errors
/// If a state is none.
pub fn finish<A: Aggregate>(states: &Packed) -> Result<Vec<Data>, Error> {
    let mut column = <A::Finished as Cell>::Column::default();
    for state in unpack::<A>(states)? {
        state.finish_state().append(&mut column);
    }
    let mut columns = Vec::new();
    column.finish(&mut columns);
    Ok(columns)
}

/// States of an older version as those of this one.
///
/// # Errors
/// If the aggregate can't read them.
pub fn migrate<A: Aggregate>(version: u32, states: &Packed) -> Result<Packed, Error> {
    let mut migrated = Packed::default();
    for bytes in states.iter()? {
        match bytes {
            [] => migrated.push(&[]),
            bytes => match A::migrate_state(version, bytes) {
                Some(state) => push(&mut migrated, &state),
                None => {
                    return Err(Error::new(format!(
                        "`{}` can't read a state of version {version}",
                        A::NAME
                    )));
                }
            },
        }
    }
    Ok(migrated)
}

/// What it gives, as a field.
pub fn result<A: Aggregate>() -> Vec<Field> {
    let mut fields = Vec::new();
    <A::Finished as Cell>::Column::describe(A::NAME, &mut fields);
    fields
}

fn check_groups(groups: &[u32], count: usize) -> Result<(), Error> {
    match groups.iter().find(|group| **group as usize >= count) {
        Some(group) => Err(Error::new(format!("group {group} of {count}"))),
        None => Ok(()),
    }
}

/// A state of no bytes is that of a group without rows.
fn unpack<A: Aggregate>(states: &Packed) -> Result<Vec<A>, Error> {
    let unpack = |mut bytes: &[u8]| {
        if bytes.is_empty() {
            return Ok(A::default());
        }
        let state = A::decode(&mut bytes).filter(|_| bytes.is_empty());
        state.ok_or_else(|| Error::new(format!("the bytes of a state are no state of `{}`", A::NAME)))
    };
    states.iter()?.map(unpack).collect()
}

fn pack<A: Aggregate>(states: &[A]) -> Packed {
    let mut packed = Packed::default();
    states.iter().for_each(|state| push(&mut packed, state));
    packed
}

fn push<A: Aggregate>(packed: &mut Packed, state: &A) {
    packed.push_with(|bytes| state.encode(bytes));
}

#[cfg(test)]
#[path = "aggregate_test.rs"]
mod tests;
