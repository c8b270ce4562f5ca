//! korebulk: bulk jobs against the Kore.ai contacts and contact-list APIs.
//!
//! The modules, in the order in which a record passes through them, are described in `ARCHITECTURE.md`.
//! The library is an implementation detail of the program: no item of it is a promise. What is public here is what the
//! program, its tests, benches and fuzz targets use; `pub` within the modules is for the modules above them.

mod account;
mod api;
mod audit;
mod base;
mod cli;
mod commands;
mod config;
mod dispatch;
mod journal;
mod load;
mod map;
mod model;
mod notify;
mod pace;
mod report;
mod run;
mod schedule;
mod store;

pub mod sandbox;

pub use cli::{SANDBOX_FAULTS, main, options_table};
pub use config::settings;
pub use model::{Exit, Operation};
pub use report::schema::{fields as report_fields, schema as report_schema};

/// What tests, benches and fuzz targets look at from the inside.
pub mod inside {
    pub use crate::api::reading::{Named, Reading, Verdicts};
    pub use crate::api::wire::{AnswerParts, BodyPart, Wire};
    pub use crate::dispatch::chunk::fitting;
    pub use crate::journal::{Entry, Journal, JournalError, Phase, Select};
    pub use crate::load::Loader;
    pub use crate::map::{Mapped, Mapper};
    pub use crate::model::outcome_file::unguarded;
    pub use crate::model::settings::{
        Contacts, Credentials, Format, HiddenRows, IdFormat, InputSettings, MapSettings,
        OnDuplicate, PhoneCheck, Target, UpdateSettings,
    };
    pub use crate::model::settlement::{Cut, Intent};
    pub use crate::model::{
        Cells, Ending, Mark, Moment, Ordinal, Outcome, Record, Row, SentRecord, Settlement, Source,
        Verdict, VerdictKind,
    };
    pub use crate::report::{OutcomeFiles, Part};
    pub use crate::store::{CopyReader, CopyWriter};
}
