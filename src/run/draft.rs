//! A job file for an input: its head is read, its columns are guessed, and what is open is asked.
//!
//! Decides nothing that could be decided otherwise: that is asked, or an error that names the option.

mod matching;

use std::path::Path;

use super::check::head::Head;
use super::person::person;
use crate::base::terminal;
use crate::config::{BY_NAME, Draft, Matched, Plan, Region, quoted_path};
use crate::map::guess::{self, Ambiguous, Guess, Why};
use crate::model::{Cells, RunError};

/// A job file at `out` for the input of `plan`, which holds what was typed in the directory `base`.
///
/// # Errors
/// Exit 2 for a file that cannot be used, and for what only a person can decide when there is none.
pub(crate) fn draft(plan: &mut Plan, out: &Path, base: &Path) -> Result<Draft, RunError> {
    let head = Head::of_whole(plan)?;
    let guess = head.guess(plan);
    Drafting { plan, head: &head }.draft(guess, out, base)
}

/// Turns a guess into a draft, with what was typed above it.
struct Drafting<'a> {
    plan: &'a mut Plan,
    head: &'a Head,
}

impl Drafting<'_> {
    fn draft(mut self, guess: Guess, out: &Path, base: &Path) -> Result<Draft, RunError> {
        let mut columns = self.matched(&guess);
        self.decide(&guess, &mut columns)?;
        let match_by = self.match_by(&guess.missing, &mut columns)?;
        let missing = match match_by {
            Some(_) => self.changes_nothing(&columns),
            None => self.missing(guess.missing, &mut columns)?,
        };
        let needs_region = guess.needs_region || self.needs_region(&columns);
        let uses_number = !self.plan.operation.is_delete() || match_by.is_some();
        let bare_codes = match needs_region && uses_number {
            true => guess::bare_codes(self.phones(&columns)),
            false => Vec::new(),
        };
        let region = match (&self.plan.map.phone_region, needs_region) {
            (Some(region), _) => Region::Known(region.clone()),
            (None, true) if !bare_codes.is_empty() => Region::Missing,
            (None, true) if uses_number => region()?,
            _ => Region::NotNeeded,
        };
        let mut input = self.plan.input.clone();
        // Its name, also where it was typed as a number: sheets change their places.
        input.sheet = self.head.source.sheet.clone().or(input.sheet);
        input.paths = input.paths.iter().map(|path| beside(path, out, base)).collect();
        Ok(Draft {
            operation: self.plan.operation,
            file: quoted_path(out),
            input,
            detected: self.head.source.detected.clone(),
            json: self.head.json,
            rows: self.head.rows,
            unused: self.unused(&columns),
            columns,
            defaults: self.plan.map.defaults.clone().into_iter().collect(),
            missing,
            match_by,
            region,
            bare_codes,
        })
    }

    /// What was typed, and what was found beside it.
    fn matched(&self, guess: &Guess) -> Vec<Matched> {
        let typed = self.plan.map.columns.iter();
        let mut columns: Vec<Matched> =
            typed.map(|(field, header)| matched(field, header, "as typed")).collect();
        for found in &guess.found {
            let column = |name: &str| guess::column(&self.head.header, name);
            let taken =
                |c: &Matched| c.field == found.field || column(&c.header) == Some(found.column);
            if !columns.iter().any(taken) {
                columns.push(matched(&found.field, &found.header, words(found.why)));
            }
        }
        columns
    }

    /// Columns of which one is to be chosen.
    fn decide(&self, guess: &Guess, columns: &mut Vec<Matched>) -> Result<(), RunError> {
        let is_open = |ambiguous: &&Ambiguous| {
            !columns.iter().any(|c| c.field == ambiguous.field)
                && !self.plan.map.defaults.contains_key(&ambiguous.field)
        };
        let open: Vec<&Ambiguous> = guess.ambiguous.iter().filter(is_open).collect();
        if !open.is_empty() && !terminal::can_ask() {
            return Err(undecided(&self.head.source.file, &open));
        }
        for ambiguous in open {
            let headers: Vec<String> = ambiguous.columns.iter().map(|(_, h)| h.clone()).collect();
            let question = format!("which column is `{}`?", ambiguous.field);
            let at = person().choose(&question, &headers)?;
            let header = at.and_then(|at| headers.get(at));
            let header = header.ok_or_else(|| undecided(&self.head.source.file, &[ambiguous]))?;
            columns.push(matched(&ambiguous.field, header, "as chosen"));
        }
        Ok(())
    }

    /// Required fields without a feed, asked for where somebody is there.
    fn missing(
        &mut self,
        fields: Vec<String>,
        columns: &mut Vec<Matched>,
    ) -> Result<Vec<String>, RunError> {
        let mut missing = Vec::new();
        for field in fields {
            if is_fed(&field, columns) || self.plan.map.defaults.contains_key(&field) {
                continue;
            }
            if !terminal::can_ask() {
                missing.push(field);
            } else if CONSTANTS.contains(&field.as_str()) {
                let question = format!("no column looks like `{field}`; one value for all");
                match person().text(&question)? {
                    Some(value) => drop(self.plan.map.defaults.insert(field, value)),
                    None => missing.push(field),
                }
            } else {
                let free = self.unused(columns);
                let question = format!("no column looks like `{field}`; which one is it?");
                let at = person().choose(&question, &free)?;
                match at.and_then(|at| free.get(at)) {
                    Some(header) => columns.push(matched(&field, header, "as chosen")),
                    None => missing.push(field),
                }
            }
        }
        // A column chosen meanwhile may feed what was missing before it.
        missing.retain(|field| !is_fed(field, columns));
        Ok(missing)
    }

    /// Columns that feed no field, by the names that lead to them.
    fn unused(&self, columns: &[Matched]) -> Vec<String> {
        let header = &self.head.header;
        let used: Vec<usize> =
            columns.iter().filter_map(|matched| guess::column(header, &matched.header)).collect();
        let names = guess::names(header).into_iter().enumerate();
        names.filter(|(column, _)| !used.contains(column)).map(|(_, name)| name).collect()
    }

    /// Whether a column that a person named as phone numbers has some without a country code.
    fn needs_region(&self, columns: &[Matched]) -> bool {
        let named = |c: &&Matched| c.field == PHONE && c.why.starts_with("as ");
        if !columns.iter().any(|c| named(&c)) {
            return false;
        }
        let is_fed = |field: &str| columns.iter().any(|c| c.field == field);
        let has_code = is_fed("cellPhone.countryCode")
            || self.plan.map.defaults.contains_key("cellPhone.countryCode");
        let mut phones = self.phones(columns);
        !has_code && phones.any(|value| !value.starts_with('+') && !value.starts_with("00"))
    }

    /// The phone numbers among the first rows.
    fn phones(&self, columns: &[Matched]) -> impl Iterator<Item = &str> {
        let column = columns.iter().find(|matched| matched.field == PHONE);
        let at = column.and_then(|c| guess::column(&self.head.header, &c.header));
        let values = self.head.sample.iter().filter_map(move |row| match &row.cells {
            Cells::Table(cells) => cells.get(at?),
            Cells::Object(_) => None,
        });
        values.map(str::trim).filter(|value| !value.is_empty())
    }
}

const PHONE: &str = "cellPhone.phoneNumber";

/// Fields for which one value may do for all contacts.
const CONSTANTS: [&str; 2] = ["salutation", "cellPhone.countryCode"];

/// Whether a column feeds a field, or another from which it is made.
fn is_fed(field: &str, columns: &[Matched]) -> bool {
    let has = |wanted: &str| columns.iter().any(|matched| matched.field == wanted);
    has(field)
        || match field {
            "cellPhone.countryCode" => has(PHONE),
            "firstName" | "lastName" => has("fullName") && !has("firstName") && !has("lastName"),
            _ => false,
        }
}

fn region() -> Result<Region, RunError> {
    let question = "phone numbers have no country code; their region, such as IN";
    if !terminal::can_ask() {
        return Ok(Region::Missing);
    }
    let typed = person().text(question)?;
    Ok(typed.map_or(Region::Missing, |region| Region::Known(region.to_ascii_uppercase())))
}

fn matched(field: &str, header: &str, why: &'static str) -> Matched {
    Matched { field: field.to_owned(), header: header.to_owned(), why }
}

const fn words(why: Why) -> &'static str {
    match why {
        Why::Name => BY_NAME,
        Why::Alias => "its name, as other programs write it",
        Why::Values => "its values look like it",
    }
}

fn undecided(file: &str, open: &[&Ambiguous]) -> RunError {
    let lines = open.iter().map(|ambiguous| {
        let headers: Vec<String> =
            ambiguous.columns.iter().map(|(_, header)| format!("`{header}`")).collect();
        format!("`{}` could be {}", ambiguous.field, headers.join(" or "))
    });
    let lines: Vec<String> = lines.collect();
    let field = open.first().map_or("id", |ambiguous| ambiguous.field.as_str());
    RunError::usage(format!("{file}: {}", lines.join("; ")))
        .hint(format!("choose with `--map '{field}=HEADER'`"))
}

/// The input's path as the job file has it: relative only where both are in one directory.
fn beside(path: &str, out: &Path, base: &Path) -> String {
    let here = out.parent().is_none_or(|parent| parent.as_os_str().is_empty());
    if here { path.to_owned() } else { base.join(path).to_string_lossy().into_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_relative_only_where_it_still_leads_there() {
        let base = Path::new("/work");
        assert_eq!(beside("a.csv", Path::new("a.toml"), base), "a.csv");
        assert_eq!(beside("a.csv", Path::new("jobs/a.toml"), base), "/work/a.csv");
        assert_eq!(beside("/x/a.csv", Path::new("jobs/a.toml"), base), "/x/a.csv");
    }

    #[test]
    fn what_fits_twice_is_said_with_the_option_that_decides() {
        let ambiguous = Ambiguous {
            field: "cellPhone.phoneNumber".into(),
            columns: vec![(1, "Phone".into()), (3, "Mobile Phone".into())],
        };
        let error = undecided("a.csv", &[&ambiguous]);
        insta::assert_snapshot!(error, @"a.csv: `cellPhone.phoneNumber` could be `Phone` or `Mobile Phone`");
        insta::assert_snapshot!(error.hint.unwrap(), @"choose with `--map 'cellPhone.phoneNumber=HEADER'`");
    }
}
