//! `token`: a signed token for curl, or its claims.

use std::time::SystemTime;

use crate::api::credentials::Signing;
use crate::api::sign::decode_claims;
use crate::base::terminal;
use crate::config::Signer;
use crate::model::settings::Target;
use crate::model::{Exit, RunError};
use crate::run::block_on;
use crate::run::environment::variable;

/// Prints a signed token for curl, or its claims.
///
/// # Errors
/// Exit 2 when the credential cannot be used.
pub fn token(signer: &Signer, decode: bool) -> Result<Exit, RunError> {
    let target = Target {
        host: String::new(),
        stream_id: String::new(),
        account_id: String::new(),
        client_id: signer.client_id.clone(),
        credentials: signer.credentials.clone(),
        ca_file: None,
    };
    let token =
        block_on(async { Signing::load(&target, &variable).await?.token(SystemTime::now()) })?;
    if !decode {
        terminal::print(&format!("{}\n", token.header()))?;
        return Ok(Exit::Finished);
    }
    let decoded = decode_claims(token.header())?;
    let both = serde_json::json!({"header": decoded.header, "claims": decoded.claims});
    terminal::print(&format!("{both:#}\n"))?;
    Ok(Exit::Finished)
}
