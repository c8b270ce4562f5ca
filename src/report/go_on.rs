//! The ways on after a run, as data.

use std::path::PathBuf;

/// What to do after a run, where there is something: advice in a sentence, and the exact command.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// A second send does harm: what is unknown is settled by reading the account.
    pub reads_back: bool,
    /// The command that sends the file of rejected rows, once somebody has fixed it.
    pub fixed: Option<String>,
    /// The command that takes back what the run did, where it can be taken back.
    pub undo: Option<String>,
}
