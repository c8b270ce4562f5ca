//! Aggregates and writes what people read; the screen.
//!
//! It receives what happened (settlements, events, plain facts) and never asks the network, the
//! journal or the input for anything.

mod chart;
pub mod cluster;
pub mod export;
pub mod html;
pub mod json;
mod lines;
pub mod log;
pub mod mask;
mod ordered;
pub mod outcomes;
pub mod part;
pub mod plan_view;
mod progress;
pub mod prompt_view;
pub mod screen;
pub mod summary;
mod template;
pub(crate) mod text;
pub mod traffic;
pub mod words;

pub(crate) use crate::base::numbers;
pub use cluster::{Cluster, Clusters, Voice};
pub use html::HtmlReport;
pub use json::{
    EntrySource, InputFile, ReportEntry, ReportFacts, ReportList, ReportTarget, Tail,
    UnexpectedEntry,
};
pub use log::EventLog;
pub use outcomes::OutcomeFiles;
pub use part::Part;
pub use plan_view::PlanView;
pub use prompt_view::PromptView;
pub use screen::{Screen, ScreenMode};
pub use summary::Summary;
pub use traffic::Traffic;
pub use words::WayOn;
