//! A Kubernetes `CronJob` with its volume claims. The secret and the job file are put there by `kubectl create`.

use askama::Template;

use super::pod::{file_name, labels, name, pod, run, zone};
use super::quote::{kubectl, yaml};
use super::{ScheduledJob, Secret, Timetable, rendered};
use crate::base::shell::posix as shell;
use crate::model::RunError;

/// The manifest with its explanation.
pub(super) fn manifest(
    job: &ScheduledJob,
    when: &Timetable,
    image: &str,
    user: u32,
) -> Result<String, RunError> {
    let name = name(&job.name);
    let steps = rendered(&Steps { job, name: &name, image })?;
    let claims = ["runs", "input"].map(|claim| Claim::of_one(format!("{name}-{claim}"), &[]));
    let claims = claims.iter().map(rendered).collect::<Result<String, _>>()?;
    Ok(steps + &claims + &cron_job(job, when, image, user)?)
}

/// The `CronJob` alone.
pub(super) fn cron_job(
    job: &ScheduledJob,
    when: &Timetable,
    image: &str,
    user: u32,
) -> Result<String, RunError> {
    let name = name(&job.name);
    let pod = pod(job, &run(job), image, user)?;
    let pod = indented(&pod, 6);
    let (zone, labels) = (zone(job), labels(job));
    rendered(&CronJob { name: &name, labels: &labels, time: when.as_cron(), zone, pod })
}

pub(super) fn indented(text: &str, by: usize) -> String {
    let indent = format!("\n{}", " ".repeat(by));
    indent[1..].to_owned() + &text.trim_end().replace('\n', &indent) + "\n"
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"# korebulk: {{ job.title }} on {{ job.host }}
#
# To install: fill the input claim, then
#   kubectl create configmap {{ name }}{% for file in job.job_files %} --from-file={{ self::key(job, file) }}={{ self::kubectl(file) }}{% endfor %}
{% if !job.secrets.is_empty() %}#   kubectl create secret generic {{ name }}{% for secret in job.secrets %} --from-file={{ secret.name }}={{ self::content(job, secret) }}{% endfor %}
{% endif %}#   kubectl apply -f THIS-FILE
# Image: {{ image }} (made of a release by `podman build`: see Containerfile)
# The quota of an account holds for what mounts this volume for the runs: give jobs of one account the same claim,
# or each a part of `limits.rate`.
# Needs Kubernetes 1.31 (podFailurePolicy), and for the runs a volume on which file locks work: no NFS.
{% if job.ca_file.is_some() %}# `target.ca_file` has to be in the image, under the same path.
{% endif %}{% if job.runs_a_command %}# The command that gives the credential has to be in the image.
{% endif %}{% if let Some(window) = job.window %}# It sends only within {{ window }}, local time of the container (TZ below; the image needs tzdata).
{% endif %}"#
)]
struct Steps<'a> {
    job: &'a ScheduledJob,
    name: &'a str,
    image: &'a str,
}

/// A volume claim.
#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"---
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: {{ name }}
{% if !labels.is_empty() %}  labels:
{% for label in labels %}    {{ label }}
{% endfor %}{% endif %}spec:
  accessModes: [{{ mode }}]
  resources:
    requests:
      storage: 5Gi
"#
)]
pub(super) struct Claim<'a> {
    name: String,
    labels: &'a [String],
    mode: &'static str,
}

impl<'a> Claim<'a> {
    /// One that a single pod mounts.
    pub(super) fn of_one(name: String, labels: &'a [String]) -> Self {
        Self { name, labels, mode: "ReadWriteOnce" }
    }

    /// One that all pods of a fleet mount.
    pub(super) fn of_all(name: String, labels: &'a [String]) -> Self {
        Self { name, labels, mode: "ReadWriteMany" }
    }
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"---
apiVersion: batch/v1
kind: CronJob
metadata:
  name: {{ name }}
{% if !labels.is_empty() %}  labels:
{% for label in labels %}    {{ label }}
{% endfor %}{% endif %}spec:
  schedule: {{ self::yaml(time) }}
  timeZone: {{ self::yaml(zone) }}
  # A run that takes longer than a day is not overtaken by the next one.
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 3600
  successfulJobsHistoryLimit: 3
  failedJobsHistoryLimit: 7
  jobTemplate:
    spec:
{{ pod }}"#
)]
struct CronJob<'a> {
    name: &'a str,
    labels: &'a [String],
    time: String,
    zone: &'a str,
    pod: String,
}

/// The name of a job file in the container: a single job's does not depend on what it is called here.
fn key(job: &ScheduledJob, file: &str) -> String {
    match job.job_files.len() {
        1 => "job.toml".to_owned(),
        _ => file_name(file).to_owned(),
    }
}

/// Where `kubectl` finds a secret.
pub(super) fn content(job: &ScheduledJob, secret: &Secret) -> String {
    match secret.variable() {
        "" => kubectl(&secret.file(job)),
        variable => format!("<(printenv {})", shell(variable)),
    }
}
