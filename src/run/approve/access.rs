//! What a run needs to reach its target: connections, credentials, and for a sandbox the server itself.

use std::sync::Arc;

use jiff::Timestamp;

use crate::api::credentials::Signing;
use crate::api::http::Client;
use crate::api::sign::Signer;
use crate::config::Plan;
use crate::map::{Mapped, Mapper};
use crate::model::settings::Target;
use crate::model::{IdKind, Ordinal, Row, RunError};
use crate::pace::Pace;
use crate::run::environment::{state_dirs, variable};
use crate::run::run_dir::RunDir;
use crate::run::signals::Signals;
use crate::sandbox::{self, SeedContact, StorePlace};
use crate::store::CopyReader;

/// The sandbox's data in a run's directory.
const SANDBOX: &str = "sandbox.db";

/// The way to the target. Dropping it stops a sandbox.
pub(crate) struct Access {
    pub(crate) client: Arc<Client>,
    pub(crate) signing: Arc<Signing>,
    /// Without a permit of it nothing is sent.
    pub(crate) pace: Arc<Pace>,
    /// The target with the host that is really asked.
    pub(crate) target: Target,
    _sandbox: Option<sandbox::Thread>,
}

impl Access {
    /// Finds the credentials and sets up the connections; asks nobody yet. A command may take its time, and a file may be
    /// one that waits for its writer: to be called off the runtime's thread.
    ///
    /// # Errors
    /// Exit 2 when they cannot be used.
    pub(crate) async fn to(plan: &Plan) -> Result<Self, RunError> {
        let (target, limits) = (plan.target.clone(), plan.limits.clone());
        let signing = Signing::load(&target, &variable).await?;
        let client = Client::new(&target, limits.connect_timeout, limits.timeout)?;
        Ok(Self {
            client: Arc::new(client),
            signing: Arc::new(signing),
            pace: Arc::new(Pace::new(&limits, &target, &state_dirs()?)),
            target,
            _sandbox: None,
        })
    }

    /// Starts the run's own sandbox in its directory, filled with what the input names.
    pub(crate) fn to_sandbox(plan: &Plan, run: &RunDir) -> Result<Self, RunError> {
        let defaults = sandbox::Config::default();
        // What is taken back was done to that run's own.
        let of =
            plan.undoes.as_ref().map_or_else(|| run.clone(), |undoes| run.beside(&undoes.first));
        let signer = Signer::new(&plan.target.client_id, defaults.client_secret.as_bytes());
        let thread = sandbox::Thread::start(sandbox::Config {
            store: StorePlace::File(of.path.join(SANDBOX)),
            stream_id: plan.target.stream_id.clone(),
            account_id: plan.target.account_id.clone(),
            client_id: plan.target.client_id.clone(),
            // Filled from the input, an account to select from would be the selection itself.
            sample: plan.has_sample(),
            ..defaults
        })?;
        if !plan.has_sample() {
            fill(&thread, plan, run)?;
        }
        let host = format!("http://{}", thread.addr());
        let target = Target { host, ..plan.target.clone() };
        let client = Client::new(&target, plan.limits.connect_timeout, plan.limits.timeout)?;
        Ok(Self {
            client: Arc::new(client),
            signing: Arc::new(Signing::Secret(signer)),
            pace: Arc::new(Pace::new(&plan.limits, &target, &state_dirs()?)),
            target,
            _sandbox: Some(thread),
        })
    }
}

/// The way to the target, its secret found; for a sandbox the server itself.
///
/// # Errors
/// Exit 2 where it cannot be found; exit 4 after a signal.
pub(crate) async fn of(
    plan: &Plan,
    dir: &RunDir,
    signals: &mut Signals,
) -> Result<Access, RunError> {
    let (plan, dir) = (plan.clone(), dir.clone());
    let finding = async move {
        match plan.target.is_sandbox() {
            true => Access::to_sandbox(&plan, &dir),
            false => Access::to(&plan).await,
        }
    };
    signals.unless_signalled(finding).await
}

/// Fills a sandbox with what the input names.
fn fill(thread: &sandbox::Thread, plan: &Plan, run: &RunDir) -> Result<(), RunError> {
    let copy = CopyReader::open(&run.copy())?;
    // Mappers of their own: those of the run count what they see.
    let mapper = |source| Mapper::new(&plan.map, source, Timestamp::now());
    let mappers = copy.sources().iter().map(mapper).collect::<Result<_, _>>()?;
    let ids = Ids { copy, mappers, row: Row::default(), next: 0 };
    let spec = plan.operation.spec();
    if spec.id_kind == IdKind::ContactList {
        thread.seed_lists(ids)?;
    } else if spec.has_ids() {
        thread.seed_contacts(ids.map(|id| SeedContact { id, contact: None }))?;
    }
    Ok(())
}

/// The ids of every record that can be sent, from the stored copy.
struct Ids {
    copy: CopyReader,
    mappers: Vec<Mapper>,
    row: Row,
    next: Ordinal,
}

impl Iterator for Ids {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        // A copy that breaks here breaks again when it is sent from, with its error reported.
        while self.copy.next(&mut self.row).unwrap_or(false) {
            self.next = self.next.saturating_add(1);
            let mapper = self.mappers.get_mut(usize::from(self.row.source))?;
            if let Mapped::Checked(record) = mapper.map(self.next, &self.row) {
                return record.id().map(ToOwned::to_owned);
            }
        }
        None
    }
}
