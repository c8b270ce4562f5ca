//! The product as its user meets it: one binary of integration tests.

#![expect(clippy::unwrap_used, reason = "in tests an unwrap is the assertion")]

mod account_server;
mod again;
mod answers;
mod architecture;
mod codes;
mod columns;
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

mod filling;
mod formats;
mod gone;
mod history;
mod hostile;

mod inputs;
mod jobs;
mod kills;
mod ledger_server;
mod machine;
mod matching;
mod nights;
mod operations;
mod origins;
mod outbox;
mod page;
mod panics;
mod phones;
mod planted;
mod profiles;
mod prompts;
mod pty;
mod quota;
mod readme;
mod reconcile;
mod rules;
mod run_files;
mod sandbox_account;
mod schedule;
mod second_look;
mod secrecy;
mod selection;
mod several;
mod size;
mod spreadsheets;
mod support;
mod terminal;
mod texts;
mod tonight;
mod tracer;
mod trial;
mod unattended;
mod undo;
mod values;
mod windows;
