//! The contacts of the store.

use std::borrow::Cow;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::fields::{Fields, Phone};

/// A contact as the store has it.
#[derive(Debug)]
pub(in crate::sandbox) struct Contact<'a> {
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
    /// The user who updated it; `None` for one that was never updated.
    pub updated_by: Option<Cow<'a, str>>,
}

/// The columns that [`Contact::read`] reads; contacts seeded by id alone have sample values.
pub(in crate::sandbox) const COLUMNS: &str = "id, status, coalesce(first_name, 'Sandbox'),
    coalesce(last_name, 'Contact'), coalesce(full_name, 'Sandbox Contact'),
    coalesce(salutation, 'Mr'), coalesce(extension, '+91'), coalesce(phone, '0000000000'),
    coalesce(country_code, '+91'), created_at, updated_at, updated_by";

impl Contact<'static> {
    pub(in crate::sandbox) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
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
            updated_by: row.get::<_, Option<String>>(11)?.map(Cow::Owned),
        })
    }
}

impl<'a> Contact<'a> {
    /// The active contact that a body's fields make.
    fn shown(
        id: &'a str,
        fields: &'a Fields<'_>,
        created_at: String,
        updated_at: &'a str,
        updated_by: Option<&'a str>,
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
            phone: Cow::Borrowed(phone.national()),
            country_code: Cow::Borrowed(&phone.country_code),
            created_at,
            updated_at: Cow::Borrowed(updated_at),
            updated_by: updated_by.map(Cow::Borrowed),
        }
    }
}

impl Contact<'_> {
    /// Its six fields, as a body gives them.
    pub(in crate::sandbox) fn fields(&self) -> Fields<'_> {
        Fields {
            id: Cow::Borrowed(&self.id),
            first_name: Cow::Borrowed(&self.first_name),
            last_name: Cow::Borrowed(&self.last_name),
            full_name: Cow::Borrowed(""),
            salutation: Cow::Borrowed(&self.salutation),
            cell_phone: Phone {
                extension: Cow::Borrowed(&self.extension),
                number: Cow::Borrowed(&self.phone),
                country_code: Cow::Borrowed(&self.country_code),
            },
        }
    }

    /// This contact with those fields over it that are given.
    pub(in crate::sandbox) fn with<'b>(&'b self, fields: &'b Fields<'_>) -> Fields<'b> {
        let mut all = self.fields();
        let phone = &fields.cell_phone;
        let own = &mut all.cell_phone;
        for (own, given) in [
            (&mut all.first_name, &fields.first_name),
            (&mut all.last_name, &fields.last_name),
            (&mut all.full_name, &fields.full_name),
            (&mut all.salutation, &fields.salutation),
            (&mut own.extension, &phone.extension),
            (&mut own.number, &phone.number),
            (&mut own.country_code, &phone.country_code),
        ] {
            if !given.is_empty() {
                *own = Cow::Borrowed(given);
            }
        }
        all
    }
}

/// Who changes a contact, and when.
#[derive(Debug, Clone, Copy)]
pub(in crate::sandbox) struct Writer<'a> {
    /// A user's id.
    pub user: &'a str,
    /// As answers show times; later than every change before it.
    pub at: &'a str,
}

impl<'a> Writer<'a> {
    /// Whoever speaks to the public API.
    pub(in crate::sandbox) fn client(at: &'a str) -> Self {
        Self { user: "u-cc6ebd6c-656c-5364-abfc-ad5f80e00000", at }
    }

    /// Somebody else, in the user interface for instance.
    pub(in crate::sandbox) fn other(at: &'a str) -> Self {
        Self { user: "u-0e2b17a4-93c5-5d8e-8f61-2b7c4d900000", at }
    }
}

/// The contact of that id, whatever its status.
pub(in crate::sandbox) fn find(
    db: &Connection,
    id: &str,
) -> rusqlite::Result<Option<Contact<'static>>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM contacts WHERE id = ?1"))?
        .query_row([id], Contact::read)
        .optional()
}

/// Replaces all fields of an active contact; `None` where there is no such contact.
pub(in crate::sandbox) fn update<'a>(
    db: &Connection,
    id: &'a str,
    fields: &'a Fields<'_>,
    writer: Writer<'a>,
) -> rusqlite::Result<Option<Contact<'a>>> {
    let phone = &fields.cell_phone;
    let created_at: Option<String> = db
        .prepare_cached(
            "UPDATE contacts SET first_name = ?2, last_name = ?3, full_name = ?4, salutation = ?5,
                extension = ?6, phone = ?7, country_code = ?8, updated_at = ?9, updated_by = ?10
             WHERE id = ?1 AND status = 'ACTIVE' RETURNING created_at",
        )?
        .query_row(
            params![
                id,
                fields.first_name,
                fields.last_name,
                fields.name(),
                fields.salutation,
                phone.extension,
                phone.national(),
                phone.country_code,
                writer.at,
                writer.user
            ],
            |row| row.get(0),
        )
        .optional()?;
    let shown = |created| Contact::shown(id, fields, created, writer.at, Some(writer.user));
    Ok(created_at.map(shown))
}

/// What a contact that is added has beside its fields.
#[derive(Debug, Clone, Copy)]
pub(in crate::sandbox) struct Life<'a> {
    pub active: bool,
    pub created_at: &'a str,
    pub updated_at: &'a str,
    pub updated_by: Option<&'a str>,
    /// Whether an empty field is an empty field; else it has a sample value.
    pub exact: bool,
}

impl<'a> Life<'a> {
    /// Of a contact that begins now.
    pub(in crate::sandbox) fn new(now: &'a str) -> Self {
        Self { active: true, created_at: now, updated_at: now, updated_by: None, exact: false }
    }
}

/// Adds a contact. An id that is taken stays as it is: false.
pub(in crate::sandbox) fn insert(
    db: &Connection,
    id: &str,
    fields: &Fields<'_>,
    life: Life<'_>,
) -> rusqlite::Result<bool> {
    let phone = &fields.cell_phone;
    let some = |text: &str| (life.exact || !text.is_empty()).then(|| text.to_owned());
    let inserted = db
        .prepare_cached(
            "INSERT OR IGNORE INTO contacts (id, first_name, last_name, full_name, salutation,
                extension, phone, country_code, status, created_at, updated_at, updated_by)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?
        .execute(params![
            id,
            some(&fields.first_name),
            some(&fields.last_name),
            some(fields.name().trim()),
            some(&fields.salutation),
            some(&phone.extension),
            some(phone.national()),
            some(&phone.country_code),
            if life.active { "ACTIVE" } else { "INACTIVE" },
            life.created_at,
            life.updated_at,
            life.updated_by,
        ])?;
    Ok(inserted == 1)
}

/// Makes an active contact inactive, which is what a delete does; false where there is none.
pub(in crate::sandbox) fn delete(db: &Connection, id: &str, now: &str) -> rusqlite::Result<bool> {
    let deleted = db
        .prepare_cached(
            "UPDATE contacts SET status = 'INACTIVE', updated_at = ?2
             WHERE id = ?1 AND status = 'ACTIVE'",
        )?
        .execute([id, now])?;
    Ok(deleted == 1)
}

/// Moves the time of an active contact's last change and nothing else; false where there is none.
pub(in crate::sandbox) fn touch(
    db: &Connection,
    id: &str,
    writer: Writer<'_>,
) -> rusqlite::Result<bool> {
    let touched = db
        .prepare_cached(
            "UPDATE contacts SET updated_at = ?2, updated_by = ?3
             WHERE id = ?1 AND status = 'ACTIVE'",
        )?
        .execute([id, writer.at, writer.user])?;
    Ok(touched == 1)
}

/// A contact other than `id` that has this number, an active one before an inactive one.
pub(in crate::sandbox) fn holder(
    db: &Connection,
    phone: &Phone<'_>,
    id: &str,
    inactive: bool,
) -> rusqlite::Result<Option<String>> {
    db.prepare_cached(
        "SELECT id FROM contacts
         WHERE phone = ?1 AND ltrim(country_code, '+') = ltrim(?2, '+') AND id <> ?3
            AND (status = 'ACTIVE' OR ?4)
         ORDER BY status, id LIMIT 1",
    )?
    .query_row(params![phone.national(), phone.country_code, id, inactive], |row| row.get(0))
    .optional()
}
