//! The pod that runs jobs in Kubernetes: what is mounted where, which words it is started with, how it is tried again.

use std::path::Path;

use askama::Template;
use xxhash_rust::xxh3::xxh3_64;

use super::quote::{container, yaml};
use super::{ScheduledJob, rendered};
use crate::model::RunError;

/// Where things lie in the container.
const JOB: &str = "/etc/korebulk/job.toml";
const CONFIG: &str = "/etc/korebulk";
pub(crate) const INPUT: &str = "/input";
const DATA: &str = "/var/lib/korebulk";
pub(crate) const SECRETS: &str = "/run/secrets/korebulk";

/// Longest name of a `CronJob`: its jobs add eleven characters to it.
const LONGEST_NAME: usize = 52;

/// The label that a fleet's objects have.
pub(super) const FLEET: &str = "korebulk-fleet";

/// A Job's own part: how its pod is tried again, and the pod, which runs `arguments`.
pub(super) fn pod(
    job: &ScheduledJob,
    arguments: &[String],
    image: &str,
    user: u32,
) -> Result<String, RunError> {
    let name = name(&job.name);
    let labels = labels(job);
    rendered(&Pod { job, name: &name, labels: &labels, arguments, zone: zone(job), image, user })
}

/// A name that Kubernetes takes: small letters, digits and `-`, not too long. What was lost of it is in a hash.
pub(super) fn name(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let mut name: String = "korebulk-".chars().chain(text.chars().map(plain)).collect();
    if name.len() > LONGEST_NAME || name != format!("korebulk-{text}") {
        let hash = format!("-{:08x}", xxh3_64(text.as_bytes()) >> 32);
        name.truncate(LONGEST_NAME - hash.len());
        return name.trim_end_matches('-').to_owned() + &hash;
    }
    name.trim_end_matches('-').to_owned()
}

pub(super) fn zone(job: &ScheduledJob) -> &str {
    job.zone.as_deref().unwrap_or("Etc/UTC")
}

/// Lines of the labels.
pub(super) fn labels(job: &ScheduledJob) -> Vec<String> {
    job.account.iter().map(|of| format!("{FLEET}: {}", yaml(&of.fleet))).collect()
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"# Tries again what stopped for a reason that passes (4, 75, a lost node): each goes on with the run.
backoffLimit: 6
# Not before the pod before it has ended: it has the volume and the lock.
podReplacementPolicy: Failed
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
{% for label in labels %}      {{ label }}
{% endfor %}  spec:
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
{% for word in arguments %}      - {{ self::container(word) }}
{% endfor %}      env:
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
{% for (volume, path, read_only) in self::mounts(job) %}      - name: {{ volume }}
        mountPath: {{ path }}
        readOnly: {{ read_only }}
{% endfor %}    volumes:
    - name: job
      configMap:
        name: {{ self::shared(job) }}
{% if self::reads_files(job) %}    - name: input
      persistentVolumeClaim:
        claimName: {{ self::shared(job) }}-input
{% endif %}    - name: runs
      persistentVolumeClaim:
        claimName: {{ name }}-runs
{% if !job.secrets.is_empty() %}    - name: secret
{% if job.account.is_none() %}      secret:
        secretName: {{ name }}
        defaultMode: 256 # 0400
{% else %}      projected:
        defaultMode: 256 # 0400
        sources:
{% for name in self::secrets(job) %}        - secret:
            name: {{ name }}
{% endfor %}{% endif %}{% endif %}"#
)]
struct Pod<'a> {
    job: &'a ScheduledJob,
    name: &'a str,
    labels: &'a [String],
    arguments: &'a [String],
    zone: &'a str,
    image: &'a str,
    user: u32,
}

/// The objects that all of a fleet have in common are named after it.
pub(super) fn shared(job: &ScheduledJob) -> String {
    name(job.account.as_ref().map_or(&job.name, |of| &of.fleet))
}

/// Secrets of a fleet: what belongs to the account is in one of its own.
pub(super) fn secrets(job: &ScheduledJob) -> Vec<String> {
    let own = job.secrets.iter().any(|secret| secret.profile.is_some());
    let common = job.secrets.iter().any(|secret| secret.profile.is_none());
    own.then(|| name(&job.name)).into_iter().chain(common.then(|| shared(job))).collect()
}

pub(super) fn reads_files(job: &ScheduledJob) -> bool {
    job.account.is_none() || !job.inputs.is_empty()
}

pub(super) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The words of the run that the scheduler starts.
pub(super) fn run(job: &ScheduledJob) -> Vec<String> {
    let mut words =
        ["run", "--or-resume", "--quiet", "--format", "json"].map(str::to_owned).to_vec();
    if job.yes {
        words.push("--yes".to_owned());
    }
    let fleet = job.account.as_ref().map_or("", |of| &of.fleet);
    words.extend(job.of_account(&format!("{CONFIG}/{fleet}.csv")));
    let is_one = job.job_files.len() == 1 && job.account.is_none();
    if is_one {
        // The file in the container has another name than the job: history and locks go by the name.
        words.extend(["--name".to_owned(), job.name.clone()]);
        for path in &job.inputs {
            words.extend(["--input".to_owned(), mounted(path)]);
        }
    }
    words.extend(runs_dir(job));
    if is_one && !job.metrics_files.is_empty() {
        words.extend(["--metrics-file".to_owned(), format!("{DATA}/{}.prom", job.unit())]);
    }
    words.extend(credentials(job));
    match is_one {
        true => words.push(JOB.to_owned()),
        false => {
            words.extend(job.job_files.iter().map(|file| format!("{CONFIG}/{}", file_name(file))));
        }
    }
    words
}

/// Where the runs are; each account of a fleet has a directory of its own.
pub(super) fn runs_dir(job: &ScheduledJob) -> [String; 2] {
    let own = if job.account.is_some() { "/{profile}" } else { "" };
    ["--runs-dir".to_owned(), format!("{DATA}/runs{own}")]
}

/// The options that name what is in the secrets.
pub(super) fn credentials(job: &ScheduledJob) -> Vec<String> {
    let options = job.secret_options().into_iter();
    options.flat_map(|(option, name)| [option.to_owned(), format!("{SECRETS}/{name}")]).collect()
}

/// Volumes: name, path in the container, whether it is read-only.
fn mounts(job: &ScheduledJob) -> Vec<(&'static str, &'static str, bool)> {
    let mut mounts = vec![("job", CONFIG, true)];
    mounts.extend(reads_files(job).then_some(("input", INPUT, true)));
    mounts.push(("runs", DATA, false));
    mounts.extend((!job.secrets.is_empty()).then_some(("secret", SECRETS, true)));
    mounts
}

/// Where an input lies in the claim: relative paths as they are, of absolute ones the last part.
fn mounted(path: &str) -> String {
    if path.starts_with(&format!("{INPUT}/")) {
        return path.to_owned();
    }
    let relative = match Path::new(path).is_absolute() {
        true => file_name(path),
        false => path.trim_start_matches("./"),
    };
    format!("{INPUT}/{relative}")
}
