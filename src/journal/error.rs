//! What can go wrong with a journal. Never holds a value of a contact.

use std::path::PathBuf;

use crate::model::{Exit, RunError};

/// A journal that cannot be used or written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// SQLite refused.
    #[error("{}: cannot {doing}: {cause}", path.display())]
    Database {
        /// The journal's file.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// SQLite's own words: statement and code, no values.
        cause: String,
        /// Whether another process has it open.
        busy: bool,
        /// Whether the system refuses to read or write it now: nothing says that it is damaged.
        refused: bool,
    },
    /// Others may write where it lies, or it is another file's name.
    #[error("{}: is not used: {why}", path.display())]
    Refused {
        /// The journal's file.
        path: PathBuf,
        /// What is wrong with the place.
        why: String,
    },
    /// Written by another version of korebulk.
    #[error("{}: this run was made by another version of korebulk (its journal has format {found}, this one reads {known})", path.display())]
    OtherVersion {
        /// The journal's file.
        path: PathBuf,
        /// Its version.
        found: i32,
        /// The one that is known here.
        known: i32,
    },
    /// Some other file.
    #[error("{}: not a journal of korebulk", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// More was sent than it knows: it is without its `journal.db-wal`.
    #[error("{}: is without what `journal.db-wal` held: {known}", path.display())]
    Behind {
        /// The journal's file.
        path: PathBuf,
        /// What is known of the run all the same.
        known: String,
    },
    /// It is gone or damaged, and its run has sent something.
    #[error("{said}. Known are, from {known}")]
    Lost {
        /// What is wrong with it, the file named.
        said: String,
        /// What is known of the run all the same.
        known: String,
    },
    /// A value inside is not what korebulk writes.
    #[error("{}: damaged: {what}", path.display())]
    Damaged {
        /// The journal's file.
        path: PathBuf,
        /// Which value.
        what: &'static str,
    },
}

impl JournalError {
    /// Whether the file is none that this korebulk will ever read.
    pub fn is_unreadable(&self) -> bool {
        matches!(
            self,
            Self::OtherVersion { .. }
                | Self::Foreign { .. }
                | Self::Behind { .. }
                | Self::Lost { .. }
                | Self::Damaged { .. }
        )
    }

    /// Whether only the system is in the way: a full disk, a limit, permissions.
    pub const fn is_refused(&self) -> bool {
        matches!(self, Self::Database { refused: true, .. })
    }

    /// Whether another process is writing this journal now.
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Database { busy: true, .. })
    }
}

impl From<JournalError> for RunError {
    fn from(error: JournalError) -> Self {
        let message = error.to_string();
        match error {
            JournalError::Database { busy: true, path, .. } => Self::new(
                Exit::Busy,
                format!("{}: another process has this run open", path.display()),
            ),
            JournalError::Database { refused: true, .. } => Self::internal(message)
                .hint("make room on its disk, and see that you may write there; then say the same again"),
            JournalError::Database { .. } | JournalError::Damaged { .. } => Self::internal(message),
            JournalError::Behind { .. } => Self::internal(message).hint(
                "put `journal.db-wal` back beside it; without it nothing of this run can be sent again safely",
            ),
            JournalError::Lost { .. } => Self::internal(message).hint(
                "put `journal.db` and what lay beside it back; without it nothing of this run can be sent again safely",
            ),
            JournalError::OtherVersion { .. } => {
                Self::usage(message).hint("use the korebulk that made it, or run the job again")
            }
            JournalError::Foreign { .. } | JournalError::Refused { .. } => Self::usage(message),
        }
    }
}
