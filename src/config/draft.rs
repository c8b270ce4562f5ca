//! The text of a job file that `init` writes: what was found in a file, as a person would have written it.
//!
//! Pure: reads no file and decides nothing. What is missing is in it as a comment that says how to set it.

mod matching;
mod texts;

use crate::base::numbers::{by, counted};
use std::fmt::Write as _;
use std::path::Path;

use self::matching::PHONE;
pub(crate) use self::matching::matched_by;
pub(crate) use self::texts::BY_NAME;
use self::texts::{MATCH, PHONE_ALONE, REGION, TARGET};
use crate::map::what_an_id_is;
use crate::model::Operation;
use crate::model::settings::{Format, HiddenRows, InputSettings, MatchBy};

/// The file in which editors look for the schema of job files beside it, in the way of Taplo and Even Better TOML.
pub const JOB_SCHEMA: &str = "korebulk.schema.json";

/// What a job file is written from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What is to be done.
    pub operation: Operation,
    /// How the job file will be called on the command line.
    pub file: String,
    /// The input: its path as the job file has it, and what was said of it.
    pub input: InputSettings,
    /// What was detected: `csv, utf-8, comma`.
    pub detected: String,
    /// Whether the input is JSON, whose objects name their own fields.
    pub json: bool,
    /// Rows of the input.
    pub rows: u64,
    /// Which column feeds which field.
    pub columns: Vec<Matched>,
    /// Columns that feed no field.
    pub unused: Vec<String>,
    /// Constants: field and value.
    pub defaults: Vec<(String, String)>,
    /// Required fields that nothing feeds yet.
    pub missing: Vec<String>,
    /// How rows without an id are matched with contacts, where no column is an id.
    pub match_by: Option<MatchBy>,
    /// The region of phone numbers without a country code.
    pub region: Region,
    /// Country codes of several countries with which phone numbers seem to begin, without a `+`.
    pub bare_codes: Vec<u16>,
}

/// A field, its column, and what spoke for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched {
    /// The API's field, dotted.
    pub field: String,
    /// The column's header.
    pub header: String,
    /// Why: `its name`, `its values`, …
    pub why: &'static str,
}

/// The region of phone numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Region {
    /// Every number has a country code.
    NotNeeded,
    /// ISO 3166.
    Known(String),
    /// Needed, and nobody said which.
    Missing,
}

impl Draft {
    /// What is said of numbers that begin with country codes of several countries.
    pub fn several_countries(&self) -> String {
        let codes: Vec<String> = self.bare_codes.iter().map(ToString::to_string).collect();
        let codes = codes.join(", ");
        format!(
            "phone numbers without a `+` seem to be of several countries ({codes}), which no region tells apart"
        )
    }

    /// The job file. It runs as it is against a sandbox, unless something is missing.
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text).expect("a String takes any text");
        text
    }

    /// What was found, and how to go on.
    pub fn summary(&self) -> String {
        let found = format!("{}: {}, {}", self.file, self.detected, counted(self.rows, "row"));
        let mut lines = vec![found];
        for Matched { field, header, why } in &self.columns {
            lines.push(format!("  {field} = `{header}` ({why})"));
        }
        for (field, value) in &self.defaults {
            lines.push(format!("  {field} = \"{value}\" for all"));
        }
        if self.match_by.is_some() {
            let by = matched_by(&self.columns);
            lines.push(format!(
                "  no ids: rows are matched with contacts by {by}, see `[match]` in it"
            ));
        }
        if !self.missing.is_empty() {
            let missing = self.missing.join("`, `");
            lines.push(format!("  still to be named in it, or it cannot run: `{missing}`"));
        }
        if !self.bare_codes.is_empty() {
            lines.push(format!("  {}: write each with it", self.several_countries()));
        } else if self.region == Region::Missing {
            lines.push(
                "  phone numbers have no country code: name their `[phone] region` in it".into(),
            );
        }
        lines.push(format!("  {JOB_SCHEMA} beside it is for editors, which check and complete it"));
        lines.push(format!("look at what it would do with: korebulk plan {}\n", self.file));
        lines.join("\n")
    }

    fn runs_as_it_is(&self) -> bool {
        self.missing.is_empty() && self.region != Region::Missing
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        let (rows, from) = (self.rows, self.input.paths.join(", "));
        let plural = by(rows, "row", "rows");
        writeln!(out, "#:schema ./{JOB_SCHEMA}")?;
        writeln!(out, "# Written by `korebulk init`: {} out of {}.", self.operation, plain(&from))?;
        writeln!(out, "# Found: {}; {rows} {plural}.\n#", plain(&self.detected))?;
        writeln!(out, "#   korebulk plan {}    what it would do; sends nothing", self.file)?;
        let how =
            if self.runs_as_it_is() { "as it is" } else { "once what is missing below is named" };
        writeln!(out, "#   korebulk run {}     {how}: in a sandbox\n", self.file)?;
        writeln!(out, "operation = \"{}\"\n\n{TARGET}", self.operation)?;
        self.input(out)?;
        self.columns(out)?;
        self.defaults(out)?;
        if self.match_by == Some(MatchBy::PhoneAndName) {
            out.push_str(MATCH);
        }
        match &self.region {
            Region::NotNeeded => {}
            _ if !self.bare_codes.is_empty() => {
                writeln!(out, "\n# Mind: {}:", self.several_countries())?;
                out.push_str("# write each with its + and country code, or name a column of country codes.\n");
                if let Region::Known(region) = &self.region {
                    writeln!(out, "[phone]\nregion = {}", quoted(region))?;
                }
            }
            Region::Known(region) => writeln!(out, "\n[phone]\nregion = {}", quoted(region))?,
            Region::Missing => out.push_str(REGION),
        }
        let most = roomy(rows);
        writeln!(out, "\n[guard]\nmax_records = {most} # the file has {rows} {plural}")
    }

    fn input(&self, out: &mut String) -> std::fmt::Result {
        let input = &self.input;
        out.push_str("\n[input]\n");
        match input.paths.as_slice() {
            [path] => writeln!(out, "path = {}", quoted(path))?,
            paths => {
                let paths: Vec<String> = paths.iter().map(|path| quoted(path)).collect();
                writeln!(out, "path = [{}]", paths.join(", "))?;
            }
        }
        if input.format != Format::Auto {
            writeln!(out, "format = \"{}\"", input.format.name())?;
        }
        if let Some(sheet) = &input.sheet {
            writeln!(out, "sheet = {}", quoted(sheet))?;
        }
        if let Some(row) = input.header_row {
            writeln!(out, "header_row = {row}")?;
        }
        if let Some(encoding) = &input.encoding {
            writeln!(out, "encoding = {}", quoted(encoding))?;
        }
        if let Some(delimiter) = input.delimiter {
            writeln!(out, "delimiter = {}", quoted(&char::from(delimiter).to_string()))?;
        }
        match input.hidden_rows {
            None => Ok(()),
            Some(HiddenRows::Send) => writeln!(out, "hidden_rows = \"send\" # like all others"),
            Some(HiddenRows::Skip) => writeln!(out, "hidden_rows = \"skip\" # never sent"),
        }
    }

    fn columns(&self, out: &mut String) -> std::fmt::Result {
        let named = |matched: &&Matched| !(self.json && matched.why == BY_NAME);
        if self.json {
            out.push_str(
                "\n# JSON objects name their own fields; a value within another is `outer.inner`.",
            );
        }
        out.push_str("\n[input.columns]\n");
        for Matched { field, header, why } in self.columns.iter().filter(named) {
            writeln!(out, "{} = {} # {why}", key(field), quoted(header))?;
        }
        self.missing(out)?;
        if !self.unused.is_empty() {
            let unused: Vec<String> =
                self.unused.iter().map(|header| format!("`{}`", plain(header))).collect();
            writeln!(out, "# These feed no field: {}", unused.join(", "))?;
        }
        Ok(())
    }

    /// What still has to be named: a column for each contact's own value. One value for all is offered only where it may
    /// be right.
    fn missing(&self, out: &mut String) -> std::fmt::Result {
        let (ids, fields): (Vec<&String>, Vec<&String>) =
            self.missing.iter().partition(|field| *field == "id");
        if !ids.is_empty() {
            let (noun, hint) =
                (self.operation.noun(), what_an_id_is(self.operation.spec().id_kind));
            writeln!(
                out,
                "# Missing: no column looks like the {noun}'s id. Name it:\n# id = \"…\""
            )?;
            writeln!(out, "# ({hint}.)")?;
            if self.columns.iter().any(|matched| matched.field == PHONE) {
                out.push_str(PHONE_ALONE);
            }
        }
        if fields.is_empty() {
            return Ok(());
        }
        let why = match self.operation.spec().has_ids() {
            true if self.match_by.is_some() => "a row changes nothing that it is matched by",
            true => "bulk update replaces all six fields, but for `[update] blanks = \"keep\"`",
            false => "a contact that is created needs all of its fields",
        };
        writeln!(out, "# Missing: {why}. Name the column of each:")?;
        for field in &fields {
            writeln!(out, "# {} = \"…\"", key(field))?;
        }
        match fields.iter().find(|field| MAY_BE_SHARED.contains(&field.as_str())) {
            Some(field) => writeln!(
                out,
                "# (or, where one value is right for every contact: `{} = \"…\"` under [input.defaults])",
                key(field)
            ),
            None => Ok(()),
        }
    }

    fn defaults(&self, out: &mut String) -> std::fmt::Result {
        if self.defaults.is_empty() {
            return Ok(());
        }
        out.push_str("\n[input.defaults]\n");
        self.defaults
            .iter()
            .try_for_each(|(field, value)| writeln!(out, "{} = {}", key(field), quoted(value)))
    }
}

/// Fields that all contacts of a file may share.
const MAY_BE_SHARED: [&str; 2] = ["salutation", "cellPhone.countryCode"];

/// A field as a TOML key: its names bare where they may be.
fn key(field: &str) -> String {
    let bare = |name: &str| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
    };
    let names = field.split('.').map(|n| if bare(n) { n.to_owned() } else { quoted(n) });
    names.collect::<Vec<_>>().join(".")
}

/// A TOML string on one line. JSON's escapes are TOML's too, which wants one more.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007F")
}

/// Text that stays on its line.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() })
        .collect()
}

/// A little more than the rows there are, in two figures: an export that grows is no fault at once.
fn roomy(rows: u64) -> u64 {
    let wanted = rows.saturating_add(rows / 10).max(1);
    let unit = 10_u64.pow(wanted.ilog10().saturating_sub(1));
    wanted.div_ceil(unit).saturating_mul(unit)
}

/// A path as the job file and a shell have it: in quotes where it needs them.
pub fn quoted_path(out: &Path) -> String {
    let text = out.to_string_lossy();
    let plain = |c: char| c.is_alphanumeric() || "-_./".contains(c);
    if text.chars().all(plain) { text.into_owned() } else { format!("'{text}'") }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::{Environment, JobFile, Options, resolve};

    fn draft() -> Draft {
        let matched = |field: &str, header: &str, why| Matched {
            field: field.into(),
            header: header.into(),
            why,
        };
        Draft {
            operation: Operation::BulkUpdate,
            file: "contacts.toml".into(),
            input: InputSettings {
                from: None,
                paths: vec!["März \"24\".xlsx".into()],
                base: "/work".into(),
                format: Format::Auto,
                sheet: Some("Aktive".into()),
                header_row: Some(3),
                encoding: None,
                delimiter: Some(b'\t'),
                hidden_rows: Some(HiddenRows::Skip),
            },
            detected: "xlsx, header in row 3".into(),
            json: false,
            rows: 1_234,
            columns: vec![
                matched("id", "Kore ID", "its name"),
                matched("cellPhone.phoneNumber", "Tel.\nmobil", "its values"),
            ],
            unused: vec!["Notes\n2".into()],
            defaults: vec![("salutation".into(), "Mr".into())],
            missing: vec!["firstName".into()],
            match_by: None,
            region: Region::Missing,
            bare_codes: Vec::new(),
        }
    }

    #[test]
    fn the_file_says_what_was_found_and_what_is_missing() {
        insta::assert_snapshot!(draft().text().replace(TARGET, "[target]"), @r#"
        #:schema ./korebulk.schema.json
        # Written by `korebulk init`: bulk-update out of März "24".xlsx.
        # Found: xlsx, header in row 3; 1234 rows.
        #
        #   korebulk plan contacts.toml    what it would do; sends nothing
        #   korebulk run contacts.toml     once what is missing below is named: in a sandbox

        operation = "bulk-update"

        [target]

        [input]
        path = "März \"24\".xlsx"
        sheet = "Aktive"
        header_row = 3
        delimiter = "\t"
        hidden_rows = "skip" # never sent

        [input.columns]
        id = "Kore ID" # its name
        cellPhone.phoneNumber = "Tel.\nmobil" # its values
        # Missing: bulk update replaces all six fields, but for `[update] blanks = "keep"`. Name the column of each:
        # firstName = "…"
        # These feed no field: `Notes\n2`

        [input.defaults]
        salutation = "Mr"

        # Missing: phone numbers have no country code, and are rejected until their region is named:
        # [phone]
        # region = "IN"

        [guard]
        max_records = 1400 # the file has 1234 rows
        "#);
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        let draft = Draft { missing: Vec::new(), ..draft() };
        let job = JobFile::parse(&draft.text(), Path::new("/work/contacts.toml")).unwrap();
        let environment = Environment { directory: "/work".into(), ..Environment::default() };
        let plan = resolve(Some(&job), &Options::default(), &environment).unwrap();
        assert_eq!(plan.input, draft.input);
        assert_eq!(plan.map.columns["cellPhone.phoneNumber"], "Tel.\nmobil");
        assert_eq!(plan.map.defaults["salutation"], "Mr");
        assert_eq!(plan.guard.max_records, Some(1_400));
        assert!(plan.target.is_sandbox());
    }

    #[test]
    fn without_ids_rows_are_matched() {
        let mut draft = Draft {
            match_by: Some(MatchBy::PhoneAndName),
            missing: Vec::new(),
            region: Region::Known("IN".into()),
            ..draft()
        };
        draft.columns.retain(|matched| matched.field != "id");
        let job = JobFile::parse(&draft.text(), Path::new("/work/contacts.toml")).unwrap();
        let environment = Environment { directory: "/work".into(), ..Environment::default() };
        let plan = resolve(Some(&job), &Options::default(), &environment).unwrap();
        assert_eq!(plan.map.matching.unwrap().by, MatchBy::PhoneAndName);
    }

    #[test]
    fn odd_field_names_are_quoted() {
        assert_eq!(key("cellPhone.phoneNumber"), "cellPhone.phoneNumber");
        assert_eq!(key("custom.größe"), "custom.\"größe\"");
    }

    #[test]
    fn the_guard_is_near_the_rows() {
        assert_eq!([0, 4, 33, 1_000, 12_345].map(roomy), [1, 4, 36, 1_100, 14_000]);
    }
}
