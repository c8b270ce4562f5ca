//! The batch size that worked, remembered for 30 days per host, account and operation (rule 5.2).

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use xxhash_rust::xxh3::xxh3_128;

use super::surroundings::state_dir;
use crate::config::Plan;

const FOR: Duration = Duration::from_hours(30 * 24);

/// The size that worked last time, where it is fresh. A sandbox is new every time.
pub(crate) fn batch_size(plan: &Plan) -> Option<u32> {
    let path = place(plan)?;
    let age = SystemTime::now().duration_since(fs::metadata(&path).ok()?.modified().ok()?);
    if age.unwrap_or_default() > FOR {
        return None;
    }
    fs::read_to_string(path).ok()?.trim().parse().ok().filter(|size| *size > 0)
}

/// Remembers it. A state directory that cannot be written costs a few requests next time, no more.
pub(crate) fn remember(plan: &Plan, size: u32) {
    let Some(path) = place(plan) else { return };
    let beside = path.with_extension("new");
    let _ = path
        .parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| fs::write(&beside, format!("{size}\n")))
        .and_then(|()| fs::rename(&beside, &path));
}

fn place(plan: &Plan) -> Option<PathBuf> {
    if plan.target.is_sandbox() || !plan.operation.is_bulk() {
        return None;
    }
    let target = &plan.target;
    let of = [&target.host, &target.account_id, plan.operation.name()].join("\n");
    let name = format!("{:032x}", xxh3_128(of.as_bytes()));
    Some(state_dir().join("batch-sizes").join(name))
}
