//! `[account]`: how the account itself is read. `[backup]`: what is kept of it.

use serde_json::{Value as Json, json};

use super::limits::windows;
use crate::config::kind::{Count, Flag, Kind, OneOf, Rate, SomeTime, kinds};
use crate::config::problem::Problem;
use crate::config::setting::{Group, Setting, Takes, Variable, one};
use crate::model::settings::Backup;

#[rustfmt::skip] // A table: every setting says the same in the same place.
pub(super) const ACCOUNT: Group = Group {
    heading: "Reading the account",
    settings: &[
        Setting { key: "account.read_rate", option: Some("--read-rate"), environment: None, default: "30/min",
            help: "Requests per window that read the account, beside `limits.rate`; `none` on loopback only",
            takes: Takes::list::<Rate>(|plan, rates| {
                plan.account.read_rate = windows(plan, rates)?;
                Ok(())
            }) },
        Setting { key: "account.max_age", option: Some("--max-age"), environment: None, default: "10m",
            help: "How old what was read of a contact may be when its record is sent; what is older is read again first",
            takes: one!(SomeTime => account.max_age) },
        Setting { key: "account.keep", option: Some("--read-keep"), environment: None, default: "24h",
            help: "How long what was read is stored and used; it holds contacts",
            takes: one!(SomeTime => account.keep) },
        Setting { key: "account.no_read", option: Some("--no-read"), environment: None, default: "false",
            help: "Never read the account: what was read at most `account.max_age` ago has to do",
            takes: Takes::flag::<Flag>(|plan, no_read| plan.account.no_read = no_read) },
        Setting { key: "account.read_budget", option: Some("--read-budget"), environment: None, default: "",
            help: "Requests of one reading for `input.from = \"account\"`, and no fewer than find its place and read one page (2 to 4): the job's next run goes on where it ended, in turn through the whole account",
            takes: one!(Count => account.read_budget) },
        Setting { key: "account.ask_above", option: Some("--ask-above"), environment: None, default: "300",
            help: "Requests for reading above which a terminal asks first",
            takes: one!(Count => account.ask_above) },
    ],
};

#[rustfmt::skip] // A table: every setting says the same in the same place.
pub(super) const BACKUP: Group = Group {
    heading: "What a run changes, as it was",
    settings: &[
        Setting { key: "backup.contacts", option: Some("--backup"), environment: Some(Variable::Value("KOREBULK_BACKUP")), default: "auto",
            help: "Whether contacts are stored as they were: true, false, or auto (where reading them takes at most `account.ask_above` requests)",
            takes: Takes::word::<BackupWord>(|plan, word| {
                plan.backup = BackupWord::read(word.trim())?;
                Ok(())
            }) },
    ],
};

kinds! {
    /// When contacts are kept as they were.
    BackupWord: Backup = "auto|true|false", json!({ "enum": ["auto", "true", "false", true, false] }), OneOf::<Backup>::read;
}
