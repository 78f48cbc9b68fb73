//! Rows of evidence that other services reported about users.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::QueryableByName;
use diesel::sql_types::{
    Array, BigInt, Binary, Bool, Date, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use users_domain::model::evidence::{
    Approval, Evidence, EvidenceOwner, Identity, PortraitUrl, Revision, RiskEvent, RiskEventId,
    RiskKind, RuleAction, SentDigest, Session, SessionId, SessionRevision, SessionStatus,
    StoredEvidence, TimeSpan, Transaction, TransactionId, TransactionRevision, TransactionStatus,
};
use users_domain::model::{
    CountryCode, DateOfBirth, Email, FullName, Phone, Reason, Timestamp, UserId, VendorData,
};
use uuid::Uuid;

use super::user::{all, features, parsed};
use super::{invalid, unsigned};
use crate::failure::Failure;

/// The columns of a [`SessionRow`], in a query on `user_sessions e`.
pub(crate) const SESSION_COLUMNS: &str = "e.session_id, e.user_id, e.revision, e.status, e.occurred_at,
    e.first_seen_at, e.last_seen_at, e.features::text AS features, e.full_name, e.date_of_birth, e.issuing_state,
    e.portrait_image_url, e.emails, e.phones, e.incomplete_digest";

/// The columns of a [`TransactionRow`], in a query on `user_transactions e`.
pub(crate) const TRANSACTION_COLUMNS: &str =
    "e.transaction_id, e.user_id, e.revision, e.status, e.occurred_at,
    e.first_seen_at, e.last_seen_at, e.rule_actions, e.incomplete_digest";

/// The columns of a [`RiskEventRow`], in a query on `user_risk_events e`.
pub(crate) const RISK_EVENT_COLUMNS: &str =
    "e.event_id, e.user_id, e.kind, e.detail, e.incomplete_digest";

/// The columns of a row's owner, in a query that joins `users u`.
pub(crate) const OWNER_COLUMNS: &str =
    "u.vendor_data AS owner_vendor_data, u.version AS owner_version,
    u.deleted_at IS NOT NULL AS owner_deleted";

/// A session.
#[derive(QueryableByName)]
pub(crate) struct SessionRow {
    #[diesel(sql_type = Text)]
    session_id: String,
    #[diesel(sql_type = SqlUuid)]
    user_id: Uuid,
    #[diesel(sql_type = BigInt)]
    revision: i64,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Timestamptz)]
    occurred_at: DateTime<Utc>,
    #[diesel(embed)]
    seen: SeenRow,
    #[diesel(sql_type = Text)]
    features: String,
    #[diesel(sql_type = Nullable<Text>)]
    full_name: Option<String>,
    #[diesel(sql_type = Nullable<Date>)]
    date_of_birth: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Text>)]
    issuing_state: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    portrait_image_url: Option<String>,
    #[diesel(sql_type = Array<Text>)]
    emails: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    phones: Vec<String>,
    #[diesel(sql_type = Nullable<Binary>)]
    incomplete_digest: Option<Vec<u8>>,
}

/// A transaction.
#[derive(QueryableByName)]
pub(crate) struct TransactionRow {
    #[diesel(sql_type = Text)]
    transaction_id: String,
    #[diesel(sql_type = SqlUuid)]
    user_id: Uuid,
    #[diesel(sql_type = BigInt)]
    revision: i64,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Timestamptz)]
    occurred_at: DateTime<Utc>,
    #[diesel(embed)]
    seen: SeenRow,
    #[diesel(sql_type = Array<Text>)]
    rule_actions: Vec<String>,
    #[diesel(sql_type = Nullable<Binary>)]
    incomplete_digest: Option<Vec<u8>>,
}

/// A risk event.
#[derive(QueryableByName)]
pub(crate) struct RiskEventRow {
    #[diesel(sql_type = Text)]
    event_id: String,
    #[diesel(sql_type = SqlUuid)]
    user_id: Uuid,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Nullable<Text>)]
    detail: Option<String>,
    #[diesel(sql_type = Nullable<Binary>)]
    incomplete_digest: Option<Vec<u8>>,
}

#[derive(QueryableByName)]
struct SeenRow {
    #[diesel(sql_type = Timestamptz)]
    first_seen_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    last_seen_at: DateTime<Utc>,
}

#[derive(QueryableByName)]
struct OwnerRow {
    #[diesel(column_name = owner_vendor_data, sql_type = Text)]
    vendor_data: String,
    #[diesel(column_name = owner_version, sql_type = BigInt)]
    version: i64,
    #[diesel(column_name = owner_deleted, sql_type = Bool)]
    deleted: bool,
}

/// A row with its owner.
#[derive(QueryableByName)]
pub(crate) struct OwnedRow<T: QueryableByName<diesel::pg::Pg>> {
    #[diesel(embed)]
    evidence: T,
    #[diesel(embed)]
    owner: OwnerRow,
}

/// A row that becomes evidence.
pub(crate) trait EvidenceRow: QueryableByName<diesel::pg::Pg> + 'static {
    /// The owner and the evidence.
    fn into_evidence(self) -> Result<(UserId, Evidence), Failure>;
}

impl<T: EvidenceRow> OwnedRow<T> {
    /// The row with its owner, and the version that the owner had when the row was read.
    pub(crate) fn into_kept(self) -> Result<(StoredEvidence, u64), Failure> {
        let (user, evidence) = self.evidence.into_evidence()?;
        let vendor_data =
            VendorData::from_stored(self.owner.vendor_data).map_err(invalid("vendor_data"))?;
        let stored = StoredEvidence {
            owner: EvidenceOwner {
                user,
                vendor_data,
                deleted: self.owner.deleted,
            },
            evidence,
        };
        Ok((stored, unsigned("version", self.owner.version)?))
    }
}

impl SessionRow {
    /// The owner and the session.
    pub(crate) fn into_session(self) -> Result<(UserId, Session), Failure> {
        let approval = Approval {
            identity: Identity {
                full_name: parsed(self.full_name, "full_name", |text| {
                    Ok(FullName::from_stored(text))
                })?,
                date_of_birth: parsed(
                    self.date_of_birth,
                    "date_of_birth",
                    DateOfBirth::from_stored,
                )?,
                issuing_state: parsed(self.issuing_state, "issuing_state", |code| {
                    CountryCode::parse(&code)
                })?,
                portrait_image_url: parsed(
                    self.portrait_image_url,
                    "portrait_image_url",
                    PortraitUrl::parse,
                )?,
            },
            emails: all(self.emails, "emails", |text| Ok(Email::from_stored(text)))?,
            phones: all(self.phones, "phones", |text| Ok(Phone::from_stored(text)))?,
        };
        let mut newest = SessionRevision::new(
            revision(self.revision)?,
            SessionStatus::parse(&self.status).map_err(invalid("session status"))?,
            Timestamp::from_datetime(self.occurred_at),
            features(&self.features)?,
            approval,
        );
        newest.incomplete = digest(self.incomplete_digest)?;
        let session = Session {
            id: SessionId::parse(self.session_id).map_err(invalid("session_id"))?,
            newest,
            seen: self.seen.into_span(),
        };
        Ok((UserId::new(self.user_id), session))
    }
}

impl EvidenceRow for SessionRow {
    fn into_evidence(self) -> Result<(UserId, Evidence), Failure> {
        let (user, session) = self.into_session()?;
        Ok((user, Evidence::Session(session)))
    }
}

impl EvidenceRow for TransactionRow {
    fn into_evidence(self) -> Result<(UserId, Evidence), Failure> {
        let action = |word: &String| RuleAction::parse(word).map_err(invalid("rule_actions"));
        let transaction = Transaction {
            id: TransactionId::parse(self.transaction_id).map_err(invalid("transaction_id"))?,
            newest: TransactionRevision {
                revision: revision(self.revision)?,
                status: TransactionStatus::parse(&self.status)
                    .map_err(invalid("transaction status"))?,
                occurred_at: Timestamp::from_datetime(self.occurred_at),
                rule_actions: self
                    .rule_actions
                    .iter()
                    .map(action)
                    .collect::<Result<_, _>>()?,
                incomplete: digest(self.incomplete_digest)?,
            },
            seen: self.seen.into_span(),
        };
        Ok((
            UserId::new(self.user_id),
            Evidence::Transaction(transaction),
        ))
    }
}

impl EvidenceRow for RiskEventRow {
    fn into_evidence(self) -> Result<(UserId, Evidence), Failure> {
        let event = RiskEvent {
            id: RiskEventId::parse(self.event_id).map_err(invalid("event_id"))?,
            kind: RiskKind::parse(&self.kind).map_err(invalid("risk kind"))?,
            detail: parsed(self.detail, "risk detail", Reason::parse)?,
            incomplete: digest(self.incomplete_digest)?,
        };
        Ok((UserId::new(self.user_id), Evidence::RiskEvent(event)))
    }
}

impl SeenRow {
    fn into_span(self) -> TimeSpan {
        TimeSpan {
            first: Timestamp::from_datetime(self.first_seen_at),
            last: Timestamp::from_datetime(self.last_seen_at),
        }
    }
}

fn digest(stored: Option<Vec<u8>>) -> Result<Option<SentDigest>, Failure> {
    let bytes = stored.map(<[u8; 32]>::try_from).transpose();
    let bytes = bytes.map_err(|_| Failure::defect("a digest of another length is stored"))?;
    Ok(bytes.map(SentDigest::from_stored))
}

fn revision(stored: i64) -> Result<Revision, Failure> {
    Revision::new(unsigned("revision", stored)?).map_err(invalid("revision"))
}
