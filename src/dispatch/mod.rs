//! Batches, splits and verdicts (pure), and the worker pool around them.
//!
//! Knows nothing of files and reports.

pub mod chunk;
pub(crate) mod decide;
pub(crate) mod estimate;
pub(crate) mod pool;
