//! The ways on after a run, as data.

use std::path::PathBuf;

use serde::Serialize;

use crate::base::shell::quoted;

/// What to do after a run, where there is something: advice in a sentence, and the exact command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WayOn {
    /// In a sentence.
    pub advice: String,
    /// To be pasted into a shell; paths absolute.
    pub command: String,
}

/// What the commands to go on with are made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GoOn {
    /// The run's directory, absolute.
    pub dir: PathBuf,
    /// The systemd unit that alone has the credentials: an unfinished run is finished by starting it.
    pub unit: Option<String>,
    /// What prints the way to run another command there, where the credentials are; the command follows in quotes.
    pub once: Option<String>,
    /// What is unknown can be settled by reading the account.
    pub reads_back: bool,
    /// The command that sends the file of rejected rows, once somebody has fixed it.
    pub fixed: Option<String>,
    /// The command that takes back what the run did, where it can be taken back.
    pub undo: Option<String>,
    /// After an undo: the command that takes back the next of the runs that belong together.
    pub undo_of_another: Option<String>,
    /// The command that sends the review file, once somebody has decided.
    pub decided: Option<String>,
    /// The command that creates what was not matched, and what is missing of it before.
    pub created: Option<(String, Option<&'static str>)>,
}

impl GoOn {
    /// A command about the run, in the words of a person who has its credentials, or of one who has not.
    pub fn command(&self, words: &str) -> String {
        let id = self.dir.file_name().unwrap_or_default().to_string_lossy();
        match &self.once {
            Some(once) => format!("{once} '{words} {id}'"),
            None => format!("korebulk {words} {}", quoted(&self.dir.to_string_lossy())),
        }
    }
}

/// What a person has to say of rows that were not matched with contacts.
pub fn after_matching(go_on: &GoOn) -> Vec<WayOn> {
    let decided = go_on.decided.as_ref().map(|command| WayOn {
        advice:
            "Put an `x` beside the contact that a row means, in the review file, then send it with:"
                .to_owned(),
        command: command.clone(),
    });
    let created = go_on.created.as_ref().map(|(command, missing)| WayOn {
        advice: match missing {
            Some(field) => {
                format!("Fill in `{field}` of the rows that no contact has, then create them with:")
            }
            None => "Create the contacts that the account does not have with:".to_owned(),
        },
        command: command.clone(),
    });
    decided.into_iter().chain(created).collect()
}
