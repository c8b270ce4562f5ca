//! A Kubernetes `CronJob` with its volume claims. The secret and the job file are put there by `kubectl create`.

use std::fmt::Write as _;
use std::path::Path;

use super::{ScheduledJob, Timetable};

/// Where things lie in the container.
const JOB: &str = "/etc/korebulk/job.toml";
const INPUT: &str = "/input";
const DATA: &str = "/var/lib/korebulk";
const SECRETS: &str = "/run/secrets/korebulk";

/// Longest name of a `CronJob`: its jobs add eleven characters to it.
const LONGEST_NAME: usize = 52;

/// The manifest with its explanation.
pub(super) fn manifest(job: &ScheduledJob, when: &Timetable, image: &str, user: u32) -> String {
    let name = name(job);
    let mut out = install(job, &name);
    for (claim, mode) in [("runs", "ReadWriteOnce"), ("input", "ReadWriteOnce")] {
        out.push_str(&volume_claim(&format!("{name}-{claim}"), mode));
    }
    out.push_str(&schedule(job, when, &name));
    out.push_str(&pod(job, &name, user));
    out.push_str(&container(job, image));
    out.push_str(&volumes(job, &name));
    out
}

/// A name that Kubernetes takes: small letters, digits and `-`, not too long.
fn name(job: &ScheduledJob) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let mut name: String = "korebulk-".chars().chain(job.name.chars().map(plain)).collect();
    name.truncate(LONGEST_NAME);
    name.trim_end_matches('-').to_owned()
}

fn install(job: &ScheduledJob, name: &str) -> String {
    let mut out = format!(
        "# korebulk: {} `{}` on {}\n#\n# To install: fill the input claim, then\n\
         #   kubectl create configmap {name} --from-file=job.toml={}\n",
        job.operation,
        job.name,
        job.host,
        job.job_file.display()
    );
    if !job.secrets.is_empty() {
        let from: Vec<String> = job
            .secrets
            .iter()
            .map(|secret| match secret.source.variable() {
                Some(variable) => format!("--from-file={}=<(printenv {variable})", secret.name),
                None => format!("--from-file={}={}", secret.name, secret.file(job).display()),
            })
            .collect();
        put(&mut out, &format!("#   kubectl create secret generic {name} {}", from.join(" ")));
    }
    put(&mut out, "#   kubectl apply -f THIS-FILE");
    put(
        &mut out,
        "# Needs Kubernetes 1.31 (podFailurePolicy), and for the runs a volume on which file locks work: no NFS.",
    );
    if job.ca_file.is_some() {
        put(&mut out, "# `target.ca_file` has to be in the image, under the same path.");
    }
    if job.runs_a_command {
        put(&mut out, "# The command that gives the credential has to be in the image.");
    }
    if let Some(window) = &job.window {
        put(
            &mut out,
            &format!(
                "# It sends only within {window}, local time of the container (TZ below; the image needs tzdata)."
            ),
        );
    }
    out
}

fn volume_claim(name: &str, mode: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: {name}\nspec:\n  \
         accessModes: [{mode}]\n  resources:\n    requests:\n      storage: 5Gi\n"
    )
}

fn schedule(job: &ScheduledJob, when: &Timetable, name: &str) -> String {
    let zone = job.zone.as_deref().unwrap_or("Etc/UTC");
    format!(
        "---\napiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: {name}\nspec:\n  \
         schedule: {}\n  timeZone: {}\n  \
         # A run that takes longer than a day is not overtaken by the next one.\n  \
         concurrencyPolicy: Forbid\n  \
         startingDeadlineSeconds: 3600\n  \
         successfulJobsHistoryLimit: 3\n  failedJobsHistoryLimit: 7\n",
        yaml(&when.as_cron()),
        yaml(zone)
    )
}

fn pod(job: &ScheduledJob, name: &str, user: u32) -> String {
    format!(
        "  jobTemplate:\n    spec:\n      \
         # Tries again what stopped for a reason that passes (4, 75, a lost node): each goes on with the run.\n      \
         backoffLimit: 6\n      \
         podFailurePolicy:\n        rules:\n        \
         - action: Ignore\n          onPodConditions:\n          - type: DisruptionTarget\n            \
         status: \"True\"\n        \
         - action: FailJob\n          onExitCodes:\n            containerName: korebulk\n            \
         operator: In\n            values: [1, 2, 3, 5, 6, 70]\n      \
         template:\n        metadata:\n          labels:\n            app: {name}\n        spec:\n          \
         restartPolicy: Never\n          \
         # Above `limits.grace`, so that requests in flight finish and the report is written.\n          \
         terminationGracePeriodSeconds: {}\n          \
         automountServiceAccountToken: false\n          \
         securityContext:\n            runAsNonRoot: true\n            runAsUser: {user}\n            \
         runAsGroup: {user}\n            fsGroup: {user}\n            \
         seccompProfile:\n              type: RuntimeDefault\n",
        job.stop_seconds()
    )
}

fn container(job: &ScheduledJob, image: &str) -> String {
    let mut out = format!(
        "          containers:\n          - name: korebulk\n            image: {}\n            \
         command: [korebulk]\n            args:\n",
        yaml(image)
    );
    for word in arguments(job) {
        put(&mut out, &format!("            - {}", yaml(&word)));
    }
    put(&mut out, "            env:");
    for (name, value) in [
        ("KOREBULK_STATE_DIR", format!("{DATA}/state")),
        ("TZ", job.zone.clone().unwrap_or_else(|| "Etc/UTC".to_owned())),
    ] {
        put(
            &mut out,
            &format!("            - name: {name}\n              value: {}", yaml(&value)),
        );
    }
    out.push_str(
        "            securityContext:\n              allowPrivilegeEscalation: false\n              \
         readOnlyRootFilesystem: true\n              capabilities:\n                drop: [ALL]\n            \
         volumeMounts:\n",
    );
    let mut mounts =
        vec![("job", "/etc/korebulk", true), ("input", INPUT, true), ("runs", DATA, false)];
    if !job.secrets.is_empty() {
        mounts.push(("secret", SECRETS, true));
    }
    for (name, path, read_only) in mounts {
        put(
            &mut out,
            &format!(
                "            - name: {name}\n              mountPath: {path}\n              readOnly: {read_only}"
            ),
        );
    }
    out
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

/// Where an input lies in the claim: relative paths as they are, of absolute ones the last part.
fn mounted(path: &str) -> String {
    let relative = match Path::new(path).is_absolute() {
        true => path.rsplit('/').next().unwrap_or(path),
        false => path.trim_start_matches("./"),
    };
    format!("{INPUT}/{relative}")
}

fn volumes(job: &ScheduledJob, name: &str) -> String {
    let mut out = format!(
        "          volumes:\n          - name: job\n            configMap:\n              name: {name}\n"
    );
    for claim in ["input", "runs"] {
        put(
            &mut out,
            &format!(
                "          - name: {claim}\n            persistentVolumeClaim:\n              claimName: {name}-{claim}"
            ),
        );
    }
    if !job.secrets.is_empty() {
        put(
            &mut out,
            &format!(
                "          - name: secret\n            secret:\n              secretName: {name}\n              defaultMode: 256 # 0400"
            ),
        );
    }
    out
}

/// A string of YAML: JSON's are YAML's.
fn yaml(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn put(out: &mut String, line: &str) {
    writeln!(out, "{line}").expect("a String takes any text");
}
