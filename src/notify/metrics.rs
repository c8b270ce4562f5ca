//! Metrics of the last run in Prometheus' text format, for `node_exporter`'s textfile collector and for a Pushgateway.
//!
//! Holds counts and times only. The file appears at once, never half written.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::base::private;
use crate::model::{Ledger, Operation, Outcome};

/// The collector often runs as another user.
const MODE: u32 = 0o644;

const SUCCESS: &str = "korebulk_last_success_timestamp_seconds";

/// What is known of a run that ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunMetrics {
    /// The job's name.
    pub job: String,
    /// What it does.
    pub operation: Operation,
    /// See the table of exit codes.
    pub exit_code: u8,
    /// When it ended.
    pub finished_at: Timestamp,
    /// From its start to its end.
    pub duration: Duration,
    /// Records by outcome.
    pub ledger: Ledger,
    /// Requests by HTTP status (`none` where no answer came) and by how they ended.
    pub requests: Vec<(String, String, u64)>,
    /// Requests answered by a rate limit.
    pub throttled: u64,
}

/// Writes the file; the time of the last success is taken over from the one before.
///
/// # Errors
/// Those of the disk.
pub fn write(path: &Path, run: &RunMetrics) -> io::Result<()> {
    private::replace(path, &after(path, run), MODE)
}

/// The metrics, with the time of the last success that the file has.
pub fn after(path: &Path, run: &RunMetrics) -> String {
    text(run, last_success(&fs::read_to_string(path).unwrap_or_default()))
}

/// Where the metrics of a job that were pushed last are stored, beside its runs: a Pushgateway forgets
/// what is not pushed again.
pub fn pushed(runs: &Path, job: &str) -> PathBuf {
    runs.join(format!(".pushed-{job}.prom"))
}

/// The value of the series in an earlier file.
fn last_success(text: &str) -> Option<f64> {
    let line = text.lines().find(|line| line.starts_with(SUCCESS))?;
    line.rsplit(' ').next()?.parse().ok()
}

fn text(run: &RunMetrics, before: Option<f64>) -> String {
    let labels =
        format!("job_name=\"{}\",operation=\"{}\"", escaped(&run.job), run.operation.name());
    let mut out = Lines { out: String::new(), labels };
    out.about("korebulk_records", "Records of the last run by outcome.");
    for outcome in Outcome::ALL {
        let label = format!("outcome=\"{}\"", outcome.name());
        out.count("korebulk_records", &label, run.ledger.count(outcome));
    }
    out.about("korebulk_records_diverged", "Succeeded, but the server shows other values.");
    out.count("korebulk_records_diverged", "", run.ledger.diverged);
    out.about("korebulk_requests", "Requests of the last run by HTTP status and ending.");
    for (status, ending, count) in &run.requests {
        let label = format!("status=\"{}\",ending=\"{}\"", escaped(status), escaped(ending));
        out.count("korebulk_requests", &label, *count);
    }
    out.about("korebulk_throttled_requests", "Requests of the last run answered by a rate limit.");
    out.count("korebulk_throttled_requests", "", run.throttled);
    out.about("korebulk_duration_seconds", "How long the last run took.");
    out.value("korebulk_duration_seconds", run.duration.as_secs_f64());
    out.about("korebulk_exit_code", "The exit code of the last run; 0 is good.");
    out.count("korebulk_exit_code", "", u64::from(run.exit_code));
    let now = run.finished_at.as_duration().as_secs_f64();
    out.about("korebulk_last_run_timestamp_seconds", "When the last run ended.");
    out.value("korebulk_last_run_timestamp_seconds", now);
    if let Some(success) = if run.exit_code == 0 { Some(now) } else { before } {
        out.about(SUCCESS, "When a run last ended with exit code 0.");
        out.value(SUCCESS, success);
    }
    out.out
}

struct Lines {
    out: String,
    labels: String,
}

impl Lines {
    fn about(&mut self, name: &str, help: &str) {
        writeln!(self.out, "# HELP {name} {help}\n# TYPE {name} gauge")
            .expect("a String takes any text");
    }

    fn count(&mut self, name: &str, label: &str, count: u64) {
        let comma = if label.is_empty() { "" } else { "," };
        writeln!(self.out, "{name}{{{}{comma}{label}}} {count}", self.labels)
            .expect("a String takes any text");
    }

    fn value(&mut self, name: &str, value: f64) {
        writeln!(self.out, "{name}{{{}}} {value:.3}", self.labels)
            .expect("a String takes any text");
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(exit_code: u8, second: i64) -> RunMetrics {
        RunMetrics {
            job: "night".into(),
            operation: Operation::BulkDelete,
            exit_code,
            finished_at: Timestamp::from_second(second).unwrap(),
            duration: Duration::from_millis(62_500),
            ledger: Ledger { read: 12, succeeded: 10, failed: 2, ..Ledger::default() },
            requests: vec![
                ("200".into(), "verdicts".into(), 3),
                ("none".into(), "timeout".into(), 1),
            ],
            throttled: 0,
        }
    }

    #[test]
    fn a_run_as_prometheus_reads_it() {
        insta::assert_snapshot!(text(&run(0, 1_800_000_000), None), @r#"
        # HELP korebulk_records Records of the last run by outcome.
        # TYPE korebulk_records gauge
        korebulk_records{job_name="night",operation="bulk-delete",outcome="succeeded"} 10
        korebulk_records{job_name="night",operation="bulk-delete",outcome="failed"} 2
        korebulk_records{job_name="night",operation="bulk-delete",outcome="rejected"} 0
        korebulk_records{job_name="night",operation="bulk-delete",outcome="skipped"} 0
        korebulk_records{job_name="night",operation="bulk-delete",outcome="unknown"} 0
        korebulk_records{job_name="night",operation="bulk-delete",outcome="unsent"} 0
        # HELP korebulk_records_diverged Succeeded, but the server shows other values.
        # TYPE korebulk_records_diverged gauge
        korebulk_records_diverged{job_name="night",operation="bulk-delete"} 0
        # HELP korebulk_requests Requests of the last run by HTTP status and ending.
        # TYPE korebulk_requests gauge
        korebulk_requests{job_name="night",operation="bulk-delete",status="200",ending="verdicts"} 3
        korebulk_requests{job_name="night",operation="bulk-delete",status="none",ending="timeout"} 1
        # HELP korebulk_throttled_requests Requests of the last run answered by a rate limit.
        # TYPE korebulk_throttled_requests gauge
        korebulk_throttled_requests{job_name="night",operation="bulk-delete"} 0
        # HELP korebulk_duration_seconds How long the last run took.
        # TYPE korebulk_duration_seconds gauge
        korebulk_duration_seconds{job_name="night",operation="bulk-delete"} 62.500
        # HELP korebulk_exit_code The exit code of the last run; 0 is good.
        # TYPE korebulk_exit_code gauge
        korebulk_exit_code{job_name="night",operation="bulk-delete"} 0
        # HELP korebulk_last_run_timestamp_seconds When the last run ended.
        # TYPE korebulk_last_run_timestamp_seconds gauge
        korebulk_last_run_timestamp_seconds{job_name="night",operation="bulk-delete"} 1800000000.000
        # HELP korebulk_last_success_timestamp_seconds When a run last ended with exit code 0.
        # TYPE korebulk_last_success_timestamp_seconds gauge
        korebulk_last_success_timestamp_seconds{job_name="night",operation="bulk-delete"} 1800000000.000
        "#);
    }

    #[test]
    fn the_last_success_outlives_failures() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.prom");
        let success = || last_success(&fs::read_to_string(&path).unwrap());
        write(&path, &run(1, 1_800_000_000)).unwrap();
        assert_eq!(success(), None);
        write(&path, &run(0, 1_800_000_060)).unwrap();
        write(&path, &run(6, 1_800_000_120)).unwrap();
        assert_eq!(success(), Some(1_800_000_060.0));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn the_collector_may_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.prom");
        write(&path, &run(0, 0)).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644);
        assert!(write(&dir.path().join("none/x.prom"), &run(0, 0)).is_err());
    }
}
