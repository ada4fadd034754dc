//! Where rows go: the console, JSON lines, Parquet on a disk or in an object store.
