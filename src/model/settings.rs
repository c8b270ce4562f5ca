//! The resolved settings of a run, one slice per module. No `Option` where a default exists.
//!
//! The plan is made of these; each module is handed its own slice and nothing else. They are stored
//! whole in the journal, so they hold no secret: only where one is found.

mod account;
mod guard;
mod input;
mod limits;
mod map;
mod matching;
mod report;
mod target;
mod update;
mod word;

pub use account::{AccountSettings, Backup};
pub use guard::{Accept, Guard, Tolerance};
pub use input::{ExceptSettings, Format, HiddenRows, InputFrom, InputSettings};
pub use limits::{Auto, DailyWindow, Limits, RateWindow, Reconcile};
pub use map::{IdFormat, MapSettings, OnDuplicate, PhoneCheck, Rule, RuleTest};
pub use matching::{MatchBy, MatchSettings, Unmatched};
pub use report::{Contacts, NotifyOn, NotifySettings, ReportSettings, RunsSettings, Values};
pub use target::{Credentials, Profile, SecretSource, Target, unit_of};
pub use update::{Blanks, Unchanged, UpdateSettings};
pub use word::Word;
