//! Audit entries: a permanent header without personal data, which proves an erasable detail by its commitment.

use super::brief::brief_values;
use super::digest::digest_of;
use super::{
    ActivityKind, Actor, ApplicationId, AuditId, Json, JsonText, KeyId, Operation, RequestId, Role,
    StatusTrigger, Timestamp, UserField, UserId, UserStatus, VendorData,
};

/// The permanent part of an entry, without personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditHeader {
    /// Id of the entry.
    pub id: AuditId,
    /// The tenant.
    pub application: ApplicationId,
    /// The user concerned; `None` if the entry concerns the application.
    pub user: Option<UserId>,
    /// Time of the entry.
    pub at: Timestamp,
    /// `key`, `service` or `system`.
    pub actor_kind: &'static str,
    /// The key that acted.
    pub actor_key: Option<KeyId>,
    /// The role of that key at the time.
    pub actor_role: Option<Role>,
    /// The requested operation.
    pub operation: Operation,
    /// What happened.
    pub kind: ActivityKind,
    /// The fields concerned.
    pub fields: Vec<UserField>,
    /// Id of the request.
    pub request_id: RequestId,
}

impl AuditHeader {
    /// The commitment to a detail, which remains after the detail is erased.
    #[must_use]
    pub fn commitment(&self, salt: &Salt, detail: &str) -> Commitment {
        Commitment(digest_of(&[
            b"users/audit/1",
            &salt.0,
            self.canonical_text().as_bytes(),
            detail.as_bytes(),
        ]))
    }

    /// The bytes that the commitment covers.
    fn canonical_text(&self) -> String {
        Json::object([
            ("id", Json::String(self.id.to_string())),
            ("application", Json::String(self.application.to_string())),
            ("user", Json::optional_string(self.user)),
            ("at", Json::String(self.at.to_string())),
            ("actor_kind", Json::String(self.actor_kind.to_owned())),
            ("actor_key", Json::optional_string(self.actor_key)),
            ("actor_role", Json::optional_string(self.actor_role.map(Role::as_str))),
            ("operation", Json::String(self.operation.as_str().to_owned())),
            ("kind", Json::String(self.kind.as_str().to_owned())),
            ("fields", Json::strings(self.fields.iter().map(|field| field.as_str()))),
            ("request_id", Json::String(self.request_id.as_str().to_owned())),
        ])
        .to_string()
    }
}

/// The part of an entry that may contain personal data and is erased with the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditDetail {
    /// The `vendor_data` of the user, if the entry concerns one.
    pub vendor_data: Option<VendorData>,
    /// The actor's name and address at the time.
    pub actor: Actor,
    /// A comment or the reason given.
    pub comment: Option<String>,
    /// The status before.
    pub previous_status: Option<UserStatus>,
    /// The status after, or the refused status.
    pub new_status: Option<UserStatus>,
    /// What caused a change of status.
    pub trigger: Option<StatusTrigger>,
    /// The session, transaction or risk event that caused the entry; null if none did.
    pub about: Json,
    /// Whether a verified value was overridden.
    pub overrides_verified: bool,
    /// The values before, by field.
    pub previous_value: Json,
    /// The values after, by field, or the ignored values.
    pub new_value: Json,
}

impl AuditDetail {
    /// The text that is stored and that the commitment covers.
    #[must_use]
    pub fn text(&self) -> String {
        let status =
            |status: Option<UserStatus>| Json::optional_string(status.map(UserStatus::as_str));
        let vendor_data = self.vendor_data.as_ref().map(VendorData::as_str);
        Json::object([
            ("vendor_data", Json::optional_string(vendor_data)),
            ("actor_name", Json::optional_string(self.actor.name().map(super::KeyName::as_str))),
            ("actor_address", Json::optional_string(self.actor.address())),
            ("comment", Json::optional_string(self.comment.as_deref())),
            ("previous_status", status(self.previous_status)),
            ("new_status", status(self.new_status)),
            ("trigger", Json::optional_string(self.trigger.map(StatusTrigger::as_str))),
            ("about", self.about.clone()),
            ("overrides_verified", Json::Bool(self.overrides_verified)),
            ("previous_value", self.previous_value.clone()),
            ("new_value", self.new_value.clone()),
        ])
        .to_string()
    }

    /// The detail with shortened values, as by [`brief_values`].
    #[must_use]
    pub fn brief(&self) -> Self {
        let (previous_value, new_value) = brief_values(&self.previous_value, &self.new_value);
        Self { previous_value, new_value, ..self.clone() }
    }
}

/// Random bytes that prevent guessing the detail from its commitment; erased with the detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Salt(pub [u8; 32]);

/// SHA-256 over domain tag, salt, header and detail, each preceded by its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commitment(pub [u8; 32]);

/// One entry of the audit trail: an operation that was carried out or refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct AuditEntry {
    /// The permanent part.
    pub header: AuditHeader,
    /// The part that can be erased.
    pub detail: AuditDetail,
    /// The salt of the commitment; can be erased.
    pub salt: Salt,
}

impl AuditEntry {
    /// The commitment of the header to the detail.
    #[must_use]
    pub fn commitment(&self) -> Commitment {
        self.header.commitment(&self.salt, &self.detail.text())
    }

    /// The entry as shown among the user's comments; `None` for kinds that are not comments.
    #[must_use]
    pub fn as_comment(&self) -> Option<Comment> {
        let detail = self.header.kind.is_comment().then(|| self.detail.brief())?;
        Some(Comment {
            id: self.header.id,
            kind: self.header.kind,
            comment: detail.comment,
            actor_name: detail.actor.name().map(|name| name.as_str().to_owned()),
            previous_status: detail.previous_status,
            new_status: detail.new_status,
            previous_value: JsonText::from(&detail.previous_value),
            new_value: JsonText::from(&detail.new_value),
            changed_fields: self.header.fields.clone(),
            created_at: self.header.at,
        })
    }
}

/// An audit entry as shown in a user's detail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// The entry's id.
    pub id: AuditId,
    /// What happened.
    pub kind: ActivityKind,
    /// A comment or the reason given.
    pub comment: Option<String>,
    /// The name of the key that acted.
    pub actor_name: Option<String>,
    /// The status before.
    pub previous_status: Option<UserStatus>,
    /// The status after.
    pub new_status: Option<UserStatus>,
    /// The values before, by field, shortened; or `null`.
    pub previous_value: JsonText,
    /// The values after, by field, shortened; or `null`.
    pub new_value: JsonText,
    /// The fields that changed.
    pub changed_fields: Vec<UserField>,
    /// When it happened.
    pub created_at: Timestamp,
}

impl Comment {
    /// Number of comments shown in a detail.
    pub const SHOWN_IN_DETAIL: usize = 20;
}

/// A stored entry, to be verified against its commitment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAuditEntry {
    /// Id of the entry.
    pub id: AuditId,
    /// The header; `None` if it contains a value that no version of the service writes.
    pub header: Option<AuditHeader>,
    /// The stored commitment.
    pub commitment: Vec<u8>,
    /// Salt and text of the detail; `None` if erased.
    pub detail: Option<(Salt, String)>,
    /// Whether the stored display form of the detail matches the detail.
    pub is_shown_as_written: bool,
}

/// Result of verifying a stored entry against its commitment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditProof {
    /// Header and detail are unchanged.
    Intact,
    /// The detail was erased together with the user.
    Erased,
    /// The detail is missing although the user was not erased.
    DetailMissing,
    /// Header, detail or display form were altered.
    Altered,
}

impl StoredAuditEntry {
    /// Verifies the entry against its commitment.
    #[must_use]
    pub fn proof(&self) -> AuditProof {
        match (&self.header, &self.detail) {
            (Some(header), Some((salt, detail)))
                if self.is_shown_as_written
                    && header.commitment(salt, detail).0[..] == self.commitment[..] =>
            {
                AuditProof::Intact
            }
            (None, _) | (_, Some(_)) => AuditProof::Altered,
            (Some(header), None) if header.request_id.as_str() == RequestId::ERASED => {
                AuditProof::Erased
            }
            (Some(_), None) => AuditProof::DetailMissing,
        }
    }
}
