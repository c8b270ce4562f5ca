//! One request on its way: written down, signed, sent, answered. Decides nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::RecorderMessage;
use crate::api::credentials::Signing;
use crate::api::http::{Answer, Client, Fault};
use crate::api::wire::WireRequest;
use crate::model::RunError;
use crate::model::settlement::Intent;
use crate::pace::Permit;

/// Everything one request needs.
pub(super) struct Attempt {
    pub(super) request: WireRequest,
    pub(super) intent: Intent,
    /// Bytes of an answer beyond which it is unreadable.
    pub(super) answer_limit: u64,
    pub(super) client: Arc<Client>,
    pub(super) signing: Arc<Signing>,
    pub(super) recorder: mpsc::Sender<RecorderMessage>,
    /// Set once the request may have left this machine.
    pub(super) left: Arc<AtomicBool>,
    pub(super) permit: Permit,
}

/// How it ended.
pub(super) enum AttemptEnd {
    /// The recorder could not take the intent: nothing left.
    Unwritten,
    /// It could not be signed: nothing left.
    Unsigned(RunError),
    /// An answer came, whole or not; from first byte sent to answer read.
    Answered(Answer, Duration),
    /// None came; from first byte sent to giving up.
    Faulted(Fault, Duration),
}

impl Attempt {
    /// The intent is on disk before the first byte (`docs/contract.md`, "Intent before action"); the
    /// permit comes back after the answer's head, or when it is given up ("Pace").
    pub(super) async fn run(self) -> AttemptEnd {
        let Self { request, intent, answer_limit, client, signing, recorder, left, permit } = self;
        let (written, on_disk) = oneshot::channel();
        if recorder.send(RecorderMessage::Intent { intent, written }).await.is_err()
            || on_disk.await.is_err()
        {
            return AttemptEnd::Unwritten;
        }
        let token = match signing.token(SystemTime::now()) {
            Ok(token) => token,
            Err(error) => return AttemptEnd::Unsigned(error),
        };
        let start = Instant::now();
        left.store(true, Ordering::Relaxed);
        match client.send(request, &token, permit).await {
            Ok(head) => {
                let answer = head.body(answer_limit).await;
                AttemptEnd::Answered(answer, start.elapsed())
            }
            Err(fault) => AttemptEnd::Faulted(fault, start.elapsed()),
        }
    }
}
