//! `[notify]` and `report.metrics_file`: who is told how a run ended.

use std::path::PathBuf;

use super::asked::{Asked, Problem};
use super::credentials::variable;
use super::units::word;
use super::values::{Several, Text};
use crate::model::RunError;
use crate::model::settings::{NotifyOn, NotifySettings, SecretSource};

pub(super) fn notify(asked: &Asked<'_>) -> Result<NotifySettings, RunError> {
    let keys = &asked.keys.notify;
    Ok(NotifySettings {
        on: on(asked, keys.on.as_ref())?,
        ping_url: url(
            asked,
            ("notify.ping_url_env", keys.ping_url_env.as_ref()),
            ("notify.ping_url_file", keys.ping_url_file.as_ref()),
        )?,
        webhook_url: url(
            asked,
            ("notify.webhook_url_env", keys.webhook_url_env.as_ref()),
            ("notify.webhook_url_file", keys.webhook_url_file.as_ref()),
        )?,
    })
}

/// The file for `node_exporter`'s textfile collector, which reads `*.prom` only.
pub(super) fn metrics_file(asked: &Asked<'_>) -> Result<Option<PathBuf>, RunError> {
    let key = "report.metrics_file";
    let path = asked.path(key, asked.keys.report.metrics_file.as_ref())?;
    match path {
        Some(path) if path.extension().is_none_or(|extension| extension != "prom") => Err(asked
            .refuse(key, format!("`{}` does not end with `.prom`", path.display()))
            .hint("node_exporter's textfile collector reads files of that ending only")),
        path => Ok(path),
    }
}

fn on(asked: &Asked<'_>, words: Option<&Several>) -> Result<Vec<NotifyOn>, RunError> {
    let known = [
        ("failure", NotifyOn::Failure),
        ("recovery", NotifyOn::Recovery),
        ("always", NotifyOn::Always),
    ];
    let Some(Several(words)) = words else {
        return Ok(vec![NotifyOn::Failure, NotifyOn::Recovery]);
    };
    let words = words.iter().flat_map(|words| words.split(','));
    let on: Result<Vec<NotifyOn>, Problem> = words.map(|text| word(text.trim(), &known)).collect();
    on.map_err(|problem| asked.refuse_as("notify.on", problem))
}

fn url(
    asked: &Asked<'_>,
    (env_key, env): (&str, Option<&Text>),
    (file_key, file): (&str, Option<&Text>),
) -> Result<Option<SecretSource>, RunError> {
    if env.is_some() && file.is_some() {
        let other = asked.place(file_key);
        return Err(asked
            .refuse(env_key, format!("two places for one URL; the other is {other}"))
            .hint("keep exactly one of them"));
    }
    Ok(match variable(asked, env_key, env)? {
        Some(name) => Some(SecretSource::Env(name)),
        None => asked.path(file_key, file)?.map(SecretSource::File),
    })
}
