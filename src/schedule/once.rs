//! One command where a job runs by itself: with the unit's user, secret and runs.

use askama::Template;

use super::kubernetes::indented;
use super::pod::{self, credentials, runs_dir};
use super::quote::check as plain;
use super::{ScheduledJob, Scheduler, check, rendered, systemd};
use crate::base::shell::posix as shell;
use crate::model::RunError;

/// Commands that can be run so, and whether they send.
const COMMANDS: [(&str, bool); 8] = [
    ("undo", true),
    ("resume", true),
    ("retry", true),
    ("reconcile", true),
    ("runs", false),
    ("report", false),
    ("find", false),
    ("prune", false),
];

/// What runs `command` once, explained.
///
/// # Errors
/// Exit 2 for a command or a scheduler that cannot be used so.
pub fn once(job: &ScheduledJob, command: &str, scheduler: &Scheduler) -> Result<String, RunError> {
    check(job)?;
    plain("`--once`", command)?;
    let mut words: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
    let first = words.first().map_or("", String::as_str);
    let known = COMMANDS.iter().find(|(name, _)| *name == first);
    let Some((name, sends)) = known else {
        let names = COMMANDS.map(|(name, _)| name).join("`, `");
        return Err(RunError::usage(format!("`--once`: `{first}` is none of `{names}`"))
            .hint("write a command without `korebulk`: `--once 'undo latest'`"));
    };
    names_one_run(job, &words)?;
    if *sends && !words.iter().any(|word| word == "--yes") {
        // Nobody is there to be asked.
        words.push("--yes".to_owned());
    }
    // These commands know of no profile: its name is in their paths.
    let profile = job.account.as_ref().and_then(|of| of.profiles.first());
    let named = |word: String| match profile {
        Some(profile) => word.replace("{profile}", profile),
        None => word,
    };
    match scheduler {
        Scheduler::Kubernetes { image, user } => {
            plain("`--image`", image)?;
            words.extend(runs_dir(job).map(named));
            words.extend(credentials(job).into_iter().filter(|_| *sends).map(named));
            let pod = pod::pod(job, &words, image, *user)?;
            let pod = indented(&pod, 2);
            let prefix = format!("{}-{name}-", pod::name(&job.name));
            rendered(&Once { job, command, prefix, labels: pod::labels(job), pod })
        }
        Scheduler::Systemd { user } => {
            let runs = job.runs_dirs.iter().take(1);
            words.extend(runs.flat_map(|dir| ["--runs-dir".to_owned(), dir.clone()]));
            let words: Vec<String> = words.iter().map(|word| shell(word).into_owned()).collect();
            let credentials = systemd::credentials(job).filter(|_| *sends);
            let credentials: Vec<String> =
                credentials.map(|option| named(option).replacen(' ', " '", 1) + "'").collect();
            let loaded = job.secrets.iter().filter(|_| *sends).map(|secret| {
                shell(&format!("LoadCredential={}:{}", secret.unit_name(), secret.file(job)))
                    .into_owned()
            });
            let writable =
                shell(&format!("ReadWritePaths={}", systemd::writable(job))).into_owned();
            rendered(&Service {
                job,
                command,
                user,
                program: shell(systemd::program(job)).into_owned(),
                words: words.join(" "),
                credentials: credentials.join(" "),
                loaded: loaded.collect(),
                writable,
            })
        }
        Scheduler::Cron { .. } => Err(RunError::usage("`--once`: cron runs nothing once")
            .hint("a job of cron runs as its own user: type the command there")),
        Scheduler::Windows { .. } => Err(RunError::usage(
            "`--once`: a task of Windows runs as a user of its own",
        )
        .hint("type the command as that user: `runas /user:NAME powershell`, then the command")),
    }
}

/// Whether it is clear which run the command is about.
fn names_one_run(job: &ScheduledJob, words: &[String]) -> Result<(), RunError> {
    let jobs = job.job_files.len();
    if jobs < 2 || !words.iter().any(|word| word == "latest") {
        return Ok(());
    }
    let message = format!("`--once`: `latest` could mean a run of any of {jobs} jobs");
    let hint = format!("name the job, too: `--once '{} JOB@latest'`", words[0]);
    Err(RunError::usage(message).hint(hint))
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"# korebulk {{ command }}: with claim, secret and user of {{ job.title }} on {{ job.host }}
#
#   kubectl create -f THIS-FILE
#   kubectl logs -f job/NAME-THAT-IT-PRINTS
# It waits for no run that goes on: 75 then, and it is tried again.
---
apiVersion: batch/v1
kind: Job
metadata:
  generateName: {{ prefix }}
{% if !labels.is_empty() %}  labels:
{% for label in labels %}    {{ label }}
{% endfor %}{% endif %}spec:
  ttlSecondsAfterFinished: 604800
{{ pod }}"#
)]
struct Once<'a> {
    job: &'a ScheduledJob,
    command: &'a str,
    prefix: String,
    labels: Vec<String>,
    pod: String,
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"# korebulk {{ command }}: with user and secret of {{ job.title }} on {{ job.host }}; as root
systemd-run --unit=korebulk-{{ job.unit() }}-once --wait --pipe --collect   -p User={{ user }} -p SupplementaryGroups=korebulk -p UMask=0077 -p NoNewPrivileges=yes {% for credential in loaded %}  -p {{ credential }} {% endfor %}  -p ProtectSystem=strict -p {{ writable }}   -p StateDirectory=korebulk-{{ user }} -p StateDirectoryMode=0700 -p Environment=XDG_STATE_HOME=/var/lib/korebulk-{{ user }}   {{ program }} {{ words }} {{ credentials }}
"#
)]
struct Service<'a> {
    job: &'a ScheduledJob,
    command: &'a str,
    user: &'a str,
    program: String,
    words: String,
    credentials: String,
    loaded: Vec<String>,
    writable: String,
}
