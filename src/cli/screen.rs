//! Options of every command: how much is said, and in which form.

use clap::{Args, ValueEnum};

/// How much is said, and in which form.
#[derive(Debug, Args)]
#[command(next_help_heading = "Screen")]
pub(super) struct ScreenArgs {
    /// Say more on standard error; twice for every decision
    #[arg(short, long, global = true, action = clap::ArgAction::Count, conflicts_with = "quiet")]
    pub(super) verbose: u8,
    /// Say only what is wrong
    #[arg(short, long, global = true)]
    pub(super) quiet: bool,
    /// The form of the log on standard error
    #[arg(long, global = true, value_enum, value_name = "FORM", default_value_t = Form::Text)]
    pub(super) log_format: Form,
}

/// Text for people, JSON for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    Text,
    Json,
}

/// How `check` looks, and how what it finds is printed.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// As of a run with `--yes`: nobody has to confirm the number of records
    #[arg(long)]
    pub(super) yes: bool,
    #[command(flatten)]
    pub(super) print: FormatArgs,
}

/// How a result is printed.
#[derive(Debug, Args)]
pub(super) struct FormatArgs {
    /// How the result is printed on standard output: text or json
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Form::Text, help_heading = "Screen")]
    pub(super) format: Form,
}
