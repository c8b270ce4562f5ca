//! How to go on after a run: the commands, and whether it can be taken back.

use std::path::Path;

use super::leftovers;
use super::run_dir::RunDir;
use crate::base::numbers::{by, counted};
use crate::base::shell::quoted;
use crate::config::{self, Plan};
use crate::model::settings::{Backup, Credentials, SecretSource};
use crate::model::{Effect, IdKind};
use crate::report::words::GoOn;
use crate::schedule::SECRETS;
use crate::store::PREVIOUS;

/// The commands to go on with after a run in the directory `dir`.
pub(crate) fn go_on(plan: &Plan, dir: &Path) -> GoOn {
    let rejected = ["rejected.csv", "rejected.jsonl"].map(|name| dir.join(name));
    let files = rejected.iter().filter(|file| file.is_file());
    let files: Vec<String> = files.map(|file| file.display().to_string()).collect();
    let mut go_on = GoOn {
        dir: dir.to_owned(),
        unit: plan.target.credentials.unit().map(str::to_owned),
        reads_back: !plan.operation.spec().idempotent,
        // What an undo left alone is not to be sent.
        fixed: (!files.is_empty() && plan.undoes.is_none())
            .then(|| config::command_for(plan, &files)),
        once: once(plan),
        ..GoOn::default()
    };
    go_on.undo = undo(plan, dir).map(|words| go_on.command(words));
    leftovers::go_on(plan, |name| dir.join(name), &mut go_on);
    go_on
}

/// What prints the way to run a command where the credentials are: a unit of systemd or a pod has them, and no
/// person at a shell.
fn once(plan: &Plan) -> Option<String> {
    let (Credentials::Secret(SecretSource::File(source))
    | Credentials::Token(SecretSource::File(source))) = &plan.target.credentials
    else {
        return None;
    };
    let is_pod = source.starts_with(SECRETS);
    let unit = plan.target.credentials.unit();
    let job = match (is_pod, unit, &plan.job_file) {
        // What the file is called in the pod is not what a person has.
        (true, ..) => "JOB.toml".to_owned(),
        (false, Some(_), Some(file)) => quoted(&file.to_string_lossy()).into_owned(),
        _ => return None,
    };
    let mut once = format!("korebulk schedule {job}");
    if let Some(profile) = plan.profile.as_ref().filter(|profile| profile.is_of_table()) {
        let own = |unit: &str| {
            let name = unit.strip_prefix("korebulk-")?;
            Some(name.strip_suffix(&format!("-{}.service", profile.name))?.to_owned())
        };
        let stem = profile.file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let fleet = unit.and_then(own).unwrap_or(stem);
        let table =
            if is_pod { format!("{fleet}.csv") } else { profile.file.display().to_string() };
        let words =
            format!(" --accounts {} --fleet {fleet} --profile {}", quoted(&table), profile.name);
        once.push_str(&words);
    }
    once.push_str(if is_pod { " --format kubernetes --once" } else { " --once" });
    Some(once)
}

/// What takes back a run in the directory `dir`, as long as its contacts are stored as they were.
fn undo(plan: &Plan, dir: &Path) -> Option<&'static str> {
    if plan.backup == Backup::False || !dir.join(PREVIOUS).is_file() {
        return None;
    }
    Some(match plan.operation.effect() {
        Effect::Update => "undo",
        Effect::Delete => "undo --recreate",
        Effect::Create => "undo --delete-created",
    })
}

/// What a reader of the plan should know of a run that cannot be taken back.
pub(crate) fn cannot_be_undone(plan: &Plan) -> Option<String> {
    let spec = plan.operation.spec();
    let is_stored = plan.backup != Backup::False && (plan.needs_contacts() || !spec.has_ids());
    if spec.id_kind == IdKind::ContactList {
        return Some("a contact list that is deleted cannot be brought back".to_owned());
    }
    if is_stored {
        let is_delete = spec.effect == Effect::Delete;
        return is_delete.then(|| {
            "a deleted contact can only be created anew, with a new id (`undo --recreate`)"
                .to_owned()
        });
    }
    let copy = match spec.is_bulk() {
        true => "",
        false => "; each answer shows the contact that it deleted, a lost one does not",
    };
    Some(format!(
        "the contacts are not stored as they are before the run: it cannot be undone (`--backup true` reads the account for that){copy}"
    ))
}

/// How many contacts are stored as they were before a run, and until when; or that it cannot be undone.
pub(crate) fn backup(plan: &Plan, dir: &RunDir, sent: u64) -> Option<String> {
    if sent == 0 {
        return None;
    }
    let is_there = plan.backup != Backup::False && dir.previous().is_file();
    let until = dir.due(plan.runs.keep_days).filter(|_| is_there);
    let effect = plan.operation.effect();
    Some(match (until, effect) {
        (Some(until), Effect::Create) => {
            format!("What was created can be deleted again with `undo` until {}.", until.strftime("%Y-%m-%d"))
        }
        (Some(until), _) => {
            let contacts = counted(sent, "contact");
            let what = match effect {
                Effect::Delete => "they can be created anew until then, with new ids (`undo --recreate`)",
                _ => "it can be undone until then",
            };
            format!(
                "{contacts} {} stored as before the run until {} (`runs.keep_days`): {what}.",
                is_or_are(sent), until.strftime("%Y-%m-%d")
            )
        }
        (None, _) => "The run cannot be undone: its contacts are not stored as they were (`backup.contacts`).".to_owned(),
    })
}

const fn is_or_are(count: u64) -> &'static str {
    by(count, "is", "are")
}
