//! How to go on after a run: the commands, and whether it can be taken back.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use super::leftovers;
use super::past::undone;
use super::run_dir::RunDir;
use crate::base::numbers::{by, counted, thousands, was};
use crate::base::shell::quoted;
use crate::config::{self, Plan};
use crate::model::settings::{Backup, Credentials, SecretSource};
use crate::model::{Effect, IdKind, PreviousContacts};
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
        reads_back: plan.operation.spec().id_kind == IdKind::Contact,
        // What an undo left alone is not to be sent.
        fixed: (!files.is_empty() && plan.undoes.is_none())
            .then(|| config::command_for(plan, &files)),
        once: once(plan),
        ..GoOn::default()
    };
    go_on.undo = undo(plan, dir).map(|words| go_on.command(words));
    go_on.undo_of_another = plan.undoes.as_ref().and_then(|undoes| {
        let (other, run) = undone::belongs_to(&RunDir::at(&dir.with_file_name(&undoes.run))?)?;
        let way = GoOn { dir: run.path.clone(), once: go_on.once.clone(), ..GoOn::default() };
        undo(&other, &run.path).map(|words| way.command(words))
    });
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

/// Why a run stores no contacts as they were, where that is so whatever the account is like.
pub(crate) fn stores_nothing(plan: &Plan) -> Option<String> {
    let spec = plan.operation.spec();
    let why = if spec.id_kind == IdKind::ContactList {
        "a contact list that is deleted cannot be brought back"
    } else if plan.backup == Backup::False {
        "`backup.contacts` is false"
    } else if plan.account.no_read && spec.has_ids() && !plan.needs_contacts() {
        "`account.no_read` does not allow to read its contacts"
    } else {
        return None;
    };
    Some(why.to_owned())
}

/// What a reader of the plan should know of taking the run back, which sends so many records.
pub(crate) fn undoing(plan: &Plan, records: u64) -> Option<String> {
    let spec = plan.operation.spec();
    let copy = match spec.is_bulk() || spec.id_kind == IdKind::ContactList {
        true => "",
        false => "; each answer shows the contact that it deleted, a lost one does not",
    };
    if let Some(why) = stores_nothing(plan) {
        return Some(format!("the run cannot be undone: {why}{copy}"));
    }
    let anew = "a deleted contact can only be created anew, with a new id (`undo --recreate`)";
    let anew = (spec.effect == Effect::Delete).then_some(anew);
    if !plan.stores_where_cheap() || records == 0 {
        return anew.map(str::to_owned);
    }
    let keep = SignedDuration::from_hours(24 * i64::from(plan.runs.keep_days));
    let until = Timestamp::now().checked_add(keep).unwrap_or(Timestamp::MAX).strftime("%Y-%m-%d");
    let (contacts, most) = (counted(records, "contact"), thousands(plan.account.ask_above));
    Some(format!(
        "{contacts} will be stored as before the run until {until}, where reading them takes at most {most} requests \
         (`account.ask_above`); above that a terminal asks, and a run that nobody watches goes on and cannot be undone \
         (`backup.contacts`){copy}{}",
        anew.map_or_else(String::new, |anew| format!("; {anew}"))
    ))
}

/// What is stored of the contacts of so many records, as the prompt says it.
pub(crate) fn stored(previous: &PreviousContacts, records: u64) -> String {
    let Some(until) = previous.until else {
        let why = previous.none.as_deref().unwrap_or_default();
        return format!("the run cannot be undone: {why}");
    };
    let shown = previous.contacts.min(records);
    let others = not_shown(records - shown);
    format!(
        "{} {} stored as before the run until {}{others}",
        counted(shown, "contact"),
        is_or_are(shown),
        until.strftime("%Y-%m-%d")
    )
}

/// What is said of contacts of which nothing is stored.
fn not_shown(others: u64) -> String {
    match others {
        0 => String::new(),
        others => format!(
            "; {} cannot be put back: the account does not show {}",
            counted(others, "contact"),
            by(others, "it", "them")
        ),
    }
}

/// How many contacts are stored as they were before a run that sent so many, and until when; or that it cannot be undone.
pub(crate) fn backup(plan: &Plan, previous: &PreviousContacts, sent: u64) -> Option<String> {
    if sent == 0 {
        return None;
    }
    let Some(until) = previous.until.map(|until| until.strftime("%Y-%m-%d")) else {
        return Some(format!("{}.", capital(&stored(previous, sent))));
    };
    let shown = previous.contacts.min(sent);
    let (contacts, others) = (counted(shown, "contact"), not_shown(sent - shown));
    let (is, it) = (is_or_are(shown), by(shown, "it", "they"));
    Some(match plan.operation.effect() {
        Effect::Create => {
            format!(
                "What was created can be deleted again with `undo --delete-created` until {until}."
            )
        }
        Effect::Delete => format!(
            "{contacts} {is} stored as before the run, and can be created anew until {until} (`runs.keep_days`), with \
             {} (`undo --recreate`){others}.",
            by(shown, "a new id", "new ids")
        ),
        Effect::Update => format!(
            "The run can be undone until {until} (`runs.keep_days`): {contacts} {is} stored as {it} {} before it{others}.",
            was(shown)
        ),
    })
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

const fn is_or_are(count: u64) -> &'static str {
    by(count, "is", "are")
}
