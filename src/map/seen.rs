//! What a mapper has seen in its source beside the records: for plans and reports.

use super::changes::Changes;
use super::columns::MappedField;
use super::filter::RuleUse;
use super::mapper::Mapper;

impl Mapper {
    /// What feeds each field, for the plan.
    pub fn mapping(&self) -> &[MappedField] {
        &self.columns.mapping
    }

    /// Headers that feed no field, korebulk's own columns aside. Rules may still look at them.
    pub fn ignored(&self) -> &[String] {
        &self.columns.ignored
    }

    /// The changes made to values so far, of records that are good to send.
    pub const fn changes(&self) -> &Changes {
        &self.changes
    }

    /// Ids of records that are good to send, and that look like none of Kore.ai's: `id_format = "any"` lets them through.
    pub const fn foreign_ids(&self) -> u64 {
        self.foreign_ids
    }

    /// How often each rule held so far: `send_if`, `skip_if`, then the lists of `except`.
    pub fn rules(&self) -> Vec<RuleUse> {
        let lists = (!self.except.is_empty()).then_some(&self.excepted);
        self.filter.uses().iter().chain(lists).cloned().collect()
    }
}
