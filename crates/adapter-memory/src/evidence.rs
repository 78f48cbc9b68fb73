//! Sessions, transactions and risk events.

use std::collections::{BTreeMap, BTreeSet};

use users_domain::model::UserId;
use users_domain::model::evidence::{
    Evidence, EvidenceId, EvidenceOwner, History, Session, StoredEvidence,
};

/// The rows of one application, including rows of deleted users.
#[derive(Debug, Clone, Default)]
pub(crate) struct EvidenceRows {
    rows: BTreeMap<EvidenceId, (UserId, Evidence)>,
    by_user: BTreeMap<UserId, BTreeSet<EvidenceId>>,
}

impl EvidenceRows {
    /// Returns the row with this id; `owner` looks up its user.
    pub(crate) fn find(
        &self,
        id: &EvidenceId,
        owner: impl FnOnce(UserId) -> Option<EvidenceOwner>,
    ) -> Option<StoredEvidence> {
        let (user, evidence) = self.rows.get(id)?;
        Some(StoredEvidence { owner: owner(*user)?, evidence: evidence.clone() })
    }

    /// Inserts or replaces a row. A row never changes its user: decisions see the owner.
    pub(crate) fn keep(&mut self, user: UserId, evidence: Evidence) {
        let id = evidence.id();
        self.by_user.entry(user).or_default().insert(id.clone());
        self.rows.insert(id, (user, evidence));
    }

    pub(crate) fn history(&self, user: UserId) -> History {
        let rows = || {
            let ids = self.by_user.get(&user).into_iter().flatten();
            ids.filter_map(|id| self.rows.get(id)).map(|(_, evidence)| evidence)
        };
        let last_transaction_at = rows().filter_map(|evidence| match evidence {
            Evidence::Transaction(transaction) => Some(transaction.seen.last),
            Evidence::Session(_) | Evidence::RiskEvent(_) => None,
        });
        History {
            sessions: rows().filter_map(session).cloned().collect(),
            last_transaction_at: last_transaction_at.max(),
        }
    }
}

const fn session(evidence: &Evidence) -> Option<&Session> {
    match evidence {
        Evidence::Session(session) => Some(session),
        Evidence::Transaction(_) | Evidence::RiskEvent(_) => None,
    }
}
