//! Builders of values and commands.

use users_domain::model::{
    ApplicationId, CountMode, DeclaredProfile, DisplayName, Environment, EventId, EventPayload,
    Json, JsonObject, ListUsers, Metadata, PageSize, PageStart, Reason, RequestId, StatusTrigger,
    TagName, UserEvent, UserField, UserFilter, UserId, UserKey, UserOrder, UserStatus, VendorData,
    random_uuid,
};
use users_domain::rules::{ChangeStatus, CreateUser};

use crate::base_time;

/// A command that creates a user with a `vendor_data` only. Set other fields with struct update syntax.
#[must_use]
pub fn a_user(name: &str) -> CreateUser {
    CreateUser {
        vendor_data: vendor_data(name),
        status: None,
        display_name: None,
        declared: DeclaredProfile::default(),
        metadata: Metadata::default(),
        tags: Vec::new(),
    }
}

/// A status change through the API, without a reason.
#[must_use]
pub fn to_status(to: UserStatus) -> ChangeStatus {
    ChangeStatus { to, reason: None, trigger: StatusTrigger::Api }
}

/// Parses a `vendor_data`.
#[must_use]
pub fn vendor_data(text: &str) -> VendorData {
    VendorData::parse(text).expect("a vendor_data")
}

/// Parses a display name.
#[must_use]
pub fn display_name(text: &str) -> DisplayName {
    DisplayName::parse(text).expect("a display name")
}

/// Parses a tag name.
#[must_use]
pub fn tag(text: &str) -> TagName {
    TagName::parse(text).expect("a tag")
}

/// The members of a JSON object.
#[must_use]
pub fn json_object<const N: usize>(members: [(&str, Json); N]) -> JsonObject {
    members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// Metadata that contains these members.
#[must_use]
pub fn metadata<const N: usize>(members: [(&str, Json); N]) -> Metadata {
    Metadata::new(json_object(members)).expect("metadata")
}

/// Parses a reason.
#[must_use]
pub fn a_reason(text: &str) -> Reason {
    Reason::parse(text).expect("a reason")
}

/// A user key by `vendor_data`.
#[must_use]
pub fn by_name(text: &str) -> UserKey {
    UserKey::VendorData(vendor_data(text))
}

/// A request for the first page of all users, in the default order and without a count. Change fields with struct
/// update syntax.
#[must_use]
pub fn all_users() -> ListUsers {
    ListUsers {
        filter: UserFilter::default(),
        order: UserOrder::DEFAULT,
        start: PageStart::First,
        size: PageSize::DEFAULT,
        count: CountMode::None,
    }
}

/// A `Created` event, the first event of its user.
#[must_use]
pub fn an_event() -> UserEvent {
    let id = |kind: u8| random_uuid(base_time(), [kind; 32]);
    UserEvent {
        id: EventId::new(id(1)),
        application: ApplicationId::new(id(2)),
        environment: Environment::Live,
        user: UserId::new(id(3)),
        vendor_data: vendor_data("ada"),
        status: UserStatus::Active,
        sequence: 1,
        created_at: base_time(),
        request_id: RequestId::parse("test-request").expect("a request id"),
        payload: EventPayload::Created {
            fields: vec![UserField::VendorData, UserField::Status],
            changes: Vec::new(),
        },
    }
}
