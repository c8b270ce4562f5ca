//! One row of a file to begin with: a contact or a list, by its id.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use crate::sandbox::contact::{Fields, Phone};

/// A row; what it does not have is empty.
#[derive(Default)]
pub(super) struct SeedRow<'a> {
    pub fields: Fields<'a>,
    pub status: Cow<'a, str>,
    pub created_at: Cow<'a, str>,
    pub updated_at: Cow<'a, str>,
    pub updated_by: Cow<'a, str>,
    pub name: Cow<'a, str>,
    pub list_type: Cow<'a, str>,
    pub global_dnc: bool,
    pub default: bool,
    /// The ids of campaigns that use the list.
    pub campaigns: Vec<String>,
}

impl<'a> SeedRow<'a> {
    /// Of the cells of a table, in the order of its columns.
    pub(super) fn of_cells(text: impl Fn(usize) -> &'a str) -> Self {
        let cell = |c| Cow::Borrowed(text(c));
        let yes = |c| text(c).eq_ignore_ascii_case("true");
        let campaigns = text(9).split(';').map(str::trim).filter(|campaign| !campaign.is_empty());
        Self {
            fields: Fields {
                id: cell(0),
                first_name: cell(1),
                last_name: cell(2),
                full_name: cell(3),
                salutation: cell(4),
                cell_phone: Phone { number: cell(5), country_code: cell(6), extension: cell(7) },
            },
            name: cell(8),
            campaigns: campaigns.map(str::to_owned).collect(),
            status: cell(10),
            created_at: cell(11),
            updated_at: cell(12),
            updated_by: cell(13),
            list_type: cell(14),
            global_dnc: yes(15),
            default: yes(16),
        }
    }
}

/// As the API writes lists and contacts; lists have `_id`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct Object<'a> {
    #[serde(borrow, alias = "_id")]
    id: Cow<'a, str>,
    #[serde(borrow)]
    first_name: Cow<'a, str>,
    #[serde(borrow)]
    last_name: Cow<'a, str>,
    #[serde(borrow)]
    full_name: Cow<'a, str>,
    #[serde(borrow)]
    salutation: Cow<'a, str>,
    #[serde(borrow)]
    cell_phone: Phone<'a>,
    #[serde(borrow)]
    status: Cow<'a, str>,
    #[serde(borrow)]
    created_at: Cow<'a, str>,
    #[serde(borrow)]
    updated_at: Cow<'a, str>,
    #[serde(borrow)]
    updated_by: Cow<'a, str>,
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    list_type: Cow<'a, str>,
    #[serde(rename = "isGlobalDNC")]
    is_global_dnc: bool,
    is_default: bool,
    /// Ids, or objects that have one.
    campaign_in_use: Vec<Value>,
}

impl<'de: 'a, 'a> Deserialize<'de> for SeedRow<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let o = Object::deserialize(deserializer)?;
        let campaign = |c: &Value| c.as_str().or_else(|| c["id"].as_str()).map(str::to_owned);
        Ok(SeedRow {
            fields: Fields {
                id: o.id,
                first_name: o.first_name,
                last_name: o.last_name,
                full_name: o.full_name,
                salutation: o.salutation,
                cell_phone: o.cell_phone,
            },
            status: o.status,
            created_at: o.created_at,
            updated_at: o.updated_at,
            updated_by: o.updated_by,
            name: o.name,
            list_type: o.list_type,
            global_dnc: o.is_global_dnc,
            default: o.is_default,
            campaigns: o.campaign_in_use.iter().filter_map(campaign).collect(),
        })
    }
}
