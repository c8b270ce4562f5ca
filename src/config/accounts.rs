//! A CSV file of accounts: a profile in each row, its columns the profile's keys.
//!
//! It becomes a file of profiles with a line for each line of the table, so that every message names the right one.

use std::collections::BTreeMap;
use std::path::Path;

use csv::{ReaderBuilder, StringRecord};
use serde_json::Value as Json;

use super::environment::ProfilesFile;
use super::host::host;
use super::profile;
use super::units::profile_name;
use super::values::Value;
use crate::base::small;
use crate::model::RunError;

/// A row is some 200 bytes: tables of more MiB are something else.
const LARGEST: u64 = 16;

/// The columns that name a row's profile.
const NAMES: [&str; 2] = ["profile", "name"];

/// A row of the table: which account it reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The profile's name.
    pub profile: String,
    /// Scheme and authority.
    pub host: String,
    /// The account's id, in small letters.
    pub id: String,
    /// Its row alone, as a file of profiles.
    pub file: ProfilesFile,
}

/// The accounts of the table at `path`, in the order of its rows.
///
/// # Errors
/// Exit 2 with file and line where a row is no profile, or names no account.
pub fn accounts(path: &Path) -> Result<Vec<Account>, RunError> {
    let account = |Row { name, line, toml }: Row| {
        let at = |what: &str| RunError::usage(format!("{}:{line}: {what}", path.display()));
        let file = profiles(path, &[(line, toml)]);
        let written = profile::find(&name, std::slice::from_ref(&file))?;
        let written = written.ok_or_else(|| at("this is no profile"))?;
        let said = |key: &str| {
            let text = written.file.values.get(key).and_then(Value::text).unwrap_or_default();
            let missing = || at(&format!("`{}` is missing", key.trim_start_matches("target.")));
            Some(text.trim()).filter(|text| !text.is_empty()).ok_or_else(missing)
        };
        let host = host(said("target.host")?).map_err(|problem| at(&problem.text))?.origin;
        let id = said("target.account_id")?.to_ascii_lowercase();
        Ok(Account { profile: name, host, id, file })
    };
    rows(path)?.into_iter().map(account).collect()
}

/// The table at `path` as a file of profiles.
pub(super) fn read(path: &Path) -> Result<ProfilesFile, RunError> {
    let rows: Vec<(u64, String)> =
        rows(path)?.into_iter().map(|Row { line, toml, .. }| (line, toml)).collect();
    Ok(profiles(path, &rows))
}

/// Each row on the line that it has in the table, so that messages name it.
fn profiles(path: &Path, rows: &[(u64, String)]) -> ProfilesFile {
    let (mut text, mut at) = (String::new(), 1);
    for (line, row) in rows {
        while at < *line {
            text.push('\n');
            at += 1;
        }
        text.push_str(row);
    }
    ProfilesFile { path: path.to_owned(), text: Ok(text) }
}

/// A row as TOML.
struct Row {
    name: String,
    line: u64,
    toml: String,
}

fn rows(path: &Path) -> Result<Vec<Row>, RunError> {
    let refused = |why: String| RunError::usage(format!("{}: {why}", path.display()));
    let text = small::read_trusted(LARGEST, path)
        .map_err(|error| refused(format!("the accounts cannot be read: {error}")))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let header = text.lines().next().unwrap_or_default();
    // Spreadsheets of half the world write semicolons.
    let semicolons = header.contains(';') && !header.contains(',');
    let mut reader = ReaderBuilder::new()
        .delimiter(if semicolons { b';' } else { b',' })
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let broken = |error: csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        RunError::usage(format!("{}:{line}: this row is not as wide as the header", path.display()))
    };
    let header: Vec<String> =
        reader.headers().map_err(broken)?.iter().map(str::to_ascii_lowercase).collect();
    let named = header.iter().position(|column| NAMES.contains(&column.as_str()));
    let named = named.ok_or_else(|| {
        refused("no column `profile` names each row".to_owned())
            .hint("the columns are `profile` and a profile's keys: `host`, `stream_id`, `account_id`, `client_id`, …")
    })?;
    let mut table = Table { path, text, header, named, seen: BTreeMap::new() };
    let mut rows = Vec::new();
    for record in reader.records() {
        rows.extend(table.row(&record.map_err(broken)?)?);
    }
    Ok(rows)
}

struct Table<'a> {
    path: &'a Path,
    text: &'a str,
    header: Vec<String>,
    /// Which column has the profile's name.
    named: usize,
    /// The rows so far, by the profile's name.
    seen: BTreeMap<String, (u64, StringRecord)>,
}

impl Table<'_> {
    /// Where a row is: the reader's own position is before the blank lines above it.
    fn line(&self, at: &csv::Position) -> u64 {
        let start = usize::try_from(at.byte()).unwrap_or(usize::MAX);
        let rest = self.text.get(start..).unwrap_or_default();
        let blank = rest.bytes().take_while(u8::is_ascii_whitespace).filter(|byte| *byte == b'\n');
        at.line() + blank.count() as u64
    }

    /// The next row, unless the same was there before.
    fn row(&mut self, record: &StringRecord) -> Result<Option<Row>, RunError> {
        let line = record.position().map_or(0, |at| self.line(at));
        let refused = |why: &str| RunError::usage(format!("{}:{line}: {why}", self.path.display()));
        let name = profile_name(record.get(self.named).unwrap_or_default())
            .map_err(|problem| refused(&problem.text).hint(problem.hint))?;
        if let Some((earlier, same)) = self.seen.get(&name) {
            return match same == record {
                true => Ok(None),
                false => Err(refused(&format!("line {earlier} is another profile `{name}`"))),
            };
        }
        let cells = self.header.iter().zip(record).enumerate();
        let cells = cells.filter(|(column, (_, cell))| *column != self.named && !cell.is_empty());
        let keys = cells.map(|(_, (key, cell))| format!("{} = {}", quoted(key), value(key, cell)));
        let keys: Vec<String> = keys.collect();
        let toml = format!("{} = {{ {} }}", quoted(&name), keys.join(", "));
        self.seen.insert(name.clone(), (line, record.clone()));
        Ok(Some(Row { name, line, toml }))
    }
}

/// A cell as TOML: a command is a list, `protected` a truth value, everything else a text.
fn value(key: &str, cell: &str) -> String {
    match (key, cell.to_ascii_lowercase().as_str()) {
        ("protected", "true" | "yes" | "x" | "1") => "true".to_owned(),
        ("protected", "false" | "no" | "0") => "false".to_owned(),
        (key, _) if key.ends_with("_command") => match serde_json::from_str::<Vec<String>>(cell) {
            Ok(argv) => Json::from(argv).to_string(),
            Err(_) => quoted(cell),
        },
        _ => quoted(cell),
    }
}

/// JSON's strings are TOML's.
fn quoted(text: &str) -> String {
    Json::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Vec<Account>, RunError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("accounts.csv");
        std::fs::write(&path, text).unwrap();
        accounts(&path).map_err(|error| RunError {
            message: error.message.replace(&format!("{}", path.display()), "accounts.csv"),
            ..error
        })
    }

    const HOST: &str = "https://platform.kore.ai";

    #[test]
    fn a_row_is_a_profile_whatever_spreadsheet_wrote_it() {
        let id = "65f7d49a5dd06e2cefa45012";
        let expected = [("prod", HOST, id)];
        let upper = id.to_uppercase();
        for text in [
            format!("profile,host,account_id\nprod,{HOST},{id}\n"),
            format!("\u{feff}Profile;Host;Account_ID\r\nprod;{HOST}/;{upper}\r\n"),
            format!("name,host,account_id\nprod,{HOST}, {id} \nprod,{HOST}, {id} \n"),
        ] {
            let accounts = of(&text).unwrap();
            let read = accounts.iter().map(|a| (&*a.profile, &*a.host, &*a.id));
            assert_eq!(read.collect::<Vec<_>>(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_row_is_said_with_its_line() {
        let refused = |text: &str| of(text).unwrap_err().message;
        let header = "profile,host,account_id\n";
        assert_eq!(refused("host\nx\n"), "accounts.csv: no column `profile` names each row");
        assert_eq!(
            refused(&format!("{header}a,b\n")),
            "accounts.csv:2: this row is not as wide as the header"
        );
        assert_eq!(
            refused(&format!("{header}a,{HOST},\n")),
            "accounts.csv:2: `account_id` is missing"
        );
        let twice = format!("{header}a,{HOST},1\nb,{HOST},1\na,{HOST},2\n");
        assert_eq!(refused(&twice), "accounts.csv:4: line 2 is another profile `a`");
        let unknown = format!("{header}a,{HOST},1\n").replace("host", "hots");
        assert_eq!(refused(&unknown), "accounts.csv:2: unknown key `a.hots`");
        let said = refused("profile,client_secret\n\n\nb,hunter2\n");
        assert!(said.starts_with("accounts.csv:4: ") && !said.contains("hunter2"), "{said}");
    }
}
