//! The audit trail. A header stays for ever and names nobody; the detail beside it is personal and can be erased. The
//! header's commitment still proves what the detail was.

use super::brief::brief_values;
use super::comment::Comment;
use super::digest::digest_of;
use super::{
    ActivityKind, Actor, ApplicationId, AuditId, Json, JsonText, KeyId, Operation, RequestId, Role,
    StatusTrigger, Timestamp, UserField, UserId, UserStatus, VendorData,
};

/// The part of an entry that is kept for ever and holds nothing personal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditHeader {
    /// The entry.
    pub id: AuditId,
    /// The tenant.
    pub application: ApplicationId,
    /// The user it is about; none where it is about the application.
    pub user: Option<UserId>,
    /// When.
    pub at: Timestamp,
    /// `key`, `service` or `system`.
    pub actor_kind: &'static str,
    /// The key that acted.
    pub actor_key: Option<KeyId>,
    /// The role it had.
    pub actor_role: Option<Role>,
    /// What was asked for.
    pub operation: Operation,
    /// What happened.
    pub kind: ActivityKind,
    /// The fields concerned.
    pub fields: Vec<UserField>,
    /// The request.
    pub request_id: RequestId,
}

impl AuditHeader {
    /// What an entry keeps of its detail for ever.
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
            (
                "actor_role",
                Json::optional_string(self.actor_role.map(Role::as_str)),
            ),
            (
                "operation",
                Json::String(self.operation.as_str().to_owned()),
            ),
            ("kind", Json::String(self.kind.as_str().to_owned())),
            (
                "fields",
                Json::strings(self.fields.iter().map(|field| field.as_str())),
            ),
            (
                "request_id",
                Json::String(self.request_id.as_str().to_owned()),
            ),
        ])
        .to_string()
    }
}

/// The part of an entry that may be personal and is erased with the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditDetail {
    /// What the client calls the user, if it is about one.
    pub vendor_data: Option<VendorData>,
    /// The actor's name and address at the time.
    pub actor: Actor,
    /// A comment or the reason given.
    pub comment: Option<String>,
    /// The status before.
    pub previous_status: Option<UserStatus>,
    /// The status after, or the one that was refused.
    pub new_status: Option<UserStatus>,
    /// What caused a change of status.
    pub trigger: Option<StatusTrigger>,
    /// The session, transaction or risk event that it follows from; null where there is none.
    pub about: Json,
    /// Whether a verified value was overridden.
    pub overrides_verified: bool,
    /// The values before, by field.
    pub previous_value: Json,
    /// The values after, by field, or those that were ignored.
    pub new_value: Json,
}

impl AuditDetail {
    /// The text that is stored and that the commitment covers.
    #[must_use]
    pub fn text(&self) -> String {
        Json::object([
            (
                "vendor_data",
                Json::optional_string(self.vendor_data.as_ref().map(VendorData::as_str)),
            ),
            (
                "actor_name",
                Json::optional_string(self.actor.name().map(super::KeyName::as_str)),
            ),
            ("actor_address", Json::optional_string(self.actor.address())),
            ("comment", Json::optional_string(self.comment.as_deref())),
            (
                "previous_status",
                Json::optional_string(self.previous_status.map(UserStatus::as_str)),
            ),
            (
                "new_status",
                Json::optional_string(self.new_status.map(UserStatus::as_str)),
            ),
            (
                "trigger",
                Json::optional_string(self.trigger.map(StatusTrigger::as_str)),
            ),
            ("about", self.about.clone()),
            ("overrides_verified", Json::Bool(self.overrides_verified)),
            ("previous_value", self.previous_value.clone()),
            ("new_value", self.new_value.clone()),
        ])
        .to_string()
    }

    /// The detail as it is shown beside its user: of a value whose text has more than 256 bytes its size and, of an object,
    /// which members changed.
    #[must_use]
    pub fn brief(&self) -> Self {
        let (previous_value, new_value) = brief_values(&self.previous_value, &self.new_value);
        Self {
            previous_value,
            new_value,
            ..self.clone()
        }
    }
}

/// Random bytes that keep a commitment from being guessed; erased with the detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Salt(pub [u8; 32]);

/// SHA-256 over tag, salt, header and detail, each preceded by its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commitment(pub [u8; 32]);

/// One thing that happened, or was refused, to a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Kept for ever.
    pub header: AuditHeader,
    /// Erasable.
    pub detail: AuditDetail,
    /// Erasable.
    pub salt: Salt,
}

impl AuditEntry {
    /// What the header keeps of the detail.
    #[must_use]
    pub fn commitment(&self) -> Commitment {
        self.header.commitment(&self.salt, &self.detail.text())
    }

    /// The entry as the user's detail shows it; `None` for kinds that are not comments.
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

/// An entry as a store keeps it, for checking it against its commitment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAuditEntry {
    /// The entry.
    pub id: AuditId,
    /// The header; none where it holds a word that no version wrote.
    pub header: Option<AuditHeader>,
    /// The commitment that was stored with it.
    pub commitment: Vec<u8>,
    /// Salt and text of the detail; none where it was erased.
    pub detail: Option<(Salt, String)>,
    /// Whether what is shown of the detail follows from it.
    pub is_shown_as_written: bool,
}

/// What the commitment of a stored entry proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditProof {
    /// Header and detail are those that were written.
    Intact,
    /// The user was erased and the detail with it.
    Erased,
    /// The detail is gone, and the user was not erased.
    DetailMissing,
    /// Header, detail or what is shown of it are not those that were written.
    Altered,
}

impl StoredAuditEntry {
    /// Checks the entry against its commitment.
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
