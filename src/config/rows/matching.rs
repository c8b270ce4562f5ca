//! `[match]`: how rows without an id find their contact.

use serde_json::{Value as Json, json};

use crate::config::kind::{Kind, OneOf};
use crate::config::problem::Problem;
use crate::config::setting::{Group, Setting, Takes};
use crate::model::settings::{MatchBy, Unmatched};

/// What a contact is known by.
struct Key;

impl Kind for Key {
    type Value = bool;
    const NAME: &'static str = "phone|name";

    fn schema() -> Json {
        json!({ "enum": ["phone", "name"] })
    }

    /// Whether it is the name.
    fn read(text: &str) -> Result<bool, Problem> {
        match text {
            "phone" => Ok(false),
            "name" => Ok(true),
            _ => Err(Problem::new(format!("`{text}` is none of `phone`, `name`"), BOTH)),
        }
    }
}

const BOTH: &str =
    "write `[\"phone\", \"name\"]`, or `[\"phone\"]` where the number alone is enough";

#[rustfmt::skip] // A table: every setting says the same in the same place.
pub(super) const MATCH: Group = Group {
    heading: "Match",
    settings: &[
        Setting { key: "match.by", option: Some("--match"), environment: None, default: "",
            help: "Rows without an id are matched with the account's contacts by phone,name (where there is a [match]) or by phone alone",
            takes: Takes::list::<Key>(|plan, keys| {
                let keys = keys.iter().map(|key| Key::read(key.trim())).collect::<Result<Vec<_>, _>>()?;
                let by = match (keys.contains(&false), keys.contains(&true)) {
                    (true, true) => MatchBy::PhoneAndName,
                    (true, false) => MatchBy::Phone,
                    (false, _) => return Err(Problem::new("a name alone is shared by many", BOTH)),
                };
                plan.map.matching.get_or_insert_default().by = by;
                Ok(())
            }) },
        Setting { key: "match.unmatched", option: Some("--unmatched"), environment: None, default: "",
            help: "Rows whose number no contact has: reject (the default), or skip where that is no failure",
            takes: Takes::text::<OneOf<Unmatched>>(|plan, text| {
                plan.map.matching.get_or_insert_default().unmatched = OneOf::<Unmatched>::read(text.trim())?;
                Ok(())
            }) },
    ],
};
