//! What there is most of: `top_k(product_name, quantity)` in SQL gives the ten items with the greatest weight.

use std::cmp::Ordering;

use wasmill_sdk::{Bounded, BoundedText, Row, State, aggregate};

/// How many items are counted. Up to so many different ones the answer is exact; beyond, the item with the least weight makes room for
/// a new one and leaves it its weight, so that a weight may be too large, but no item that has more than a 64th of the whole is missed
/// (the space-saving algorithm).
const COUNTED: usize = 64;
/// How many come out.
const SHOWN: usize = 10;
/// Bytes kept of an item's name.
const NAME: usize = 48;

/// What is remembered of a group.
#[derive(State, Default, Clone)]
pub struct TopK {
    items: Bounded<Item, COUNTED>,
}

#[derive(State, Clone)]
struct Item {
    name: BoundedText<NAME>,
    weight: i64,
}

/// A row of the answer.
#[derive(Row, Debug, PartialEq)]
pub struct Entry {
    item: String,
    weight: i64,
}

#[aggregate]
impl TopK {
    /// Adds an item. A weight of nothing, or less, says nothing.
    pub fn update(&mut self, item: &str, weight: i64) {
        if weight > 0 {
            self.add(&BoundedText::from(item), weight);
        }
    }

    /// Adds what other rows came to.
    pub fn merge(&mut self, other: &Self) {
        let (mine, others) = (self.forgotten(), other.forgotten());
        let mut items = self.items.to_vec();
        for item in &mut items {
            let weight = other.weight(&item.name).unwrap_or(others);
            item.weight = item.weight.saturating_add(weight);
        }
        let new = other.items.iter().filter(|item| self.weight(&item.name).is_none());
        items.extend(new.map(|item| Item {
            weight: item.weight.saturating_add(mine),
            name: item.name.clone(),
        }));
        items.sort_by(heaviest_first);
        self.items.truncate(0);
        for item in items.into_iter().take(COUNTED) {
            self.items.push(item);
        }
    }

    /// The heaviest first; of equal ones the first by name.
    pub fn finish(&self) -> Vec<Entry> {
        let mut items = self.items.to_vec();
        items.sort_by(heaviest_first);
        let entry = |item: &Item| Entry {
            item: item.name.to_string(),
            weight: item.weight,
        };
        items.iter().take(SHOWN).map(entry).collect()
    }

    fn weight(&self, name: &BoundedText<NAME>) -> Option<i64> {
        self.items
            .iter()
            .find(|item| item.name == *name)
            .map(|item| item.weight)
    }

    /// The most that an item can weigh which is not counted (any more).
    fn forgotten(&self) -> i64 {
        match self.items.len() {
            COUNTED => self.items.iter().map(|item| item.weight).min().unwrap_or(0),
            _ => 0,
        }
    }

    fn add(&mut self, name: &BoundedText<NAME>, weight: i64) {
        if let Some(known) = self.items.iter_mut().find(|item| item.name == *name) {
            known.weight = known.weight.saturating_add(weight);
            return;
        }
        let new = Item {
            name: name.clone(),
            weight,
        };
        if self.items.push(new) {
            return;
        }
        if let Some(least) = self.items.iter_mut().min_by_key(|item| item.weight) {
            least.name = name.clone();
            least.weight = least.weight.saturating_add(weight);
        }
    }
}

fn heaviest_first(one: &Item, other: &Item) -> Ordering {
    other.weight.cmp(&one.weight).then_with(|| one.name.cmp(&other.name))
}

wasmill_sdk::aggregates!(TopK);

#[cfg(test)]
mod tests;
