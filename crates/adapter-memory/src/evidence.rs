//! What is kept of sessions, transactions and risk events.

use std::collections::BTreeMap;

use users_domain::model::UserId;
use users_domain::model::evidence::{
    Evidence, EvidenceId, EvidenceOwner, History, KeptEvidence, Session, Transaction,
};

/// The rows of one application.
#[derive(Debug, Default)]
pub(crate) struct EvidenceRows {
    rows: BTreeMap<EvidenceId, (UserId, Evidence)>,
}

impl EvidenceRows {
    /// The row of this name; `owner` tells about its user.
    pub(crate) fn find(
        &self,
        id: &EvidenceId,
        owner: impl FnOnce(UserId) -> Option<EvidenceOwner>,
    ) -> Option<KeptEvidence> {
        let (user, evidence) = self.rows.get(id)?;
        Some(KeptEvidence {
            owner: owner(*user)?,
            evidence: evidence.clone(),
        })
    }

    /// Keeps a row as it is from now on.
    pub(crate) fn keep(&mut self, user: UserId, evidence: Evidence) {
        self.rows.insert(evidence.id(), (user, evidence));
    }

    /// All of one user.
    pub(crate) fn history(&self, user: UserId) -> History {
        let of_user = || {
            let rows = self.rows.values().filter(move |(owner, _)| *owner == user);
            rows.map(|(_, evidence)| evidence)
        };
        History {
            sessions: of_user().filter_map(session).cloned().collect(),
            last_transaction_at: of_user()
                .filter_map(transaction)
                .map(|known| known.seen.last)
                .max(),
        }
    }
}

const fn session(evidence: &Evidence) -> Option<&Session> {
    match evidence {
        Evidence::Session(session) => Some(session),
        Evidence::Transaction(_) | Evidence::RiskEvent(_) => None,
    }
}

const fn transaction(evidence: &Evidence) -> Option<&Transaction> {
    match evidence {
        Evidence::Transaction(transaction) => Some(transaction),
        Evidence::Session(_) | Evidence::RiskEvent(_) => None,
    }
}
