//! Refused credentials: sign once more, then a person is needed (docs/contract.md, "Reading an answer").
//!
//! Sees request numbers only, never a token.

use crate::model::settlement::RequestNumber;

/// Whether the server has refused the credentials since its last success.
#[derive(Debug, Default)]
pub(super) struct Credentials {
    /// Requests from this number on were signed after the refusal.
    signed_anew_from: Option<RequestNumber>,
}

impl Credentials {
    /// The request was refused; whether that is the second refusal.
    ///
    /// Requests that were in flight at the first one carry the old token: they show nothing new.
    pub(super) fn refused_again(&mut self, request: RequestNumber, next: RequestNumber) -> bool {
        let signed_anew = self.signed_anew_from.is_some_and(|from| request >= from);
        self.signed_anew_from.get_or_insert(next);
        signed_anew
    }

    /// The server took a token.
    pub(super) const fn accepted(&mut self) {
        self.signed_anew_from = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn siblings_in_flight_are_the_same_refusal_and_the_next_signed_one_is_the_second() {
        let mut credentials = Credentials::default();
        assert!(!credentials.refused_again(4, 8));
        assert!(!credentials.refused_again(7, 9));
        assert!(credentials.refused_again(8, 9));
    }

    #[test]
    fn a_success_forgets_the_first_refusal() {
        let mut credentials = Credentials::default();
        assert!(!credentials.refused_again(4, 5));
        credentials.accepted();
        assert!(!credentials.refused_again(6, 7));
    }
}
