//! When a fault may play: by request number, by time since the first request, by API.

use std::ops::RangeInclusive;
use std::time::Duration;

/// Conditions that must all hold; none by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::sandbox) struct When {
    /// Every Nth request.
    pub every: Option<u64>,
    /// Request numbers, from 1; empty for any.
    pub requests: Vec<RangeInclusive<u64>>,
    /// From this time after the first request.
    pub from: Option<Duration>,
    /// Until this time after the first request.
    pub until: Option<Duration>,
    /// In requests of the API of this name only.
    pub api: Option<&'static str>,
}

impl When {
    pub(super) fn holds(&self, number: u64, api: Option<&str>, elapsed: Duration) -> bool {
        self.every.is_none_or(|every| number.is_multiple_of(every))
            && (self.requests.is_empty() || self.requests.iter().any(|r| r.contains(&number)))
            && self.from.is_none_or(|from| elapsed >= from)
            && self.until.is_none_or(|until| elapsed < until)
            && (self.api.is_none() || self.api == api)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_conditions_must_hold() {
        let when = When {
            every: Some(2),
            requests: vec![3..=6, 9..=u64::MAX],
            from: Some(Duration::from_secs(10)),
            until: Some(Duration::from_secs(20)),
            api: Some("bulk-delete"),
        };
        let holds = |number, seconds, api| when.holds(number, api, Duration::from_secs(seconds));
        let delete = Some("bulk-delete");
        assert!(holds(4, 10, delete) && holds(10, 19, delete));
        assert!(!holds(8, 10, delete), "in no range");
        assert!(!holds(5, 10, delete), "odd");
        assert!(!holds(4, 9, delete) && !holds(4, 20, delete), "outside the time");
        assert!(!holds(4, 10, None) && !holds(4, 10, Some("bulk-update")));
    }
}
