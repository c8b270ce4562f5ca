//! What a session of sending came to, and the account's word on what it has left unknown.

use std::time::Duration;

use super::ends::SessionEnd;
use crate::model::RecordSet;
use crate::run::approve::access::Access;
use crate::run::learned;
use crate::run::open::{Reopened, Run};
use crate::run::over::Over;
use crate::run::signals::Signals;
use crate::run::stored::Input;

/// What a session came to. What it has left unknown is read back where that takes little.
pub(super) async fn session_over(
    run: Run,
    access: Access,
    input: Input,
    end: SessionEnd,
    sending: Duration,
    signals: &mut Signals,
) -> Over {
    let SessionEnd { journal, mut counted, mappers, stopped, mut broken, batch_size } = end;
    if let Some(size) = batch_size {
        learned::remember(&run.plan, size);
    }
    let input = Input { mappers, ..input };
    let to_send = RecordSet::default();
    let mut ended = Reopened { run, journal, input, to_send, access: Some(access) };
    if stopped.is_none() && broken.is_none() {
        match Box::pin(ended.read_back_last(signals)).await {
            // The counts of while it was sent hold no longer.
            Ok(true) => counted = None,
            Ok(false) => {}
            Err(error) => (counted, broken) = (None, Some(error)),
        }
    }
    let Reopened { run, journal, input, .. } = ended;
    Over { counted, stopped, broken, sending, ..Over::of(run, journal, input) }
}
