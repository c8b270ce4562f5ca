//! What a run has stored of its contacts as they were before it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many contacts are stored as they were before a run, and until when it can be undone; or why it cannot.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreviousContacts {
    /// Contacts that are stored as they were before the run (`previous.jsonl.zst`).
    pub contacts: u64,
    /// Until when the run can be undone (`runs.keep_days`); `null`: it cannot.
    pub until: Option<Timestamp>,
    /// Why it cannot be undone; `null` where it can.
    pub none: Option<String>,
}

impl PreviousContacts {
    /// None, for this reason.
    pub fn none(why: impl Into<String>) -> Self {
        Self { none: Some(why.into()), ..Self::default() }
    }
}
