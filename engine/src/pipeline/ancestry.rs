//! Where rows come from: the sources and the aggregates on their way.

use super::graph::Relation;
use super::plan::{PlannedGuest, PlannedTable, TableQuery};

/// What is planned already.
#[derive(Clone, Copy)]
pub(super) struct Above<'a> {
    /// Guests, by their position in the spec.
    pub(super) guests: &'a [Option<PlannedGuest>],
    /// Tables, in the order in which they are planned.
    pub(super) tables: &'a [PlannedTable],
}

/// Where a relation's rows come from.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Ancestry {
    /// The positions of sources.
    pub(super) sources: Vec<usize>,
    /// The names of tables whose rows are groups that last.
    pub(super) groups: Vec<String>,
}

impl Ancestry {
    /// Goes up from a relation.
    pub(super) fn of(relation: Relation, above: Above<'_>) -> Self {
        let mut ancestry = Self::default();
        let mut waiting = vec![relation];
        while let Some(relation) = waiting.pop() {
            match relation {
                Relation::Source(source) => ancestry.sources.push(source),
                Relation::Guest(guest) | Relation::DeadLetters(guest) => {
                    let guest = above.guests.get(guest).and_then(Option::as_ref);
                    ancestry.sources.extend(guest.map(|guest| guest.source));
                }
                Relation::Table(position) | Relation::Late(position) => {
                    let is_it = |table: &&PlannedTable| table.relation == Relation::Table(position);
                    let Some(table) = above.tables.iter().find(is_it) else {
                        continue;
                    };
                    // Late rows are those of the table's input, not its groups.
                    if matches!(table.query, TableQuery::Groups(_)) && relation == table.relation {
                        ancestry.groups.push(table.name.clone());
                    }
                    waiting.extend(&table.inputs);
                }
            }
        }
        ancestry.sources.sort_unstable();
        ancestry.sources.dedup();
        ancestry
    }
}

#[cfg(test)]
#[path = "ancestry_test.rs"]
mod tests;
