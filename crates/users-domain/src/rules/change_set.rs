//! One effective change with everything that must be written with it.

use super::{FieldEdit, NewUser, UserChange, evolve, search_text, shown_value};
use crate::model::{
    ActivityKind, AuditDetail, AuditEntry, AuditHeader, AuditId, EventId, EventPayload,
    FieldChange, Json, Operation, Reason, Salt, Stamp, StatusTrigger, Tag, Timestamp, User,
    UserEvent, UserField, UserId, UserStatus,
};
use crate::ports::Facts;

/// The new state of a user, its audit entries (at least one) and its events. Built from what happened alone, so that
/// none of them can be forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeSet {
    user: User,
    version_before: Option<u64>,
    new_tags: Vec<Tag>,
    search_text: Option<String>,
    audit: Vec<AuditEntry>,
    events: Vec<UserEvent>,
}

impl ChangeSet {
    /// Applies `changes` in order as one step of the version; `None` where nothing happened. Times of one user never
    /// run backwards: each change is at least a microsecond after the one before.
    #[must_use]
    pub fn record(
        facts: &Facts,
        changes: &[UserChange],
        operation: Operation,
        stamp: &Stamp,
    ) -> Option<Self> {
        let earliest = facts
            .user
            .as_ref()
            .map(|user| user.record.updated_at.next_microsecond());
        let at = earliest.map_or(stamp.at, |earliest| stamp.at.max(earliest));
        let mut scribe = Scribe {
            operation,
            stamp,
            at,
            audit: Vec::new(),
            events: Vec::new(),
        };
        let mut current = facts.user.clone();
        for change in changes {
            let before = current.clone();
            let mut after = evolve(current, change, at)?;
            scribe.write_down(before.as_ref(), &mut after, change);
            current = Some(after);
        }
        let mut user = current?;
        if scribe.audit.is_empty() {
            return None;
        }
        let version_before = facts.user.as_ref().map(|user| user.record.version);
        user.record.version = version_before.unwrap_or(0) + 1;
        let body = search_text::body(&user.record);
        let body_before = facts
            .user
            .as_ref()
            .map(|user| search_text::body(&user.record));
        Some(Self {
            version_before,
            new_tags: new_tags(facts, &user),
            search_text: (body_before.as_ref() != Some(&body)).then_some(body),
            user,
            audit: scribe.audit,
            events: scribe.events,
        })
    }

    /// The user after the change.
    #[must_use]
    pub fn user(&self) -> &User {
        &self.user
    }

    /// The version the change was decided on; `None` for a new user.
    #[must_use]
    pub fn version_before(&self) -> Option<u64> {
        self.version_before
    }

    /// Tags used for the first time, as far as the facts tell.
    #[must_use]
    pub fn new_tags(&self) -> &[Tag] {
        &self.new_tags
    }

    /// The text to search in, where it differs from before.
    #[must_use]
    pub fn search_text(&self) -> Option<&str> {
        self.search_text.as_deref()
    }

    /// What is to be written into the audit trail, oldest first; never empty.
    #[must_use]
    pub fn audit(&self) -> &[AuditEntry] {
        &self.audit
    }

    /// What receivers are to be told, in order.
    #[must_use]
    pub fn events(&self) -> &[UserEvent] {
        &self.events
    }
}

fn new_tags(facts: &Facts, user: &User) -> Vec<Tag> {
    let on_user = facts
        .user
        .iter()
        .flat_map(|user| user.record.tags.iter().map(|tag| &tag.tag.name));
    let known: Vec<_> = facts
        .tags
        .iter()
        .map(|tag| &tag.name)
        .chain(on_user)
        .collect();
    user.record
        .tags
        .iter()
        .map(|tag| &tag.tag)
        .filter(|tag| !known.contains(&&tag.name))
        .cloned()
        .collect()
}

/// What an audit entry says beyond what all of one user's entries say.
#[derive(Default)]
struct Said {
    fields: Vec<UserField>,
    reason: Option<Reason>,
    statuses: (Option<UserStatus>, Option<UserStatus>),
    trigger: Option<StatusTrigger>,
    overrides_verified: bool,
    values: Option<(Json, Json)>,
}

struct Scribe<'a> {
    operation: Operation,
    stamp: &'a Stamp,
    at: Timestamp,
    audit: Vec<AuditEntry>,
    events: Vec<UserEvent>,
}

impl Scribe<'_> {
    fn write_down(&mut self, before: Option<&User>, after: &mut User, change: &UserChange) {
        match change {
            UserChange::Created(new) => self.created(after, new),
            UserChange::Edited(edits) => self.edited(before, after, edits),
            UserChange::StatusChanged {
                from,
                to,
                trigger,
                reason,
            } => {
                let statuses = (Some(*from), Some(*to));
                let said = Said {
                    fields: vec![UserField::Status],
                    reason: reason.clone(),
                    statuses,
                    trigger: Some(*trigger),
                    ..Said::default()
                };
                self.note(after, ActivityKind::StatusChanged, said);
                self.tell(after, EventPayload::StatusChanged { previous: *from });
            }
            UserChange::Deleted => {
                let said = Said {
                    fields: vec![UserField::DeletedAt],
                    ..Said::default()
                };
                self.note(after, ActivityKind::Deleted, said);
                self.tell(after, EventPayload::Deleted { at: self.at });
            }
        }
    }

    fn created(&mut self, user: &mut User, new: &NewUser) {
        let fields = new.fields_set();
        let values = Json::object(
            fields
                .iter()
                .filter_map(|field| Some((field.as_str(), shown_value(user, *field)?))),
        );
        let said = Said {
            fields: fields.clone(),
            statuses: (None, Some(new.status)),
            values: Some((Json::Null, values)),
            ..Said::default()
        };
        self.note(user, ActivityKind::Created, said);
        self.tell(user, EventPayload::Created { fields });
    }

    fn edited(&mut self, before: Option<&User>, after: &mut User, edits: &[FieldEdit]) {
        let Some(before) = before else { return };
        let changes: Vec<FieldChange> = edits
            .iter()
            .filter_map(|edit| field_change(before, after, edit))
            .collect();
        if changes.is_empty() {
            return;
        }
        let overridden: Vec<UserField> = edits
            .iter()
            .filter(|edit| edit.overrides_verified())
            .map(FieldEdit::field)
            .collect();
        for change in &changes {
            match change.field {
                UserField::Metadata => {
                    self.note(after, ActivityKind::MetadataUpdated, values_of([change]));
                }
                UserField::Tags => self.tags_edited(before, after),
                _ => {}
            }
        }
        let rest: Vec<&FieldChange> = changes
            .iter()
            .filter(|change| !matches!(change.field, UserField::Metadata | UserField::Tags))
            .collect();
        if !rest.is_empty() {
            let overrides_verified = rest.iter().any(|change| overridden.contains(&change.field));
            let said = Said {
                overrides_verified,
                ..values_of(rest)
            };
            self.note(after, ActivityKind::ProfileUpdated, said);
        }
        self.tell(after, EventPayload::Edited { changes });
    }

    fn tags_edited(&mut self, before: &User, after: &User) {
        let only_in = |these: &User, those: &User| -> Vec<String> {
            let names = |user: &User| {
                user.record
                    .tags
                    .iter()
                    .map(|tag| tag.tag.name.clone())
                    .collect::<Vec<_>>()
            };
            let those = names(those);
            names(these)
                .into_iter()
                .filter(|name| !those.contains(name))
                .map(|name| name.as_str().to_owned())
                .collect()
        };
        let (added, removed) = (only_in(after, before), only_in(before, after));
        let said = |previous, new| Said {
            fields: vec![UserField::Tags],
            values: Some((previous, new)),
            ..Said::default()
        };
        // A new order of the same tags is an edit too; it is told as an addition of nothing.
        if !added.is_empty() || removed.is_empty() {
            self.note(
                after,
                ActivityKind::TagAdded,
                said(Json::Null, Json::strings(added)),
            );
        }
        if !removed.is_empty() {
            self.note(
                after,
                ActivityKind::TagRemoved,
                said(Json::strings(removed), Json::Null),
            );
        }
    }

    fn note(&mut self, user: &User, kind: ActivityKind, said: Said) {
        let index = self.audit.len() as u64;
        let subject = user.record.id.uuid().into_bytes();
        let id = AuditId::new(self.stamp.derive_uuid("audit", &subject, index));
        let (previous_value, new_value) = said.values.unwrap_or((Json::Null, Json::Null));
        let (previous_status, new_status) = said.statuses;
        self.audit.push(AuditEntry {
            header: header(
                id,
                user,
                kind,
                said.fields,
                self.operation,
                self.stamp,
                self.at,
            ),
            detail: AuditDetail {
                vendor_data: user.record.vendor_data.clone(),
                actor: self.stamp.actor.clone(),
                comment: said.reason.map(|reason| reason.as_str().to_owned()),
                previous_status,
                new_status,
                trigger: said.trigger,
                overrides_verified: said.overrides_verified,
                previous_value,
                new_value,
            },
            salt: Salt(self.stamp.derive_secret("salt", id.uuid().as_bytes())),
        });
    }

    fn tell(&mut self, user: &mut User, payload: EventPayload) {
        user.record.sequence += 1;
        let index = self.events.len() as u64;
        self.events.push(UserEvent {
            id: EventId::new(self.stamp.derive_uuid(
                "event",
                user.record.id.uuid().as_bytes(),
                index,
            )),
            application: user.record.application,
            environment: self.stamp.environment,
            user: user.record.id,
            vendor_data: user.record.vendor_data.clone(),
            status: user.record.status,
            sequence: user.record.sequence,
            created_at: self.at,
            request_id: self.stamp.request_id.clone(),
            payload,
        });
    }
}

fn field_change(before: &User, after: &User, edit: &FieldEdit) -> Option<FieldChange> {
    let field = edit.field();
    let (previous, current) = (shown_value(before, field)?, shown_value(after, field)?);
    (previous != current).then_some(FieldChange {
        field,
        previous,
        current,
    })
}

fn values_of<'a>(changes: impl IntoIterator<Item = &'a FieldChange>) -> Said {
    let changes: Vec<&FieldChange> = changes.into_iter().collect();
    Said {
        fields: changes.iter().map(|change| change.field).collect(),
        values: Some((
            Json::object(
                changes
                    .iter()
                    .map(|change| (change.field.as_str(), change.previous.clone())),
            ),
            Json::object(
                changes
                    .iter()
                    .map(|change| (change.field.as_str(), change.current.clone())),
            ),
        )),
        ..Said::default()
    }
}

fn header(
    id: AuditId,
    user: &User,
    kind: ActivityKind,
    fields: Vec<UserField>,
    operation: Operation,
    stamp: &Stamp,
    at: Timestamp,
) -> AuditHeader {
    AuditHeader {
        id,
        application: user.record.application,
        user: user.record.id,
        at,
        actor_kind: stamp.actor.kind_str(),
        actor_key: stamp.actor.key_id(),
        actor_role: stamp.actor.role(),
        operation,
        kind,
        fields,
        request_id: stamp.request_id.clone(),
    }
}

/// An attempt that was refused or ignored. Its id follows from key, operation, user and minute, so that repeated
/// attempts make one entry (contract section 6).
pub(super) fn refused_attempt(
    user: &User,
    kind: ActivityKind,
    fields: Vec<UserField>,
    new_value: Json,
    statuses: (Option<UserStatus>, Option<UserStatus>),
    operation: Operation,
    stamp: &Stamp,
) -> AuditEntry {
    let id = coalesced_id(user.record.id, kind, operation, stamp);
    AuditEntry {
        header: header(id, user, kind, fields, operation, stamp, stamp.at),
        detail: AuditDetail {
            vendor_data: user.record.vendor_data.clone(),
            actor: stamp.actor.clone(),
            comment: None,
            previous_status: statuses.0,
            new_status: statuses.1,
            trigger: None,
            overrides_verified: false,
            previous_value: Json::Null,
            new_value,
        },
        salt: Salt(stamp.derive_secret("salt", id.uuid().as_bytes())),
    }
}

fn coalesced_id(user: UserId, kind: ActivityKind, operation: Operation, stamp: &Stamp) -> AuditId {
    let mut subject = user.uuid().into_bytes().to_vec();
    subject.extend(
        stamp
            .actor
            .key_id()
            .map_or([0; 16], |key| key.uuid().into_bytes()),
    );
    subject.extend(operation.as_str().as_bytes());
    let minute = Stamp {
        at: stamp.at.start_of_minute(),
        seed: [0; 32],
        ..stamp.clone()
    };
    AuditId::new(minute.derive_uuid(kind.as_str(), &subject, 0))
}
