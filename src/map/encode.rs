//! The JSON object of a contact, as it stands in a bulk-update body (seed page 004).
//!
//! Compact, keys in the page's order, `id` first; what the user adds comes after.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::columns::Extra;
use super::name::Names;
use super::phone::CellPhone;

/// A contact, checked.
pub(super) struct Contact<'r> {
    pub(super) id: Cow<'r, str>,
    pub(super) names: Names<'r>,
    pub(super) salutation: Cow<'r, str>,
    pub(super) phone: CellPhone<'r>,
}

/// A value that the API page does not know.
#[derive(Debug, Clone)]
pub(super) enum Added<'r> {
    Text(Cow<'r, str>),
    /// JSON, as it stands in the input.
    Raw(&'r RawValue),
}

/// Keys of an object in the API's shape that the page does not know.
#[derive(Debug, Default)]
pub(super) struct Passed<'r> {
    pub(super) top: Vec<(Cow<'r, str>, &'r RawValue)>,
    pub(super) cell_phone: Vec<(Cow<'r, str>, &'r RawValue)>,
}

/// Where the user's own fields stand in the contact: made once for each source.
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
    fn write(&self, values: &[Option<Added>], buffer: &mut Vec<u8>) {
        for (key, node) in &self.0 {
            let start = buffer.len();
            match node {
                Node::Leaf(index) => match &values[*index] {
                    Some(Added::Text(text)) => pair(key, text, buffer),
                    Some(Added::Raw(raw)) => raw_pair(key, raw, buffer),
                    None => {}
                },
                Node::Object(inner) => {
                    buffer.push(b',');
                    string(key, buffer);
                    buffer.push(b':');
                    let open = buffer.len();
                    inner.write(values, buffer);
                    match buffer.get_mut(open) {
                        // The comma before the first pair becomes the brace.
                        Some(comma) => {
                            *comma = b'{';
                            buffer.push(b'}');
                        }
                        None => buffer.truncate(start),
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
    buffer: &mut Vec<u8>,
) {
    buffer.clear();
    let mut member = |start: &str, text: &str| {
        buffer.extend_from_slice(start.as_bytes());
        string(text, buffer);
    };
    member("{\"id\":", &contact.id);
    member(",\"firstName\":", &contact.names.first);
    member(",\"lastName\":", &contact.names.last);
    if !contact.names.full.is_empty() {
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
    buffer.push(b'}');
    layout.top.write(added, buffer);
    for (key, raw) in &passed.top {
        raw_pair(key, raw, buffer);
    }
    buffer.push(b'}');
}

fn pair(key: &str, text: &str, buffer: &mut Vec<u8>) {
    buffer.push(b',');
    string(key, buffer);
    buffer.push(b':');
    string(text, buffer);
}

fn raw_pair(key: &str, raw: &RawValue, buffer: &mut Vec<u8>) {
    buffer.push(b',');
    string(key, buffer);
    buffer.push(b':');
    buffer.extend_from_slice(raw.get().as_bytes());
}

fn string(text: &str, buffer: &mut Vec<u8>) {
    if text.bytes().any(|b| matches!(b, b'"' | b'\\' | 0..0x20)) {
        serde_json::to_writer(buffer, text).expect("text is always written into memory");
    } else {
        buffer.push(b'"');
        buffer.extend_from_slice(text.as_bytes());
        buffer.push(b'"');
    }
}
