//! The end of a text as programs of DOS and CP/M mark it: Ctrl-Z, once or several times.

use std::io::{self, Read};

const CTRL_Z: u8 = 0x1a;

/// A text without what marks its end; a Ctrl-Z before its end stays.
pub(super) struct Unmarked<R> {
    inner: R,
    /// Marks that were read and may be the last.
    held: usize,
    /// What was read behind held marks that were none.
    waiting: Vec<u8>,
    given: usize,
}

impl<R: Read> Unmarked<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, held: 0, waiting: Vec::new(), given: 0 }
    }

    fn give(&mut self, out: &mut [u8]) -> usize {
        let n = out.len().min(self.waiting.len() - self.given);
        out[..n].copy_from_slice(&self.waiting[self.given..self.given + n]);
        self.given += n;
        n
    }
}

impl<R: Read> Read for Unmarked<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.given < self.waiting.len() || out.is_empty() {
                return Ok(self.give(out));
            }
            let read = self.inner.read(out)?;
            let text = out[..read].iter().rposition(|b| *b != CTRL_Z).map_or(0, |last| last + 1);
            if read == 0 || (text == read && self.held == 0) {
                return Ok(read);
            }
            if text == 0 {
                self.held += read;
                continue;
            }
            let before = std::mem::replace(&mut self.held, read - text);
            if before == 0 {
                return Ok(text);
            }
            self.waiting = vec![CTRL_Z; before];
            self.waiting.extend_from_slice(&out[..text]);
            self.given = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a text in pieces.
    struct Pieces(Vec<&'static [u8]>);

    impl Read for Pieces {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Ok(0);
            }
            let piece = self.0.remove(0);
            out[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }
    }

    fn read(pieces: &[&'static [u8]]) -> Vec<u8> {
        let mut text = Vec::new();
        Unmarked::new(Pieces(pieces.to_vec())).read_to_end(&mut text).unwrap();
        text
    }

    #[test]
    fn only_marks_at_the_end_are_left_out() {
        assert_eq!(read(&[b"a\n\x1a"]), b"a\n");
        assert_eq!(read(&[b"a\n\x1a\x1a", b"\x1a"]), b"a\n");
        assert_eq!(read(&[b"a\x1a", b"\x1ab\x1a", b"c"]), b"a\x1a\x1ab\x1ac");
        assert_eq!(read(&[b"\x1a"]), b"");
        assert_eq!(read(&[]), b"");
    }
}
