//! How the settings call a column: by its header, or where that is no name (blank, or of several columns)
//! by its letters as spreadsheets count, or by its number from 1.

use super::field::fold;

/// The column that is called so; otherwise all that could be meant, or none.
pub(super) fn column(header: &[String], name: &str) -> Result<usize, Vec<usize>> {
    let exact = places(header, |column| !name.trim().is_empty() && column == name);
    let found = if exact.is_empty() {
        let folded = fold(name);
        places(header, |column| !folded.is_empty() && fold(column) == folded)
    } else {
        exact
    };
    match found.as_slice() {
        [one] => Ok(*one),
        [] => lettered(name).filter(|column| is_nameless(header, *column)).ok_or(found),
        _ => Err(found),
    }
}

/// A name that leads to this column.
pub(super) fn name_of(header: &[String], column: usize) -> String {
    let names = [
        header[column].clone(),
        letters(column),
        (column + 1).to_string(),
        format!("#{}", column + 1),
    ];
    let fits = |name: &&String| self::column(header, name) == Ok(column);
    names.iter().find(fits).unwrap_or(&names[0]).clone()
}

/// The indices of the columns that fit.
pub(super) fn places(header: &[String], fits: impl Fn(&str) -> bool) -> Vec<usize> {
    (0..header.len()).filter(|column| fits(&header[*column])).collect()
}

/// The column of these letters, or of this number, whatever it is called.
pub(super) fn lettered(name: &str) -> Option<usize> {
    let is_letters = (1..=3).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphabetic());
    let number = if is_letters {
        let digit = |b: u8| usize::from(b.to_ascii_uppercase() - b'@');
        name.bytes().fold(0, |number, b| number * 26 + digit(b))
    } else {
        name.strip_prefix('#').unwrap_or(name).parse().ok()?
    };
    number.checked_sub(1)
}

/// `A`, `B`, … `Z`, `AA`, …
fn letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        let digit = (0..26_u8).find(|digit| usize::from(*digit) == (rest - 1) % 26).unwrap_or(0);
        letters.push(char::from(b'A' + digit));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

/// Whether a column's header is no name of it alone.
fn is_nameless(header: &[String], column: usize) -> bool {
    header.get(column).is_some_and(|name| {
        name.trim().is_empty() || places(header, |other| other == name).len() > 1
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn header(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn columns_without_a_name_of_their_own_have_letters_and_numbers() {
        let header = header(&["Name", "", "Key", "Key", "first name", "First_Name"]);
        for (name, column) in
            [("Name", 0), ("name", 0), ("B", 1), ("b", 1), ("2", 1), ("C", 2), ("4", 3), ("#4", 3)]
        {
            assert_eq!(super::column(&header, name), Ok(column), "{name}");
        }
        assert_eq!(column(&header, "Key"), Err(vec![2, 3]));
        assert_eq!(column(&header, "First Name"), Err(vec![4, 5]));
        for none in ["A", "1", "Z", "0", "", " "] {
            assert_eq!(column(&header, none), Err(vec![]), "{none}");
        }
        let names: Vec<String> = (0..6).map(|column| name_of(&header, column)).collect();
        assert_eq!(names, ["Name", "B", "C", "D", "first name", "First_Name"]);
        assert_eq!(
            [0, 25, 26, 701, 702, 16_383].map(letters),
            ["A", "Z", "AA", "ZZ", "AAA", "XFD"]
        );
    }

    proptest! {
        #[test]
        fn every_column_has_a_name_that_leads_to_it(
            header in proptest::collection::vec("|[AB12]| |Key|key", 1..8),
        ) {
            for column in 0..header.len() {
                prop_assert_eq!(super::column(&header, &name_of(&header, column)), Ok(column));
            }
        }
    }
}
