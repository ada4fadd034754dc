//! The lab's data: orders, logs and metrics, made from a seed.
