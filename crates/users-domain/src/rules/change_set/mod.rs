//! One effective change with everything that must be written with it.

mod audit_draft;
mod change_recorder;
mod refused;
mod reported;

pub(super) use refused::{coalesced_id, refused_attempt};

use crate::model::evidence::EvidenceChange;
use crate::model::{AuditEntry, CommandContext, Operation, Tag, Timestamp, User, UserEvent};
use crate::rules::search_text::SearchText;
use crate::rules::{Facts, UserChange, evolve};
use change_recorder::ChangeRecorder;

/// When a change on these facts happens. Times of one user never run backwards: at least a microsecond lies between two
/// steps of the version, whatever the clock says.
pub(super) fn moment(facts: &Facts, context: &CommandContext) -> Timestamp {
    let last = facts.user.as_ref().map(|user| user.record.updated_at);
    last.map_or(context.at, |last| context.at.max(last.next_microsecond()))
}

/// The new state of a user, its audit entries (at least one) and its events. Built from what happened alone, so that
/// none of them can be forgotten.
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
    /// Applies `changes` in order as one step of the version, at one moment; `None` where nothing happened.
    #[must_use]
    pub fn record(
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
            recorder.write_down(before.as_ref(), &mut after, change);
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

    /// Tags used for the first time, as far as the facts tell.
    #[must_use]
    pub fn new_tags(&self) -> &[Tag] {
        &self.new_tags
    }

    /// The text to search in, where it differs from before.
    #[must_use]
    pub fn search_text(&self) -> Option<&SearchText> {
        self.search_text.as_ref()
    }

    /// What is to be written into the audit trail, oldest first; never empty.
    #[must_use]
    pub fn audit(&self) -> &[AuditEntry] {
        &self.audit
    }

    /// Rows of evidence that are to be kept with the user.
    #[must_use]
    pub fn evidence(&self) -> &[EvidenceChange] {
        &self.evidence
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
