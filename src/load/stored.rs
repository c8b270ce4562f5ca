//! A file's stored bytes: hashed as they are read, unpacked where they are gzip or zstd.
//!
//! Goes by content, not by name. Knows nothing of text or tables.

use std::io::{self, Cursor, Read};
use std::sync::{Arc, OnceLock};

use ring::digest::{Context, SHA256};

use super::gzip::Members;
use super::table::Digest;

/// Bytes of a file's start by which it is recognised.
pub(super) const HEAD: usize = 64 << 10;

/// A file's bytes after unpacking.
pub(super) struct Stored {
    /// All of them, the head included.
    pub(super) bytes: Box<dyn Read + Send>,
    /// The first of them, up to [`HEAD`].
    pub(super) head: Vec<u8>,
    /// What they were packed with.
    pub(super) packing: Option<&'static str>,
    /// Of the stored bytes.
    pub(super) digest: Digest,
}

/// Unpacks `file` if it is packed, and looks at its start.
pub(super) fn open(file: Box<dyn Read + Send>) -> io::Result<Stored> {
    let digest = Digest::default();
    let hashed =
        Hashed { inner: file, context: Some(Context::new(&SHA256)), digest: Arc::clone(&digest) };
    let (head, bytes) = peek(Box::new(hashed))?;
    let (packing, unpacked): (_, Box<dyn Read + Send>) = match head.as_slice() {
        [0x1f, 0x8b, ..] => ("gzip", Box::new(Members::new(bytes))),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            ("zstd", Box::new(zstd::stream::read::Decoder::new(bytes)?))
        }
        _ => return Ok(Stored { bytes, head, packing: None, digest }),
    };
    let (head, bytes) = peek(unpacked)?;
    Ok(Stored { bytes, head, packing: Some(packing), digest })
}

/// The first bytes, and a reader that still gives them.
fn peek(mut reader: Box<dyn Read + Send>) -> io::Result<(Vec<u8>, Box<dyn Read + Send>)> {
    let mut head = Vec::with_capacity(HEAD);
    let limit = u64::try_from(HEAD).expect("64 KiB fit");
    reader.by_ref().take(limit).read_to_end(&mut head)?;
    let again = Cursor::new(head.clone()).chain(reader);
    Ok((head, Box::new(again)))
}

struct Hashed {
    inner: Box<dyn Read + Send>,
    context: Option<Context>,
    digest: Arc<OnceLock<String>>,
}

impl Read for Hashed {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(out)?;
        if n > 0 {
            if let Some(context) = &mut self.context {
                context.update(&out[..n]);
            }
        } else if !out.is_empty()
            && let Some(context) = self.context.take()
        {
            // Set once only: the context is gone afterwards.
            let _ = self.digest.set(hex(context.finish().as_ref()));
        }
        Ok(n)
    }
}

/// Bytes as lower-case hex.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let digit = |nibble: u8| DIGITS[usize::from(nibble)];
    bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect()
}
