//! What somebody else does to the account, after a request: the fault `edit`.

use rusqlite::OptionalExtension;

use super::contact::{self, Contact, Fields, Life, Phone, Writer};
use super::create::new_id;
use super::fault::{Edit, EditAct, EditField, Kind, Where};
use super::sample::names;
use super::store::{self, signed, unsigned};
use super::work::Work;

/// The first place of an id that somebody else makes, so that it is not one of the request's.
const PLACE: usize = 1 << 24;

/// Plays every `edit` of this request.
pub(super) fn play(work: &Work<'_>) -> rusqlite::Result<()> {
    let edits = work.playing.all(|kind| match kind {
        Kind::Edit(edit) => Some(edit),
        _ => None,
    });
    for (place, edit) in edits.into_iter().enumerate() {
        let mut chance = work.playing.chance(&format!("edit {place}"));
        let first = PLACE * (place + 1);
        match edit.ids.as_slice() {
            [] => {
                for nth in 0..usize::try_from(edit.count).unwrap_or(0) {
                    let id = pick(work, edit.at, &mut chance)?;
                    act(work, edit, id.as_deref(), first + nth, &mut chance)?;
                }
            }
            ids => {
                for (nth, id) in ids.iter().enumerate() {
                    act(work, edit, Some(id), first + nth, &mut chance)?;
                }
            }
        }
    }
    Ok(())
}

/// One of the active contacts; `None` where there is none.
fn pick(
    work: &Work<'_>,
    at: Where,
    chance: &mut fastrand::Rng,
) -> rusqlite::Result<Option<String>> {
    let active = "FROM contacts WHERE status = 'ACTIVE'";
    let count = format!("SELECT count(*) {active}");
    let skip = match at {
        Where::First | Where::Last => 0,
        Where::Random => {
            let count = work.db.prepare_cached(&count)?.query_row([], |row| row.get(0))?;
            chance.u64(0..unsigned(count).max(1))
        }
    };
    let direction = if at == Where::Last { "DESC" } else { "ASC" };
    let sql = format!("SELECT id {active} ORDER BY id {direction} LIMIT 1 OFFSET ?1");
    work.db.prepare_cached(&sql)?.query_row([signed(skip)], |row| row.get(0)).optional()
}

fn act(
    work: &Work<'_>,
    edit: &Edit,
    id: Option<&str>,
    place: usize,
    chance: &mut fastrand::Rng,
) -> rusqlite::Result<()> {
    if matches!(edit.act, EditAct::Create | EditAct::Replace) {
        create(work, place, chance)?;
    }
    let Some(id) = id else { return Ok(()) };
    let writer = Writer::other(work.later);
    let note = |what| store::apply(work.db, work.number, id, what, work.later);
    match edit.act {
        EditAct::Create => {}
        EditAct::Touch => {
            if contact::touch(work.db, id, writer)? {
                note("other-updated")?;
            }
        }
        EditAct::Update => {
            let Some(before) = contact::find(work.db, id)? else { return Ok(()) };
            let fields = changed(&before, edit.field, chance);
            if contact::update(work.db, id, &fields, writer)?.is_some() {
                note("other-updated")?;
            }
        }
        EditAct::Delete | EditAct::Replace => {
            if contact::delete(work.db, id, work.later)? {
                note("other-deleted")?;
            }
        }
    }
    Ok(())
}

/// The contact with one field that is another than before.
fn changed<'a>(
    before: &'a Contact<'_>,
    field: EditField,
    chance: &mut fastrand::Rng,
) -> Fields<'a> {
    let mut other = |names: &'static [&'static str], old: &str| {
        let at = chance.usize(0..names.len());
        let new = if names[at] == old { names[(at + 1) % names.len()] } else { names[at] };
        new.into()
    };
    let mut fields = before.fields();
    match field {
        EditField::FirstName => fields.first_name = other(&names::FIRST, &before.first_name),
        EditField::LastName => fields.last_name = other(&names::LAST, &before.last_name),
        EditField::Salutation => {
            fields.salutation = other(&names::SALUTATIONS, &before.salutation);
        }
        EditField::Phone => fields.cell_phone.number = number(chance).into(),
    }
    fields
}

fn create(work: &Work<'_>, place: usize, chance: &mut fastrand::Rng) -> rusqlite::Result<()> {
    let id = new_id(work.seconds, work.number, place);
    let fields = Fields {
        first_name: (*chance.choice(names::FIRST.iter()).unwrap_or(&"Ann")).into(),
        last_name: (*chance.choice(names::LAST.iter()).unwrap_or(&"Lee")).into(),
        salutation: "Mr".into(),
        cell_phone: Phone {
            extension: "+91".into(),
            number: number(chance).into(),
            country_code: "+91".into(),
        },
        ..Fields::default()
    };
    contact::insert(work.db, &id, &fields, Life::new(work.later))?;
    store::apply(work.db, work.number, &id, "other-created", work.later)
}

/// A mobile number as India has them.
fn number(chance: &mut fastrand::Rng) -> String {
    format!("9{:09}", chance.u32(0..1_000_000_000))
}
