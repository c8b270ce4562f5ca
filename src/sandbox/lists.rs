//! Contact lists: read and delete, in the campaign API's envelope (seed 003).

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Value, json};

use super::fault::{Gone, Kind};
use super::reply::Reply;
use super::store;
use super::work::{Halt, Work};

const USER: &str = "u-eb5bbee1-6af9-5b9a-b471-03a3fe400000";

struct List {
    id: String,
    name: String,
    campaigns: Vec<Value>,
    created_at: String,
    updated_at: String,
}

/// Adds a list that no or some campaigns use. An id that is taken stays as it is: false.
pub(super) fn insert(
    db: &Connection,
    id: &str,
    name: &str,
    campaigns: &[&str],
    now: &str,
) -> rusqlite::Result<bool> {
    let inserted = db
        .prepare_cached(
            "INSERT OR IGNORE INTO lists (id, name, campaigns, created_at, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?4)",
        )?
        .execute(params![id, name, json!(campaigns).to_string(), now])?;
    Ok(inserted == 1)
}

/// `GET …/contactList/{id}`.
pub(super) fn show(work: &Work<'_>, id: &str) -> Result<Reply, Halt> {
    let list = find(work, id)?.ok_or_else(not_found)?;
    Ok(success("Contact list fetched successfully", &list).with_records(1))
}

/// `DELETE …/contactList/{id}`: refused while a campaign uses the list.
pub(super) fn delete(work: &Work<'_>, id: &str) -> Result<Reply, Halt> {
    work.refuse_alone(id)?;
    let Some(list) = find(work, id)? else { return gone(work, id) };
    if !list.campaigns.is_empty() {
        let words = "Contact list is in use by campaigns and cannot be deleted";
        return Err(Halt::refused(400, words));
    }
    work.db
        .prepare_cached("UPDATE lists SET deleted = 1, updated_at = ?2 WHERE id = ?1")?
        .execute([id, work.now])?;
    store::apply(work.db, work.number, id, "list-deleted", work.now)?;
    let message = format!("Contact list {} deleted successfully", list.name);
    Ok(success(&message, &list).with_records(1))
}

fn gone(work: &Work<'_>, id: &str) -> Result<Reply, Halt> {
    if work.gone() != Gone::Success {
        return Err(not_found());
    }
    let list = List {
        id: id.to_owned(),
        name: String::new(),
        campaigns: Vec::new(),
        created_at: work.now.to_owned(),
        updated_at: work.now.to_owned(),
    };
    Ok(success("Contact list deleted successfully", &list).with_records(1))
}

fn not_found() -> Halt {
    Halt::refused(404, "Contact list not found")
}

fn find(work: &Work<'_>, id: &str) -> rusqlite::Result<Option<List>> {
    let found = work
        .db
        .prepare_cached(
            "SELECT id, name, campaigns, created_at, updated_at FROM lists
             WHERE id = ?1 AND NOT deleted",
        )?
        .query_row([id], |row| {
            let campaigns: String = row.get(2)?;
            Ok(List {
                id: row.get(0)?,
                name: row.get(1)?,
                campaigns: serde_json::from_str(&campaigns).unwrap_or_default(),
                created_at: row.get(3)?,
                updated_at: row.get(4)?,
            })
        })
        .optional()?;
    Ok(found.map(|mut list| {
        if work.playing.meets(id, &Kind::ListInUse) {
            list.campaigns.push(json!("c-00000000-0000-5000-8000-000000000000"));
        }
        list
    }))
}

/// `isActive` and `isListInUse` say what the page's sample says, whatever they ought to mean.
fn success(message: &str, list: &List) -> Reply {
    Reply::json(
        200,
        &json!({
            "status": "success",
            "message": message,
            "data": {
                "_id": list.id,
                "isActive": true,
                "name": list.name,
                "description": "",
                "totalRecordCount": 0,
                "status": "Ready",
                "createdBy": USER,
                "updatedBy": USER,
                "mapping": {
                    "firstName": "firstName",
                    "lastName": "lastName",
                    "phoneNumber": "phoneNumber",
                    "timeZone": "timeZone",
                    "uniqueId": "uniqueId",
                    "contactPriority": "contactPriority"
                },
                "isListInUse": false,
                "listType": "call",
                "isGlobalDNC": false,
                "isDefault": false,
                "campaignInUse": list.campaigns,
                "source": "passiveApi",
                "apiConfigurations": { "dataSyncMode": "allowDuplicates" },
                "columns": [],
                "files": [],
                "createdAt": list.created_at,
                "updatedAt": list.updated_at,
                "allowDuplicates": true
            }
        }),
    )
}
