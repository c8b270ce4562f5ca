//! Runs that nobody watches: schedule units, time windows, audit, alerts, metrics, scrubbing of reports.
//!
//! Works on plain data and plain files; knows nothing of sending, journals or plans.

pub mod alert;
pub mod audit;
mod beside;
pub mod metrics;
pub mod notify;
pub mod report_file;
pub mod schedule;
pub mod window;
