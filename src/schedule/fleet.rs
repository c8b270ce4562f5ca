//! A fleet: the same jobs for many accounts, one object for each account, so that its quota has one sender.

use askama::Template;
use xxhash_rust::xxh3::xxh3_64;

use super::kubernetes::{self, Claim};
use super::pod::{self, FLEET};
use super::quote::yaml;
use super::{
    ScheduledJob, Scheduler, Timetable, check, crontab, quote, rendered, systemd, windows,
};
use crate::base::shell::{argument, posix as shell};
use crate::model::RunError;

/// Bytes that fit into a `ConfigMap`.
const LARGEST_CONFIG: usize = 1_000_000;

/// The same jobs for many accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fleet {
    /// Its name.
    pub name: String,
    /// What is done for each of them.
    pub title: String,
    /// One for each host and account.
    pub accounts: Vec<ScheduledJob>,
    /// The table of accounts, absolute.
    pub table: String,
    /// Name and text of the table and of each job file, for a container.
    pub files: Vec<(String, String)>,
}

/// The units of a fleet, explained once.
///
/// # Errors
/// Exit 2 for what no scheduler can be given.
pub fn units(fleet: &Fleet, when: &Timetable, scheduler: &Scheduler) -> Result<String, RunError> {
    fleet.accounts.iter().try_for_each(check)?;
    let Some(first) = fleet.accounts.first() else {
        return Err(RunError::usage(format!("{}: no accounts", fleet.table)));
    };
    let each = |unit: &dyn Fn(&ScheduledJob, &Timetable) -> Result<String, RunError>| {
        let unit = |job: &ScheduledJob| unit(job, &when.staggered(hash(job)));
        fleet.accounts.iter().map(unit).collect::<Result<String, _>>()
    };
    Ok(match scheduler {
        Scheduler::Systemd { user } => {
            let program = systemd::program(first);
            let steps = rendered(&Services { fleet, user, program, own: &first.program })?;
            steps + &each(&|job, when| service(job, when, user))?
        }
        Scheduler::Cron { user } => {
            let steps = rendered(&Table { fleet, user: user.as_deref() })?;
            let entry = |job: &_, when: &_| Ok(crontab::entry(job, when, user.as_deref())? + "\n");
            steps + &each(&entry)?
        }
        Scheduler::Kubernetes { image, user } => {
            quote::check("`--image`", image)?;
            let common = objects(fleet, first, image)?;
            common + &each(&|job, when| cron_job(job, when, image, *user))?
        }
        Scheduler::Windows { user } => {
            let tasks = each(&|job, when| windows::of_fleet(job, when, user.as_deref()))?;
            script(fleet, user.as_deref(), tasks)?
        }
    })
}

/// What chooses an account's minute: the same every day, whatever else is in the table.
fn hash(job: &ScheduledJob) -> u64 {
    xxh3_64(job.account.as_ref().map_or("", |of| &of.key).as_bytes())
}

fn service(job: &ScheduledJob, when: &Timetable, user: &str) -> Result<String, RunError> {
    let fleet = job.account.as_ref().map_or("", |of| &of.fleet);
    let runs: Vec<String> = job.runs_dirs.iter().map(|dir| format!("# runs: {dir}")).collect();
    // Within the file, so that what left the table is found by it.
    let mark = format!(".service\n# fleet: {fleet}\n");
    let parts = systemd::parts(job, when, user)?.replacen(".service\n", &mark, 1);
    let parts = parts.replacen(".timer\n[Unit]", &format!(".timer\n# fleet: {fleet}\n[Unit]"), 1);
    Ok(format!("\n{}\n{}", runs.join("\n"), parts.trim_start()))
}

fn cron_job(
    job: &ScheduledJob,
    when: &Timetable,
    image: &str,
    user: u32,
) -> Result<String, RunError> {
    let labels = pod::labels(job);
    let claim = Claim::of_one(format!("{}-runs", pod::name(&job.name)), &labels);
    Ok(rendered(&claim)? + &kubernetes::cron_job(job, when, image, user)?)
}

/// What all accounts of a fleet have in common: job files and table, and the input.
fn objects(fleet: &Fleet, first: &ScheduledJob, image: &str) -> Result<String, RunError> {
    let size: usize = fleet.files.iter().map(|(_, text)| text.len()).sum();
    if size > LARGEST_CONFIG {
        let message = "job files and accounts are more than a `ConfigMap` holds, 1 MB".to_owned();
        return Err(RunError::usage(message).hint("make several fleets of it"));
    }
    let (name, labels) = (pod::shared(first), pod::labels(first));
    let input = Claim::of_all(format!("{name}-input"), &labels);
    let input = if pod::reads_files(first) { rendered(&input)? } else { String::new() };
    let steps = rendered(&Objects { fleet, first, name: &name, labels: &labels, image })?;
    Ok(steps + &input)
}

/// The script that registers the tasks of a fleet, and removes what left its table.
fn script(fleet: &Fleet, user: Option<&str>, tasks: String) -> Result<String, RunError> {
    let title = windows::comment(&fleet.title);
    let user = user.unwrap_or(windows::THIS_USER);
    let table = windows::comment(&argument(&fleet.table));
    rendered(&Script { fleet, title, user, tasks, table })
}

/// How an account's secret is made.
fn secrets(fleet: &Fleet, first: &ScheduledJob) -> Vec<String> {
    let mut made = Vec::new();
    let command = |job: &ScheduledJob, name: String, is_own: bool| {
        let wanted = job.secrets.iter().filter(|secret| secret.profile.is_some() == is_own);
        let files = wanted.map(|secret| {
            let content = kubernetes::content(job, secret);
            format!(" --from-file={}={content}", secret.unit_name())
        });
        let files: String = files.collect();
        (!files.is_empty()).then(|| format!("kubectl create secret generic {name}{files}"))
    };
    made.extend(command(first, pod::shared(first), false));
    for job in &fleet.accounts {
        made.extend(command(job, pod::name(&job.name), true));
    }
    made
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r##"# korebulk: {{ fleet.title }} for {{ fleet.accounts.len() }} accounts, fleet `{{ fleet.name }}`
#
# To install, and again whenever the table changes, as root, with this text in the file UNITS:
#   groupadd --system --force korebulk
#   id -u {{ user }} >/dev/null 2>&1 || useradd --system --gid korebulk --no-create-home --shell /usr/sbin/nologin {{ user }}
#   install -d -g korebulk -m 2770 /var/lib/korebulk
{% if program != own %}#   install -m 755 {{ self::shell(own) }} {{ self::shell(program) }}
{% endif %}#   sed -n 's/^# runs: //p' UNITS | while IFS= read -r dir; do install -d -m 700 -o {{ user }} "$dir"; done
#   awk '/^# ---- /{ if (file) close(file); file = $3; printf "" > file; next } file { print > file }' UNITS
#   systemctl daemon-reload
#   systemctl enable --now $(awk '/^# ---- .*[.]timer$/ { sub(".*/", ""); print }' UNITS)
# What left the table ends with:
#   for timer in $(grep -lx '# fleet: {{ fleet.name }}' /etc/systemd/system/korebulk-*.timer); do
#     grep -qxF "# ---- $timer" UNITS || { systemctl disable --now "${timer##*/}"; rm "$timer" "${timer%.timer}.service"; }
#   done
# {{ user }} must be able to read job files, input and {{ self::shell(fleet.table) }}.
# Last night: korebulk runs --under DIRECTORY-OF-ALL-RUNS --accounts {{ self::shell(fleet.table) }}
"##
)]
struct Services<'a> {
    fleet: &'a Fleet,
    user: &'a str,
    program: &'a str,
    own: &'a str,
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"# korebulk: {{ fleet.title }} for {{ fleet.accounts.len() }} accounts, fleet `{{ fleet.name }}`
#
# To install, and again whenever the table changes:
{% if user.is_some() %}#   save this as /etc/cron.d/korebulk-{{ fleet.name }}: what left the table ends with it
{% else %}#   put this into `crontab -e`, in the place of the text that was printed before
{% endif %}# Silent while all is well: whatever it prints, cron mails to MAILTO.
# Last night: korebulk runs --under DIRECTORY-OF-ALL-RUNS --accounts {{ self::shell(fleet.table) }}
MAILTO=root
"#
)]
struct Table<'a> {
    fleet: &'a Fleet,
    user: Option<&'a str>,
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"# korebulk: {{ fleet.title }} for {{ fleet.accounts.len() }} accounts, fleet `{{ fleet.name }}`
#
# To install, and again whenever the table changes (the secrets once):
{% for secret in self::secrets(fleet, first) %}#   {{ secret }}
{% endfor %}#   kubectl apply -f THIS-FILE --prune -l {{ FLEET }}={{ fleet.name }} --prune-allowlist=batch/v1/CronJob --prune-allowlist=core/v1/ConfigMap
# What left the table ends with that; its claim, with runs and state, stays until somebody deletes it:
#   kubectl get pvc -l {{ FLEET }}={{ fleet.name }}
# Last night: kubectl logs -l {{ FLEET }}={{ fleet.name }} --prefix --tail=20 --max-log-requests={{ fleet.accounts.len() * 10 }} | korebulk runs --from - --accounts {{ self::shell(fleet.table) }}
# Image: {{ image }} (made of a release by `podman build`: see Containerfile)
# Needs Kubernetes 1.31 (podFailurePolicy), and for the runs volumes on which file locks work: no NFS.
{% if first.ca_file.is_some() %}# `target.ca_file` has to be in the image, under the same path.
{% endif %}{% if first.runs_a_command %}# The command that gives the credential has to be in the image.
{% endif %}{% if let Some(window) = first.window %}# It sends only within {{ window }}, local time of the container (TZ below; the image needs tzdata).
{% endif %}---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ name }}
  labels:
{% for label in labels %}    {{ label }}
{% endfor %}data:
{% for (file, text) in fleet.files %}  {{ file }}: {{ self::yaml(text) }}
{% endfor %}"#
)]
struct Objects<'a> {
    fleet: &'a Fleet,
    first: &'a ScheduledJob,
    name: &'a str,
    labels: &'a [String],
    image: &'a str,
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"# korebulk: {{ title }} for {{ fleet.accounts.len() }} accounts, fleet `{{ fleet.name }}`
#
# To install, and again whenever the table changes, as an administrator: save this as {{ fleet.name }}.ps1, then
#   powershell -ExecutionPolicy Bypass -File {{ fleet.name }}.ps1
# It asks for the password of the user who runs the tasks. What left the table ends with it.
# So that a run that was stopped (4) or met another one (75) is tried again after 15 minutes, once:
#   wevtutil set-log Microsoft-Windows-TaskScheduler/Operational /enabled:true
# Last night: korebulk runs --under DIRECTORY-OF-ALL-RUNS --accounts {{ table }}
$ErrorActionPreference = 'Stop'
$folder = '\korebulk\{{ fleet.name }}\'
$who = Get-Credential -Message 'Who runs korebulk' -UserName "{{ user }}"
$tasks = @{}
{{ tasks }}
foreach ($name in $tasks.Keys) {
  Register-ScheduledTask -TaskPath $folder -TaskName $name -Xml $tasks[$name] -User $who.UserName -Password $who.GetNetworkCredential().Password -Force | Out-Null
}
Get-ScheduledTask -TaskPath $folder | Where-Object { -not $tasks.ContainsKey($_.TaskName) } | Unregister-ScheduledTask -Confirm:$false
"#
)]
struct Script<'a> {
    fleet: &'a Fleet,
    title: String,
    user: &'a str,
    tasks: String,
    table: String,
}
