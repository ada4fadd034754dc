//! Tables: SQL over record batches, planned once by DataFusion and run for each batch.
