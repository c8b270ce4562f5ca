//! A Kubernetes `CronJob` with its volume claims. The secret and the job file are put there by `kubectl create`.

use std::path::Path;

use askama::Template;

use super::quote::{container, kubectl, yaml};
use super::{ScheduledJob, Secret, Timetable, rendered};
use crate::base::shell::quoted as shell;
use crate::model::RunError;

/// Where things lie in the container.
const JOB: &str = "/etc/korebulk/job.toml";
const INPUT: &str = "/input";
const DATA: &str = "/var/lib/korebulk";
const SECRETS: &str = "/run/secrets/korebulk";

/// Longest name of a `CronJob`: its jobs add eleven characters to it.
const LONGEST_NAME: usize = 52;

/// The manifest with its explanation.
pub(super) fn manifest(
    job: &ScheduledJob,
    when: &Timetable,
    image: &str,
    user: u32,
) -> Result<String, RunError> {
    let zone = job.zone.as_deref().unwrap_or("Etc/UTC");
    rendered(&Manifest { job, name: name(job), time: when.as_cron(), zone, image, user })
}

/// A name that Kubernetes takes: small letters, digits and `-`, not too long.
fn name(job: &ScheduledJob) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let mut name: String = "korebulk-".chars().chain(job.name.chars().map(plain)).collect();
    name.truncate(LONGEST_NAME);
    name.trim_end_matches('-').to_owned()
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"# korebulk: {{ job.title() }} on {{ job.host }}
#
# To install: fill the input claim, then
#   kubectl create configmap {{ name }} --from-file=job.toml={{ self::kubectl(job.job_file) }}
{% if !job.secrets.is_empty() %}#   kubectl create secret generic {{ name }}{% for secret in job.secrets %} --from-file={{ secret.name }}={{ self::content(job, secret) }}{% endfor %}
{% endif %}#   kubectl apply -f THIS-FILE
# The quota of an account holds for what mounts this volume for the runs: give jobs of one account the same claim,
# or each a part of `limits.rate`.
# Needs Kubernetes 1.31 (podFailurePolicy), and for the runs a volume on which file locks work: no NFS.
{% if job.ca_file.is_some() %}# `target.ca_file` has to be in the image, under the same path.
{% endif %}{% if job.runs_a_command %}# The command that gives the credential has to be in the image.
{% endif %}{% if let Some(window) = job.window %}# It sends only within {{ window }}, local time of the container (TZ below; the image needs tzdata).
{% endif %}{% for claim in ["runs", "input"] %}---
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: {{ name }}-{{ claim }}
spec:
  accessModes: [ReadWriteOnce]
  resources:
    requests:
      storage: 5Gi
{% endfor %}---
apiVersion: batch/v1
kind: CronJob
metadata:
  name: {{ name }}
spec:
  schedule: {{ self::yaml(time) }}
  timeZone: {{ self::yaml(zone) }}
  # A run that takes longer than a day is not overtaken by the next one.
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 3600
  successfulJobsHistoryLimit: 3
  failedJobsHistoryLimit: 7
  jobTemplate:
    spec:
      # Tries again what stopped for a reason that passes (4, 75, a lost node): each goes on with the run.
      backoffLimit: 6
      podFailurePolicy:
        rules:
        - action: Ignore
          onPodConditions:
          - type: DisruptionTarget
            status: "True"
        - action: FailJob
          onExitCodes:
            containerName: korebulk
            operator: In
            values: [1, 2, 3, 5, 6, 70]
      template:
        metadata:
          labels:
            app: {{ name }}
        spec:
          restartPolicy: Never
          # Above `limits.grace`, so that requests in flight finish and the report is written.
          terminationGracePeriodSeconds: {{ job.stop_seconds() }}
          automountServiceAccountToken: false
          securityContext:
            runAsNonRoot: true
            runAsUser: {{ user }}
            runAsGroup: {{ user }}
            fsGroup: {{ user }}
            seccompProfile:
              type: RuntimeDefault
          containers:
          - name: korebulk
            image: {{ self::yaml(image) }}
            command: [korebulk]
            args:
{% for word in self::arguments(job) %}            - {{ self::container(word) }}
{% endfor %}            env:
            - name: KOREBULK_STATE_DIR
              value: "{{ DATA }}/state"
            - name: TZ
              value: {{ self::container(zone) }}
            securityContext:
              allowPrivilegeEscalation: false
              readOnlyRootFilesystem: true
              capabilities:
                drop: [ALL]
            volumeMounts:
{% for (volume, path, read_only) in self::mounts(job) %}            - name: {{ volume }}
              mountPath: {{ path }}
              readOnly: {{ read_only }}
{% endfor %}          volumes:
          - name: job
            configMap:
              name: {{ name }}
{% for claim in ["input", "runs"] %}          - name: {{ claim }}
            persistentVolumeClaim:
              claimName: {{ name }}-{{ claim }}
{% endfor %}{% if !job.secrets.is_empty() %}          - name: secret
            secret:
              secretName: {{ name }}
              defaultMode: 256 # 0400
{% endif %}"#
)]
struct Manifest<'a> {
    job: &'a ScheduledJob,
    name: String,
    time: String,
    zone: &'a str,
    image: &'a str,
    user: u32,
}

/// Where `kubectl` finds a secret.
fn content(job: &ScheduledJob, secret: &Secret) -> String {
    match secret.variable() {
        "" => kubectl(&secret.file(job)),
        variable => format!("<(printenv {})", shell(variable)),
    }
}

fn arguments(job: &ScheduledJob) -> Vec<String> {
    let mut words = ["run", "--or-resume", "--quiet"].map(str::to_owned).to_vec();
    if job.yes {
        words.push("--yes".to_owned());
    }
    let mut option = |name: &str, value: String| words.extend([name.to_owned(), value]);
    // The file in the container has another name than the job: history and locks go by the name.
    option("--name", job.name.clone());
    for path in &job.inputs {
        option("--input", mounted(path));
    }
    option("--runs-dir", format!("{DATA}/runs"));
    if job.metrics_file.is_some() {
        option("--metrics-file", format!("{DATA}/{}.prom", job.unit()));
    }
    for secret in &job.secrets {
        option(secret.option, format!("{SECRETS}/{}", secret.name));
    }
    words.push(JOB.to_owned());
    words
}

/// Volumes: name, path in the container, whether it is read-only.
fn mounts(job: &ScheduledJob) -> Vec<(&'static str, &'static str, bool)> {
    let mut mounts =
        vec![("job", "/etc/korebulk", true), ("input", INPUT, true), ("runs", DATA, false)];
    mounts.extend((!job.secrets.is_empty()).then_some(("secret", SECRETS, true)));
    mounts
}

/// Where an input lies in the claim: relative paths as they are, of absolute ones the last part.
fn mounted(path: &str) -> String {
    let relative = match Path::new(path).is_absolute() {
        true => path.rsplit('/').next().unwrap_or(path),
        false => path.trim_start_matches("./"),
    };
    format!("{INPUT}/{relative}")
}
