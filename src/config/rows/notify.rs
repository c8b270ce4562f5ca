//! `[notify]`: who is notified of how runs end. URLs are credentials: only where they are found is a setting.

use crate::config::kind::{File, Kind, OneOf, Variable as Name};
use crate::config::setting::{Family, Found, Group, Setting, Takes, Variable};
use crate::model::settings::NotifyOn;

pub(super) const ALERTS: Group = Group {
    heading: "Alerts",
    settings: &[
        Setting {
            key: "notify.on",
            option: Some("--notify-on"),
            environment: Variable::Unset,
            default: "failure, recovery",
            help: "What the webhook is told of: failure, recovery, always",
            takes: Takes::list::<OneOf<NotifyOn>>(|plan, words| {
                let words = words.iter().flat_map(|words| words.split(','));
                let on: Result<_, _> = words.map(|word| OneOf::read(word.trim())).collect();
                plan.notify.on = on?;
                Ok(())
            }),
        },
        Setting {
            key: "notify.ping_url_env",
            option: Some("--ping-url-env"),
            environment: Variable::Unset,
            default: "",
            help: "The environment variable that holds the URL of a healthchecks-style service",
            takes: Takes::source::<Name>(Found::Env, Family::PingUrl, |plan, source| {
                plan.notify.ping_url = Some(source);
            }),
        },
        Setting {
            key: "notify.ping_url_file",
            option: Some("--ping-url-file"),
            environment: Variable::Unset,
            default: "",
            help: "The file that holds that URL",
            takes: Takes::source::<File>(Found::File, Family::PingUrl, |plan, source| {
                plan.notify.ping_url = Some(source);
            }),
        },
        Setting {
            key: "notify.webhook_url_env",
            option: Some("--webhook-url-env"),
            environment: Variable::Unset,
            default: "",
            help: "The environment variable that holds the URL of a JSON webhook, such as Slack's",
            takes: Takes::source::<Name>(Found::Env, Family::WebhookUrl, |plan, source| {
                plan.notify.webhook_url = Some(source);
            }),
        },
        Setting {
            key: "notify.webhook_url_file",
            option: Some("--webhook-url-file"),
            environment: Variable::Unset,
            default: "",
            help: "The file that holds that URL",
            takes: Takes::source::<File>(Found::File, Family::WebhookUrl, |plan, source| {
                plan.notify.webhook_url = Some(source);
            }),
        },
    ],
};
