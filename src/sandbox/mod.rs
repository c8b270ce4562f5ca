//! A local server with Kore.ai's contacts and contact-list APIs, its data in one
//! SQLite file, and every fault those APIs can plausibly show.
//!
//! It knows nothing of the client's modules, so that an error of theirs is not repeated here. It
//! listens on loopback only.
//!
//! A request goes through `server` (sockets), `handler` (what comes before and after the work),
//! the work (`bulk`, `single`, `create`; `listing`, `lists` and `campaigns` read, in `pages`) and `answer`
//! (the bytes that say what was done). What other users of the account do meanwhile is in `edit`.

mod answer;
mod bulk;
mod call;
mod campaigns;
mod config;
mod connection;
mod contact;
mod create;
mod edit;
mod effects;
pub(crate) mod fault;
mod handler;
mod listing;
mod lists;
mod look;
mod pages;
mod query;
mod quota;
mod reply;
mod route;
mod sample;
mod seed;
mod server;
mod single;
mod store;
#[cfg(test)]
mod tests;
mod token;
mod work;

pub use config::Config;
pub(crate) use config::{Limits, StorePlace};
pub(crate) use fault::{Fault, FaultError};
pub use seed::SeedContact;
pub use server::Thread;
pub(crate) use server::start;
