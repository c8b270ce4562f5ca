//! korebulk: bulk jobs against the Kore.ai contacts and contact-list APIs.
//!
//! The modules, in the order in which a record passes through them, are described in `ARCHITECTURE.md`.
//! The library is an implementation detail of the program: no item of it is a promise.

pub mod account;
pub mod api;
pub mod audit;
pub mod base;
pub mod cli;
pub mod commands;
pub mod config;
pub mod dispatch;
pub mod journal;
pub mod load;
pub mod map;
pub mod model;
pub mod notify;
pub mod pace;
pub mod report;
pub mod run;
pub mod sandbox;
pub mod schedule;
pub mod store;
