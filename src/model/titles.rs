//! Words that go with a name and are no part of it.

/// Forms of address and academic titles, in small letters and without a full stop.
pub const TITLES: [&str; 36] = [
    "mr",
    "mrs",
    "ms",
    "miss",
    "mx",
    "mister",
    "sir",
    "dame",
    "lord",
    "lady",
    "dr",
    "prof",
    "professor",
    "rev",
    "hon",
    "capt",
    "herr",
    "frau",
    "hr",
    "fr",
    "dipl",
    "dipl-ing",
    "ing",
    "mag",
    "mme",
    "mlle",
    "monsieur",
    "madame",
    "sra",
    "srta",
    "señor",
    "señora",
    "sig",
    "signora",
    "dott",
    "avv",
];

/// What is behind a name; some of it tells a father from his son, and `sr` is a title in Spanish, an addition in
/// English.
pub const ADDITIONS: [&str; 10] = ["sr", "jr", "ii", "iii", "iv", "esq", "phd", "md", "mba", "cpa"];
