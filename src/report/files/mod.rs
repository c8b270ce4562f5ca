//! The files that a run leaves, in one list: its end writes them, `korebulk report` writes them again, and scrubbing
//! knows from it what may stay.
//!
//! A new one is a file in this directory and a line in [`RUN_FILES`].

mod edited;
mod junit;
mod outcome;
mod page;
mod report;
pub(crate) mod review;
mod tables;

use std::path::PathBuf;

use crate::model::RunError;

pub(crate) use self::outcome::RunOutcome;
pub(crate) use self::report::RECREATED;

/// A file of a run's directory, or a group of files of one form.
pub(crate) trait RunFile: Sync {
    /// What `korebulk report --format` calls it.
    fn format(&self) -> &'static str;

    /// The names that it may have in the run's directory.
    fn names(&self) -> &'static [&'static str];

    /// Where it holds contact data.
    fn contact_data(&self) -> ContactData;

    /// Whether every end of a run writes it. What is not is written where somebody asks for it, and from then on by
    /// every later end, so that it never shows an earlier one.
    fn is_usual(&self) -> bool {
        true
    }

    /// Whether journal and stored copy are all that it needs: then nothing else is written when it is asked for.
    fn written_alone(&self) -> bool {
        false
    }

    /// Writes it: beside its place, then renamed. Gives the paths of what there is.
    ///
    /// # Errors
    /// Exit 70 when the disk refuses.
    fn write(&self, outcome: &RunOutcome<'_>) -> Result<Vec<PathBuf>, RunError>;
}

/// Where a file holds contact data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ContactData {
    /// In the server's entries: scrubbing takes them out, and the rest stays.
    InEntries,
    /// Anywhere: scrubbing removes it.
    Anywhere,
}

/// All of them, in the order in which they are written: what fails is said in those that follow.
pub(crate) const RUN_FILES: [&dyn RunFile; 6] = [
    &tables::Tables,
    &review::Review,
    &edited::Edited,
    &report::Report,
    &junit::Junit,
    &page::Page,
];

/// The file that `--format` calls so.
pub(crate) fn named(format: &str) -> Option<&'static dyn RunFile> {
    RUN_FILES.into_iter().find(|file| file.format() == format)
}

/// The names of files that scrubbing leaves: it has taken the contact data out of them.
pub(crate) fn scrubbed_in_place() -> impl Iterator<Item = &'static str> {
    let files = RUN_FILES.into_iter().filter(|file| file.contact_data() == ContactData::InEntries);
    files.flat_map(|file| file.names().iter().copied())
}

#[cfg(test)]
mod tests;
