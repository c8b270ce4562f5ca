//! The history as people read it: a table and one run in full, at 80 columns. Pure.

use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;

use crate::base::numbers::{moment, thousands, time};
use crate::model::{Exit, Ledger, Outcome};

/// Columns of a screen.
const WIDTH: usize = 80;

/// One run of the history.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Line {
    pub(crate) run: String,
    pub(crate) job: String,
    pub(crate) operation: String,
    pub(crate) host: String,
    pub(crate) account: String,
    pub(crate) started_at: String,
    pub(crate) finished_at: Option<String>,
    /// From its start to its end, resumes and the time between them included.
    pub(crate) duration_seconds: Option<f64>,
    pub(crate) exit_code: Option<u8>,
    /// `reading`, `running`, `interrupted`, `finished`, `incomplete` (its journal lacks what was sent), `unreadable`,
    /// `refused` (the system lets nobody read it now).
    pub(crate) state: &'static str,
    /// `None` while somebody writes it, and where it cannot be read.
    pub(crate) ledger: Option<Ledger>,
    pub(crate) parent_run: Option<String>,
    /// Whether it takes its parent back.
    pub(crate) is_undo: bool,
    /// The run that took it back.
    pub(crate) undone_by: Option<String>,
    pub(crate) scrubbed_at: Option<String>,
    pub(crate) dir: String,
}

impl Line {
    fn exit(&self) -> String {
        match (self.state, self.exit_code) {
            ("finished", Some(code)) => code.to_string(),
            ("interrupted", _) => "cut off".to_owned(),
            ("unreadable" | "incomplete", _) => "damaged".to_owned(),
            ("refused", _) => "not read".to_owned(),
            (state, _) => state.to_owned(),
        }
    }

    fn took(&self) -> String {
        self.duration_seconds
            .map_or_else(String::new, |seconds| time(Duration::from_secs_f64(seconds)))
    }

    /// `bulk-delete on platform.kore.ai`
    fn what(&self) -> String {
        let host = self.host.trim_start_matches("https://");
        match (self.operation.as_str(), host) {
            ("", _) => String::new(),
            (operation, "") => format!("{}{operation}", self.before()),
            (operation, host) => format!("{}{operation} on {host}", self.before()),
        }
    }

    const fn before(&self) -> &'static str {
        if self.is_undo { "undo by " } else { "" }
    }
}

/// The table: two lines a run, numbers above, names below.
pub(crate) fn table(lines: &[Line]) -> String {
    if lines.is_empty() {
        return "no runs yet\n".to_owned();
    }
    let mut out =
        row("started (UTC)", "exit", &Outcome::ALL.map(|outcome| outcome.name().to_owned()));
    out.push_str("  duration, operation on target, run\n");
    for line in lines {
        let started: String = line.started_at.chars().take(16).collect();
        let count =
            |outcome| line.ledger.map_or_else(dash, |ledger| thousands(ledger.count(outcome)));
        out.push_str(&row(&started.replace('T', " "), &line.exit(), &Outcome::ALL.map(count)));
        let back = line.undone_by.as_ref().map_or("", |_| "taken back since");
        let named = [line.took(), line.what(), back.to_owned(), line.run.clone()];
        let named: Vec<String> = named.into_iter().filter(|name| !name.is_empty()).collect();
        wrap(&mut out, "  ", &named.join(", "));
    }
    out
}

fn dash() -> String {
    "-".to_owned()
}

fn row(started: &str, exit: &str, counts: &[String; 6]) -> String {
    let [succeeded, failed, rejected, skipped, unknown, unsent] = counts;
    format!(
        "{started:<16} {exit:>7} {succeeded:>10} {failed:>8} {rejected:>8} {skipped:>8} {unknown:>7} {unsent:>8}\n"
    )
}

/// One run in full; `more` are further facts.
pub(crate) fn in_full(line: &Line, more: &[(&str, String)]) -> String {
    let mut out = String::new();
    let mut put = |name: &str, value: &str| wrap(&mut out, &format!("{name:<10}"), value);
    put("run", &line.run);
    put("job", &line.job);
    put("what", &line.what());
    put("account", &line.account);
    put("started", &said(&line.started_at));
    match (line.state, &line.finished_at) {
        ("finished", Some(at)) => put("finished", &said(at)),
        ("interrupted", _) => put("state", "cut off; `korebulk resume` finishes it"),
        ("incomplete", _) => put("state", "its journal does not know all that was sent"),
        (state, _) => put("state", state),
    }
    if line.duration_seconds.is_some() {
        put("took", &line.took());
    }
    if let Some(code) = line.exit_code {
        let meaning = Exit::with_code(code).map_or("", Exit::meaning);
        put("exit", &format!("{code}: {meaning}"));
    }
    for (name, value) in more {
        put(name, value);
    }
    if let Some(ledger) = line.ledger {
        let counts = Outcome::ALL.map(|outcome| (outcome.name(), ledger.count(outcome)));
        for (name, count) in [("read", ledger.read)].into_iter().chain(counts) {
            writeln!(out, "{name:<10}{:>13}", thousands(count)).expect("a String takes any text");
        }
    }
    // A path is for the shell: it is never broken.
    writeln!(out, "files     {}", line.dir).expect("a String takes any text");
    out
}

/// A time of the journal as people read it.
fn said(at: &str) -> String {
    at.parse().as_ref().map_or_else(|_| at.to_owned(), moment)
}

/// `text` behind `first`, broken at blanks, later lines set in as far.
fn wrap(out: &mut String, first: &str, text: &str) {
    let mut width = first.chars().count();
    let indent = " ".repeat(width);
    out.push_str(first);
    for (number, word) in text.split_whitespace().enumerate() {
        let wide = word.chars().count();
        if number > 0 && width + 1 + wide > WIDTH {
            write!(out, "\n{indent}").expect("a String takes any text");
            width = indent.len();
        } else if number > 0 {
            out.push(' ');
            width += 1;
        }
        out.push_str(word);
        width += wide;
    }
    while out.ends_with(' ') {
        out.pop();
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> Line {
        Line {
            run: "nightly-cleanup-20261123T020000Z-ab3f".into(),
            job: "nightly-cleanup".into(),
            operation: "bulk-delete".into(),
            host: "https://platform.kore.ai".into(),
            account: "65f7d49a5dd06e2cefa45012".into(),
            started_at: "2026-11-23T02:00:00.5Z".into(),
            finished_at: Some("2026-11-23T03:12:00Z".into()),
            duration_seconds: Some(4320.9),
            exit_code: Some(6),
            state: "finished",
            ledger: Some(Ledger {
                read: 10_000_000,
                succeeded: 9_999_000,
                failed: 200,
                skipped: 788,
                unsent: 12,
                ..Ledger::default()
            }),
            parent_run: None,
            is_undo: false,
            undone_by: None,
            scrubbed_at: None,
            dir: "/srv/runs/nightly-cleanup-20261123T020000Z-ab3f".into(),
        }
    }

    fn widest(text: &str) -> usize {
        text.lines().map(|line| line.chars().count()).max().unwrap_or_default()
    }

    #[test]
    fn the_table_fits_a_screen() {
        let cut = Line { state: "interrupted", exit_code: None, duration_seconds: None, ..line() };
        let long = Line {
            run: "a-very-long-name-of-a-job-that-somebody-gave-to-it-20261123T020000Z-ab3f".into(),
            ..line()
        };
        let running = Line { state: "running", ledger: None, ..cut.clone() };
        let text = table(&[line(), cut, running, long]);
        insta::assert_snapshot!(text, @r"
        started (UTC)       exit  succeeded   failed rejected  skipped unknown   unsent
          duration, operation on target, run
        2026-11-23 02:00       6  9,999,000      200        0      788       0       12
          1 h 12 min, bulk-delete on platform.kore.ai,
          nightly-cleanup-20261123T020000Z-ab3f
        2026-11-23 02:00 cut off  9,999,000      200        0      788       0       12
          bulk-delete on platform.kore.ai, nightly-cleanup-20261123T020000Z-ab3f
        2026-11-23 02:00 running          -        -        -        -       -        -
          bulk-delete on platform.kore.ai, nightly-cleanup-20261123T020000Z-ab3f
        2026-11-23 02:00       6  9,999,000      200        0      788       0       12
          1 h 12 min, bulk-delete on platform.kore.ai,
          a-very-long-name-of-a-job-that-somebody-gave-to-it-20261123T020000Z-ab3f
        ");
        assert!(widest(&text) <= WIDTH);
        assert_eq!(table(&[]), "no runs yet\n");
    }

    #[test]
    fn one_run_in_full_fits_a_screen() {
        let text = in_full(&line(), &[("resumable", "until 2026-12-23".into())]);
        insta::assert_snapshot!(text, @r"
        run       nightly-cleanup-20261123T020000Z-ab3f
        job       nightly-cleanup
        what      bulk-delete on platform.kore.ai
        account   65f7d49a5dd06e2cefa45012
        started   2026-11-23 02:00:00 UTC
        finished  2026-11-23 03:12:00 UTC
        took      1 h 12 min
        exit      6: stopped; a person is needed (credentials, breaker, canary, wrong
                  endpoint, ids changed that nobody sent); `resume` works once it is
                  fixed
        resumable until 2026-12-23
        read         10,000,000
        succeeded     9,999,000
        failed              200
        rejected              0
        skipped             788
        unknown               0
        unsent               12
        files     /srv/runs/nightly-cleanup-20261123T020000Z-ab3f
        ");
        assert!(widest(&text) <= WIDTH);
    }
}
