//! The operations: one row each says all that is particular to one, and nothing about them is
//! anywhere else.
//!
//! To add an operation, add a variant and its row (`CONTRIBUTING.md`, "Adding an operation").

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use super::operation_spec::{
    Content, Effect, Envelope, IdKind, OperationSpec, Service, Success,
};

/// One of the API operations that korebulk runs, under the API's own names.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// Many contacts get all six fields anew.
    BulkUpdate,
    /// Many contacts become inactive.
    BulkDelete,
    /// One contact becomes inactive.
    DeleteContact,
    /// One contact list goes, with its rows.
    DeleteContactList,
    /// Many contacts come into being.
    CreateContacts,
}

const BULK_UPDATE: OperationSpec = OperationSpec {
    name: "bulk-update",
    about: "Update contacts, many a request",
    effect: Effect::Update,
    id_kind: IdKind::Contact,
    method: "PUT",
    service: Service::Contacts,
    path: "/agentassist/api/v1/public/{stream}/contacts/bulk-update",
    body: Some(Envelope { open: "[", close: "]", record: Content::Contact }),
    idempotent: true,
    success: Success::Listed,
};

const BULK_DELETE: OperationSpec = OperationSpec {
    name: "bulk-delete",
    about: "Delete contacts, many a request",
    effect: Effect::Delete,
    id_kind: IdKind::Contact,
    method: "DELETE",
    service: Service::Contacts,
    path: "/agentassist/api/v1/public/{stream}/contacts/bulk-delete",
    // The key is `ids`, whatever a table on one of the pages says.
    body: Some(Envelope { open: r#"{"ids":["#, close: "]}", record: Content::Id }),
    idempotent: true,
    success: Success::Listed,
};

const DELETE_CONTACT: OperationSpec = OperationSpec {
    name: "delete-contact",
    about: "Delete contacts one by one",
    effect: Effect::Delete,
    id_kind: IdKind::Contact,
    method: "DELETE",
    service: Service::Contacts,
    path: "/agentassist/api/v1/public/{stream}/contacts/{id}",
    body: None,
    idempotent: true,
    success: Success::Itself("INACTIVE"),
};

const DELETE_CONTACT_LIST: OperationSpec = OperationSpec {
    name: "delete-contact-list",
    about: "Delete contact lists one by one",
    effect: Effect::Delete,
    id_kind: IdKind::ContactList,
    method: "DELETE",
    service: Service::Campaigns,
    path: "/campaign/api/v2/public/{stream}/campaign/contactList/{id}?accountId={account}",
    body: None,
    idempotent: true,
    success: Success::InData("success"),
};

const CREATE_CONTACTS: OperationSpec = OperationSpec {
    name: "create-contacts",
    about: "Create contacts, many a request",
    effect: Effect::Create,
    id_kind: IdKind::Contact,
    method: "POST",
    service: Service::Contacts,
    path: "/agentassist/api/v1/public/{stream}/contacts",
    body: Some(Envelope { open: "[", close: "]", record: Content::Contact }),
    // A second send would meet numbers in use at best, and nobody could say whose they are.
    idempotent: false,
    success: Success::Contacts,
};

impl Operation {
    /// Every operation, in the order of the documents.
    pub const ALL: [Self; 5] = [
        Self::BulkUpdate,
        Self::BulkDelete,
        Self::DeleteContact,
        Self::DeleteContactList,
        Self::CreateContacts,
    ];

    /// Its row.
    pub const fn spec(self) -> &'static OperationSpec {
        match self {
            Self::BulkUpdate => &BULK_UPDATE,
            Self::BulkDelete => &BULK_DELETE,
            Self::DeleteContact => &DELETE_CONTACT,
            Self::DeleteContactList => &DELETE_CONTACT_LIST,
            Self::CreateContacts => &CREATE_CONTACTS,
        }
    }

    /// The operation of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.name() == name)
    }

    /// See [`OperationSpec::name`].
    pub const fn name(self) -> &'static str {
        self.spec().name
    }

    /// See [`OperationSpec::is_bulk`].
    pub const fn is_bulk(self) -> bool {
        self.spec().is_bulk()
    }

    /// See [`OperationSpec::effect`].
    pub const fn effect(self) -> Effect {
        self.spec().effect
    }

    /// Whether success means that the thing is gone.
    pub const fn is_delete(self) -> bool {
        matches!(self.effect(), Effect::Delete)
    }

    /// What one record is called in sentences: `contact` or `contact list`.
    pub const fn noun(self) -> &'static str {
        self.spec().id_kind.noun()
    }
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_goes_by_its_rows_name_in_every_form() {
        for operation in Operation::ALL {
            assert_eq!(Operation::named(operation.name()), Some(operation));
            let written = serde_json::to_value(operation).unwrap();
            assert_eq!(written, operation.name());
        }
    }

    #[test]
    fn what_has_no_body_has_its_id_in_the_path() {
        for operation in Operation::ALL {
            let spec = operation.spec();
            assert_eq!(spec.path.contains("{id}"), spec.body.is_none(), "{operation}");
            let many = matches!(spec.success, Success::Listed | Success::Contacts);
            assert_eq!(many, spec.is_bulk(), "{operation}");
            assert_eq!(spec.success == Success::Contacts, !spec.has_ids(), "{operation}");
        }
    }
}
