//! A crontab line. Quiet unless something is wrong, so that cron's own mail is the alert.

use askama::Template;

use super::quote::{check_for_cron, cron};
use super::{ScheduledJob, Timetable, rendered};
use crate::base::shell::posix as shell;
use crate::model::RunError;

/// The line with its explanation: for `crontab -e`, or with a `user` for a file in `/etc/cron.d`.
pub(super) fn line(
    job: &ScheduledJob,
    when: &Timetable,
    user: Option<&str>,
) -> Result<String, RunError> {
    rendered(&Table { job, user, entry: entry(job, when, user)? })
}

/// The line alone.
pub(super) fn entry(
    job: &ScheduledJob,
    when: &Timetable,
    user: Option<&str>,
) -> Result<String, RunError> {
    for (what, name) in job.names() {
        check_for_cron(what, name)?;
    }
    let user = user.map_or_else(String::new, |user| format!("{user} "));
    Ok(format!("{} {user}{}", when.as_cron(), command(job)))
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"# korebulk: {{ job.title }} on {{ job.host }}
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
{{ entry }}
"#
)]
struct Table<'a> {
    job: &'a ScheduledJob,
    user: Option<&'a str>,
    entry: String,
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
    let accounts = job.account.as_ref().map_or("", |of| &of.accounts);
    let more = job.of_account(accounts).into_iter().chain(job.job_files.iter().cloned());
    words.extend(more.map(|word| shell(&word).into_owned()));
    cron(&words.join(" "))
}
