//! The parts of a zip package by name, and their XML.

use std::collections::HashMap;
use std::io::{BufReader, Cursor, Read};

use quick_xml::events::Event;
use zip::ZipArchive;

use super::super::broken::Broken;
use super::facts;

pub(super) type Package = ZipArchive<Cursor<Vec<u8>>>;

/// The most that a sheet may unpack to: a million rows of a dozen columns stay well below.
pub(super) const MAX_SHEET: u64 = 2 << 30;

/// The most that any other part may unpack to: calamine keeps the table of strings in memory.
pub(super) const MAX_PART: u64 = 256 << 20;

/// Relations of a part: id → kind and target.
pub(super) fn relations(
    package: &mut Package,
    name: &str,
) -> Option<HashMap<String, (String, String)>> {
    let mut found = HashMap::new();
    elements(package, name, |e| {
        if e.local_name().as_ref() == "Relationship" {
            let value = |name| facts::attribute(e, name).unwrap_or_default();
            found.insert(value("Id"), (value("Type"), value("Target")));
        }
    })?;
    Some(found)
}

pub(super) fn elements(
    package: &mut Package,
    name: &str,
    mut each: impl FnMut(&quick_xml::events::BytesStart<'_>),
) -> Option<()> {
    let name = actual(package, name)?;
    let part = package.by_name(&name).ok()?.take(MAX_PART);
    let mut reader = facts::reader(BufReader::new(part));
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).ok()? {
            Event::Start(e) | Event::Empty(e) => each(&e),
            Event::Eof => return Some(()),
            _ => {}
        }
    }
}

/// The name as the package has it: some programs write another case or backslashes.
pub(super) fn actual(package: &Package, name: &str) -> Option<String> {
    let same = |other: &str| other.replace('\\', "/").eq_ignore_ascii_case(name);
    let mut names = package.file_names().filter_map(Result::ok);
    names.find(|other| same(other)).map(std::borrow::Cow::into_owned)
}

pub(super) fn damaged() -> Broken {
    Broken::new("is a damaged zip package").hint("it is cut short or damaged: fetch it again")
}
