//! Which encoding a text is read in: what its mark says, or the job; else UTF-8, and nothing is guessed.

use encoding_rs::Encoding;

use super::broken::Broken;
use super::charset::{Charset, UTF8};

/// What a text is read in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Detected {
    pub(super) charset: Charset,
    /// Bytes of the byte order mark.
    pub(super) bom: usize,
    /// Nobody said so.
    pub(super) assumed: bool,
    /// Its start holds something that does not fit.
    pub(super) stray: bool,
}

/// A byte order mark decides, then the label given; what has neither is read as UTF-8.
pub(super) fn detect(head: &[u8], label: Option<&str>) -> Result<Detected, Broken> {
    if let Some((encoding, bom)) = Encoding::for_bom(head) {
        return Ok(Detected { charset: Charset::Web(encoding), bom, assumed: false, stray: false });
    }
    if let Some(label) = label {
        let charset = Charset::named(label).ok_or_else(|| {
            Broken::new(format!("no encoding is called `{label}`")).hint(
                "labels are those of the WHATWG, such as `utf-8`, `windows-1252`, `shift_jis`, and \
                 `cp437` or `cp850`",
            )
        })?;
        return Ok(Detected { charset, bom: 0, assumed: false, stray: false });
    }
    if let Some(likely) = wide(head) {
        return Err(Broken::new(format!("looks like {likely} without a byte order mark"))
            .hint(format!("say `--encoding {likely}` if it is")));
    }
    Ok(Detected { charset: UTF8, bom: 0, assumed: true, stray: false })
}

/// UTF-16 by its zero bytes, which are on one side of each pair: every delimiter, digit and Latin
/// letter has one there.
fn wide(head: &[u8]) -> Option<&'static str> {
    let pairs = head[..head.len().min(512)].chunks_exact(2);
    let count = pairs.len();
    let zeros = pairs.fold((0, 0), |(even, odd), pair| {
        (even + usize::from(pair[0] == 0), odd + usize::from(pair[1] == 0))
    });
    match zeros {
        (0, odd) if count > 1 && odd * 10 > count * 3 => Some("utf-16le"),
        (even, 0) if count > 1 && even * 10 > count * 3 => Some("utf-16be"),
        _ => None,
    }
}
