//! The pipeline file: parse, validate, plan, run. The only place that knows all the stages.
