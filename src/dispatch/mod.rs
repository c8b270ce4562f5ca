//! Batches, splits and verdicts (pure), and the worker pool around them.
//!
//! Knows nothing of files and reports.

pub mod chunk;
pub mod decide;
pub(crate) mod estimate;
pub mod pool;
