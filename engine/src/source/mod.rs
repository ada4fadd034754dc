//! Where records come from: Kafka, or a file of records.
