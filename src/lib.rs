//! korebulk: bulk jobs against the Kore.ai contacts and contact-list APIs.
//!
//! The rooms, in the order in which a record walks through them, are described in `ARCHITECTURE.md`.
//! Rooms never import each other; all import [`vocabulary`].

pub mod chunk;
pub mod cli;
pub mod journal;
pub mod load;
pub mod map;
pub mod plan;
pub mod report;
pub mod runner;
pub mod sandbox;
pub mod send;
pub mod unattended;
pub mod vocabulary;
