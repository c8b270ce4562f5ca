//! Texts of job files and profiles that korebulk writes of a target: the job that takes an edited export back.

use std::fmt::Write as _;
use std::path::Path;

use super::draft::quoted;
use super::plan::Plan;
use crate::model::settings::{Credentials, SecretSource, Target};

/// A job that updates the contacts of the table at `path` where they were changed in it.
pub fn edit_job(plan: &Plan, path: &Path) -> String {
    let mut text = String::from(
        "# Takes the edited table back: save this as a job file, and look at it with `korebulk plan`.\n\
         operation = \"bulk-update\"\n\n[target]\n",
    );
    text.push_str(&target_keys(&plan.target));
    text.push_str("\n[input]\n");
    let path = quoted(&path.display().to_string());
    write!(text, "path = {path}\n\n[[input.skip_if]]\ncolumn = \"status\"\nis = \"INACTIVE\"\n")
        .expect("a String takes any text");
    text.push_str("\n[update]\nblanks = \"keep\"\nunchanged = \"skip\"\n");
    text
}

/// A target as a job file or a profile has it.
pub fn target_keys(target: &Target) -> String {
    let mut text = String::new();
    let mut put = |key: &str, value: &str| {
        writeln!(text, "{key} = {value}").expect("a String takes any text");
    };
    put("host", &quoted(&target.host));
    put("stream_id", &quoted(&target.stream_id));
    put("account_id", &quoted(&target.account_id));
    if !target.client_id.is_empty() {
        put("client_id", &quoted(&target.client_id));
    }
    if let Some(ca_file) = &target.ca_file {
        put("ca_file", &quoted(&ca_file.display().to_string()));
    }
    let source = match &target.credentials {
        Credentials::Secret(source) => Some(("client_secret", source)),
        Credentials::Token(source) => Some(("token", source)),
        Credentials::Sandbox => None,
    };
    if let Some((what, source)) = source {
        let (kind, value) = match source {
            SecretSource::Env(name) => ("env", quoted(name)),
            SecretSource::File(path) => ("file", quoted(&path.display().to_string())),
            SecretSource::Command(argv) => {
                let argv: Vec<String> = argv.iter().map(|arg| quoted(arg)).collect();
                ("command", format!("[{}]", argv.join(", ")))
            }
        };
        put(&format!("{what}_{kind}"), &value);
    }
    text
}
