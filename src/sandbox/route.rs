//! Which API a method and a path mean. Pure.

use axum::http::Method;

/// What was asked for, and in which stream.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found<'p> {
    /// An API of the given stream.
    Api { stream: &'p str, route: Route<'p> },
    /// A path of the API with a method that it has not.
    WrongMethod,
    /// No path of the API.
    Nothing,
}

/// One API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route<'p> {
    Contacts,
    CreateContacts,
    UpdateContact(&'p str),
    DeleteContact(&'p str),
    BulkUpdate,
    BulkDelete,
    /// The only one that is asked for with either of two methods.
    AllLists {
        post: bool,
    },
    List(&'p str),
    ListContacts(&'p str),
    DeleteList(&'p str),
    Campaigns,
}

/// The names of the APIs, for the option `op=` of a fault.
pub(super) const NAMES: [&str; 11] = [
    "bulk-update",
    "bulk-delete",
    "delete-contact",
    "delete-contact-list",
    "create-contacts",
    "update-contact",
    "read-contacts",
    "read-lists",
    "read-list",
    "read-list-contacts",
    "read-campaigns",
];

impl Route<'_> {
    /// One of [`NAMES`].
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::BulkUpdate => "bulk-update",
            Self::BulkDelete => "bulk-delete",
            Self::DeleteContact(_) => "delete-contact",
            Self::DeleteList(_) => "delete-contact-list",
            Self::CreateContacts => "create-contacts",
            Self::UpdateContact(_) => "update-contact",
            Self::Contacts => "read-contacts",
            Self::AllLists { .. } => "read-lists",
            Self::List(_) => "read-list",
            Self::ListContacts(_) => "read-list-contacts",
            Self::Campaigns => "read-campaigns",
        }
    }

    /// Whether it belongs to the campaign API, which asks for other headers.
    pub(super) fn is_campaign(self) -> bool {
        matches!(
            self,
            Self::AllLists { .. }
                | Self::List(_)
                | Self::ListContacts(_)
                | Self::DeleteList(_)
                | Self::Campaigns
        )
    }
}

/// Reads a path without its query.
pub(super) fn find<'p>(method: &Method, path: &'p str) -> Found<'p> {
    if let Some(rest) = path.strip_prefix("/agentassist/api/v1/public/") {
        let parts: Vec<&str> = rest.split('/').collect();
        return match parts[..] {
            [stream, "contacts"] => api(stream, contacts(method)),
            [stream, "contacts", "bulk-update"] => {
                api(stream, (method == Method::PUT).then_some(Route::BulkUpdate))
            }
            [stream, "contacts", "bulk-delete"] => {
                api(stream, (method == Method::DELETE).then_some(Route::BulkDelete))
            }
            [stream, "contacts", id] if !id.is_empty() => api(stream, contact(method, id)),
            _ => Found::Nothing,
        };
    }
    let Some(rest) = path.strip_prefix("/campaign/api/v2/public/") else { return Found::Nothing };
    match rest.split('/').collect::<Vec<_>>()[..] {
        [stream, "campaign", "getAllCampaignDetails"] => {
            api(stream, (method == Method::POST).then_some(Route::Campaigns))
        }
        [stream, "campaign", "contactList", "getAllListDetails"] => api(stream, all_lists(method)),
        [stream, "campaign", "contactList", id] if !id.is_empty() => api(stream, list(method, id)),
        [stream, "campaign", "contactList", id, "getAllContacts"] if !id.is_empty() => {
            api(stream, (method == Method::GET).then_some(Route::ListContacts(id)))
        }
        _ => Found::Nothing,
    }
}

fn api<'p>(stream: &'p str, route: Option<Route<'p>>) -> Found<'p> {
    route.map_or(Found::WrongMethod, |route| Found::Api { stream, route })
}

fn contacts(method: &Method) -> Option<Route<'static>> {
    match *method {
        Method::GET => Some(Route::Contacts),
        Method::POST => Some(Route::CreateContacts),
        _ => None,
    }
}

fn contact<'p>(method: &Method, id: &'p str) -> Option<Route<'p>> {
    match *method {
        Method::PUT => Some(Route::UpdateContact(id)),
        Method::DELETE => Some(Route::DeleteContact(id)),
        _ => None,
    }
}

fn all_lists(method: &Method) -> Option<Route<'static>> {
    let asked = [Method::GET, Method::POST].contains(method);
    asked.then_some(Route::AllLists { post: method == Method::POST })
}

fn list<'p>(method: &Method, id: &'p str) -> Option<Route<'p>> {
    match *method {
        Method::GET => Some(Route::List(id)),
        Method::DELETE => Some(Route::DeleteList(id)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_has_its_methods_and_no_other() {
        let contacts = "/agentassist/api/v1/public/st-1/contacts";
        let at = |rest: &str| format!("{contacts}{rest}");
        let of = |method, path: &str| match find(&method, path) {
            Found::Api { stream, route } => {
                assert_eq!(stream, "st-1");
                format!("{route:?}")
            }
            other => format!("{other:?}"),
        };
        assert_eq!(of(Method::PUT, &at("/bulk-update")), "BulkUpdate");
        assert_eq!(of(Method::DELETE, &at("/bulk-delete")), "BulkDelete");
        assert_eq!(of(Method::DELETE, &at("/abc")), r#"DeleteContact("abc")"#);
        assert_eq!(of(Method::PUT, &at("/abc")), r#"UpdateContact("abc")"#);
        assert_eq!(of(Method::GET, &at("")), "Contacts");
        assert_eq!(of(Method::POST, &at("")), "CreateContacts");
        let list = "/campaign/api/v2/public/st-1/campaign/contactList/cl-1";
        assert_eq!(of(Method::DELETE, list), r#"DeleteList("cl-1")"#);
        assert_eq!(of(Method::GET, list), r#"List("cl-1")"#);
        let of_list = |method, rest: &str| of(method, &format!("{list}{rest}"));
        assert_eq!(of_list(Method::GET, "/getAllContacts"), r#"ListContacts("cl-1")"#);
        assert_eq!(of_list(Method::POST, "/getAllContacts"), "WrongMethod");
        let all = list.replace("cl-1", "getAllListDetails");
        assert_eq!(of(Method::GET, &all), "AllLists { post: false }");
        assert_eq!(of(Method::POST, &all), "AllLists { post: true }");
        assert_eq!(of(Method::DELETE, &all), "WrongMethod");
        let campaigns = "/campaign/api/v2/public/st-1/campaign/getAllCampaignDetails";
        assert_eq!(of(Method::POST, campaigns), "Campaigns");
        assert_eq!(of(Method::POST, &at("/bulk-update")), "WrongMethod");
        assert_eq!(of(Method::GET, &at("/abc")), "WrongMethod");
        assert_eq!(of(Method::DELETE, &at("/")), "Nothing");
        assert_eq!(of(Method::DELETE, &at("/a/b")), "Nothing");
        assert_eq!(of(Method::GET, "/"), "Nothing");
    }
}
