//! `[guard]` and `[canary]`: what holds a run back. `[accept]`: what still exits 0.

use crate::config::kind::{Count, CountOrShare, Kind, Part, Share, SomeTime};
use crate::config::setting::{Group, Setting, Takes, one};

#[rustfmt::skip] // A table: every setting says the same in the same place.
pub(super) const GUARDS: Group = Group {
    heading: "Guards",
    settings: &[
        Setting { key: "guard.max_records", option: Some("--max-records"), environment: None, default: "",
            help: "Nothing is sent if more records would be; needed for a run without terminal and --yes",
            takes: one!(Count => guard.max_records) },
        Setting { key: "guard.min_records", option: Some("--min-records"), environment: None, default: "0",
            help: "Nothing is sent if fewer records would be",
            takes: one!(Count => guard.min_records) },
        Setting { key: "guard.max_growth", option: Some("--max-growth"), environment: None, default: "",
            help: "Nothing is sent if more than this share of the usual would be, such as 300%",
            takes: one!(Share => guard.max_growth) },
        Setting { key: "guard.max_selected", option: Some("--max-selected"), environment: None, default: "",
            help: "With `from`: nothing is sent if rules select more of the contacts read (20% unless set)",
            takes: one!(CountOrShare => guard.max_selected) },
        Setting { key: "guard.min_match", option: Some("--min-match"), environment: None, default: "",
            help: "With `[match]`: nothing is sent if fewer of the rows have their contact, such as 90%",
            takes: one!(Part => guard.min_match) },
        Setting { key: "guard.max_input_age", option: Some("--max-input-age"), environment: None, default: "",
            help: "Nothing is sent if an input file is older",
            takes: one!(SomeTime => guard.max_input_age) },
        Setting { key: "canary.records", option: Some("--canary"), environment: None, default: "0",
            help: "A first batch of N records in which any failure stops the run",
            takes: one!(Count => canary) },
    ],
};

#[rustfmt::skip] // A table: every setting says the same in the same place.
pub(super) const ACCEPT: Group = Group {
    heading: "What still exits 0",
    settings: &[
        Setting { key: "accept.failed", option: Some("--accept-failed"), environment: None, default: "0",
            help: "Failed records that still exit 0: a count or a share such as 5%",
            takes: one!(CountOrShare => accept.failed) },
        Setting { key: "accept.rejected", option: Some("--accept-rejected"), environment: None, default: "0",
            help: "Rejected records that still exit 0",
            takes: one!(CountOrShare => accept.rejected) },
        Setting { key: "accept.not_found", option: Some("--accept-not-found"), environment: None, default: "0",
            help: "Records unknown to the server that still exit 0",
            takes: one!(CountOrShare => accept.not_found) },
        Setting { key: "accept.diverged", option: Some("--accept-diverged"), environment: None, default: "",
            help: "Diverged records that still exit 0; no effect unless set",
            takes: one!(CountOrShare => accept.diverged) },
    ],
};
