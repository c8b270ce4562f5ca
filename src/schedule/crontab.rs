//! A crontab line. Quiet unless something is wrong, so that cron's own mail is the alert.

use askama::Template;

use super::quote::{check_for_cron, cron};
use super::{ScheduledJob, Timetable, rendered};
use crate::base::shell::quoted as shell;
use crate::model::RunError;

/// The line with its explanation: for `crontab -e`, or with a `user` for a file in `/etc/cron.d`.
pub(super) fn line(
    job: &ScheduledJob,
    when: &Timetable,
    user: Option<&str>,
) -> Result<String, RunError> {
    for (what, name) in job.names() {
        check_for_cron(what, name)?;
    }
    rendered(&Table { job, user, time: when.as_cron(), command: command(job) })
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"# korebulk: {{ job.title() }} on {{ job.host }}
#
# To install:
{% for secret in job.to_be_made() %}{% let file = secret.file(job) %}{% if let Some(user) = user %}#   as root, put the value of {{ secret.variable() }} into {{ file }}:
#     install -D -m 600 -o {{ user }} /dev/stdin {{ self::shell(file) }}
{% else %}#   as root, put the value of {{ secret.variable() }} into {{ file }} (with -o NAME where the crontab is not root's):
#     install -D -m 600 /dev/stdin {{ self::shell(file) }}
{% endif %}{% endfor %}{% if user.is_some() %}#   save this as /etc/cron.d/korebulk-{{ job.unit().replace('.', "-") }}
{% else %}#   add this with `crontab -e`
{% endif %}# Silent while all is well: whatever it prints, cron mails to MAILTO.
# A run that was interrupted is finished first (--or-resume).
# Its quota and lock hold for all users of the group korebulk, where root has made a directory for it
# (install -d -g korebulk -m 2770 /var/lib/korebulk), else for the runs of its own user.
{% if let Some(window) = job.window %}# It sends only within {{ window }}, local time; outside it ends with exit 3.
{% endif %}MAILTO=root
{{ time }} {% if let Some(user) = user %}{{ user }} {% endif %}{{ command }}
"#
)]
struct Table<'a> {
    job: &'a ScheduledJob,
    user: Option<&'a str>,
    time: String,
    command: String,
}

fn command(job: &ScheduledJob) -> String {
    let mut words = vec![shell(&job.program).into_owned()];
    words.extend(["run", "--or-resume", "--quiet"].map(str::to_owned));
    if job.yes {
        words.push("--yes".to_owned());
    }
    for secret in job.to_be_made() {
        words.push(secret.option.to_owned());
        words.push(shell(&secret.file(job)).into_owned());
    }
    words.push(shell(&job.job_file).into_owned());
    cron(&words.join(" "))
}
