//! What is done, and under which name.

use serde_json::{Value as Json, json};

use crate::base::nearest::nearest;
use crate::config::kind::{Kind, kinds, text_like};
use crate::config::problem::Problem;
use crate::config::setting::{Group, Setting, Takes, one};
use crate::model::Operation;

#[rustfmt::skip] // A table: every setting says the same in the same place.
pub(super) const JOB: Group = Group {
    heading: "Job",
    settings: &[
        Setting { key: "operation", option: None, environment: None, default: "",
            help: "What is done: bulk-update, bulk-delete, delete-contact, delete-contact-list or create-contacts (without a job file: the command)",
            takes: Takes::text::<OperationName>(|plan, text| {
                plan.operation = OperationName::read(text.trim())?;
                plan.map.operation = plan.operation;
                Ok(())
            }) },
        Setting { key: "name", option: Some("--name"), environment: None, default: "",
            help: "The job's name; else the job file's stem, else the operation",
            takes: one!(JobName => name) },
    ],
};

/// Room for the time and the random part beside it in a directory's name.
const LONGEST_NAME: usize = 100;

kinds! {
    /// One of the operations.
    OperationName: Operation = "OPERATION", json!({ "enum": Operation::ALL.map(Operation::name) }), operation;
    /// A name that a directory can start with.
    JobName: String = "NAME", text_like("^[^ ./@:-][^ /@:]*$"), job_name;
}

fn operation(text: &str) -> Result<Operation, Problem> {
    let names = Operation::ALL.map(Operation::name);
    Operation::ALL.into_iter().find(|operation| operation.name() == text).ok_or_else(|| {
        let hint = match nearest(text, names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write one of them".to_owned(),
        };
        Problem::new(format!("`{text}` is none of `{}`", names.join("`, `")), hint)
    })
}

/// Safe as a file name and easy to type: it starts a run's directory.
pub(in crate::config) fn job_name(name: &str) -> Result<String, Problem> {
    let fits = (1..=LONGEST_NAME).contains(&name.len())
        && name.chars().all(is_safe)
        && !name.starts_with(['.', '-'])
        && !is_device(name);
    if fits {
        return Ok(name.to_owned());
    }
    Err(Problem::new(
        format!("`{}` cannot name a job", name.escape_debug()),
        "a name has letters, digits, `-`, `_` and `.`, at most 100 of them, and starts with a letter, a digit or `_`; `con`, `nul` and the like are devices of Windows",
    ))
}

/// The name of a job whose file is called so. Errors: nothing of it can be one.
pub(in crate::config) fn name_from(stem: &str) -> Result<String, Problem> {
    let safe: String = stem.chars().map(|c| if is_safe(c) { c } else { '-' }).collect();
    job_name(safe.trim_start_matches(['.', '-'])).map_err(|_| {
        Problem::new(
            format!("`{stem}` cannot name a job"),
            "write `name = \"nightly-cleanup\"` at the top of the job file",
        )
    })
}

/// The name of a job whose file is called so, where it can have one.
pub(crate) fn job_name_of(stem: &str) -> Option<String> {
    name_from(stem).ok()
}

/// Whether Windows takes a file of this name, whatever its ending is, for a device. Job files go from one system to another.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let numbered = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    let is_numbered = numbered.is_some_and(|number| {
        matches!(number.as_bytes(), [b'0'..=b'9'])
            || ["\u{b9}", "\u{b2}", "\u{b3}"].contains(&number)
    });
    is_numbered || matches!(&*stem, "con" | "prn" | "aux" | "nul")
}

fn is_safe(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_' | '.')
}
