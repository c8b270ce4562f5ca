//! Reading the contact lists of an account: the request for all of them, and what its answer lists.
//!
//! Source: docs/kore-api.md, "Contact lists and campaigns". Whether the method is GET or POST is not known.

use bytes::Bytes;
use serde_json::Value;

use super::request::WireRequest;
use crate::model::settings::Target;

/// The request for all contact lists of a kind: `call`, `sms`.
pub fn lists_request(target: &Target, method: &'static str, kind: &str) -> WireRequest {
    let (stream, account) = (&target.stream_id, &target.account_id);
    WireRequest {
        method,
        path_and_query: format!(
            "/campaign/api/v2/public/{stream}/campaign/contactList/getAllListDetails?accountId={account}&type={kind}"
        ),
        headers: vec![("iid", stream.clone()), ("accountId", account.clone())],
        body: Bytes::new(),
    }
}

/// The request for one contact list, which says more of it.
pub fn list_request(target: &Target, id: &str) -> WireRequest {
    let (stream, account) = (&target.stream_id, &target.account_id);
    WireRequest {
        method: "GET",
        path_and_query: format!(
            "/campaign/api/v2/public/{stream}/campaign/contactList/{id}?accountId={account}"
        ),
        headers: vec![("iid", stream.clone()), ("accountId", account.clone())],
        body: Bytes::new(),
    }
}

/// A contact list as the account shows it. Its name and description are people's words: a debug print shows the id alone.
#[derive(Clone, PartialEq)]
pub struct ContactList {
    /// `_id`.
    pub id: String,
    entry: Value,
}

impl ContactList {
    /// Reads the body of an answer; `None` where it is no answer with lists, or a list has no id.
    pub fn read_all(body: &[u8]) -> Option<Vec<Self>> {
        let mut body: Value = serde_json::from_slice(body).ok()?;
        let Value::Array(entries) = body.get_mut("data")?.take() else { return None };
        entries.into_iter().map(Self::of).collect()
    }

    /// Reads the body of an answer with one list; `None` where it is none.
    pub fn read_one(body: &[u8]) -> Option<Self> {
        let mut body: Value = serde_json::from_slice(body).ok()?;
        Self::of(body.get_mut("data")?.take())
    }

    fn of(entry: Value) -> Option<Self> {
        let id = ["_id", "id"].iter().find_map(|key| entry.get(key)?.as_str());
        let id = id.filter(|id| !id.is_empty())?.to_owned();
        Some(Self { id, entry })
    }

    /// A member as text: that of a text, a number or a truth value; `None` for anything else.
    pub fn text(&self, key: &str) -> Option<String> {
        match self.entry.get(key)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(truth) => Some(truth.to_string()),
            _ => None,
        }
    }

    /// The whole list as a JSON object, its id under `id`.
    pub fn object(&self) -> String {
        let mut object = self.entry.clone();
        if let Some(object) = object.as_object_mut() {
            object.insert("id".to_owned(), self.id.clone().into());
        }
        object.to_string()
    }

    /// Why no rule may delete it, where that is so; of a list of which nobody can say, that is why.
    pub fn is_protected(&self) -> Option<&'static str> {
        let says = |key: &str| self.text(key).map(|text| text == "true");
        let is_dnc = |text: String| text.to_ascii_lowercase().contains("dnc");
        if self.is_in_use() {
            return Some("inUse: a campaign uses it");
        }
        match (says("isGlobalDNC"), says("isDefault")) {
            (Some(true), _) => Some("dnc: it is a list of those who are not to be called"),
            (_, Some(true)) => Some("default: it is the default list"),
            _ if self.text("listType").is_some_and(is_dnc) => {
                Some("dnc: it is a list of those who are not to be called")
            }
            (Some(false), Some(false)) => None,
            _ => Some(
                "unclear: the server does not say whether it is a default list, or one of those who are not to be called",
            ),
        }
    }

    /// The names of the campaigns that use it, else their ids. An entry without either counts as a campaign, too.
    pub fn campaigns(&self) -> Vec<String> {
        let entries = self.entry.get("campaignInUse").and_then(Value::as_array);
        let name = |entry: &Value| {
            let named = ["name", "id", "_id"].iter().find_map(|key| entry.get(key)?.as_str());
            named.or(entry.as_str()).unwrap_or("?").to_owned()
        };
        entries.into_iter().flatten().map(name).collect()
    }

    /// Whether a campaign uses it, by any sign of it: a list of a campaign cannot be deleted.
    pub fn is_in_use(&self) -> bool {
        !self.campaigns().is_empty() || self.text("isListInUse").as_deref() == Some("true")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_with_what_uses_them() {
        let body = br#"{"status":"success","data":[
            {"_id":"cl-1","name":"Spring","totalRecordCount":12,"isListInUse":false,"campaignInUse":[{"name":"A","id":"1"},"B",{}]},
            {"_id":"cl-2","isListInUse":true,"campaignInUse":[]}, {"_id":"cl-3","description":null}]}"#;
        let lists = ContactList::read_all(body).unwrap();
        assert_eq!(lists[0].campaigns(), ["A", "B", "?"]);
        assert_eq!(lists[0].text("totalRecordCount").as_deref(), Some("12"));
        assert_eq!(lists[2].text("description"), None);
        let used: Vec<bool> = lists.iter().map(ContactList::is_in_use).collect();
        assert_eq!(used, [true, true, false]);
    }

    #[test]
    fn lists_in_use_default_ones_and_those_that_nobody_can_judge_are_protected() {
        let list = |more: &str| {
            let body = format!(r#"{{"data":{{"_id":"cl-1"{more}}}}}"#);
            ContactList::read_one(body.as_bytes()).unwrap().is_protected().unwrap_or_default()
        };
        let no = r#","isGlobalDNC":false,"isDefault":false"#;
        assert_eq!(list(no), "");
        for (more, word) in [
            ("", "unclear"),
            (r#","isGlobalDNC":false"#, "unclear"),
            (r#","isGlobalDNC":true"#, "dnc"),
            (r#","isDefault":true"#, "default"),
        ] {
            assert!(list(more).starts_with(word), "{more}");
        }
        assert!(list(&format!(r#"{no},"listType":"DNC""#)).starts_with("dnc"));
        assert!(list(&format!(r#"{no},"campaignInUse":[{{}}]"#)).starts_with("inUse"));
        assert!(list(&format!(r#"{no},"isListInUse":true"#)).starts_with("inUse"));
    }

    #[test]
    fn what_has_no_lists_is_none() {
        for body in
            ["", "{}", r#"{"data":{}}"#, r#"{"data":[{"name":"x"}]}"#, r#"{"data":[{"_id":""}]}"#]
        {
            assert!(ContactList::read_all(body.as_bytes()).is_none(), "{body}");
        }
    }
}
