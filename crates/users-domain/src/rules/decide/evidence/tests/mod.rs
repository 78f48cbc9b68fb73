mod histories;
mod properties;
mod reports;

use std::collections::BTreeMap;

use super::{decide_risk, decide_session, decide_transaction};
use crate::model::evidence::{
    Approval, Evidence, EvidenceOwner, History, Identity, PortraitUrl, Revision, RiskEvent,
    RiskEventId, RiskKind, RiskReport, RuleAction, SentDigest, Session, SessionId, SessionReport,
    SessionRevision, SessionStatus, StoredEvidence, Transaction, TransactionId, TransactionReport,
    TransactionRevision, TransactionStatus,
};
use crate::model::{
    ActivityKind, ApplicationSettings, Email, Feature, FeatureStatus, FullName, Json, Role,
    Timestamp, User, UserStatus, VendorData, VerifiedFieldsPolicy,
};
use crate::rules::fixtures::{APPLICATION, context};
use crate::rules::{ChangeSet, Decision, Facts, Outcome};

const NOW: i64 = 1_000_000_000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_micros(seconds * 1_000_000).unwrap()
}

fn session(id: &str, revision: u64, status: SessionStatus, seconds: i64) -> SessionReport {
    SessionReport {
        session: SessionId::parse(id).unwrap(),
        vendor_data: VendorData::parse("ada").unwrap(),
        state: SessionRevision::new(
            Revision::new(revision).unwrap(),
            status,
            at(seconds),
            BTreeMap::new(),
            Approval::default(),
        ),
        sent: sent("session"),
    }
}

fn sent(text: &str) -> SentDigest {
    SentDigest::of([(text, &Json::Null)])
}

fn approving(id: &str, seconds: i64, name: Option<&str>, email: &str) -> SessionReport {
    let approval = Approval {
        identity: Identity {
            full_name: name.map(|name| FullName::parse(name).unwrap()),
            portrait_image_url: Some(PortraitUrl::parse(format!("https://cdn/{id}")).unwrap()),
            ..Identity::default()
        },
        emails: vec![Email::parse(email).unwrap()],
        phones: Vec::new(),
    };
    let mut report = session(id, 1, SessionStatus::Approved, seconds);
    report.state = SessionRevision::new(
        report.state.revision,
        SessionStatus::Approved,
        at(seconds),
        BTreeMap::from([(Feature::Liveness, FeatureStatus::Approved)]),
        approval,
    );
    report
}

fn transaction(id: &str, revision: u64, actions: &[RuleAction]) -> TransactionReport {
    TransactionReport {
        transaction: TransactionId::parse(id).unwrap(),
        vendor_data: VendorData::parse("ada").unwrap(),
        state: TransactionRevision {
            revision: Revision::new(revision).unwrap(),
            status: TransactionStatus::InReview,
            occurred_at: at(50),
            rule_actions: actions.iter().copied().collect(),
            incomplete: None,
        },
        sent: sent("transaction"),
    }
}

fn risk(id: &str, kind: RiskKind) -> RiskReport {
    RiskReport {
        vendor_data: VendorData::parse("ada").unwrap(),
        event: RiskEvent {
            id: RiskEventId::parse(id).unwrap(),
            kind,
            detail: None,
            incomplete: None,
        },
        sent: sent("risk"),
    }
}

const BLOCKING: ApplicationSettings = ApplicationSettings {
    verified_fields: VerifiedFieldsPolicy::ReadOnly,
    auto_block_on_decline: true,
    block_survives_deletion: true,
    retention: match crate::model::RetentionDays::new(1) {
        Ok(retention) => retention,
        Err(_) => panic!("a day is a period"),
    },
    rate_limit_get_per_minute: None,
    rate_limit_write_per_minute: None,
};

/// In-memory state of one user and its evidence rows.
#[derive(Default)]
struct World {
    user: Option<User>,
    sessions: BTreeMap<SessionId, Session>,
    transactions: BTreeMap<TransactionId, Transaction>,
    risks: BTreeMap<RiskEventId, RiskEvent>,
    steps: i64,
    history_requests: usize,
}

impl World {
    fn facts(&self, stored: Option<Evidence>) -> Facts {
        let stored = stored.zip(self.user.as_ref()).map(|(evidence, user)| StoredEvidence {
            owner: EvidenceOwner {
                user: user.record.id,
                vendor_data: user.record.vendor_data.clone(),
                deleted: false,
            },
            evidence,
        });
        Facts { user: self.user.clone(), kept: stored, ..Facts::default() }
    }

    fn decided(&mut self, mut facts: Facts, decide: impl Fn(&Facts) -> Decision) -> Decision {
        let decision = match decide(&facts) {
            decision if decision.outcome == Outcome::NeedsHistory => {
                self.history_requests += 1;
                facts.history = Some(self.history());
                decide(&facts)
            }
            decision => decision,
        };
        if let Outcome::Changed(change) = &decision.outcome {
            self.user = Some(change.user().clone());
            for row in change.evidence() {
                match row.after.clone() {
                    Evidence::Session(session) => {
                        self.sessions.insert(session.id.clone(), session);
                    }
                    Evidence::Transaction(transaction) => {
                        self.transactions.insert(transaction.id.clone(), transaction);
                    }
                    Evidence::RiskEvent(event) => {
                        self.risks.insert(event.id.clone(), event);
                    }
                }
            }
        }
        decision
    }

    fn history(&self) -> History {
        History {
            sessions: self.sessions.values().cloned().collect(),
            last_transaction_at: self.transactions.values().map(|known| known.seen.last).max(),
        }
    }

    fn step(&mut self) -> i64 {
        self.steps += 1;
        NOW + self.steps
    }

    fn session(&mut self, report: &SessionReport, settings: ApplicationSettings) -> Decision {
        let stored = self.sessions.get(&report.session).cloned().map(Evidence::Session);
        let context = context(Role::Owner, self.step());
        self.decided(self.facts(stored), |facts| {
            decide_session(facts, report, settings, APPLICATION, &context)
        })
    }

    fn transaction(&mut self, report: &TransactionReport) -> Decision {
        let stored = self.transactions.get(&report.transaction).cloned();
        let context = context(Role::Owner, self.step());
        self.decided(self.facts(stored.map(Evidence::Transaction)), |facts| {
            decide_transaction(facts, report, APPLICATION, &context)
        })
    }

    fn risk(&mut self, report: &RiskReport) -> Decision {
        let stored = self.risks.get(&report.event.id).cloned().map(Evidence::RiskEvent);
        let context = context(Role::Owner, self.step());
        self.decided(self.facts(stored), |facts| decide_risk(facts, report, &context))
    }

    fn status(&self) -> UserStatus {
        self.user.as_ref().unwrap().record.status
    }
}

fn kinds(change: &ChangeSet) -> Vec<ActivityKind> {
    change.audit().iter().map(|entry| entry.header.kind).collect()
}
