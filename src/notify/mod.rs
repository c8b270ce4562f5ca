//! What the world is notified of a run: alerts, pings, webhooks, metrics.
//!
//! Works on plain data; knows nothing of sending, journals or plans.

pub mod alert;
pub mod metrics;
pub mod webhook;
