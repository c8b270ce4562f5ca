//! `[notify]`: who is notified of how runs end. URLs are credentials: only where they are found is a setting.

use crate::config::found::Found;
use crate::config::kind::{File, Kind, OneOf, Variable as Name};
use crate::config::plan::Plan;
use crate::config::setting::{Family, Group, Setting, Takes};
use crate::model::settings::{NotifyOn, SecretSource};

#[rustfmt::skip] // A table: every setting says the same in the same place.
pub(super) const ALERTS: Group = Group {
    heading: "Alerts",
    settings: &[
        Setting { key: "notify.on", option: Some("--notify-on"), environment: None, default: "failure, recovery",
            help: "What the webhook is notified of: failure, recovery, always",
            takes: Takes::list::<OneOf<NotifyOn>>(|plan, words| {
                let words = words.iter().flat_map(|words| words.split(','));
                let on: Result<_, _> = words.map(|word| OneOf::read(word.trim())).collect();
                plan.notify.on = on?;
                Ok(())
            }) },
        Setting { key: "notify.ping_url_env", option: Some("--ping-url-env"), environment: None, default: "",
            help: "The environment variable that holds the URL of a healthchecks-style service",
            takes: Takes::source::<Name>(Found::Env, Family::PingUrl, ping) },
        Setting { key: "notify.ping_url_file", option: Some("--ping-url-file"), environment: None, default: "",
            help: "The file that holds that URL",
            takes: Takes::source::<File>(Found::File, Family::PingUrl, ping) },
        Setting { key: "notify.webhook_url_env", option: Some("--webhook-url-env"), environment: None, default: "",
            help: "The environment variable that holds the URL of a JSON webhook, such as Slack's",
            takes: Takes::source::<Name>(Found::Env, Family::WebhookUrl, webhook) },
        Setting { key: "notify.webhook_url_file", option: Some("--webhook-url-file"), environment: None, default: "",
            help: "The file that holds that URL",
            takes: Takes::source::<File>(Found::File, Family::WebhookUrl, webhook) },
    ],
};

fn ping(plan: &mut Plan, source: SecretSource) {
    plan.notify.ping_url = Some(source);
}

fn webhook(plan: &mut Plan, source: SecretSource) {
    plan.notify.webhook_url = Some(source);
}
