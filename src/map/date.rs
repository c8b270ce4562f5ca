//! Dates by their look, whatever the country: none of them is a phone number.

/// Whether digits are grouped as a date is: `2026-11-28`, `28.11.2026`, `11/28/26`.
pub(super) fn is_date(text: &str) -> bool {
    let text = text.trim_end_matches(['.', ',']);
    ['-', '.', '/', ' '].iter().any(|between| {
        let groups: Vec<&str> = text.split(*between).map(str::trim).collect();
        let [first, second, third] = groups[..] else { return false };
        match (is_year(first), is_year(third)) {
            (true, _) => are_month_and_day(second, third),
            (_, true) => are_month_and_day(first, second),
            // A year of two digits: groups of two with blanks between them may be a short phone number.
            _ => {
                *between != ' '
                    && third.len() == 2
                    && number(third, 99)
                    && are_month_and_day(first, second)
            }
        }
    })
}

fn is_year(group: &str) -> bool {
    group.len() == 4 && number(group, 2099) && (group.starts_with("19") || group.starts_with("20"))
}

/// In either order.
fn are_month_and_day(one: &str, other: &str) -> bool {
    (number(one, 12) && number(other, 31)) || (number(one, 31) && number(other, 12))
}

fn number(group: &str, most: u16) -> bool {
    let is_short = matches!(group.len(), 1..=4) && group.bytes().all(|b| b.is_ascii_digit());
    is_short && group.parse().is_ok_and(|number: u16| number <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_known_by_their_groups() {
        for text in [
            "2026-11-28",
            "28.11.2026",
            "11/28/2026",
            "28-11-2026",
            "28 11 2026",
            "1.2.26",
            "28. 11. 2026",
        ] {
            assert!(is_date(text), "{text}");
        }
        for text in [
            "0151-2000-0033",
            "2125-550-100",
            "01.23.45.67.89",
            "12 34 56",
            "2026-13-40",
            "20261128",
            "98.76.5432",
            "212-555-0100",
            "",
        ] {
            assert!(!is_date(text), "{text}");
        }
    }
}
