//! korebulk: bulk jobs against the Kore.ai contacts and contact-list APIs.
//!
//! The modules, in the order in which a record passes through them, are described in `ARCHITECTURE.md`.
//! The library is an implementation detail of the program: no item of it is a promise. What is public here is what the
//! program, its tests, benches and fuzz targets use; `pub` within the other modules is for the modules above them.

pub mod account;
pub mod api;
pub mod cli;
pub mod config;
pub mod dispatch;
pub mod journal;
pub mod load;
pub mod map;
pub mod model;
pub mod report;
pub mod sandbox;
pub mod store;

mod audit;
mod base;
mod commands;
mod notify;
mod pace;
mod run;
mod schedule;
