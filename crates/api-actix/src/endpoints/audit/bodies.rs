//! Audit entries in response bodies, with the members that the contract defines. The domain decides which values are
//! shown.

use serde::Serialize;
use serde_json::value::RawValue;
use users_domain::model::{
    AuditHeader, AuditId, AuditRecord, JsonText, KeyId, RecordedDetail, Role, StatusTrigger,
    Timestamp, UserField, UserId, UserStatus,
};

use crate::http::error::ApiError;
use crate::http::text::{Text, raw};

/// The members about the change itself, which all lists share.
#[derive(Serialize)]
struct ChangeBody<'a> {
    comment: Option<&'a str>,
    previous_status: Option<&'static str>,
    new_status: Option<&'static str>,
    previous_value: Option<&'a RawValue>,
    new_value: Option<&'a RawValue>,
    changed_fields: Vec<&'static str>,
}

impl<'a> ChangeBody<'a> {
    /// Fails if stored JSON is invalid, which is a defect.
    fn new(header: &AuditHeader, detail: Option<&'a RecordedDetail>) -> Result<Self, ApiError> {
        let status = |of: fn(&RecordedDetail) -> Option<UserStatus>| {
            detail.and_then(of).map(UserStatus::as_str)
        };
        Ok(Self {
            comment: detail.and_then(|detail| detail.comment.as_deref()),
            previous_status: status(|detail| detail.previous_status),
            new_status: status(|detail| detail.new_status),
            previous_value: json(detail, |detail| &detail.previous_value)?,
            new_value: json(detail, |detail| &detail.new_value)?,
            changed_fields: (header.fields.iter().copied())
                .map(UserField::as_str)
                .collect(),
        })
    }
}

fn json(
    detail: Option<&RecordedDetail>,
    of: fn(&RecordedDetail) -> &JsonText,
) -> Result<Option<&RawValue>, ApiError> {
    detail.map(|detail| raw(of(detail))).transpose()
}

/// An entry in the activity of a user.
#[derive(Serialize)]
pub(super) struct ActivityBody<'a> {
    uuid: Text<AuditId>,
    comment_type: &'static str,
    #[serde(flatten)]
    change: ChangeBody<'a>,
    actor_email: (),
    actor_name: Option<&'a str>,
    /// The session, transaction or risk event that caused the entry, or the API key that it concerns.
    metadata: Option<&'a RawValue>,
    mentioned_emails: [&'static str; 0],
    created_at: Text<Timestamp>,
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

/// An entry in the audit log of an application.
#[derive(Serialize)]
pub(super) struct EntryBody<'a> {
    uuid: Text<AuditId>,
    created_at: Text<Timestamp>,
    operation: &'static str,
    kind: &'static str,
    actor: ActorBody<'a>,
    didit_internal_id: Option<Text<UserId>>,
    vendor_data: Option<&'a str>,
    #[serde(flatten)]
    change: ChangeBody<'a>,
    trigger: Option<&'static str>,
    about: Option<&'a RawValue>,
    overrides_verified: Option<bool>,
    request_id: &'a str,
    erased: bool,
}

/// The actor of an entry.
#[derive(Serialize)]
struct ActorBody<'a> {
    kind: &'static str,
    key_uuid: Option<Text<KeyId>>,
    role: Option<&'static str>,
    name: Option<&'a str>,
    ip: Option<&'a str>,
}

impl<'a> TryFrom<&'a AuditRecord> for EntryBody<'a> {
    type Error = ApiError;

    fn try_from(record: &'a AuditRecord) -> Result<Self, ApiError> {
        let (header, detail) = (&record.header, record.detail.as_ref());
        Ok(Self {
            uuid: Text(header.id),
            created_at: Text(header.at),
            operation: header.operation.as_str(),
            kind: header.kind.as_str(),
            actor: ActorBody {
                kind: header.actor_kind,
                key_uuid: header.actor_key.map(Text),
                role: header.actor_role.map(Role::as_str),
                name: detail.and_then(|detail| detail.actor_name.as_deref()),
                ip: detail.and_then(|detail| detail.actor_address.as_deref()),
            },
            didit_internal_id: header.user.map(Text),
            vendor_data: detail.and_then(|detail| detail.vendor_data.as_deref()),
            change: ChangeBody::new(header, detail)?,
            trigger: (detail.and_then(|detail| detail.trigger)).map(StatusTrigger::as_str),
            about: json(detail, |detail| &detail.about)?,
            overrides_verified: detail.map(|detail| detail.overrides_verified),
            request_id: header.request_id.as_str(),
            erased: detail.is_none(),
        })
    }
}
