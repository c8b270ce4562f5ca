//! A window on text that moves over it row by row, and the position it has come to.
//!
//! Knows lines, not formats. Grows to the longest row, which the readers limit.

use std::io::{self, Read};

/// Room for reading that is kept behind the bytes at hand.
const CHUNK: usize = 64 << 10;

/// The byte order mark in UTF-8.
pub(super) const MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// The bytes at hand of a text.
pub(super) struct Window {
    inner: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    ended: bool,
}

impl Window {
    pub(super) fn new(inner: Box<dyn Read + Send>) -> Self {
        Self { inner, buffer: vec![0; 4 * CHUNK], start: 0, end: 0, ended: false }
    }

    /// The bytes at hand.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Whether nothing comes behind the bytes at hand.
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// Puts more bytes behind those at hand; false at the end of the text.
    pub(super) fn more(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        if self.buffer.len() - self.end < CHUNK {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
            if self.buffer.len() - self.end < CHUNK {
                self.buffer.resize(self.buffer.len() * 2, 0);
            }
        }
        let n = loop {
            match self.inner.read(&mut self.buffer[self.end..]) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.end += n;
        self.ended = n == 0;
        Ok(n > 0)
    }

    /// Puts at least `wanted` bytes at hand, or all there are.
    pub(super) fn at_least(&mut self, wanted: usize) -> io::Result<()> {
        while self.end - self.start < wanted && self.more()? {}
        Ok(())
    }

    /// Moves past the first `n` bytes at hand.
    pub(super) fn pass(&mut self, n: usize) {
        self.start += n;
        debug_assert!(self.start <= self.end, "only bytes at hand are passed");
    }
}

/// A position in a text as a person counts it: `\n`, `\r` and `\r\n` each end a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    /// From 1.
    pub(super) line: u64,
    /// Bytes passed on this line.
    pub(super) column: u64,
    after_cr: bool,
}

impl Default for Position {
    fn default() -> Self {
        Self { line: 1, column: 0, after_cr: false }
    }
}

impl Position {
    /// Goes past `bytes`.
    pub(super) fn pass(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.step(byte);
        }
    }

    /// Goes past one byte.
    pub(super) fn step(&mut self, byte: u8) {
        let second_half = self.after_cr && byte == b'\n';
        self.after_cr = byte == b'\r';
        if second_half {
        } else if matches!(byte, b'\r' | b'\n') {
            self.line += 1;
            self.column = 0;
        } else {
            self.column += 1;
        }
    }

    /// Goes past a piece of text that has a line break at its very end or none.
    pub(super) fn pass_line(&mut self, bytes: &[u8]) {
        self.after_cr = false;
        if let Some(&last) = bytes.last() {
            self.step(last);
        }
    }

    /// Goes past line breaks at the start of the window, and past byte order marks, which are in
    /// the middle of files that were joined; false at the end of the text.
    pub(super) fn skip_breaks(&mut self, window: &mut Window) -> io::Result<bool> {
        loop {
            let breaks = window.bytes().iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
            self.pass(&window.bytes()[..breaks]);
            window.pass(breaks);
            if window.bytes().first() == Some(&MARK[0]) {
                window.at_least(MARK.len())?;
            }
            if window.bytes().starts_with(&MARK) {
                window.pass(MARK.len());
            } else if !window.bytes().is_empty() {
                return Ok(true);
            } else if !window.more()? {
                return Ok(false);
            }
        }
    }
}
