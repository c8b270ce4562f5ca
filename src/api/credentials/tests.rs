//! Every place a credential can be, good and bad.

use std::path::PathBuf;

use super::*;
use crate::api::sign::decode_claims;

fn target(credentials: Credentials) -> Target {
    Target {
        host: "https://platform.kore.ai".to_owned(),
        stream_id: "st-1".to_owned(),
        account_id: "a".to_owned(),
        client_id: "cs-1".to_owned(),
        credentials,
        ca_file: None,
    }
}

async fn load(credentials: Credentials) -> Result<Signing, RunError> {
    let env = |name: &str| match name {
        "SET" => Some("from-env".to_owned()),
        "EMPTY" => Some(String::new()),
        "MARKED" => Some("\u{feff}t0ken\n".to_owned()),
        "SPACED" => Some("Bearer abc".to_owned()),
        _ => None,
    };
    Signing::load(&target(credentials), &env).await
}

fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("credential");
    std::fs::write(&path, text).unwrap();
    (dir, path)
}

fn argv(argv: &[&str]) -> Vec<String> {
    argv.iter().map(|&arg| arg.to_owned()).collect()
}

fn now(signing: &Signing) -> String {
    signing.token(SystemTime::UNIX_EPOCH).unwrap().header().to_owned()
}

#[tokio::test]
async fn a_secret_signs_for_its_client() {
    let (_dir, path) = written("s\n");
    for source in [
        Credentials::Secret(SecretSource::Env("SET".to_owned())),
        Credentials::Secret(SecretSource::File(path)),
        Credentials::Secret(SecretSource::Command(argv(&["echo", "s"]))),
    ] {
        let signing = load(source).await.unwrap();
        assert_eq!(decode_claims(&now(&signing)).unwrap().claims["appId"], "cs-1");
        assert!(signing.refresh().await.unwrap());
    }
}

#[tokio::test]
async fn marks_around_a_credential_are_none_of_it_wherever_it_is() {
    let (_dir, path) = written("\u{feff}t0ken\r\n\n");
    for source in [
        SecretSource::Env("MARKED".to_owned()),
        SecretSource::File(path),
        SecretSource::Command(argv(&["printf", "\\357\\273\\277t0ken\\r\\n"])),
    ] {
        let signing = load(Credentials::Token(source)).await.unwrap();
        assert_eq!(now(&signing), "t0ken");
    }
}

#[tokio::test]
async fn a_token_file_is_read_again_for_each_request() {
    let (_dir, path) = written("one\n");
    let signing = load(Credentials::Token(SecretSource::File(path.clone()))).await.unwrap();
    assert_eq!(now(&signing), "one");
    std::fs::write(&path, "two").unwrap();
    assert_eq!(now(&signing), "two");
    std::fs::remove_file(&path).unwrap();
    assert!(signing.token(SystemTime::UNIX_EPOCH).is_err());
}

#[cfg(unix)]
#[tokio::test]
async fn a_token_command_runs_again_after_a_refusal_only() {
    let (_dir, path) = written("one");
    let signing =
        load(Credentials::Token(SecretSource::Command(argv(&["cat", path.to_str().unwrap()]))))
            .await
            .unwrap();
    std::fs::write(&path, "two").unwrap();
    assert_eq!(now(&signing), "one");
    assert!(signing.refresh().await.unwrap());
    assert_eq!(now(&signing), "two");
}

#[tokio::test]
async fn a_token_in_the_environment_stays_what_it_is() {
    let signing = load(Credentials::Token(SecretSource::Env("SET".to_owned()))).await.unwrap();
    assert!(!signing.refresh().await.unwrap());
    assert_eq!(now(&signing), "from-env");
}

#[cfg(unix)]
#[tokio::test]
async fn what_cannot_be_used_is_an_error_that_names_the_place_and_no_output() {
    let (_dir, empty) = written("\n");
    let shown = empty.display().to_string();
    let mut errors = Vec::new();
    for source in [
        Credentials::Secret(SecretSource::Env("UNSET".to_owned())),
        Credentials::Token(SecretSource::Env("EMPTY".to_owned())),
        Credentials::Token(SecretSource::Env("SPACED".to_owned())),
        Credentials::Secret(SecretSource::File(empty)),
        Credentials::Secret(SecretSource::File("/nowhere/at/all".into())),
        Credentials::Secret(SecretSource::Command(vec![])),
        Credentials::Secret(SecretSource::Command(argv(&["true"]))),
        Credentials::Secret(SecretSource::Command(argv(&["sh", "-c", "echo s3cret; exit 3"]))),
        Credentials::Token(SecretSource::Command(argv(&["korebulk-no-such-program"]))),
        Credentials::Sandbox,
    ] {
        let error = load(source).await.unwrap_err();
        errors.push(format!("{} {}", error.exit.code(), error.message.replace(&shown, "FILE")));
    }
    insta::assert_snapshot!(errors.join("\n"), @"
    2 the environment variable `UNSET` is not set
    2 the environment variable `EMPTY` is empty
    2 the environment variable `SPACED` holds no token
    2 `FILE` is empty
    2 `/nowhere/at/all` cannot be read: No such file or directory (os error 2)
    2 the command for the credential is empty
    2 `true` printed nothing
    2 `sh` failed with exit status: 3
    2 `korebulk-no-such-program` cannot be run: No such file or directory (os error 2)
    70 the sandbox's secret is not kept anywhere
    ");
}

#[tokio::test]
async fn a_credential_that_only_a_unit_has_names_the_way_to_start_it() {
    let path = "/run/credentials/korebulk-night.service/client-secret";
    let error = load(Credentials::Secret(SecretSource::File(path.into()))).await.unwrap_err();
    insta::assert_snapshot!(format!("{error}\nhint: {}", error.hint.clone().unwrap()), @r"
    `/run/credentials/korebulk-night.service/client-secret` cannot be read: No such file or directory (os error 2)
    hint: only `korebulk-night.service` has it, while it runs: `systemctl start korebulk-night.service` finishes its runs
    ");
}

#[cfg(unix)]
#[tokio::test]
async fn a_command_that_hangs_is_given_up() {
    let hang = argv(&["sleep", "1000"]);
    let error = of_command(&hang, Duration::ZERO).await.unwrap_err();
    assert_eq!(error.message, "`sleep` gave no credential within 0 s");
}

#[tokio::test]
async fn a_secret_without_a_client_id_is_refused() {
    let target = Target {
        client_id: String::new(),
        ..target(Credentials::Secret(SecretSource::Env("X".to_owned())))
    };
    let error = Signing::load(&target, &|_| Some("s".to_owned())).await.unwrap_err();
    assert_eq!(error.message, "`target.client_id` is missing");
}
