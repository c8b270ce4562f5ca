//! The contact lists of an account. They come all at once, so nothing is stored and nothing can be missing between pages.

use super::asker::Asker;
use super::event::Watch;
use super::trouble::{Other, Patience};
use super::way::Way;
use crate::api::wire::{BodyPart, ContactList, list_request, lists_request};
use crate::model::settings::RateWindow;
use crate::model::{Exit, RunError, Service};

/// The kinds of lists that are asked for. The second is not documented: where it is refused there are none of it.
const KINDS: [&str; 2] = ["call", "sms"];
/// The methods, the likelier first.
const METHODS: [&str; 2] = ["GET", "POST"];
/// The longest answer that is read, bytes: lists are few, and each names its campaigns.
const LONGEST: u64 = 64 << 20;

/// The contact lists that were read.
pub type ContactLists = Vec<ContactList>;

/// Reads the contact lists of an account.
pub struct ListReader<'a>(Asker<'a>);

impl std::fmt::Debug for ListReader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ListReader(…)")
    }
}

impl<'a> ListReader<'a> {
    /// A reader that asks at no more than `rate`.
    pub fn new(way: Way<'a>, rate: &[RateWindow], patience: Patience, watch: Watch<'a>) -> Self {
        Self(Asker::new(way, Service::Campaigns, rate, patience, watch))
    }

    /// Every contact list once, in the order in which the server gives them.
    ///
    /// # Errors
    /// Exit 4 for what passes, when it takes too long; exit 6 where the server does not give them.
    pub async fn read(&mut self) -> Result<ContactLists, RunError> {
        let mut lists: Option<ContactLists> = None;
        let mut methods = METHODS.to_vec();
        for kind in KINDS {
            let found = self.of_kind(kind, &mut methods).await?;
            match (&mut lists, found) {
                (None, None) => return Err(refused()),
                (None, found) => lists = found,
                (Some(lists), found) => {
                    for list in found.into_iter().flatten() {
                        if !lists.iter().any(|known| known.id == list.id) {
                            lists.push(list);
                        }
                    }
                }
            }
        }
        Ok(lists.unwrap_or_default())
    }

    /// One of them, with all that the server says of it; `None` where it does not give it.
    ///
    /// # Errors
    /// Those of [`Self::read`].
    pub async fn one(&mut self, id: &str) -> Result<Option<ContactList>, RunError> {
        let request = list_request(self.0.way.target, id);
        let read = |answer: &crate::api::http::Answer| match answer.parts().body {
            BodyPart::Whole(body) if (200..300).contains(&answer.status) => {
                ContactList::read_one(body).filter(|list| list.id.eq_ignore_ascii_case(id))
            }
            _ => None,
        };
        Ok(self.0.ask(&request, LONGEST, Other::Nothing, read).await?.0)
    }

    /// The lists of a kind, by the method that this server takes; `None` where it refuses.
    async fn of_kind(
        &mut self,
        kind: &str,
        methods: &mut Vec<&'static str>,
    ) -> Result<Option<ContactLists>, RunError> {
        for method in methods.clone() {
            let request = lists_request(self.0.way.target, method, kind);
            let read = |answer: &crate::api::http::Answer| match answer.parts().body {
                BodyPart::Whole(body) if (200..300).contains(&answer.status) => {
                    ContactList::read_all(body)
                }
                _ => None,
            };
            if let (Some(lists), _) = self.0.ask(&request, LONGEST, Other::Method, read).await? {
                *methods = vec![method];
                return Ok(Some(lists));
            }
        }
        Ok(None)
    }
}

fn refused() -> RunError {
    let message = "the server refuses to list the contact lists; nothing was changed";
    RunError::new(Exit::NeedsPerson, message)
        .hint("they need the scope Campaign Management, and `target.stream_id` of the right app")
}
