//! Which ids may be sent (design, `id_format`). An id becomes a path segment in two operations, so
//! none passes that could reach another route.

use crate::model::IdKind;
use crate::model::settings::IdFormat;

use super::damage::Fault;
use super::text;

/// What the id is that an operation needs, for those who have another one in its place.
pub fn what_an_id_is(kind: IdKind) -> &'static str {
    if kind == IdKind::ContactList { LIST_ID } else { KORE_ID }
}

const LIST_ID: &str =
    "it is `cl-` and a UUID-like string, as Kore.ai's list of contact lists has it";

const KORE_ID: &str = "a contact's id in Kore.ai is 24 characters of 0-9 and a-f, such as \
                                  `6960cbe9b155d194e2f00001`: Kore.ai's list of contacts has it \
                                  (`GET …/contacts`, `korebulk export`), the numbers of other systems are none; \
                                  rows without it can be matched by number and name (`[match]`)";

/// Path segments that are routes of the API, in any letter case.
const ROUTES: [&str; 3] = ["bulk-delete", "bulk-update", "import-contacts"];

/// The longest id that `any` lets through, characters.
const LONGEST: usize = 128;

/// Whether this id, already trimmed, may be sent.
pub(super) fn check(id: &str, format: IdFormat, kind: IdKind) -> Result<(), Fault> {
    // Nearly all ids are good ones: what has a letter and hex digits only is no spoilt number.
    let is_rounded = text::is_rounded(id);
    if id.len() == 24 && is_hex(id) && kind == IdKind::Contact && !is_rounded {
        return Ok(());
    }
    if is_rounded || text::is_scientific(id) || text::is_float(id) {
        return Err((
            "was spoilt by a spreadsheet, which took it for a number",
            "its digits are lost: export the column again as text",
        ));
    }
    match format {
        IdFormat::Objectid if kind == IdKind::ContactList => list_id(id),
        IdFormat::Objectid => object_id(id),
        IdFormat::Any => any(id),
    }
}

fn object_id(id: &str) -> Result<(), Fault> {
    if id.len() == 24 && is_hex(id) {
        return Ok(());
    }
    let problem =
        if is_hex(id) { "does not have 24 characters" } else { "is not hexadecimal throughout" };
    Err((problem, KORE_ID))
}

/// `cl-` and a UUID-like string whose first group has 7 or 8 digits (docs/kore-api.md, "Ids").
fn list_id(id: &str) -> Result<(), Fault> {
    let groups: Vec<&str> = id.strip_prefix("cl-").unwrap_or_default().split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    let uuid_like = matches!(lengths.as_slice(), [7 | 8, 4, 4, 4, 12]);
    if uuid_like && groups.iter().all(|group| is_hex(group)) {
        return Ok(());
    }
    Err(("is not the id of a contact list", LIST_ID))
}

fn any(id: &str) -> Result<(), Fault> {
    const RULE: &str = "ids are 1 to 128 characters of A-Z a-z 0-9 - . _ ~";
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    if !id.bytes().all(unreserved) {
        return Err(("has characters that are not safe in a path", RULE));
    }
    if id.is_empty() || id.len() > LONGEST {
        return Err(("is longer than 128 characters", RULE));
    }
    if id == "." || id == ".." || ROUTES.iter().any(|route| route.eq_ignore_ascii_case(id)) {
        return Err(("is a route of the API", "it would reach another endpoint"));
    }
    Ok(())
}

fn is_hex(text: &str) -> bool {
    // Looked at to the end whatever is found, which costs less than a way out at each byte.
    text.bytes().fold(0, |all, byte| all | DIGITS[usize::from(byte)]) < 16
}

/// The value of each hex digit; 255 for what is none.
const DIGITS: [u8; 256] = {
    let mut digits = [255; 256];
    let mut value = 0;
    while value < 16 {
        let digit = b"0123456789abcdef"[value as usize];
        digits[digit as usize] = value;
        digits[digit.to_ascii_uppercase() as usize] = value;
        value += 1;
    }
    digits
};

/// The 96 bits by which ids are compared: those of an object id themselves, whatever the case of
/// its letters (it is a number), as those of a contact list are; of any other id a hash of its text as it is.
pub fn key(id: &str) -> [u8; 12] {
    let digits = id.as_bytes();
    if digits.len() == 24 && is_hex(id) {
        let value = |at: usize| DIGITS[usize::from(digits[at])];
        std::array::from_fn(|n| value(2 * n) << 4 | value(2 * n + 1))
    } else if list_id(id).is_ok() {
        hashed(&id.to_ascii_lowercase())
    } else {
        hashed(id)
    }
}

/// The same for those whom nothing may touch: of two ids that differ by letter case alone, a list means both.
pub fn key_in_any_case(id: &str) -> [u8; 12] {
    let is_number = id.len() == 24 && is_hex(id);
    if is_number { key(id) } else { hashed(&id.to_ascii_lowercase()) }
}

fn hashed(text: &str) -> [u8; 12] {
    let hash = xxhash_rust::xxh3::xxh3_128(text.as_bytes()).to_be_bytes();
    std::array::from_fn(|n| hash[n])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn problem(id: &str, format: IdFormat, kind: IdKind) -> Option<&'static str> {
        check(id, format, kind).err().map(|(problem, _)| problem)
    }

    #[test]
    fn object_ids_are_24_hex_characters() {
        let of = |id| problem(id, IdFormat::Objectid, IdKind::Contact);
        assert_eq!(of("6960cbe9b155d194e2f00001"), None);
        assert_eq!(of("6960CBE9B155D194E2F00001"), None);
        assert_eq!(of("6960cbe9b155d194e2fxxxxx"), Some("is not hexadecimal throughout"));
        assert_eq!(of("6960cbe9"), Some("does not have 24 characters"));
        assert_eq!(of("6.96E+23"), Some("was spoilt by a spreadsheet, which took it for a number"));
    }

    #[test]
    fn an_id_that_was_a_number_once_is_none() {
        for format in [IdFormat::Objectid, IdFormat::Any] {
            let of = |id| problem(id, format, IdKind::Contact).is_some();
            for spoilt in [
                "512345678901234000000000", // 15 digits: what Excel keeps
                "512345678901234500000000", // the shortest text of the float
                "512345678901234538381312", // all digits of the float
            ] {
                assert!(of(spoilt), "{spoilt}");
            }
            for whole in
                ["512345678901234567890123", "660000000000000000000001", "65f7d49a5dd06e000000000a"]
            {
                assert!(!of(whole), "{whole}");
            }
        }
    }

    #[test]
    fn list_ids_have_7_or_8_digits_in_their_first_group() {
        let of = |id| problem(id, IdFormat::Objectid, IdKind::ContactList);
        assert_eq!(of("cl-718e888-3aca-4008-973e-6d7994000001"), None);
        assert_eq!(of("cl-718e8880-3aca-4008-973e-6d7994000001"), None);
        for bad in ["718e8880-3aca-4008-973e-6d7994000001", "cl-", "cl-718e88-3aca-4008-973e-6d79"]
        {
            assert_eq!(of(bad), Some("is not the id of a contact list"));
        }
    }

    #[test]
    fn no_id_reaches_another_route() {
        let of = |id| problem(id, IdFormat::Any, IdKind::Contact);
        for route in [".", "..", "bulk-delete", "Bulk-Update", "IMPORT-CONTACTS"] {
            assert_eq!(of(route), Some("is a route of the API"), "{route}");
        }
        assert_eq!(of("a/b"), Some("has characters that are not safe in a path"));
        assert_eq!(of("a%2fb"), Some("has characters that are not safe in a path"));
        assert_eq!(of("a.b~c_D-1"), None);
        assert_eq!(of(&"a".repeat(129)), Some("is longer than 128 characters"));
    }

    #[test]
    fn object_ids_are_compared_as_numbers_and_others_as_text() {
        assert_eq!(key("6960cbe9b155d194e2f0000A"), key("6960CBE9B155D194E2F0000a"));
        assert_eq!(key("000000000000000000000010")[11], 0x10);
        assert_ne!(key("cl-718e888a"), key("cl-718e888A"));
        assert_eq!(key_in_any_case("cl-718e888a"), key_in_any_case("cl-718e888A"));
        let [list, shouted] =
            ["a", "A"].map(|d| key(&format!("cl-718e888{d}-3aca-4008-973e-6d7994000001")));
        assert_eq!(list, shouted);
    }

    proptest! {
        #[test]
        fn whatever_passes_is_one_plain_path_segment(id in "\\PC{0,30}|[a-zA-Z0-9._~-]{0,140}") {
            for kind in [IdKind::Contact, IdKind::ContactList] {
                for format in [IdFormat::Any, IdFormat::Objectid] {
                    if check(&id, format, kind).is_ok() {
                        prop_assert!((1..=128).contains(&id.len()));
                        prop_assert!(!id.contains(['/', '?', '#', '%', '"', '\\', ' ']));
                        prop_assert!(id != "." && id != "..");
                    }
                }
            }
        }
    }
}
