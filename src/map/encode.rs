//! The JSON object of a contact, as it is in the body of a bulk update or a create (docs/kore-api.md).
//!
//! Compact, keys in the page's order, `id` first where there is one; what the user adds comes after.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::columns::Extra;
use super::field::Field;
use super::name::Names;
use super::phone::CellPhone;
use super::value::Value;
use crate::model::ValueOrigin;

/// A contact, checked.
pub(super) struct Contact<'r> {
    /// `None` for what is to be created.
    pub(super) id: Option<Cow<'r, str>>,
    pub(super) names: Names<'r>,
    pub(super) salutation: Cow<'r, str>,
    pub(super) phone: CellPhone<'r>,
    /// Where each value comes from, by [`Field::index`].
    pub(super) origins: Origins,
}

/// Where the values of a contact come from, by [`Field::index`].
pub(super) type Origins = [ValueOrigin; Field::COUNT];

/// A value that the API page does not know.
#[derive(Debug, Clone)]
pub(super) enum Added<'r> {
    /// Of a cell; text by the time it is sent.
    Value(Value<'r>),
    /// JSON, as it is in the input.
    Raw(&'r RawValue),
}

/// Keys of an object in the API's shape that the page does not know.
#[derive(Debug, Default)]
pub(super) struct Passed<'r> {
    pub(super) top: Vec<(Cow<'r, str>, &'r RawValue)>,
    pub(super) cell_phone: Vec<(Cow<'r, str>, &'r RawValue)>,
}

/// Where the user's own fields are in the contact: made once for each source.
#[derive(Debug, Default)]
pub(super) struct Layout {
    top: Keys,
    cell_phone: Keys,
}

impl Layout {
    /// The layout of these fields, none of which is inside another.
    pub(super) fn of(extras: &[Extra]) -> Self {
        let mut layout = Self::default();
        for (index, extra) in extras.iter().enumerate() {
            match extra.path.strip_prefix("cellPhone.") {
                Some(inner) => layout.cell_phone.place(inner, index),
                None => layout.top.place(&extra.path, index),
            }
        }
        layout
    }

    /// Whether the user's own fields hold this key of the contact, or of its `cellPhone`.
    pub(super) fn holds(&self, key: &str, in_cell_phone: bool) -> bool {
        let keys = if in_cell_phone { &self.cell_phone } else { &self.top };
        keys.0.iter().any(|(own, _)| own == key)
    }
}

/// The keys of one object, in order.
#[derive(Debug, Default)]
struct Keys(Vec<(String, Node)>);

#[derive(Debug)]
enum Node {
    /// Index of the extra.
    Leaf(usize),
    Object(Keys),
}

impl Keys {
    fn place(&mut self, path: &str, index: usize) {
        let Some((head, rest)) = path.split_once('.') else {
            self.0.push((path.to_owned(), Node::Leaf(index)));
            return;
        };
        let place = self.0.iter().position(|(key, _)| key == head).unwrap_or_else(|| {
            self.0.push((head.to_owned(), Node::Object(Self::default())));
            self.0.len() - 1
        });
        if let (_, Node::Object(inner)) = &mut self.0[place] {
            inner.place(rest, index);
        }
    }

    /// Appends `,"key":value` for each field that has a value; an object without any is left out.
    fn write(&self, values: &[Option<Added>], buffer: &mut String) {
        for (key, node) in &self.0 {
            let start = buffer.len();
            match node {
                Node::Leaf(index) => match &values[*index] {
                    Some(Added::Value(value)) => pair(key, &value.text, buffer),
                    Some(Added::Raw(raw)) => raw_pair(key, raw, buffer),
                    None => {}
                },
                Node::Object(inner) => {
                    buffer.push(',');
                    string(key, buffer);
                    buffer.push(':');
                    let open = buffer.len();
                    inner.write(values, buffer);
                    if buffer.len() == open {
                        buffer.truncate(start);
                    } else {
                        // The comma before the first pair becomes the brace.
                        buffer.replace_range(open..=open, "{");
                        buffer.push('}');
                    }
                }
            }
        }
    }
}

/// Writes the object into `buffer`, which is emptied before.
pub(super) fn contact(
    contact: &Contact,
    layout: &Layout,
    added: &[Option<Added>],
    passed: &Passed,
    buffer: &mut String,
) {
    buffer.clear();
    let mut member = |start: &str, text: &str| {
        buffer.push_str(start);
        string(text, buffer);
    };
    match &contact.id {
        Some(id) => {
            member("{\"id\":", id);
            member(",\"firstName\":", &contact.names.first);
        }
        None => member("{\"firstName\":", &contact.names.first),
    }
    member(",\"lastName\":", &contact.names.last);
    // The page of a create does not have it.
    if contact.id.is_some() && !contact.names.full.is_empty() {
        member(",\"fullName\":", &contact.names.full);
    }
    member(",\"salutation\":", &contact.salutation);
    member(",\"cellPhone\":{\"extension\":", &contact.phone.extension);
    member(",\"phoneNumber\":", &contact.phone.number);
    member(",\"countryCode\":", &contact.phone.code);
    layout.cell_phone.write(added, buffer);
    for (key, raw) in &passed.cell_phone {
        raw_pair(key, raw, buffer);
    }
    buffer.push('}');
    layout.top.write(added, buffer);
    for (key, raw) in &passed.top {
        raw_pair(key, raw, buffer);
    }
    buffer.push('}');
}

/// Writes a draft: the id, and what a row says of its contact, as it says it.
pub(super) fn draft<'a>(
    id: &str,
    texts: impl Iterator<Item = (&'a str, &'a str)>,
    layout: &Layout,
    (added, passed): (&[Option<Added>], &Passed),
    buffer: &mut String,
) {
    buffer.clear();
    buffer.push_str("{\"id\":");
    string(id, buffer);
    texts.filter(|(_, text)| !text.is_empty()).for_each(|(key, text)| pair(key, text, buffer));
    layout.top.write(added, buffer);
    layout.cell_phone.write(added, buffer);
    for (key, raw) in passed.cell_phone.iter().chain(&passed.top) {
        raw_pair(key, raw, buffer);
    }
    buffer.push('}');
}

fn pair(key: &str, text: &str, buffer: &mut String) {
    buffer.push(',');
    string(key, buffer);
    buffer.push(':');
    string(text, buffer);
}

fn raw_pair(key: &str, raw: &RawValue, buffer: &mut String) {
    buffer.push(',');
    string(key, buffer);
    buffer.push(':');
    buffer.push_str(raw.get());
}

fn string(text: &str, buffer: &mut String) {
    // Looked at to the end whatever is found, which costs less than a way out at each byte.
    if text.bytes().fold(false, |found, byte| found | ESCAPED[usize::from(byte)]) {
        buffer.push_str(&serde_json::to_string(text).expect("any text is a JSON string"));
    } else {
        buffer.push('"');
        buffer.push_str(text);
        buffer.push('"');
    }
}

/// The bytes that a JSON string holds only as escapes.
const ESCAPED: [bool; 256] = {
    let mut escaped = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        escaped[byte] = true;
        byte += 1;
    }
    escaped[b'"' as usize] = true;
    escaped[b'\\' as usize] = true;
    escaped
};
