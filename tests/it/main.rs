//! The product as its user meets it: one binary of integration tests.
//!
//! Modules that need modes, signals, `sh` or a pseudo-terminal are Unix's; all others run on Windows, too (`.ci/windows`).

#![expect(clippy::unwrap_used, reason = "in tests an unwrap is the assertion")]

mod account_server;
mod again;
mod answers;
mod architecture;
#[cfg(unix)]
mod backup;
mod bad_input;
mod codes;
mod columns;
#[cfg(unix)]
mod commands;
mod connections;
mod crash;
mod create;
mod dependencies;
mod disk;
mod documents;
mod except;
mod export;
mod faults;
mod files;
#[cfg(unix)]
mod filling;
#[cfg(unix)]
mod fleet;
mod formats;
mod gone;
mod history;
mod hostile;
mod inputs;
mod jobs;
mod json_schema;
#[cfg(unix)]
mod kills;
mod ledger_server;
#[cfg(unix)]
mod machine;
#[cfg(unix)]
mod mailed_sheet;
mod matching;
mod nights;
#[cfg(windows)]
mod open_files;
mod operations;
mod origins;
mod outbox;
mod page;
mod panics;
mod phones;
mod plan_words;
mod planned;
#[cfg(unix)]
mod planted;
#[cfg(unix)]
mod profiles;
#[cfg(unix)]
mod prompts;
#[cfg(unix)]
mod pty;
mod quota;
mod read_budget;
mod readme;
#[cfg(unix)]
mod reconcile;
#[cfg(unix)]
mod review;
mod rules;
mod run_files;
mod sandbox_account;
#[cfg(unix)]
mod schedule;
#[cfg(unix)]
mod second_look;
mod secrecy;
mod selection;
mod several;
mod size;
mod spreadsheets;
mod support;
mod task_scheduler;
#[cfg(unix)]
mod terminal;
#[cfg(unix)]
mod texts;
mod tonight;
#[cfg(unix)]
mod tracer;
mod trial;
mod unattended;
mod undo;
#[cfg(unix)]
mod undone;
mod unstable;
#[cfg(unix)]
mod values;
mod windows;
