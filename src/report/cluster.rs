//! Reasons gathered into a few clusters: "4,812 rows: `phone` has letters, e.g. rows 12, 57, 58".
//!
//! Memory is bounded whatever the run holds: at most [`Clusters::MOST`] clusters, the rest is counted.

use std::collections::HashMap;
use std::fmt::Display;

use serde::Serialize;

use super::template::{HIDDEN, of_own_text, of_server_text};
use super::text::shortened;
use crate::base::numbers::counted;
use crate::base::terminal;
use crate::model::settings::Values;
use crate::model::{Effect, Ledger, Outcome, undo};

/// Whose words a reason is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Voice {
    /// korebulk's own: no value of a contact is in it, by the rule of `Defect` and `StopCause`.
    Own,
    /// The server's: contact data, shown as a template only.
    Server,
    /// So many bytes of korebulk's own, then the server's.
    OwnThenServer(usize),
}

/// How far an undo with this effect and these counts came, the first line of its summary.
pub fn undone(effect: Effect, ledger: &Ledger, clusters: &[Cluster]) -> String {
    let count = |outcome: Outcome, reason: &str| {
        let of =
            |cluster: &&Cluster| cluster.outcome == outcome && cluster.reason.starts_with(reason);
        clusters.iter().filter(of).map(|cluster| cluster.rows).sum()
    };
    let others = (count(Outcome::Rejected, undo::SINCE), count(Outcome::Skipped, undo::AS_BEFORE));
    undo::ended(effect, ledger.succeeded, ledger.read, others)
}

/// Rows with the same reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cluster {
    /// Where these rows ended.
    pub outcome: Outcome,
    /// The reason, without any value of a contact.
    pub reason: String,
    /// The first such reason in full, for pages that may show values; the server's message.
    #[serde(skip)]
    pub example: Option<String>,
    /// How many rows.
    pub rows: u64,
    /// The first few rows, as the person counts them.
    pub places: Vec<String>,
    /// For each of them the row that the reason calls another row; empty where it calls none so.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<String>,
}

impl Cluster {
    /// The reason as `values` allows it to be shown.
    pub fn shown(&self, values: Values) -> &str {
        self.example.as_deref().filter(|_| values == Values::Full).unwrap_or(&self.reason)
    }

    /// ``4,812 rows: `phone` has letters, e.g. rows 12, 57, 58``
    pub fn sentence(&self, values: Values) -> String {
        let (rows, reason) = (counted(self.rows, "row"), self.shown(values));
        match (self.places.as_slice(), self.others.as_slice()) {
            ([], _) => format!("{rows}: {reason}"),
            ([only], []) if self.rows == 1 => format!("row {only}: {reason}"),
            ([only], [other]) if self.rows == 1 => {
                format!("row {only}: {}", reason.replacen(ANOTHER, other, 1))
            }
            _ => format!("{rows}: {reason}, e.g. rows {}", self.examples()),
        }
    }

    /// The first few rows, each with the row that the reason calls another row: `4 (see row 2), 7 (see row 3)`.
    pub(super) fn examples(&self) -> String {
        let others = self.others.iter().map(|other| format!(" (see {other})"));
        let others = others.chain(std::iter::repeat(String::new()));
        let examples =
            self.places.iter().zip(others).map(|(place, other)| format!("{place}{other}"));
        examples.collect::<Vec<_>>().join(", ")
    }

    /// Whether some of the server's message are left out.
    fn is_masked(&self, values: Values) -> bool {
        self.example.is_some() && self.shown(values).contains(HIDDEN)
    }
}

/// What a reason calls the row that [`Cluster::others`] names.
const ANOTHER: &str = "another row";

/// Behind the reason of the first row, where other rows have other numbers in it.
const NUMBERS_DIFFER: &str = " (with other numbers in other rows)";

/// Clusters as they gather.
#[derive(Debug, Default)]
pub struct Clusters {
    found: HashMap<(Outcome, String), Cluster>,
    others: HashMap<Outcome, u64>,
}

impl Clusters {
    /// More clusters than these are counted as others.
    pub const MOST: usize = 50;
    /// Rows named in each.
    const PLACES: usize = 3;
    /// Characters of a reason that a view shows.
    const SHOWN: usize = 300;

    /// Adds one row: `place` is its number, or `file:row`.
    pub fn observe(&mut self, outcome: Outcome, voice: Voice, reason: &str, place: impl Display) {
        self.add(outcome, voice, reason, place, None);
    }

    /// Adds one row because of another: `reason` says "another row", `other` which one: `row 12`.
    pub fn observe_pair(
        &mut self,
        outcome: Outcome,
        reason: &str,
        place: impl Display,
        other: &str,
    ) {
        self.add(outcome, Voice::Own, reason, place, Some(other));
    }

    fn add(
        &mut self,
        outcome: Outcome,
        voice: Voice,
        reason: &str,
        place: impl Display,
        other: Option<&str>,
    ) {
        let (own, server) = halves(voice, reason);
        let server = of_server_text(server);
        let template = of_own_text(own) + &server;
        let text = shown(&format!("{own}{server}"));
        let full = self.found.len() >= Self::MOST;
        let key = (outcome, template);
        if full && !self.found.contains_key(&key) {
            *self.others.entry(outcome).or_default() += 1;
            return;
        }
        let cluster = self.found.entry(key).or_insert_with(|| Cluster {
            outcome,
            reason: text.clone(),
            example: (voice != Voice::Own).then(|| shown(reason)),
            rows: 0,
            places: Vec::new(),
            others: Vec::new(),
        });
        // Own words stay those of the first row; where others have other numbers in them, that is said.
        if cluster.reason != text && !cluster.reason.ends_with(NUMBERS_DIFFER) {
            cluster.reason.push_str(NUMBERS_DIFFER);
        }
        cluster.rows += 1;
        if cluster.places.len() < Self::PLACES {
            cluster.places.push(place.to_string());
            cluster.others.extend(other.map(str::to_owned));
        }
    }

    /// The clusters of one outcome, the largest first.
    pub fn of(&self, outcome: Outcome) -> Vec<Cluster> {
        let mut clusters: Vec<Cluster> =
            self.found.values().filter(|c| c.outcome == outcome).cloned().collect();
        clusters.sort_by(|a, b| b.rows.cmp(&a.rows).then_with(|| a.reason.cmp(&b.reason)));
        if let Some(&rows) = self.others.get(&outcome) {
            let reason = "other reasons, see the files of the run".to_owned();
            clusters.push(Cluster {
                outcome,
                reason,
                example: None,
                rows,
                places: Vec::new(),
                others: Vec::new(),
            });
        }
        clusters
    }

    /// All clusters, in the order of the outcomes.
    pub fn all(&self) -> Vec<Cluster> {
        Outcome::ALL.into_iter().flat_map(|outcome| self.of(outcome)).collect()
    }
}

/// korebulk's own words and the server's.
fn halves(voice: Voice, reason: &str) -> (&str, &str) {
    let own = match voice {
        Voice::Own => reason.len(),
        Voice::Server => 0,
        Voice::OwnThenServer(own) => own,
    };
    reason.split_at_checked(own).unwrap_or(("", reason))
}

/// One row's reason as `values` allows it to be shown.
pub(crate) fn shown_alone(voice: Voice, reason: &str, values: Values) -> String {
    let (own, server) = halves(voice, reason);
    match values {
        Values::Full => shown(reason),
        Values::Masked => shown(&format!("{own}{}", of_server_text(server))),
    }
}

fn shown(reason: &str) -> String {
    shortened(&terminal::line(reason), Clusters::SHOWN).into_owned()
}

/// The first `most` clusters as sentences, and a line for what is not shown.
pub fn sentences(clusters: &[Cluster], most: usize, values: Values) -> Vec<String> {
    let shown = clusters.iter().take(most);
    let mut lines: Vec<String> = shown.map(|cluster| cluster.sentence(values)).collect();
    let rest: u64 = clusters.iter().skip(most).map(|cluster| cluster.rows).sum();
    if rest > 0 {
        lines.push(format!("{} for other reasons", counted(rest, "more row")));
    }
    if clusters.iter().take(most).any(|cluster| cluster.is_masked(values)) {
        lines.push(
            "the server's messages in full: report.json, and this outcome's own file".to_owned(),
        );
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_with_the_same_reason_are_together() {
        let mut clusters = Clusters::default();
        for row in [12, 57, 58, 90] {
            clusters.observe(Outcome::Rejected, Voice::Own, "`phone` has letters", row);
        }
        clusters.observe(Outcome::Rejected, Voice::Own, "`id` is longer than 128 characters", 13);
        let text = sentences(&clusters.of(Outcome::Rejected), 9, Values::Masked).join("\n");
        insta::assert_snapshot!(text, @"
        4 rows: `phone` has letters, e.g. rows 12, 57, 58
        row 13: `id` is longer than 128 characters
        ");
    }

    #[test]
    fn the_only_reason_keeps_its_numbers_however_it_has_to_be_shown() {
        let mut clusters = Clusters::default();
        let reason = format!("`line 2\u{202e}{}` is empty", "x".repeat(400));
        clusters.observe(Outcome::Rejected, Voice::Own, &reason, 7);
        assert!(clusters.all()[0].reason.starts_with("`line 2\\u202exxx"));
    }

    #[test]
    fn own_reasons_that_name_other_rows_are_one_cluster() {
        let mut clusters = Clusters::default();
        for row in [2, 3] {
            let reason = format!("has the id of row {}, with other content", 100 + row);
            clusters.observe(Outcome::Rejected, Voice::Own, &reason, row);
        }
        let text = sentences(&clusters.of(Outcome::Rejected), 9, Values::Masked).join("\n");
        insta::assert_snapshot!(text, @"2 rows: has the id of row 102, with other content (with other numbers in other rows), e.g. rows 2, 3");
    }

    #[test]
    fn the_servers_message_is_shown_as_a_template() {
        let mut clusters = Clusters::default();
        clusters.observe(Outcome::Failed, Voice::Server, "phone 98123 45678 of john in use", 2);
        clusters.observe(Outcome::Failed, Voice::Server, "phone 98123 45679 of jane in use", 3);
        let found = clusters.of(Outcome::Failed);
        let text = [Values::Masked, Values::Full].map(|values| found[0].sentence(values));
        assert_eq!(text[0], "2 rows: phone <number> of … in use, e.g. rows 2, 3");
        assert_eq!(text[1], "2 rows: phone 98123 45678 of john in use, e.g. rows 2, 3");
    }

    /// What a run shows of the same words in so many rows.
    fn shown_of(rows: u64, words: impl Fn(u64) -> String) -> String {
        let mut clusters = Clusters::default();
        for row in 0..rows {
            clusters.observe(Outcome::Failed, Voice::Server, &words(row), row + 2);
        }
        sentences(&clusters.of(Outcome::Failed), 9, Values::Masked).join("\n")
    }

    /// Five people of one name are no rarity, and this goes into mails and system logs.
    #[test]
    fn words_that_may_be_a_contacts_stay_masked_however_many_rows_share_them() {
        insta::assert_snapshot!(shown_of(40, |_| "jane doe is in use".to_owned()), @"
        40 rows: … is in use, e.g. rows 2, 3, 4
        the server's messages in full: report.json, and this outcome's own file
        ");
    }

    #[test]
    fn a_row_held_back_because_of_another_names_it() {
        let mut clusters = Clusters::default();
        let reason = "duplicate of another row";
        clusters.observe_pair(Outcome::Skipped, reason, 4, "row 2");
        let one = sentences(&clusters.of(Outcome::Skipped), 9, Values::Masked).join("\n");
        insta::assert_snapshot!(one, @"row 4: duplicate of row 2");
        clusters.observe_pair(Outcome::Skipped, reason, 7, "row 3 of b.csv");
        let two = sentences(&clusters.of(Outcome::Skipped), 9, Values::Masked).join("\n");
        insta::assert_snapshot!(two, @"2 rows: duplicate of another row, e.g. rows 4 (see row 2), 7 (see row 3 of b.csv)");
    }

    #[test]
    fn there_are_never_more_than_so_many_clusters() {
        let mut clusters = Clusters::default();
        for n in 0..200_u32 {
            let reason = "!".repeat(usize::try_from(n).unwrap());
            clusters.observe(Outcome::Failed, Voice::Server, &reason, n);
        }
        let found = clusters.of(Outcome::Failed);
        assert_eq!(found.len(), Clusters::MOST + 1);
        assert_eq!(found.iter().map(|cluster| cluster.rows).sum::<u64>(), 200);
        assert_eq!(found.last().map(|cluster| cluster.rows), Some(150));
    }
}
