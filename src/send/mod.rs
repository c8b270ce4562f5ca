//! The sending room: pace, pool, decisions, Kore.ai's wire forms, signing, HTTP.
//!
//! Knows nothing of files and reports.

pub mod reading;
pub mod wire;
