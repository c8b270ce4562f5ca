//! Which record of the batch an id, or a phone number, means: in the expected order first, by table when not.
//!
//! Never by position alone (`docs/contract.md`, "Ledger"): the expected order only saves the look-up.

use std::collections::HashMap;

use crate::model::Record;

/// The ids of one batch, or its phone numbers: the records' keys.
pub(super) struct Join<'r> {
    records: &'r [Record],
    next: usize,
    exact: Option<HashMap<&'r str, usize>>,
    folded: Option<HashMap<String, usize>>,
}

impl<'r> Join<'r> {
    pub(super) fn new(records: &'r [Record]) -> Self {
        Self { records, next: 0, exact: None, folded: None }
    }

    /// The position of the record with that id: the id as sent, else the same 24 hex digits in
    /// another case (they write the same twelve bytes).
    pub(super) fn find(&mut self, id: &str) -> Option<usize> {
        let expected = self.next;
        let at = match self.records.get(expected) {
            Some(record) if record.key() == id => expected,
            _ => self.look_up(id)?,
        };
        self.next = at + 1;
        Some(at)
    }

    fn look_up(&mut self, id: &str) -> Option<usize> {
        let records = self.records;
        let exact = self.exact.get_or_insert_with(|| table(records, Record::key));
        exact.get(id).copied().or_else(|| self.look_up_folded(id))
    }

    fn look_up_folded(&mut self, id: &str) -> Option<usize> {
        if !is_object_id(id) {
            return None;
        }
        let records = self.records;
        let folded = self
            .folded
            .get_or_insert_with(|| table(records, |record| record.key().to_ascii_lowercase()));
        folded.get(&id.to_ascii_lowercase()).copied()
    }
}

fn table<'r, K: Eq + std::hash::Hash>(
    records: &'r [Record],
    key: impl Fn(&'r Record) -> K,
) -> HashMap<K, usize> {
    let mut table = HashMap::with_capacity(records.len());
    for (at, record) in records.iter().enumerate() {
        table.entry(key(record)).or_insert(at);
    }
    table
}

fn is_object_id(id: &str) -> bool {
    id.len() == 24 && id.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Positions of the records whose ids are in a text as words of their own, ascending.
pub(super) fn named_in(text: &str, records: &[Record]) -> Vec<usize> {
    let mut join = Join::new(records);
    let mut found: Vec<usize> = text
        .split(|c: char| !(c.is_ascii_alphanumeric() || "-._~".contains(c)))
        .filter(|word| !word.is_empty())
        .filter_map(|word| join.find(word).or_else(|| join.find(word.trim_matches('.'))))
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// The same for records that are known by their phone numbers: with the country code or, where only one
/// record of the batch ends like that, without it.
pub(super) fn numbered_in(text: &str, records: &[Record]) -> Vec<usize> {
    /// Fewer digits are a code or a year; nobody's message has more numbers than that.
    const DIGITS: std::ops::RangeInclusive<usize> = 6..=18;
    const NUMBERS: usize = 100;
    let numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|n| DIGITS.contains(&n.len()));
    let mut found: Vec<usize> =
        numbers.take(NUMBERS).filter_map(|n| ending_in(n, records)).collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn ending_in(number: &str, records: &[Record]) -> Option<usize> {
    let ends = |record: &Record| record.key().ends_with(number);
    let mut ending = (0..).zip(records).filter(|(_, record)| ends(record)).map(|(at, _)| at);
    let first = ending.next();
    first.filter(|_| ending.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(ids: &[&str]) -> Vec<Record> {
        (0..).zip(ids).map(|(ordinal, id)| Record::only_id(ordinal, id)).collect()
    }

    #[test]
    fn ids_are_found_in_any_order_and_case() {
        let records = batch(&["6960CBE9b155d194e2f00000", "b", "c"]);
        let mut join = Join::new(&records);
        assert_eq!(["c", "b", "x", "c"].map(|id| join.find(id)), [Some(2), Some(1), None, Some(2)]);
        assert_eq!(join.find("6960cbe9B155d194e2f00000"), Some(0));
        assert_eq!(join.find("B"), None, "only object ids mean the same in another case");
    }

    #[test]
    fn ids_in_a_message_are_whole_words() {
        let records = batch(&["abc", "cl-1-2", "x"]);
        assert_eq!(named_in("contact abc, list (cl-1-2).", &records), [0, 1]);
        assert_eq!(named_in("xx abcd cl-1 {\"_id\":\"x\"} x.", &records), [2]);
        assert_eq!(named_in("", &records), [0; 0]);
    }
}
