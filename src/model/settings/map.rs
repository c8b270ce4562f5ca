//! How rows become records: columns, ids, duplicates, rules.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::matching::MatchSettings;
use super::update::UpdateSettings;
use super::word::Word;
use crate::model::operation::{Effect, Operation};

/// How rows become records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MapSettings {
    /// Decides which fields are required.
    pub operation: Operation,
    /// API field (dotted) → header of the input.
    pub columns: BTreeMap<String, String>,
    /// API field (dotted) → constant for records that have no value of their own.
    pub defaults: BTreeMap<String, String>,
    /// Which ids are accepted.
    pub id_format: IdFormat,
    /// What happens to records of the same id and different content.
    pub on_duplicate: OnDuplicate,
    /// Only the first N records are sent; 0 means all.
    pub first: u64,
    /// No value is changed on its way.
    pub strict: bool,
    /// All must hold for a record to be sent.
    pub send_if: Vec<Rule>,
    /// A record is skipped where any of them holds.
    pub skip_if: Vec<Rule>,
    /// ISO 3166 region for phone numbers without a country code.
    pub phone_region: Option<String>,
    /// What a phone number that has to be taken apart must be.
    pub phone_check: PhoneCheck,
    /// Records are made of rows and of the contacts that they are for.
    pub with_contacts: bool,
    /// `[match]`, where rows without an id are matched with contacts.
    pub matching: Option<MatchSettings>,
    /// Of which account and operation the decisions of a review file must be; 0 where rows are not matched.
    pub decided_for: u64,
    /// `[update]`.
    pub update: UpdateSettings,
    /// Bytes that one record may have in a request (`limits.max_batch_bytes` less the envelope).
    pub max_record_bytes: u64,
}

impl MapSettings {
    /// The settings of a job that says nothing of its columns, ids and rules.
    pub fn of(operation: Operation) -> Self {
        Self {
            operation,
            columns: BTreeMap::new(),
            defaults: BTreeMap::new(),
            id_format: IdFormat::default(),
            on_duplicate: OnDuplicate::default(),
            first: 0,
            strict: false,
            send_if: Vec::new(),
            skip_if: Vec::new(),
            phone_region: None,
            phone_check: PhoneCheck::default(),
            with_contacts: false,
            matching: None,
            decided_for: 0,
            update: UpdateSettings::default(),
            max_record_bytes: 0,
        }
    }

    /// Whether records can only be made with the contacts as they are.
    pub fn needs_contacts(&self) -> bool {
        self.matching.is_some() || self.operation.effect() == Effect::Update && self.with_contacts
    }
}

/// What a phone number that has to be taken apart must be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PhoneCheck {
    /// In a number range of its country.
    #[default]
    Valid,
    /// As long as numbers of its country are.
    Possible,
}

/// Which ids are accepted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IdFormat {
    /// 24 hex characters; contact lists: `cl-` and a UUID-like string.
    #[default]
    Objectid,
    /// 1 to 128 unreserved URI characters, no route of the API, not `.` or `..`.
    Any,
}

/// What happens to records of the same id and different content.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnDuplicate {
    /// All of them are rejected, each naming another.
    #[default]
    Reject,
    /// The first is sent, the others are skipped.
    First,
    /// The last is sent, the others are skipped.
    Last,
}

/// One rule of `[[input.send_if]]` or `[[input.skip_if]]`. Exactly one test is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// The input's column (or dotted path in a JSON object).
    pub column: String,
    /// Whether letter case counts.
    pub case: bool,
    /// The test.
    pub test: RuleTest,
}

impl Rule {
    /// Whether it counts back from a moment.
    pub const fn counts_age(&self) -> bool {
        matches!(self.test, RuleTest::OlderThan(_) | RuleTest::NewerThan(_))
    }
}

/// The tests of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleTest {
    /// Equal after trimming.
    Is(String),
    /// Equal to one of these after trimming.
    In(Vec<String>),
    /// A regular expression finds something.
    Matches(String),
    /// The date is before this one (RFC 3339 or `YYYY-MM-DD`).
    Before(String),
    /// The date is after this one.
    After(String),
    /// The date lies at least this far back from the start of the run.
    OlderThan(Duration),
    /// The date lies less far back than this.
    NewerThan(Duration),
}

impl Word for IdFormat {
    const NAME: &'static str = "objectid|any";
    const WORDS: &'static [(&'static str, Self)] =
        &[("objectid", Self::Objectid), ("any", Self::Any)];
}

impl Word for OnDuplicate {
    const NAME: &'static str = "reject|first|last";
    const WORDS: &'static [(&'static str, Self)] =
        &[("reject", Self::Reject), ("first", Self::First), ("last", Self::Last)];
}

impl Word for PhoneCheck {
    const NAME: &'static str = "valid|possible";
    const WORDS: &'static [(&'static str, Self)] =
        &[("valid", Self::Valid), ("possible", Self::Possible)];
}
