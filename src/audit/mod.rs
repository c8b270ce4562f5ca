//! The audit's chain of hashes, and the reports of earlier runs that it speaks of.
//!
//! Works on plain data and plain files; knows nothing of sending, journals or plans.

pub mod chain;
pub mod line;
pub mod report_file;
