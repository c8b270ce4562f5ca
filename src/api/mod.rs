//! Kore.ai's requests and answers: what is sent, how it is signed, and what class an answer is.
//!
//! Must not decide what becomes of a record.

pub(crate) mod credentials;
pub(crate) mod http;
pub mod reading;
pub(crate) mod sign;
pub mod wire;
