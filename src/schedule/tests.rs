//! The units as they are printed.

use super::*;
use crate::model::Exit;

fn job() -> ScheduledJob {
    ScheduledJob {
        name: "nightly-cleanup".into(),
        title: "bulk-delete `nightly-cleanup`".into(),
        host: "https://platform.kore.ai".into(),
        program: "/usr/local/bin/korebulk".into(),
        job_files: vec!["/srv/kore/nightly-cleanup.toml".into()],
        account: None,
        inputs: vec!["exports/stale-%Y-%m-%d.csv".into()],
        runs_dirs: vec!["/srv/kore/korebulk-runs".into()],
        metrics_files: Vec::new(),
        ca_file: None,
        secrets: vec![
            Secret::of(&Credentials::Secret(SecretSource::Env("KOREBULK_CLIENT_SECRET".into())))
                .unwrap(),
        ],
        runs_a_command: false,
        grace: Duration::from_secs(30),
        yes: false,
        window: None,
        zone: Some("Europe/Berlin".into()),
    }
}

fn printed(job: &ScheduledJob, scheduler: &Scheduler) -> String {
    unit(job, &Timetable::at("daily 02:00").unwrap(), scheduler).unwrap()
}

fn systemd() -> Scheduler {
    Scheduler::Systemd { user: "korebulk".into() }
}

#[test]
#[expect(clippy::too_many_lines, reason = "the unit is here whole")]
fn a_service_and_its_timer() {
    insta::assert_snapshot!(printed(&job(), &systemd()), @"
    # korebulk: bulk-delete `nightly-cleanup` on https://platform.kore.ai
    #
    # To install, as root:
    #   groupadd --system --force korebulk
    #   id -u korebulk >/dev/null 2>&1 || useradd --system --gid korebulk --no-create-home --shell /usr/sbin/nologin korebulk
    #   install -d -g korebulk -m 2770 /var/lib/korebulk
    #   install -d -m 700 /srv/kore/korebulk-runs && chown -R korebulk: /srv/kore/korebulk-runs
    #   install -D -m 600 /dev/stdin /etc/korebulk/nightly-cleanup.client-secret   # type the value of KOREBULK_CLIENT_SECRET, then Ctrl-D
    #   save the two parts below under the names they begin with, then
    #   systemctl daemon-reload && systemctl enable --now korebulk-nightly-cleanup.timer
    # To look at it: systemctl list-timers; journalctl -u korebulk-nightly-cleanup; korebulk runs --runs-dir /srv/kore/korebulk-runs
    # To run it now, or to finish what was stopped: systemctl start korebulk-nightly-cleanup
    #   (not `korebulk resume`: user and secret are the unit's own)
    # korebulk must be able to read /srv/kore/nightly-cleanup.toml and the input.

    # ---- /etc/systemd/system/korebulk-nightly-cleanup.service
    [Unit]
    Description=korebulk bulk-delete nightly-cleanup
    Wants=network-online.target
    After=network-online.target
    # At most 8 starts in 6h; then the unit stays failed until its next time, or
    # `systemctl reset-failed korebulk-nightly-cleanup`.
    StartLimitIntervalSec=6h
    StartLimitBurst=8

    [Service]
    Type=exec
    User=korebulk
    SupplementaryGroups=korebulk
    LoadCredential=client-secret:/etc/korebulk/nightly-cleanup.client-secret
    ExecStart=/usr/local/bin/korebulk run --or-resume --quiet --client-secret-file ${CREDENTIALS_DIRECTORY}/client-secret /srv/kore/nightly-cleanup.toml
    # 4: stopped for a reason that passes; 75: another run of this job is going on.
    RestartForceExitStatus=4 75
    RestartSec=15min
    # All else that is not 0 leaves the unit failed, for `systemctl --failed` and OnFailure=.
    SuccessExitStatus=0
    # The first signal lets requests in flight finish (30 s, `limits.grace`), then the report is written.
    KillMode=mixed
    TimeoutStopSec=90
    # Nothing can be written but the runs and korebulk's state: quotas and locks in /var/lib/korebulk, which all
    # users of the group korebulk share, and what the runs of this user learned.
    ProtectSystem=strict
    ReadWritePaths=/srv/kore/korebulk-runs -/var/lib/korebulk
    StateDirectory=korebulk-korebulk
    StateDirectoryMode=0700
    Environment=XDG_STATE_HOME=/var/lib/korebulk-korebulk
    ProtectHome=yes
    PrivateTmp=yes
    MemoryDenyWriteExecute=yes
    UMask=0077
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

    # ---- /etc/systemd/system/korebulk-nightly-cleanup.timer
    [Unit]
    Description=When korebulk nightly-cleanup runs

    [Timer]
    OnCalendar=*-*-* 02:00:00
    # A time that passed while the machine was off is made up for.
    Persistent=true
    AccuracySec=1min

    [Install]
    WantedBy=timers.target
    ");
}

#[test]
fn a_crontab_line() {
    insta::assert_snapshot!(printed(&job(), &Scheduler::Cron { user: None }), @"
    # korebulk: bulk-delete `nightly-cleanup` on https://platform.kore.ai
    #
    # To install:
    #   as root, put the value of KOREBULK_CLIENT_SECRET into /etc/korebulk/nightly-cleanup.client-secret (with -o NAME where the crontab is not root's):
    #     install -D -m 600 /dev/stdin /etc/korebulk/nightly-cleanup.client-secret
    #   add this with `crontab -e`
    # Silent while all is well: whatever it prints, cron mails to MAILTO.
    # A run that was interrupted is finished first (--or-resume).
    # Its quota and lock hold for all users of the group korebulk, where root has made a directory for it
    # (install -d -g korebulk -m 2770 /var/lib/korebulk), else for the runs of its own user.
    MAILTO=root
    0 2 * * * /usr/local/bin/korebulk run --or-resume --quiet --client-secret-file /etc/korebulk/nightly-cleanup.client-secret /srv/kore/nightly-cleanup.toml
    ");
}

#[test]
#[expect(clippy::too_many_lines, reason = "the unit is here whole")]
fn a_cron_job() {
    let scheduler =
        Scheduler::Kubernetes { image: "registry.example/korebulk:0.1".into(), user: 65532 };
    insta::assert_snapshot!(printed(&job(), &scheduler), @r#"
    # korebulk: bulk-delete `nightly-cleanup` on https://platform.kore.ai
    #
    # To install: fill the input claim, then
    #   kubectl create configmap korebulk-nightly-cleanup --from-file=job.toml=/srv/kore/nightly-cleanup.toml
    #   kubectl create secret generic korebulk-nightly-cleanup --from-file=client-secret=<(printenv KOREBULK_CLIENT_SECRET)
    #   kubectl apply -f THIS-FILE
    # Image: registry.example/korebulk:0.1 (made of a release by `podman build`: see Containerfile)
    # The quota of an account holds for what mounts this volume for the runs: give jobs of one account the same claim,
    # or each a part of `limits.rate`.
    # Needs Kubernetes 1.31 (podFailurePolicy), and for the runs a volume on which file locks work: no NFS.
    ---
    apiVersion: v1
    kind: PersistentVolumeClaim
    metadata:
      name: korebulk-nightly-cleanup-runs
    spec:
      accessModes: [ReadWriteOnce]
      resources:
        requests:
          storage: 5Gi
    ---
    apiVersion: v1
    kind: PersistentVolumeClaim
    metadata:
      name: korebulk-nightly-cleanup-input
    spec:
      accessModes: [ReadWriteOnce]
      resources:
        requests:
          storage: 5Gi
    ---
    apiVersion: batch/v1
    kind: CronJob
    metadata:
      name: korebulk-nightly-cleanup
    spec:
      schedule: "0 2 * * *"
      timeZone: "Europe/Berlin"
      # A run that takes longer than a day is not overtaken by the next one.
      concurrencyPolicy: Forbid
      startingDeadlineSeconds: 3600
      successfulJobsHistoryLimit: 3
      failedJobsHistoryLimit: 7
      jobTemplate:
        spec:
          # Tries again what stopped for a reason that passes (4, 75, a lost node): each goes on with the run.
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
                app: korebulk-nightly-cleanup
            spec:
              restartPolicy: Never
              # Above `limits.grace`, so that requests in flight finish and the report is written.
              terminationGracePeriodSeconds: 90
              automountServiceAccountToken: false
              securityContext:
                runAsNonRoot: true
                runAsUser: 65532
                runAsGroup: 65532
                fsGroup: 65532
                seccompProfile:
                  type: RuntimeDefault
              containers:
              - name: korebulk
                image: "registry.example/korebulk:0.1"
                command: [korebulk]
                args:
                - "run"
                - "--or-resume"
                - "--quiet"
                - "--format"
                - "json"
                - "--name"
                - "nightly-cleanup"
                - "--input"
                - "/input/exports/stale-%Y-%m-%d.csv"
                - "--runs-dir"
                - "/var/lib/korebulk/runs"
                - "--client-secret-file"
                - "/run/secrets/korebulk/client-secret"
                - "/etc/korebulk/job.toml"
                env:
                - name: KOREBULK_STATE_DIR
                  value: "/var/lib/korebulk/state"
                - name: TZ
                  value: "Europe/Berlin"
                securityContext:
                  allowPrivilegeEscalation: false
                  readOnlyRootFilesystem: true
                  capabilities:
                    drop: [ALL]
                volumeMounts:
                - name: job
                  mountPath: /etc/korebulk
                  readOnly: true
                - name: input
                  mountPath: /input
                  readOnly: true
                - name: runs
                  mountPath: /var/lib/korebulk
                  readOnly: false
                - name: secret
                  mountPath: /run/secrets/korebulk
                  readOnly: true
              volumes:
              - name: job
                configMap:
                  name: korebulk-nightly-cleanup
              - name: input
                persistentVolumeClaim:
                  claimName: korebulk-nightly-cleanup-input
              - name: runs
                persistentVolumeClaim:
                  claimName: korebulk-nightly-cleanup-runs
              - name: secret
                secret:
                  secretName: korebulk-nightly-cleanup
                  defaultMode: 256 # 0400
    "#);
}

#[test]
fn names_that_each_format_would_take_apart_are_quoted() {
    let odd = ScheduledJob {
        job_files: vec!["/srv/50% off/it's $HOME.toml".into()],
        runs_dirs: vec!["/srv/50% off/runs".into()],
        metrics_files: vec!["/var/lib/node exporter/x.prom".into()],
        ..job()
    };
    let line = |text: &str, start: &str| {
        text.lines().find(|line| line.starts_with(start)).unwrap_or_default().to_owned()
    };
    let units = printed(&odd, &systemd());
    assert!(line(&units, "ExecStart=").ends_with(r#""/srv/50%% off/it's $$HOME.toml""#), "{units}");
    assert_eq!(
        line(&units, "ReadWritePaths="),
        r#"ReadWritePaths="/srv/50%% off/runs" "-/var/lib/node exporter" -/var/lib/korebulk"#
    );
    assert!(units.contains("chown -R korebulk: '/srv/50% off/runs'\n"), "{units}");
    assert!(
        units.contains("#   install -d -g korebulk -m 775 '/var/lib/node exporter'\n"),
        "{units}"
    );
    let cron = printed(&odd, &Scheduler::Cron { user: Some("ops".into()) });
    assert!(
        line(&cron, "0 2 * * * ops ").ends_with(r"'/srv/50\% off/it'\''s $HOME.toml'"),
        "{cron}"
    );
}

#[test]
fn paths_in_homes_and_in_tmp_stay_visible() {
    let home = ScheduledJob { runs_dirs: vec!["/home/ada/runs".into()], ..job() };
    assert!(printed(&home, &systemd()).contains("\nProtectHome=read-only\n"));
    let tmp = ScheduledJob { inputs: vec!["/tmp/export.csv".into()], ..job() };
    assert!(printed(&tmp, &systemd()).contains("\nPrivateTmp=no\n"));
}

#[test]
fn a_korebulk_that_only_its_owner_may_run_is_put_where_the_service_can() {
    let own = ScheduledJob { program: "/root/.cargo/bin/korebulk".into(), ..job() };
    let units = printed(&own, &systemd());
    let step = "#   install -m 755 /root/.cargo/bin/korebulk /usr/local/bin/korebulk\n";
    assert!(units.contains(step), "{units}");
    assert!(units.contains("\nExecStart=/usr/local/bin/korebulk run "), "{units}");
    assert!(units.contains("\nProtectHome=yes\n"), "{units}");
    assert!(!printed(&job(), &systemd()).contains("install -m 755"));
}

/// Numbers behind the first `start` of a text, whatever is between them.
fn numbers(text: &str, start: &str) -> Vec<u64> {
    let line = text.lines().find_map(|line| line.trim_start().strip_prefix(start)).unwrap();
    let parts = line.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    parts.map(|part| part.parse().unwrap()).collect()
}

#[test]
fn every_exit_code_is_either_good_or_tried_again_or_the_end() {
    let container = Scheduler::Kubernetes { image: "k:1".into(), user: 65532 };
    let again = numbers(&printed(&job(), &systemd()), "RestartForceExitStatus=");
    let over = numbers(&printed(&job(), &container), "values: ");
    let passing = [Exit::Stopped, Exit::Busy].map(|exit| u64::from(exit.code()));
    assert_eq!(again, passing);
    for exit in Exit::ALL {
        let code = u64::from(exit.code());
        let ends = exit != Exit::Finished && !passing.contains(&code);
        assert_eq!(over.contains(&code), ends, "{exit:?}");
    }
}

#[test]
fn a_stop_leaves_more_time_than_the_grace() {
    let patient = ScheduledJob { grace: Duration::from_mins(10), ..job() };
    let container = Scheduler::Kubernetes { image: "k:1".into(), user: 65532 };
    assert_eq!(numbers(&printed(&patient, &systemd()), "TimeoutStopSec="), [660]);
    assert_eq!(numbers(&printed(&patient, &container), "terminationGracePeriodSeconds: "), [660]);
}

#[test]
fn secrets_in_files_are_handed_over_from_there() {
    let file =
        Secret::of(&Credentials::Token(SecretSource::File("/etc/kore/token".into()))).unwrap();
    let job = ScheduledJob { secrets: vec![file], yes: true, ..job() };
    let units = printed(&job, &systemd());
    assert!(units.contains("\nLoadCredential=token:/etc/kore/token\n"));
    assert!(units.contains("--quiet --yes --token-file ${CREDENTIALS_DIRECTORY}/token /srv"));
    let cron = printed(&job, &Scheduler::Cron { user: None });
    assert!(!cron.contains("--token-file"), "the job file names it already");
}

#[test]
fn standard_input_cannot_be_scheduled() {
    let job = ScheduledJob { inputs: vec!["-".into()], ..job() };
    let error = unit(&job, &Timetable::at("02:00").unwrap(), &systemd()).unwrap_err();
    assert_eq!(error.exit.code(), 2);
}
