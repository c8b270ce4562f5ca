//! A contact as it is in a request or in an answer's entry, and where the two differ.
//!
//! Compares what was sent with what the server echoes. A difference is only named, by its field; no
//! value leaves this file.

use unicode_normalization::UnicodeNormalization;

use super::denial::Denial;
use super::json::{Cursor, Field};

/// The members of a contact that korebulk looks at (`docs/kore-api.md`, "Fields of a contact").
#[derive(Debug, Default)]
pub(super) struct Contact<'a> {
    id: Field<'a>,
    object_id: Field<'a>,
    pub(super) status: Field<'a>,
    pub(super) created_at: Field<'a>,
    first_name: Field<'a>,
    last_name: Field<'a>,
    full_name: Field<'a>,
    salutation: Field<'a>,
    cell_phone: CellPhone<'a>,
}

/// The member `cellPhone`.
#[derive(Debug, Default)]
enum CellPhone<'a> {
    #[default]
    Absent,
    Object(Phone<'a>),
    /// No object.
    Other,
}

#[derive(Debug, Default)]
struct Phone<'a> {
    extension: Field<'a>,
    number: Field<'a>,
    country_code: Field<'a>,
}

/// An entry: a contact, or an object around one, as an update's success entry is.
#[derive(Debug, Default)]
pub(super) struct Entry<'a> {
    pub(super) outer: Contact<'a>,
    inner: Option<Contact<'a>>,
    pub(super) denial: Denial,
}

impl<'a> Entry<'a> {
    /// Steps over the entry at the cursor; `None` where it cannot be read as a contact: no object,
    /// or a member of it is there twice with different values.
    pub(super) fn read(cursor: &mut Cursor<'a>) -> Option<Self> {
        let mut entry = Self::default();
        cursor.object(|cursor, key| match key {
            "contact" if cursor.peek() == Some(b'{') => {
                let contact = Contact::read(cursor)?;
                entry.inner.replace(contact).is_none().then_some(())
            }
            _ if Denial::concerns(key) => entry.denial.member(cursor, key),
            "message" | "msg" | "reason" => entry.denial.message(cursor),
            _ => entry.outer.member(cursor, key),
        })?;
        entry.denial.status(&entry.outer.status);
        Some(entry)
    }

    /// The contact echoed: the one inside, else the entry itself.
    pub(super) fn echo(&self) -> &Contact<'a> {
        self.inner.as_ref().unwrap_or(&self.outer)
    }

    /// Every id that the entry gives, outermost first.
    pub(super) fn ids(&self) -> [Option<&str>; 4] {
        let (outer, inner) = (&self.outer, self.echo());
        [outer.id.text(), outer.object_id.text(), inner.id.text(), inner.object_id.text()]
    }
}

impl<'a> Contact<'a> {
    /// Country code and phone number, as they are; blank where there is none.
    pub(super) fn phone(&self) -> (&str, &str) {
        match &self.cell_phone {
            CellPhone::Object(phone) => (
                phone.country_code.text().unwrap_or_default(),
                phone.number.text().unwrap_or_default(),
            ),
            CellPhone::Absent | CellPhone::Other => ("", ""),
        }
    }

    fn read(cursor: &mut Cursor<'a>) -> Option<Self> {
        let mut contact = Self::default();
        cursor.object(|cursor, key| contact.member(cursor, key))?;
        Some(contact)
    }

    fn member(&mut self, cursor: &mut Cursor<'a>, key: &str) -> Option<()> {
        match key {
            "id" => self.id.read(cursor),
            "_id" => self.object_id.read(cursor),
            "status" => self.status.read(cursor),
            "createdAt" => self.created_at.read(cursor),
            "firstName" => self.first_name.read(cursor),
            "lastName" => self.last_name.read(cursor),
            "fullName" => self.full_name.read(cursor),
            "salutation" => self.salutation.read(cursor),
            "cellPhone" => self.cell_phone.read(cursor),
            _ => cursor.skip(),
        }
    }
}

impl<'a> CellPhone<'a> {
    fn read(&mut self, cursor: &mut Cursor<'a>) -> Option<()> {
        if !matches!(self, Self::Absent) {
            return None;
        }
        if cursor.peek()? != b'{' {
            *self = Self::Other;
            return cursor.skip();
        }
        let mut phone = Phone::default();
        cursor.object(|cursor, key| match key {
            "extension" => phone.extension.read(cursor),
            "phoneNumber" => phone.number.read(cursor),
            "countryCode" => phone.country_code.read(cursor),
            _ => cursor.skip(),
        })?;
        *self = Self::Object(phone);
        Some(())
    }
}

/// Whether a contact as the account shows it has all that was sent of it: see [`differing`].
pub fn shows(sent: &str, shown: &str) -> bool {
    differing(sent, shown).is_empty()
}

/// The API's names of the fields in which a contact as the account shows it is not what was sent. A name, salutation or number
/// that it does not show is one; `fullName` is the server's own to make.
pub fn differing(sent: &str, shown: &str) -> Vec<&'static str> {
    const NEEDED: [&str; 4] = ["firstName", "lastName", "salutation", "cellPhone.phoneNumber"];
    let Some(contact) = Contact::read(&mut Cursor::new(shown)) else { return NEEDED.to_vec() };
    let names = [&contact.first_name, &contact.last_name, &contact.salutation];
    let are_there = names.map(|field| field.text().is_some());
    let are_there = are_there.into_iter().chain([!contact.phone().1.is_empty()]);
    let missing = NEEDED.into_iter().zip(are_there).filter(|(_, is_there)| !is_there);
    let mut found = differences(sent, &contact);
    found.extend(missing.map(|(name, _)| name));
    found.retain(|field| *field != "fullName");
    found.dedup();
    found
}

/// The API's names of the fields sent whose echo differs. Fields that were not sent, or are not in
/// the echo, are no difference; a field that is there and holds no text is one.
pub(super) fn differences(sent: &str, echo: &Contact<'_>) -> Vec<&'static str> {
    let mut found = Vec::new();
    let Some(sent) = Contact::read(&mut Cursor::new(sent)) else { return found };
    let mut compare =
        |name, sent: &Field<'_>, echo: &Field<'_>, same: &dyn Fn(&str, &str) -> bool| {
            let differs = match (sent, echo) {
                (Field::Text(sent), Field::Text(echo)) => sent != echo && !same(sent, echo),
                (Field::Text(_), Field::Other) => true,
                _ => false,
            };
            if differs {
                found.push(name);
            }
        };
    compare("firstName", &sent.first_name, &echo.first_name, &same_text);
    compare("lastName", &sent.last_name, &echo.last_name, &same_text);
    compare("fullName", &sent.full_name, &echo.full_name, &same_text);
    compare("salutation", &sent.salutation, &echo.salutation, &same_text);
    let broken =
        Phone { extension: Field::Other, number: Field::Other, country_code: Field::Other };
    let CellPhone::Object(sent) = &sent.cell_phone else { return found };
    let echo = match &echo.cell_phone {
        CellPhone::Object(phone) => phone,
        CellPhone::Other => &broken,
        CellPhone::Absent => return found,
    };
    let codes = Codes::of(sent, echo);
    let same_number = |sent: &str, echo: &str| codes.same_number(sent, echo);
    compare("cellPhone.extension", &sent.extension, &echo.extension, &same_code);
    compare("cellPhone.phoneNumber", &sent.number, &echo.number, &same_number);
    compare("cellPhone.countryCode", &sent.country_code, &echo.country_code, &same_code);
    found
}

/// Equal when trimmed, in Unicode's normal form C.
fn same_text(a: &str, b: &str) -> bool {
    let (a, b) = (a.trim(), b.trim());
    a == b || !(a.is_ascii() && b.is_ascii()) && a.nfc().eq(b.nfc())
}

/// Equal without the plus in front.
fn same_code(a: &str, b: &str) -> bool {
    a.trim().trim_start_matches('+') == b.trim().trim_start_matches('+')
}

fn digits(text: &str) -> impl Iterator<Item = char> + Clone {
    text.chars().filter(char::is_ascii_digit)
}

/// The country codes on both sides of a comparison.
struct Codes<'a> {
    sent: &'a str,
    echo: &'a str,
}

impl<'a> Codes<'a> {
    fn of(sent: &'a Phone<'_>, echo: &'a Phone<'_>) -> Self {
        let sent = sent.country_code.text().unwrap_or_default();
        Self { sent, echo: echo.country_code.text().unwrap_or(sent) }
    }

    /// The answer carries the number with the country code in front (`docs/kore-api.md`, "Fields of a contact").
    fn same_number(&self, sent: &str, echo: &str) -> bool {
        let national = national(sent, self.sent);
        let with_code = digits(self.echo).chain(national.clone());
        national.eq(self::national(echo, self.echo)) || with_code.eq(digits(echo))
    }
}

/// The digits after the country code, which only a number with a plus carries for sure.
fn national<'a>(number: &'a str, code: &'a str) -> impl Iterator<Item = char> + Clone + 'a {
    let carried = number.trim_start().starts_with('+')
        && digits(code).zip(digits(number)).all(|(a, b)| a == b);
    digits(number).skip(if carried { digits(code).count() } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(sent: &str, echo: &str) -> Vec<&'static str> {
        differences(sent, &Contact::read(&mut Cursor::new(echo)).unwrap())
    }

    #[test]
    fn an_echo_that_means_the_same_is_no_difference() {
        let same = [
            (r#"{"firstName":"jos\u00e9 "}"#, "{\"firstName\":\" jose\u{301}\"}"),
            (r#"{"firstName":"a","lastName":"b"}"#, r#"{"lastName":"b"}"#),
            (r#"{"cellPhone":{"countryCode":"91"}}"#, r#"{"cellPhone":{"countryCode":"+91"}}"#),
            (r#"{"cellPhone":{"extension":"+"}}"#, r#"{"cellPhone":{"extension":""}}"#),
            (r#"{"cellPhone":{"extension":"91"}}"#, r#"{"cellPhone":{"extension":91}}"#),
            (r#"{"cellPhone":{"extension":"91"}}"#, r"{}"),
            (
                r#"{"cellPhone":{"phoneNumber":"24456 78","countryCode":"+91"}}"#,
                r#"{"cellPhone":{"phoneNumber":"+912445678","countryCode":"+91"}}"#,
            ),
            (
                r#"{"cellPhone":{"phoneNumber":"2445678","countryCode":"+91"}}"#,
                r#"{"cellPhone":{"phoneNumber":"912445678"}}"#,
            ),
            (
                r#"{"cellPhone":{"phoneNumber":"2445678","countryCode":"+91"}}"#,
                r#"{"cellPhone":{"phoneNumber":"2445678"}}"#,
            ),
        ];
        for (sent, echo) in same {
            assert_eq!(between(sent, echo), Vec::<&str>::new(), "{sent} {echo}");
        }
    }

    #[test]
    fn an_echo_that_differs_is_named_by_its_field() {
        let sent = r#"{"id":"a","firstName":"john","lastName":"doee","fullName":"john doee",
            "salutation":"mr","cellPhone":{"extension":"+","phoneNumber":"24456","countryCode":"+91"}}"#;
        insta::assert_snapshot!(
            between(sent, r#"{"firstName":"John","lastName":"doe","fullName":7,"salutation":null,
                "cellPhone":{"extension":"+1","phoneNumber":"+9124457","countryCode":"+92"}}"#).join(" "),
            @"firstName lastName fullName salutation cellPhone.extension cellPhone.phoneNumber cellPhone.countryCode"
        );
        insta::assert_snapshot!(
            between(sent, r#"{"cellPhone":"24456"}"#).join(" "),
            @"cellPhone.extension cellPhone.phoneNumber cellPhone.countryCode"
        );
    }

    #[test]
    fn a_national_number_that_starts_like_the_country_code_is_not_cut() {
        let sent = r#"{"cellPhone":{"phoneNumber":"9124456","countryCode":"+91"}}"#;
        let kept = r#"{"cellPhone":{"phoneNumber":"+919124456","countryCode":"+91"}}"#;
        let cut = r#"{"cellPhone":{"phoneNumber":"+9124456","countryCode":"+91"}}"#;
        assert!(between(sent, kept).is_empty());
        assert_eq!(between(sent, cut), ["cellPhone.phoneNumber"]);
    }
}
