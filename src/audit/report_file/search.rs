//! The search of a report for ids among the succeeded.

use std::io;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Pieces, SUCCEEDED, gone, id_of};

pub(super) struct Search<'a> {
    pub(super) id: &'a str,
    pub(super) found: bool,
}

impl Pieces for Search<'_> {
    fn fact(&mut self, _: &str, _: &RawValue) -> io::Result<()> {
        Ok(())
    }

    fn begin(&mut self, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn entry(&mut self, key: &str, entry: &RawValue) -> io::Result<()> {
        // Parsing only what could name it keeps the search as fast as the disk.
        if key == SUCCEEDED && !self.found && holds(entry.get(), self.id) {
            let found = id_of(entry.get());
            self.found = found.is_some_and(|id| id.eq_ignore_ascii_case(self.id));
        }
        Ok(())
    }

    fn end(&mut self, _: &str) -> io::Result<()> {
        Ok(())
    }
}

/// Hands over the id of each of the succeeded.
pub(super) struct EachSucceeded<'a> {
    pub(super) each: &'a mut dyn FnMut(Option<&str>) -> io::Result<()>,
    /// What `each` failed with: the walk has only its words.
    pub(super) failed: Option<io::Error>,
}

impl Pieces for EachSucceeded<'_> {
    fn fact(&mut self, _: &str, _: &RawValue) -> io::Result<()> {
        Ok(())
    }

    fn begin(&mut self, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn entry(&mut self, key: &str, entry: &RawValue) -> io::Result<()> {
        if key != SUCCEEDED {
            return Ok(());
        }
        // Nearly every entry of a delete is its id alone, which needs no parsing.
        let plain =
            entry.get().strip_prefix("{\"id\":\"").and_then(|rest| rest.strip_suffix("\"}"));
        let done = match plain.filter(|id| !id.contains(['"', '\\'])) {
            Some(id) => (self.each)(Some(id)),
            None if gone(entry.get()).is_some() => (self.each)(None),
            None => (self.each)(id_of(entry.get()).as_deref()),
        };
        done.map_err(|error| {
            let kind = error.kind();
            self.failed = Some(error);
            io::Error::from(kind)
        })
    }

    fn end(&mut self, _: &str) -> io::Result<()> {
        Ok(())
    }
}

/// Hands over when each of the succeeded was changed.
pub(super) struct Changes<'a> {
    pub(super) each: &'a mut dyn FnMut(&str, Timestamp),
}

impl Pieces for Changes<'_> {
    fn fact(&mut self, _: &str, _: &RawValue) -> io::Result<()> {
        Ok(())
    }

    fn begin(&mut self, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn entry(&mut self, key: &str, entry: &RawValue) -> io::Result<()> {
        if key == SUCCEEDED
            && let Some(id) = id_of(entry.get())
            && let Some(at) = updated_at(entry.get())
        {
            (self.each)(&id, at);
        }
        Ok(())
    }

    fn end(&mut self, _: &str) -> io::Result<()> {
        Ok(())
    }
}

/// `updatedAt` of an entry, or of the contact in it.
fn updated_at(entry: &str) -> Option<Timestamp> {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Stamped {
        updated_at: Option<String>,
        contact: Option<Box<Stamped>>,
    }
    let stamped: Stamped = serde_json::from_str(entry).ok()?;
    let inner = stamped.contact.and_then(|contact| contact.updated_at);
    inner.or(stamped.updated_at)?.parse().ok()
}

fn holds(text: &str, id: &str) -> bool {
    let (text, id) = (text.as_bytes(), id.as_bytes());
    !id.is_empty() && text.windows(id.len()).any(|part| part.eq_ignore_ascii_case(id))
}
