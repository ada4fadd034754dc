//! Names resolved: who reads whom, in an order in which everything stands behind what it reads.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::sql;

use super::mistake::{Mistake, Mistakes};
use super::reader::{list, nearest};
use super::spec::{Name, Spec};
use super::sql_place::place_in_sql;
use super::tree::Span;

/// The suffix of a guest's table of dead letters.
pub(super) const ERRORS_SUFFIX: &str = "_errors";

/// The suffix of a table's table of late rows.
pub(super) const LATE_SUFFIX: &str = "_late";

/// Something that gives rows, by its position in the spec.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Relation {
    /// A source's records.
    Source(usize),
    /// A guest's rows.
    Guest(usize),
    /// A guest's dead letters.
    DeadLetters(usize),
    /// A query's rows.
    Table(usize),
    /// The rows of a query's input that came too late, or from the future.
    Late(usize),
}

/// The pipeline's names, resolved.
#[derive(Debug)]
pub(super) struct Graph {
    names: BTreeMap<String, Relation>,
    /// For each table of the spec the names its query reads, each once.
    pub reads: Vec<Vec<String>>,
    /// The tables in an order in which each stands behind those it reads.
    pub order: Vec<usize>,
    /// What sinks take, in lower case.
    taken: BTreeSet<String>,
}

impl Graph {
    /// Resolves all names; what can't be resolved is a mistake.
    pub(super) fn resolve(spec: &Spec, mistakes: &mut Mistakes) -> Self {
        let names = names(spec, mistakes);
        check_guests(spec, &names, mistakes);
        let reads: Vec<Vec<String>> = spec
            .tables
            .iter()
            // A query that can't be read is told once, when it is typed.
            .map(|table| sql::references(&table.sql.value).unwrap_or_default())
            .collect();
        for (table, reads) in spec.tables.iter().zip(&reads) {
            for read in reads.iter().filter(|read| find(&names, read).is_none()) {
                let message = format!("table `{}` reads `{read}`, which nobody gives", table.name.text);
                let span = place_in_sql(&table.sql, read);
                mistakes.push(Mistake::new(message).at(span).hint(known(&names, read)));
            }
        }
        for sink in &spec.sinks {
            if find(&names, &sink.from.value).is_none() {
                let message = format!(
                    "sink `{}` takes `{}`, which nobody gives",
                    sink.name.text, sink.from.value
                );
                let hint = known(&names, &sink.from.value);
                mistakes.push(Mistake::new(message).at(sink.from.span).hint(hint));
            }
        }
        let order = order(spec, &names, &reads, mistakes);
        let taken = spec.sinks.iter().map(|sink| sink.from.value.to_lowercase()).collect();
        Self {
            names,
            reads,
            order,
            taken,
        }
    }

    /// Whether a table or a sink asks for rows of this name.
    pub(super) fn is_read(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        self.taken.contains(&name) || self.reads.iter().flatten().any(|read| read.to_lowercase() == name)
    }

    /// The relation of this name, in whatever case it is written.
    pub(super) fn find(&self, name: &str) -> Option<Relation> {
        find(&self.names, name)
    }
}

fn find(names: &BTreeMap<String, Relation>, name: &str) -> Option<Relation> {
    names.get(&name.to_lowercase()).copied()
}

fn known(names: &BTreeMap<String, Relation>, wanted: &str) -> String {
    match nearest(wanted, names.keys().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", list(names.keys().map(String::as_str))),
    }
}

fn names(spec: &Spec, mistakes: &mut Mistakes) -> BTreeMap<String, Relation> {
    let sources = spec
        .sources
        .iter()
        .enumerate()
        .map(|(i, source)| (&source.name, Relation::Source(i)));
    let guests = spec
        .guests
        .iter()
        .enumerate()
        .map(|(i, guest)| (&guest.name, Relation::Guest(i)));
    let tables = spec
        .tables
        .iter()
        .enumerate()
        .map(|(i, table)| (&table.name, Relation::Table(i)));
    let dead_letters: Vec<(Name, Relation)> = spec
        .guests
        .iter()
        .enumerate()
        .map(|(i, guest)| {
            let text = format!("{}{ERRORS_SUFFIX}", guest.name.text);
            let span = guest.name.span;
            (Name { text, span }, Relation::DeadLetters(i))
        })
        .collect();

    let late: Vec<(Name, Relation)> = (0..)
        .zip(&spec.tables)
        .filter(|(_, table)| table.watermark.is_some())
        .map(|(i, table)| {
            let text = format!("{}{LATE_SUFFIX}", table.name.text);
            let span = table.name.span;
            (Name { text, span }, Relation::Late(i))
        })
        .collect();

    let mut names = BTreeMap::new();
    let mut places: HashMap<String, Span> = HashMap::new();
    let implied = dead_letters
        .iter()
        .chain(&late)
        .map(|(name, relation)| (name, *relation));
    // Implied names last, so that a clash is told at the name that somebody wrote... and both are in the message.
    for (name, relation) in sources.chain(guests).chain(tables).chain(implied) {
        let key = name.text.to_lowercase();
        if let Some(first) = places.insert(key.clone(), name.span) {
            let message = match relation {
                Relation::DeadLetters(_) => format!("`{}` is the table of dead letters of a guest", name.text),
                Relation::Late(_) => format!("`{}` is the table of late rows of a table with a watermark", name.text),
                _ => format!("the name `{}` is given twice", name.text),
            };
            let span = if matches!(relation, Relation::DeadLetters(_) | Relation::Late(_)) {
                first
            } else {
                name.span
            };
            let hint = "sources, guests and tables share their names: choose another";
            mistakes.push(Mistake::new(message).at(span).hint(hint));
            continue;
        }
        names.insert(key, relation);
    }
    names
}

fn check_guests(spec: &Spec, names: &BTreeMap<String, Relation>, mistakes: &mut Mistakes) {
    for guest in &spec.guests {
        let from = &guest.from;
        let message = match find(names, &from.value) {
            Some(Relation::Source(_)) => continue,
            Some(_) => format!("guest `{}` reads `{}`, which is no source", guest.name.text, from.value),
            None => format!("guest `{}` reads `{}`, which nobody gives", guest.name.text, from.value),
        };
        let sources: Vec<&str> = spec.sources.iter().map(|source| source.name.text.as_str()).collect();
        let hint = match nearest(&from.value, sources.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("a guest reads the records of a source: {}", list(sources)),
        };
        mistakes.push(Mistake::new(message).at(from.span).hint(hint));
    }
}

/// Tables behind what they read (Kahn's algorithm, in the order of the file where there is a choice).
fn order(
    spec: &Spec,
    names: &BTreeMap<String, Relation>,
    reads: &[Vec<String>],
    mistakes: &mut Mistakes,
) -> Vec<usize> {
    let mut waiting: BTreeMap<usize, BTreeSet<usize>> = reads
        .iter()
        .enumerate()
        .map(|(table, reads)| {
            let tables = reads.iter().filter_map(|read| match find(names, read) {
                Some(Relation::Table(read) | Relation::Late(read)) => Some(read),
                _ => None,
            });
            (table, tables.collect())
        })
        .collect();
    let mut order = Vec::with_capacity(waiting.len());
    while let Some(table) = waiting
        .iter()
        .find(|(_, reads)| reads.is_empty())
        .map(|(table, _)| *table)
    {
        waiting.remove(&table);
        for reads in waiting.values_mut() {
            reads.remove(&table);
        }
        order.push(table);
    }
    if let Some(circle) = circle(&waiting) {
        let names: Vec<&str> = circle
            .iter()
            .map(|table| spec.tables[*table].name.text.as_str())
            .collect();
        let message = format!("tables read each other in a circle: `{}`", names.join("` reads `"));
        let span = spec.tables[circle[0]].name.span;
        mistakes.push(
            Mistake::new(message)
                .at(span)
                .hint("a table can only read tables that do not need it"),
        );
    }
    order
}

/// One circle among tables that all wait for another, its first table again at the end.
fn circle(waiting: &BTreeMap<usize, BTreeSet<usize>>) -> Option<Vec<usize>> {
    let mut path = vec![*waiting.keys().next()?];
    loop {
        let next = *waiting.get(path.last()?)?.iter().next()?;
        if let Some(start) = path.iter().position(|table| *table == next) {
            let mut circle = path.split_off(start);
            circle.push(next);
            return Some(circle);
        }
        path.push(next);
    }
}

#[cfg(test)]
#[path = "graph_test.rs"]
mod tests;
