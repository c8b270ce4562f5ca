//! The encodings that a text may be in: those of the WHATWG, and the code pages of DOS.

use encoding_rs::{Encoding, UTF_8};
use oem_cp::code_table::DECODING_TABLE_CP_MAP;
use oem_cp::code_table_type::TableType;

/// One encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Charset {
    /// One of the WHATWG's.
    Web(&'static Encoding),
    /// A code page of DOS, which Excel still writes as "CSV (MS-DOS)".
    Dos(u16),
}

pub(super) const UTF8: Charset = Charset::Web(UTF_8);

/// Whether an encoding is known by this label: one of the WHATWG's, or `cp437` and its kin.
pub fn is_encoding(label: &str) -> bool {
    Charset::named(label).is_some()
}

impl Charset {
    /// The encoding of a label, in any letter case.
    pub(super) fn named(label: &str) -> Option<Self> {
        let label = label.trim().to_ascii_lowercase();
        let web = match label.as_str() {
            // Its label with the WHATWG is `macintosh`.
            "macroman" | "mac-roman" => "macintosh",
            label => label,
        };
        if let Some(web) = Encoding::for_label_no_replacement(web.as_bytes()) {
            return Some(Self::Web(web));
        }
        let page = ["cp", "ibm", "oem", "dos"].iter().find_map(|name| label.strip_prefix(name))?;
        let page = page.trim_start_matches(['-', '_']).parse().ok()?;
        DECODING_TABLE_CP_MAP.contains_key(&page).then_some(Self::Dos(page))
    }

    /// Its label.
    pub(super) fn name(self) -> String {
        match self {
            Self::Web(web) => web.name().to_ascii_lowercase(),
            Self::Dos(page) => format!("cp{page}"),
        }
    }

    /// Whether bytes below 0x80 are ASCII wherever a line ends, so that lines may be cut apart.
    pub(super) fn has_ascii_lines(self) -> bool {
        match self {
            Self::Web(web) => web.is_ascii_compatible(),
            Self::Dos(_) => true,
        }
    }

    /// Whether it is made for languages of Latin letters, a byte a letter.
    pub(super) fn is_latin(self) -> bool {
        const LATIN: [&str; 13] = [
            "windows-1250",
            "windows-1252",
            "windows-1254",
            "windows-1257",
            "windows-1258",
            "iso-8859-2",
            "iso-8859-3",
            "iso-8859-4",
            "iso-8859-10",
            "iso-8859-13",
            "iso-8859-14",
            "iso-8859-15",
            "iso-8859-16",
        ];
        const DOS: [u16; 9] = [437, 850, 852, 857, 858, 860, 861, 863, 865];
        match self {
            Self::Web(web) => {
                web == encoding_rs::MACINTOSH
                    || LATIN.iter().any(|name| web.name().eq_ignore_ascii_case(name))
            }
            Self::Dos(page) => DOS.contains(&page),
        }
    }

    /// The text, if all of it is one.
    pub(super) fn decode(self, bytes: &[u8]) -> Option<String> {
        match self {
            Self::Web(web) => web
                .decode_without_bom_handling_and_without_replacement(bytes)
                .map(std::borrow::Cow::into_owned),
            Self::Dos(page) => {
                let table = DECODING_TABLE_CP_MAP.get(&page)?;
                bytes.iter().map(|byte| dos(table, *byte)).collect()
            }
        }
    }
}

fn dos(table: &TableType, byte: u8) -> Option<char> {
    let Some(high) = byte.checked_sub(0x80) else { return Some(char::from(byte)) };
    match table {
        TableType::Complete(chars) => Some(chars[usize::from(high)]),
        TableType::Incomplete(chars) => chars[usize::from(high)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_the_web_and_of_dos_are_known() {
        for (label, name) in [
            ("UTF8", "utf-8"),
            ("latin1", "windows-1252"),
            ("Shift_JIS", "shift_jis"),
            ("gb2312", "gbk"),
            ("mac", "macintosh"),
            ("MacRoman", "macintosh"),
            ("cp1250", "windows-1250"),
            ("cp437", "cp437"),
            ("IBM-850", "cp850"),
            ("ibm866", "ibm866"),
        ] {
            assert_eq!(Charset::named(label).map(Charset::name).as_deref(), Some(name), "{label}");
        }
        for label in ["", "latin9000", "cp", "cp9", "437", "iso-2022-cn"] {
            assert!(!is_encoding(label), "{label}");
        }
    }

    #[test]
    fn text_is_decoded_whole_or_not_at_all() {
        let decoded = |label, bytes: &[u8]| Charset::named(label).unwrap().decode(bytes);
        assert_eq!(decoded("cp437", b"Jos\x82").as_deref(), Some("José"));
        assert_eq!(decoded("macintosh", b"Jos\x8e").as_deref(), Some("José"));
        assert_eq!(decoded("shift_jis", b"\x8e\x52\x93\x63").as_deref(), Some("山田"));
        assert_eq!(decoded("shift_jis", b"\x8e"), None);
        assert_eq!(decoded("cp857", b"\xd5"), None);
    }
}
