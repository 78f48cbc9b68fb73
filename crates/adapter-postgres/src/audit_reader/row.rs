//! Rows of audit entries.

use chrono::{DateTime, Utc};
use diesel::prelude::QueryableByName;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use serde::Deserialize;
use serde_json::value::RawValue;
use users_domain::model::{
    ActivityKind, Actor, ApplicationId, AuditHeader, AuditId, AuditRecord, Json, JsonText, KeyId,
    Operation, RecordedDetail, RequestId, Role, Salt, StatusTrigger, StoredAuditEntry, Timestamp,
    UserField, UserId, UserStatus, brief_values,
};
use uuid::Uuid;

use crate::failure::Failure;
use crate::rows::{from_json, invalid, json};
use crate::schema::tables::audit_entries;

#[derive(QueryableByName)]
#[diesel(table_name = audit_entries)]
pub(super) struct EntryRow {
    id: Uuid,
    user_id: Option<Uuid>,
    at: DateTime<Utc>,
    actor_kind: String,
    actor_key: Option<Uuid>,
    actor_role: Option<String>,
    operation: String,
    kind: String,
    fields: Vec<String>,
    request_id: String,
    #[diesel(sql_type = Nullable<Text>)]
    detail: Option<String>,
    /// The number of entries found for this page, including the one after it.
    #[diesel(sql_type = BigInt)]
    pub(super) found: i64,
}

impl EntryRow {
    pub(super) fn into_record(self, application: ApplicationId) -> Result<AuditRecord, Failure> {
        let detail = self.detail.as_deref().map(detail).transpose()?;
        let header = self.header(application)?;
        Ok(AuditRecord { header, detail })
    }

    fn header(&self, application: ApplicationId) -> Result<AuditHeader, Failure> {
        let fields = self.fields.iter();
        let fields = fields.map(|word| known("field", UserField::find(word)));
        let actor_kind = Actor::KINDS.into_iter().find(|kind| *kind == self.actor_kind);
        let role = self.actor_role.as_deref().map(Role::parse).transpose();
        Ok(AuditHeader {
            id: AuditId::new(self.id),
            application,
            user: self.user_id.map(UserId::new),
            at: Timestamp::from_datetime(self.at),
            actor_kind: known("actor_kind", actor_kind)?,
            actor_key: self.actor_key.map(KeyId::new),
            actor_role: role.map_err(invalid("actor_role"))?,
            operation: Operation::parse(&self.operation).map_err(invalid("operation"))?,
            kind: known("kind of an audit entry", ActivityKind::find(&self.kind))?,
            fields: fields.collect::<Result<_, _>>()?,
            request_id: RequestId::parse(&self.request_id).map_err(invalid("request_id"))?,
        })
    }
}

/// An entry with its commitment and the salt of its detail.
#[derive(QueryableByName)]
pub(super) struct SealedRow {
    #[diesel(embed)]
    entry: EntryRow,
    #[diesel(sql_type = Binary)]
    commitment: Vec<u8>,
    #[diesel(sql_type = Nullable<Binary>)]
    salt: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Text>)]
    shown: Option<String>,
}

impl SealedRow {
    pub(super) fn into_stored(self, application: ApplicationId) -> StoredAuditEntry {
        let salt = self.salt.map(|salt| <[u8; 32]>::try_from(salt).unwrap_or_default());
        let detail = self.entry.detail.as_deref().unwrap_or_default();
        let shown = self.shown.as_deref();
        StoredAuditEntry {
            id: AuditId::new(self.entry.id),
            header: self.entry.header(application).ok(),
            commitment: self.commitment,
            is_shown_as_written: shown.is_none_or(|shown| {
                json("audit detail", shown).is_ok_and(|shown| in_brief(detail) == Some(shown))
            }),
            detail: salt.map(Salt).zip(self.entry.detail),
        }
    }
}

/// The short form of a detail, computed from its full text.
fn in_brief(detail: &str) -> Option<Json> {
    let Json::Object(mut members) = json("audit detail", detail).ok()? else {
        return None;
    };
    let (previous, new) = (members.remove("previous_value")?, members.remove("new_value")?);
    let (previous, new) = brief_values(&previous, &new);
    members.extend([("previous_value".to_owned(), previous), ("new_value".to_owned(), new)]);
    Some(Json::Object(members))
}

fn known<T>(column: &'static str, value: Option<T>) -> Result<T, Failure> {
    value.ok_or_else(|| Failure::defect(format!("the stored {column} is unknown")))
}

/// The members of a stored detail. JSON values keep exactly the committed text.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Stored {
    vendor_data: Option<String>,
    actor_name: Option<String>,
    actor_address: Option<String>,
    comment: Option<String>,
    previous_status: Option<String>,
    new_status: Option<String>,
    trigger: Option<String>,
    about: Option<Box<RawValue>>,
    overrides_verified: bool,
    previous_value: Option<Box<RawValue>>,
    new_value: Option<Box<RawValue>>,
}

fn detail(text: &str) -> Result<RecordedDetail, Failure> {
    let stored: Stored = from_json("audit detail", text)?;
    let status = |word: Option<String>| {
        let parsed = word.as_deref().map(UserStatus::parse).transpose();
        parsed.map_err(invalid("status of an audit entry"))
    };
    let trigger = stored.trigger.as_deref();
    let trigger = trigger.map(|word| known("trigger", StatusTrigger::find(word)));
    let json = |value: Option<Box<RawValue>>| {
        let text = value.as_deref().map_or("null", RawValue::get);
        JsonText::from_trusted(text.to_owned())
    };
    Ok(RecordedDetail {
        vendor_data: stored.vendor_data,
        actor_name: stored.actor_name,
        actor_address: stored.actor_address,
        comment: stored.comment,
        previous_status: status(stored.previous_status)?,
        new_status: status(stored.new_status)?,
        trigger: trigger.transpose()?,
        about: json(stored.about),
        overrides_verified: stored.overrides_verified,
        previous_value: json(stored.previous_value),
        new_value: json(stored.new_value),
    })
}
