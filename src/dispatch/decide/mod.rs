//! What follows from an answer: the pure decisions (`docs/contract.md`, "Sending").
//!
//! No I/O, no clock of its own, no task: time is a parameter, randomness is seeded, and the
//! pool around it only does what a [`Step`] says.

mod batch;
mod breaker;
mod canary;
mod choose;
mod credentials;
mod dispatcher;
mod doubt;
mod family;
mod gate;
mod no_verdict;
mod not_found;
mod outage;
mod queue;
mod retry;
mod settle;
mod share;
mod size;
mod split;
mod trial;
mod verdicts;

pub use batch::{Batch, DispatchSettings, Settled, Step};
pub use dispatcher::Dispatcher;

#[cfg(test)]
mod tests;
