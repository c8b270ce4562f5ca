//! Where the secret or the token is found: exactly one place, and never the credential itself.

use crate::config::found::Found;
use crate::config::kind::{Argument, File, Variable as Name};
use crate::config::plan::Plan;
use crate::config::setting::{Family, Group, Setting, Takes, Variable};
use crate::model::settings::{Credentials, SecretSource};

#[rustfmt::skip] // A table: every setting says the same in the same place.
pub(super) const CREDENTIALS: Group = Group {
    heading: "Credentials",
    settings: &[
        Setting { key: "target.client_secret_env", option: Some("--client-secret-env"), environment: Some(Variable::Secret("KOREBULK_CLIENT_SECRET")), default: "KOREBULK_CLIENT_SECRET",
            help: "The environment variable that holds the client secret",
            takes: Takes::source::<Name>(Found::Env, Family::Credential, secret) },
        Setting { key: "target.client_secret_file", option: Some("--client-secret-file"), environment: None, default: "",
            help: "The file that holds the client secret",
            takes: Takes::source::<File>(Found::File, Family::Credential, secret) },
        Setting { key: "target.client_secret_command", option: Some("--client-secret-command"), environment: None, default: "",
            help: "The command that prints the client secret: a program and its arguments, one option for each",
            takes: Takes::source::<Argument>(Found::Command, Family::Credential, secret) },
        Setting { key: "target.token_env", option: Some("--token-env"), environment: Some(Variable::Secret("KOREBULK_TOKEN")), default: "",
            help: "The environment variable that holds a ready token; KOREBULK_TOKEN where it is set and no source is named",
            takes: Takes::source::<Name>(Found::Env, Family::Credential, token) },
        Setting { key: "target.token_file", option: Some("--token-file"), environment: None, default: "",
            help: "The file that holds a ready token, read again for each request",
            takes: Takes::source::<File>(Found::File, Family::Credential, token) },
        Setting { key: "target.token_command", option: Some("--token-command"), environment: None, default: "",
            help: "The command that prints a ready token: a program and its arguments, one option for each",
            takes: Takes::source::<Argument>(Found::Command, Family::Credential, token) },
    ],
};

fn secret(plan: &mut Plan, source: SecretSource) {
    plan.target.credentials = Credentials::Secret(source);
}

fn token(plan: &mut Plan, source: SecretSource) {
    plan.target.credentials = Credentials::Token(source);
}
