//! `[update]`: what a bulk update does with what a row leaves open, and with contacts that are right already.

use crate::config::kind::{Kind, OneOf, Text};
use crate::config::setting::{Group, Setting, Takes, one};
use crate::model::settings::{Blanks, Unchanged};

#[rustfmt::skip] // A table: every setting says the same in the same place.
pub(super) const UPDATE: Group = Group {
    heading: "Update",
    settings: &[
        Setting { key: "update.blanks", option: Some("--blanks"), environment: None, default: "reject",
            help: "Fields without a column, and blank cells: keep the contact's own value (reads the account), or reject the record",
            takes: one!(OneOf<Blanks> => map.update.blanks) },
        Setting { key: "update.keep_existing", option: Some("--keep-existing"), environment: None, default: "",
            help: "Fields that are never overwritten where the contact has a value",
            takes: Takes::list::<Text>(|plan, fields| {
                plan.map.update.keep_existing = fields.to_vec();
                Ok(())
            }) },
        Setting { key: "update.unchanged", option: Some("--unchanged"), environment: None, default: "",
            help: "Records that equal the account's: skip (the default where the account is read) or send",
            takes: one!(OneOf<Unchanged> => map.update.unchanged) },
    ],
};
