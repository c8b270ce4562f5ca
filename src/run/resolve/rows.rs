//! The rows that may be sent, on disk by what they look for: an id, or number and name.

use xxhash_rust::xxh3::xxh3_64;

use crate::account::{Holders, Wanted};
use crate::map::{Mapped, Mapper, id_key};
use crate::model::{RecordSet, Row, RunError};
use crate::run::run_dir::RunDir;
use crate::store::{self, CopyReader};

/// Where the rows stand meanwhile, in the run's directory.
const WANTED: &str = "wanted.db";
/// Where rows without an id meet the contacts.
pub(super) const HOLDERS: &str = "matching.db";

/// Every row that may be sent, by the contact that it names.
pub(super) fn wanted(
    dir: &RunDir,
    to_send: &RecordSet,
    mappers: &mut [Mapper],
    holders: Option<&Holders>,
) -> Result<Wanted, RunError> {
    let mut wanted = Wanted::create(&dir.path.join(WANTED))?;
    let mut copy = CopyReader::open(&dir.copy())?;
    let (mut row, mut packed, mut ordinal) = (Row::default(), Vec::new(), 0);
    while copy.next(&mut row)? {
        let mapper = &mut mappers[usize::from(row.source)];
        if to_send.contains(ordinal)
            && let Mapped::Checked(record) = mapper.map(ordinal, &row)
        {
            packed.clear();
            store::pack(&row, &mut packed);
            let contact = record.id().map(id_key);
            let content = xxh3_64(record.after_key().as_bytes());
            wanted.add(ordinal, contact.as_ref().map(<[u8; 12]>::as_slice), content, &packed)?;
            if let (Some(sought), Some(holders)) = (mapper.sought(), holders) {
                holders.add_row(ordinal, sought.phone, &sought.name)?;
            }
        }
        ordinal = ordinal.saturating_add(1);
    }
    Ok(wanted)
}
