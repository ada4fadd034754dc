//! Which entries are null.

/// A bit an entry, written only where something is null: a column without nulls pays nothing for it.
#[derive(Debug, Default, Clone)]
pub(super) struct Validity {
    /// Lowest bit first, 0 is null. Entries behind its end are valid, and so are the spare bits of its last byte.
    bits: Vec<u8>,
}

impl Validity {
    /// Entry `index`, the next one, is null.
    pub(super) fn push_null(&mut self, index: usize) {
        self.bits.resize(index / 8 + 1, u8::MAX);
        if let Some(last) = self.bits.last_mut() {
            *last &= !(1 << (index % 8));
        }
    }

    /// Forgets all entries from `len` on.
    pub(super) fn truncate(&mut self, len: usize) {
        if self.bits.len() * 8 > len {
            self.bits.truncate(len.div_ceil(8));
            if let (Some(last), 1..) = (self.bits.last_mut(), len % 8) {
                *last |= u8::MAX << (len % 8);
            }
        }
    }

    /// The bits of `len` entries, or nothing if none of them is null.
    pub(super) fn finish(mut self, len: usize) -> Vec<u8> {
        if self.bits.iter().all(|&byte| byte == u8::MAX) {
            return Vec::new();
        }
        self.bits.resize(len.div_ceil(8), u8::MAX);
        // Zeroed spare bits let the host count whole bytes.
        if let (Some(last), 1..) = (self.bits.last_mut(), len % 8) {
            *last &= !(u8::MAX << (len % 8));
        }
        self.bits
    }
}
