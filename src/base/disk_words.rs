//! What a failure of the disk is called where a database says it: SQLite has codes of its own in the place of the system's words.

use std::path::Path;

use super::{private, system};

/// SQLite's result codes for a disk that refuses (`SQLITE_IOERR`) and one that is full (`SQLITE_FULL`).
const REFUSED: [i32; 2] = [10, 13];
/// A file that has less room than this can be called full: a page of a database and its log do not fit.
const ROOM: u64 = 64 * 1024;

/// Of a database at `path`: its extended result code, and the words that come with it.
pub(crate) fn of_database(path: &Path, code: i32, words: &str) -> String {
    // `Error code 778: disk I/O error`
    let words = words.split_once(": ").map_or(words, |(_, words)| words);
    if !REFUSED.contains(&(code & 0xff)) {
        return format!("{words} (SQLite code {code})");
    }
    let length = path.metadata().map_or(0, |file| file.len());
    match system::room_for(private::parent(path), length) {
        Ok(room) if room < ROOM => {
            "no room is left, on the disk or below the limit on the size of a file (`ulimit -f`)"
                .to_owned()
        }
        _ => format!("the disk refuses it: {words} (SQLite code {code})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_come_behind_words() {
        let dir = tempfile::tempdir().unwrap();
        let of = |code, words| of_database(&dir.path().join("a.db"), code, words);
        insta::assert_snapshot!(of(778, "Error code 778: disk I/O error"), @"the disk refuses it: disk I/O error (SQLite code 778)");
        insta::assert_snapshot!(of(5, "Error code 5: database is locked"), @"database is locked (SQLite code 5)");
    }
}
