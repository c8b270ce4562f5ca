//! Contact lists: all, one, its rows, delete; in the campaign API's envelope.

mod rows;
mod table;

use serde::Serialize;
use serde_json::{Value, json};

use super::fault::{Gone, Kind};
use super::query::parameter;
use super::reply::Reply;
use super::store;
use super::work::{Halt, Work};

pub(super) use rows::rows;
use table::{List, User};
pub(super) use table::{NewList, insert, insert_campaign, insert_row, use_list};

const USER: &str = "u-eb5bbee1-6af9-5b9a-b471-03a3fe400000";

/// `GET` or `POST …/contactList/getAllListDetails`: without pages, and with fewer keys than one list has.
pub(super) fn all(work: &Work<'_>, query: &str, post: bool) -> Result<Reply, Halt> {
    let manner = work.playing.find(|kind| match kind {
        Kind::AllLists { method, status } => Some((*method, *status)),
        _ => None,
    });
    if let Some((method, status)) = manner
        && (method == "POST") != post
    {
        return Err(Halt::refused(status, "Method Not Allowed"));
    }
    let lists = table::all(work.db, parameter(query, "type").unwrap_or("%"))?;
    let mut data = Vec::with_capacity(lists.len());
    for list in &lists {
        data.push(shared(list, &users(work, &list.id)?));
    }
    let count = data.len();
    let message = "Contact lists fetched successfully";
    Ok(envelope(message, &data).with_records(count))
}

/// `GET …/contactList/{id}`.
pub(super) fn show(work: &Work<'_>, id: &str) -> Result<Reply, Halt> {
    let list = table::find(work.db, id)?.ok_or_else(not_found)?;
    let users = users(work, id)?;
    Ok(envelope("Contact list fetched successfully", &whole(&list, &users)).with_records(1))
}

/// `DELETE …/contactList/{id}`: refused while a campaign uses the list.
pub(super) fn delete(work: &Work<'_>, id: &str) -> Result<Reply, Halt> {
    work.refuse_alone(id)?;
    let Some(list) = table::find(work.db, id)? else { return gone(work, id) };
    if !users(work, id)?.is_empty() {
        let words = "Contact list is in use by campaigns and cannot be deleted";
        return Err(Halt::refused(400, words));
    }
    table::delete(work.db, id, work.now)?;
    store::apply(work.db, work.number, id, "list-deleted", work.now)?;
    let message = format!("Contact list {} deleted successfully", list.name);
    Ok(envelope(&message, &whole(&list, &[])).with_records(1))
}

fn gone(work: &Work<'_>, id: &str) -> Result<Reply, Halt> {
    if work.gone() != Gone::Success {
        return Err(not_found());
    }
    let list = List {
        id: id.to_owned(),
        name: String::new(),
        description: String::new(),
        kind: "call".to_owned(),
        global_dnc: false,
        default: false,
        rows: 0,
        created_at: work.now.to_owned(),
        updated_at: work.now.to_owned(),
    };
    Ok(envelope("Contact list deleted successfully", &whole(&list, &[])).with_records(1))
}

fn not_found() -> Halt {
    Halt::refused(404, "Contact list not found")
}

fn users(work: &Work<'_>, id: &str) -> rusqlite::Result<Vec<User>> {
    let mut users = table::users(work.db, id)?;
    if work.playing.meets(id, &Kind::ListInUse) {
        let campaign = "c-00000000-0000-5000-8000-000000000000";
        users.push(User { id: campaign.to_owned(), name: "Renewals".to_owned() });
    }
    Ok(users)
}

/// What is around every answer of the campaign API.
pub(super) fn envelope(message: &str, data: &impl Serialize) -> Reply {
    Reply::json(200, &json!({ "status": "success", "message": message, "data": data }))
}

/// What every answer says of a list. `isListInUse` is what the samples say, whatever it ought to mean.
fn shared(list: &List, users: &[User]) -> Value {
    let users: Vec<Value> =
        users.iter().map(|user| json!({ "name": user.name, "id": user.id })).collect();
    json!({
        "_id": list.id,
        "name": list.name,
        "description": list.description,
        "totalRecordCount": list.rows,
        "status": "Ready",
        "mapping": {
            "firstName": "firstName",
            "lastName": "lastName",
            "phoneNumber": "phoneNumber",
            "timeZone": "timeZone",
            "uniqueId": "uniqueId",
            "contactPriority": "contactPriority"
        },
        "isListInUse": false,
        "listType": list.kind,
        "campaignInUse": users,
        "source": "passiveApi",
        "updatedAt": list.updated_at
    })
}

/// What is said of one list alone. `isActive` says true even of one that is being deleted.
fn whole(list: &List, users: &[User]) -> Value {
    let mut data = shared(list, users);
    data["isActive"] = json!(true);
    data["createdBy"] = json!(USER);
    data["updatedBy"] = json!(USER);
    data["isGlobalDNC"] = json!(list.global_dnc);
    data["isDefault"] = json!(list.default);
    data["apiConfigurations"] = json!({ "dataSyncMode": "allowDuplicates" });
    data["columns"] = json!([]);
    data["files"] = json!([]);
    data["createdAt"] = json!(list.created_at);
    data["allowDuplicates"] = json!(true);
    data
}
