//! The head of the shared quota's file: governor's arrival time, and a window that the server reported.
//!
//! Layout, little endian, [`HEADER`] bytes: magic, version (u32), a check of what follows (u32), the
//! boot (u64) and the arrival time (u64), then `permits` (u32), milliseconds (u32) and expiry
//! (seconds since 1970, u64) of the remembered window. The arrival time is of the boot clock; what is
//! remembered outlives a boot, so that its expiry is the calendar's.

use std::time::Duration;

use super::bytes::{check, u32_at, u64_at};
use crate::model::settings::RateWindow;

/// Bytes of the header.
pub(super) const HEADER: usize = 64;

/// How long a window that the server reported is believed, seconds.
const REMEMBERED: u64 = 30 * 24 * 3600;

const MAGIC: &[u8; 8] = b"korepace";
const VERSION: u32 = 2;

/// What the header holds beside magic, version and check.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Header {
    /// governor's arrival time on this boot's clock; 0 for none.
    pub(super) arrival: u64,
    /// A window that the server reported, and until when it is believed, seconds since 1970.
    remembered: Option<(RateWindow, u64)>,
}

impl Header {
    /// The header in these bytes, as far as it is whole and of this boot; `None`: the file is not of
    /// this version.
    pub(super) fn read(bytes: &[u8; HEADER], boot: u64) -> Option<Self> {
        if bytes.iter().all(|byte| *byte == 0) {
            return Some(Self::default());
        }
        if bytes[..8] != *MAGIC || u32_at(bytes, 8) != VERSION {
            return None;
        }
        if u32_at(bytes, 12) != check(&bytes[16..]) {
            return Some(Self::default());
        }
        let (permits, millis) = (u32_at(bytes, 32), u32_at(bytes, 36));
        let window = RateWindow { permits, window: Duration::from_millis(millis.into()) };
        Some(Self {
            arrival: if u64_at(bytes, 16) == boot { u64_at(bytes, 24) } else { 0 },
            remembered: (permits > 0).then_some((window, u64_at(bytes, 40))),
        })
    }

    /// Its bytes.
    pub(super) fn bytes(&self, boot: u64) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
        bytes[16..24].copy_from_slice(&boot.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.arrival.to_le_bytes());
        if let Some((window, expires)) = self.remembered {
            let millis = u32::try_from(window.window.as_millis()).unwrap_or(u32::MAX);
            bytes[32..36].copy_from_slice(&window.permits.to_le_bytes());
            bytes[36..40].copy_from_slice(&millis.to_le_bytes());
            bytes[40..48].copy_from_slice(&expires.to_le_bytes());
        }
        let check = check(&bytes[16..]);
        bytes[12..16].copy_from_slice(&check.to_le_bytes());
        bytes
    }

    /// The same with another arrival time.
    pub(super) fn arriving(self, arrival: u64) -> Self {
        Self { arrival, ..self }
    }

    /// The same, with a window to be believed for 30 days from `now` on, seconds since 1970.
    pub(super) fn remembering(self, window: RateWindow, now: u64) -> Self {
        Self { remembered: Some((window, now.saturating_add(REMEMBERED))), ..self }
    }

    /// The same after a look at the calendar: an expiry that is further ahead than any was ever
    /// written (the calendar was set back) is brought within 30 days.
    pub(super) fn within_reason(mut self, now: u64) -> Self {
        if let Some((_, expires)) = &mut self.remembered {
            *expires = (*expires).min(now.saturating_add(REMEMBERED));
        }
        self
    }

    /// The remembered window, if it is still believed.
    pub(super) fn believed(&self, now: u64) -> Option<RateWindow> {
        self.remembered.filter(|(_, expires)| *expires > now).map(|(window, _)| window)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOT: u64 = 7;
    const HOUR: RateWindow = RateWindow { permits: 1800, window: Duration::from_hours(1) };

    fn header() -> Header {
        Header { arrival: 99, ..Header::default() }.remembering(HOUR, 1_800_000_000)
    }

    #[test]
    fn a_header_is_read_as_it_was_written() {
        assert_eq!(Header::read(&header().bytes(BOOT), BOOT), Some(header()));
        let empty = Header::default();
        assert_eq!(Header::read(&empty.bytes(BOOT), BOOT), Some(empty));
        assert_eq!(Header::read(&[0; HEADER], BOOT), Some(empty));
    }

    #[test]
    fn of_another_boot_only_what_is_remembered_holds() {
        let read = Header::read(&header().bytes(BOOT), BOOT + 1).unwrap();
        assert_eq!(read, Header { arrival: 0, ..header() });
    }

    #[test]
    fn of_a_damaged_header_nothing_holds() {
        for place in 16..HEADER {
            let mut bytes = header().bytes(BOOT);
            bytes[place] ^= 1;
            assert_eq!(Header::read(&bytes, BOOT), Some(Header::default()), "{place}");
        }
    }

    #[test]
    fn a_file_of_another_kind_is_not_read_as_ours() {
        assert_eq!(Header::read(&[b'x'; HEADER], BOOT), None);
        let mut newer = header().bytes(BOOT);
        newer[8] += 1;
        assert_eq!(Header::read(&newer, BOOT), None);
    }
}
