//! A job resolved: one [`Plan`], each module its own slice of it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::model::settings::{
    Accept, AccountSettings, Backup, Credentials, ExceptSettings, Guard, InputFrom, InputSettings,
    Limits, MapSettings, NotifySettings, Profile, ReportSettings, RunsSettings, Target,
};
use crate::model::{IdKind, Operation};

/// Everything a run needs to know, resolved: what was typed, written and left to defaults.
///
/// Stored whole in the journal; holds no secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The job's name: `name`, else the job file's stem, else the operation. Safe as a file name.
    pub name: String,
    /// What is done.
    pub operation: Operation,
    /// Where.
    pub target: Target,
    /// The profile that had a part in that.
    pub profile: Option<Profile>,
    /// What is loaded, and how it is written.
    pub input: InputSettings,
    /// The lists of what no operation touches.
    pub except: ExceptSettings,
    /// How rows become records.
    pub map: MapSettings,
    /// How they are sent.
    pub limits: Limits,
    /// How the account itself is read.
    pub account: AccountSettings,
    /// Whether contacts are kept as they were.
    pub backup: Backup,
    /// Checked before the first byte.
    pub guard: Guard,
    /// Records of a first batch in which nothing may fail; 0 for none.
    pub canary: u64,
    /// What still exits 0.
    pub accept: Accept,
    /// What the report stores and shows.
    pub report: ReportSettings,
    /// Where runs are stored.
    pub runs: RunsSettings,
    /// Who is notified of how runs end.
    pub notify: NotifySettings,
    /// The file that Prometheus metrics are written to, absolute; ends with `.prom`.
    pub metrics_file: Option<PathBuf>,
    /// The job file, absolute, where there is one.
    pub job_file: Option<PathBuf>,
    /// Options typed over the job file, as `limits.rate = 30/min`: for report and audit.
    pub overrides: Vec<String>,
    /// What a reader of the plan should know: accepted, but not as usual.
    pub notices: Vec<String>,
    /// The run that is taken back, where this is an undo.
    pub undoes: Option<Undoes>,
}

/// A run that another one takes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undoes {
    /// Its id. It lies beside the one that undoes it.
    pub run: String,
    /// The id of the job's own run, from which a chain of undos began.
    pub first: String,
    /// The operation of that run: the lock is that of its job.
    pub operation: Operation,
}

impl Plan {
    /// Whether records can only be made with the contacts of the account as they are.
    pub fn needs_contacts(&self) -> bool {
        self.map.needs_contacts() || self.selects_contacts() || self.backup == Backup::True
    }

    /// Whether the account is read for nothing but to store the contacts as they are, where that takes little. What is sent is the
    /// same with it and without.
    pub fn stores_where_cheap(&self) -> bool {
        let spec = self.operation.spec();
        let has_contacts = spec.has_ids() && spec.id_kind == IdKind::Contact;
        self.backup == Backup::Auto
            && has_contacts
            && !self.needs_contacts()
            && !self.account.no_read
    }

    /// Whether the account is read for nothing but to store the contacts as they are, and nothing is sent without.
    pub fn reads_to_store(&self) -> bool {
        let is_needed = self.map.matching.is_some() || self.map.update.needs_contacts();
        self.backup == Backup::True && !is_needed && !self.selects_contacts()
    }

    /// Whether what is sent rests on the contacts as they are: filled with them, matched with them or selected by them.
    pub fn rests_on_contacts(&self) -> bool {
        // What is created anew has no contact yet.
        (self.map.needs_contacts() || self.selects_contacts()) && self.operation.spec().has_ids()
    }

    /// Whether the account has to be read before anything is known of what would be sent.
    pub fn needs_account(&self) -> bool {
        self.needs_contacts() || self.selects_lists()
    }

    /// Whether rules select contacts of the account.
    pub fn selects_contacts(&self) -> bool {
        self.is_from_account() && !self.selects_lists()
    }

    /// Whether rules select contact lists of the account.
    pub fn selects_lists(&self) -> bool {
        self.is_from_account() && self.operation.spec().id_kind == IdKind::ContactList
    }

    /// Whether a sandbox of this job holds the sample account: filled from the input, everything would be found.
    pub fn has_sample(&self) -> bool {
        self.is_from_account() || self.map.matching.is_some()
    }

    /// Whether the records are those of the account itself.
    pub fn is_from_account(&self) -> bool {
        self.input.from == Some(InputFrom::Account)
    }

    /// The sheet that the settings are entered in. No plan yet: korebulk's defaults are settings, too.
    pub(super) fn blank() -> Self {
        // Whoever resolves a job makes sure that somebody named the operation.
        let operation = Operation::ALL[0];
        Self {
            name: String::new(),
            operation,
            target: Target {
                host: String::new(),
                stream_id: String::new(),
                account_id: String::new(),
                client_id: String::new(),
                credentials: Credentials::Sandbox,
                ca_file: None,
            },
            profile: None,
            input: InputSettings::default(),
            except: ExceptSettings::default(),
            map: MapSettings::of(operation),
            limits: Limits::default(),
            account: AccountSettings::default(),
            backup: Backup::default(),
            guard: Guard::default(),
            canary: 0,
            accept: Accept::default(),
            report: ReportSettings::default(),
            runs: RunsSettings::default(),
            notify: NotifySettings::default(),
            metrics_file: None,
            job_file: None,
            overrides: Vec::new(),
            notices: Vec::new(),
            undoes: None,
        }
    }
}
