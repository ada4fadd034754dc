//! The Wasm host: from a module file to checked Arrow columns.
