//! One request on its way: written down, signed, sent, answered. Decides nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::BookEntry;
use crate::api::credentials::Signing;
use crate::api::http::{Answer, Client, Fault};
use crate::api::wire::WireRequest;
use crate::model::RunError;
use crate::model::settlement::Intent;
use crate::pace::Permit;

/// Everything one request needs.
pub(super) struct Flight {
    pub(super) request: WireRequest,
    pub(super) intent: Intent,
    /// Bytes of an answer beyond which it is unreadable.
    pub(super) answer_limit: u64,
    pub(super) client: Arc<Client>,
    pub(super) signing: Arc<Signing>,
    pub(super) books: mpsc::Sender<BookEntry>,
    /// Set once the request may have left this machine.
    pub(super) left: Arc<AtomicBool>,
    pub(super) permit: Permit,
}

/// How it ended.
pub(super) struct Landed {
    pub(super) landing: Landing,
    /// From first byte sent to answer read, or to giving up.
    pub(super) latency: Duration,
}

pub(super) enum Landing {
    /// The books could not take the intent: nothing left.
    Unwritten,
    /// It could not be signed: nothing left.
    Unsigned(RunError),
    /// An answer came, whole or not.
    Answered(Answer),
    /// None came.
    Faulted(Fault),
}

impl Flight {
    /// Design rule 5.8: the intent is on disk before the first byte; 5.1: the permit comes back
    /// after the answer's head, or when it is given up.
    pub(super) async fn fly(self) -> Landed {
        let Self { request, intent, answer_limit, client, signing, books, left, permit } = self;
        let grounded = |landing| Landed { landing, latency: Duration::ZERO };
        let (written, on_disk) = oneshot::channel();
        if books.send(BookEntry::Intent { intent, written }).await.is_err()
            || on_disk.await.is_err()
        {
            return grounded(Landing::Unwritten);
        }
        let token = match signing.token(SystemTime::now()) {
            Ok(token) => token,
            Err(error) => return grounded(Landing::Unsigned(error)),
        };
        let start = Instant::now();
        left.store(true, Ordering::Relaxed);
        let landing = match client.send(request, &token, permit).await {
            Ok(head) => Landing::Answered(head.body(answer_limit).await),
            Err(fault) => Landing::Faulted(fault),
        };
        Landed { landing, latency: start.elapsed() }
    }
}
