//! Which API a method and a path mean. Pure.

use axum::http::Method;

use crate::model::Operation;

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
    List(&'p str),
    DeleteList(&'p str),
}

impl Route<'_> {
    /// The operation of korebulk's own that this is, where it is one.
    pub(super) fn operation(self) -> Option<Operation> {
        match self {
            Self::BulkUpdate => Some(Operation::BulkUpdate),
            Self::BulkDelete => Some(Operation::BulkDelete),
            Self::DeleteContact(_) => Some(Operation::DeleteContact),
            Self::DeleteList(_) => Some(Operation::DeleteContactList),
            _ => None,
        }
    }

    /// Whether it belongs to the campaign API, which asks for other headers.
    pub(super) fn is_campaign(self) -> bool {
        matches!(self, Self::List(_) | Self::DeleteList(_))
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
        [stream, "campaign", "contactList", id] if !id.is_empty() => api(stream, list(method, id)),
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
        assert_eq!(of(Method::POST, &at("/bulk-update")), "WrongMethod");
        assert_eq!(of(Method::GET, &at("/abc")), "WrongMethod");
        assert_eq!(of(Method::DELETE, &at("/")), "Nothing");
        assert_eq!(of(Method::DELETE, &at("/a/b")), "Nothing");
        assert_eq!(of(Method::GET, "/"), "Nothing");
    }
}
