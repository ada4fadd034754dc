//! States on the way into a module and out of it.

use super::contract::{StatesParam, StatesResult};

/// States end to end.
#[derive(Debug, Clone)]
pub(super) struct Packed {
    bytes: Vec<u8>,
    offsets: Vec<u32>,
}

impl Default for Packed {
    fn default() -> Self {
        Self {
            bytes: Vec::new(),
            offsets: vec![0],
        }
    }
}

impl Packed {
    /// Adds the state of the next group.
    ///
    /// # Errors
    /// If all of them together are larger than a call can take.
    pub(super) fn push(&mut self, state: &[u8]) -> Result<(), String> {
        self.bytes.extend_from_slice(state);
        let end =
            u32::try_from(self.bytes.len()).map_err(|_| "the states of a call take more than 4 GiB".to_owned())?;
        self.offsets.push(end);
        Ok(())
    }

    /// Of these states.
    ///
    /// # Errors
    /// As [`Packed::push`].
    pub(super) fn of<'s>(states: impl IntoIterator<Item = &'s [u8]>) -> Result<Self, String> {
        let mut packed = Self::default();
        states.into_iter().try_for_each(|state| packed.push(state))?;
        Ok(packed)
    }

    /// How many groups.
    pub(super) fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// What they weigh.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// The states one by one.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let ends = self.offsets.windows(2);
        ends.map(|ends| &self.bytes[ends[0] as usize..ends[1] as usize])
    }

    pub(super) fn as_param(&self) -> StatesParam<'_> {
        StatesParam {
            bytes: &self.bytes,
            offsets: &self.offsets,
        }
    }
}

/// Takes states that came back.
///
/// # Errors
/// The first thing that is not as the contract, or the module's own description, says.
pub(super) fn check(states: StatesResult, groups: usize, most_bytes: usize) -> Result<Packed, String> {
    let StatesResult { bytes, offsets } = states;
    if offsets.len() != groups + 1 {
        return Err(format!(
            "returned {} offsets of states for {groups} groups",
            offsets.len()
        ));
    }
    let mut start = 0;
    if offsets.first() != Some(&0) {
        return Err("the offsets of its states do not begin at 0".to_owned());
    }
    for (group, end) in offsets[1..].iter().enumerate() {
        let end = *end as usize;
        if end < start || end > bytes.len() {
            return Err(format!(
                "the state of group {group} ends at {end}, but begins at {start} of {} bytes",
                bytes.len()
            ));
        }
        if end - start > most_bytes {
            return Err(format!(
                "the state of group {group} has {} bytes, more than the {most_bytes} it declared",
                end - start
            ));
        }
        start = end;
    }
    if start != bytes.len() {
        return Err(format!("returned {} bytes behind its last state", bytes.len() - start));
    }
    Ok(Packed { bytes, offsets })
}

#[cfg(test)]
#[path = "packed_test.rs"]
mod tests;
