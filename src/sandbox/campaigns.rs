//! `POST …/campaign/getAllCampaignDetails`: the campaigns of a type, page by page, with their lists' names.

use serde::Deserialize;
use serde_json::{Value, json};

use super::lists::envelope;
use super::pages::Asked;
use super::reply::Reply;
use super::store::{signed, unsigned};
use super::work::{Halt, Work};

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(default)]
    skip: Option<u64>,
    #[serde(default)]
    limit: Option<u64>,
    #[serde(default)]
    page: Option<u64>,
}

/// The page that the body asks for, 50 campaigns if it does not say.
pub(super) fn all(work: &Work<'_>, body: &[u8]) -> Result<Reply, Halt> {
    let invalid = || Halt::refused(412, "Validation errors/ Invalid arguments");
    let body: Body<'_> = serde_json::from_slice(body).map_err(|_| invalid())?;
    if !["voice", "sms"].contains(&body.kind) {
        return Err(invalid());
    }
    let total = work
        .db
        .prepare_cached("SELECT count(*) FROM campaigns WHERE kind = ?1")?
        .query_row([body.kind], |row| row.get(0))
        .map(unsigned)?;
    let asked = Asked { skip: body.skip, limit: body.limit, page: body.page };
    let slice = asked.slice(work, 50, total)?;
    let results = work
        .db
        .prepare_cached(
            "SELECT id, name, created_at, updated_at FROM campaigns WHERE kind = ?1
             ORDER BY rowid LIMIT ?2 OFFSET ?3",
        )?
        .query_map((body.kind, signed(slice.limit), signed(slice.skip)), |row| {
            let id: String = row.get(0)?;
            Ok(json!({
                "contactLists": lists(work, &id, false)?,
                "dncLists": lists(work, &id, true)?,
                "_id": id,
                "name": row.get::<_, String>(1)?,
                "type": body.kind,
                "status": "Active",
                "createdAt": row.get::<_, String>(2)?,
                "updatedAt": row.get::<_, String>(3)?,
            }))
        })?
        .collect::<Result<Vec<Value>, _>>()?;
    let rows = results.len();
    let page = slice.page(work, results, total, || Ok(total))?;
    Ok(envelope("Campaigns fetched successfully", &page).with_records(rows))
}

/// The names of a campaign's lists, as the page has them: not their ids.
fn lists(work: &Work<'_>, campaign: &str, dnc: bool) -> rusqlite::Result<Vec<String>> {
    work.db
        .prepare_cached(
            "SELECT name FROM lists JOIN campaign_lists ON list = id
             WHERE campaign = ?1 AND dnc = ?2 AND NOT deleted ORDER BY name",
        )?
        .query_map((campaign, dnc), |row| row.get(0))?
        .collect()
}
