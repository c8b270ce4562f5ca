//! What was asked for, laid together: typed over written, the environment below, and where each came from.
//!
//! Every refusal is worded here, so that it starts with the place to mend.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::path::{Component, Path, PathBuf};

use super::file::Tables;
use super::job::JobFile;
use super::options::Options;
use super::table::{Setting, setting};
use super::values::Text;
use crate::model::RunError;

/// The process's surroundings, passed in so that resolving stays pure.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// Environment variables that korebulk reads: those whose names start with `KOREBULK_`.
    pub variables: BTreeMap<String, String>,
    /// The working directory, absolute.
    pub directory: PathBuf,
}

/// Some variables hold secrets: a debug print names them and shows no value.
impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&String> = self.variables.keys().collect();
        f.debug_struct("Environment")
            .field("variables", &names)
            .field("directory", &self.directory)
            .finish()
    }
}

impl Environment {
    /// A variable that is set and not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

/// Why a text is not what its key wants.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    text: String,
    hint: Option<String>,
}

impl Problem {
    /// In one line, for clap.
    pub(super) fn sentence(self) -> String {
        match self.hint {
            Some(hint) => format!("{}; {hint}", self.text),
            None => self.text,
        }
    }

    pub(super) fn new(text: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { text: text.into(), hint: Some(hint.into()) }
    }
}

/// The keys that stand, and their origins.
pub(super) struct Asked<'a> {
    pub(super) keys: Tables,
    pub(super) job: Option<&'a JobFile>,
    pub(super) environment: &'a Environment,
    typed: BTreeSet<String>,
    filled: BTreeMap<&'static str, &'static str>,
}

impl<'a> Asked<'a> {
    /// Lays together what was typed, written and set. Errors: job file and environment name two targets.
    pub(super) fn new(
        job: Option<&'a JobFile>,
        options: &Options,
        environment: &'a Environment,
    ) -> Result<Self, RunError> {
        let written = job.map(|job| job.tables.clone()).unwrap_or_default();
        let mut asked = Self {
            keys: options.0.clone().over(written),
            job,
            environment,
            typed: options.typed().into_iter().map(|(key, _)| key).collect(),
            filled: BTreeMap::new(),
        };
        asked.fill()?;
        Ok(asked)
    }

    /// The job file as it is written, and nothing else.
    pub(super) fn as_written(job: &'a JobFile, environment: &'a Environment) -> Self {
        Self {
            keys: job.tables.clone(),
            job: Some(job),
            environment,
            typed: BTreeSet::new(),
            filled: BTreeMap::new(),
        }
    }

    /// The environment fills what is missing, and may not contradict a target that is written.
    fn fill(&mut self) -> Result<(), RunError> {
        // A sandbox has ids of its own: leftovers of a real account have no place in it.
        let sandbox = self.keys.target.host.as_ref().is_some_and(|host| host.0 == "sandbox");
        let target = &mut self.keys.target;
        let places: [(&'static str, &'static str, &mut Option<Text>); 5] = [
            ("target.host", "KOREBULK_HOST", &mut target.host),
            ("target.stream_id", "KOREBULK_STREAM_ID", &mut target.stream_id),
            ("target.account_id", "KOREBULK_ACCOUNT_ID", &mut target.account_id),
            ("target.client_id", "KOREBULK_CLIENT_ID", &mut target.client_id),
            ("runs.dir", "KOREBULK_RUNS_DIR", &mut self.keys.runs.dir),
        ];
        for (key, variable, place) in places {
            let Some(set) = self.environment.get(variable) else { continue };
            let is_target = key.starts_with("target.");
            match place {
                Some(_) if self.typed.contains(key) || !is_target => {}
                Some(Text(written)) if same(written, set) => {}
                Some(Text(written)) => {
                    return Err(two_targets(self.job, key, written, variable, set));
                }
                None if sandbox && is_target => {}
                None => {
                    *place = Some(Text(set.to_owned()));
                    self.filled.insert(key, variable);
                }
            }
        }
        Ok(())
    }

    /// Where the value of `key` was given, as messages start: file, line and key, or the option, or the variable.
    pub(super) fn place(&self, key: &str) -> String {
        if self.is_typed(key) {
            let option = setting(key).and_then(|setting| setting.option);
            return format!("`{}`", option.unwrap_or(key));
        }
        if let Some(variable) = self.filled.get(key) {
            return format!("`{variable}`");
        }
        match self.job {
            Some(job) => format!("{}: `{key}`", job.at(key)),
            None => match setting(key).and_then(|setting| setting.option) {
                Some(option) => format!("`{option}`"),
                None => format!("`{key}`"),
            },
        }
    }

    /// Whether the key, or one of its fields, was typed.
    pub(super) fn is_typed(&self, key: &str) -> bool {
        self.typed.contains(key)
    }

    /// An error about the value of `key`.
    pub(super) fn refuse(&self, key: &str, problem: impl Display) -> RunError {
        RunError::usage(format!("{}: {problem}", self.place(key)))
    }

    /// An error about the value of `key`, with its remedy.
    pub(super) fn refuse_as(&self, key: &str, problem: Problem) -> RunError {
        let error = self.refuse(key, problem.text);
        match problem.hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }

    /// An error for a key that must be there and is not, naming every way to give it.
    pub(super) fn missing(&self, key: &str) -> RunError {
        let Setting { option, environment, .. } = setting(key).copied().unwrap_or_default();
        let mut ways = Vec::new();
        if self.job.is_some() {
            let (table, name) = key.rsplit_once('.').unwrap_or(("", key));
            ways.push(if table.is_empty() {
                format!("write `{name} = \"…\"` at the top of the job file")
            } else {
                format!("write `{name} = \"…\"` under `[{table}]`")
            });
        }
        ways.extend(option.map(|option| format!("give `{option}`")));
        ways.extend(environment.map(|variable| format!("set `{variable}`")));
        RunError::usage(format!("{} is missing", self.place(key))).hint(ways.join(", or "))
    }

    /// The value of `key`, parsed, where there is one.
    pub(super) fn read<T>(
        &self,
        key: &str,
        value: Option<&Text>,
        parse: impl FnOnce(&str) -> Result<T, Problem>,
    ) -> Result<Option<T>, RunError> {
        value.map(|Text(text)| parse(text.trim())).transpose().map_err(|p| self.refuse_as(key, p))
    }

    /// The directory that a relative path under `key` starts from: the job file's for what it says itself.
    pub(super) fn base(&self, key: &str) -> PathBuf {
        match self.job {
            Some(job) if !self.is_typed(key) && !self.filled.contains_key(key) => self.beside(job),
            _ => self.environment.directory.clone(),
        }
    }

    /// The job file's directory, absolute.
    fn beside(&self, job: &JobFile) -> PathBuf {
        let directory = job.path.parent().unwrap_or_else(|| Path::new(""));
        plain(&self.environment.directory.join(directory))
    }

    /// A path under `key`, absolute. Errors when it is empty.
    pub(super) fn path(
        &self,
        key: &str,
        value: Option<&Text>,
    ) -> Result<Option<PathBuf>, RunError> {
        self.read(key, value, |path| match path {
            "" => Err(Problem::new("the path is empty", "name a file")),
            path => Ok(plain(&self.base(key).join(path))),
        })
    }
}

/// The path without `.` steps; `..` stays, since symbolic links may stand before it.
pub(super) fn plain(path: &Path) -> PathBuf {
    path.components().filter(|step| *step != Component::CurDir).collect()
}

/// The known word nearest to one that was written, where it is near enough to be meant.
pub(super) fn nearest<S: AsRef<str>>(word: &str, known: &[S]) -> Option<String> {
    known
        .iter()
        .map(|known| (strsim::damerau_levenshtein(word, known.as_ref()), known.as_ref()))
        .filter(|(steps, known)| *steps <= 1 + known.len().max(word.len()) / 4)
        .min_by_key(|(steps, _)| *steps)
        .map(|(_, known)| known.to_owned())
}

fn same(written: &str, set: &str) -> bool {
    written.trim().trim_end_matches('/') == set.trim().trim_end_matches('/')
}

fn two_targets(
    job: Option<&JobFile>,
    key: &str,
    written: &str,
    variable: &str,
    set: &str,
) -> RunError {
    let at = job.map(|job| format!("{}: ", job.at(key))).unwrap_or_default();
    let option = setting(key).and_then(|setting| setting.option).unwrap_or(key);
    let (written, set) = (without_user(written), without_user(set));
    RunError::usage(format!("{at}`{key}` is `{written}`, but `{variable}` says `{set}`"))
        .hint(format!("unset `{variable}`, or give `{option}` to say which one is meant"))
}

/// A password before an `@` is not repeated.
fn without_user(value: &str) -> &str {
    value.rsplit_once('@').map_or(value, |(_, host)| host)
}
