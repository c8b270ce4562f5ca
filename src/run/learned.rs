//! The batch size that worked, remembered for 30 days per server, account and operation (docs/contract.md, "Batches").

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use xxhash_rust::xxh3::xxh3_128;

use super::environment::state_dirs;
use crate::base::origin;
use crate::base::private;
use crate::config::Plan;

/// Where they lie in the user's own state directory.
const SIZES: &str = "batch-sizes";

const FOR: Duration = Duration::from_hours(30 * 24);

/// The size that worked last time, where it is fresh. A sandbox is new every time.
pub(crate) fn batch_size(plan: &Plan) -> Option<u32> {
    let (directory, name) = place(plan)?;
    let path = directory.join(SIZES).join(name);
    let written = fs::metadata(&path).ok()?.modified().ok()?;
    // One from the future has no age that could be believed.
    let _fresh = SystemTime::now().duration_since(written).ok().filter(|age| *age <= FOR)?;
    private::read_to_string(&path).ok()?.trim().parse().ok().filter(|size| *size > 0)
}

/// Remembers it. A state directory that cannot be written costs a few requests next time, no more.
pub(crate) fn remember(plan: &Plan, size: u32) {
    let Some((directory, name)) = place(plan) else { return };
    let _ = private::directory(&directory)
        .and_then(|directory| private::subdirectory(&directory, SIZES))
        .and_then(|sizes| private::replace(&sizes.join(name), &format!("{size}\n"), 0o600));
}

/// The state directory, and the name of the file in it.
fn place(plan: &Plan) -> Option<(PathBuf, String)> {
    if plan.target.is_sandbox() || !plan.operation.is_bulk() {
        return None;
    }
    let target = &plan.target;
    let of = [&origin::key(&target.host), &target.account_id, plan.operation.name()].join("\n");
    let name = format!("{:032x}", xxh3_128(of.as_bytes()));
    Some((state_dirs().ok()?.own?, name))
}
