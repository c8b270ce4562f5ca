//! Hints for a column or a field that the settings name and the table does not have.
//!
//! They say what is there; no hint may lead to wrong data.

use crate::base::nearest::nearest;
use crate::model::Operation;

use super::error::ticked;
use super::field::{Field, fold};
use super::guess::aliases;
use super::naming::name_of;

/// Whether a header names a field, in a spelling of the API's name or as other programs write it.
pub(super) fn may_mean(header: &str, field: Field, operation: Operation) -> bool {
    let folded = aliases::fold(header);
    Field::meant_by(header, operation) == Some(field)
        || aliases::of(field).iter().any(|tier| tier.contains(&folded.as_str()))
}

/// The column nearest to a name that is not there.
pub(super) fn nearest_hint(name: &str, header: &[String]) -> String {
    let folded: Vec<String> = header.iter().map(|column| fold(column)).collect();
    let near = nearest(&fold(name), folded.iter().map(String::as_str));
    match near.and_then(|near| folded.iter().position(|column| column == near)) {
        Some(column) if !looks_like_data(header) => {
            format!("nearest: {}", ticked([&header[column]]))
        }
        _ => columns_are(header),
    }
}

/// Columns that may be meant for fields which nothing feeds.
pub(super) fn candidates_hint(fields: &[Field], header: &[String]) -> String {
    let candidate = |field: &Field| {
        let alias = |column: &&String| {
            let folded = aliases::fold(column);
            aliases::of(*field).iter().any(|tier| tier.contains(&folded.as_str()))
        };
        let column = header.iter().find(alias)?;
        Some(format!("`{column}` may be `{}`", field.name()))
    };
    let mut hints: Vec<String> = fields.iter().filter_map(candidate).collect();
    hints.push(columns_are(header));
    hints.join("; ")
}

/// What the columns are called; no row of somebody's data in the place of a header.
fn columns_are(header: &[String]) -> String {
    if looks_like_data(header) {
        "its first row looks like data: write a header above it, or say `--header-row 0` and call the \
         columns by letter or number"
            .to_owned()
    } else if header.iter().all(|name| name.trim().is_empty()) {
        match header.len() {
            1 => "its column has no name: call it by letter or number, `A` or `1`".to_owned(),
            n => format!("its {n} columns have no names: call them by letter or number"),
        }
    } else {
        format!("its columns are {}", shortened(header))
    }
}

/// Numbers of any kind and addresses of mail name no column.
fn looks_like_data(header: &[String]) -> bool {
    header.iter().any(|name| {
        let name = name.trim();
        let digits = name.chars().filter(|c| c.is_numeric()).count();
        let all = name.chars().count();
        (digits > 0 && digits == all)
            || (digits >= 6 && digits * 2 >= all)
            || name.split_once('@').is_some_and(|(_, host)| host.contains('.'))
    })
}

fn shortened(header: &[String]) -> String {
    const SHOWN: usize = 12;
    // A blank header is no name; its letter is one.
    let name = |(at, name): (usize, &String)| match name.trim().is_empty() {
        true => name_of(header, at),
        false => name.clone(),
    };
    let names: Vec<String> = header.iter().enumerate().take(SHOWN).map(name).collect();
    let shown = ticked(names.iter());
    match header.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    #[test]
    fn hints_name_the_likeliest_columns() {
        let header: Vec<String> = ["id", "Given Name", "Mobile"].map(str::to_owned).into();
        assert_snapshot!(
                candidates_hint(&[Field::FirstName, Field::LastName, Field::PhoneNumber], &header), @r#"`Given Name` may be `firstName`; `Mobile` may be `cellPhone.phoneNumber`; its columns are `id`, `Given Name`, `Mobile`"#);
        let many: Vec<String> = (0..15).map(|n| format!("c{n}")).collect();
        assert_snapshot!(nearest_hint("firstName", &many), @r#"its columns are `c0`, `c1`, `c2`, `c3`, `c4`, `c5`, `c6`, `c7`, `c8`, `c9`, `c10`, `c11` and 3 more"#);
    }
}
