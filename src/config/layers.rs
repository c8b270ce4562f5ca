//! The layers of a job, one over the other: what was typed, the job file, the environment, the defaults.
//!
//! Knows of every value where it comes from, so that every refusal starts with the place to fix.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::environment::{Environment, ProfilesFile};
use super::found::with_profile;
use super::host::SANDBOX;
use super::job::JobFile;
use super::plan::Plan;
use super::problem::Problem;
use super::rows::{setting, settings};
use super::setting::{Setting, Variable};
use super::units::profile_name;
use super::values::{Options, Value, Values};
use super::{accounts, profile};
use crate::model::RunError;

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// An option.
    Typed,
    /// The job file.
    Written,
    /// The profile.
    Profile,
    /// An environment variable.
    Variable(Variable),
    /// The settings table.
    Default,
}

/// What was given.
pub(super) struct Layers<'a> {
    typed: &'a Values,
    pub(super) job: Option<&'a JobFile>,
    pub(super) profile: Option<profile::Written>,
    pub(super) environment: &'a Environment,
}

impl<'a> Layers<'a> {
    /// Lays them one over the other. Errors: one of them says two things where a job has one, or job file and
    /// environment name two targets.
    pub(super) fn new(
        job: Option<&'a JobFile>,
        options: &'a Options,
        environment: &'a Environment,
    ) -> Result<Self, RunError> {
        let layers = Self { typed: &options.0, job, profile: None, environment };
        layers.one_of_each_family(Origin::Typed)?;
        layers.one_of_each_family(Origin::Written)?;
        layers.one_target()?;
        Ok(layers)
    }

    /// The same with the profile that is named, below the job file. Errors: there is none of that name, it cannot be
    /// used, or it has another target than job file or environment.
    pub(super) fn with_profile(mut self) -> Result<Self, RunError> {
        let setting = setting("target.profile").expect("it is in the settings table");
        let Some(origin) = self.origin(setting) else { return Ok(self) };
        let Some(value) = self.value(setting, origin) else { return Ok(self) };
        let name = profile_name(value.text().unwrap_or_default().trim())
            .map_err(|problem| self.refuse(setting, origin, problem))?;
        let mut files: Vec<ProfilesFile> = self.accounts()?.into_iter().collect();
        files.extend_from_slice(&self.environment.profiles);
        let place = self.place(setting, "", origin);
        let found = profile::find(&name, &files)?;
        self.profile = Some(found.ok_or_else(|| profile::unknown(&place, &name, &files))?);
        self.one_of_each_family(Origin::Profile)?;
        self.one_target()?;
        Ok(self)
    }

    /// The file of accounts, where one is named, as a file of profiles.
    fn accounts(&self) -> Result<Option<ProfilesFile>, RunError> {
        let setting = setting("target.accounts").expect("it is in the settings table");
        let Some(origin) = self.origin(setting) else { return Ok(None) };
        let Some(value) = self.value(setting, origin) else { return Ok(None) };
        let path = self.base(origin).join(value.text().unwrap_or_default().trim());
        accounts::read(&path).map(Some)
    }

    pub(super) fn layer(&self, origin: Origin) -> Option<&Values> {
        match origin {
            Origin::Typed => Some(self.typed),
            Origin::Written => self.job.map(|job| &job.values),
            Origin::Profile => self.profile.as_ref().map(|profile| &profile.file.values),
            Origin::Variable(_) | Origin::Default => None,
        }
    }

    /// Whether what a layer says of a setting gives way: the sandbox of a job file to a profile that is typed.
    fn gives_way(&self, origin: Origin, setting: &Setting) -> bool {
        let written = || self.written(setting.key).and_then(Value::text);
        let is_typed = origin == Origin::Written && self.typed.has("target.profile");
        is_typed && setting.key == "target.host" && written().is_some_and(|w| w.trim() == SANDBOX)
    }

    /// Whether a setting, or another way to say the same, has a value in a layer.
    fn says(&self, origin: Origin, setting: &Setting) -> bool {
        let family = setting.family();
        self.layer(origin).is_some_and(|values| {
            values.has(setting.key)
                || family.is_some()
                    && settings().any(|other| other.family() == family && values.has(other.key))
        })
    }

    /// Where the value of a setting comes from; `None` where it has none.
    pub(super) fn origin(&self, setting: &Setting) -> Option<Origin> {
        let layers = [Origin::Typed, Origin::Written, Origin::Profile];
        for origin in layers.into_iter().filter(|origin| !self.gives_way(*origin, setting)) {
            if self.layer(origin).is_some_and(|values| values.has(setting.key)) {
                return Some(origin);
            }
            // Another way to say the same wins over the layers below.
            if self.says(origin, setting) {
                return None;
            }
        }
        match setting.environment {
            Some(variable)
                if self.environment.get(variable.name()).is_some()
                    && !self.is_for_another(setting) =>
            {
                Some(Origin::Variable(variable))
            }
            _ => Some(Origin::Default).filter(|_| !setting.default.is_empty()),
        }
    }

    /// A sandbox has ids of its own: variables left over from a real account have no part in it.
    fn is_for_another(&self, of: &Setting) -> bool {
        let host = "target.host";
        let sandbox = || {
            let value = setting(host).and_then(|host| self.value(host, self.origin(host)?));
            value.is_some_and(|value| value.text().is_some_and(|host| host.trim() == SANDBOX))
        };
        of.key != host && of.key.starts_with("target.") && sandbox()
    }

    fn value(&self, setting: &Setting, origin: Origin) -> Option<Cow<'_, Value>> {
        match origin {
            Origin::Typed => match (self.typed.get(setting.key)?, self.written(setting.key)) {
                (Value::Fields(typed), Some(Value::Fields(written))) => {
                    let mut fields = written.clone();
                    fields.extend(typed.clone());
                    Some(Cow::Owned(Value::Fields(fields)))
                }
                (typed, _) => Some(Cow::Borrowed(typed)),
            },
            Origin::Written | Origin::Profile => {
                self.layer(origin)?.get(setting.key).map(Cow::Borrowed)
            }
            Origin::Variable(variable) => Some(Cow::Owned(Value::Text(match variable {
                Variable::Secret(name) => name.to_owned(),
                Variable::Value(name) => self.environment.get(name)?.to_owned(),
            }))),
            Origin::Default => setting.default_value().map(Cow::Owned),
        }
    }

    fn written(&self, key: &str) -> Option<&'a Value> {
        self.job.and_then(|job| job.values.get(key))
    }

    /// Whether somebody gave this a value: by option, job file or variable.
    pub(super) fn is_given(&self, key: &str) -> bool {
        let origin = setting(key).and_then(|setting| self.origin(setting));
        origin.is_some_and(|origin| origin != Origin::Default)
    }

    /// Enters the value of a setting in the plan, where there is one.
    pub(super) fn enter(&self, setting: &Setting, plan: &mut Plan) -> Result<(), RunError> {
        match self.origin(setting) {
            Some(origin) => self.enter_from(setting, origin, plan),
            None => Ok(()),
        }
    }

    fn enter_from(
        &self,
        setting: &Setting,
        origin: Origin,
        plan: &mut Plan,
    ) -> Result<(), RunError> {
        let Some(value) = self.value(setting, origin) else { return Ok(()) };
        let profile = self.profile.as_ref().map(|profile| profile.name.as_str());
        let value = if setting.is_path() { with_profile(value, profile) } else { Ok(value) };
        value
            .and_then(|value| setting.set(plan, &value, &self.base(origin)))
            .map_err(|problem| self.refuse(setting, origin, problem))
    }

    /// A job file and a profile are checked whole: what an option overrides tonight must still be right tomorrow.
    pub(super) fn check_written(&self) -> Result<(), RunError> {
        for origin in [Origin::Written, Origin::Profile] {
            self.check(origin)?;
        }
        Ok(())
    }

    fn check(&self, origin: Origin) -> Result<(), RunError> {
        let Some(values) = self.layer(origin) else { return Ok(()) };
        let mut plan = Plan::blank();
        for setting in settings() {
            if values.has(setting.key) {
                self.enter_from(setting, origin, &mut plan)?;
            } else if setting.key == "target.host" {
                // What is right for a server of one's own is judged by the host, wherever it is named.
                self.enter(setting, &mut plan)?;
            }
        }
        Ok(())
    }

    /// What was typed and nothing else, entered in a plan that was made before.
    pub(super) fn enter_typed(&self, setting: &Setting, plan: &mut Plan) -> Result<(), RunError> {
        match self.typed.has(setting.key) {
            true => self.enter_from(setting, Origin::Typed, plan),
            false => Ok(()),
        }
    }

    /// The directory that a relative path starts from: the job file's for what it says itself.
    fn base(&self, origin: Origin) -> PathBuf {
        let file = match origin {
            Origin::Written | Origin::Default => self.job,
            Origin::Profile => self.profile.as_ref().map(|profile| &profile.file),
            Origin::Typed | Origin::Variable(_) => None,
        };
        let directory = file.and_then(|file| file.path.parent());
        self.environment.absolute(directory.unwrap_or_else(|| Path::new("")))
    }

    /// Where a value was given, as messages start: the option, the variable, or file, line and key.
    pub(super) fn place(&self, setting: &Setting, part: &str, origin: Origin) -> String {
        let field = part.strip_prefix('.').unwrap_or(part);
        let is_written = matches!(self.written(setting.key), Some(Value::Fields(fields)) if fields.contains_key(field));
        let is_typed = matches!(self.typed.get(setting.key), Some(Value::Fields(fields)) if fields.contains_key(field));
        match (origin, self.job, setting.option) {
            (Origin::Typed, Some(job), _) if is_written && !is_typed => {
                written_at(job, setting, part)
            }
            (Origin::Variable(variable), ..) => format!("`{}`", variable.name()),
            (Origin::Profile, ..) => self.profile.as_ref().map_or_else(String::new, |profile| {
                let own = setting.key.strip_prefix("target.").unwrap_or(setting.key);
                format!("{}: `{}.{own}`", profile.file.at(setting.key), profile.name)
            }),
            (Origin::Written | Origin::Default, Some(job), _) => written_at(job, setting, part),
            (_, _, Some(option)) => format!("`{option}`"),
            (_, _, None) => format!("`{}{part}`", setting.key),
        }
    }

    pub(super) fn refuse(&self, setting: &Setting, origin: Origin, problem: Problem) -> RunError {
        let place = self.place(setting, &problem.part, origin);
        RunError::usage(format!("{place}: {}", problem.text)).hint(problem.hint)
    }

    /// An error about the value of `key`, wherever it comes from.
    pub(super) fn refuse_key(&self, key: &str, problem: Problem) -> RunError {
        let setting = setting(key).expect("it is in the settings table");
        self.refuse(setting, self.origin(setting).unwrap_or(Origin::Default), problem)
    }

    /// Refuses a sandbox of a run's own where something outlives the run; `start` says what one that stays prints.
    pub(super) fn no_own_sandbox(&self, host: &str, start: &str) -> Result<(), RunError> {
        if host != SANDBOX {
            return Ok(());
        }
        let text = "a sandbox of a run's own lives only as long as the run";
        let hint = format!("start one with `korebulk sandbox`: it prints {start}");
        Err(self.refuse_key("target.host", Problem::new(text, hint)))
    }

    /// An error for a setting that must be given and is not, naming every way to give it.
    pub(super) fn missing(&self, key: &str) -> RunError {
        let setting = setting(key).expect("it is in the settings table");
        let mut ways = Vec::new();
        if self.job.is_some() {
            ways.push(match key.rsplit_once('.') {
                None => format!("write `{key} = \"…\"` at the top of the job file"),
                Some((table, name)) => format!("write `{name} = \"…\"` under `[{table}]`"),
            });
        }
        ways.extend(setting.option.map(|option| format!("give `{option}`")));
        ways.extend(setting.environment.map(|variable| format!("set `{}`", variable.name())));
        let place = self.place(setting, "", Origin::Default);
        RunError::usage(format!("{place} is missing")).hint(ways.join(", or "))
    }
}

fn written_at(job: &JobFile, setting: &Setting, part: &str) -> String {
    let key = format!("{}{part}", setting.key);
    format!("{}: `{key}`", job.at(&key))
}
