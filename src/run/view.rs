//! What people are shown of a plan before it is run: the plan itself and the prompt.

mod origins;
mod requests;

use std::fmt::Write as _;

use xxhash_rust::xxh3::Xxh3;

use super::check::findings::Findings;
use super::way_on;
use crate::base::numbers::counted;
use crate::config::{Plan, fingerprint};
use crate::dispatch::estimate::{Estimate, per_minute};
use crate::map::{FullName, How, MappedField, Mapper, RuleUse, masked};
use crate::model::settings::{Auto, Backup, Limits, Rule, Target, Values};
use crate::report::plan_view::{PlanField, PlanGuard, PlanInput};
use crate::report::{PlanView, PromptView, mask, numbers};

/// What people take `updatedAt` for.
const LAST_CHANGE: &str = "`updatedAt` is the last change of the record, not the last conversation";

/// The same of lists.
const LAST_CHANGE_OF_LIST: &str = "`updatedAt` is the last change of the list, not its last use";

/// Records shown in the prompt.
const SAMPLES: usize = 3;

/// The host as people see it.
pub(crate) fn host(target: &Target) -> String {
    if target.is_sandbox() { "SANDBOX".to_owned() } else { target.host.clone() }
}

/// The same for a plan; says so where the contacts are a sample, not those of anybody.
pub(crate) fn host_of(plan: &Plan) -> String {
    let is_sample = plan.target.is_sandbox() && plan.has_sample();
    let sample = if is_sample { " (SAMPLE account)" } else { "" };
    format!("{}{sample}", host(&plan.target))
}

/// The id of a plan with what pass 1 found.
pub(crate) fn plan_id(plan: &Plan, findings: &Findings) -> String {
    let files = findings.input.sources.iter().filter(|_| !plan.is_from_account());
    let inputs = files.map(|source| &source.sha256).chain(&findings.lists);
    // What was read of the account is an input, too; a sandbox and lists are read anew for each run.
    let read = findings.of_account.as_ref().map(|account| &account.read);
    let read = read.filter(|read| !plan.target.is_sandbox() && !read.of_lists);
    let inputs = inputs.chain(read.map(|read| &read.reading)).cloned();
    let inputs = inputs.chain(will_send(plan, findings)).chain(backup(plan));
    let inputs: Vec<String> = inputs.collect();
    let mut mapping = Vec::new();
    for field in findings.input.mappers.iter().flat_map(Mapper::mapping) {
        mapping.push((field.field.clone(), from(field)));
    }
    fingerprint(plan, &inputs, &mapping)
}

/// Whether what is done can be taken back, where the plan was asked for that.
fn backup(plan: &Plan) -> Option<String> {
    (plan.backup != Backup::default()).then(|| format!("backup {:?}", plan.backup))
}

/// What would be sent, where something else than the input decides it: the account, or the time.
fn will_send(plan: &Plan, findings: &Findings) -> Option<String> {
    if let Some(account) = &findings.of_account {
        return Some(format!("{:016x}", account.sent));
    }
    let ages = plan.map.send_if.iter().chain(&plan.map.skip_if).any(Rule::counts_age);
    ages.then(|| {
        let mut hash = Xxh3::new();
        findings.to_send.iter().for_each(|ordinal| hash.update(&ordinal.to_le_bytes()));
        format!("{:016x}", hash.digest())
    })
}

/// Everything `korebulk plan` shows.
pub(crate) fn plan_view(
    plan: &Plan,
    findings: &Findings,
    guards: Vec<PlanGuard>,
    estimate: &Estimate,
    values: Values,
) -> PlanView {
    let ledger = &findings.ledger;
    PlanView {
        plan: plan_id(plan, findings),
        job: plan.name.clone(),
        undoes: plan.undoes.as_ref().map(|undoes| undoes.run.clone()),
        operation: plan.operation,
        host: host_of(plan),
        account: plan.target.account_id.clone(),
        stream: plan.target.stream_id.clone(),
        profile: plan.profile.clone(),
        input: inputs(findings),
        mapping: mapping(findings),
        read: ledger.read,
        to_send: findings.sendable(),
        rejected: ledger.rejected,
        skipped: ledger.skipped,
        reasons: findings.clusters.all(),
        rules: rules(findings),
        changes: changes(findings, values),
        warning: findings.of_account.as_ref().and_then(|account| account.tally.as_ref()?.warning()),
        remark: plan.is_from_account().then(|| {
            let text = if plan.selects_lists() { LAST_CHANGE_OF_LIST } else { LAST_CHANGE };
            text.to_owned()
        }),
        contacts: of_account(findings, values),
        names: names(findings, values),
        first_requests: requests::first(plan, findings, estimate, values),
        origins: origins::sentences(findings, values),
        guards,
        batch_size: estimate.batch_size,
        canary: estimate.canary,
        requests: estimate.requests,
        per_minute: estimate.per_minute,
        seconds: estimate.duration().map(|duration| duration.as_secs()),
        notices: notices(plan, findings),
        ways: Vec::new(),
    }
}

/// What the account says of the records.
fn of_account(findings: &Findings, values: Values) -> Vec<String> {
    let mut all =
        findings.of_account.as_ref().map_or_else(Vec::new, |account| account.sentences(values));
    let sends = findings.sendable();
    all.extend(findings.previous.as_ref().map(|previous| way_on::stored(previous, sends)));
    all
}

fn notices(plan: &Plan, findings: &Findings) -> Vec<String> {
    let canary = (plan.canary > 0 && plan.operation.is_bulk()).then(|| {
        if plan.undoes.is_some() {
            return "one contact goes first: where the server refuses it, the undo stops"
                .to_owned();
        }
        let records = counted(plan.canary, "record");
        format!("a canary of {records} goes first; any failure in it stops the run")
    });
    let foreign: u64 = findings.input.mappers.iter().map(Mapper::foreign_ids).sum();
    let foreign = (foreign > 0).then(|| {
        let ids = counted(foreign, "id");
        format!("{ids} let through by `id_format = \"any\"` and unlike those of Kore.ai: numbers of another system reach nobody, or somebody else")
    });
    let leaves = plan.operation.leaves();
    let stays = way_on::undoing(plan, findings.sendable());
    let own = plan.notices.iter().cloned();
    own.chain(canary).chain(foreign).chain(leaves).chain(stays).collect()
}

/// What the prompt shows.
pub(crate) fn prompt_view(
    plan: &Plan,
    findings: &Findings,
    guards: Vec<PlanGuard>,
    values: Values,
) -> PromptView {
    let samples = findings.samples.iter().take(SAMPLES);
    PromptView {
        host: host_of(plan),
        account: plan.target.account_id.clone(),
        profile: plan.profile.clone(),
        operation: plan.operation,
        input: inputs(findings),
        mapping: mapping(findings),
        guards,
        contacts: of_account(findings, values),
        origins: origins::sentences(findings, values),
        samples: samples.map(|record| shown(record.encoded(), values)).collect(),
        to_send: findings.sendable(),
    }
}

fn shown(json: &str, values: Values) -> String {
    mask::json(json, values)
}

fn inputs(findings: &Findings) -> Vec<PlanInput> {
    let rows = findings.input.sources.iter().zip(&findings.input.rows);
    rows.map(|(source, rows)| PlanInput {
        file: source.file.clone(),
        sheet: source.sheet.clone(),
        detected: source.detected.clone(),
        rows: *rows,
        sha256: source.sha256.clone(),
    })
    .collect()
}

/// Where each field comes from; the same mapping for several files is shown once.
fn mapping(findings: &Findings) -> Vec<PlanField> {
    let mut fields: Vec<PlanField> = Vec::new();
    for field in findings.input.mappers.iter().flat_map(Mapper::mapping) {
        let from = from(field);
        if !fields.iter().any(|known| known.field == field.field && known.from == from) {
            fields.push(PlanField { field: field.field.clone(), from });
        }
    }
    fields
}

fn from(field: &MappedField) -> String {
    match (&field.header, &field.constant) {
        (Some(header), Some(_)) => {
            format!("column `{header}`, {}; a constant where it is empty", field.how.words())
        }
        (Some(header), None) => format!("column `{header}`, {}", field.how.words()),
        (None, _) => How::words(field.how).to_owned(),
    }
}

/// How often each rule held, over all sources.
fn rules(findings: &Findings) -> Vec<String> {
    let mut all: Vec<RuleUse> = Vec::new();
    for mapper in &findings.input.mappers {
        match all.is_empty() {
            true => all = mapper.rules(),
            false => all.iter_mut().zip(&mapper.rules()).for_each(|(sum, more)| sum.add(more)),
        }
    }
    all.iter().map(ToString::to_string).collect()
}

/// A value of a contact as it is shown.
fn value(text: &str, values: Values) -> String {
    match values {
        Values::Full => text.to_owned(),
        Values::Masked => masked(text),
    }
}

fn changes(findings: &Findings, values: Values) -> Vec<String> {
    let changes = findings.changes();
    let sentences = changes.iter().map(|(kind, count, example)| {
        let mut text = kind.sentence(count);
        let example = example.map(|example| example.text(|text| value(text, values)));
        let example = example.unwrap_or_default();
        if !example.is_empty() {
            write!(text, ", e.g. {example}").expect("a String takes any text");
        }
        text
    });
    sentences.collect()
}

/// Some full names of which somebody should see how they were split, or that they were not.
fn names(findings: &Findings, values: Values) -> Vec<String> {
    let shown = |text: &str| value(text, values);
    let changes = findings.changes();
    let sources = &findings.input.sources;
    let line = |FullName { place: (source, line), full, split }: &FullName| {
        let file = sources.get(usize::from(*source)).filter(|_| sources.len() > 1);
        let file = file.map_or_else(String::new, |source| format!("{}, ", source.file));
        match split {
            Some(split) => format!("{file}row {line}: {} → {}", shown(full), shown(split)),
            None => format!("{file}row {line}: {}: not split, rejected", shown(full)),
        }
    };
    let all = changes.names().split.iter().chain(&changes.names().unclear);
    let mut names: Vec<String> = all.map(line).collect();
    if !names.is_empty() && values == Values::Masked {
        names.push("`--show-values` shows them in full".to_owned());
    }
    names
}

/// The rate of the tightest window.
pub(crate) fn rate(limits: &Limits) -> String {
    match per_minute(&limits.rate) {
        Some(1.0) => "1 request/min".to_owned(),
        Some(per_minute) => format!("{} requests/min", numbers::rate(per_minute)),
        None => "no limit".to_owned(),
    }
}

/// Settings worth showing in a report: never a credential.
pub(crate) fn settings(plan: &Plan) -> Vec<(String, String)> {
    let limits = &plan.limits;
    let auto = |value| match value {
        Auto::Auto => "auto".to_owned(),
        Auto::Fixed(number) => numbers::thousands(u64::from(number)),
    };
    let mut settings = vec![
        ("rate".to_owned(), rate(limits)),
        ("batch size".to_owned(), auto(limits.batch_size)),
        ("concurrency".to_owned(), auto(limits.concurrency)),
        ("timeout".to_owned(), numbers::time(limits.timeout)),
        ("attempts".to_owned(), limits.max_attempts.to_string()),
    ];
    if let Some(most) = plan.guard.max_records {
        settings.push(("guard: at most".to_owned(), numbers::thousands(most)));
    }
    settings
}
