//! What `korebulk plan` shows: everything a person wants to know before the first byte.
//!
//! Only renders; requests and samples come in already masked as `mask::json` does it.

use std::time::Duration;

use serde::Serialize;

use super::cluster::{Cluster, sentences};
use super::text::{put, wrap};
use super::words::{WayOn, title};
use crate::base::numbers::{counted, rate, thousands, time};
use crate::base::terminal;
use crate::model::settings::{Profile, Values};
use crate::model::{Operation, Outcome};

/// A plan with what pass 1 found, for text and for `--format json`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanView {
    /// What `run --plan ID` takes.
    pub plan: String,
    /// The job's name.
    pub job: String,
    /// The run that would be taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undoes: Option<String>,
    /// What would be done.
    pub operation: Operation,
    /// The host, or `SANDBOX`.
    pub host: String,
    /// The account's id.
    pub account: String,
    /// The stream's id.
    pub stream: String,
    /// The profile that names them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// What was read.
    pub input: Vec<PlanInput>,
    /// Where each field comes from.
    pub mapping: Vec<PlanField>,
    /// Records read.
    pub read: u64,
    /// Records that would be sent.
    pub to_send: u64,
    /// Records that cannot be sent.
    pub rejected: u64,
    /// Records that a rule holds back.
    pub skipped: u64,
    /// Why records are rejected or skipped.
    pub reasons: Vec<Cluster>,
    /// How often each rule held, as sentences.
    pub rules: Vec<String>,
    /// Changes of values as sentences, masked: `1,204 phone numbers normalised, e.g. …`.
    pub changes: Vec<String>,
    /// What half of all contacts losing their names or numbers calls for: the first thing to read.
    pub warning: Option<String>,
    /// What dates in contacts mean, where rules select by them: the second line.
    pub remark: Option<String>,
    /// What the account says, where it was read: before → after by kind of field, masked or not as the plan says.
    pub contacts: Vec<String>,
    /// Full names to be looked at: unusual splits, and names that were not split. Masked or not as the plan says.
    pub names: Vec<String>,
    /// The first requests as they would be sent.
    pub first_requests: Vec<String>,
    /// Where each value of the first records comes from, where values are shown.
    pub origins: Vec<String>,
    /// What is checked before the first byte.
    pub guards: Vec<PlanGuard>,
    /// Records per request at the start, behind the canary.
    pub batch_size: u64,
    /// Records that go first and alone; 0 without a canary.
    pub canary: u64,
    /// Requests expected.
    pub requests: u64,
    /// Permits per minute over the tightest window; `None` without a limit.
    pub per_minute: Option<f64>,
    /// How long that takes, seconds; `None` without a limit.
    pub seconds: Option<u64>,
    /// What else a person should know: formats that cannot be asked for hidden rows, …
    pub notices: Vec<String>,
    /// What a person has to say of rows that were not matched, and the commands that take it.
    pub ways: Vec<WayOn>,
}

/// One table of the input.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanInput {
    /// The path as given, or `-`.
    pub file: String,
    /// The sheet's name, where the file has sheets.
    pub sheet: Option<String>,
    /// What was detected: `csv, utf-8, comma`.
    pub detected: String,
    /// Records in it.
    pub rows: u64,
    /// SHA-256 of the file, lower-case hex.
    pub sha256: String,
}

/// Where one API field comes from.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanField {
    /// The API's field, dotted.
    pub field: String,
    /// `column "First Name"`, `constant`, `made of firstName and lastName`, `missing`.
    pub from: String,
}

/// One guard and whether it holds.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanGuard {
    /// Its key: `guard.max_records`.
    pub name: String,
    /// Whether it would let the run go on.
    pub passed: bool,
    /// The numbers: `50,000 allowed, 41,000 would be sent`.
    pub detail: String,
}

/// Clusters shown for each outcome.
const SHOWN: usize = 8;

impl PlanView {
    /// Says of these fields that their columns were guessed.
    pub fn guessed(&mut self, fields: &[String]) {
        for line in self.mapping.iter_mut().filter(|line| fields.contains(&line.field)) {
            let column = line.from.rsplit_once("`, ").map_or("", |(column, _)| column);
            line.from = format!("{column}`, guessed");
        }
    }

    /// The plan as text at 80 columns, ending with what to do with it.
    pub fn render(&self) -> String {
        let mut out = String::new();
        if let Some(warning) = &self.warning {
            wrap(&mut out, "", "  ", warning);
            out.push('\n');
        }
        put!(out, "{}\n", title(self.operation, &self.job, self.undoes.as_deref()));
        if let Some(remark) = &self.remark {
            wrap(&mut out, "", "  ", remark);
        }
        put!(out, "  host     {}\n", self.host);
        put!(out, "  account  {}\n  stream   {}\n", self.account, self.stream);
        if let Some(Profile { name, file, protected }) = &self.profile {
            let protected = if *protected { ", protected" } else { "" };
            put!(
                out,
                "  profile  {name}{protected}, of {}\n",
                terminal::line(&file.to_string_lossy())
            );
        }
        inputs(&mut out, &self.input);
        mapping(&mut out, &self.mapping);
        self.records(&mut out);
        titled(&mut out, "rules", &self.rules);
        titled(&mut out, "the account as it is", &self.contacts);
        titled(&mut out, "values changed", &self.changes);
        titled(&mut out, "full names to look at", &self.names);
        self.requests(&mut out);
        titled(&mut out, "where values come from", &self.origins);
        guards(&mut out, &self.guards);
        titled(&mut out, "mind", &self.notices);
        self.ways(&mut out);
        self.estimate(&mut out);
        out
    }

    /// Commands stay on their lines: they are copied.
    fn ways(&self, out: &mut String) {
        if !self.ways.is_empty() {
            out.push_str("\nrows that were not matched\n");
        }
        for WayOn { advice, command } in &self.ways {
            wrap(out, "  ", "  ", advice);
            put!(out, "    {}\n", terminal::line(command));
        }
    }

    fn records(&self, out: &mut String) {
        out.push_str("\nrecords\n");
        for (word, count) in [
            ("read", self.read),
            ("to send", self.to_send),
            ("rejected", self.rejected),
            ("skipped", self.skipped),
        ] {
            put!(out, "  {word:<12}{:>13}\n", thousands(count));
        }
        for outcome in Outcome::ALL {
            let clusters: Vec<Cluster> =
                self.reasons.iter().filter(|c| c.outcome == outcome).cloned().collect();
            titled(out, outcome.name(), &sentences(&clusters, SHOWN, Values::Masked));
        }
    }

    fn requests(&self, out: &mut String) {
        if self.first_requests.is_empty() {
            return;
        }
        out.push_str("\nfirst requests\n");
        for request in &self.first_requests {
            for line in request.lines() {
                put!(out, "{}\n", format!("  {}", terminal::line(line)).trim_end());
            }
        }
    }

    fn estimate(&self, out: &mut String) {
        let (records, requests) =
            (counted(self.to_send, "record"), counted(self.requests, "request"));
        let mut text = format!("{records} in {requests}");
        let (size, each) = (self.batch_size.max(1), counted(self.batch_size, "record"));
        match self.requests {
            0 | 1 => {}
            _ if self.canary > 0 => {
                put!(text, ", the canary of {} first", counted(self.canary, "record"));
            }
            n if n * size == self.to_send => put!(text, ", {each} each"),
            n if n == self.to_send.div_ceil(size) => put!(text, ", at most {each} each"),
            _ => put!(text, ", the first of {each}"),
        }
        if let (Some(quota), Some(seconds)) = (self.per_minute, self.seconds) {
            let took = match seconds {
                0 => String::new(),
                _ => format!("about {} ", time(Duration::from_secs(seconds))),
            };
            let requests = if rate(quota) == "1" { "request" } else { "requests" };
            put!(text, ": {took}at {} {requests} a minute", rate(quota));
        }
        out.push('\n');
        wrap(out, "", "  ", &text);
        put!(out, "plan {}\n", self.plan);
        let failed = self.guards.iter().filter(|guard| !guard.passed).count();
        if failed > 0 {
            wrap(out, "", "  ", "nothing would be sent: a guard does not hold");
        }
    }
}

pub(super) fn inputs(out: &mut String, inputs: &[PlanInput]) {
    out.push_str("\ninput\n");
    for input in inputs {
        let sheet = input.sheet.as_ref().map_or_else(String::new, |s| format!(", sheet {s}"));
        let rows = counted(input.rows, "record");
        let line = format!("{}{sheet}: {rows} ({})", input.file, input.detected);
        wrap(out, "  ", "    ", &terminal::line(&line));
    }
}

pub(super) fn mapping(out: &mut String, fields: &[PlanField]) {
    out.push_str("\nmapping\n");
    let wide = fields.iter().map(|field| field.field.len()).max().unwrap_or(0);
    for field in fields {
        let first = format!("  {:<wide$}  ", field.field);
        wrap(out, &first, &" ".repeat(wide + 4), &format!("← {}", terminal::line(&field.from)));
    }
}

pub(super) fn guards(out: &mut String, guards: &[PlanGuard]) {
    if guards.is_empty() {
        out.push_str("\nguards\n  none\n");
        return;
    }
    out.push_str("\nguards\n");
    for guard in guards {
        let mark = if guard.passed { "  ok    " } else { "  FAILS " };
        wrap(out, mark, "        ", &format!("{}: {}", guard.name, guard.detail));
    }
}

pub(super) fn titled(out: &mut String, title: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    put!(out, "\n{title}\n");
    for line in lines {
        wrap(out, "  ", "    ", &terminal::line(line));
    }
}

#[cfg(test)]
pub(super) mod tests;
