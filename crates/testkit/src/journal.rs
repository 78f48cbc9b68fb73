//! A record of decisions, for comparison with stored data.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use users_domain::model::evidence::Evidence;
use users_domain::model::{AuditEntry, User, UserEvent, UserId};
use users_domain::ports::Mutation;
use users_domain::rules::{ChangeSet, Decision, Outcome};

/// The last decision of one mutation: a store may call `decide` several times, and only the last result counts.
#[derive(Default)]
pub(crate) struct LastDecision(Arc<Mutex<Option<Decision>>>);

impl LastDecision {
    /// The mutation with a `decide` function that records its decisions.
    pub(crate) fn of(mutation: Mutation) -> (Mutation, Self) {
        let last = Arc::new(Mutex::new(None));
        let (decide, recorder) = (Arc::clone(&mutation.decide), Arc::clone(&last));
        let recording = Mutation {
            decide: Arc::new(move |facts| {
                let decision = decide(facts);
                *lock(&recorder) = Some(decision.clone());
                decision
            }),
            ..mutation
        };
        (recording, Self(last))
    }
}

/// The confirmed decisions of one application.
#[derive(Debug, Default)]
pub struct Journal {
    decisions: Mutex<Vec<Decision>>,
}

impl Journal {
    pub(crate) fn record(&self, confirmed: impl IntoIterator<Item = LastDecision>) {
        let decisions = confirmed.into_iter().filter_map(|last| lock(&last.0).take());
        lock(&self.decisions).extend(decisions);
    }

    /// The changes by user, in the order of versions.
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

    /// Every user after its last change, including deleted ones.
    #[must_use]
    pub fn users(&self) -> Vec<User> {
        let changes = self.changes();
        let last = changes.values().filter_map(|changes| changes.last());
        last.map(|change| change.user().clone()).collect()
    }

    /// The audit entries of a user: those of its changes in order, then its notes.
    #[must_use]
    pub fn audit_of(&self, user: UserId) -> Vec<AuditEntry> {
        let changes = self.changes().remove(&user).unwrap_or_default();
        let mut entries: Vec<_> = changes.iter().flat_map(|c| c.audit().to_vec()).collect();
        let mut noted = BTreeSet::new();
        for decision in lock(&self.decisions).iter() {
            let of_user = decision.notes.iter().filter(|n| n.header.user == Some(user));
            let first = of_user.filter(|note| noted.insert(note.header.id));
            entries.extend(first.cloned());
        }
        entries
    }

    /// The last decided state of every evidence row, with its owner.
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
        // Rows of deleted users change in the order of the calls.
        for decision in lock(&self.decisions).iter() {
            if let Outcome::EvidenceOnly(Some(row)) = &decision.outcome {
                let after = row.change.after.clone();
                rows.insert(after.id(), (row.owner, after));
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
