//! What was decided, so that it can be compared with what is stored.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use users_domain::model::evidence::Evidence;
use users_domain::model::{AuditEntry, User, UserEvent, UserId};
use users_domain::ports::Mutation;
use users_domain::rules::{ChangeSet, Decision, Outcome};

/// The last decision of one mutation: a store may ask several times, and only the last run counts.
#[derive(Default)]
pub(crate) struct LastDecision(Arc<Mutex<Option<Decision>>>);

impl LastDecision {
    /// The same mutation, with its decisions kept here.
    pub(crate) fn of(mutation: Mutation) -> (Mutation, Self) {
        let kept = Arc::new(Mutex::new(None));
        let (decide, keep) = (Arc::clone(&mutation.decide), Arc::clone(&kept));
        let recording = Mutation {
            decide: Arc::new(move |facts| {
                let decision = decide(facts);
                *lock(&keep) = Some(decision.clone());
                decision
            }),
            ..mutation
        };
        (recording, Self(kept))
    }
}

/// The decisions of one application whose writing a store has confirmed.
#[derive(Debug, Default)]
pub struct Journal {
    decisions: Mutex<Vec<Decision>>,
}

impl Journal {
    pub(crate) fn keep(&self, confirmed: impl IntoIterator<Item = LastDecision>) {
        let decisions = confirmed
            .into_iter()
            .filter_map(|kept| lock(&kept.0).take());
        lock(&self.decisions).extend(decisions);
    }

    /// The changes, by user and in the order of their versions.
    #[must_use]
    pub fn changes(&self) -> BTreeMap<UserId, Vec<ChangeSet>> {
        let mut changes = BTreeMap::<_, Vec<ChangeSet>>::new();
        for decision in lock(&self.decisions).iter() {
            if let Outcome::Changed(change) = &decision.outcome {
                let id = change.user().record.id;
                changes.entry(id).or_default().push((**change).clone());
            }
        }
        for changes in changes.values_mut() {
            changes.sort_by_key(|change| change.user().record.version);
        }
        changes
    }

    /// Every user as its last change left it, deleted ones included.
    #[must_use]
    pub fn users(&self) -> Vec<User> {
        let changes = self.changes();
        let last = changes.values().filter_map(|changes| changes.last());
        last.map(|change| change.user().clone()).collect()
    }

    /// A user's audit entries: those of its changes in order, then its notes.
    #[must_use]
    pub fn audit_of(&self, user: UserId) -> Vec<AuditEntry> {
        let changes = self.changes().remove(&user).unwrap_or_default();
        let mut entries: Vec<_> = changes.iter().flat_map(|c| c.audit().to_vec()).collect();
        let mut noted = BTreeSet::new();
        for decision in lock(&self.decisions).iter() {
            let of_user = decision
                .notes
                .iter()
                .filter(|n| n.header.user == Some(user));
            let first = of_user.filter(|note| noted.insert(note.header.id));
            entries.extend(first.cloned());
        }
        entries
    }

    /// Every row of evidence as it was decided last, with its owner.
    #[must_use]
    pub fn evidence(&self) -> Vec<(UserId, Evidence)> {
        let mut rows = BTreeMap::new();
        for changes in self.changes().values() {
            for change in changes {
                for row in change.evidence() {
                    rows.insert(row.after.id(), (change.user().record.id, row.after.clone()));
                }
            }
        }
        // A deleted user's rows change in the order of the calls, and nothing else of it does any more.
        for decision in lock(&self.decisions).iter() {
            if let Outcome::EvidenceOnly(Some(aside)) = &decision.outcome {
                let after = aside.change.after.clone();
                rows.insert(after.id(), (aside.owner, after));
            }
        }
        rows.into_values().collect()
    }

    /// A user's events, in order.
    #[must_use]
    pub fn events_of(&self, user: UserId) -> Vec<UserEvent> {
        let changes = self.changes().remove(&user).unwrap_or_default();
        changes.iter().flat_map(|c| c.events().to_vec()).collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
