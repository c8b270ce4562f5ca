//! `[report]` and `[runs]`: what is written about a run, where it is stored, and for how long.

use std::path::PathBuf;

use crate::config::found::Found;
use crate::config::kind::{Dir, File, Flag, Kind, Number, OneOf, Variable as Name};
use crate::config::plan::Plan;
use crate::config::problem::Problem;
use crate::config::setting::{Family, Group, Setting, Takes, Variable, one};
use crate::model::settings::{Contacts, SecretSource, Values};

#[rustfmt::skip] // A table: every setting says the same in the same place.
pub(super) const REPORT: Group = Group {
    heading: "Report and runs",
    settings: &[
        Setting { key: "report.contacts", option: Some("--contacts"), environment: None, default: "full",
            help: "What the report stores of a succeeded record: full, or ids only",
            takes: one!(OneOf<Contacts> => report.contacts) },
        Setting { key: "report.values", option: Some("--values"), environment: None, default: "masked",
            help: "Contact values in HTML and on screen: masked or full",
            takes: one!(OneOf<Values> => report.values) },
        Setting { key: "report.xlsx", option: Some("--xlsx"), environment: None, default: "false",
            help: "Write outcome.xlsx for any input",
            takes: Takes::flag::<Flag>(|plan, xlsx| plan.report.xlsx = xlsx) },
        Setting { key: "report.metrics_file", option: Some("--metrics-file"), environment: None, default: "",
            help: "A .prom file for node_exporter's textfile collector, written at the end of the run",
            takes: Takes::path::<File>(|plan, path| {
                plan.metrics_file = Some(metrics_file(path)?);
                Ok(())
            }) },
        Setting { key: "report.push_url_env", option: Some("--push-url-env"), environment: None, default: "",
            help: "The environment variable that holds the URL of a Prometheus Pushgateway, which takes the metrics at the end of the run",
            takes: Takes::source::<Name>(Found::Env, Family::PushUrl, push) },
        Setting { key: "report.push_url_file", option: Some("--push-url-file"), environment: None, default: "",
            help: "The file that holds that URL",
            takes: Takes::source::<File>(Found::File, Family::PushUrl, push) },
        Setting { key: "runs.dir", option: Some("--runs-dir"), environment: Some(Variable::Value("KOREBULK_RUNS_DIR")), default: "korebulk-runs",
            help: "Where runs are stored; by default beside the job file",
            takes: Takes::path::<Dir>(|plan, path| {
                plan.runs.dir = path;
                Ok(())
            }) },
        Setting { key: "runs.keep_days", option: Some("--keep-days"), environment: None, default: "30",
            help: "Days after which contact data is scrubbed from a run",
            takes: one!(Number<u32, 0, 36_500> => runs.keep_days) },
    ],
};

fn push(plan: &mut Plan, source: SecretSource) {
    plan.notify.push_url = Some(source);
}

/// The file for `node_exporter`'s textfile collector, which reads `*.prom` only.
fn metrics_file(path: PathBuf) -> Result<PathBuf, Problem> {
    if path.extension().is_some_and(|extension| extension == "prom") {
        return Ok(path);
    }
    Err(Problem::new(
        format!("`{}` does not end with `.prom`", path.display()),
        "node_exporter's textfile collector reads files of that ending only",
    ))
}
