//! A local server with Kore.ai's contacts and contact-list APIs, its data in one
//! SQLite file, and every fault those APIs can plausibly show.
//!
//! It knows nothing of the client's modules, so that an error of theirs is not repeated here. It
//! listens on loopback only.
//!
//! A request goes through `server` (sockets), `handler` (what comes before and after the work),
//! `bulk`, `single` or `listing` (the work) and `answer` (the bytes that say what was done).

mod answer;
mod bulk;
mod call;
mod config;
mod connection;
mod contact;
mod effects;
pub mod fault;
mod handler;
mod listing;
mod lists;
mod look;
mod quota;
mod reply;
mod route;
mod seed;
mod server;
mod single;
mod store;
#[cfg(test)]
mod tests;
mod token;
mod work;

pub use config::{Above, Config, Limits, SandboxError, StorePlace};
pub use fault::{Fault, FaultError};
pub use seed::SeedContact;
pub use server::{Running, Thread, start};
