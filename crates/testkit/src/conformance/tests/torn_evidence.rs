//! Sessions, transactions and risk events of the store with flaws.

use std::collections::BTreeMap;

use users_domain::model::evidence::{Evidence, EvidenceId, History};
use users_domain::model::{ApplicationId, UserId};

/// The rows of all applications, each with its user.
#[derive(Default)]
pub(super) struct Rows(BTreeMap<(ApplicationId, EvidenceId), (UserId, Evidence)>);

impl Rows {
    pub(super) fn put(&mut self, application: ApplicationId, user: UserId, evidence: Evidence) {
        self.0.insert((application, evidence.id()), (user, evidence));
    }

    pub(super) fn find(
        &self,
        application: ApplicationId,
        id: &EvidenceId,
    ) -> Option<&(UserId, Evidence)> {
        self.0.get(&(application, id.clone()))
    }

    pub(super) fn history(&self, user: UserId) -> History {
        let mut history = History::default();
        for (_, evidence) in self.0.values().filter(|(owner, _)| *owner == user) {
            match evidence {
                Evidence::Session(session) => history.sessions.push(session.clone()),
                Evidence::Transaction(transaction) => {
                    let last = Some(transaction.seen.last);
                    history.last_transaction_at = history.last_transaction_at.max(last);
                }
                Evidence::RiskEvent(_) => {}
            }
        }
        history
    }
}
