//! A command for each operation there is, without a job file. The operations' own table names and describes them.

use clap::error::ErrorKind;
use clap::{ArgMatches, Args, Command, Error, FromArgMatches, Subcommand};

use super::send::FilesArgs;
use crate::model::Operation;

/// An operation, and what of it was typed.
#[derive(Debug)]
pub(super) struct OperationArgs {
    pub(super) operation: Operation,
    pub(super) typed: FilesArgs,
}

impl Subcommand for OperationArgs {
    fn augment_subcommands(command: Command) -> Command {
        command.subcommands(Operation::ALL.map(|operation| {
            let spec = operation.spec();
            FilesArgs::augment_args(Command::new(spec.name)).about(spec.about).long_about(None)
        }))
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        Operation::named(name).is_some()
    }
}

impl FromArgMatches for OperationArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let named = matches.subcommand();
        let (operation, typed) = named
            .and_then(|(name, typed)| Some((Operation::named(name)?, typed)))
            .ok_or_else(|| Error::new(ErrorKind::InvalidSubcommand))?;
        Ok(Self { operation, typed: FilesArgs::from_arg_matches(typed)? })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
