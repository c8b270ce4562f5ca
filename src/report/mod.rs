//! What people and programs read of a run: its report and outcome files, and the screen.
//!
//! It receives what happened (settlements, events, plain facts); what is at a run's end it reads from the journal and
//! the stored copy, in `files` alone. It never asks the network or the input for anything.

mod chart;
pub(crate) mod cluster;
pub(crate) mod diff;
pub(crate) mod export;
pub(crate) mod files;
mod go_on;
pub(crate) mod history;
pub(crate) mod html;
pub(crate) mod json;
mod lines;
pub(crate) mod log;
pub(crate) mod mask;
pub(crate) mod night;
mod ordered;
pub(crate) mod outcomes;
pub(crate) mod part;
pub(crate) mod plan_view;
mod progress;
pub(crate) mod prompt_view;
pub(crate) mod schema;
pub(crate) mod screen;
pub(crate) mod summary;
mod tally;
mod template;
pub(crate) mod text;
pub(crate) mod traffic;
pub(crate) mod words;

pub(crate) use crate::base::numbers;
pub(crate) use cluster::{Cluster, Clusters, Voice};
pub(crate) use json::{EntrySource, ReportEntry, ReportFacts};
pub(crate) use log::EventLog;
pub use outcomes::OutcomeFiles;
pub use part::Part;
pub(crate) use plan_view::PlanView;
pub(crate) use prompt_view::PromptView;
pub(crate) use summary::Summary;
pub(crate) use tally::Tally;
