//! One night of many accounts: what never began first, then what needs a person, then the rest. Pure.

mod page;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

pub(crate) use self::page::page;
use super::history::Line;
use super::text::{put, wrap};
use crate::base::numbers::{by, counted, moment, thousands};
use crate::base::terminal;
use crate::model::Exit;

/// An account that should have had its night.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    /// The profile's name.
    pub(crate) name: String,
    /// Scheme and authority.
    pub(crate) host: String,
    /// The account's id.
    pub(crate) account: String,
}

/// How a job ended for an account, or that it goes on.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ended {
    #[serde(skip)]
    host: String,
    #[serde(skip)]
    account: String,
    job: String,
    run: Option<String>,
    started_at: Timestamp,
    exit_code: Option<u8>,
    /// What is said in the place of an exit code.
    state: Option<String>,
    /// Succeeded, failed, rejected, unknown, unsent; `None` where nobody knows.
    counts: Option<[u64; 5]>,
    /// Why, where more is known than the exit code says.
    why: Option<String>,
}

/// An undo is no run of the job that it takes a run of back.
fn job(name: &str, is_undo: bool) -> String {
    if is_undo { format!("{name} (undo)") } else { name.to_owned() }
}

/// The keys of the counts, as `report.json` has them.
const COUNTS: [&str; 5] = ["successful", "failed", "rejected", "unknown", "unsent"];

impl Ended {
    /// A line of `run --format json`, whatever a log put before it; `None` for any other line.
    pub(crate) fn of_log(line: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(line.get(line.find('{')?..)?).ok()?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let counts = COUNTS.map(|key| value[key].as_u64());
        Some(Self {
            host: text(&value["target"]["host"])?,
            account: text(&value["target"]["account"])?,
            job: job(value["job"].as_str()?, value["undoes"].is_string()),
            run: text(&value["run"]),
            started_at: value["startedAt"].as_str()?.parse().ok()?,
            exit_code: Some(u8::try_from(value["exitCode"].as_u64()?).ok()?),
            state: None,
            counts: counts
                .iter()
                .all(Option::is_some)
                .then(|| counts.map(Option::unwrap_or_default)),
            why: text(&value["error"]),
        })
    }

    /// A run as its journal has it; `None` where that does not say of which account it is.
    pub(crate) fn of_run(line: &Line) -> Option<Self> {
        let finished = line.state == "finished";
        let counts =
            line.ledger.map(|of| [of.succeeded, of.failed, of.rejected, of.unknown, of.unsent]);
        Some(Self {
            host: line.host.clone(),
            account: Some(line.account.clone()).filter(|account| !account.is_empty())?,
            job: job(&line.job, line.is_undo),
            run: Some(line.run.clone()),
            started_at: line.started_at.parse().ok()?,
            exit_code: line.exit_code.filter(|_| finished),
            state: (!finished).then(|| line.state.to_owned()),
            counts,
            why: None,
        })
    }

    fn key(&self) -> Key {
        key(&self.host, &self.account)
    }

    /// How bad it is.
    fn exit(&self) -> Exit {
        match (self.exit_code.and_then(Exit::with_code), self.state.as_deref()) {
            (Some(exit), _) => exit,
            (None, Some("running" | "reading")) => Exit::Finished,
            // Cut off, or its journal is damaged.
            (None, _) => Exit::Internal,
        }
    }

    fn needs_a_person(&self) -> bool {
        matches!(self.exit(), Exit::Usage | Exit::Guarded | Exit::NeedsPerson | Exit::Internal)
    }

    /// The exit code, or the state of a run that has none.
    fn said(&self) -> String {
        let state = || self.state.clone().unwrap_or_default().replace("interrupted", "cut off");
        self.exit_code.map_or_else(state, |code| code.to_string())
    }

    /// The job, its run, and why it ended so.
    fn names(&self) -> String {
        let exit = self.exit_code.and_then(Exit::with_code).filter(|exit| *exit != Exit::Finished);
        let why = self.why.clone().or_else(|| exit.map(|exit| exit.meaning().replace('`', "")));
        let parts = [Some(self.job.clone()), self.run.clone(), why];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// Characters of an account's name in the table: its id fits.
const NAME: usize = 24;

/// Host and account, as they are compared.
type Key = (String, String);

fn key(host: &str, account: &str) -> Key {
    (host.trim_end_matches('/').to_ascii_lowercase(), account.to_ascii_lowercase())
}

/// Where an account is in the table, first to last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Standing {
    /// No job of it was begun.
    NeverBegan,
    /// A job of it waits for a person.
    NeedsAPerson,
    /// All others.
    Other,
}

impl Standing {
    const ALL: [Self; 3] = [Self::NeverBegan, Self::NeedsAPerson, Self::Other];

    const fn name(self) -> &'static str {
        match self {
            Self::NeverBegan => "never began",
            Self::NeedsAPerson => "needs a person",
            Self::Other => "the rest",
        }
    }

    /// Behind a number of accounts.
    const fn counted(self, number: u64) -> &'static str {
        match self {
            Self::NeedsAPerson => by(number, "needs a person", "need a person"),
            Self::Other => by(number, "other", "others"),
            Self::NeverBegan => self.name(),
        }
    }
}

/// One account's night.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccountNight {
    /// The names of its profiles; its id where the table has none.
    name: String,
    host: String,
    account: String,
    standing: Standing,
    /// The latest run of each job.
    jobs: Vec<Ended>,
}

/// The night of all accounts.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Night {
    since: Timestamp,
    accounts: Vec<AccountNight>,
}

impl Night {
    /// What was begun since then, against the accounts that should have begun.
    pub(crate) fn new(known: &[Known], ended: Vec<Ended>, since: Timestamp) -> Self {
        let mut accounts: BTreeMap<Key, (Vec<&str>, BTreeMap<String, Ended>)> = BTreeMap::new();
        for of in known {
            accounts.entry(key(&of.host, &of.account)).or_default().0.push(&of.name);
        }
        for one in ended.into_iter().filter(|one| one.started_at >= since) {
            let jobs = &mut accounts.entry(one.key()).or_default().1;
            // A run that was gone on with has a line for each of its ends: the last one holds.
            let is_later =
                jobs.get(&one.job).is_none_or(|known| known.started_at <= one.started_at);
            if is_later {
                jobs.insert(one.job.clone(), one);
            }
        }
        let night =
            |((host, account), (names, jobs)): ((String, String), (Vec<&str>, BTreeMap<_, _>))| {
                let jobs: Vec<Ended> = jobs.into_values().collect();
                let standing = match jobs.iter().any(Ended::needs_a_person) {
                    _ if jobs.is_empty() => Standing::NeverBegan,
                    true => Standing::NeedsAPerson,
                    false => Standing::Other,
                };
                let name = if names.is_empty() { account.clone() } else { names.join(", ") };
                AccountNight { name, host, account, standing, jobs }
            };
        let mut accounts: Vec<AccountNight> = accounts.into_iter().map(night).collect();
        let worst =
            |of: &AccountNight| of.jobs.iter().map(Ended::exit).max().unwrap_or(Exit::Finished);
        accounts.sort_by(|a, b| {
            let by_name = || a.name.cmp(&b.name);
            a.standing.cmp(&b.standing).then_with(|| worst(b).cmp(&worst(a))).then_with(by_name)
        });
        Self { since, accounts }
    }

    fn count(&self, standing: Standing) -> usize {
        self.accounts.iter().filter(|account| account.standing == standing).count()
    }

    /// In one sentence.
    fn sentence(&self) -> String {
        let accounts = counted(self.accounts.len() as u64, "account");
        let counts = Standing::ALL.map(|standing| {
            let number = self.count(standing) as u64;
            format!("{} {}", thousands(number), standing.counted(number))
        });
        format!("{accounts} since {}: {}", moment(&self.since), counts.join(", "))
    }

    /// The table, at 80 columns: numbers above, names below.
    pub(crate) fn table(&self) -> String {
        let mut out = String::new();
        wrap(&mut out, "", "  ", &self.sentence());
        for standing in Standing::ALL {
            let accounts = self.accounts.iter().filter(|account| account.standing == standing);
            for (number, account) in accounts.enumerate() {
                if number == 0 {
                    let [succeeded, failed, rejected, unknown, unsent] =
                        ["succeeded", "failed", "rejected", "unknown", "unsent"];
                    put!(
                        out,
                        "\n{:<NAME$} {:>5} {succeeded:>10} {failed:>8} {rejected:>8} {unknown:>8} {unsent:>8}\n",
                        standing.name(),
                        "exit"
                    );
                }
                account.rows(&mut out);
            }
        }
        out
    }
}

impl AccountNight {
    fn rows(&self, out: &mut String) {
        let name = terminal::line(&self.name).into_owned();
        let place =
            format!("{name}: {} of {}", self.account, self.host.trim_start_matches("https://"));
        if self.jobs.is_empty() {
            return wrap(out, "", "  ", &place);
        }
        for job in &self.jobs {
            let [succeeded, failed, rejected, unknown, unsent] = shown(job.counts);
            let exit = job.said();
            // A name that does not fit is below in full.
            let (short, names) = match name.chars().count() <= NAME {
                true => (name.as_str(), job.names()),
                false => ("", format!("{name}: {}", job.names())),
            };
            put!(
                out,
                "{short:<NAME$} {exit:>5} {succeeded:>10} {failed:>8} {rejected:>8} {unknown:>8} {unsent:>8}\n"
            );
            wrap(out, "  ", "  ", &terminal::line(&names));
        }
    }
}

/// Counts, or dashes.
fn shown(counts: Option<[u64; 5]>) -> [String; 5] {
    counts.map_or_else(|| std::array::from_fn(|_| "-".to_owned()), |counts| counts.map(thousands))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "https://platform.kore.ai";

    fn known(name: &str) -> Known {
        Known { name: name.into(), host: HOST.into(), account: format!("id-{name}") }
    }

    fn line(name: &str, exit: u8, started: &str) -> String {
        serde_json::json!({
            "job": "nightly", "run": "nightly-20261128T020000Z-ab3f", "exitCode": exit,
            "target": {"host": HOST, "account": format!("ID-{name}")}, "startedAt": started,
            "successful": 1200, "failed": 0, "rejected": 3, "unknown": 0, "unsent": 0,
        })
        .to_string()
    }

    fn night(log: &[String]) -> Night {
        let ended = log.iter().filter_map(|line| Ended::of_log(line)).collect();
        let known = ["never", "well", "held", "worse"].map(known);
        Night::new(&known, ended, "2026-11-28T00:00:00Z".parse().unwrap())
    }

    #[test]
    fn what_never_began_is_first_then_what_needs_a_person_then_the_rest() {
        let at = "2026-11-28T02:00:00Z";
        let night = night(&[
            "a line of the log".to_owned(),
            line("never", 0, "2026-11-27T02:00:00Z"),
            format!("[pod/korebulk-well-1/korebulk] {}", line("well", 4, at)),
            line("well", 0, at),
            line("worse", 1, at),
            line("other", 0, at),
            serde_json::json!({
                "job": "nightly", "run": null, "exitCode": 3, "error": "`guard.max_records`: at most 5000, 41000 would be sent",
                "target": {"host": HOST, "account": "id-held"}, "startedAt": at,
            })
            .to_string(),
        ]);
        insta::assert_snapshot!(night.table(), @"
        5 accounts since 2026-11-28 00:00:00 UTC: 1 never began, 1 needs a person, 3
          others

        never began               exit  succeeded   failed rejected  unknown   unsent
        never: id-never of platform.kore.ai

        needs a person            exit  succeeded   failed rejected  unknown   unsent
        held                         3          -        -        -        -        -
          nightly, `guard.max_records`: at most 5000, 41000 would be sent

        the rest                  exit  succeeded   failed rejected  unknown   unsent
        worse                        1      1,200        0        3        0        0
          nightly, nightly-20261128T020000Z-ab3f, finished; some records failed or were
          rejected
        id-other                     0      1,200        0        3        0        0
          nightly, nightly-20261128T020000Z-ab3f
        well                         0      1,200        0        3        0        0
          nightly, nightly-20261128T020000Z-ab3f
        ");
        assert!(night.table().lines().all(|line| line.chars().count() <= 80));
    }
}
