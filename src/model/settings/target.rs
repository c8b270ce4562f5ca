//! Where records go, and where the secret for it is found.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Where the records go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// `https://platform.kore.ai`: scheme and authority, no trailing slash.
    /// For a sandbox target the word `sandbox` until the run has started its server.
    pub host: String,
    /// `st-` + UUID; also the `iid` header of the campaign API.
    pub stream_id: String,
    /// 24 hex characters.
    pub account_id: String,
    /// `cs-…`, the `appId` claim; empty with a ready token.
    pub client_id: String,
    /// Where the secret or the token is found.
    pub credentials: Credentials,
    /// A PEM file of certificate authorities to trust beside the system's.
    pub ca_file: Option<PathBuf>,
}

/// The profile that a plan was resolved with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Its name: the account's name for people.
    pub name: String,
    /// The file that it is in, absolute.
    pub file: PathBuf,
    /// Whether its name is asked for before anything is sent.
    pub protected: bool,
}

impl Profile {
    /// Whether it is a row of a table of accounts, not of a file of profiles.
    pub fn is_of_table(&self) -> bool {
        self.file.extension().is_none_or(|ending| ending != "toml")
    }
}

impl Target {
    /// Whether this run starts its own local server.
    pub fn is_sandbox(&self) -> bool {
        self.credentials == Credentials::Sandbox
    }
}

/// Where a credential is found. Never the credential itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Credentials {
    /// The client secret, which signs each request.
    Secret(SecretSource),
    /// A ready token: a file is read again for each request, a command run again when one is refused.
    Token(SecretSource),
    /// The sandbox's own, made for the run.
    Sandbox,
}

/// Where a secret, a token or a URL that holds one is found. Never the secret itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretSource {
    /// In an environment variable, by its name.
    Env(String),
    /// In a file, absolute (one trailing line break is dropped).
    File(PathBuf),
    /// On the standard output of a command, given as an argument vector.
    Command(Vec<String>),
}

impl SecretSource {
    /// The environment variable, where it is one.
    pub fn variable(&self) -> Option<&str> {
        match self {
            Self::Env(name) => Some(name),
            Self::File(_) | Self::Command(_) => None,
        }
    }
}

impl Credentials {
    /// The systemd unit that alone has this credential, and only while it runs (`LoadCredential=`).
    pub fn unit(&self) -> Option<&str> {
        match self {
            Self::Secret(SecretSource::File(path)) | Self::Token(SecretSource::File(path)) => {
                unit_of(path)
            }
            _ => None,
        }
    }
}

/// The systemd unit in whose credentials directory a file lies.
pub fn unit_of(credential: &Path) -> Option<&str> {
    credential.strip_prefix("/run/credentials").ok()?.iter().next()?.to_str()
}
