//! A file without ids whose rows may be matched with contacts by number and name.

use super::{Drafting, PHONE, is_fed, matched};
use crate::base::terminal;
use crate::config::{Matched, matched_by};
use crate::model::settings::MatchBy;
use crate::model::{IdKind, RunError};
use crate::run::person::person;

const NAMES: [&str; 3] = ["firstName", "lastName", "fullName"];

/// What rows are matched by.
const KEYS: [&str; 5] = [NAMES[0], NAMES[1], NAMES[2], PHONE, "cellPhone.countryCode"];

impl Drafting<'_> {
    /// How rows are matched, where no column is an id and others may do. Who is there is asked, and may name a column.
    pub(super) fn match_by(
        &self,
        missing: &[String],
        columns: &mut Vec<Matched>,
    ) -> Result<Option<MatchBy>, RunError> {
        let needs_id = missing.iter().any(|field| field == "id") && !is_fed("id", columns);
        let has_name = NAMES.iter().any(|name| is_fed(name, columns));
        let of_contacts = self.plan.operation.spec().id_kind == IdKind::Contact;
        if !(needs_id && of_contacts && has_name && is_fed(PHONE, columns)) {
            return Ok(None);
        }
        if !terminal::can_ask() {
            return Ok(Some(MatchBy::PhoneAndName));
        }
        let free = self.unused(columns);
        let none = format!("none: match rows with contacts by {}", matched_by(columns));
        let choices: Vec<String> = std::iter::once(none).chain(free.iter().cloned()).collect();
        let at = person().choose("no column looks like `id`; which one is it?", &choices)?;
        let header = match at {
            None | Some(0) => return Ok(at.map(|_| MatchBy::PhoneAndName)),
            Some(at) => free.get(at - 1),
        };
        columns.extend(header.map(|header| matched("id", header, "as chosen")));
        Ok(None)
    }

    /// What a file lacks that would change nothing of a contact.
    pub(super) fn changes_nothing(&self, columns: &[Matched]) -> Vec<String> {
        let changes = |field: &str| !KEYS.contains(&field);
        let is_update = self.plan.operation.spec().sends_contacts();
        let changes_any = columns.iter().any(|matched| changes(&matched.field))
            || self.plan.map.defaults.keys().any(|field| changes(field));
        match is_update && !changes_any {
            true => vec!["salutation".to_owned()],
            false => Vec::new(),
        }
    }
}
