//! The way to an account: one request at a time, behind everybody who waits to send.

use std::time::SystemTime;

use tokio::time::Instant;

use crate::api::credentials::Signing;
use crate::api::http::{Answer, Client};
use crate::api::reading::Read;
use crate::api::wire::WireRequest;
use crate::model::RunError;
use crate::model::settings::Target;
use crate::pace::Pace;

/// The way to the account.
#[derive(Debug, Clone, Copy)]
pub struct Way<'a> {
    /// The connections.
    pub client: &'a Client,
    /// What signs.
    pub signing: &'a Signing,
    /// The account's quota, shared with whoever sends.
    pub pace: &'a Pace,
    /// The account.
    pub target: &'a Target,
}

impl Way<'_> {
    /// One request with its permits; `Err` holds what the lack of an answer means.
    pub(super) async fn ask(
        &self,
        own_pace: &Pace,
        request: WireRequest,
        longest: u64,
    ) -> Result<Result<Answer, Read>, RunError> {
        let own = own_pace.permit().await;
        let permit = self.pace.permit_after_others().await;
        let token = self.signing.token(SystemTime::now())?;
        let sent = self.client.send(request, &token, permit).await;
        own.answered(Instant::now());
        match sent {
            Ok(head) => {
                let answer = head.body(longest).await;
                Ok(match &answer.body {
                    Err(fault) if answer.status < 300 => Err(fault.clone().read()),
                    _ => Ok(answer),
                })
            }
            Err(fault) => Ok(Err(fault.read())),
        }
    }
}
