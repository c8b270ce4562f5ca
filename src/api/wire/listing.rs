//! Reading an account: requests for pages of contacts and for all contact lists, and what their answers list.
//!
//! Source: docs/kore-api.md, "Reading the account". What a page does not say stays unknown. Must not know what a
//! page proves, nor what becomes of a contact.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;
use jiff::Timestamp;

use super::json::{Cursor, Field};
use super::request::WireRequest;
use crate::model::settings::Target;

/// The request for a page of contacts: all three ways to say which one at once, none contradicting another.
pub fn page_request(target: &Target, skip: u64, limit: u64, page: u64) -> WireRequest {
    let stream = &target.stream_id;
    WireRequest {
        method: "GET",
        path_and_query: format!(
            "/agentassist/api/v1/public/{stream}/contacts?skip={skip}&limit={limit}&page={page}"
        ),
        headers: vec![
            ("accountId", target.account_id.clone()),
            ("Content-Type", "application/json".to_owned()),
        ],
        body: Bytes::new(),
    }
}

/// A page of contacts, by its places in the body.
#[derive(Debug, Default)]
pub struct ContactPage {
    /// The contacts, in the page's order.
    pub contacts: Vec<Listed>,
    /// Where the array of contacts is.
    pub array: Range<usize>,
    /// `totalResults`.
    pub total: Option<u64>,
    /// `hasMore`.
    pub more: Option<bool>,
    /// `createdAt` of each contact.
    created: Vec<Option<Timestamp>>,
    /// `updatedAt` of each contact.
    updated: Vec<Option<Timestamp>>,
}

/// A contact of a page.
#[derive(Debug)]
pub struct Listed {
    /// Where the whole contact is.
    pub place: Range<usize>,
    /// `id`, else `_id`.
    pub id: String,
}

impl ContactPage {
    /// Reads the body of an answer; `None` where it is no page of contacts, or a contact has no id.
    pub fn read(text: &str) -> Option<Self> {
        let mut cursor = Cursor::new(text);
        let (mut page, mut listed) = (Self::default(), false);
        cursor.object(|cursor, key| match key {
            "results" if !listed => {
                listed = true;
                cursor.peek();
                let start = cursor.at();
                cursor.array(|cursor| page.contact(cursor))?;
                page.array = start..cursor.at();
                Some(())
            }
            // A second list: no value is the right one of two.
            "results" => None,
            "totalResults" => {
                page.total = cursor.field()?.text().and_then(|total| total.parse().ok());
                Some(())
            }
            "hasMore" => {
                page.more = cursor.raw()?.parse().ok();
                Some(())
            }
            _ => cursor.skip(),
        })?;
        (listed && cursor.ended()).then_some(page)
    }

    /// Reads the array of a page alone, as [`ContactPage::array`] gave it.
    pub fn read_array(text: &str) -> Option<Vec<Listed>> {
        let mut contacts = Vec::new();
        Cursor::new(text).array(|cursor| {
            contacts.push(Listed::read(cursor)?.0);
            Some(())
        })?;
        Some(contacts)
    }

    fn contact(&mut self, cursor: &mut Cursor<'_>) -> Option<()> {
        let (listed, times) = Listed::read(cursor)?;
        let [created, updated] = times.map(|field| field.text().and_then(|text| text.parse().ok()));
        self.contacts.push(listed);
        self.created.push(created);
        self.updated.push(updated);
        Some(())
    }

    /// The latest creation, seconds since 1970; `None` where a contact does not say when it was created.
    pub fn newest(&self) -> Option<i64> {
        let mut created = self.created.iter();
        created
            .try_fold(i64::MIN, |newest, created| Some(newest.max(created.as_ref()?.as_second())))
    }

    /// Whether the contacts may be in the order of their last change.
    pub fn may_be_by_change(&self) -> bool {
        let times: Option<Vec<_>> = self.updated.iter().copied().collect();
        times.is_none_or(|times| times.is_sorted() || times.iter().rev().is_sorted())
    }
}

impl Listed {
    /// The contact at the cursor, its `createdAt` and `updatedAt`.
    fn read<'a>(cursor: &mut Cursor<'a>) -> Option<(Self, [Field<'a>; 2])> {
        let start = cursor.at();
        let [mut id, mut object_id, mut created, mut updated] = [const { Field::Absent }; 4];
        cursor.object(|cursor, key| match key {
            "id" => id.read(cursor),
            "_id" => object_id.read(cursor),
            "createdAt" => created.read(cursor),
            "updatedAt" => updated.read(cursor),
            _ => cursor.skip(),
        })?;
        let id = id.text().or(object_id.text()).filter(|id| !id.is_empty())?.to_owned();
        Some((Self { place: start..cursor.at(), id }, [created, updated]))
    }
}

/// A contact as the account shows it: the members that korebulk has a use for, each as it is there. A member that is
/// absent, or holds no text, is `None`.
///
/// They are contact data: a debug print shows the id alone.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct AccountContact<'a> {
    /// `id`, else `_id`.
    pub id: Cow<'a, str>,
    /// `firstName`.
    pub first_name: Option<Cow<'a, str>>,
    /// `lastName`.
    pub last_name: Option<Cow<'a, str>>,
    /// `fullName`.
    pub full_name: Option<Cow<'a, str>>,
    /// `salutation`.
    pub salutation: Option<Cow<'a, str>>,
    /// `cellPhone.phoneNumber`: the country code in front.
    pub phone_number: Option<Cow<'a, str>>,
    /// `cellPhone.countryCode`.
    pub country_code: Option<Cow<'a, str>>,
    /// `cellPhone.extension`.
    pub extension: Option<Cow<'a, str>>,
    /// `status`: `ACTIVE`, `INACTIVE`.
    pub status: Option<Cow<'a, str>>,
    /// `createdAt`.
    pub created_at: Option<Cow<'a, str>>,
    /// `updatedAt`.
    pub updated_at: Option<Cow<'a, str>>,
}

impl<'a> AccountContact<'a> {
    /// Reads a whole contact; `None` where it has no id, or a member twice.
    pub fn read(text: &'a str) -> Option<Self> {
        Self::at(&mut Cursor::new(text))
    }

    /// Walks over the array of a page, as [`ContactPage::array`] gave it; `None` where it is none, or `visit` says so.
    pub fn each(text: &'a str, mut visit: impl FnMut(&Self) -> Option<()>) -> Option<()> {
        Cursor::new(text).array(|cursor| visit(&Self::at(cursor)?))
    }

    fn at(cursor: &mut Cursor<'a>) -> Option<Self> {
        let [mut id, mut object_id] = [const { Field::Absent }; 2];
        let mut top: [Field<'a>; 7] = Default::default();
        let mut phone: [Field<'a>; 3] = Default::default();
        cursor.object(|cursor, key| match (key, cursor.peek()) {
            ("id", _) => id.read(cursor),
            ("_id", _) => object_id.read(cursor),
            ("cellPhone", Some(b'{')) => cursor.object(|cursor, key| match place(&PHONE, key) {
                Some(at) => phone[at].read(cursor),
                None => cursor.skip(),
            }),
            _ => match place(&TOP, key) {
                Some(at) => top[at].read(cursor),
                None => cursor.skip(),
            },
        })?;
        let id = text_of(id).or(text_of(object_id)).filter(|id| !id.is_empty())?;
        let [first_name, last_name, full_name, salutation, status, created_at, updated_at] =
            top.map(text_of);
        let [phone_number, country_code, extension] = phone.map(text_of);
        Some(Self {
            id,
            first_name,
            last_name,
            full_name,
            salutation,
            phone_number,
            country_code,
            extension,
            status,
            created_at,
            updated_at,
        })
    }

    /// Whether another one has the same six fields, as they are.
    pub fn has_the_values_of(&self, other: &AccountContact<'_>) -> bool {
        let names = self.first_name == other.first_name
            && self.last_name == other.last_name
            && self.salutation == other.salutation;
        names
            && self.phone_number == other.phone_number
            && self.country_code == other.country_code
            && self.extension == other.extension
    }

    /// When it was changed last, where it says so.
    pub fn changed_at(&self) -> Option<Timestamp> {
        self.updated_at.as_deref()?.parse().ok()
    }

    /// Whether it can be spoken to: a contact that was deleted is `INACTIVE` and may still be shown.
    pub fn is_active(&self) -> bool {
        self.status.as_ref().is_none_or(|status| !status.eq_ignore_ascii_case("INACTIVE"))
    }
}

const TOP: [&str; 7] =
    ["firstName", "lastName", "fullName", "salutation", "status", "createdAt", "updatedAt"];
const PHONE: [&str; 3] = ["phoneNumber", "countryCode", "extension"];

fn place(names: &[&str], key: &str) -> Option<usize> {
    names.iter().position(|name| *name == key)
}

fn text_of(field: Field<'_>) -> Option<Cow<'_, str>> {
    match field {
        Field::Text(text) => Some(text),
        Field::Absent | Field::Other => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"{"results":[
      {"firstName":"john","lastName":"d\u00f6e","fullName":"john doe","salutation":"mr",
       "cellPhone":{"extension":"+91","phoneNumber":"+9195501","countryCode":"+91"},"status":"ACTIVE",
       "address":[],"createdAt":"2024-06-28T05:24:07.218Z","updatedAt":"2026-01-05T09:16:34.633Z","id":"667e48"},
      {"_id":"667e49","createdAt":"2024-06-28T05:24:08.218Z","cellPhone":null}],
      "skip":0,"limit":10,"hasMore":false,"totalPages":1,"totalResults":6}"#;

    #[test]
    fn a_page_is_taken_apart_by_its_places() {
        let page = ContactPage::read(PAGE).unwrap();
        let ids: Vec<&str> = page.contacts.iter().map(|contact| contact.id.as_str()).collect();
        assert_eq!(ids, ["667e48", "667e49"]);
        assert_eq!((page.total, page.more), (Some(6), Some(false)));
        assert_eq!(page.newest(), Some(1_719_552_248));
        let again = ContactPage::read_array(&PAGE[page.array.clone()]).unwrap();
        assert_eq!(again.len(), 2);
        let first = AccountContact::read(&PAGE[page.contacts[0].place.clone()]).unwrap();
        assert_eq!(first.last_name.as_deref(), Some("döe"));
        assert_eq!(first.phone_number.as_deref(), Some("+9195501"));
        assert!(first.is_active());
        let second = AccountContact::read(&PAGE[page.contacts[1].place.clone()]).unwrap();
        assert_eq!(
            (second.id.as_ref(), second.first_name, second.extension),
            ("667e49", None, None)
        );
    }

    #[test]
    fn what_is_no_page_of_contacts_is_none() {
        for body in [
            "",
            "[]",
            "{}",
            r#"{"results":{}}"#,
            r#"{"results":[{"firstName":"a"}]}"#,
            r#"{"results":[{"id":""}]}"#,
            r#"{"results":[{"id":"1"}],"results":[]}"#,
            r#"{"results":[{"id":"1"}]"#,
            r#"{"status":"success","data":{"results":[]}}"#,
        ] {
            assert!(ContactPage::read(body).is_none(), "{body}");
        }
        let bare =
            ContactPage::read(r#"{"results":[],"hasMore":"no","totalResults":"7"}"#).unwrap();
        assert_eq!((bare.total, bare.more, bare.contacts.len()), (Some(7), None, 0));
    }
}
