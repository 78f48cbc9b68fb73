//! Evidence rows that statements receive as JSON for `jsonb_to_recordset`.

use std::collections::BTreeMap;

use serde::Serialize;
use users_domain::model::evidence::{
    Approval, Evidence, PortraitUrl, RiskEvent, RuleAction, SentDigest, Session, StoredEvidence,
    Transaction,
};
use users_domain::model::{CountryCode, Email, FullName, Phone, Reason, UserId};

use super::stored::{feature_words, text};
use crate::audit::hex;

/// A table of evidence.
pub(super) struct Table {
    pub(super) name: &'static str,
    /// The column that identifies a row within its application.
    pub(super) key: &'static str,
    /// The other columns, which a report sets, with their types.
    pub(super) columns: &'static [(&'static str, &'static str)],
}

pub(super) const SESSIONS: Table = Table {
    name: "user_sessions",
    key: "session_id",
    columns: &[
        ("revision", "bigint"),
        ("status", "text"),
        ("occurred_at", "timestamptz"),
        ("first_seen_at", "timestamptz"),
        ("last_seen_at", "timestamptz"),
        ("features", "jsonb"),
        ("full_name", "text"),
        ("date_of_birth", "date"),
        ("issuing_state", "text"),
        ("portrait_image_url", "text"),
        ("emails", "text[]"),
        ("phones", "text[]"),
        ("incomplete_digest", "bytea"),
    ],
};

pub(super) const TRANSACTIONS: Table = Table {
    name: "user_transactions",
    key: "transaction_id",
    columns: &[
        ("revision", "bigint"),
        ("status", "text"),
        ("occurred_at", "timestamptz"),
        ("first_seen_at", "timestamptz"),
        ("last_seen_at", "timestamptz"),
        ("rule_actions", "text[]"),
        ("incomplete_digest", "bytea"),
    ],
};

pub(super) const RISK_EVENTS: Table = Table {
    name: "user_risk_events",
    key: "event_id",
    columns: &[
        ("kind", "text"),
        ("detail", "text"),
        ("incomplete_digest", "bytea"),
    ],
};

impl Table {
    /// The names of the columns that a report sets.
    pub(super) fn names(&self) -> String {
        self.each(|name, _| name.to_owned())
    }

    /// The columns of JSON rows, with their types.
    pub(super) fn typed(&self) -> String {
        let columns = self.each(|name, kind| format!("{name} {kind}"));
        format!("user_id uuid, {key} text, {columns}", key = self.key)
    }

    /// Assignments of all columns from `r`.
    pub(super) fn set(&self) -> String {
        self.each(|name, _| format!("{name} = r.{name}"))
    }

    fn each(&self, part: impl Fn(&str, &str) -> String) -> String {
        let parts: Vec<_> = self
            .columns
            .iter()
            .map(|(name, kind)| part(name, kind))
            .collect();
        parts.join(", ")
    }
}

/// The new state of a session.
#[derive(Serialize)]
pub(super) struct StoredSession<'a> {
    is_new: bool,
    user_id: String,
    session_id: &'a str,
    revision: u64,
    status: &'static str,
    occurred_at: String,
    first_seen_at: String,
    last_seen_at: String,
    features: BTreeMap<&'static str, &'static str>,
    full_name: Option<&'a str>,
    date_of_birth: Option<String>,
    issuing_state: Option<&'static str>,
    portrait_image_url: Option<&'a str>,
    emails: Vec<&'a str>,
    phones: Vec<&'a str>,
    incomplete_digest: Option<String>,
}

impl<'a> StoredSession<'a> {
    pub(super) fn of(session: &'a Session, owner: UserId, is_new: bool) -> Self {
        let state = &session.newest;
        let approval = state.approval();
        let identity = approval.map(|approval| &approval.identity);
        Self {
            is_new,
            user_id: owner.to_string(),
            session_id: session.id.as_str(),
            revision: state.revision.number(),
            status: state.status.as_str(),
            occurred_at: state.occurred_at.to_string(),
            first_seen_at: session.seen.first.to_string(),
            last_seen_at: session.seen.last.to_string(),
            features: feature_words(&state.features),
            full_name: identity.and_then(|found| found.full_name.as_ref().map(FullName::as_str)),
            date_of_birth: text(identity.and_then(|found| found.date_of_birth)),
            issuing_state: identity.and_then(|found| found.issuing_state.map(CountryCode::alpha_3)),
            portrait_image_url: identity
                .and_then(|found| found.portrait_image_url.as_ref().map(PortraitUrl::as_str)),
            emails: listed(approval, |approval| &approval.emails, Email::as_str),
            phones: listed(approval, |approval| &approval.phones, Phone::as_str),
            incomplete_digest: digest(state.incomplete),
        }
    }
}

fn digest(incomplete: Option<SentDigest>) -> Option<String> {
    incomplete.map(|digest| hex(&digest.bytes()))
}

fn listed<'a, T: 'a>(
    approval: Option<&'a Approval>,
    list: fn(&Approval) -> &Vec<T>,
    word: fn(&T) -> &str,
) -> Vec<&'a str> {
    let entries = approval.into_iter().flat_map(list);
    entries.map(word).collect()
}

/// The new state of a transaction.
#[derive(Serialize)]
pub(super) struct StoredTransaction<'a> {
    is_new: bool,
    user_id: String,
    transaction_id: &'a str,
    revision: u64,
    status: &'static str,
    occurred_at: String,
    first_seen_at: String,
    last_seen_at: String,
    rule_actions: Vec<&'static str>,
    incomplete_digest: Option<String>,
}

impl<'a> StoredTransaction<'a> {
    pub(super) fn of(transaction: &'a Transaction, owner: UserId, is_new: bool) -> Self {
        let state = &transaction.newest;
        let actions = state.rule_actions.iter();
        Self {
            is_new,
            user_id: owner.to_string(),
            transaction_id: transaction.id.as_str(),
            revision: state.revision.number(),
            status: state.status.as_str(),
            occurred_at: state.occurred_at.to_string(),
            first_seen_at: transaction.seen.first.to_string(),
            last_seen_at: transaction.seen.last.to_string(),
            rule_actions: actions.copied().map(RuleAction::as_str).collect(),
            incomplete_digest: digest(state.incomplete),
        }
    }
}

/// A risk event. It never changes.
#[derive(Serialize)]
pub(super) struct StoredRiskEvent<'a> {
    user_id: String,
    event_id: &'a str,
    kind: &'static str,
    detail: Option<&'a str>,
    incomplete_digest: Option<String>,
}

impl<'a> StoredRiskEvent<'a> {
    fn of(event: &'a RiskEvent, owner: UserId) -> Self {
        Self {
            user_id: owner.to_string(),
            event_id: event.id.as_str(),
            kind: event.kind.as_str(),
            detail: event.detail.as_ref().map(Reason::as_str),
            incomplete_digest: digest(event.incomplete),
        }
    }
}

/// Rows of all kinds that are written together, each kind in the order of its ids.
#[derive(Default)]
pub(super) struct EvidenceRows<'a> {
    pub(super) sessions: Vec<StoredSession<'a>>,
    pub(super) transactions: Vec<StoredTransaction<'a>>,
    pub(super) risk_events: Vec<StoredRiskEvent<'a>>,
}

impl<'a> EvidenceRows<'a> {
    pub(super) fn add(&mut self, row: &'a StoredEvidence, is_new: bool) {
        let owner = row.owner.user;
        match &row.evidence {
            Evidence::Session(session) => {
                self.sessions
                    .push(StoredSession::of(session, owner, is_new));
            }
            Evidence::Transaction(transaction) => {
                let row = StoredTransaction::of(transaction, owner, is_new);
                self.transactions.push(row);
            }
            Evidence::RiskEvent(event) => self.risk_events.push(StoredRiskEvent::of(event, owner)),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sessions.is_empty() && self.transactions.is_empty() && self.risk_events.is_empty()
    }
}
