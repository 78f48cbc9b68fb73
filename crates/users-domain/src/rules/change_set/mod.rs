//! One effective change of a user with its audit entries and events.

mod change_recorder;
mod field_changes;
mod reported;

use crate::model::evidence::EvidenceChange;
use crate::model::{AuditEntry, CommandContext, Operation, Tag, Timestamp, User, UserEvent};
use crate::rules::change::evolve;
use crate::rules::search_text::SearchText;
use crate::rules::{Facts, UserChange};
use change_recorder::ChangeRecorder;

/// The time of a change on these facts. Times of one user strictly increase, even if the clock is set back.
pub(super) fn moment(facts: &Facts, context: &CommandContext) -> Timestamp {
    let last = facts.user.as_ref().map(|user| user.record.updated_at);
    last.map_or(context.at, |last| context.at.max(last.next_microsecond()))
}

/// The new state of a user with its audit entries (at least one) and events, all built from the changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeSet {
    user: User,
    version_before: Option<u64>,
    new_tags: Vec<Tag>,
    search_text: Option<SearchText>,
    audit: Vec<AuditEntry>,
    evidence: Vec<EvidenceChange>,
    events: Vec<UserEvent>,
}

impl ChangeSet {
    /// Applies `changes` in order, as one version and at one time. Returns `None` if nothing changed.
    pub(super) fn record(
        facts: &Facts,
        changes: &[UserChange],
        operation: Operation,
        context: &CommandContext,
    ) -> Option<Self> {
        let at = moment(facts, context);
        let mut recorder = ChangeRecorder::new(operation, context, at);
        let mut current = facts.user.clone();
        for change in changes {
            let before = current.clone();
            let mut after = evolve(current, change, at)?;
            recorder.record(before.as_ref(), &mut after, change);
            current = Some(after);
        }
        let mut user = current?;
        recorder.finish(&mut user);
        if recorder.audit.is_empty() {
            return None;
        }
        let version_before = facts.user.as_ref().map(|user| user.record.version);
        user.record.version = version_before.unwrap_or(0) + 1;
        let text = SearchText::of(&user.record);
        let text_before = facts.user.as_ref().map(|user| SearchText::of(&user.record));
        Some(Self {
            version_before,
            new_tags: new_tags(facts, &user),
            search_text: (text_before.as_ref() != Some(&text)).then_some(text),
            user,
            audit: recorder.audit,
            evidence: recorder.evidence,
            events: recorder.events,
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

    /// Tags that are not in the facts and are therefore considered new.
    #[must_use]
    pub fn new_tags(&self) -> &[Tag] {
        &self.new_tags
    }

    /// The search text, if it changed.
    #[must_use]
    pub fn search_text(&self) -> Option<&SearchText> {
        self.search_text.as_ref()
    }

    /// Audit entries to write, oldest first; never empty.
    pub fn audit(&self) -> &[AuditEntry] {
        &self.audit
    }

    /// Evidence rows to store with the user.
    #[must_use]
    pub fn evidence(&self) -> &[EvidenceChange] {
        &self.evidence
    }

    /// Events to send, in order.
    #[must_use]
    pub fn events(&self) -> &[UserEvent] {
        &self.events
    }
}

fn new_tags(facts: &Facts, user: &User) -> Vec<Tag> {
    let on_user =
        facts.user.iter().flat_map(|user| user.record.tags.iter().map(|tag| &tag.tag.name));
    let known: Vec<_> = facts.tags.iter().map(|tag| &tag.name).chain(on_user).collect();
    user.record
        .tags
        .iter()
        .map(|tag| &tag.tag)
        .filter(|tag| !known.contains(&&tag.name))
        .cloned()
        .collect()
}
