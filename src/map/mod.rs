//! `Row` → checked record, or all its defects, or skipped by a rule. Duplicates. Filters.
//!
//! Pure: knows neither files nor HTTP. Nothing is guessed and nothing is dropped; every change of a
//! value is counted.

mod changes;
mod check;
mod columns;
mod complete;
mod contact;
mod damage;
mod date;
mod decided;
mod decision;
mod dial;
mod digits;
mod duplicates;
mod encode;
mod error;
mod except;
mod field;
mod fill;
mod filter;
mod full_name;
pub(crate) mod guess;
mod guessed;
mod hints;
mod id;
mod json;
mod key;
mod loose;
mod mapped;
mod mapper;
mod name;
mod naming;
mod newcomer;
mod own;
mod pattern;
mod phone;
mod prefix;
mod read;
mod resolve;
mod restore;
mod review;
mod rule;
mod seen;
mod shape;
mod sought;
mod text;
mod value;

#[cfg(test)]
mod tests;

pub(crate) use changes::{ChangeKind, Changes, FullName};
pub(crate) use columns::{How, MappedField};
pub(crate) use duplicates::{Disposition, Duplicates, First};
pub(crate) use except::{Except, ExceptReader};
pub(crate) use field::is_field;
pub(crate) use fill::UNCHANGED;
pub(crate) use filter::RuleUse;
pub(crate) use id::{key as id_key, key_in_any_case as id_key_in_any_case, what_an_id_is};
pub(crate) use key::Sought;
pub use mapped::Mapped;
pub use mapper::Mapper;
pub(crate) use review::{Choices, Seal};
pub(crate) use text::masked;
