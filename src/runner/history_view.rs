//! The history as people read it: a table and one run in full, at 80 columns. Pure.

use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;

use crate::report::numbers::{thousands, time};
use crate::vocabulary::{Exit, Ledger};

/// Columns of a screen.
const WIDTH: usize = 80;

/// One run of the history.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Line {
    pub(super) run: String,
    pub(super) job: String,
    pub(super) operation: String,
    pub(super) host: String,
    pub(super) account: String,
    pub(super) started_at: String,
    pub(super) finished_at: Option<String>,
    /// From its start to its end, resumes and the time between them included.
    pub(super) duration_seconds: Option<u64>,
    pub(super) exit_code: Option<u8>,
    /// `reading`, `running`, `interrupted`, `finished`, `unreadable`.
    pub(super) state: &'static str,
    pub(super) ledger: Ledger,
    pub(super) parent_run: Option<String>,
    pub(super) scrubbed_at: Option<String>,
    pub(super) dir: String,
}

impl Line {
    fn exit(&self) -> String {
        match (self.state, self.exit_code) {
            ("finished", Some(code)) => code.to_string(),
            ("interrupted", _) => "cut off".to_owned(),
            ("unreadable", _) => "damaged".to_owned(),
            (state, _) => state.to_owned(),
        }
    }

    fn took(&self) -> String {
        self.duration_seconds
            .map_or_else(|| "-".to_owned(), |seconds| time(Duration::from_secs(seconds)))
    }

    /// `bulk-delete on platform.kore.ai`
    fn what(&self) -> String {
        let host = self.host.trim_start_matches("https://");
        match (self.operation.as_str(), host) {
            ("", _) => String::new(),
            (operation, "") => operation.to_owned(),
            (operation, host) => format!("{operation} on {host}"),
        }
    }
}

/// The table: two lines a run, numbers above, names below.
pub(super) fn table(lines: &[Line]) -> String {
    if lines.is_empty() {
        return "no runs yet\n".to_owned();
    }
    let heads = ["exit", "took", "succeeded", "failed", "unknown", "not sent"];
    let mut out = row("started (UTC)", &heads.map(str::to_owned));
    for line in lines {
        let Ledger { succeeded, failed, unknown, rejected, skipped, unsent, .. } = line.ledger;
        let [succeeded, failed, unknown, unsent] =
            [succeeded, failed, unknown, rejected + skipped + unsent].map(thousands);
        let started: String = line.started_at.chars().take(16).collect();
        let cells = [line.exit(), line.took(), succeeded, failed, unknown, unsent];
        out.push_str(&row(&started.replace('T', " "), &cells));
        wrap(&mut out, "  ", &format!("{} {}", line.run, line.what()));
    }
    out
}

fn row(started: &str, cells: &[String; 6]) -> String {
    let [exit, took, succeeded, failed, unknown, unsent] = cells;
    format!(
        "{started:<16} {exit:>7} {took:>12} {succeeded:>11} {failed:>9} {unknown:>9} {unsent:>9}\n"
    )
}

/// One run in full; `more` are further facts.
pub(super) fn in_full(line: &Line, more: &[(&str, String)]) -> String {
    let mut out = String::new();
    let mut put = |name: &str, value: &str| wrap(&mut out, &format!("{name:<10}"), value);
    put("run", &line.run);
    put("job", &line.job);
    put("what", &line.what());
    put("account", &line.account);
    put("started", &line.started_at);
    put("finished", line.finished_at.as_deref().unwrap_or(line.state));
    put("took", &line.took());
    if let Some(code) = line.exit_code {
        let meaning = Exit::with_code(code).map_or("", Exit::meaning);
        put("exit", &format!("{code}: {meaning}"));
    }
    for (name, value) in more {
        put(name, value);
    }
    for (name, count) in [
        ("read", line.ledger.read),
        ("succeeded", line.ledger.succeeded),
        ("failed", line.ledger.failed),
        ("rejected", line.ledger.rejected),
        ("skipped", line.ledger.skipped),
        ("unknown", line.ledger.unknown),
        ("unsent", line.ledger.unsent),
    ] {
        writeln!(out, "{name:<10}{:>13}", thousands(count)).expect("a String takes any text");
    }
    // A path is for the shell: it is never broken.
    writeln!(out, "files     {}", line.dir).expect("a String takes any text");
    out
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
            duration_seconds: Some(4320),
            exit_code: Some(6),
            state: "finished",
            ledger: Ledger {
                read: 41_210,
                succeeded: 41_000,
                failed: 200,
                skipped: 10,
                ..Ledger::default()
            },
            parent_run: None,
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
        let text = table(&[line(), cut, long]);
        insta::assert_snapshot!(text, @r"
        started (UTC)       exit         took   succeeded    failed   unknown  not sent
        2026-11-23 02:00       6   1 h 12 min      41,000       200         0        10
          nightly-cleanup-20261123T020000Z-ab3f bulk-delete on platform.kore.ai
        2026-11-23 02:00 cut off            -      41,000       200         0        10
          nightly-cleanup-20261123T020000Z-ab3f bulk-delete on platform.kore.ai
        2026-11-23 02:00       6   1 h 12 min      41,000       200         0        10
          a-very-long-name-of-a-job-that-somebody-gave-to-it-20261123T020000Z-ab3f
          bulk-delete on platform.kore.ai
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
        started   2026-11-23T02:00:00.5Z
        finished  2026-11-23T03:12:00Z
        took      1 h 12 min
        exit      6: stopped; a person is needed (credentials, breaker, canary, wrong
                  endpoint, ids changed that nobody sent); `resume` works after mending
        resumable until 2026-12-23
        read             41,210
        succeeded        41,000
        failed              200
        rejected              0
        skipped              10
        unknown               0
        unsent                0
        files     /srv/runs/nightly-cleanup-20261123T020000Z-ab3f
        ");
        assert!(widest(&text) <= WIDTH);
    }
}
