//! A task for Windows' Task Scheduler: XML for `schtasks`, and for a fleet a PowerShell script that keeps its tasks.
//!
//! The text is ASCII, so that it means the same however a shell of Windows encodes what it saves; the declaration
//! therefore names no encoding.

use askama::Template;

use super::{ScheduledJob, Secret, Timetable, rendered};
use crate::base::shell::argument;
use crate::model::RunError;

/// The folder of the tasks.
const FOLDER: &str = "korebulk";

/// The task alone, with how to install it in a comment.
pub(super) fn task(
    job: &ScheduledJob,
    when: &Timetable,
    user: Option<&str>,
) -> Result<String, RunError> {
    let steps = Steps {
        title: comment(&format!("{} on {}", job.title, job.host)),
        secrets: job.to_be_made().map(|secret| comment(secret.variable())).collect(),
        name: format!("{FOLDER}\\{}", name(job)),
        user: comment(user.unwrap_or(THIS_USER)),
        window: job.window.as_deref(),
    };
    xml(job, when, user, FOLDER, &rendered(&steps)?)
}

/// Who types the commands, in PowerShell.
pub(super) const THIS_USER: &str = r"$env:USERDOMAIN\$env:USERNAME";

/// The task in a folder, with these lines behind its declaration.
pub(super) fn xml(
    job: &ScheduledJob,
    when: &Timetable,
    user: Option<&str>,
    folder: &str,
    steps: &str,
) -> Result<String, RunError> {
    let triggers = when.as_triggers().ok_or_else(|| {
        RunError::usage(format!("`{}`: Task Scheduler knows no such times", when.as_cron()))
            .hint("it takes up to 47 times on days of the week or of the month: give `--at`")
    })?;
    let mut words: Vec<String> = ["run", "--or-resume", "--quiet"].map(str::to_owned).to_vec();
    words.extend(job.yes.then(|| "--yes".to_owned()));
    for secret in job.to_be_made() {
        words.extend([secret.option.to_owned(), place(job, secret)]);
    }
    let accounts = job.account.as_ref().map_or("", |of| &of.accounts);
    words.extend(job.of_account(accounts));
    words.extend(job.job_files.iter().cloned());
    let paths = words.iter().chain([&job.program]);
    paths.filter(|word| word.contains('%') || word.contains("$(")).try_for_each(|word| {
        let message = format!("`{word}`: Task Scheduler may read a variable in it");
        Err(RunError::usage(message).hint("give it a name without `%` and `$(`"))
    })?;
    let arguments: Vec<String> = words.iter().map(|word| word_of(word)).collect();
    rendered(&Task {
        steps,
        description: escaped(&format!("{} on {}", job.title, job.host)),
        path: escaped(&format!("\\{folder}\\{}", name(job))),
        triggers,
        user: user.map(escaped),
        command: escaped(&word_of(&job.program)),
        arguments: escaped(&arguments.join(" ")),
        directory: escaped(directory(&job.job_files[0])),
    })
}

/// The task of an account, for the script of its fleet.
pub(super) fn of_fleet(
    job: &ScheduledJob,
    when: &Timetable,
    user: Option<&str>,
) -> Result<String, RunError> {
    let fleet = job.account.as_ref().map_or("", |of| &of.fleet);
    let xml = xml(job, when, user, &format!("{FOLDER}\\{fleet}"), "")?;
    Ok(format!("$tasks['{}'] = @'\n{xml}'@\n", name(job)))
}

/// The file for a secret that is in a variable now: beside the job file, where nobody else's job has it.
fn place(job: &ScheduledJob, secret: &Secret) -> String {
    let directory = directory(&job.job_files[0]);
    let separator = if directory.contains('/') { "/" } else { "\\" };
    format!("{directory}{separator}{}.{}", job.unit(), secret.name)
}

/// The directory of an absolute path, whichever system it is of.
fn directory(path: &str) -> &str {
    path.rfind(['/', '\\']).map_or(path, |end| &path[..end])
}

/// An argument of the command.
fn word_of(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || r"-_./\:=+@,{}".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { argument(word) }
}

/// Text of an element: ASCII, with references for the rest.
fn escaped(text: &str) -> String {
    let of = |c: char| match c {
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '&' => "&amp;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\'' => "&apos;".to_owned(),
        c if c.is_ascii() => c.to_string(),
        c => format!("&#{};", u32::from(c)),
    };
    text.chars().map(of).collect()
}

/// Text of a comment, which has no references, and must hold no `--`.
pub(super) fn comment(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars().map(|c| if c.is_ascii() { c } else { '?' }) {
        if c != '-' || !safe.ends_with('-') {
            safe.push(c);
        }
    }
    safe
}

/// The task's name: one that a comment can hold, too.
pub(super) fn name(job: &ScheduledJob) -> String {
    comment(&job.unit())
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"<!--
  korebulk: {{ title }}

  To install, in PowerShell, with this text saved as task.xml:
{% for secret in secrets %}    put the value of {{ secret }} into the file that the arguments below name, and close it:
      Set-Content FILE ([Net.NetworkCredential]::new('', (Read-Host -AsSecureString)).Password)
      icacls FILE /inheritance:r /grant:r "{{ user }}:R" "*S-1-5-32-544:F"
{% endfor %}    schtasks /Create /TN {{ name }} /XML task.xml /RU "{{ user }}" /RP *
  It asks for the password of the user, so that the task runs whether the user is logged on or not.
  As an administrator, once, so that a run that was stopped (4) or met another one (75) is tried again after 15 minutes:
    wevtutil set-log Microsoft-Windows-TaskScheduler/Operational /enabled:true
  To look at it: schtasks /Query /TN {{ name }} /V /FO LIST; the last result is korebulk's exit code.
  To run it now, or to finish what was stopped: schtasks /Run /TN {{ name }}
{% if let Some(window) = window %}  It sends only within {{ window }}, local time; outside it ends with exit 3.
{% endif %}-->
"#
)]
struct Steps<'a> {
    title: String,
    secrets: Vec<String>,
    name: String,
    user: String,
    window: Option<&'a str>,
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = r#"<?xml version="1.0"?>
{{ steps }}<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Author>korebulk</Author>
    <Description>{{ description }}</Description>
    <URI>{{ path }}</URI>
  </RegistrationInfo>
  <Triggers>
{% for trigger in triggers %}    <CalendarTrigger>{{ trigger }}</CalendarTrigger>
{% endfor %}    <EventTrigger>
      <Subscription>&lt;QueryList&gt;&lt;Query Id="0" Path="Microsoft-Windows-TaskScheduler/Operational"&gt;&lt;Select Path="Microsoft-Windows-TaskScheduler/Operational"&gt;*[System[EventID=201]] and *[EventData[Data[@Name="TaskName"]="{{ path }}"]] and *[EventData[Data[@Name="ResultCode"]="4" or Data[@Name="ResultCode"]="75"]]&lt;/Select&gt;&lt;/Query&gt;&lt;/QueryList&gt;</Subscription>
      <Delay>PT15M</Delay>
    </EventTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
{% if let Some(user) = user %}      <UserId>{{ user }}</UserId>
{% endif %}      <LogonType>Password</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{{ command }}</Command>
      <Arguments>{{ arguments }}</Arguments>
      <WorkingDirectory>{{ directory }}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
"#
)]
struct Task<'a> {
    steps: &'a str,
    description: String,
    path: String,
    triggers: Vec<String>,
    user: Option<String>,
    command: String,
    arguments: String,
    directory: String,
}
