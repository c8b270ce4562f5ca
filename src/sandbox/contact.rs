//! A contact: as it comes in a body, as it lies in the store, as an answer shows it.
//!
//! The shapes are those of the API pages (seeds 002 and 004); keys they do not know are ignored.

use std::borrow::Cow;

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize, Serializer};

/// What every answer says about the stream and the account.
#[derive(Debug, Clone)]
pub(super) struct Site {
    pub stream_id: String,
    pub account_id: String,
}

/// A contact in a request body. What is missing is empty.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
pub(super) struct Fields<'a> {
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    #[serde(borrow)]
    pub first_name: Cow<'a, str>,
    #[serde(borrow)]
    pub last_name: Cow<'a, str>,
    #[serde(borrow)]
    pub full_name: Cow<'a, str>,
    #[serde(borrow)]
    pub salutation: Cow<'a, str>,
    #[serde(borrow)]
    pub cell_phone: Phone<'a>,
}

/// `cellPhone` in a request body.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
pub(super) struct Phone<'a> {
    #[serde(borrow)]
    pub extension: Cow<'a, str>,
    #[serde(borrow, rename = "phoneNumber")]
    pub number: Cow<'a, str>,
    #[serde(borrow)]
    pub country_code: Cow<'a, str>,
}

impl Fields<'_> {
    /// Whether everything is there that the page calls required (seed 004), the number all digits.
    pub(super) fn are_complete(&self) -> bool {
        let phone = &self.cell_phone;
        [&self.first_name, &self.last_name, &self.salutation, &phone.extension, &phone.country_code]
            .iter()
            .all(|field| !field.is_empty())
            && !phone.number.is_empty()
            && phone.number.bytes().all(|b| b.is_ascii_digit())
    }

    /// `fullName`, made of the two names where it was not given.
    pub(super) fn name(&self) -> Cow<'_, str> {
        if self.full_name.is_empty() {
            Cow::Owned(format!("{} {}", self.first_name, self.last_name))
        } else {
            Cow::Borrowed(&self.full_name)
        }
    }
}

/// A contact as the store has it.
#[derive(Debug)]
pub(super) struct Contact<'a> {
    pub id: Cow<'a, str>,
    pub status: Cow<'a, str>,
    pub first_name: Cow<'a, str>,
    pub last_name: Cow<'a, str>,
    pub full_name: Cow<'a, str>,
    pub salutation: Cow<'a, str>,
    pub extension: Cow<'a, str>,
    pub phone: Cow<'a, str>,
    pub country_code: Cow<'a, str>,
    pub created_at: String,
    pub updated_at: Cow<'a, str>,
}

/// The columns that [`Contact::read`] reads; contacts seeded by id alone have sample values.
pub(super) const COLUMNS: &str = "id, status, coalesce(first_name, 'Sandbox'),
    coalesce(last_name, 'Contact'), coalesce(full_name, 'Sandbox Contact'),
    coalesce(salutation, 'Mr'), coalesce(extension, '+91'), coalesce(phone, '0000000000'),
    coalesce(country_code, '+91'), created_at, updated_at";

impl Contact<'static> {
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let text = |column: usize| row.get::<_, String>(column).map(Cow::Owned);
        Ok(Self {
            id: text(0)?,
            status: text(1)?,
            first_name: text(2)?,
            last_name: text(3)?,
            full_name: text(4)?,
            salutation: text(5)?,
            extension: text(6)?,
            phone: text(7)?,
            country_code: text(8)?,
            created_at: row.get(9)?,
            updated_at: text(10)?,
        })
    }
}

/// The contact of that id, whatever its status.
pub(super) fn find(db: &Connection, id: &str) -> rusqlite::Result<Option<Contact<'static>>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM contacts WHERE id = ?1"))?
        .query_row([id], Contact::read)
        .optional()
}

/// Replaces the fields of an active contact; `None` where there is no such contact.
pub(super) fn update<'a>(
    db: &Connection,
    id: &'a str,
    fields: &'a Fields<'_>,
    now: &'a str,
) -> rusqlite::Result<Option<Contact<'a>>> {
    let phone = &fields.cell_phone;
    let name = fields.name();
    let created_at: Option<String> = db
        .prepare_cached(
            "UPDATE contacts SET first_name = ?2, last_name = ?3, full_name = ?4, salutation = ?5,
                extension = ?6, phone = ?7, country_code = ?8, updated_at = ?9
             WHERE id = ?1 AND status = 'ACTIVE' RETURNING created_at",
        )?
        .query_row(
            params![
                id,
                fields.first_name,
                fields.last_name,
                name,
                fields.salutation,
                phone.extension,
                phone.number,
                phone.country_code,
                now
            ],
            |row| row.get(0),
        )
        .optional()?;
    Ok(created_at.map(|created_at| Contact::shown(id, fields, created_at, now)))
}

/// Adds an active contact. An id that is taken stays as it is: false.
pub(super) fn insert(
    db: &Connection,
    id: &str,
    fields: &Fields<'_>,
    now: &str,
) -> rusqlite::Result<bool> {
    let phone = &fields.cell_phone;
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let name = fields.name();
    let inserted = db
        .prepare_cached(
            "INSERT OR IGNORE INTO contacts (id, first_name, last_name, full_name, salutation,
                extension, phone, country_code, created_at, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)",
        )?
        .execute(params![
            id,
            some(&fields.first_name),
            some(&fields.last_name),
            some(name.trim()),
            some(&fields.salutation),
            some(&phone.extension),
            some(&phone.number),
            some(&phone.country_code),
            now
        ])?;
    Ok(inserted == 1)
}

/// Makes an active contact inactive, which is what a delete does; false where there is none.
pub(super) fn delete(db: &Connection, id: &str, now: &str) -> rusqlite::Result<bool> {
    let deleted = db
        .prepare_cached(
            "UPDATE contacts SET status = 'INACTIVE', updated_at = ?2
             WHERE id = ?1 AND status = 'ACTIVE'",
        )?
        .execute([id, now])?;
    Ok(deleted == 1)
}

/// Whether an active contact has that number; create refuses it then (kore-facts, "Contact fields").
pub(super) fn phone_is_taken(db: &Connection, phone: &Phone<'_>) -> rusqlite::Result<bool> {
    db.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM contacts
         WHERE phone = ?1 AND country_code = ?2 AND status = 'ACTIVE')",
    )?
    .query_row([&phone.number, &phone.country_code], |row| row.get(0))
}

impl<'a> Contact<'a> {
    /// The contact that a body's fields make.
    pub(super) fn shown(
        id: &'a str,
        fields: &'a Fields<'_>,
        created_at: String,
        updated_at: &'a str,
    ) -> Self {
        let phone = &fields.cell_phone;
        Self {
            id: Cow::Borrowed(id),
            status: Cow::Borrowed("ACTIVE"),
            first_name: Cow::Borrowed(&fields.first_name),
            last_name: Cow::Borrowed(&fields.last_name),
            full_name: fields.name(),
            salutation: Cow::Borrowed(&fields.salutation),
            extension: Cow::Borrowed(&phone.extension),
            phone: Cow::Borrowed(&phone.number),
            country_code: Cow::Borrowed(&phone.country_code),
            created_at,
            updated_at: Cow::Borrowed(updated_at),
        }
    }

    /// The contact as answers show it, its id under `_id` (bulk update) or `id` (elsewhere).
    pub(super) fn echo<'b>(&'b self, site: &'b Site, key: IdKey) -> Echo<'b> {
        let (underscore_id, id) = key.place(&self.id);
        Echo {
            underscore_id,
            first_name: &self.first_name,
            last_name: &self.last_name,
            full_name: &self.full_name,
            salutation: &self.salutation,
            cell_phone: EchoPhone {
                extension: &self.extension,
                phone_number: International(&self.country_code, &self.phone),
                country_code: &self.country_code,
            },
            status: &self.status,
            instance_bot_id: &site.stream_id,
            org_id: "o-16ff21d2-5d27-5fb2-b9bd-9fedb5f00000",
            account_id: &site.account_id,
            created_by: USER,
            created_by_a_id: APP,
            address: [],
            twitter_details: [],
            created_at: &self.created_at,
            updated_at: &self.updated_at,
            updated_by: underscore_id.map(|_| USER),
            updated_by_a_id: underscore_id.map(|_| APP),
            id,
        }
    }
}

const USER: &str = "u-cc6ebd6c-656c-5364-abfc-ad5f80e00000";
const APP: &str = "a-6c63a33a-c2a7-49e8-a5ab-82449c800000";

/// The key of an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IdKey {
    /// `id`
    Id,
    /// `_id`
    Underscore,
    /// None: the answer does not say whom it is about.
    None,
}

impl IdKey {
    /// The id as `_id` and as `id`.
    pub(super) fn place(self, id: &str) -> (Option<&str>, Option<&str>) {
        match self {
            Self::Id => (None, Some(id)),
            Self::Underscore => (Some(id), None),
            Self::None => (None, None),
        }
    }
}

/// The contact of an answer, its keys in the order of the pages.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Echo<'a> {
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

/// A number with its country code in front, as every answer has it (kore-facts, "Contact fields").
#[derive(Debug)]
struct International<'a>(&'a str, &'a str);

impl Serialize for International<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(code, number) = self;
        serializer.collect_str(&format_args!("+{}{number}", code.trim_start_matches('+')))
    }
}
