//! Write wasmill transforms: one function over one record.
