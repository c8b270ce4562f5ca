//! What korebulk says of itself on standard output: completions, manual pages.

use clap::CommandFactory as _;

use super::args::Cli;
use crate::base::terminal;
use crate::model::{Exit, RunError};

/// Prints the completions of `shell`.
pub(super) fn completions(shell: clap_complete::Shell) -> Result<Exit, RunError> {
    print(script(shell))
}

pub(super) fn script(shell: clap_complete::Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "korebulk", &mut script);
    script
}

/// Prints the manual page, in roff: of the whole, or of one command. Errors: there is no such command.
pub(super) fn manual(command: Option<&str>) -> Result<Exit, RunError> {
    print(page(command)?)
}

pub(super) fn page(command: Option<&str>) -> Result<Vec<u8>, RunError> {
    let mut grammar = Cli::command();
    // Fills in what commands inherit, such as the version and the options for all.
    grammar.build();
    let page = match command {
        None => grammar,
        Some(name) => grammar.find_subcommand(name).cloned().ok_or_else(|| no_command(name))?,
    };
    let mut roff = Vec::new();
    clap_mangen::Man::new(page)
        .source(concat!("korebulk ", env!("CARGO_PKG_VERSION")))
        .render(&mut roff)
        .map_err(|e| RunError::internal(format!("the manual page cannot be made: {e}")))?;
    Ok(roff)
}

fn no_command(name: &str) -> RunError {
    RunError::usage(format!("there is no command `{name}`")).hint("`korebulk --help` lists them")
}

fn print(text: Vec<u8>) -> Result<Exit, RunError> {
    let text = String::from_utf8(text)
        .map_err(|_| RunError::internal("korebulk's own words are not UTF-8"))?;
    terminal::print(&text)?;
    Ok(Exit::Finished)
}
