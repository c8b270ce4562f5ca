//! What looks like an id of the API wherever it is: 24 hex digits, or `cl-` and a UUID.
//!
//! Only to doubt a file by it; which ids are valid is decided elsewhere.

/// Whether a text is an id and nothing else.
pub(super) fn is_id(text: &str) -> bool {
    is_id_word(text.trim().as_bytes())
}

/// Whether an id is somewhere in a text.
pub(super) fn holds_id(text: &[u8]) -> bool {
    text.split(|b| !b.is_ascii_alphanumeric() && *b != b'-').any(is_id_word)
}

fn is_id_word(word: &[u8]) -> bool {
    let is_hex = |part: &[u8]| part.iter().all(u8::is_ascii_hexdigit);
    if word.len() == 24 {
        return is_hex(word);
    }
    let uuid = word.strip_prefix(b"cl-").unwrap_or(word);
    let mut groups = 0;
    let hex = uuid.split(|b| *b == b'-').all(|group| {
        groups += 1;
        is_hex(group) && matches!((groups, group.len()), (1, 7 | 8) | (2..=4, 4) | (5, 12))
    });
    hex && groups == 5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_as_whole_words() {
        let contact = "65f7d49a5dd06e2cefa45012";
        let list = "cl-718e0000-3aca-4008-973e-6d7994000000";
        for text in [contact, list, &contact.to_uppercase()] {
            assert!(is_id(text) && is_id(&format!(" {text} ")), "{text}");
            assert!(holds_id(format!("see \"{text}\", please").as_bytes()), "{text}");
        }
        for text in
            ["", "id", "9812345678", &format!("{contact}0"), "718e0000-3aca-4008", "deadbeef"]
        {
            assert!(!is_id(text) && !holds_id(text.as_bytes()), "{text}");
        }
    }
}
