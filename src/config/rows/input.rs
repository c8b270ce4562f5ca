//! `[input]` and `[phone]`: the files, how they are written, which columns feed which fields, which rows are sent.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::config::kind::{Count, File, Flag, Kind, Number, OneOf, Text, kinds, text_like};
use crate::config::problem::Problem;
use crate::config::rules::rules;
use crate::config::setting::{Group, Setting, Takes, one};
use crate::model::settings::{
    ExceptSettings, Format, HiddenRows, IdFormat, InputFrom, OnDuplicate, PhoneCheck,
};

#[rustfmt::skip] // A table: every setting says the same in the same place.
pub(super) const INPUT: Group = Group {
    heading: "Input",
    settings: &[
        Setting { key: "input.path", option: Some("--input"), environment: None, default: "",
            help: "The files to read: paths, patterns, strftime; `-` is standard input (without a job file: the arguments)",
            takes: Takes::paths::<Path>(|plan, paths, base| {
                plan.input.paths = checked_paths(paths)?;
                base.clone_into(&mut plan.input.base);
                Ok(())
            }) },
        Setting { key: "input.from", option: Some("--from"), environment: None, default: "",
            help: "`account` in the place of files: the records are the account's active contacts, which rules select",
            takes: one!(OneOf<InputFrom> => input.from) },
        Setting { key: "input.format", option: Some("--input-format"), environment: None, default: "auto",
            help: "How the input is written: auto, csv, tsv, jsonl, json, xlsx, xls, xlsb or ods",
            takes: one!(OneOf<Format> => input.format) },
        Setting { key: "input.sheet", option: Some("--sheet"), environment: None, default: "",
            help: "The sheet of a workbook, by name or by number from 1",
            takes: one!(Sheet => input.sheet) },
        Setting { key: "input.header_row", option: Some("--header-row"), environment: None, default: "",
            help: "The row that holds the header, from 1; 0: there is none",
            takes: one!(Number<u32, 0, MOST_ROWS> => input.header_row) },
        Setting { key: "input.encoding", option: Some("--encoding"), environment: None, default: "",
            help: "The text's encoding, such as windows-1252",
            takes: one!(Encoding => input.encoding) },
        Setting { key: "input.delimiter", option: Some("--delimiter"), environment: None, default: "",
            help: "The character between fields, or `tab`",
            takes: Takes::text::<Delimiter>(|plan, text| {
                // Not trimmed: a blank or a tab may be meant.
                plan.input.delimiter = Some(Delimiter::read(text)?);
                Ok(())
            }) },
        Setting { key: "input.hidden_rows", option: Some("--hidden-rows"), environment: None, default: "",
            help: "What becomes of rows that the spreadsheet hides: send or skip",
            takes: one!(OneOf<HiddenRows> => input.hidden_rows) },
        Setting { key: "input.strict", option: Some("--strict"), environment: None, default: "false",
            help: "No value is changed on its way",
            takes: Takes::flag::<Flag>(|plan, strict| plan.map.strict = strict) },
        Setting { key: "input.id_format", option: Some("--id-format"), environment: None, default: "objectid",
            help: "Which ids are accepted: objectid, or any that is safe in a path",
            takes: one!(OneOf<IdFormat> => map.id_format) },
        Setting { key: "input.on_duplicate", option: Some("--on-duplicate"), environment: None, default: "reject",
            help: "One id with different contents: reject all of them, or send the first or the last",
            takes: one!(OneOf<OnDuplicate> => map.on_duplicate) },
        Setting { key: "input.first", option: Some("--first"), environment: None, default: "0",
            help: "Only the first N records are sent, the rest is skipped; 0 means all",
            takes: one!(Count => map.first) },
        Setting { key: "input.except", option: Some("--except"), environment: None, default: "",
            help: "Lists of ids or phone numbers that are never touched: files, read as the input is; those records are skipped",
            takes: Takes::paths::<File>(|plan, paths, base| {
                plan.except = ExceptSettings { is_given: true, paths: lists(paths)?, base: base.to_owned() };
                Ok(())
            }) },
        Setting { key: "input.columns", option: Some("--map"), environment: None, default: "",
            help: "The column that feeds a field: FIELD=HEADER, fields as the API names them",
            takes: Takes::fields::<Header>(|plan, columns| {
                if let Some((field, _)) =
                    columns.iter().find(|(_, header)| header.trim().is_empty())
                {
                    return Err(no_header().of(format!(".{field}")));
                }
                plan.map.columns = named(columns)?;
                Ok(())
            }) },
        Setting { key: "input.defaults", option: Some("--set"), environment: None, default: "",
            help: "A constant for records that have no value of their own: FIELD=VALUE",
            takes: Takes::fields::<Constant>(|plan, defaults| {
                plan.map.defaults = named(defaults)?;
                Ok(())
            }) },
        Setting { key: "input.send_if", option: None, environment: None, default: "",
            help: "Rules that must all hold for a record to be sent; letter case counts unless the rule says `case = false`",
            takes: Takes::tables::<Text>(|plan, tables| {
                plan.map.send_if = rules(tables, true)?;
                Ok(())
            }) },
        Setting { key: "input.skip_if", option: None, environment: None, default: "",
            help: "A record is skipped where any of these rules holds; letter case does not count unless the rule says `case = true`",
            takes: Takes::tables::<Text>(|plan, tables| {
                plan.map.skip_if = rules(tables, false)?;
                Ok(())
            }) },
        Setting { key: "phone.region", option: Some("--region"), environment: None, default: "",
            help: "The region of phone numbers without a country code, such as IN",
            takes: one!(Region => map.phone_region) },
        Setting { key: "phone.check", option: Some("--phone-check"), environment: None, default: "valid",
            help: "What a written phone number has to be: valid in its country's numbering plan, or possible by its length",
            takes: one!(OneOf<PhoneCheck> => map.phone_check) },
    ],
};

/// A spreadsheet has no more.
const MOST_ROWS: u64 = 1_048_576;

kinds! {
    /// A file to read.
    Path: String = "PATH", json!({ "type": "string", "pattern": r"\S" }), |text: &str| Ok(text.to_owned());
    /// A sheet of a workbook.
    Sheet: String = "NAME|N", Text::schema(), Text::read;
    /// The label of an encoding.
    Encoding: String = "LABEL", json!({ "type": "string" }), encoding;
    /// The character between fields.
    Delimiter: u8 = "CHARACTER", text_like(r#"^([^"\r\n]|tab|\\t)$"#), delimiter;
    /// A column of the input.
    Header: String = "FIELD=HEADER", json!({ "type": "string", "pattern": r"\S" }), |text: &str| Ok(text.to_owned());
    /// A value for all.
    Constant: String = "FIELD=VALUE", json!({ "type": "string" }), |text: &str| Ok(text.to_owned());
    /// A region of ISO 3166.
    Region: String = "XX", text_like("^[A-Za-z]{2}$"), region;
}

fn checked_paths(paths: &[String]) -> Result<Vec<String>, Problem> {
    if paths.is_empty() || paths.iter().any(|path| path.trim().is_empty()) {
        return Err(Problem::new(
            "the path is empty",
            "name a file, a pattern, or `-` for standard input",
        ));
    }
    if paths.iter().filter(|path| *path == "-").count() > 1 {
        return Err(Problem::new("`-` is there twice", "standard input can be read once"));
    }
    Ok(paths.to_vec())
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

/// Every field has a name.
fn named(fields: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Problem> {
    if fields.keys().any(|field| field.split('.').any(|name| name.trim().is_empty())) {
        return Err(Problem::new(
            "a field without a name",
            "fields are named as the API names them: `firstName`, `cellPhone.phoneNumber`",
        ));
    }
    Ok(fields)
}

fn no_header() -> Problem {
    Problem::new("the header is empty", "write the column's header exactly as in the input")
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

fn lists(paths: &[String]) -> Result<Vec<String>, Problem> {
    if paths.iter().any(|path| path.trim().is_empty()) {
        return Err(Problem::new("the path is empty", "name a file or a pattern"));
    }
    if paths.iter().any(|path| path == "-") {
        return Err(Problem::new(
            "a list cannot come from standard input",
            "`resume` has to read it again: name a file",
        ));
    }
    Ok(paths.to_vec())
}
