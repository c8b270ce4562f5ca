//! A crontab line. Quiet unless something is wrong, so that cron's own mail is the alert.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::{ScheduledJob, Timetable};

/// The line with its explanation: for `crontab -e`, or with a `user` for a file in `/etc/cron.d`.
pub(super) fn line(job: &ScheduledJob, when: &Timetable, user: Option<&str>) -> String {
    let unit = job.unit();
    let mut out =
        format!("# korebulk: {} `{}` on {}\n#\n# To install:\n", job.operation, job.name, job.host);
    for secret in &job.secrets {
        if let Some(name) = secret.source.variable() {
            let file = secret.file(job);
            put(
                &mut out,
                &format!(
                    "#   as root, put the value of {name} into {}{}:\n\
                 #     install -D -m 600 {}/dev/stdin {}",
                    file.display(),
                    user.map_or(" (with -o NAME where the crontab is not root's)", |_| ""),
                    user.map_or_else(String::new, |user| format!("-o {user} ")),
                    quoted(&file.display().to_string()),
                ),
            );
        }
    }
    match user {
        Some(_) => put(
            &mut out,
            &format!("#   save this as /etc/cron.d/korebulk-{}", unit.replace('.', "-")),
        ),
        None => put(&mut out, "#   add this with `crontab -e`"),
    }
    put(&mut out, "# Silent while all is well: whatever it prints, cron mails to MAILTO.");
    put(&mut out, "# A night that was broken off is finished first (--or-resume).");
    if let Some(window) = &job.window {
        put(
            &mut out,
            &format!("# It sends only within {window}, local time; outside it ends with exit 3."),
        );
    }
    put(&mut out, "MAILTO=root");
    let user = user.map_or_else(String::new, |user| format!("{user} "));
    put(&mut out, &format!("{} {user}{}", when.as_cron(), command(job)));
    out
}

fn command(job: &ScheduledJob) -> String {
    let mut words = vec![quoted(&job.program.display().to_string()).into_owned()];
    words.extend(["run", "--or-resume", "--quiet"].map(str::to_owned));
    if job.yes {
        words.push("--yes".to_owned());
    }
    for secret in &job.secrets {
        if secret.source.variable().is_some() {
            words.push(secret.option.to_owned());
            words.push(quoted(&secret.file(job).display().to_string()).into_owned());
        }
    }
    words.push(quoted(&job.job_file.display().to_string()).into_owned());
    // cron takes a bare % for the end of the line.
    words.join(" ").replace('%', "\\%")
}

/// A word for the shell.
pub(super) fn quoted(word: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:@,+%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return Cow::Borrowed(word);
    }
    Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")))
}

fn put(out: &mut String, line: &str) {
    writeln!(out, "{line}").expect("a String takes any text");
}
