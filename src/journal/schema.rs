//! The tables, made to be read by hand with `sqlite3` too.

/// Marks the file as korebulk's: `KBLK`.
pub(super) const APPLICATION_ID: i32 = 0x4B42_4C4B;

/// The schema; a file with another one is refused.
pub(super) const VERSION: i32 = 2;

/// Every connection: nothing is shown before it is on disk, and nobody else writes.
pub(super) const EXCLUSIVE: &str = "
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA temp_store = MEMORY;
";

/// While a new journal has another name nobody looks for it: its maker syncs it as a whole.
pub(super) const NOT_YET_A_JOURNAL: &str = "
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = MEMORY;
PRAGMA synchronous = OFF;
";

/// Notes in the file that it has a log, so that opening it need not.
pub(super) const LOGGED: &str = "PRAGMA journal_mode = WAL;";

/// SQLite syncs the head of a log before what follows it, lest frames of an older log be taken for
/// its own. A new log has none: the head goes to the disk with the first frames that have to.
pub(super) const NEW_LOG: &str = "PRAGMA synchronous = OFF;";

/// Until something may be sent, a power cut may take the run's last commits: it is read again then.
/// It cannot break the file, and the next sync of the log is one for all that is in it.
pub(super) const NOTHING_SENT: &str = "PRAGMA synchronous = NORMAL;";

/// Every commit is on disk when it returns.
pub(super) const ON_DISK: &str = "PRAGMA synchronous = FULL;";

/// A commit that waits for no disk: a power cut may take it back, and nothing that was before it.
pub(super) const WITHOUT_SYNC: &str = "PRAGMA synchronous = NORMAL;";

/// A transaction that is never committed, and of which nothing reaches the disk before.
pub(super) const IN_MEMORY: &str = "PRAGMA cache_spill = OFF; BEGIN;";

/// Folds the log into the file: syncs the log, writes the file, syncs it too.
pub(super) const FOLD: &str = "PRAGMA wal_checkpoint(TRUNCATE);";

pub(super) const TABLES: &str = "
-- What the run is: id, job, plan, phase, counts of pass 1, end. Each value is JSON.
CREATE TABLE run (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- The tables that were read; `records.source` points here.
CREATE TABLE sources (
  source   INTEGER PRIMARY KEY,
  file     TEXT NOT NULL,
  sheet    TEXT,
  detected TEXT NOT NULL,
  sha256   TEXT NOT NULL,
  header   TEXT NOT NULL                 -- JSON array
) STRICT;

-- One row per request. Written before its first byte; `ended_at` is null until its verdicts are on disk.
CREATE TABLE requests (
  request       INTEGER PRIMARY KEY,
  session       INTEGER NOT NULL,        -- 1 for the run itself, then one more for each resume
  cut           TEXT NOT NULL,           -- first, retry, split, probe, canary
  records       TEXT NOT NULL,           -- ordinals as ranges, in the order of the body: 0-99,105
  record_count  INTEGER NOT NULL,
  body_bytes    INTEGER NOT NULL,
  started_at    TEXT NOT NULL,
  ended_at      TEXT,
  status        INTEGER,                 -- HTTP status
  ending        TEXT,                    -- verdicts, throttled, refused, timeout, ...
  latency_ms    INTEGER,
  succeeded     INTEGER NOT NULL DEFAULT 0,
  failed        INTEGER NOT NULL DEFAULT 0,
  unknown       INTEGER NOT NULL DEFAULT 0,
  pending       INTEGER NOT NULL DEFAULT 0,
  report_offset INTEGER                  -- bytes of report.json.part once this was written
) STRICT;

-- One row per record that did not simply succeed. A record in no row is `succeeded` when a request
-- with `succeeded > 0` names it, else `unsent`.
CREATE TABLE records (
  ordinal   INTEGER PRIMARY KEY,         -- place in the input, from 0
  outcome   TEXT NOT NULL,               -- succeeded, failed, rejected, skipped, unknown
  source    INTEGER,
  row       INTEGER,                     -- as the person counts it
  id        TEXT,
  reason    TEXT,                        -- in korebulk's words
  code      TEXT,
  status    INTEGER,
  attempts  INTEGER NOT NULL DEFAULT 0,
  mark      TEXT,                        -- lost-answer, refused-batch N: it may have been applied
  request   INTEGER,                     -- the last one that carried it
  not_found INTEGER NOT NULL DEFAULT 0,
  passing   INTEGER NOT NULL DEFAULT 0,  -- failed for a reason that passes
  diverged  TEXT,                        -- fields whose echo differs, comma-separated
  gone      INTEGER NOT NULL DEFAULT 0,  -- succeeded because it was gone already
  server    TEXT,                        -- the server's own entry
  message   TEXT                         -- the server's message
) STRICT;

-- What the end of a run asks for, without the rows.
CREATE INDEX records_outcome ON records (outcome);
CREATE INDEX records_diverged ON records (ordinal) WHERE diverged IS NOT NULL;
CREATE INDEX records_gone ON records (ordinal) WHERE gone;
CREATE INDEX records_not_found ON records (outcome) WHERE not_found;
CREATE INDEX records_unplaced ON records (ordinal) WHERE row IS NULL;

-- What others are still owed of the run's end: the audit's line, ping, webhook, metrics; JSON.
CREATE TABLE outbox (
  item  INTEGER PRIMARY KEY,
  debt  TEXT NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0       -- in vain
) STRICT;

-- Entries of answers that speak of no record of their batch: notSent, noId, severalIds.
CREATE TABLE unexpected (request INTEGER NOT NULL, kind TEXT NOT NULL, entry TEXT NOT NULL) STRICT;

-- Answers that need a look: those that nobody could read, the first of them with their body, and
-- those whose counts contradict their lists.
CREATE TABLE answers (
  request INTEGER NOT NULL,
  status  INTEGER,                       -- HTTP status
  reason  TEXT NOT NULL,                 -- in korebulk's words
  counts  INTEGER NOT NULL,              -- whether its counts contradict its lists
  body    TEXT
) STRICT;

CREATE VIEW records_by_outcome AS
SELECT r.outcome, s.file, s.sheet, r.row, r.id, r.reason, r.message, r.code, r.status, r.attempts, r.mark, r.request
FROM records r LEFT JOIN sources s USING (source)
ORDER BY r.outcome, r.ordinal;
";
