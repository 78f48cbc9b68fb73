//! Creates the audit entries and events of a change.

use super::field_changes::{by_edits, by_report, by_risk, draft_of};
use super::reported::described;
use crate::model::evidence::{Evidence, EvidenceChange};
use crate::model::{
    ActivityKind, Actor, AuditEntry, AuditId, ClientAccess, CommandContext, EventId, EventPayload,
    FieldChange, Json, Operation, Reason, Timestamp, User, UserEvent, UserField,
};
use crate::rules::audit_draft::AuditDraft;
use crate::rules::{FieldEdit, UserChange, shown_value};

/// Collects audit entries and events while a change is applied.
pub(super) struct ChangeRecorder<'a> {
    operation: Operation,
    context: &'a CommandContext,
    at: Timestamp,
    /// The report that caused the rest of the change.
    about: Json,
    /// The pending data event: one event, however many changes it covers.
    pending: Option<EventPayload>,
    pub(super) audit: Vec<AuditEntry>,
    pub(super) evidence: Vec<EvidenceChange>,
    pub(super) events: Vec<UserEvent>,
}

impl<'a> ChangeRecorder<'a> {
    pub(super) fn new(operation: Operation, context: &'a CommandContext, at: Timestamp) -> Self {
        Self {
            operation,
            context,
            at,
            about: Json::Null,
            pending: None,
            audit: Vec::new(),
            evidence: Vec::new(),
            events: Vec::new(),
        }
    }

    pub(super) fn record(&mut self, before: Option<&User>, after: &mut User, change: &UserChange) {
        match change {
            UserChange::Created(_) => self.created(after),
            UserChange::Remarked(text) => self.remark(after, text.clone()),
            UserChange::Edited(edits) => self.edited(before, after, edits),
            UserChange::StatusChanged { from, to, trigger, reason } => {
                let draft = AuditDraft {
                    comment: reason.as_ref().map(reason_text),
                    statuses: (Some(*from), Some(*to)),
                    trigger: Some(*trigger),
                    ..AuditDraft::of(UserField::Status)
                };
                self.add_entry(after, ActivityKind::StatusChanged, draft);
                self.flush_data_event(after);
                let payload = EventPayload::StatusChanged { previous: *from };
                self.emit(after, payload);
            }
            UserChange::Deleted => {
                let draft = AuditDraft::of(UserField::DeletedAt);
                self.add_entry(after, ActivityKind::Deleted, draft);
                self.pending = Some(EventPayload::Deleted { at: self.at });
            }
            UserChange::Restored => {
                let draft = AuditDraft::of(UserField::DeletedAt);
                self.add_entry(after, ActivityKind::Restored, draft);
                // Emitted as a separate event before the event about the other changes.
                self.pending = Some(EventPayload::Restored);
                self.flush_data_event(after);
            }
            UserChange::LegalHoldSet { reason } => {
                self.held(before, after, ActivityKind::LegalHoldSet, Some(reason));
            }
            UserChange::LegalHoldLifted => {
                self.held(before, after, ActivityKind::LegalHoldLifted, None);
            }
            UserChange::EvidenceReported { change, .. } => self.reported(before, after, change),
            UserChange::Recounted(recount) => {
                let Some(before) = before else { return };
                let changes = by_report(before, after);
                let fields = recount.differences(&before.record);
                let draft = AuditDraft { fields, ..draft_of(&changes) };
                self.add_entry(after, ActivityKind::Recounted, draft);
                self.add_changes(changes);
            }
        }
    }

    /// Flushes the pending data event and sets the final status of the user in every event.
    pub(super) fn finish(&mut self, user: &mut User) {
        self.flush_data_event(user);
        for event in &mut self.events {
            event.status = user.record.status;
        }
    }

    fn reported(&mut self, before: Option<&User>, after: &User, change: &EvidenceChange) {
        let Some(before) = before else { return };
        let changes = by_report(before, after);
        let (kind, about) = described(&change.after);
        self.about = about;
        self.add_entry(after, kind, draft_of(&changes));
        self.add_changes(changes);
        if let Evidence::RiskEvent(event) = &change.after {
            self.remark(after, event.words());
            self.add_changes(vec![by_risk(event)]);
        }
        self.evidence.push(change.clone());
    }

    fn add_changes(&mut self, more: Vec<FieldChange>) {
        match &mut self.pending {
            Some(EventPayload::Created { changes, .. } | EventPayload::Edited { changes }) => {
                changes.extend(more);
            }
            _ if more.is_empty() => {}
            _ => self.pending = Some(EventPayload::Edited { changes: more }),
        }
    }

    fn flush_data_event(&mut self, user: &mut User) {
        if let Some(payload) = self.pending.take() {
            self.emit(user, payload);
        }
    }

    fn created(&mut self, user: &User) {
        let set: Vec<_> = set_by_client(user).collect();
        let fields: Vec<_> = set.iter().map(|(field, _)| *field).collect();
        let values = Json::object(set.into_iter().map(|(field, value)| (field.as_str(), value)));
        let draft = AuditDraft {
            fields: fields.clone(),
            statuses: (None, Some(user.record.status)),
            values: (Json::Null, values),
            ..AuditDraft::default()
        };
        self.add_entry(user, ActivityKind::Created, draft);
        self.pending = Some(EventPayload::Created { fields, changes: Vec::new() });
    }

    fn edited(&mut self, before: Option<&User>, after: &User, edits: &[FieldEdit]) {
        let Some(before) = before else { return };
        let changes = by_edits(before, after, edits);
        if changes.is_empty() {
            return;
        }
        let overridden: Vec<UserField> =
            edits.iter().filter(|edit| edit.overrides_verified()).map(FieldEdit::field).collect();
        for change in &changes {
            match change.field {
                UserField::Metadata => {
                    self.add_entry(after, ActivityKind::MetadataUpdated, draft_of([change]));
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
            let overrides_verified = rest.iter().any(|change| {
                overridden.contains(&change.field) || change.field == UserField::Provenance
            });
            let draft = AuditDraft { overrides_verified, ..draft_of(rest) };
            self.add_entry(after, ActivityKind::ProfileUpdated, draft);
        }
        self.add_changes(changes);
    }

    /// A legal hold emits no event: the user concerned may be able to read the application's events.
    fn held(
        &mut self,
        before: Option<&User>,
        after: &User,
        kind: ActivityKind,
        reason: Option<&Reason>,
    ) {
        let values = |user: Option<&User>| {
            let shown = user.and_then(|user| shown_value(user, UserField::LegalHold));
            Json::object(shown.map(|shown| (UserField::LegalHold.as_str(), shown)))
        };
        let draft = AuditDraft {
            comment: reason.map(reason_text),
            values: (values(before), values(Some(after))),
            ..AuditDraft::of(UserField::LegalHold)
        };
        self.add_entry(after, kind, draft);
    }

    fn tags_edited(&mut self, before: &User, after: &User) {
        let only_in = |these: &User, those: &User| -> Vec<String> {
            let those = &those.record.tags;
            let names = these.record.tags.iter().map(|tag| &tag.tag.name);
            let only = names.filter(|name| !those.iter().any(|tag| tag.tag.name == **name));
            only.map(|name| name.as_str().to_owned()).collect()
        };
        let (added, removed) = (only_in(after, before), only_in(before, after));
        let draft = |values| AuditDraft { values, ..AuditDraft::of(UserField::Tags) };
        // A new order of the same tags is an edit too; it is recorded as an empty addition.
        if !added.is_empty() || removed.is_empty() {
            let draft = draft((Json::Null, Json::strings(added)));
            self.add_entry(after, ActivityKind::TagAdded, draft);
        }
        if !removed.is_empty() {
            let draft = draft((Json::strings(removed), Json::Null));
            self.add_entry(after, ActivityKind::TagRemoved, draft);
        }
    }

    /// Adds a comment with the service itself as the actor.
    fn remark(&mut self, user: &User, text: String) {
        let draft = AuditDraft { comment: Some(text), ..AuditDraft::default() };
        let context = CommandContext { actor: Actor::System, ..self.context.clone() };
        self.add_entry_by(&context, user, ActivityKind::Comment, draft);
    }

    fn add_entry(&mut self, user: &User, kind: ActivityKind, draft: AuditDraft) {
        self.add_entry_by(self.context, user, kind, draft);
    }

    fn add_entry_by(
        &mut self,
        context: &CommandContext,
        user: &User,
        kind: ActivityKind,
        draft: AuditDraft,
    ) {
        let index = self.audit.len() as u64;
        let subject = user.record.id.uuid().into_bytes();
        let id = AuditId::new(context.derive_uuid("audit", &subject, index));
        let draft = AuditDraft { about: self.about.clone(), ..draft };
        let subject = (user.record.application, Some(user));
        self.audit.push(draft.entry(id, subject, kind, self.operation, context, self.at));
    }

    fn emit(&mut self, user: &mut User, payload: EventPayload) {
        user.record.sequence += 1;
        let index = self.events.len() as u64;
        self.events.push(UserEvent {
            id: EventId::new(self.context.derive_uuid(
                "event",
                user.record.id.uuid().as_bytes(),
                index,
            )),
            application: user.record.application,
            environment: self.context.environment,
            user: user.record.id,
            vendor_data: user.record.vendor_data.clone(),
            status: user.record.status,
            sequence: user.record.sequence,
            created_at: self.at,
            request_id: self.context.request_id.clone(),
            payload,
        });
    }
}

/// The fields in which a client can set values of a new user, if they have a value, and the value.
fn set_by_client(user: &User) -> impl Iterator<Item = (UserField, Json)> {
    let fields = UserField::ALL.into_iter();
    let fields = fields.filter(|field| field.client_access() != ClientAccess::ReadOnly);
    let values = fields.filter_map(|field| Some((field, shown_value(user, field)?)));
    values.filter(|(_, value)| match value {
        Json::Null => false,
        Json::Array(entries) => !entries.is_empty(),
        Json::Object(members) => !members.is_empty(),
        _ => true,
    })
}

fn reason_text(reason: &Reason) -> String {
    reason.as_str().to_owned()
}
