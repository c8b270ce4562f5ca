//! The slices of the loading and the mapping room.

use super::asked::{Asked, Problem};
use super::limits::record_bytes;
use super::rules::rules;
use super::units::{number, number32, word};
use super::values::{Fields, Several};
use crate::model::settings::{
    ExceptSettings, Format, HiddenRows, IdFormat, InputSettings, Limits, MapSettings, OnDuplicate,
    PhoneCheck,
};
use crate::model::{Operation, RunError};

/// A spreadsheet has no more.
const MOST_ROWS: u32 = 1_048_576;

const FORMATS: [(&str, Format); 9] = [
    ("auto", Format::Auto),
    ("csv", Format::Csv),
    ("tsv", Format::Tsv),
    ("jsonl", Format::Jsonl),
    ("json", Format::Json),
    ("xlsx", Format::Xlsx),
    ("xls", Format::Xls),
    ("xlsb", Format::Xlsb),
    ("ods", Format::Ods),
];

const PHONE_CHECKS: [(&str, PhoneCheck); 2] =
    [("valid", PhoneCheck::Valid), ("possible", PhoneCheck::Possible)];

pub(super) fn input(asked: &Asked<'_>) -> Result<InputSettings, RunError> {
    let keys = &asked.keys.input;
    let hidden_rows = [("send", HiddenRows::Send), ("skip", HiddenRows::Skip)];
    Ok(InputSettings {
        paths: paths(asked)?,
        base: asked.base("input.path"),
        format: asked
            .read("input.format", keys.format.as_ref(), |text| word(text, &FORMATS))?
            .unwrap_or_default(),
        sheet: asked.read("input.sheet", keys.sheet.as_ref(), |text| Ok(text.to_owned()))?,
        header_row: asked.read("input.header_row", keys.header_row.as_ref(), |text| {
            number32(text, 0, MOST_ROWS)
        })?,
        encoding: asked.read("input.encoding", keys.encoding.as_ref(), encoding)?,
        delimiter: keys
            .delimiter
            .as_ref()
            .map(|text| delimiter(&text.0))
            .transpose()
            .map_err(|problem| asked.refuse_as("input.delimiter", problem))?,
        hidden_rows: asked.read("input.hidden_rows", keys.hidden_rows.as_ref(), |text| {
            word(text, &hidden_rows)
        })?,
    })
}

fn paths(asked: &Asked<'_>) -> Result<Vec<String>, RunError> {
    let key = "input.path";
    let Some(Several(paths)) = &asked.keys.input.path else {
        return Err(asked.missing(key));
    };
    if paths.is_empty() || paths.iter().any(|path| path.trim().is_empty()) {
        return Err(asked
            .refuse(key, "the path is empty")
            .hint("name a file, a pattern, or `-` for standard input"));
    }
    if paths.iter().filter(|path| *path == "-").count() > 1 {
        return Err(asked.refuse(key, "`-` stands twice").hint("standard input can be read once"));
    }
    Ok(paths.clone())
}

/// The lists of what is never touched. Their names are those of `input.path`.
pub(super) fn except(asked: &Asked<'_>) -> Result<ExceptSettings, RunError> {
    let key = "input.except";
    let paths = asked.keys.input.except.as_ref().map_or(&[][..], |Several(paths)| paths);
    if paths.iter().any(|path| path.trim().is_empty()) {
        return Err(asked.refuse(key, "the path is empty").hint("name a file or a pattern"));
    }
    if paths.iter().any(|path| path == "-") {
        let error = asked.refuse(key, "a list cannot come from standard input");
        return Err(error.hint("`resume` has to read it again: name a file"));
    }
    if !paths.is_empty() {
        return Err(asked.refuse(key, "cannot be read by this version yet"));
    }
    Ok(ExceptSettings { paths: paths.to_vec(), base: asked.base(key) })
}

fn encoding(text: &str) -> Result<String, Problem> {
    match crate::load::is_encoding(text) {
        true => Ok(text.to_ascii_lowercase()),
        false => Err(Problem::new(
            format!("`{text}` is not an encoding"),
            "write a label such as `utf-8`, `utf-16le`, `windows-1252`",
        )),
    }
}

fn delimiter(text: &str) -> Result<u8, Problem> {
    match (text, text.as_bytes()) {
        ("tab" | "\\t", _) => Ok(b'\t'),
        (_, [byte]) if byte.is_ascii() && !b"\"\r\n\0".contains(byte) => Ok(*byte),
        _ => Err(Problem::new(
            "a delimiter is one ASCII character, not a quote or line break",
            "write `,`, `;`, `|` or `tab`",
        )),
    }
}

pub(super) fn map(
    asked: &Asked<'_>,
    operation: Operation,
    limits: &Limits,
) -> Result<MapSettings, RunError> {
    let keys = &asked.keys.input;
    let id_formats = [("objectid", IdFormat::Objectid), ("any", IdFormat::Any)];
    let duplicates = [
        ("reject", OnDuplicate::Reject),
        ("first", OnDuplicate::First),
        ("last", OnDuplicate::Last),
    ];
    let first = |text: &str| number(text, 0, u64::MAX);
    Ok(MapSettings {
        operation,
        columns: fields(asked, "input.columns", keys.columns.as_ref())?,
        defaults: fields(asked, "input.defaults", keys.defaults.as_ref())?,
        id_format: asked
            .read("input.id_format", keys.id_format.as_ref(), |text| word(text, &id_formats))?
            .unwrap_or_default(),
        on_duplicate: asked
            .read("input.on_duplicate", keys.on_duplicate.as_ref(), |text| word(text, &duplicates))?
            .unwrap_or_default(),
        first: asked.read("input.first", keys.first.as_ref(), first)?.unwrap_or_default(),
        strict: keys.strict.unwrap_or_default(),
        send_if: rules(asked, "input.send_if", keys.send_if.as_deref())?,
        skip_if: rules(asked, "input.skip_if", keys.skip_if.as_deref())?,
        phone_region: asked.read("phone.region", asked.keys.phone.region.as_ref(), region)?,
        phone_check: asked
            .read("phone.check", asked.keys.phone.check.as_ref(), |text| word(text, &PHONE_CHECKS))?
            .unwrap_or_default(),
        max_record_bytes: record_bytes(limits, operation),
    })
}

/// Every field has a name and, for columns, a header.
fn fields(
    asked: &Asked<'_>,
    key: &str,
    fields: Option<&Fields>,
) -> Result<std::collections::BTreeMap<String, String>, RunError> {
    let fields = fields.map(|Fields(fields)| fields.clone()).unwrap_or_default();
    for (field, value) in &fields {
        if field.split('.').any(|name| name.trim().is_empty()) {
            return Err(asked.refuse(key, "a field without a name").hint(
                "fields are named as the API names them: `firstName`, `cellPhone.phoneNumber`",
            ));
        }
        if key == "input.columns" && value.trim().is_empty() {
            return Err(asked
                .refuse(&format!("{key}.{field}"), "the header is empty")
                .hint("write the column's header as it stands in the input"));
        }
    }
    Ok(fields)
}

fn region(text: &str) -> Result<String, Problem> {
    match text.as_bytes() {
        [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => {
            Ok(text.to_ascii_uppercase())
        }
        _ => Err(Problem::new(
            format!("`{text}` is not a region"),
            "write two letters of ISO 3166: `IN`, `GB`, `US`",
        )),
    }
}
