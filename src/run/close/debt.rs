//! What a run can owe to others once it has ended, as it is in its journal's outbox.

use serde::{Deserialize, Serialize};

use crate::audit::line::{Event, Line};
use crate::notify::alert::Message;
use crate::notify::metrics::RunMetrics;
use crate::notify::webhook::Ping;

/// One debt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Debt {
    /// The audit's line of its end.
    End(Box<Line>),
    /// The audit's line that its report is another one now, and why.
    Changed(Event),
    /// The ping of its end.
    Ping {
        /// Which one.
        ping: Ping,
        /// Its body.
        text: String,
    },
    /// The webhook's message of its end.
    Webhook(Box<Message>),
    /// The metrics of its end.
    Metrics(Box<RunMetrics>),
    /// The same, for a Pushgateway.
    Push(Box<RunMetrics>),
    /// Nothing to others: its contact data is being scrubbed, and has to be to the last file.
    Scrub,
}

impl Debt {
    /// Whether it belongs to the audit, which every command pays and without which nothing is sent.
    pub(crate) const fn is_audit(&self) -> bool {
        matches!(self, Self::End(_) | Self::Changed(_))
    }

    /// Whether a later end of the same job has made it pointless.
    pub(crate) const fn is_outdated_by_a_later_run(&self) -> bool {
        matches!(self, Self::Ping { .. } | Self::Webhook(_) | Self::Metrics(_) | Self::Push(_))
    }
}
