//! Evidence rows that statements receive as JSON for `jsonb_to_recordset`.

use serde::ser::{Serialize, SerializeMap as _, Serializer};
use users_domain::model::UserId;
use users_domain::model::evidence::{Evidence, RiskEvent, Session, StoredEvidence, Transaction};

use crate::rows::Reported;

/// The new state of a row.
pub(super) struct StoredRow<'a, T> {
    is_new: bool,
    owner: UserId,
    evidence: &'a T,
}

impl<'a, T> StoredRow<'a, T> {
    pub(super) const fn of(evidence: &'a T, owner: UserId, is_new: bool) -> Self {
        Self { is_new, owner, evidence }
    }
}

impl<T: Reported> Serialize for StoredRow<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut row = serializer.serialize_map(None)?;
        row.serialize_entry("is_new", &self.is_new)?;
        row.serialize_entry("user_id", &self.owner.to_string())?;
        self.evidence.write(&mut row)?;
        row.end()
    }
}

/// Rows of all kinds that are written together, each kind in the order of its ids.
#[derive(Default)]
pub(super) struct EvidenceRows<'a> {
    pub(super) sessions: Vec<StoredRow<'a, Session>>,
    pub(super) transactions: Vec<StoredRow<'a, Transaction>>,
    pub(super) risk_events: Vec<StoredRow<'a, RiskEvent>>,
}

impl<'a> EvidenceRows<'a> {
    pub(super) fn add(&mut self, row: &'a StoredEvidence, is_new: bool) {
        let owner = row.owner.user;
        match &row.evidence {
            Evidence::Session(session) => {
                self.sessions.push(StoredRow::of(session, owner, is_new));
            }
            Evidence::Transaction(transaction) => {
                self.transactions.push(StoredRow::of(transaction, owner, is_new));
            }
            Evidence::RiskEvent(event) => {
                self.risk_events.push(StoredRow::of(event, owner, is_new));
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sessions.is_empty() && self.transactions.is_empty() && self.risk_events.is_empty()
    }
}
