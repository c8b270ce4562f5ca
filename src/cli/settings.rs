//! Options out of the settings table: for each command those that it takes, as clap's arguments, and what was typed
//! under them.
//!
//! A command's arguments are made when that command was typed, and not for all the others.

use std::fmt::Write as _;
use std::marker::PhantomData;

use clap::builder::ArgAction;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, ValueHint};

use crate::config::{Form, Group, Options, Setting, Variable, groups};

/// Which settings a command takes as options.
pub(super) trait Scope: 'static {
    /// Whether it takes this one.
    fn takes(setting: &Setting) -> bool;
    /// Whether it starts from a stored plan, in which defaults and job-file keys have no part.
    const IS_STORED: bool = false;
}

/// A scope by its name and rule.
macro_rules! scopes {
    ($($(#[$doc:meta])* $scope:ident = $takes:expr, stored: $stored:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub(super) struct $scope;

        impl Scope for $scope {
            fn takes(setting: &Setting) -> bool {
                let takes: fn(&Setting) -> bool = $takes;
                takes(setting)
            }

            const IS_STORED: bool = $stored;
        }
    )+};
}

scopes! {
    /// A job file with everything over it.
    Job = |_| true, stored: false;
    /// An operation without a job file: the files are arguments.
    Files = |setting| setting.key != "input.path", stored: false;
    /// A run taken up again: its stored plan, with new limits and credential sources only.
    Again = |setting| setting.is_renewable() || setting.key == "runs.dir", stored: true;
    /// An account to be read.
    Account = |setting| setting.is_for_reading(), stored: false;
    /// Who signs.
    Signing = |setting| setting.is_credential_source() || ["target.client_id", "target.profile", "target.accounts"].contains(&setting.key), stored: false;
    /// What a profile says.
    Profiled = |setting| setting.key.starts_with("target.") && !["target.profile", "target.accounts"].contains(&setting.key), stored: true;
    /// Where earlier runs are found.
    Runs = |setting| setting.key == "runs.dir", stored: false;
    /// How a file is read for which a job is to be written.
    Reading = |setting| READING.contains(&setting.key), stored: false;
}

const READING: [&str; 9] = [
    "input.format",
    "input.sheet",
    "input.header_row",
    "input.encoding",
    "input.delimiter",
    "input.hidden_rows",
    "input.columns",
    "input.defaults",
    "phone.region",
];

/// The settings of a scope as they were typed.
#[derive(Debug)]
pub(super) struct Typed<S> {
    pub(super) options: Options,
    scope: PhantomData<S>,
}

fn in_scope<S: Scope>() -> impl Iterator<Item = (&'static Group, &'static Setting, &'static str)> {
    let all = groups().iter().flat_map(|group| group.settings.iter().map(move |s| (group, s)));
    all.filter(|(_, setting)| S::takes(setting))
        .filter_map(|(group, setting)| Some((group, setting, setting.option?.strip_prefix("--")?)))
}

impl<S: Scope> Args for Typed<S> {
    fn augment_args(command: Command) -> Command {
        command.defer(arguments::<S>)
    }

    fn augment_args_for_update(command: Command) -> Command {
        command.defer(arguments::<S>)
    }
}

fn arguments<S: Scope>(command: Command) -> Command {
    let args = in_scope::<S>().map(|(group, setting, long)| {
        let help = if S::IS_STORED { setting.help.to_owned() } else { words(setting) };
        argument(setting).long(long).help(help).help_heading(group.heading)
    });
    command.args(args)
}

fn argument(setting: &'static Setting) -> Arg {
    let arg = Arg::new(setting.key).value_name(setting.value_name()).action(ArgAction::Append);
    match setting.form() {
        Form::Text | Form::Word => arg.action(ArgAction::Set),
        Form::Flag => arg
            .action(ArgAction::Set)
            .value_parser(clap::value_parser!(bool))
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true"),
        Form::List => arg.value_delimiter(','),
        Form::Paths => arg.value_hint(ValueHint::FilePath),
        Form::Command => arg.allow_hyphen_values(true),
        Form::Fields => arg.value_parser(assignment),
        Form::Words | Form::Tables => arg,
    }
}

/// `FIELD=TEXT`; the text may hold more `=`.
fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((field, value)) if !field.trim().is_empty() => {
            Ok((field.trim().to_owned(), value.to_owned()))
        }
        _ => Err("write FIELD=TEXT, such as `firstName=Given Name`".to_owned()),
    }
}

/// `At most so many … [job file: limits.rate] [default: 50/min]`
fn words(setting: &Setting) -> String {
    let mut words = setting.help.to_owned();
    let notes = [
        ("job file", setting.key),
        ("default", setting.default),
        ("env", setting.environment.map_or("", Variable::name)),
    ];
    for (name, value) in notes.iter().filter(|(_, value)| !value.is_empty()) {
        write!(words, " [{name}: {value}]").expect("writing to a String cannot fail");
    }
    words
}

impl<S: Scope> FromArgMatches for Typed<S> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut typed = Self { options: Options::default(), scope: PhantomData };
        typed.update_from_arg_matches(matches)?;
        Ok(typed)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for (_, setting, _) in in_scope::<S>() {
            let key = setting.key;
            let options = &mut self.options;
            match setting.form() {
                Form::Text | Form::Word => {
                    if let Some(text) = matches.get_one::<String>(key) {
                        options.text(key, text);
                    }
                }
                Form::Flag => {
                    if let Some(flag) = matches.get_one::<bool>(key) {
                        options.flag(key, *flag);
                    }
                }
                Form::List | Form::Paths | Form::Command | Form::Words | Form::Tables => {
                    if let Some(items) = matches.get_many::<String>(key) {
                        options.list(key, items.cloned());
                    }
                }
                Form::Fields => {
                    if let Some(fields) = matches.get_many::<(String, String)>(key) {
                        options.fields(key, fields.cloned());
                    }
                }
            }
        }
        Ok(())
    }
}
