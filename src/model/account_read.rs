//! When an account was read for a run, and what shows that nothing of it is missing.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::numbers::{counted, moment, thousands};

/// How the account was read that a run rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountRead {
    /// The reading's id: 8 hexadecimal digits.
    pub reading: String,
    /// When its first page was asked for.
    pub read_from: Timestamp,
    /// When its last page came.
    pub read_until: Timestamp,
    /// Whether it was read for its contact lists, which come all at once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub of_lists: bool,
    /// Different contacts, or lists, that were read.
    pub contacts: u64,
    /// Contacts of the account, as the server counts them, where only a part of it was read (`account.read_budget`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part_of: Option<u64>,
    /// Requests that it took.
    pub requests: u64,
    /// What shows that it is complete: `onePage`, `overlappingPages`, `equalTotals` or `twoReadings`; `None`: only the contacts
    /// were read that were looked for.
    pub complete: Option<String>,
    /// Contacts that were seen and have been deleted before it ended.
    pub deleted_meanwhile: u64,
}

impl AccountRead {
    /// `the account was read whole by 13:52: 523 contacts, 6 requests; each page began with the last contact of the one before`
    pub fn sentence(&self) -> String {
        let by = moment(&self.read_until);
        if self.of_lists {
            let read = counted(self.contacts, "contact list");
            return format!("the account's contact lists were read by {by}: {read}");
        }
        let read =
            format!("{}, {}", counted(self.contacts, "contact"), counted(self.requests, "request"));
        if let Some(all) = self.part_of {
            let (contacts, requests) =
                (thousands(self.contacts), counted(self.requests, "request"));
            return format!(
                "read {contacts} of {} by {by}, {requests}; the next run goes on where this one ends",
                counted(all, "contact")
            );
        }
        let Some(complete) = &self.complete else {
            return format!("these contacts were read in the account by {by}: {read}");
        };
        let proof = match complete.as_str() {
            "onePage" => "all on one page",
            "overlappingPages" => "each page began with the last contact of the one before",
            "equalTotals" => "all pages had the same total, and nothing was created meanwhile",
            _ => "read twice, with the same contacts",
        };
        format!("the account was read whole by {by}: {read}; {proof}")
    }
}
