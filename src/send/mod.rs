//! The sending room: pace, pool, decisions, Kore.ai's wire forms, signing, HTTP.
//!
//! Knows nothing of files and reports.

pub mod credentials;
pub mod decide;
pub mod http;
pub mod pace;
pub mod pool;
pub mod reading;
pub mod sign;
pub mod wire;
