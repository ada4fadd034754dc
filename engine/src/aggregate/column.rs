//! One column of states, changed in place.

use std::sync::Arc;

use arrow::array::AsArray;
use arrow::array::{
    Array, ArrayData, ArrayRef, BinaryArray, BooleanBufferBuilder, StringArray, make_array, new_empty_array,
};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, exec_err};

use super::states::Slot;

/// What a column needs for a value that is not inline, besides its bytes.
const OVERHEAD: usize = 32;

/// The values of a state's column by slot.
#[derive(Debug)]
pub(super) struct StateColumn {
    data_type: DataType,
    values: Values,
}

#[derive(Debug)]
enum Values {
    /// Numbers and times: `width` bytes a value, and whether it is one.
    Fixed {
        width: usize,
        bytes: Vec<u8>,
        valid: Vec<bool>,
    },
    /// Texts, and the packed states of guests.
    Bytes {
        values: Vec<Option<Box<[u8]>>>,
        held: usize,
    },
    /// Whatever else an aggregate remembers: lists of what a distinct count has seen, booleans, structs.
    Other { values: Vec<ScalarValue>, held: usize },
}

impl StateColumn {
    pub(super) fn new(data_type: DataType) -> Self {
        let values = match &data_type {
            DataType::Binary | DataType::Utf8 => Values::Bytes {
                values: Vec::new(),
                held: 0,
            },
            other => match other.primitive_width() {
                Some(width) => Values::Fixed {
                    width,
                    bytes: Vec::new(),
                    valid: Vec::new(),
                },
                None => Values::Other {
                    values: Vec::new(),
                    held: 0,
                },
            },
        };
        Self { data_type, values }
    }

    /// How many slots there is room for.
    pub(super) fn room(&self) -> usize {
        match &self.values {
            Values::Fixed { valid, .. } => valid.len(),
            Values::Bytes { values, .. } => values.len(),
            Values::Other { values, .. } => values.len(),
        }
    }

    /// Makes room for this many slots; new ones are null.
    pub(super) fn grow(&mut self, slots: usize) {
        match &mut self.values {
            Values::Fixed { width, bytes, valid } => {
                bytes.resize(slots * *width, 0);
                valid.resize(slots, false);
            }
            Values::Bytes { values, .. } => values.resize(slots, None),
            Values::Other { values, .. } => values.resize(slots, ScalarValue::Null),
        }
    }

    /// The values in these slots, in their order.
    pub(super) fn gather(&self, slots: &[Slot]) -> Result<ArrayRef> {
        match &self.values {
            Values::Fixed { width, bytes, valid } => {
                let gathered = match *width {
                    8 => gather::<8>(bytes, slots),
                    4 => gather::<4>(bytes, slots),
                    16 => gather::<16>(bytes, slots),
                    width => gather_any(bytes, width, slots),
                };
                let nulls = nulls(slots.iter().map(|slot| valid[slot.at()]));
                let data = ArrayData::builder(self.data_type.clone())
                    .len(slots.len())
                    .add_buffer(Buffer::from_vec(gathered))
                    .nulls(nulls)
                    // Arrow wants 128-bit numbers on their own boundary.
                    .align_buffers(true);
                Ok(make_array(data.build()?))
            }
            Values::Bytes { values, .. } => {
                let mut ends = Vec::with_capacity(slots.len() + 1);
                ends.push(0_i32);
                let mut gathered = Vec::new();
                for slot in slots {
                    gathered.extend_from_slice(values[slot.at()].as_deref().unwrap_or_default());
                    let Ok(end) = i32::try_from(gathered.len()) else {
                        return exec_err!("the states of one batch's groups take more than 2 GiB");
                    };
                    ends.push(end);
                }
                let nulls = nulls(slots.iter().map(|slot| values[slot.at()].is_some()));
                let offsets = OffsetBuffer::new(ScalarBuffer::from(ends));
                let bytes = Buffer::from_vec(gathered);
                Ok(match self.data_type {
                    DataType::Utf8 => Arc::new(StringArray::try_new(offsets, bytes, nulls)?),
                    _ => Arc::new(BinaryArray::try_new(offsets, bytes, nulls)?),
                })
            }
            Values::Other { .. } if slots.is_empty() => Ok(new_empty_array(&self.data_type)),
            Values::Other { values, .. } => {
                ScalarValue::iter_to_array(slots.iter().map(|slot| values[slot.at()].clone()))
            }
        }
    }

    /// Puts a value into each of these slots, which must be different ones.
    pub(super) fn scatter(&mut self, slots: &[Slot], array: &ArrayRef) -> Result<()> {
        match &mut self.values {
            Values::Fixed { width, bytes, valid } => {
                let data = array.to_data();
                let from = &data.buffers()[0].as_slice()[data.offset() * *width..];
                match *width {
                    8 => scatter::<8>(bytes, slots, from),
                    4 => scatter::<4>(bytes, slots, from),
                    16 => scatter::<16>(bytes, slots, from),
                    width => scatter_any(bytes, width, slots, from),
                }
                for (row, slot) in slots.iter().enumerate() {
                    valid[slot.at()] = array.is_valid(row);
                }
            }
            Values::Bytes { values, held } => {
                let text = array.as_string_opt::<i32>();
                let binary = array.as_binary_opt::<i32>();
                for (row, slot) in slots.iter().enumerate() {
                    let new = match (text, binary) {
                        (Some(text), _) => text.value(row).as_bytes(),
                        (None, Some(binary)) => binary.value(row),
                        (None, None) => return exec_err!("a state's column changed its type"),
                    };
                    let new = array.is_valid(row).then_some(new);
                    let value = &mut values[slot.at()];
                    *held -= value.as_ref().map_or(0, |old| old.len() + OVERHEAD);
                    *held += new.map_or(0, |new| new.len() + OVERHEAD);
                    match (value.as_deref_mut(), new) {
                        // Packed states mostly keep their size: no allocation a record.
                        (Some(old), Some(new)) if old.len() == new.len() => old.copy_from_slice(new),
                        _ => *value = new.map(Box::from),
                    }
                }
            }
            Values::Other { values, held } => {
                for (row, slot) in slots.iter().enumerate() {
                    // A list is a slice of the whole column, which it would keep alive.
                    let new = ScalarValue::try_from_array(array, row)?.compacted();
                    let value = &mut values[slot.at()];
                    *held -= outside(value);
                    *held += outside(&new);
                    *value = new;
                }
            }
        }
        Ok(())
    }

    /// Forgets what stands in these slots.
    pub(super) fn clear(&mut self, slots: &[Slot]) {
        match &mut self.values {
            // A slot is written before it is read again.
            Values::Fixed { .. } => {}
            Values::Bytes { values, held } => {
                for slot in slots {
                    let old = values[slot.at()].take();
                    *held -= old.map_or(0, |old| old.len() + OVERHEAD);
                }
            }
            Values::Other { values, held } => {
                for slot in slots {
                    let old = std::mem::replace(&mut values[slot.at()], ScalarValue::Null);
                    *held -= outside(&old);
                }
            }
        }
    }

    /// Bytes a slot takes at least.
    pub(super) fn inline_bytes(&self) -> usize {
        match &self.values {
            Values::Fixed { width, .. } => width + 1,
            Values::Bytes { .. } => size_of::<Option<Box<[u8]>>>(),
            Values::Other { .. } => size_of::<ScalarValue>(),
        }
    }

    /// Bytes held outside of the slots.
    pub(super) fn held(&self) -> usize {
        match &self.values {
            Values::Fixed { .. } => 0,
            Values::Bytes { held, .. } | Values::Other { held, .. } => *held,
        }
    }

    /// Bytes that one slot holds.
    pub(super) fn bytes_of(&self, slot: Slot) -> usize {
        let held = match &self.values {
            Values::Fixed { .. } => 0,
            Values::Bytes { values, .. } => values[slot.at()].as_ref().map_or(0, |value| value.len() + OVERHEAD),
            Values::Other { values, .. } => outside(&values[slot.at()]),
        };
        self.inline_bytes() + held
    }
}

/// Bytes of a value beside those of its slot.
fn outside(value: &ScalarValue) -> usize {
    value.size().saturating_sub(size_of_val(value))
}

fn nulls(valid: impl Iterator<Item = bool> + Clone) -> Option<NullBuffer> {
    if valid.clone().all(|valid| valid) {
        return None;
    }
    let mut bits = BooleanBufferBuilder::new(0);
    valid.for_each(|valid| bits.append(valid));
    Some(NullBuffer::new(bits.finish()))
}

fn gather<const WIDTH: usize>(bytes: &[u8], slots: &[Slot]) -> Vec<u8> {
    let values = bytes.as_chunks::<WIDTH>().0;
    let gathered: Vec<[u8; WIDTH]> = slots.iter().map(|slot| values[slot.at()]).collect();
    gathered.into_flattened()
}

fn gather_any(bytes: &[u8], width: usize, slots: &[Slot]) -> Vec<u8> {
    let mut gathered = Vec::with_capacity(slots.len() * width);
    for slot in slots {
        gathered.extend_from_slice(&bytes[slot.at() * width..][..width]);
    }
    gathered
}

fn scatter<const WIDTH: usize>(bytes: &mut [u8], slots: &[Slot], from: &[u8]) {
    let values = bytes.as_chunks_mut::<WIDTH>().0;
    for (slot, value) in slots.iter().zip(from.as_chunks::<WIDTH>().0) {
        values[slot.at()] = *value;
    }
}

fn scatter_any(bytes: &mut [u8], width: usize, slots: &[Slot], from: &[u8]) {
    for (slot, value) in slots.iter().zip(from.chunks_exact(width)) {
        bytes[slot.at() * width..][..width].copy_from_slice(value);
    }
}
