//! Audit entries in response bodies, with the members that the contract defines. The domain decides which values are
//! shown.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use users_domain::model::{
    ActivityKind, Actor, AuditHeader, AuditId, AuditRecord, JsonText, KeyId, Operation,
    RecordedDetail, Role, StatusTrigger, Timestamp, UserField, UserId, UserStatus,
};

use crate::endpoints::users::AnyObject;
use crate::http::error::ApiError;
use crate::http::page::Row;
use crate::http::text::{Text, Word, raw};

/// The members about the change itself, which all lists share.
#[derive(Serialize, JsonSchema)]
struct ChangeBody<'a> {
    /// The reason of the change.
    comment: Option<&'a str>,
    previous_status: Option<Word<UserStatus>>,
    /// The status after the change, or the requested status if it was refused.
    new_status: Option<Word<UserStatus>>,
    /// The values before the change, by field. Any JSON.
    #[schemars(with = "Value")]
    previous_value: Option<&'a RawValue>,
    /// The values after the change, by field, or the values that were ignored. Any JSON.
    #[schemars(with = "Value")]
    new_value: Option<&'a RawValue>,
    changed_fields: Vec<&'static str>,
}

impl<'a> ChangeBody<'a> {
    /// Fails if stored JSON is invalid, which is a defect.
    fn new(header: &AuditHeader, detail: Option<&'a RecordedDetail>) -> Result<Self, ApiError> {
        let status = |of: fn(&RecordedDetail) -> Option<UserStatus>| detail.and_then(of).map(Word);
        Ok(Self {
            comment: detail.and_then(|detail| detail.comment.as_deref()),
            previous_status: status(|detail| detail.previous_status),
            new_status: status(|detail| detail.new_status),
            previous_value: json(detail, |detail| &detail.previous_value)?,
            new_value: json(detail, |detail| &detail.new_value)?,
            changed_fields: (header.fields.iter().copied()).map(UserField::as_str).collect(),
        })
    }
}

fn json(
    detail: Option<&RecordedDetail>,
    of: fn(&RecordedDetail) -> &JsonText,
) -> Result<Option<&RawValue>, ApiError> {
    detail.map(|detail| raw(of(detail))).transpose()
}

/// An event in the history of a user.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Activity")]
pub(super) struct ActivityBody<'a> {
    uuid: Text<AuditId>,
    #[schemars(extend("enum" = activity_kinds()))]
    comment_type: &'static str,
    #[serde(flatten)]
    change: ChangeBody<'a>,
    actor_email: (),
    /// The name of the API key.
    actor_name: Option<&'a str>,
    /// The session, transaction or risk event that caused the entry, or the API key that the entry is about.
    #[schemars(with = "Option<AnyObject>")]
    metadata: Option<&'a RawValue>,
    #[schemars(with = "Vec<String>")]
    mentioned_emails: [&'static str; 0],
    created_at: Text<Timestamp>,
}

impl Row for ActivityBody<'_> {
    const PAGE: &'static str = "ActivityPage";
}

fn activity_kinds() -> Vec<&'static str> {
    let kinds = ActivityKind::ALL.into_iter();
    kinds.filter(|kind| kind.is_activity()).map(ActivityKind::as_str).collect()
}

impl<'a> TryFrom<&'a AuditRecord> for ActivityBody<'a> {
    type Error = ApiError;

    fn try_from(record: &'a AuditRecord) -> Result<Self, ApiError> {
        let (header, detail) = (&record.header, record.detail.as_ref());
        Ok(Self {
            uuid: Text(header.id),
            comment_type: header.kind.as_str(),
            change: ChangeBody::new(header, detail)?,
            actor_email: (),
            actor_name: detail.and_then(|detail| detail.actor_name.as_deref()),
            metadata: json(detail, |detail| &detail.about)?,
            mentioned_emails: [],
            created_at: Text(header.at),
        })
    }
}

/// An event in the history of an application.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AuditEntry")]
pub(super) struct EntryBody<'a> {
    uuid: Text<AuditId>,
    created_at: Text<Timestamp>,
    /// The requested operation.
    operation: Word<Operation>,
    /// The kind of event.
    kind: Word<ActivityKind>,
    actor: ActorBody<'a>,
    /// The user that the entry is about, if any.
    didit_internal_id: Option<Text<UserId>>,
    vendor_data: Option<&'a str>,
    #[serde(flatten)]
    change: ChangeBody<'a>,
    /// The cause of a status change.
    trigger: Option<Word<StatusTrigger>>,
    /// The session, transaction or risk event that caused the entry, or the API key that the entry is about.
    #[schemars(with = "Option<AnyObject>")]
    about: Option<&'a RawValue>,
    /// Whether a verified value was overridden.
    overrides_verified: Option<bool>,
    request_id: &'a str,
    /// Whether the personal data of the entry was erased with the user: names, addresses, values and reasons are then
    /// null.
    erased: bool,
}

impl Row for EntryBody<'_> {
    const PAGE: &'static str = "AuditPage";
}

/// The actor.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct ActorBody<'a> {
    #[schemars(extend("enum" = Actor::KINDS))]
    kind: &'static str,
    /// The API key, if the actor is one.
    key_uuid: Option<Text<KeyId>>,
    role: Option<Word<Role>>,
    /// The name of the key at that time.
    name: Option<&'a str>,
    /// The client address of the request.
    ip: Option<&'a str>,
}

impl<'a> TryFrom<&'a AuditRecord> for EntryBody<'a> {
    type Error = ApiError;

    fn try_from(record: &'a AuditRecord) -> Result<Self, ApiError> {
        let (header, detail) = (&record.header, record.detail.as_ref());
        Ok(Self {
            uuid: Text(header.id),
            created_at: Text(header.at),
            operation: Word(header.operation),
            kind: Word(header.kind),
            actor: ActorBody {
                kind: header.actor_kind,
                key_uuid: header.actor_key.map(Text),
                role: header.actor_role.map(Word),
                name: detail.and_then(|detail| detail.actor_name.as_deref()),
                ip: detail.and_then(|detail| detail.actor_address.as_deref()),
            },
            didit_internal_id: header.user.map(Text),
            vendor_data: detail.and_then(|detail| detail.vendor_data.as_deref()),
            change: ChangeBody::new(header, detail)?,
            trigger: (detail.and_then(|detail| detail.trigger)).map(Word),
            about: json(detail, |detail| &detail.about)?,
            overrides_verified: detail.map(|detail| detail.overrides_verified),
            request_id: header.request_id.as_str(),
            erased: detail.is_none(),
        })
    }
}
