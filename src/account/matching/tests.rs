//! Never a wrong contact, whatever the order, duplicates, inactive ones and shared numbers.

use std::slice::from_ref;

use proptest::prelude::*;

use super::{Candidate, Match, Name, judge};
use crate::model::settings::MatchBy;

fn candidate(id: &str, name: &str, is_active: bool) -> Candidate<'static> {
    Candidate { id: id.to_owned().into(), name: Name::of(name), is_active, is_sure: true }
}

fn by_name(name: &str, holders: &[Candidate<'_>], namesakes: &[Candidate<'_>]) -> Match {
    judge(MatchBy::PhoneAndName, Name::of(name).as_ref(), holders, namesakes)
}

#[test]
fn one_active_contact_with_number_and_name_is_a_match() {
    let anna = candidate("1", "Anna Berg", true);
    assert_eq!(by_name("Berg, Anna", from_ref(&anna), &[]), Match::Matched(0));
    let shared = [candidate("2", "Karl Berg", true), anna.clone()];
    assert_eq!(by_name("Anna Berg", &shared, &[]), Match::Matched(1));
    let imported_again = [candidate("3", "Anna Berg", false), anna];
    assert_eq!(by_name("Anna Berg", &imported_again, &[]), Match::Matched(1));
}

#[test]
fn everything_else_says_why_it_is_none() {
    let (anna, karl) = (candidate("1", "Anna Berg", true), candidate("2", "Karl Berg", true));
    let gone = candidate("3", "Anna Berg", false);
    assert_eq!(by_name("Anna Berg", &[], &[]), Match::Unmatched);
    assert_eq!(by_name("Anna Berg", &[], from_ref(&gone)), Match::Unmatched);
    assert_eq!(by_name("Anna Berg", &[], from_ref(&anna)), Match::Possible);
    assert_eq!(by_name("Anna Berg", from_ref(&karl), from_ref(&anna)), Match::OtherName);
    assert_eq!(by_name("Anna Berg", &[gone], &[]), Match::Inactive);
    assert_eq!(by_name("", from_ref(&anna), &[]), Match::Unconfirmed);
    let twice = [anna.clone(), candidate("4", "Anna Berg", true)];
    assert_eq!(by_name("Anna Berg", &twice, &[]), Match::Ambiguous);
    assert_eq!(
        by_name("A. Berg", &[anna.clone(), candidate("5", "Adam Berg", true)], &[]),
        Match::Ambiguous
    );
    let unsure = Candidate { is_sure: false, ..anna };
    assert_eq!(by_name("Anna Berg", &[unsure, karl], &[]), Match::Ambiguous);
}

#[test]
fn the_number_alone_is_a_match_where_one_active_contact_has_it() {
    let (anna, gone) = (candidate("1", "Anna Berg", true), candidate("3", "Karl", false));
    let by_phone = |holders: &[Candidate<'_>]| judge(MatchBy::Phone, None, holders, &[]);
    assert_eq!(by_phone(&[gone.clone(), anna.clone()]), Match::Matched(1));
    assert_eq!(by_phone(&[anna.clone(), anna]), Match::Ambiguous);
    assert_eq!(by_phone(from_ref(&gone)), Match::Inactive);
    assert_eq!(by_phone(&[]), Match::Unmatched);
}

fn contacts() -> impl Strategy<Value = Vec<Candidate<'static>>> {
    let contact = ("[ab] [xy]", any::<bool>(), any::<bool>());
    proptest::collection::vec(contact, 0..6).prop_map(|contacts| {
        let numbered = contacts.into_iter().enumerate();
        numbered
            .map(|(at, (name, is_active, is_sure))| Candidate {
                is_sure,
                ..candidate(&at.to_string(), &name.replace(' ', "nn "), is_active)
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn a_match_is_the_only_active_contact_that_fits(
        holders in contacts(), by_phone in any::<bool>(), row in "[ab]nn [xy]",
    ) {
        let by = if by_phone { MatchBy::Phone } else { MatchBy::PhoneAndName };
        let name = Name::of(&row);
        let fits = |holder: &Candidate<'_>| holder.is_active && (by_phone || holder.name == name);
        let fitting: Vec<usize> = (0..holders.len()).filter(|at| fits(&holders[*at])).collect();
        let judged = judge(by, name.as_ref(), &holders, &[]);
        match fitting.as_slice() {
            [only] if holders[*only].is_sure => prop_assert_eq!(judged, Match::Matched(*only)),
            [] => prop_assert!(!matches!(judged, Match::Matched(_) | Match::Ambiguous)),
            _ => prop_assert_eq!(judged, Match::Ambiguous),
        }
    }

    #[test]
    fn the_order_of_contacts_changes_nothing(mut holders in contacts(), row in "[ab]nn [xy]") {
        let name = Name::of(&row);
        let id = |judged: Match, holders: &[Candidate<'_>]| match judged {
            Match::Matched(at) => Err(holders[at].id.clone().into_owned()),
            other => Ok(other),
        };
        let one = id(judge(MatchBy::PhoneAndName, name.as_ref(), &holders, &[]), &holders);
        holders.reverse();
        let other = id(judge(MatchBy::PhoneAndName, name.as_ref(), &holders, &[]), &holders);
        prop_assert_eq!(one, other);
    }
}
