//! A systemd service and its timer, hardened.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::crontab::quoted as shell_word;
use super::{ScheduledJob, Timetable};

/// Between a stop that passes and the next try, and how many tries there are in how long.
const RESTART: &str = "15min";
const LIMIT: &str = "6h";
const TRIES: u32 = 8;

/// Directories that the service's user cannot enter, or that `ProtectHome=` hides.
const HOMES: [&str; 3] = ["/home", "/root", "/run/user"];

/// Service and timer with their explanation, one text: each begins with a line naming its file.
pub(super) fn units(job: &ScheduledJob, when: &Timetable, user: &str) -> String {
    let mut out = install(job, user);
    out.push_str(&service(job, user));
    out.push_str(&timer(job, when));
    out
}

fn install(job: &ScheduledJob, user: &str) -> String {
    let unit = job.unit();
    let mut out = format!(
        "# korebulk: {} `{}` on {}\n#\n# To install, as root:\n\
         #   useradd --system --no-create-home --shell /usr/sbin/nologin {user}\n",
        job.operation, job.name, job.host,
    );
    let installed = program(job);
    if installed != job.program {
        let step = format!("#   install -m 755 {} {}", path(&job.program), path(&installed));
        put(&mut out, &step);
    }
    let runs = path(&job.runs_dir);
    // Runs made by hand before belong to somebody else, and the service has to read and go on with them.
    put(&mut out, &format!("#   install -d -m 700 {runs} && chown -R {user}: {runs}"));
    if let Some(metrics) = metrics_dir(job) {
        put(&mut out, &format!("#   install -d -g {user} -m 775 {}", path(metrics)));
    }
    for secret in &job.secrets {
        if let Some(name) = secret.source.variable() {
            let file = secret.file(job);
            put(
                &mut out,
                &format!(
                    "#   install -D -m 600 /dev/stdin {}   # type the value of {name}, then Ctrl-D",
                    path(&file)
                ),
            );
        }
    }
    put(
        &mut out,
        &format!(
            "#   save the two parts below under the names they begin with, then\n\
         #   systemctl daemon-reload && systemctl enable --now korebulk-{unit}.timer\n\
         # To look at it: systemctl list-timers; journalctl -u korebulk-{unit}; korebulk runs --runs-dir {runs}\n\
         # To run it now, or to finish what was stopped: systemctl start korebulk-{unit}\n\
         #   (not `korebulk resume`: user and secret are the unit's own)\n\
         # {user} must be able to read {} and the input.\n",
            path(&job.job_file)
        ),
    );
    out
}

fn service(job: &ScheduledJob, user: &str) -> String {
    let unit = job.unit();
    let mut out = format!(
        "# ---- /etc/systemd/system/korebulk-{unit}.service\n\
         [Unit]\n\
         Description=korebulk {} {}\n\
         Wants=network-online.target\n\
         After=network-online.target\n\
         # At most {TRIES} starts in {LIMIT}; then the unit stays failed until its next time, or\n\
         # `systemctl reset-failed korebulk-{unit}`.\n\
         StartLimitIntervalSec={LIMIT}\n\
         StartLimitBurst={TRIES}\n\
         \n\
         [Service]\n\
         Type=exec\n\
         User={user}\n",
        job.operation,
        escaped(&job.name)
    );
    for secret in &job.secrets {
        let file = escaped(&secret.file(job).display().to_string());
        put(&mut out, &format!("LoadCredential={}:{file}", secret.name));
    }
    put(&mut out, &format!("ExecStart={}", command(job)));
    put(
        &mut out,
        "# 4: stopped for a reason that passes; 75: another run of this job is going on.",
    );
    put(&mut out, "RestartForceExitStatus=4 75");
    put(&mut out, &format!("RestartSec={RESTART}"));
    if let Some(window) = &job.window {
        put(
            &mut out,
            &format!(
                "# It sends only within {window}: a try after its end sends nothing and exits 3;\n\
             # the next time within the window finishes the run."
            ),
        );
    }
    put(
        &mut out,
        "# All else that is not 0 leaves the unit failed, for `systemctl --failed` and OnFailure=.",
    );
    put(&mut out, "SuccessExitStatus=0");
    put(
        &mut out,
        &format!(
            "# The first signal lets requests in flight finish ({} s, `limits.grace`), then the report is written.",
            job.grace.as_secs()
        ),
    );
    put(&mut out, "KillMode=mixed");
    put(&mut out, &format!("TimeoutStopSec={}", job.stop_seconds()));
    hardening(&mut out, job);
    out.push('\n');
    out
}

fn command(job: &ScheduledJob) -> String {
    let mut words = vec![word(&program(job)), "run --or-resume --quiet".to_owned()];
    if job.yes {
        words.push("--yes".to_owned());
    }
    for secret in &job.secrets {
        words.push(format!("{} ${{CREDENTIALS_DIRECTORY}}/{}", secret.option, secret.name));
    }
    words.push(word(&job.job_file));
    words.join(" ")
}

/// Where the service finds korebulk: one in a home (`cargo install`) has to be put where its user may run it.
fn program(job: &ScheduledJob) -> PathBuf {
    match HOMES.iter().any(|home| job.program.starts_with(home)) {
        true => PathBuf::from("/usr/local/bin/korebulk"),
        false => job.program.clone(),
    }
}

fn metrics_dir(job: &ScheduledJob) -> Option<&Path> {
    job.metrics_file.as_deref().and_then(Path::parent)
}

/// A path in a command to be typed.
fn path(path: &Path) -> String {
    shell_word(&path.display().to_string()).into_owned()
}

fn hardening(out: &mut String, job: &ScheduledJob) {
    let at_home = touched(job).iter().any(|path| HOMES.iter().any(|home| path.starts_with(home)));
    let in_tmp =
        touched(job).iter().any(|path| path.starts_with("/tmp") || path.starts_with("/var/tmp"));
    let mut writable = vec![job.runs_dir.display().to_string()];
    // A night must not fail for want of a directory for its metrics: `-` lets it be missing.
    writable.extend(metrics_dir(job).map(|dir| format!("-{}", dir.display())));
    let writable: Vec<String> = writable.iter().map(|path| quoted(&escaped(path))).collect();
    put(
        out,
        "# Nothing can be written but the runs and korebulk's own state (locks, shared quota).",
    );
    put(out, "ProtectSystem=strict");
    put(out, &format!("ReadWritePaths={}", writable.join(" ")));
    put(out, "StateDirectory=korebulk");
    put(out, "StateDirectoryMode=0700");
    put(out, "Environment=KOREBULK_STATE_DIR=/var/lib/korebulk");
    put(out, if at_home { "ProtectHome=read-only" } else { "ProtectHome=yes" });
    put(out, if in_tmp { "PrivateTmp=no" } else { "PrivateTmp=yes" });
    if !job.runs_a_command {
        put(out, "MemoryDenyWriteExecute=yes");
    }
    out.push_str(FIXED);
}

const FIXED: &str = "UMask=0077
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
";

/// Every path that the service has to see.
fn touched(job: &ScheduledJob) -> Vec<PathBuf> {
    let beside = job.job_file.parent().unwrap_or_else(|| Path::new("/"));
    let mut paths = vec![program(job), job.job_file.clone(), job.runs_dir.clone()];
    paths.extend(job.inputs.iter().map(|input| beside.join(input)));
    paths.extend(job.ca_file.clone());
    paths.extend(job.metrics_file.clone());
    paths
}

fn timer(job: &ScheduledJob, when: &Timetable) -> String {
    let unit = job.unit();
    let mut out = format!(
        "# ---- /etc/systemd/system/korebulk-{unit}.timer\n\
         [Unit]\n\
         Description=When korebulk {} runs\n\
         \n\
         [Timer]\n",
        escaped(&job.name)
    );
    for calendar in when.as_calendar() {
        put(&mut out, &format!("OnCalendar={calendar}"));
    }
    out.push_str(
        "# A time that passed while the machine was off is made up for.\n\
         Persistent=true\n\
         AccuracySec=1min\n\
         \n\
         [Install]\n\
         WantedBy=timers.target\n",
    );
    out
}

/// `%` starts a specifier everywhere in a unit.
fn escaped(text: &str) -> String {
    text.replace('%', "%%")
}

/// One word of a command line, where `$` starts a variable.
fn word(path: &Path) -> String {
    quoted(&escaped(&path.display().to_string()).replace('$', "$$"))
}

/// One word of a list.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=:@,+%$".contains(c);
    if text.chars().all(plain) {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn put(out: &mut String, line: &str) {
    writeln!(out, "{line}").expect("a String takes any text");
}
