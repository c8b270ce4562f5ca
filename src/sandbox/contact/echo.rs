//! A contact as answers show it, its keys in the order of the API pages.

use serde::{Serialize, Serializer};

use super::table::Contact;

/// What every answer says about the stream and the account.
#[derive(Debug, Clone)]
pub(in crate::sandbox) struct Site {
    pub stream_id: String,
    pub account_id: String,
}

const CREATED_BY: &str = "u-cc6ebd6c-656c-5364-abfc-ad5f80e00000";
const APP: &str = "a-6c63a33a-c2a7-49e8-a5ab-82449c800000";

/// The key of an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum IdKey {
    /// `id`
    Id,
    /// `_id`
    Underscore,
    /// None: the answer does not say whom it is about.
    None,
}

impl IdKey {
    /// The id as `_id` and as `id`.
    pub(in crate::sandbox) fn place(self, id: &str) -> (Option<&str>, Option<&str>) {
        match self {
            Self::Id => (None, Some(id)),
            Self::Underscore => (Some(id), None),
            Self::None => (None, None),
        }
    }
}

/// The contact of an answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::sandbox) struct Echo<'a> {
    #[serde(rename = "_id", skip_serializing_if = "Option::is_none")]
    underscore_id: Option<&'a str>,
    first_name: &'a str,
    last_name: &'a str,
    full_name: &'a str,
    salutation: &'a str,
    cell_phone: EchoPhone<'a>,
    status: &'a str,
    instance_bot_id: &'a str,
    org_id: &'a str,
    account_id: &'a str,
    created_by: &'a str,
    created_by_a_id: &'a str,
    address: [(); 0],
    twitter_details: [(); 0],
    created_at: &'a str,
    updated_at: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_by: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_by_a_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct EchoPhone<'a> {
    extension: &'a str,
    phone_number: International<'a>,
    country_code: &'a str,
}

/// A number with its country code in front, as every answer has it.
#[derive(Debug)]
struct International<'a> {
    code: Option<&'a str>,
    number: &'a str,
}

impl Serialize for International<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.code {
            Some(code) => {
                let number = self.number;
                serializer.collect_str(&format_args!("+{}{number}", code.trim_start_matches('+')))
            }
            None => serializer.serialize_str(self.number),
        }
    }
}

impl Contact<'_> {
    /// The contact as answers show it, its id under `_id` (bulk update) or `id` (elsewhere).
    pub(in crate::sandbox) fn echo<'b>(&'b self, site: &'b Site, key: IdKey) -> Echo<'b> {
        let (underscore_id, id) = key.place(&self.id);
        Echo {
            underscore_id,
            first_name: &self.first_name,
            last_name: &self.last_name,
            full_name: &self.full_name,
            salutation: &self.salutation,
            cell_phone: EchoPhone {
                extension: &self.extension,
                phone_number: International { code: Some(&self.country_code), number: &self.phone },
                country_code: &self.country_code,
            },
            status: &self.status,
            instance_bot_id: &site.stream_id,
            org_id: "o-16ff21d2-5d27-5fb2-b9bd-9fedb5f00000",
            account_id: &site.account_id,
            created_by: CREATED_BY,
            created_by_a_id: APP,
            address: [],
            twitter_details: [],
            created_at: &self.created_at,
            updated_at: &self.updated_at,
            updated_by: self.updated_by.as_deref(),
            updated_by_a_id: self.updated_by.as_ref().map(|_| APP),
            id,
        }
    }
}

impl Echo<'_> {
    /// Shows the number without its country code.
    pub(in crate::sandbox) fn nationally(mut self) -> Self {
        self.cell_phone.phone_number.code = None;
        self
    }
}
