//! A systemd service and its timer, hardened.

use std::path::{Path, PathBuf};

use askama::Template;

use super::quote::{unit, unit_argument, unit_word};
use super::{ScheduledJob, Timetable, rendered};
use crate::base::shell::posix as shell;
use crate::model::RunError;

/// Directories that the service's user cannot enter, or that `ProtectHome=` hides.
const HOMES: [&str; 3] = ["/home", "/root", "/run/user"];

/// Service and timer with their explanation, one text: each begins with a line naming its file.
pub(super) fn units(job: &ScheduledJob, when: &Timetable, user: &str) -> Result<String, RunError> {
    let runs: Vec<String> = job.runs_dirs.iter().map(|dir| shell(dir).into_owned()).collect();
    let steps = rendered(&Steps {
        job,
        user,
        name: job.unit(),
        program: program(job),
        runs: runs.join(" "),
        listed: runs.first().cloned().unwrap_or_default(),
        metrics: metrics_dirs(job),
    })?;
    Ok(steps + &parts(job, when, user)?)
}

/// Service and timer alone.
pub(super) fn parts(job: &ScheduledJob, when: &Timetable, user: &str) -> Result<String, RunError> {
    let touched = touched(job);
    let within = |directories: &[&str]| {
        touched.iter().any(|path| directories.iter().any(|dir| path.starts_with(dir)))
    };
    rendered(&Units {
        job,
        user,
        name: job.unit(),
        command: command(job),
        calendars: when.as_calendar(),
        writable: writable(job),
        at_home: within(&HOMES),
        in_tmp: within(&["/tmp", "/var/tmp"]),
    })
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"# korebulk: {{ job.title }} on {{ job.host }}
#
# To install, as root:
#   groupadd --system --force korebulk
#   id -u {{ user }} >/dev/null 2>&1 || useradd --system --gid korebulk --no-create-home --shell /usr/sbin/nologin {{ user }}
#   install -d -g korebulk -m 2770 /var/lib/korebulk
{% if *program != job.program %}#   install -m 755 {{ self::shell(job.program) }} {{ self::shell(program) }}
{% endif %}#   install -d -m 700 {{ runs }} && chown -R {{ user }}: {{ runs }}
{% for dir in metrics %}#   install -d -g {{ user }} -m 775 {{ self::shell(dir) }}
{% endfor %}{% for secret in job.to_be_made() %}{% let file = secret.file(job) %}#   install -D -m 600 /dev/stdin {{ self::shell(file) }}   # type the value of {{ secret.variable() }}, then Ctrl-D
{% endfor %}#   save the two parts below under the names they begin with, then
#   systemctl daemon-reload && systemctl enable --now korebulk-{{ name }}.timer
# To look at it: systemctl list-timers; journalctl -u korebulk-{{ name }}; korebulk runs --runs-dir {{ listed }}
# To run it now, or to finish what was stopped: systemctl start korebulk-{{ name }}
#   (not `korebulk resume`: user and secret are the unit's own)
# {{ user }} must be able to read {{ self::shelled(job.job_files) }} and the input.
"#
)]
struct Steps<'a> {
    job: &'a ScheduledJob,
    user: &'a str,
    name: String,
    program: &'a str,
    /// As a shell takes them.
    runs: String,
    /// One of them.
    listed: String,
    metrics: Vec<&'a str>,
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"
# ---- /etc/systemd/system/korebulk-{{ name }}.service
[Unit]
Description=korebulk {{ job.title.replace('`', "") }}
Wants=network-online.target
After=network-online.target
# At most 8 starts in 6h; then the unit stays failed until its next time, or
# `systemctl reset-failed korebulk-{{ name }}`.
StartLimitIntervalSec=6h
StartLimitBurst=8

[Service]
Type=exec
User={{ user }}
SupplementaryGroups=korebulk
{% for secret in job.secrets %}{% let file = secret.file(job) %}LoadCredential={{ secret.unit_name() }}:{{ self::unit(file) }}
{% endfor %}ExecStart={{ command }}
# 4: stopped for a reason that passes; 75: another run of this job is going on.
RestartForceExitStatus=4 75
RestartSec=15min
{% if let Some(window) = job.window %}# It sends only within {{ window }}: a try after its end sends nothing and exits 3;
# the next time within the window finishes the run.
{% endif %}# All else that is not 0 leaves the unit failed, for `systemctl --failed` and OnFailure=.
SuccessExitStatus=0
# The first signal lets requests in flight finish ({{ job.grace.as_secs() }} s, `limits.grace`), then the report is written.
KillMode=mixed
TimeoutStopSec={{ job.stop_seconds() }}
# Nothing can be written but the runs and korebulk's state: quotas and locks in /var/lib/korebulk, which all
# users of the group korebulk share, and what the runs of this user learned.
ProtectSystem=strict
ReadWritePaths={{ writable }}
StateDirectory=korebulk-{{ user }}
StateDirectoryMode=0700
Environment=XDG_STATE_HOME=/var/lib/korebulk-{{ user }}
ProtectHome={% if at_home %}read-only{% else %}yes{% endif %}
PrivateTmp={% if in_tmp %}no{% else %}yes{% endif %}
{% if !job.runs_a_command %}MemoryDenyWriteExecute=yes
{% endif %}UMask=0077
NoNewPrivileges=yes
CapabilityBoundingSet=
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service

# ---- /etc/systemd/system/korebulk-{{ name }}.timer
[Unit]
Description=When korebulk {{ job.name }} runs

[Timer]
{% for calendar in calendars %}OnCalendar={{ calendar }}
{% endfor %}# A time that passed while the machine was off is made up for.
Persistent=true
AccuracySec=1min

[Install]
WantedBy=timers.target
"#
)]
struct Units<'a> {
    job: &'a ScheduledJob,
    user: &'a str,
    name: String,
    command: String,
    calendars: Vec<String>,
    writable: String,
    at_home: bool,
    in_tmp: bool,
}

fn command(job: &ScheduledJob) -> String {
    let mut words = vec![unit_word(program(job)), "run --or-resume --quiet".to_owned()];
    if job.yes {
        words.push("--yes".to_owned());
    }
    let accounts = job.account.as_ref().map_or("", |of| &of.accounts);
    words.extend(job.of_account(accounts).iter().map(|word| unit_argument(word)));
    words.extend(credentials(job));
    words.extend(job.job_files.iter().map(|file| unit_argument(file)));
    words.join(" ")
}

/// The options that name what systemd gives the service.
pub(super) fn credentials(job: &ScheduledJob) -> impl Iterator<Item = String> {
    let option = |(option, name)| format!("{option} ${{CREDENTIALS_DIRECTORY}}/{name}");
    job.secret_options().into_iter().map(option)
}

fn shelled(paths: &[String]) -> String {
    paths.iter().map(|path| shell(path)).collect::<Vec<_>>().join(" ")
}

/// Where the service finds korebulk: one in a home (`cargo install`) has to be put where its user may run it.
pub(super) fn program(job: &ScheduledJob) -> &str {
    match HOMES.iter().any(|home| Path::new(&job.program).starts_with(home)) {
        true => "/usr/local/bin/korebulk",
        false => &job.program,
    }
}

fn metrics_dirs(job: &ScheduledJob) -> Vec<&str> {
    let dirs = job.metrics_files.iter().filter_map(|file| Path::new(file).parent()?.to_str());
    let mut dirs: Vec<&str> = dirs.collect();
    dirs.dedup();
    dirs
}

/// The runs, the directory for metrics, and the state that is shared: a run must not fail for want of these
/// two, so `-` lets them be missing.
pub(super) fn writable(job: &ScheduledJob) -> String {
    let mut writable: Vec<String> = job.runs_dirs.iter().map(|dir| unit_word(dir)).collect();
    writable.extend(metrics_dirs(job).into_iter().map(|dir| unit_word(&format!("-{dir}"))));
    writable.push("-/var/lib/korebulk".to_owned());
    writable.join(" ")
}

/// Every path that the service has to see.
fn touched(job: &ScheduledJob) -> Vec<PathBuf> {
    let mut paths = vec![Path::new(program(job)).to_owned()];
    for job_file in job.job_files.iter().map(Path::new) {
        let beside = job_file.parent().unwrap_or_else(|| Path::new("/"));
        let others = job.inputs.iter().chain(&job.ca_file).chain(&job.metrics_files);
        paths.extend(others.map(|path| beside.join(path)));
        paths.push(job_file.to_owned());
    }
    paths.extend(job.account.iter().map(|of| PathBuf::from(&of.accounts)));
    paths.extend(job.runs_dirs.iter().map(PathBuf::from));
    paths
}
