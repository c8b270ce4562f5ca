//! The table of settings: every setting of a run, each in one entry, in the order of job file, help and README.
//!
//! Later settings may look at what earlier ones have entered in the plan: the target comes before the limits.

mod account;
mod credentials;
mod guards;
mod input;
mod job;
mod limits;
mod matching;
mod notify;
mod report;
mod target;
mod update;

pub(crate) use job::job_name_of;
pub(super) use job::name_from;

use super::setting::{Group, Setting};

/// Every setting, by groups.
pub const fn groups() -> &'static [Group] {
    &[
        job::JOB,
        target::TARGET,
        credentials::CREDENTIALS,
        input::INPUT,
        matching::MATCH,
        update::UPDATE,
        limits::LIMITS,
        account::ACCOUNT,
        account::BACKUP,
        guards::GUARDS,
        guards::ACCEPT,
        report::REPORT,
        notify::ALERTS,
    ]
}

/// Every setting.
pub fn settings() -> impl Iterator<Item = &'static Setting> {
    groups().iter().flat_map(|group| group.settings)
}

/// The setting of a key; a field of `input.columns` or `input.defaults` has that of its table.
pub(super) fn setting(key: &str) -> Option<&'static Setting> {
    settings().find(|setting| match key.strip_prefix(setting.key) {
        Some("") => true,
        Some(part) => part.starts_with(['.', '[']),
        None => false,
    })
}
