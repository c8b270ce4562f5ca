//! The order of ids, as far as it was seen.

use serde::{Deserialize, Serialize};

/// The order of ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// Fewer than two ids were seen.
    Unknown,
    /// Each id is greater than the one before.
    Ascending,
    /// Each id is less than the one before.
    Descending,
    /// Neither.
    None,
}

impl Order {
    /// The order of a page's ids.
    pub(crate) fn of(ids: &[&str]) -> Self {
        match ids {
            [] | [_] => Self::Unknown,
            [first, second, ..] => {
                let order = if first < second { Self::Ascending } else { Self::Descending };
                if order.holds(ids) { order } else { Self::None }
            }
        }
    }

    /// The order of both together: `None` where they contradict each other.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unknown, order) | (order, Self::Unknown) => order,
            (one, other) if one == other => one,
            _ => Self::None,
        }
    }

    /// Whether ids are in one order.
    pub(crate) fn is_strict(self) -> bool {
        matches!(self, Self::Ascending | Self::Descending)
    }

    /// Whether `later` is behind `earlier` in this order.
    pub(crate) fn behind(self, earlier: &str, later: &str) -> bool {
        match self {
            Self::Ascending => later > earlier,
            Self::Descending => later < earlier,
            Self::Unknown | Self::None => false,
        }
    }

    fn holds(self, ids: &[&str]) -> bool {
        ids.windows(2).all(|pair| self.behind(pair[0], pair[1]))
    }
}
